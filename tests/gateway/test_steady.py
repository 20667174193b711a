from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.steady import PACE, SteadyClock

T0 = 1_800_000_000.0


class Machine:
    def __init__(self) -> None:
        self.passed = 0.0
        self.stepped = 0.0
        self.steady = SteadyClock(lambda: T0 + self.passed + self.stepped, lambda: self.passed)


def test_it_is_utc_while_utc_goes_on() -> None:
    machine = Machine()
    machine.passed = 60.0
    assert machine.steady() == T0 + 60.0


def test_a_step_forwards_is_followed_at_once() -> None:
    machine = Machine()
    machine.stepped = 3600.0
    assert machine.steady() == T0 + 3600.0


def test_after_a_step_backwards_it_goes_on_and_lets_utc_catch_up() -> None:
    machine = Machine()
    machine.stepped = -30.0
    machine.passed = 10.0
    assert machine.steady() == pytest.approx(T0 + 10.0 * PACE)
    machine.passed = 30.0 / (1.0 - PACE) + 1.0
    assert machine.steady() == pytest.approx(T0 + machine.passed - 30.0)


def test_what_is_recorded_already_lies_not_in_its_future() -> None:
    machine = Machine()
    machine.steady.at_least(T0 + 500.0)
    machine.steady.at_least(T0 + 100.0)
    machine.passed = 1.0
    assert machine.steady() == pytest.approx(T0 + 500.0 + PACE)


@given(st.lists(st.tuples(st.floats(0.001, 1e4), st.floats(-1e5, 1e5)), max_size=20))
def test_it_always_goes_on_and_is_never_behind_utc(steps: list[tuple[float, float]]) -> None:
    machine, before = Machine(), T0
    for passed, stepped in steps:
        machine.passed += passed
        machine.stepped += stepped
        now = machine.steady()
        assert now > before
        assert now >= T0 + machine.passed + machine.stepped
        before = now
