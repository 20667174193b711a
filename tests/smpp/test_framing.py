"""A stream cut into PDUs, wherever TCP cut it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.smpp.framing import PDU_SIZE_MAX, UNBOUND_SIZE_MAX, Framer


def framed(body: bytes) -> bytes:
    return (16 + len(body)).to_bytes(4) + bytes(12) + body


@given(st.lists(st.binary(max_size=20), max_size=6), st.data())
def test_where_tcp_cuts_the_stream_does_not_matter(
    bodies: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(map(framed, bodies))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    framer = Framer()
    found: list[bytes] = []
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        framer.feed(stream[begin:end])
        found += framer.cut(PDU_SIZE_MAX)
    assert found == [framed(body) for body in bodies]
    assert framer.held == 0
    assert not framer.broken


def test_pdus_are_handed_out_as_many_as_asked_for() -> None:
    framer = Framer()
    framer.feed(framed(b"a") + framed(b"b"))
    assert framer.cut(PDU_SIZE_MAX, 1) == [framed(b"a")]
    assert framer.held == 17
    assert framer.cut(PDU_SIZE_MAX, 1) == [framed(b"b")]
    assert framer.cut(PDU_SIZE_MAX, 1) == []


@pytest.mark.parametrize("length", [0, 15, PDU_SIZE_MAX + 1, 0xFFFFFFFF])
def test_a_good_pdu_before_a_bad_length_is_still_delivered(length: int) -> None:
    framer = Framer()
    framer.feed(framed(b"good") + length.to_bytes(4) + bytes(8) + (7).to_bytes(4) + framed(b"x"))
    assert framer.cut(PDU_SIZE_MAX) == [framed(b"good")]
    assert str(length) in framer.broken
    assert framer.broken_sequence_number == 7
    framer.feed(framed(b"later"))
    assert framer.cut(PDU_SIZE_MAX) == []


def test_a_bad_length_is_noticed_before_the_rest_of_its_header() -> None:
    framer = Framer()
    framer.feed(b"\xff\xff\xff\xff")
    assert framer.cut(PDU_SIZE_MAX) == []
    assert framer.broken
    assert framer.broken_sequence_number == 0


def test_who_is_not_bound_gets_no_more_room_than_a_bind_needs() -> None:
    framer = Framer()
    framer.feed(framed(bytes(UNBOUND_SIZE_MAX - 16)) + framed(bytes(UNBOUND_SIZE_MAX - 15)))
    assert len(framer.cut(UNBOUND_SIZE_MAX)) == 1
    assert framer.broken


def test_the_largest_legal_payload_passes() -> None:
    framer = Framer()
    framer.feed(framed(bytes(PDU_SIZE_MAX - 16)))
    assert len(framer.cut(PDU_SIZE_MAX)) == 1
