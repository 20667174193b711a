"""The beat of sending."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.sip.clock import BEATS_A_SECOND, BURST_MAX, Cadence, Due


def test_a_frame_is_due_at_once_and_then_every_20_ms() -> None:
    cadence = Cadence(10.0)
    assert cadence.due(10.0) == Due(1)
    assert cadence.wakes_at == 10.02
    assert cadence.due(10.0199) == Due(0)
    assert cadence.due(10.02) == Due(1)


def test_nothing_is_due_before_the_start_or_when_the_clock_stands() -> None:
    cadence = Cadence(10.0)
    assert cadence.due(9.0) == Due(0)
    assert cadence.due(10.0) == Due(1)
    assert cadence.due(10.0) == Due(0)
    assert cadence.wakes_at == 10.02


def test_after_a_stall_a_few_are_caught_up_with_and_the_others_are_skipped() -> None:
    cadence = Cadence(0.0)
    cadence.due(0.0)
    assert cadence.due(0.1) == Due(5)
    assert cadence.due(0.7) == Due(BURST_MAX, 25)
    assert cadence.due(0.72) == Due(1)


@pytest.mark.no_cover  # every line of it has its own test
def test_an_hour_of_late_timers_makes_no_drift() -> None:
    cadence = Cadence(1.7)
    sent = 0
    while cadence.wakes_at < 3_601.7 - 0.01:
        late = cadence.wakes_at + 0.0137
        due = cadence.due(late)
        assert due == Due(1)
        sent += due.frames
    assert sent == 3_600 * BEATS_A_SECOND


@given(
    st.floats(0, 1e7),
    st.lists(st.floats(0, 0.5), min_size=1, max_size=200),
)
def test_every_beat_is_told_of_once_wherever_the_timers_fall(
    start: float, waits: list[float]
) -> None:
    cadence = Cadence(start)
    told, now = 0, start
    for wait in waits:
        now += wait
        due = cadence.due(now)
        assert due.frames <= BURST_MAX
        assert not due.skipped or due.frames == BURST_MAX
        told += due.frames + due.skipped
        assert cadence.wakes_at > now - 1e-4
        assert abs(told - 1 - (now - start) * BEATS_A_SECOND) <= 1.01
