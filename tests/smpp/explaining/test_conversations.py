from __future__ import annotations

from text911.smpp.codec import encode, response
from text911.smpp.explaining.captures import read
from text911.smpp.explaining.conversations import Heard, conversation
from text911.smpp.pdu import EnquireLink, SubmitSm

from .wires import PORT, SYN, frame, pcap

TEXT = encode(SubmitSm(source_addr="18605551234", short_message=b"help"), 5)
ENQUIRY = encode(EnquireLink(), 6)


def heard(*frames: bytes) -> list[Heard]:
    return conversation(read(pcap(frames), frozenset({PORT})), "gsm7")


def test_pdus_of_both_directions_stand_in_the_order_in_which_they_were_complete() -> None:
    told = heard(
        frame(TEXT[:30], 1),
        frame(response(0x4, 4, 0, "ab"), 1, up=False),
        frame(TEXT[30:] + ENQUIRY, 31),
        frame(response(0x4, 5, 0, "ac"), 20, up=False),
    )
    assert [(one.packet.number, one.told.name) for one in told] == [
        (2, "submit_sm_resp"),
        (3, "submit_sm"),
        (3, "enquire_link"),
        (4, "submit_sm_resp"),
    ]
    assert all(one.told.is_good for one in told)


def test_the_side_of_the_port_is_the_message_centre() -> None:
    up, down = heard(frame(TEXT, 1), frame(TEXT, 1, up=False))
    assert up.told.is_good
    assert [fault.name for fault in down.told.faults] == ["direction"]


def test_a_gap_is_named_where_it_is_and_offsets_count_over_it() -> None:
    told = heard(
        frame(b"", 0, flags=SYN), frame(ENQUIRY, 1), frame(b"lost" + ENQUIRY, 1 + 16 + 100)
    )
    assert [(one.told.name, one.told.offset) for one in told] == [
        ("enquire_link", 0),
        ("(gap)", 16),
        ("(no PDU)", 116),
        ("enquire_link", 120),
    ]
    assert told[1].told.faults[0].what == "100 octets are missing in the capture"
