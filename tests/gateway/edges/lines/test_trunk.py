"""A SIP trunk: who is let in, what of a call is told, when it is answered, how it ends."""

from __future__ import annotations

import re
from ipaddress import ip_network

import pytest

from tests.certificates import authority, paper
from text911.gateway.core.values import Character, DialogueId, Location
from text911.gateway.edges.lines.trunk import Identity, words
from text911.sip.calls import Endpoint
from text911.sip.effects import Cause, Why
from text911.sip.settings import Account, Settings
from text911.sip.tls import Tls, Unusable
from text911.sip.transport import Wires
from text911.sip.uri import SipUri
from text911.tty.receiving import Voice
from text911.tty.turns import Policy

from .door import Door
from .exchange import HERE, Caller, Chance, Exchange, silence, status, tones

PIDF = '<presence xmlns="urn:ietf:params:xml:ns:pidf"/>'


def test_a_call_is_rung_recorded_answered_and_read() -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    caller.ring(headers=["P-Asserted-Identity: <tel:+1-860-555-0142>"])
    assert caller.statuses == [100, 180, 200]
    assert door.calls == [("trunk", "+18605550142", "tty", None)]
    caller.plays(tones("FIRE GA") + silence(0.5))
    assert door.shown == "FIRE GA"
    assert door.of("detected") == [()]
    assert len(house.trunk) == 1
    caller.say("BYE")
    assert caller.status == 200
    assert door.of("ended") == [("the caller hung up",)]
    assert (
        len(house.trunk) == len(house.rhythm) == len(house.bank.ears) == house.ports.open_now == 0
    )


def test_it_is_not_answered_before_it_is_recorded() -> None:
    house = Exchange(door := Door("later"))
    caller = Caller(house)
    caller.ring()
    house.run(1.0)
    assert caller.statuses == [100, 180]
    door.legs[-1].accept()
    house.settle()
    assert caller.status == 200


def test_what_cannot_be_recorded_is_refused_and_may_come_again() -> None:
    house = Exchange(Door("not at all"))
    caller = Caller(house)
    assert caller.ring() == 503
    assert "Retry-After: 10" in caller.messages[-1]
    assert len(house.trunk) == 0
    assert house.news.turned_away == [("192.0.2.9", "503: the gateway cannot take a call now")]
    assert (house.trunk.tally.taken, house.trunk.tally.rejected) == (0, 1)


def test_a_call_that_the_gateway_gives_up_before_answering_is_refused() -> None:
    house = Exchange(door := Door("later"))
    caller = Caller(house)
    caller.ring()
    door.legs[-1].end("the journal is down")
    house.settle()
    assert caller.status == 503
    assert door.of("ended") == []
    assert len(house.trunk) == 0


def test_a_caller_may_give_up_before_the_answer() -> None:
    house = Exchange(door := Door("later"))
    caller = Caller(house)
    caller.ring()
    caller.say("CANCEL")
    assert sorted(caller.statuses) == [100, 180, 200, 487]
    assert door.of("ended") == [("the caller gave up before the call was answered",)]


def test_no_more_calls_than_there_are_lines() -> None:
    house = Exchange(Door(), calls_max=1)
    assert Caller(house).ring() == 200
    busy = Caller(house)
    assert busy.ring() == 503
    assert house.news.turned_away[0][1] == "503: all lines of the trunk are in use"


def test_strangers_and_offers_of_no_use_are_turned_away_with_a_line_each() -> None:
    house = Exchange(door := Door())
    assert Caller(house, "198.51.100.1").ring() == 403
    assert Caller(house).ring("v=0\r\n") == 488
    assert door.calls == []
    assert [peer for peer, _ in house.news.turned_away] == ["198.51.100.1", "192.0.2.9"]
    assert house.trunk.tally.rejected == 2
    assert "refused" in house.trunk.tally.fault


def test_encryption_may_be_insisted_on() -> None:
    house = Exchange(Door(), srtp_required=True)
    caller = Caller(house)
    assert caller.ring() == 488
    assert "RTP/AVP" in house.news.turned_away[0][1]
    key = "inline:" + "A" * 40
    secured = f"m=audio {caller.rtp} RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 {key}\r\n"
    other = Caller(house)
    assert other.ring(other.sdp(secured)) == 200
    assert "a=crypto:1" in other.messages[-1]


