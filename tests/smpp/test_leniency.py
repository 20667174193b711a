"""DESIGN 9.10, line by line: lenient where carriers are sloppy, strict where text is at risk.

Every test says what the peer does, what it is told, and what is counted; and that the session goes
on. The same over a socket is in `text911 smpp conform`.
"""

from __future__ import annotations

import pytest

from text911.smpp.codec import encode
from text911.smpp.events import Submitted
from text911.smpp.parts import user_data
from text911.smpp.pdu import (
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    CancelSm,
    DataSm,
    EnquireLink,
    Pdu,
    QuerySm,
    ReplaceSm,
    SubmitSm,
)
from text911.smpp.status import Status
from text911.smpp.timers import SessionLimits
from text911.smpp.tlv import Tag

from .desk import World, reads, stream
from .peer import HELP, Peer, raw

BODY = encode(HELP, 1)[16:]
DATA = encode(DataSm(tlvs=((Tag.message_payload, b"help"),)), 1)[16:]
ENQUIRY = encode(EnquireLink(), 2)
ALIVE = (0x80000015, 0, 2)
N = 9


def submitted(peer: Peer) -> Submitted:
    (event,) = peer.events
    assert isinstance(event, Submitted)
    return event


# --- "missing last NUL at PDU end: accept, count" -----------------------------------------------


@pytest.mark.parametrize("bind", [BindReceiver, BindTransmitter, BindTransceiver])
@pytest.mark.parametrize("address_range", ["", "1"])
def test_a_last_nul_that_is_missing_is_accepted_and_counted(
    bind: type[BindReceiver] | type[BindTransmitter] | type[BindTransceiver], address_range: str
) -> None:
    whole = encode(bind("carrier", "secret", address_range=address_range), N)
    peer = Peer()
    octets = raw(bind.COMMAND_ID, N, whole[16:-1])
    assert peer.says(octets, ENQUIRY) == [(bind.COMMAND_ID | 0x80000000, 0, N), ALIVE]
    assert peer.session.faults == {"missing_nul": 1}


def test_a_nul_that_is_missing_within_a_pdu_is_no_last_nul() -> None:
    peer = Peer().binds()
    without = BODY.replace(b"911\0", b"911", 1)
    assert peer.says(raw(4, N, without))[0][1] != 0
    assert peer.events == []


# --- "trailing octets that form no TLV: refuse; one stray NUL: accept, count" -------------------


@pytest.mark.parametrize(("command_id", "body"), [(0x4, BODY), (0x103, DATA)])
@pytest.mark.parametrize(
    "octets",
    [b"\1", b"\0\0", b"\0\0\0", b"\x04\x24", b"\x04\x24\0", b"\x14\x01\0\3ab", b"\x04\x24\xff\xff"],
)
def test_trailing_octets_that_form_no_tlv_are_refused(
    command_id: int, body: bytes, octets: bytes
) -> None:
    peer = Peer().binds()
    told = peer.says(raw(command_id, N, body + octets), ENQUIRY)
    assert told == [(command_id | 0x80000000, Status.RINVOPTPARSTREAM, N), ALIVE]
    assert peer.events == []
    assert peer.session.faults == {"RINVOPTPARSTREAM": 1}


@pytest.mark.parametrize(("command_id", "body"), [(0x4, BODY), (0x103, DATA)])
def test_one_stray_nul_is_accepted_and_counted(command_id: int, body: bytes) -> None:
    peer = Peer().binds()
    assert peer.says(raw(command_id, N, body + b"\0"), ENQUIRY) == [ALIVE]
    assert submitted(peer).faults == ("stray_nul",)
    assert peer.session.faults == {"stray_nul": 1}


# --- "other truncation: RINVCMDLEN in its own response" -----------------------------------------


@pytest.mark.parametrize(("command_id", "body"), [(0x4, BODY), (0x103, DATA[:-8])])
def test_a_text_cut_anywhere_gets_rinvcmdlen_in_its_own_response(
    command_id: int, body: bytes
) -> None:
    peer = Peer().binds()
    for end in range(len(body)):
        told = peer.says(raw(command_id, N, body[:end]), ENQUIRY)
        assert told == [(command_id | 0x80000000, Status.RINVCMDLEN, N), ALIVE], end
    assert peer.events == []
    assert peer.session.faults == {"RINVCMDLEN": len(body)}


def test_a_bind_cut_anywhere_but_at_its_last_nul_gets_rinvcmdlen() -> None:
    body = encode(BindTransceiver("carrier", "secret"), N)[16:]
    for end in range(len(body) - 1):
        peer = Peer()
        assert peer.says(raw(9, N, body[:end])) == [(0x80000009, Status.RINVCMDLEN, N)], end


# --- "C-string overrun: the field's own code" ---------------------------------------------------

OVERRUN: dict[str, tuple[Pdu, int, int, Status]] = {
    "system_id": (BindTransceiver("carrier"), 0, 15, Status.RINVSYSID),
    "password": (BindTransceiver("carrier"), 8, 8, Status.RINVPASWD),
    "system_type": (BindTransceiver("carrier"), 9, 12, Status.RINVSYSTYP),
    "address_range": (BindTransceiver("carrier"), 13, 40, Status.RBINDFAIL),
    "service_type": (SubmitSm(), 0, 5, Status.RINVSERTYP),
    "source_addr": (SubmitSm(), 3, 20, Status.RINVSRCADR),
    "destination_addr": (SubmitSm(), 6, 20, Status.RINVDSTADR),
    "schedule_delivery_time": (SubmitSm(), 10, 16, Status.RINVSCHED),
    "validity_period": (SubmitSm(), 11, 16, Status.RINVEXPIRY),
    "service_type of data_sm": (DataSm(), 0, 5, Status.RINVSERTYP),
    "source_addr of data_sm": (DataSm(), 3, 64, Status.RINVSRCADR),
    "destination_addr of data_sm": (DataSm(), 6, 64, Status.RINVDSTADR),
    "message_id of query_sm": (QuerySm(message_id=""), 0, 64, Status.RINVMSGID),
    "message_id of cancel_sm": (CancelSm(message_id=""), 1, 64, Status.RINVMSGID),
    "message_id of replace_sm": (ReplaceSm(message_id=""), 0, 64, Status.RINVMSGID),
}


