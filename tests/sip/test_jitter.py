"""A caller's audio in order; what is missing is said and never made up."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from text911.sip.g711 import Law, decode
from text911.sip.jitter import (
    DROPOUT_MAX,
    HELD_MAX,
    HOLE_MAX,
    PATIENCE,
    Fate,
    Heard,
    Jitter,
)
from text911.sip.rtp import Packet
from text911.sip.source import Source

CALLER = ("192.0.2.7", 4000)
LAW = Law.PCMU


def jitter() -> Jitter:
    return Jitter(Source(frozenset({CALLER[0]})))


def packet(at: int, sequence: int = 65_530, timestamp: int = 2**32 - 480) -> Packet:
    """The packet number `at` of a call whose counts wrap soon: 20 ms, told apart by its octets."""
    payload = bytes([(at * 7 + place) % 256 for place in range(160)])
    return Packet(0, (sequence + at) % 65_536, (timestamp + 160 * at) % 2**32, 5, payload)


def heard(chunks: list[Heard]) -> tuple[list[int], list[bool]]:
    samples = [int(sample) for chunk in chunks for sample in chunk.samples]
    return samples, [bool(lost) for chunk in chunks for lost in chunk.lost]


def samples_of(*packets: Packet) -> list[int]:
    return [int(s) for one in packets for s in decode(one.payload, LAW)]


def fates(buffer: Jitter) -> dict[Fate, int]:
    return {fate: count for fate, count in buffer.fates.items() if count}


def test_what_is_in_order_is_handed_on_at_once() -> None:
    buffer = jitter()
    chunks = [chunk for at in range(20) for chunk in buffer.put(packet(at), CALLER, 0.02 * at)]
    samples, lost = heard(chunks)
    assert samples == samples_of(*map(packet, range(20)))
    assert not any(lost)
    assert [chunk.fresh for chunk in chunks] == [True] + [False] * 19
    assert buffer.wakes_at() is None
    assert fates(buffer) == {Fate.TAKEN: 20}


def test_a_hole_is_waited_for_and_then_said_with_silence_in_its_place() -> None:
    buffer = jitter()
    buffer.put(packet(0), CALLER, 1.0)
    assert buffer.put(packet(2), CALLER, 1.04) == []
    wakes = 1.04 + PATIENCE
    assert buffer.wakes_at() == wakes
    assert buffer.take(wakes - 0.001) == []
    samples, lost = heard(buffer.take(wakes))
    assert samples == [0] * 160 + samples_of(packet(2))
    assert lost == [True] * 160 + [False] * 160
    assert buffer.put(packet(1), CALLER, 1.2) == []
    assert buffer.put(packet(1), CALLER, 1.2) == []
    assert buffer.put(packet(2), CALLER, 1.2) == []
    assert fates(buffer) == {Fate.TAKEN: 2, Fate.LATE: 1, Fate.TWICE: 2}
    assert buffer.lost == 1


@given(
    st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 2)), min_size=1, max_size=60),
)
def test_each_sample_is_the_callers_own_or_is_marked_lost(
    fortunes: list[tuple[bool, bool, int]],
) -> None:
    """Packets are lost, doubled and up to 40 ms late; the sender's count alone places samples."""
    arrivals = [(0.0, 0)]
    for at, (lost, doubled, late) in enumerate(fortunes, 1):
        if not lost:
            arrivals += [(0.02 * (at + late), at)] * (1 + doubled)
    buffer = jitter()
    chunks: list[Heard] = []
    for now, at in sorted(arrivals):
        chunks += buffer.take(now)
        chunks += buffer.put(packet(at), CALLER, now)
    chunks += buffer.take(1e6)
    samples, lost_mask = heard(chunks)
    last = max(at for _, at in arrivals)
    assert len(samples) == 160 * (last + 1)
    true = samples_of(*map(packet, range(last + 1)))
    came = {at for _, at in arrivals}
    assert samples == [0 if gone else is_ for gone, is_ in zip(lost_mask, true, strict=True)]
    assert lost_mask == [at not in came for at in range(last + 1) for _ in range(160)]
    assert buffer.lost == last + 1 - len(came)