def test_no_free_port_is_503() -> None:
    house = Exchange(Door())
    house.ports.free = [30_000]
    caller = Caller(house)
    assert caller.ring(caller.sdp(f"m=audio {caller.rtp} RTP/AVP 0\r\n", caller.text())) == 503
    assert "no port is free" in caller.messages[-1]
    assert (house.ports.free, house.ports.open_now) == ([30_000], 0)


def test_the_location_is_the_part_that_geolocation_names() -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    parts = [
        ("application/sdp", "", caller.audio()),
        ("application/pidf+xml", "<other@a>", "<other/>"),
        ("application/pidf+xml", "<loc@a>", PIDF),
    ]
    body = "".join(
        f"--x\r\nContent-Type: {kind}\r\n"
        + (f"Content-ID: {name}\r\n" if name else "")
        + f"\r\n{octets}\r\n"
        for kind, name, octets in parts
    )
    headers = ["Content-Type: multipart/mixed;boundary=x", "Geolocation: <cid:loc%40a>"]
    assert caller.ring(body + "--x--\r\n", headers) == 200
    assert door.calls[-1][3] == PIDF.encode()
    again = Caller(house)
    assert again.ring(body + "--x--\r\n", headers[:1]) == 200
    assert door.calls[-1][3] == b"<other/>"


@pytest.mark.parametrize(
    ("headers", "number"),
    [
        ([], ""),
        (["P-Asserted-Identity: <sip:8605550142@trunk.example>"], "+18605550142"),
        (["P-Asserted-Identity: <sip:911@trunk.example>"], ""),
        (["P-Asserted-Identity: nonsense>"], ""),
        (["P-Asserted-Identity: <sip:anonymous@anonymous.invalid>, <tel:+18605550143>"],
         "+18605550143"),
    ],
)  # fmt: skip
def test_the_callers_number(headers: list[str], number: str) -> None:
    house = Exchange(door := Door())
    Caller(house).ring(headers=headers)
    assert [ani for _, ani, _, _ in door.calls] == [number]


def test_what_is_typed_back_is_in_tones_and_no_character_is_cut_by_the_end() -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    caller.ring()
    door.legs[-1].write("reply-1", "WE COME", interrupt=False)
    caller.plays(silence(2.0))
    assert door.of("left")[-1] == ("reply-1", 7, True)
    assert caller.reads == "WE COME"
    door.legs[-1].write("reply-2", "STAY WHERE YOU ARE", interrupt=False)
    caller.plays(silence(0.79))  # in the middle of a character
    half = caller.reads
    door.legs[-1].end("the dialogue is over")
    assert not any(one.startswith("BYE") for one in caller.messages)
    caller.plays(silence(1.0))
    assert any(one.startswith("BYE") for one in caller.messages)
    assert caller.reads.startswith(half)
    assert "WE COMESTAY".startswith(caller.reads)
    assert len(caller.reads) == len(half) + 1
    assert door.of("ended") == []
    assert len(house.trunk) == 0


def test_a_call_that_is_quiet_ends_at_once() -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    caller.ring()
    door.legs[-1].end("the dialogue is over")
    house.settle()
    assert caller.messages[-1].startswith("BYE ")


def test_a_call_without_packets_is_lost() -> None:
    house = Exchange(door := Door(), no_packet_within=5)
    caller = Caller(house)
    caller.ring()
    house.run(4.5)
    assert door.of("ended") == []
    house.run(1.0)
    assert door.of("ended") == [("no packet came for 5 s",)]
    assert caller.messages[-1].startswith("BYE ")


def test_on_hold_nothing_is_said_and_nothing_is_lost() -> None:
    house = Exchange(door := Door(), no_packet_within=5)
    caller = Caller(house)
    caller.ring()
    caller.say("INVITE", caller.audio("a=inactive\r\n"))
    caller.say("ACK")
    door.legs[-1].write("reply-1", "WE COME", interrupt=False)
    count = len(caller.packets[caller.rtp])
    house.run(10.0)
    assert len(caller.packets[caller.rtp]) == count
    assert door.of("ended") == []
    caller.say("INVITE", caller.audio())
    caller.say("ACK")
    caller.plays(silence(3.0))
    assert caller.reads == "WE COME"


