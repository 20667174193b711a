"""The loop's lateness: a stall counts for everybody who would have come while it lasted."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from text911.gateway.lateness import COUNTED_MAX, EVERY, Lateness


class Stalling(Clock):
    """A clock whose loop stood still: everything due runs at once, at the end."""

    def stall(self, seconds: float) -> None:
        self.rightNow += seconds
        self.advance(0)


def test_a_loop_in_time_is_never_late() -> None:
    clock, seen = Clock(), list[float]()
    Lateness(clock, seen.append).start()
    clock.pump([EVERY] * 10)
    assert seen == [0.0] * 10


def test_a_stall_counts_once_for_each_tick_that_fell_into_it() -> None:
    clock, seen = Stalling(), list[float]()
    Lateness(clock, seen.append).start()
    clock.stall(EVERY + 0.1)
    assert seen == pytest.approx([0.1, 0.08, 0.06, 0.04, 0.02])
    clock.advance(EVERY)
    assert seen[-1] == 0.0


def test_of_a_process_that_was_stopped_for_a_day_only_the_last_minute_counts() -> None:
    clock, seen = Stalling(), list[float]()
    Lateness(clock, seen.append).start()
    clock.stall(86_400.0)
    assert seen[0] == pytest.approx(86_400.0 - EVERY)
    assert len(seen) <= COUNTED_MAX / EVERY + 1
    assert max(seen[1:]) <= COUNTED_MAX


def test_after_stop_nothing_is_noted_any_more() -> None:
    clock, seen = Clock(), list[float]()
    lateness = Lateness(clock, seen.append)
    lateness.stop()  # before it began there is nothing to stop
    lateness.start()
    lateness.stop()
    assert clock.getDelayedCalls() == []
    assert seen == []
