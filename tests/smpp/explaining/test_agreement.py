"""The reader beside the codec: two readings of one specification must agree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from text911.smpp.codec import DECODE
from text911.smpp.destinations import DESTINATIONS, UNSUCCESSFUL
from text911.smpp.explaining.bodies import Body
from text911.smpp.explaining.operations import (
    OPERATIONS,
    Destinations,
    Part,
    Time,
    Unsuccessful,
)
from text911.smpp.explaining.parameters import PARAMETERS
from text911.smpp.explaining.streams import explain
from text911.smpp.explaining.values import UNREAD
from text911.smpp.pdu import PDUS
from text911.smpp.status import Status
from text911.smpp.tlv import SIZES
from text911.smpp.wire import CString, ProtocolError, Wire, layout_of

from .samples import pdu, sample

SERVED = sorted(command_id for command_id in DECODE if command_id in OPERATIONS)


def as_in_the_codec(part: Part) -> Wire:
    match part:
        case Time(overrun):
            return CString(17, overrun)
        case Destinations():
            return DESTINATIONS
        case Unsuccessful():
            return UNSUCCESSFUL
        case _:
            return part


@pytest.mark.parametrize("kind", PDUS, ids=lambda kind: kind.__name__)
def test_the_parts_of_an_operation_are_those_of_the_codec(kind: Any) -> None:
    parts, has_tlvs = layout_of(kind)
    operation = OPERATIONS[kind.COMMAND_ID]
    mine = tuple((name, as_in_the_codec(part)) for name, part in operation.parts)
    assert [name for name, _ in mine] == [name for name, _ in parts]
    assert mine[: len(parts)] == parts or not has_tlvs


def test_the_sizes_of_parameters_are_those_of_the_codec() -> None:
    for tag, sizes in SIZES.items():
        known = PARAMETERS[tag]
        assert (known.name, (known.least, known.most)) == (tag.name, sizes)


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """A good PDU of which something is replaced, cut off or added; or any octets as a body."""
    command_id = draw(st.sampled_from(SERVED))
    body = sample(command_id)[16:]
    if draw(st.booleans()):
        body = draw(st.binary(max_size=120))
    else:
        at = draw(st.integers(0, len(body)))
        gone = draw(st.integers(0, 8))
        put = draw(st.binary(max_size=70))
        body = body[:at] + put + body[at + gone :]
    return pdu(command_id, body)


def by_the_codec(octets: bytes) -> list[Status]:
    try:
        DECODE[int.from_bytes(octets[4:8])](octets)
    except ProtocolError as error:
        return [error.status]
    return []


@given(mangled())
@example(pdu(0x4, bytes(17)))
@example(pdu(0x80000004, b"abc"))
def test_what_the_codec_refuses_is_refused_here_with_the_same_status(octets: bytes) -> None:
    refused = [one.status for one in Body(octets, 0).faults if one.status is not None]
    assert refused == by_the_codec(octets)


@given(mangled())
def test_what_the_codec_reads_has_the_same_values_here(octets: bytes) -> None:
    try:
        value, _ = DECODE[int.from_bytes(octets[4:8])](octets)
    except ProtocolError:
        return
    for one in Body(octets, 0).fields[4:]:
        if one.tag is None and not one.is_secret and hasattr(value, one.name):
            expected = getattr(value, one.name)
            assert (one.octets if isinstance(expected, bytes) else one.value) == expected


@given(st.binary(max_size=300) | st.lists(mangled(), max_size=4).map(b"".join), st.booleans())
def test_any_octets_are_read_and_each_is_accounted_for(octets: bytes, is_midway: bool) -> None:
    told = list(explain(octets, is_midway=is_midway, offset=100))
    assert b"".join(one.octets for one in told) == octets
    at = 100
    for one in told:
        assert one.offset == at
        assert b"".join(field.octets for field in one.fields) == one.octets
        for field in one.fields:
            assert field.offset == at
            at += len(field.octets)
        assert not any(field.name == UNREAD for field in one.fields) or one.faults


@given(mangled(), st.integers(0, 200))
def test_a_pdu_that_is_cut_is_read_as_far_as_it_goes(octets: bytes, at: int) -> None:
    told = list(explain(octets[:at]))
    assert b"".join(one.octets for one in told) == octets[:at]
    if 0 < at < len(octets):
        assert not told[0].is_good