def test_another_offer_is_answered_with_a_version_that_grows_only_when_something_changes() -> None:
    house = Exchange(Door())
    caller = Caller(house)
    caller.ring()
    for body in (caller.audio(), caller.audio("a=rtpmap:8 PCMA/8000\r\n", formats="8")):
        caller.say("INVITE", body)
        caller.say("ACK")
    said = [one for one in caller.messages if status(one) == 200]
    versions = [re.search(r"^o=- \d+ (\d+)", one, re.M) for one in said]
    assert [found[1] for found in versions if found] == ["1", "1", "2"]
    assert "PCMA" in said[-1]
    caller.say("INVITE", caller.sdp("m=image 4000 udptl t38\r\n"))
    assert caller.status == 488
    caller.say("ACK")
    assert len(house.trunk) == 1


def test_a_peer_that_asks_for_our_offer_gets_one_and_its_answer_counts() -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    caller.say("INVITE")
    assert caller.status == 200
    assert "m=audio" in caller.messages[-1]
    caller.say("ACK", caller.audio())
    caller.plays(tones("HELP GA") + silence(0.4))
    assert door.shown == "HELP GA"


def test_an_answer_of_no_use_ends_the_call() -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    caller.say("INVITE")
    caller.say("ACK", caller.sdp("m=audio 0 RTP/AVP 0\r\n"))
    house.settle()
    assert caller.messages[-1].startswith("BYE ")
    assert "every medium was declined" in str(door.of("ended"))


def test_a_stop_ends_every_call_and_takes_no_other() -> None:
    house = Exchange(door := Door())
    calling, ringing = Caller(house), Caller(house)
    calling.ring()
    door.accepts = "later"
    ringing.ring()
    house.trunk.drain("the gateway is stopping")
    house.settle()
    assert calling.messages[-1].startswith("BYE ")
    assert ringing.status == 503
    assert door.of("ended") == [("the gateway is stopping",)] * 2
    assert Caller(house).ring() == 503
    house.trunk.stop()
    assert house.net.udp.get((HERE, 5060)) is None


def test_a_peer_that_is_watched_is_told_of_when_it_goes_and_when_it_comes() -> None:
    house = Exchange(Door(), options_to=["sip:192.0.2.5"], options_interval=5)
    house.run(40.0)
    assert house.news.peers == [("192.0.2.5", False)]
    assert "does not answer" in house.trunk.tally.fault

    class Answers:
        def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
            rows = datagram.decode().split("\r\n")
            kept = [one for one in rows if re.match("(Via|From|To|Call-ID|CSeq):", one)]
            answer = "\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""])
            house.net.deliver(answer.encode(), ("192.0.2.5", 5060), addr)

    house.net.listenUDP(5060, Answers(), "192.0.2.5", 0)
    house.run(10.0)
    assert house.news.peers[-1] == ("192.0.2.5", True)


def test_a_silent_caller_is_probed_in_tones() -> None:
    house = Exchange(door := Door(), Policy(probe="QQ GA", probe_after_s=1.0, probes_max=1))
    caller = Caller(house)
    caller.ring()
    caller.plays(silence(4.0))
    assert caller.reads == "QQ GA\r\n"
    assert door.of("said") == [("QQ GA",)]


class Breaks(Door):
    """Cannot take what the first call says."""

    def typed(self, dialogue: DialogueId, characters: tuple[Character, ...]) -> None:
        if dialogue == "d1":
            raise OverflowError
        super().typed(dialogue, characters)


def test_a_fault_of_ours_ends_its_call_and_no_other() -> None:
    house = Exchange(door := Breaks())
    broken, well = Caller(house), Caller(house)
    broken.ring()
    well.ring()
    with pytest.raises(OverflowError):
        broken.plays(tones("A"))
    house.settle()
    assert broken.messages[-1].startswith("BYE ")
    assert door.of("ended") == [("a fault of the gateway",)]
    well.plays(tones("OK GA") + silence(0.4))
    assert door.shown == "OK GA"
    assert len(house.trunk) == 1


def test_what_ends_a_call_in_words() -> None:
    assert {bool(words(Cause(why))) for why in Why} == {True}
    assert words(Cause(486)) == "the call was ended with 486"


def test_a_call_on_hold_can_be_ended() -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    caller.ring()
    door.legs[-1].write("reply-1", "WE COME", interrupt=False)
    caller.plays(silence(1.0))
    caller.say("INVITE", caller.audio("a=inactive\r\n"))
    caller.say("ACK")
    door.legs[-1].end("the dialogue is over")
    door.legs[-1].end("once more")
    house.run(0.1)
    assert caller.messages[-1].startswith("BYE ")


