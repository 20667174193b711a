"""What hostile and sloppy peers send, and what they are told (DESIGN 9.10).

The rule of the house: with framing intact an error is answered with the request's own
sequence_number and the session is kept; with framing lost it is a generic_nack and the end.
"""

from __future__ import annotations

import pytest

from text911.smpp.codec import encode
from text911.smpp.events import BindRequested, Closed, Submitted
from text911.smpp.pdu import (
    BindTransceiver,
    BroadcastSm,
    CancelBroadcastSm,
    CancelSm,
    DataSm,
    EnquireLink,
    QueryBroadcastSm,
    ReplaceSm,
    SubmitSm,
)
from text911.smpp.status import Status
from text911.smpp.tlv import Tag

from .peer import HELP, Peer, raw

NACK = 0x80000000
BODY = encode(HELP, 1)[16:]
ALIVE = encode(EnquireLink(), 2)
ALIVE_TOO = (0x80000015, 0, 2)


def ints(count: int) -> bytes:
    return bytes(count)


REFUSED = {
    "an unknown command": (raw(0x77, 9), NACK, Status.RINVCMDID),
    "outbind": (raw(0x0B, 9, b"\0\0"), NACK, Status.RINVCMDID),
    "alert_notification": (raw(0x102, 9), NACK, Status.RINVCMDID),
    "an unknown vendor command": (raw(0x10200, 9), NACK, Status.RINVCMDID),
    "a query_sm without a body": (raw(0x3, 9), 0x80000003, Status.RINVCMDLEN),
    "a cancel_sm": (encode(CancelSm(message_id="1"), 9), 0x80000008, Status.RCANCELFAIL),
    "a replace_sm": (encode(ReplaceSm("1"), 9), 0x80000007, Status.RREPLACEFAIL),
    "a submit_multi to nobody": (raw(0x21, 9, bytes(5)), 0x80000021, Status.RINVNUMDESTS),
    "a broadcast_sm to 3.4": (encode(BroadcastSm(), 9), 0x80000111, Status.RINVCMDID),
    "a query_broadcast_sm": (encode(QueryBroadcastSm(), 9), 0x80000112, Status.RINVCMDID),
    "a cancel_broadcast_sm": (encode(CancelBroadcastSm(), 9), 0x80000113, Status.RINVCMDID),
    "a deliver_sm from an ESME": (raw(0x5, 9, BODY), 0x80000005, Status.RINVBNDSTS),
    "a second bind": (encode(BindTransceiver("x"), 9), 0x80000009, Status.RALYBND),
    "a submit_sm without a body": (raw(0x4, 9), 0x80000004, Status.RINVCMDLEN),
    "a data_sm without a body": (raw(0x103, 9), 0x80000103, Status.RINVCMDLEN),
    "a service_type without end": (raw(0x4, 9, b"x" * 60), 0x80000004, Status.RINVSERTYP),
    "a source_addr without end": (
        raw(0x4, 9, ints(3) + b"1" * 60),
        0x80000004,
        Status.RINVSRCADR,
    ),
    "a destination_addr without end": (
        raw(0x4, 9, ints(6) + b"1" * 60),
        0x80000004,
        Status.RINVDSTADR,
    ),
    "an sm_length beyond the PDU": (
        raw(0x4, 9, BODY[:-5] + b"\xff" + BODY[-4:]),
        0x80000004,
        Status.RINVCMDLEN,
    ),
    "an sm_length short of the text": (
        raw(0x4, 9, BODY[:-5] + b"\x01" + BODY[-4:]),
        0x80000004,
        Status.RINVOPTPARSTREAM,
    ),
    "a TLV beyond the PDU": (
        raw(0x4, 9, BODY + b"\x04\x24\xff\xff"),
        0x80000004,
        Status.RINVOPTPARSTREAM,
    ),
    "half a TLV header": (raw(0x4, 9, BODY + b"\x04\x24"), 0x80000004, Status.RINVOPTPARSTREAM),
    "two stray NULs": (raw(0x4, 9, BODY + b"\0\0"), 0x80000004, Status.RINVOPTPARSTREAM),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_error_is_answered_under_its_own_number_and_the_session_is_kept(name: str) -> None:
    octets, command_id, status = REFUSED[name]
    peer = Peer().binds()
    assert peer.says(octets, ALIVE) == [(command_id, status, 9), ALIVE_TOO]
    assert peer.events == []
    assert sum(peer.session.faults.values()) == 1


def test_a_submit_sm_cut_anywhere_is_a_wrong_length_and_nothing_else() -> None:
    peer = Peer().binds()
    for end in range(len(BODY)):
        assert peer.says(raw(0x4, 9, BODY[:end])) == [(0x80000004, Status.RINVCMDLEN, 9)]
    assert peer.events == []


def test_before_the_bind_only_enquire_link_is_served() -> None:
    peer = Peer()
    answers = peer.says((EnquireLink(), 1), (HELP, 2), raw(0x6, 3), raw(0x77, 4), raw(0x3, 5))
    assert answers == [
        (0x80000015, 0, 1),
        (0x80000004, Status.RINVBNDSTS, 2),
        (0x80000006, Status.RINVBNDSTS, 3),
        (NACK, Status.RINVCMDID, 4),
        (0x80000003, Status.RINVBNDSTS, 5),
    ]
    assert peer.events == []


def test_a_bind_that_does_not_parse_may_be_tried_again() -> None:
    peer = Peer()
    assert peer.says(raw(0x9, 1, b"x" * 20)) == [(0x80000009, Status.RINVSYSID, 1)]
    assert peer.says((BindTransceiver("x"), 2)) == [(0x80000009, 0, 2)]


@pytest.mark.parametrize("length", [0, 15, 70_001, 0xFFFFFFFF])
def test_lost_framing_is_nacked_and_ends_the_session_after_the_good_pdu(length: int) -> None:
    peer = Peer().binds()
    bad = length.to_bytes(4) + (4).to_bytes(4) + bytes(4) + (9).to_bytes(4)
    assert peer.says(encode(HELP, 8), bad, ALIVE) == [(NACK, Status.RINVCMDLEN, 9)]
    text, closed = peer.events
    assert isinstance(text, Submitted)
    assert isinstance(closed, Closed)
    assert str(length) in closed.reason
    assert peer.session.faults == {"framing": 1}


def test_another_protocol_on_the_port_is_shown_the_door() -> None:
    peer = Peer()
    assert peer.says(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") == [
        (NACK, Status.RINVCMDLEN, int.from_bytes(b".1\r\n"))
    ]
    assert peer.reason


def test_before_the_bind_a_pdu_of_a_thousand_octets_is_enough() -> None:
    peer = Peer()
    assert peer.says(raw(0x15, 1, bytes(1_008))) == [(0x80000015, 0, 1)]
    assert peer.says(raw(0x15, 2, bytes(1_009))) == [(NACK, Status.RINVCMDLEN, 2)]
    assert "1024" in peer.reason


FORGIVEN = {
    "a last NUL that is missing": (encode(BindTransceiver("x"), 9)[:-1], "missing_nul"),
    "a stray NUL": (encode(BindTransceiver("x"), 9) + b"\0", "stray_nul"),
    "a body of enquire_link": (raw(0x15, 9, b"hello"), "trailing_octets"),
    "sequence_number 0": (encode(EnquireLink(), 0), "sequence_number"),
    "a sequence_number too high": (encode(EnquireLink(), 0x80000000), "sequence_number"),
    "a status in a request": (encode(EnquireLink(), 9, 5), "status_in_request"),
}


@pytest.mark.parametrize("name", FORGIVEN)
def test_what_puts_no_text_at_risk_is_forgiven_and_counted(name: str) -> None:
    octets, fault = FORGIVEN[name]
    if octets[7] == 0x09:
        octets = (len(octets)).to_bytes(4) + octets[4:]
    peer = Peer()
    command_id, sequence_number = octets[7], int.from_bytes(octets[12:16])
    assert peer.says(octets) == [(0x80000000 | command_id, 0, sequence_number)]
    assert peer.session.faults == {fault: 1}


def test_a_number_still_in_flight_may_be_used_again() -> None:
    peer = Peer().binds()
    peer.says((HELP, 5), (HELP, 5))
    assert len(peer.events) == 2
    assert peer.session.respond(5, 4, 0, "a")
    assert peer.session.respond(5, 4, 0, "b")


def test_payload_and_short_message_both_are_taken() -> None:
    peer = Peer().binds()
    both = SubmitSm(short_message=b"short", tlvs=((Tag.message_payload, b"payload"),))
    assert peer.says((both, 2)) == []
    (text,) = peer.events
    assert isinstance(text, Submitted)
    assert text.faults == ("payload_and_short_message",)


def test_a_full_payload_of_64_kib_is_taken() -> None:
    peer = Peer().binds()
    assert peer.says((DataSm(tlvs=((Tag.message_payload, bytes(65_535)),)), 2)) == []
    assert len(peer.events) == 1


def test_a_bind_may_come_one_octet_at_a_time() -> None:
    peer = Peer()
    answers = [a for octet in encode(BindTransceiver("x"), 1) for a in peer.says(bytes((octet,)))]
    assert answers == [(0x80000009, 0, 1)]
    assert isinstance(peer.events[0], BindRequested)