def test_strangers_are_not_heard_even_from_the_callers_host() -> None:
    buffer = jitter()
    assert buffer.put(packet(0), ("203.0.113.9", 4000), 0.0) == []
    assert len(buffer.put(packet(0), CALLER, 0.0)) == 1
    assert buffer.put(packet(1), (CALLER[0], 4002), 0.0) == []
    assert buffer.put(packet(1), ("203.0.113.9", 4000), 0.0) == []
    assert fates(buffer) == {Fate.FOREIGN: 3, Fate.TAKEN: 1}


def test_another_source_is_believed_when_two_of_its_packets_come_in_sequence() -> None:
    buffer = jitter()
    buffer.put(packet(0), CALLER, 0.0)
    buffer.put(packet(2), CALLER, 0.04)
    other = [replace(packet(at, sequence=100, timestamp=9), ssrc=6) for at in range(5)]
    assert buffer.put(other[0], CALLER, 0.05) == []
    chunks = buffer.put(other[1], CALLER, 0.06)
    samples, lost = heard(chunks)
    assert samples == [0] * 160 + samples_of(packet(2), other[0], other[1])
    assert lost == [True] * 160 + [False] * 480
    assert [chunk.fresh for chunk in chunks] == [False, False, True, False]
    assert fates(buffer) == {Fate.TAKEN: 4}


def test_a_stray_packet_of_another_source_changes_nothing() -> None:
    buffer = jitter()
    buffer.put(packet(0), CALLER, 0.0)
    stray = replace(packet(3), ssrc=9)
    assert buffer.put(stray, CALLER, 0.0) == []
    assert buffer.put(replace(stray, ssrc=10), CALLER, 0.0) == []
    assert len(buffer.put(packet(1), CALLER, 0.02)) == 1
    assert buffer.put(replace(packet(4), ssrc=10), CALLER, 0.03) == []
    assert buffer.put(replace(packet(6), ssrc=10), CALLER, 0.03) == []
    assert fates(buffer) == {Fate.TAKEN: 2, Fate.ON_TRIAL: 4}


def test_a_sequence_that_jumps_far_is_another_count() -> None:
    for step in (-2_000, DROPOUT_MAX + 2_000):
        buffer = jitter()
        buffer.put(packet(0), CALLER, 0.0)
        assert buffer.put(packet(step), CALLER, 0.02) == []
        chunks = buffer.put(packet(step + 1), CALLER, 0.04)
        assert [chunk.fresh for chunk in chunks] == [True, False]


def test_a_timestamp_jump_is_no_hole_but_a_pause_is() -> None:
    for jump, fresh in ((HOLE_MAX, [False, False]), (HOLE_MAX + 1, [True]), (-1, [True])):
        buffer = jitter()
        buffer.put(packet(0), CALLER, 0.0)
        then = replace(packet(1), timestamp=(packet(1).timestamp + jump) % 2**32)
        chunks = buffer.put(then, CALLER, 0.02)
        assert [chunk.fresh for chunk in chunks] == fresh
        assert sum(int(np.count_nonzero(chunk.lost)) for chunk in chunks) == max(0, jump) * (
            fresh != [True]
        )


def test_events_and_comfort_noise_count_and_are_not_heard() -> None:
    buffer = jitter()
    buffer.put(packet(0), CALLER, 0.0)
    for at, kind in ((1, 101), (2, 13)):
        assert buffer.put(replace(packet(at), payload_type=kind), CALLER, 0.02) == []
    assert buffer.put(replace(packet(3), payload=b""), CALLER, 0.02) == []
    samples, lost = heard(buffer.put(replace(packet(4), payload_type=8), CALLER, 0.08))
    assert lost == [True] * 480 + [False] * 160
    assert samples[480:] == [int(s) for s in decode(packet(4).payload, Law.PCMA)]
    assert buffer.lost == 0


def test_what_is_held_behind_a_hole_is_bounded() -> None:
    buffer = jitter()
    buffer.put(packet(0), CALLER, 0.0)
    for at in range(HELD_MAX):
        assert buffer.put(packet(2 + at), CALLER, 0.0) == []
    assert buffer.put(packet(2), CALLER, 0.0) == []
    samples, _ = heard(buffer.put(packet(2 + HELD_MAX), CALLER, 0.0))
    assert len(samples) == 160 * (HELD_MAX + 2)
    assert fates(buffer) == {Fate.TAKEN: HELD_MAX + 2, Fate.TWICE: 1}