def test_a_voice_that_nobody_hears_is_told_and_answered_with_the_notice() -> None:
    house = Exchange(door := Door(), Policy(probe="", no_voice="PLEASE TYPE GA"))
    caller = Caller(house)
    caller.ring()
    door.legs[-1].answered("hartford")
    house.bank.says = (Voice(True, 0),)
    caller.plays(silence(0.1))
    house.bank.says = (Voice(False, 0),)
    caller.plays(silence(6.0))
    assert door.of("speaks") == [(True,), (False,)]
    assert caller.reads == "PLEASE TYPE GA\r\n"


def test_transports_of_one_address_share_a_user_agent_and_others_have_their_own() -> None:
    listen = [
        {"host": HERE, "port": 5060},
        {"host": HERE, "port": 5060, "transport": "tcp"},
        {"host": HERE, "port": 5070},
        {"host": "127.0.0.1", "port": 0},
        {"host": "127.0.0.1", "port": 0, "transport": "tcp"},
    ]
    house = Exchange(Door(), listen=listen)
    first, second, third, fourth = house.trunk.ports
    assert (first, second) == (5060, 5070)
    assert 0 not in (third, fourth)
    assert set(house.net.udp) == {(HERE, 5060), (HERE, 5070), ("127.0.0.1", third)}
    assert set(house.net.tcp) == {(HERE, 5060), ("127.0.0.1", fourth)}


def test_a_door_with_tls_shows_its_certificate() -> None:
    mine = paper("trunk")
    listen = [{"host": HERE, "port": 5061, "transport": "tls", "certificate": "a", "key": "env:A"}]
    house = Exchange(Door(), Identity(tls={0: Tls(mine.chain, mine.secret)}), listen=listen)
    assert (HERE, 5061) in house.net.tcp
    with pytest.raises(Unusable):
        Exchange(Door(), Identity(tls={0: Tls(b"nonsense", b"")}), listen=listen)


@pytest.mark.parametrize("is_ours", [True, False])
def test_who_is_asked_over_tls_must_be_signed_by_whom_the_trunk_believes(is_ours: bool) -> None:
    believed = authority()
    shows = paper("exchange", by=believed if is_ours else authority())
    there = Settings(SipUri("sip", "", "127.0.0.1", 5061), peers=(ip_network("192.0.2.0/24"),))
    house = Exchange(
        Door(),
        Identity(believed=believed.chain),
        options_to=["sip:127.0.0.1:5061;transport=tls"],
    )
    tls = Tls(shows.chain, shows.secret)
    wires = Wires(Endpoint(there, Chance()), there, lambda _: None, house.net, tls=tls)
    wires.listen_tls("127.0.0.1", 5061)
    house.run(1.0)
    assert house.news.peers == [("127.0.0.1", is_ours)]


def test_a_trunk_may_have_to_show_who_it_is() -> None:
    house = Exchange(door := Door(), Identity((Account("sbc1", "secret"),)))
    assert Caller(house).ring() == 401
    assert door.calls == []


def test_a_location_that_is_named_elsewhere_is_the_one_that_came() -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    body = (
        f"--x\r\nContent-Type: application/sdp\r\n\r\n{caller.audio()}\r\n"
        f"--x\r\nContent-Type: application/pidf+xml\r\nContent-ID: <a>\r\n\r\n{PIDF}\r\n--x--\r\n"
    )
    kind = "Content-Type: multipart/mixed;boundary=x"
    for named in ("<https://lis.example/1>", "<cid:other>", "nonsense>"):
        caller = Caller(house)
        caller.ring(body, [kind, f"Geolocation: {named}"])
        assert door.calls[-1][3] == PIDF.encode()
        caller.say("BYE")


def test_a_message_within_a_call_counts_as_typed() -> None:
    house = Exchange(door := Door())
    tones_, text = Caller(house), Caller(house)
    tones_.ring()
    text.ring(text.sdp(text.text()))
    kind = ["Content-Type: text/plain"]
    for caller in (tones_, text):
        caller.say("MESSAGE", "hi", kind)
        assert caller.status == 200
        caller.say("INFO", "Signal=1", ["Content-Type: application/dtmf-relay"])
        assert caller.status == 200
    assert door.shown == "hi\u2028hi\u2028"


