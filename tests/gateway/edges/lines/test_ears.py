"""Chunks of any length become frames; what is unknown stays unknown, and is never heard twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.edges.lines.ears import (
    BACKLOG_MAX,
    DROPPED,
    FRAME,
    Ear,
    Lost,
    Samples,
    stacked,
    warm,
)  # fmt: skip
from text911.sip.g711 import Law
from text911.sip.jitter import Chunk, Coded, Heard
from text911.tty.demod.batch import Bank as Receivers
from text911.tty.receiving import GAP, STARVED_AFTER, Carrier, Event


class Bank:
    """Remembers what was pushed."""

    def __init__(self) -> None:
        self.pushed: list[tuple[int, list[int], list[bool]]] = []
        self.there: set[int] = set()

    def add(self) -> int:
        self.there.add(len(self.there) + 1)
        return len(self.there)

    def remove(self, one: int, /) -> None:
        self.there.remove(one)

    def push(
        self, ids: Sequence[int], samples: Samples, lost: Lost, /
    ) -> Mapping[int, tuple[Event, ...]]:
        for at, one in enumerate(ids):
            self.pushed.append((one, samples[at].tolist(), lost[at].tolist()))
        return {one: (Carrier(True, 1 + 160 * (len(self.pushed) - 1)),) for one in ids}


def alone() -> None:
    """Nobody else uses the bank."""


def chunk(samples: Sequence[int], *, lost: bool = False, fresh: bool = False) -> Chunk:
    values = np.array(samples, np.int16)
    return Chunk(values, np.full(len(values), lost), fresh)


def frames(ear: Ear) -> list[tuple[list[int], list[bool]]]:
    waiting: Iterator[Heard] = iter(ear.next, None)
    return [(one.samples.tolist(), one.lost.tolist()) for one in waiting]


def lost_in(ear: Ear) -> int:
    return sum(sum(lost) for _, lost in frames(ear))


@given(st.lists(st.integers(0, 400), max_size=12))
def test_every_sample_comes_once_and_in_order(lengths: Iterable[int]) -> None:
    ear, count = Ear(Bank(), alone), 0
    for length in lengths:
        ear.hear([chunk(range(count, count + length))], 0.0)
        count += length
    heard = [sample for samples, _ in frames(ear) for sample in samples]
    assert heard == list(range(count // FRAME * FRAME))


def test_where_the_time_is_unknown_there_is_a_gap_but_not_at_the_beginning() -> None:
    ear = Ear(Bank(), alone)
    ear.hear([chunk([1] * FRAME, fresh=True)], 0.0)
    assert lost_in(ear) == 0
    ear.hear([chunk([2] * FRAME, fresh=True)], 0.02)
    found = frames(ear)
    assert len(found) == GAP // FRAME + 1
    assert sum(sum(lost) for _, lost in found) == GAP
    assert found[-1] == ([2] * FRAME, [False] * FRAME)


def test_a_sender_that_pauses_keeps_no_letter_back_and_its_pause_counts_once() -> None:
    ear = Ear(Bank(), alone)
    ear.hear([], 5.0)
    assert frames(ear) == []  # nothing has ever come
    ear.hear([chunk([1] * FRAME)], 5.0)
    ear.hear([], 5.0 + STARVED_AFTER - 0.01)
    assert len(frames(ear)) == 1
    ear.hear([], 5.0 + STARVED_AFTER)
    ear.hear([], 9.0)
    assert lost_in(ear) == GAP
    pause = 3200
    ear.hear([chunk([0] * pause, lost=True), chunk([3] * FRAME)], 9.0)
    assert lost_in(ear) == pause - GAP


def test_what_was_only_late_is_heard_after_the_gap() -> None:
    ear = Ear(Bank(), alone)
    ear.hear([chunk([1] * FRAME)], 0.0)
    ear.hear([], STARVED_AFTER)
    ear.hear([chunk([2] * FRAME)], STARVED_AFTER + 0.1)
    assert [samples[0] for samples, _ in frames(ear)] == [1, *[0] * (GAP // FRAME), 2]


def test_whatever_stands_still_for_half_a_second_leaves_no_gap() -> None:
    ear = Ear(Bank(), alone)
    ear.hear([chunk([1] * FRAME)], 0.0)
    for at in range(25):
        ear.hear([], 0.02 * at)
    ear.hear([chunk([2] * FRAME)] * 25, 0.5)
    assert lost_in(ear) == 0


def test_whoever_sends_faster_than_time_goes_loses_the_oldest_and_that_is_a_hole() -> None:
    ear = Ear(Bank(), alone)
    ear.hear([chunk([at] * FRAME) for at in range(BACKLOG_MAX)], 0.0)
    assert ear.dropped == 0
    ear.hear([chunk([at] * FRAME) for at in range(BACKLOG_MAX, BACKLOG_MAX + 3)], 0.0)
    found = frames(ear)
    assert ear.dropped == DROPPED
    assert [all(lost) for _, lost in found[: GAP // FRAME + 1]] == [True] * (GAP // FRAME) + [False]
    heard = [samples[0] for samples, lost in found if not any(lost)]
    assert heard == list(range(DROPPED, BACKLOG_MAX + 3))


def test_frames_of_either_law_and_with_holes_are_decoded_together_as_each_alone() -> None:
    octets = bytes(range(FRAME))
    mixed: list[Heard] = [Coded(octets, Law.PCMA), chunk([7] * FRAME), Coded(octets, Law.PCMU)]
    mixed += [chunk([0] * FRAME, lost=True), Coded(octets[::-1], Law.PCMA)]
    samples, lost = stacked(mixed)
    assert samples.tolist() == [one.samples.tolist() for one in mixed]
    assert lost.tolist() == [one.lost.tolist() for one in mixed]


@given(st.lists(st.tuples(st.sampled_from([80, FRAME, 240]), st.booleans()), max_size=12))
def test_octets_of_packets_of_any_length_are_heard_as_their_samples_are(
    packets: list[tuple[int, bool]],
) -> None:
    coded, plain = Ear(Bank(), alone), Ear(Bank(), alone)
    for at, (length, fresh) in enumerate(packets):
        one = Coded(bytes([at]) * length, Law.PCMU, fresh)
        coded.hear([one], 0.02 * at)
        plain.hear([Chunk(one.samples, one.lost, fresh)], 0.02 * at)
    assert frames(coded) == frames(plain)


def test_the_end_decides_what_is_open() -> None:
    ear = Ear(bank := Bank(), alone)
    ear.hear([chunk([7] * FRAME)], 0.0)
    events = ear.finish()
    assert bank.pushed[0] == (ear.id, [7] * FRAME, [False] * FRAME)
    assert all(all(lost) for _, _, lost in bank.pushed[1:])
    assert len(bank.pushed) > 20
    assert events == (Carrier(True, 1),)  # what the flush itself would say is no event of the call
    assert ear.next() is None
    ear.close()
    assert bank.there == set()


def test_what_the_bank_found_is_given_once() -> None:
    ear = Ear(Bank(), alone)
    ear.heard((Carrier(True, 5),))
    nothing: Samples = np.zeros(0, np.int16)
    assert ear.push(nothing, nothing.astype(np.bool_)) == (Carrier(True, 5),)
    assert ear.push(nothing, nothing.astype(np.bool_)) == ()


def test_a_real_bank_is_warmed_and_left_empty() -> None:
    warm(bank := Receivers(fast=False))
    one = bank.add()
    quiet = np.zeros((1, FRAME), np.int16)
    assert bank.push([one], quiet, quiet.astype(np.bool_)) == {}