@pytest.mark.parametrize("name", OVERRUN)
def test_a_string_that_is_too_long_gets_the_code_of_its_own_field(name: str) -> None:
    pdu, offset, most, status = OVERRUN[name]
    body = encode(pdu, N)[16:]
    is_bind = isinstance(pdu, BindTransceiver)
    at = offset
    assert body[at : at + 1] in (b"\0", b"c"), "the offset is that of an empty string"
    rest = body[body.index(b"\0", at) + 1 :]
    for octets in (b"9" * (most + 1) + b"\0" + rest, b"9" * 100):
        peer = Peer() if is_bind else Peer().binds()
        told = peer.says(raw(pdu.COMMAND_ID, N, body[:at] + octets))
        assert told == [(pdu.COMMAND_ID | 0x80000000, status, N)]
        assert peer.events == []
    peer = Peer() if is_bind else Peer().binds()
    (told_of_most,) = peer.says(raw(pdu.COMMAND_ID, N, body[:at] + b"9" * most + b"\0" + rest)) or [
        (0, Status.ROK, 0)
    ]
    assert told_of_most[1] != status, "as many as are allowed are no overrun"


# --- "non-ASCII in a C-string: Latin-1, flagged" -------------------------------------------------


def test_a_string_that_is_not_ascii_is_read_as_latin_1_and_flagged() -> None:
    peer = Peer().binds()
    octets = raw(4, N, BODY.replace(b"18605551234", b"M\xfcller\xff\x80"))
    assert peer.says(octets, ENQUIRY) == [ALIVE]
    event = submitted(peer)
    assert event.pdu.source_addr == "Müllerÿ\x80"
    assert event.faults == ("not_ascii",)
    assert peer.session.faults == {"not_ascii": 1}


# --- "message_payload and short_message both: accept the payload, count" ------------------------


def test_of_payload_and_short_message_the_payload_is_taken_and_it_is_counted() -> None:
    peer = Peer().binds()
    both = SubmitSm(short_message=b"short", tlvs=((Tag.message_payload, b"the payload"),))
    assert peer.says((both, N), ENQUIRY) == [ALIVE]
    event = submitted(peer)
    assert event.faults == ("payload_and_short_message",)
    assert peer.session.faults == {"payload_and_short_message": 1}
    assert isinstance(event.pdu, SubmitSm)
    assert user_data(event.pdu, "gsm7").read().text == "the payload"
    assert b"short" in event.octets, "what was not taken is still in the record"


# --- "UDH and SAR both: UDH wins" ----------------------------------------------------------------


def test_of_udh_and_sar_the_udh_wins() -> None:
    sar = (
        (int(Tag.sar_msg_ref_num), b"\0\x63"),
        (int(Tag.sar_total_segments), b"\x05"),
        (int(Tag.sar_segment_seqnum), b"\x04"),
    )
    part = SubmitSm(esm_class=0x40, short_message=b"\5\0\3\x2a\2\1words", tlvs=sar)
    peer = Peer().binds()
    assert peer.says((part, N), ENQUIRY) == [ALIVE]
    pdu = submitted(peer).pdu
    assert isinstance(pdu, SubmitSm)
    joined = user_data(pdu, "gsm7").concatenation
    assert joined is not None
    assert (joined.reference, joined.total, joined.number) == (0x2A, 2, 1)


# --- "unknown id and wrong password: the same answer" --------------------------------------------


def test_a_refused_bind_is_answered_by_nothing_that_tells_who_was_refused() -> None:
    """That both are refused alike is decided in gateway/edges; here nothing adds to it."""
    answers: set[tuple[bytes, str]] = set()
    for system_id, password in (("carrier", "wrong"), ("nobody", "wrong"), ("nobody", "")):
        peer = Peer(answer=Status.RBINDFAIL)
        peer.session.receive(b"", peer.now)
        told = peer.says((BindTransceiver(system_id, password), N))
        assert told == [(0x80000009, Status.RBINDFAIL, N)]
        answers.add((repr(told).encode(), peer.reason))
    assert len(answers) == 1


# --- "while reading is paused: less than half the peer's enquire_link time, then throttle" -------


def test_reading_is_paused_for_less_than_half_of_enquire_link_and_then_texts_are_throttled() -> (
    None
):
    world = World()
    connection, wire = world.binds()
    connection.dataReceived(stream(*((HELP, number) for number in range(2, 6))))
    assert wire.producerState == "paused"
    began = world.clock.seconds()
    while wire.producerState == "paused":
        world.clock.advance(0.1)
    assert world.clock.seconds() - began < SessionLimits().enquire_link / 2
    connection.dataReceived(stream((HELP, N), (EnquireLink(), 10)))
    assert reads(wire) == [(0x80000004, Status.RTHROTTLED, N), (0x80000015, 0, 10)]