MOVED = (
    "<presence xmlns='urn:ietf:params:xml:ns:pidf' xmlns:gml='http://www.opengis.net/gml'"
    " xmlns:gs='http://www.opengis.net/pidflo/1.0'><tuple id='t'><status><geopriv>"
    "<location-info><gs:Circle srsName='urn:ogc:def:crs:EPSG::4326'><gml:pos>{0}</gml:pos>"
    "<gs:radius uom='urn:ogc:def:uom:EPSG::9001'>25</gs:radius></gs:Circle></location-info>"
    "<method>GPS</method></geopriv></status></tuple></presence>"
)
PLACE = ["Geolocation: <cid:p@h>", "Content-Type: application/pidf+xml", "Content-ID: <p@h>"]
FAULT = 'Geolocation-Error: 100;code="Cannot Process Location"'


def moved(door: Door) -> list[object]:
    """Where the caller was said to be, in order: latitude, or why that is not known."""
    found = [one[1] for one in door.of("moved")]
    return [one.latitude if isinstance(one, Location) else one for one in found]


@pytest.mark.parametrize("kind", ["tty", "rtt"])
def test_a_place_within_the_call_is_told_once_each_time_it_is_another(kind: str) -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    body = caller.audio() if kind == "tty" else caller.sdp(caller.text())
    caller.ring(body)
    caller.say("UPDATE", MOVED.format("41.5 -72.5"), PLACE)
    assert caller.status == 200
    assert "Geolocation-Error" not in caller.messages[-1]
    caller.say("UPDATE", MOVED.format("41.5 -72.5"), PLACE)  # a refresh brings what is known
    caller.say("UPDATE", MOVED.format("41.6 -72.5"), PLACE)
    assert moved(door) == [41.5, 41.6]
    assert door.of("moved")[0][0] == MOVED.format("41.5 -72.5").encode()
    caller.say("BYE")
    assert door.of("ended") == [("the caller hung up",)]


def test_a_place_that_cannot_be_read_is_told_with_the_reason_and_the_call_goes_on() -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    caller.ring()
    caller.say("UPDATE", "<presence", PLACE)
    assert caller.status == 200
    assert FAULT in caller.messages[-1]
    (why,) = moved(door)
    assert "it is no XML" in str(why)
    caller.plays(tones("HELP GA") + silence(0.5))
    assert door.shown == "HELP GA"


def test_a_place_and_hold_may_come_in_one_request() -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    caller.ring()
    held = caller.audio("a=sendonly\r\n")
    for method, place in (("INVITE", "41.5 -72.5"), ("UPDATE", "41.6 -72.5")):
        body = (
            f"--x\r\nContent-Type: application/sdp\r\n\r\n{held}\r\n--x\r\n"
            "Content-Type: application/pidf+xml\r\nContent-ID: <p@h>\r\n\r\n"
            f"{MOVED.format(place)}\r\n--x--\r\n"
        )
        caller.say(method, body, [PLACE[0], "Content-Type: multipart/mixed;boundary=x"])
        assert caller.status == 200
        assert "a=recvonly" in caller.messages[-1]
        if method == "INVITE":
            caller.say("ACK")
    assert moved(door) == [41.5, 41.6]


def test_the_place_that_the_call_began_with_is_no_news_and_a_call_not_taken_tells_none() -> None:
    house = Exchange(door := Door("later"))
    caller = Caller(house)
    body = (
        f"--x\r\nContent-Type: application/sdp\r\n\r\n{caller.audio()}\r\n--x\r\n"
        "Content-Type: application/pidf+xml\r\nContent-ID: <p@h>\r\n\r\n"
        f"{MOVED.format('41.5 -72.5')}\r\n--x--\r\n"
    )
    caller.ring(body, [PLACE[0], "Content-Type: multipart/mixed;boundary=x"])
    caller.say("UPDATE", MOVED.format("41.5 -72.5"), PLACE)
    assert caller.status == 200
    assert moved(door) == []
    caller.say("UPDATE", MOVED.format("41.6 -72.5"), PLACE)  # before it was answered
    assert moved(door) == [41.6]
    door.legs[-1].end("the journal is down")
    house.settle()
    caller.say("UPDATE", MOVED.format("41.7 -72.5"), PLACE)
    assert moved(door) == [41.6]
