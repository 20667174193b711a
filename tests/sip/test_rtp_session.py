"""One RTP session: strangers, broken and forged datagrams bring nothing but a count."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.sip import rtcp, rtp
from text911.sip.offer import Agreed
from text911.sip.rtcp import Block, Bye, Named, ReceiverReport, SenderReport
from text911.sip.rtp import Packet
from text911.sip.rtp_session import REPORT_EVERY, Origin, RtpSession
from text911.sip.sdp import Crypto
from text911.sip.srtp import Incoming, Outgoing

HOST = "192.0.2.7"
CALLER = (HOST, 4000)
STRANGER = ("203.0.113.9", 4000)
PLAIN = Agreed("audio", HOST, 4000, 0, "sendrecv", encoding="PCMU")
ORIGIN = Origin(77, 10, 1000, "line@gateway.example.net", epoch=1_700_000_000.0)
SUITE = "AES_CM_128_HMAC_SHA1_80"


def key(letter: bytes) -> Crypto:
    return Crypto(1, SUITE, "inline:" + b64encode(letter * 30).decode())


SECURE = replace(PLAIN, crypto=(key(b"t"), key(b"o")))


def session(
    agreed: Agreed = PLAIN, *, symmetric: bool = False, origin: Origin = ORIGIN
) -> RtpSession:
    return RtpSession(agreed, origin, frozenset({"192.0.2.5"}), 8000, 100.0, symmetric)


def datagram(at: int = 0) -> bytes:
    return rtp.write(Packet(0, at, 160 * at, 5, b"\xff" * 160))


def test_a_packet_of_the_caller_is_opened_and_a_strangers_is_counted() -> None:
    one = session()
    assert one.opened(datagram(), STRANGER, 100.0) is None
    found = one.opened(datagram(), CALLER, 100.0)
    assert found is not None
    assert (found.ssrc, len(found.payload)) == (5, 160)
    said = one.statistics
    assert (said.packets, said.octets, said.foreign) == (1, 160, 1)


@given(st.binary(max_size=40))
def test_whatever_octets_come_they_are_opened_or_counted(octets: bytes) -> None:
    for one in (session(), session(SECURE)):
        one.opened(octets, CALLER, 100.0)
        one.reported(octets, CALLER, 100.0)
        said = one.statistics
        assert said.packets + said.malformed + said.unauthentic + said.reports == 2
        one.refused()
        assert one.statistics.malformed == said.malformed + 1


def test_what_is_not_authentic_is_not_opened_and_does_not_choose_the_address() -> None:
    one = session(SECURE)
    assert one.opened(datagram(), (HOST, 9), 100.0) is None
    assert one.statistics.unauthentic == 1
    assert one.source.address is None
    sealed = Outgoing(key(b"t")).rtp(datagram())
    assert one.opened(sealed, CALLER, 100.0) == rtp.read(datagram())
    assert one.opened(sealed, CALLER, 100.0) is None
    report = rtcp.write((ReceiverReport(5),))
    one.reported(report, CALLER, 100.0)
    one.reported(Outgoing(key(b"t")).rtcp(report), CALLER, 100.0)
    assert (one.statistics.unauthentic, one.statistics.reports) == (3, 1)


def test_what_we_send_is_sealed_with_our_key() -> None:
    packet = Packet(0, 1, 2, 77, b"abc")
    sealed = session(SECURE).sealed(packet, 100.0)
    assert rtp.read(Incoming(key(b"o")).rtp(sealed)) == packet
    report = session(SECURE).rtcp(200.0)
    assert report is not None
    assert isinstance(rtcp.read(Incoming(key(b"o")).rtcp(report))[0], ReceiverReport)
    assert session().sealed(packet, 100.0) == rtp.write(packet)


def test_new_keys_hold_from_the_agreement_on() -> None:
    one = session(SECURE)
    theirs = Outgoing(key(b"t"))
    one.opened(theirs.rtp(datagram(1)), CALLER, 100.0)
    one.agree(replace(SECURE, direction="inactive"))
    assert one.opened(theirs.rtp(datagram(2)), CALLER, 100.0) is not None
    one.agree(replace(SECURE, crypto=(key(b"u"), key(b"o"))))
    assert one.opened(theirs.rtp(datagram(3)), CALLER, 100.0) is None
    fresh = Outgoing(key(b"u"))
    fresh.continues(theirs)
    assert one.opened(fresh.rtp(datagram(4)), CALLER, 100.0) is not None
    one.agree(PLAIN)
    assert one.opened(datagram(5), CALLER, 100.0) is not None


@pytest.mark.parametrize(
    ("direction", "sends", "expects"),
    [
        ("sendrecv", True, True),
        ("sendonly", True, False),
        ("recvonly", False, True),
        ("inactive", False, False),
    ],
)
def test_the_direction_says_who_sends(direction: str, sends: bool, expects: bool) -> None:
    one = session(replace(PLAIN, direction=direction))
    assert (one.may_send, one.expects) == (sends, expects)
    assert one.opened(datagram(), CALLER, 100.0) is not None


def test_we_send_to_the_named_address_or_on_demand_to_where_it_comes_from() -> None:
    translated = (HOST, 50_000)
    for symmetric, goal in ((False, CALLER), (True, translated)):
        one = session(symmetric=symmetric)
        assert one.peer == CALLER
        one.opened(datagram(), translated, 100.0)
        assert one.peer == goal
        assert one.peer_rtcp == (goal[0], goal[1] + 1)


def test_a_peer_that_gives_a_name_is_sent_to_where_it_speaks_from() -> None:
    one = session(replace(PLAIN, host="media.example.net"))
    assert (one.peer, one.peer_rtcp, one.may_send) == (None, None, False)
    one.opened(datagram(), ("192.0.2.5", 7000), 100.0)
    assert (one.peer, one.may_send) == (("192.0.2.5", 7000), True)
    assert session(replace(PLAIN, port=65_535)).peer_rtcp is None


def test_a_report_is_due_every_few_seconds_and_says_who_we_are() -> None:
    one = session()
    assert one.report_at == 100.0 + REPORT_EVERY / 2
    assert one.rtcp(one.report_at - 0.01) is None
    said = one.rtcp(one.report_at)
    assert said is not None
    assert rtcp.read(said) == (ReceiverReport(77), Named(77, ORIGIN.cname))
    assert one.report_at == 100.0 + REPORT_EVERY * 1.5


def test_who_sent_says_how_much_and_when() -> None:
    one = session()
    one.opened(datagram(3), CALLER, 100.0)
    one.sealed(Packet(0, 10, 1000, 77, bytes(160)), 101.0)
    said = one.rtcp(102.5)
    assert said is not None
    report = rtcp.read(said)[0]
    assert isinstance(report, SenderReport)
    assert report.timestamp == 1000 + 12_000
    assert (report.packets, report.octets) == (1, 160)
    assert report.ntp / 2**32 - 2_208_988_800 == pytest.approx(1_700_000_102.5, abs=1e-3)
    assert report.blocks[0].ssrc == 5
    later = one.rtcp(200.0)
    assert later is not None
    assert isinstance(rtcp.read(later)[0], ReceiverReport)


def test_the_last_report_says_that_we_leave() -> None:
    said = rtcp.read(session().bye(101.0, "over"))
    assert said == (ReceiverReport(77), Named(77, ORIGIN.cname), Bye((77,), "over"))


def test_a_peers_report_is_read_for_the_figures_alone() -> None:
    one = session()
    one.sealed(Packet(0, 10, 1000, 77, bytes(160)), 102.0)
    one.opened(datagram(), CALLER, 102.0)
    first = one.rtcp(103.0)
    assert first is not None
    sent = rtcp.read(first)[0]
    assert isinstance(sent, SenderReport)
    last = sent.ntp >> 16 & 0xFFFFFFFF
    blocks = (Block(1, 255, 9, 0, 0), Block(77, 64, 3, 12, 0, last, int(0.5 * 65_536)))
    theirs = (SenderReport(5, 8 << 32, 0, 1, 1, blocks), Named(5, "x"), Bye((5,)))
    one.opened(rtcp.write(theirs), CALLER, 103.6)  # on the port of RTP
    said = one.statistics
    assert said.peer_lost == 0.25
    assert said.round_trip_ms == pytest.approx(100, abs=0.1)
    assert said.said_bye
    assert said.reports == 1
    assert one.opened(datagram(1), CALLER, 104.0) is not None
    second = one.rtcp(110.0)
    assert second is not None
    answer = rtcp.read(second)[0]
    assert isinstance(answer, ReceiverReport)
    assert (answer.blocks[0].last_sr, answer.blocks[0].delay) == (8 << 16, int(6.4 * 65_536))


def test_a_report_of_a_stranger_or_from_the_future_is_not_believed() -> None:
    one = session()
    block = Block(77, 0, 0, 0, 0, 0x4000_0000, 0)
    one.reported(rtcp.write((ReceiverReport(5, (block,)),)), STRANGER, 100.0)
    assert (one.statistics.foreign, one.statistics.peer_lost) == (1, None)
    ahead = (int((200.0 + 1_700_000_000 + 2_208_988_800) * 65_536)) & 0xFFFFFFFF
    for last, seen in ((0, 0.0), (ahead, 0.0)):
        one.reported(
            rtcp.write((ReceiverReport(5, (replace(block, last_sr=last),)),)),
            (HOST, 4001),
            100.0,
        )
        assert (one.statistics.peer_lost, one.statistics.round_trip_ms) == (seen, None)
