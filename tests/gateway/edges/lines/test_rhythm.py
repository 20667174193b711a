"""The beat of all calls: one push for all of them, and a call that fails takes none with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future

import numpy as np
import pytest
from twisted.internet.task import Clock

from text911.gateway.edges.lines.ears import FRAME, Lost, Samples
from text911.gateway.edges.lines.rhythm import (
    APART,
    FEW,
    PHASES,
    ROUNDS_MAX,
    Done,
    Rhythm,
)  # fmt: skip
from text911.sip.clock import Due
from text911.sip.jitter import Chunk
from text911.sip.sweeping import Swept
from text911.tty.receiving import Carrier, Event


class Bank:
    """Remembers who was pushed, and finds something in every frame, or nothing."""

    def __init__(self) -> None:
        self.count = 0
        self.pushes: list[list[int]] = []
        self.finds = True

    def add(self) -> int:
        self.count += 1
        return self.count

    def remove(self, one: int, /) -> None:
        pass

    def push(
        self, ids: Sequence[int], samples: Samples, lost: Lost, /
    ) -> Mapping[int, tuple[Event, ...]]:
        assert samples.shape == lost.shape == (len(ids), FRAME)
        self.pushes.append(list(ids))
        return {one: (Carrier(True, 0),) for one in ids} if self.finds else {}


class Call:
    def __init__(self, rhythm: Rhythm, *, deaf: bool = False) -> None:
        self.ear = None if deaf else rhythm.ear()
        self.chunks: list[Chunk] = []
        self.heard = self.beats = 0
        self.fault: Exception | None = None
        self.has_failed = False
        self.listens = False

    def says(self, count: int) -> None:
        nothing = np.zeros(FRAME, np.int16)
        self.chunks += [Chunk(nothing, nothing.astype(np.bool_))] * count

    def gather(self, now: float) -> None:
        chunks, self.chunks = self.chunks, []
        if self.ear is not None:
            self.ear.hear(chunks, now)

    def hear(self, samples: Samples, lost: Lost, now: float) -> None:
        self.heard += 1

    def beat(self, due: Due, now: float) -> None:
        if self.fault is not None:
            raise self.fault
        self.beats += due.frames

    def rest(self, now: float) -> Swept | None:
        return None

    def follow(self) -> Swept | None:
        return None

    def failed(self) -> None:
        self.has_failed = True


def begin(count: int) -> tuple[Clock, Rhythm, Bank, list[Call], list[float]]:
    clock, bank, took = Clock(), Bank(), list[float]()
    rhythm = Rhythm(clock, bank, took.append, clock.seconds)
    calls = [Call(rhythm) for _ in range(count)]
    for call in calls:
        rhythm.join(call)
    return clock, rhythm, bank, calls, took


def test_a_frame_of_every_call_is_one_push() -> None:
    clock, rhythm, bank, calls, took = begin(3)
    rhythm.join(Call(rhythm, deaf=True))
    for call in calls[:2]:
        call.says(1)
    clock.advance(0.02)
    assert bank.pushes == [[1, 2]]
    assert [call.heard for call in calls] == [1, 1, 0]
    assert {call.beats for call in calls} == {2}  # the first is at once
    assert len(took) == 1 or len(took) == 2


def test_a_frame_of_which_nothing_comes_is_heard_by_who_listens_alone() -> None:
    clock, _, bank, calls, _ = begin(3)
    bank.finds, calls[1].listens = False, True
    for call in calls:
        call.says(1)
    clock.advance(0)
    assert bank.pushes == [[1, 2, 3]]
    assert [call.heard for call in calls] == [0, 1, 0]


def test_what_is_told_of_one_call_may_end_another() -> None:
    clock, rhythm, _, calls, _ = begin(2)
    for call in calls:
        call.says(1)
    calls[0].hear = lambda samples, lost, now: rhythm.leave(calls[1])  # type: ignore[method-assign]
    clock.advance(0)
    assert [call.heard for call in calls] == [0, 0]


def test_a_call_that_is_behind_catches_up_and_the_others_do_not_wait() -> None:
    clock, _, bank, calls, _ = begin(2)
    calls[0].says(ROUNDS_MAX + 2)
    calls[1].says(1)
    clock.advance(0)
    assert bank.pushes == [[1, 2], *[[1]] * (ROUNDS_MAX - 1)]
    clock.advance(0.02)
    assert calls[0].heard == ROUNDS_MAX + 2
    assert bank.pushes[ROUNDS_MAX:] == [[1], [1]]


def test_many_calls_are_divided_and_each_keeps_its_time() -> None:
    clock, rhythm, bank, _, _ = begin(0)
    calls = [Call(rhythm) for _ in range(PHASES * FEW + 3)]
    times: dict[int, list[float]] = {at: [] for at in range(len(calls))}
    for at, call in enumerate(calls):
        call.beat = lambda due, now, at=at: times[at].append(now)  # type: ignore[method-assign,misc]
        rhythm.join(call)
    for call in calls:
        call.says(1)
    for _ in range(1_000):
        clock.advance(0.0001)
    begun = sorted({found[0] for found in times.values()})
    assert begun == pytest.approx([0.0, APART, 2 * APART, 3 * APART], abs=3e-4)
    for found in times.values():
        assert np.diff(found) == pytest.approx([0.02] * (len(found) - 1), abs=3e-4)
    sizes = [sum(found[0] == at for found in times.values()) for at in begun]
    assert max(sizes) - min(sizes) == 1
    assert {len(pushed) for pushed in bank.pushes} == {FEW, FEW + 1}


def test_a_few_calls_are_one_beat_and_wake_nobody_more_often() -> None:
    clock, rhythm, _, calls, _ = begin(FEW)
    assert len(clock.getDelayedCalls()) == 1
    rhythm.join(more := Call(rhythm))
    assert len(clock.getDelayedCalls()) == 2
    rhythm.leave(more)
    assert len(clock.getDelayedCalls()) == 1
    clock.advance(0.5)
    rhythm.join(more)  # its time is reckoned from the first beat of all, however long ago
    clock.advance(APART)
    assert (more.beats, calls[0].beats) == (1, 5)


def test_a_call_comes_where_the_fewest_are() -> None:
    clock, rhythm, bank, calls, _ = begin(PHASES * FEW)
    for call in calls[FEW : 2 * FEW]:
        rhythm.leave(call)
    later = [Call(rhythm) for _ in range(FEW)]
    for call in later:
        rhythm.join(call)
    for call in (*calls, *later):
        call.says(1)
    for _ in range(PHASES):
        clock.advance(APART)
    assert sorted(map(len, bank.pushes)) == [FEW] * PHASES


def test_there_is_no_beat_without_a_call() -> None:
    clock, rhythm, _, calls, _ = begin(1)
    rhythm.leave(calls[0])
    rhythm.leave(calls[0])
    assert len(rhythm) == 0
    assert clock.getDelayedCalls() == []
    rhythm.join(calls[0])
    clock.advance(0)
    assert calls[0].beats == 1


def test_a_call_that_fails_is_out_and_the_fault_is_told() -> None:
    clock, rhythm, _, calls, _ = begin(3)
    calls[0].fault = OverflowError("one")
    with pytest.raises(OverflowError):
        clock.advance(0)
    assert calls[0].has_failed
    assert [call.beats for call in calls] == [0, 1, 1]
    calls[1].fault, calls[2].fault = OverflowError("two"), OverflowError("three")
    with pytest.raises(ExceptionGroup):
        clock.advance(0.02)
    assert len(rhythm) == 0


def test_a_call_that_another_one_ends_has_no_turn() -> None:
    clock, rhythm, _, calls, _ = begin(2)
    calls[0].beat = lambda due, now: rhythm.leave(calls[1])  # type: ignore[method-assign]
    clock.advance(0)
    assert calls[1].beats == 0


def test_a_frame_leaves_before_anything_is_heard_and_whatever_is_said_of_it() -> None:
    clock, _, bank, calls, _ = begin(2)
    order: list[str] = []
    calls[0].beat = lambda due, now: order.append("said")  # type: ignore[method-assign]
    calls[0].hear = lambda samples, lost, now: order.append("heard")  # type: ignore[method-assign]
    calls[0].says(1)
    calls[1].says(1)
    calls[1].fault = OverflowError("a mistake of ours")
    with pytest.raises(OverflowError):
        clock.advance(0)
    assert order == ["said", "heard"]
    assert bank.pushes == [[1]]


def test_what_a_stall_has_cost_is_counted() -> None:
    clock, rhythm, _, calls, _ = begin(1)
    clock.advance(0)
    clock.advance(1.0)
    assert rhythm.skipped + calls[0].beats == 51
    assert rhythm.skipped > 0


class Aside:
    """Another thread, as slow as the test says."""

    def __init__(self) -> None:
        self.work: list[tuple[Future[Done], Callable[[], Done], Callable[[], None]]] = []

    def __call__(self, work: Callable[[], Done], then: Callable[[], None]) -> Future[Done]:
        future: Future[Done] = Waited(self)
        self.work.append((future, work, then))
        return future

    def finish(self) -> None:
        future, work, then = self.work.pop(0)
        future.set_result(work())
        then()


class Waited(Future[Done]):
    """Waiting for it makes the thread go on."""

    def __init__(self, aside: Aside) -> None:
        super().__init__()
        self._thread = aside

    def result(self, timeout: float | None = None) -> Done:
        if not self.done():
            self._thread.finish()
        return super().result(timeout)


def many() -> tuple[Clock, Rhythm, Bank, list[Call], Aside]:
    clock, bank, aside = Clock(), Bank(), Aside()
    rhythm = Rhythm(clock, bank, lambda _: None, clock.seconds, aside)
    rhythm.aside_from = FEW
    calls = [Call(rhythm) for _ in range(FEW)]
    for call in calls:
        rhythm.join(call)
    return clock, rhythm, bank, calls, aside


def test_many_calls_are_decoded_beside_the_loop_and_speak_meanwhile() -> None:
    clock, _, bank, calls, aside = many()
    for call in calls:
        call.says(2)
    clock.advance(0)
    for call in calls:
        call.says(1)
    clock.advance(0.02)
    assert len(aside.work) == 1  # one at a time
    assert {(call.heard, call.beats) for call in calls} == {(0, 2)}
    aside.finish()
    assert {call.heard for call in calls} == {2}  # both frames in one go
    aside.finish()
    assert {call.heard for call in calls} == {3}
    assert aside.work == []
    assert len(bank.pushes) == 3


def test_while_a_bank_is_another_threads_a_few_calls_wait_for_it_too() -> None:
    clock, rhythm, bank, calls, aside = many()
    few = Call(rhythm)
    rhythm.join(few)
    for call in (*calls, few):
        call.says(1)
    clock.advance(0)
    clock.advance(APART)
    assert (few.beats, bank.pushes, len(aside.work)) == (1, [], 2)
    aside.finish()
    aside.finish()
    assert {call.heard for call in (*calls, few)} == {1}
    few.says(1)
    clock.advance(0.02)
    assert (few.heard, aside.work) == (2, [])


def test_what_is_being_decoded_is_awaited_by_who_needs_the_bank() -> None:
    clock, rhythm, bank, calls, aside = many()
    for call in calls:
        call.says(1)
    clock.advance(0)
    rhythm.ear()  # a call begins
    assert {call.heard for call in calls} == {1}
    assert len(bank.pushes) == 1
    ended = calls[0].ear
    assert ended is not None
    ended.finish()
    ended.close()
    assert aside.work == []


def test_calls_that_began_with_another_bank_keep_it() -> None:
    clock, rhythm, bank, calls, _ = begin(1)
    rhythm.bank = other = Bank()
    later = Call(rhythm)
    rhythm.join(later)
    calls[0].says(1)
    later.says(1)
    clock.advance(0)
    assert (bank.pushes, other.pushes) == ([[1]], [[1]])
    assert (calls[0].heard, later.heard) == (1, 1)
