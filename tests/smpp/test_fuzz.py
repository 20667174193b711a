"""Any octets, cut anywhere: nothing is raised, nothing depends on the cuts, and what we say is
always in order. `make fuzz` does the same to the gateway as it runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.smpp.codec import DECODE, ProtocolError, decode, encode
from text911.smpp.events import Closed, Gone, Responded
from text911.smpp.explaining.operations import Sender
from text911.smpp.explaining.streams import explain
from text911.smpp.session import ServerSession

from .fuzzing import CASES, ENDS, SAMPLES, End, nearly_right, streams

ECHOED = {"sequence_number", "direction"}  # odd in our answer because it was odd in the request


@pytest.mark.parametrize("name", ENDS)
@given(octets=streams(), cuts=st.lists(st.integers(0, 1_000), max_size=8))
def test_where_tcp_cuts_makes_no_difference(name: str, octets: bytes, cuts: list[int]) -> None:
    whole, pieces = ENDS[name](), ENDS[name]()
    whole.later = pieces.later = True
    whole.hears(octets)
    edges = sorted(at % (len(octets) + 1) for at in cuts)
    for begin, end in zip([0, *edges], [*edges, len(octets)], strict=True):
        pieces.hears(octets[begin:end])
    whole.answers()
    pieces.answers()
    assert without_lost_number(pieces.said) == without_lost_number(whole.said)
    assert pieces.events == whole.events
    assert pieces.session.faults == whole.session.faults
    assert pieces.session.state is whole.session.state


def without_lost_number(said: bytes) -> bytes:
    """A length that cannot be is answered as soon as it is read, and the number is that of the
    header if the rest of it is there already: the one thing where it matters what came together."""
    lost = (0x10).to_bytes(4) + (0x80000000).to_bytes(4) + (2).to_bytes(4)
    return said[:-4] if said[-16:-4] == lost else said


@pytest.mark.parametrize("name", ENDS)
@given(octets=streams())
def test_whatever_is_heard_what_is_said_is_in_order_and_it_ends(name: str, octets: bytes) -> None:
    end = ENDS[name]()
    sent = end.said.count(b"one") + end.said.count(b"two")
    end.hears(octets)
    end.ends()
    assert_in_order(end)
    closed = [event for event in end.events if isinstance(event, Closed)]
    assert closed == end.events[-1:], "the end is said once, and last"
    tags = [event.tag for event in end.events if isinstance(event, Gone | Responded)]
    assert len(tags) == len(set(tags)), "what was sent has one outcome"
    assert sent <= 2


def assert_in_order(end: End) -> None:
    is_centre = isinstance(end.session, ServerSession)
    for told in explain(end.said, sender=Sender.CENTRE if is_centre else Sender.ESME):
        names = [fault.name for fault in told.faults if fault.name not in ECHOED]
        assert names == [], (told.octets.hex(), names)
        pdu, forgiven = decode(told.octets)
        assert forgiven == ()
        status = int.from_bytes(told.octets[8:12])
        if len(told.octets) > 16 or not status:
            number = int.from_bytes(told.octets[12:16])
            assert encode(pdu, number, status) == told.octets


@given(nearly_right())
def test_what_can_be_read_can_be_written_and_read_again(octets: bytes) -> None:
    """The codec raises ProtocolError and nothing else, and loses nothing that it has accepted."""
    found = DECODE.get(int.from_bytes(octets[4:8])) if len(octets) >= 16 else None
    if found is None:
        return
    try:
        pdu, _ = found(octets)
    except ProtocolError:
        return
    again = encode(pdu, 7)
    assert found(again)[0] == pdu
    assert encode(found(again)[0], 7) == again


def test_the_corpus_reaches_every_operation() -> None:
    served = {int.from_bytes(octets[4:8]) for octets in (*CASES, *SAMPLES.values())}
    requests = {command_id for command_id in DECODE if command_id < 0x80000000}
    assert served >= requests - {0x112, 0x113} | {0x80000000, 0x80000004, 0x80000009}
    assert len(CASES) > 200
