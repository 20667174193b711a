"""What an operator sees of a PDU who has no business with the caller."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from text911.gateway.onboarding.hiding import header_only, hidden
from text911.smpp.codec import decode, encode
from text911.smpp.parts import udh
from text911.smpp.pdu import (
    BindTransceiver,
    BindTransceiverResp,
    DataSm,
    DeliverSm,
    EnquireLink,
    SubmitSm,
    SubmitSmResp,
)
from text911.smpp.receipt import written
from text911.smpp.tlv import Tag, number

OURS = (b"911", b"9110")
WORDS = b"burglar downstairs"
NUMBER = "+18605550142"


def shown(pdu: SubmitSm | DeliverSm | DataSm | SubmitSmResp) -> SubmitSm:
    octets = encode(pdu, 7)
    found = hidden(octets, OURS)
    assert found is not None
    assert len(found) == len(octets)
    made, _ = decode(found)
    return made  # type: ignore[return-value]


def test_words_and_numbers_go_and_everything_else_stays() -> None:
    pdu = SubmitSm(
        source_addr_ton=1,
        source_addr=NUMBER,
        destination_addr="911",
        registered_delivery=1,
        short_message=WORDS,
        tlvs=(number(Tag.user_message_reference, 5), (0x1501, b"41.76,-72.67,300")),
    )
    found = shown(pdu)
    assert found.source_addr == "+*********42"
    assert found.destination_addr == "911"
    assert found.short_message == b"x" * len(WORDS)
    assert found.tlvs == ((0x0204, b"\0\5"), (0x1501, bytes(16)))
    assert (found.registered_delivery, found.source_addr_ton) == (1, 1)


def test_both_directions_and_both_operations() -> None:
    there = shown(DeliverSm(source_addr="911", destination_addr=NUMBER, short_message=WORDS))
    assert (there.source_addr, there.destination_addr) == ("911", "+*********42")
    data = shown(DataSm(source_addr="Alice", tlvs=((Tag.message_payload, WORDS),)))
    assert data.source_addr == "***ce"
    assert data.tlvs == ((Tag.message_payload, b"x" * len(WORDS)),)
    assert shown(SubmitSmResp("m1")).message_id == "m1"  # type: ignore[attr-defined]


def test_the_header_of_the_user_data_says_which_part_it_is() -> None:
    found = shown(SubmitSm(esm_class=0x40, short_message=udh(9, 2, 1) + WORDS))
    assert found.short_message == udh(9, 2, 1) + b"x" * len(WORDS)
    broken = shown(SubmitSm(esm_class=0x40, short_message=b"\xff" + WORDS))
    assert set(broken.short_message) == {ord("x")}
    assert shown(SubmitSm(esm_class=0x40)).short_message == b""


def test_ucs2_stays_ucs2_and_odd_stays_odd() -> None:
    assert shown(SubmitSm(data_coding=8, short_message=b"\xd8\x3d\xde")).short_message == b"\0x\0"


def test_a_receipt_keeps_its_figures_and_loses_the_words_it_repeats() -> None:
    text = written("m1", "DELIVRD", 0.0, 0.0, 0, "burglar downst")
    found = shown(DeliverSm(esm_class=4, short_message=text.encode()))
    assert found.short_message.startswith(b"id:m1 sub:001 dlvrd:001")
    assert b"err:000" in found.short_message
    assert b"burglar" not in found.short_message


def test_what_has_no_body_has_nothing_to_hide() -> None:
    octets = encode(EnquireLink(), 3)
    assert hidden(octets, OURS) == octets


@pytest.mark.parametrize(
    "octets",
    [
        encode(SubmitSm(short_message=WORDS), 1)[:-3].replace(b"\0\0\0\x43", b"\0\0\0\x40", 1),
        (16 + 4).to_bytes(4) + b"\0\0\0\3\0\0\0\0\0\0\0\1id\0\0",  # an operation without a layout
    ],
)
def test_what_cannot_be_read_shows_its_header_only(octets: bytes) -> None:
    octets = len(octets).to_bytes(4) + octets[4:]
    assert hidden(octets, OURS) is None


def test_a_bind_and_what_may_hold_one_show_their_header_to_nobody() -> None:
    bind = encode(BindTransceiver("one", "secret"), 1)
    assert header_only(bind)
    swallowed = encode(SubmitSm(), 1)[:-1] + bytes((len(bind),)) + bind
    assert header_only(len(swallowed).to_bytes(4) + swallowed[4:])
    assert not header_only(encode(SubmitSm(short_message=WORDS), 1))
    assert not header_only(encode(BindTransceiverResp("one"), 1))


@example(number="911", words=b"x", esm_class=0, coding=0, tlvs=[])  # that of nobody
@given(
    number=st.text("+0123456789abcdefg", min_size=3, max_size=20),
    words=st.binary(min_size=1, max_size=120),
    esm_class=st.integers(0, 255),
    coding=st.integers(0, 255),
    tlvs=st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=30)), max_size=4),
)
def test_of_any_message_the_length_stays_and_the_number_goes(
    number: str, words: bytes, esm_class: int, coding: int, tlvs: list[tuple[int, bytes]]
) -> None:
    pdu = SubmitSm(
        source_addr=number,
        esm_class=esm_class,
        data_coding=coding,
        short_message=words,
        tlvs=tuple(tlvs),
    )
    octets = encode(pdu, 1)
    found = hidden(octets, OURS)
    if found is not None:
        assert len(found) == len(octets)
        made, _ = decode(found)
        assert isinstance(made, SubmitSm)
        if number.encode() in OURS:
            assert made.source_addr == number
        else:
            assert number.lstrip("+")[:-2] == "" or made.source_addr != number


@given(st.binary(max_size=200), st.sampled_from([4, 5, 0x103, 0x80000004, 9, 3]))
def test_no_octets_at_all_make_it_fail(body: bytes, command_id: int) -> None:
    octets = (16 + len(body)).to_bytes(4) + command_id.to_bytes(4) + bytes(7) + b"\1" + body
    found = hidden(octets, OURS)
    assert found is None or len(found) == len(octets)
