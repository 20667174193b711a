"""Raw octets for reading: hex beside what is printable, and PDUs field by field."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.octets import dump
from text911.smpp import codec
from text911.smpp.pdu import BindTransceiver, DeliverSmResp, SubmitSm
from text911.smpp.tlv import Tag


def test_nothing_is_said_to_be_a_decision() -> None:
    assert dump(b"") == ["no octets: a timer or a decision of the gateway's own"]


def test_a_frame_of_a_console_is_hex_with_its_letters() -> None:
    assert dump(b'{"type":"answer"}\x1b') == [
        "18 octets",
        '0000  7b 22 74 79 70 65 22 3a 22 61 6e 73 77 65 72 22  {"type":"answer"',
        "0010  7d 1b                                            }.",
    ]


def test_a_pdu_is_told_field_by_field() -> None:
    tlvs = ((int(Tag.user_message_reference), b"\x12\x34"), (0x1400, b"here"))
    octets = codec.encode(SubmitSm(source_addr="1860", short_message=b"help", tlvs=tlvs), 7)
    lines = dump(octets)
    assert "SubmitSm: command_status ROK, sequence_number 7" in lines
    assert '  source_addr: "1860"' in lines
    assert "  short_message: 68 65 6c 70" in lines
    assert "  TLV 0x0204 user_message_reference: 12 34" in lines
    assert "  TLV 0x1400 (unknown): 68 65 72 65" in lines


def test_what_was_forgiven_is_told() -> None:
    octets = codec.encode(DeliverSmResp("id"), 7)[:-1]
    lines = dump(len(octets).to_bytes(4, "big") + octets[4:])
    assert any(line.startswith("  forgiven: ") for line in lines)


def test_a_pdu_that_cannot_be_read_says_why() -> None:
    octets = codec.encode(SubmitSm(), 7)[:20]
    lines = dump(len(octets).to_bytes(4, "big") + octets[4:])
    assert lines[-1].startswith("a PDU, command_id 0x00000004, that cannot be read: ")


def test_a_password_is_not_a_field_that_is_shown() -> None:
    lines = dump(codec.encode(BindTransceiver("elm", "secret"), 1))
    assert "  password: (not shown)" in lines


@given(st.binary(max_size=80))
def test_any_octets_can_be_told_and_every_line_is_plain(octets: bytes) -> None:
    lines = dump(octets)
    assert all(line.isascii() and line.isprintable() for line in lines)
