"""How long the process has been awake."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.edges.answered import ALIVE_FOR
from text911.gateway.edges.awake import KEPT_FOR, STEP, Awake
from text911.gateway.wheel import TICK


def test_a_standstill_counts_as_one_step_while_it_lasts_and_afterwards() -> None:
    awake = Awake()
    awake.tick(10.0)
    awake.tick(10.1)
    assert awake(40.0) - awake(10.1) == pytest.approx(STEP)
    awake.tick(40.0)
    awake.tick(40.1)
    assert awake(40.1) - awake(10.0) == pytest.approx(0.2 + STEP)
    assert awake(25.0) == awake(40.0)
    assert awake(10.3) - awake(10.0) == pytest.approx(0.3)


def test_a_tick_in_time_loses_nothing() -> None:
    awake = Awake()
    for tick in range(100):
        awake.tick(tick * TICK)
    assert awake(99 * TICK) - awake(0.0) == pytest.approx(99 * TICK)


def test_every_second_counts_before_the_first_tick() -> None:
    awake = Awake()
    assert awake(7.0) == 7.0
    awake.tick(10.0)
    assert awake(10.0) - awake(3.0) == pytest.approx(7.0)


def test_what_is_long_past_is_let_go() -> None:
    awake = Awake()
    for tick in range(int(3 * KEPT_FOR)):
        awake.tick(float(tick))
    assert awake(0.0) < awake(2 * KEPT_FOR + 1)


def test_no_standstill_is_half_a_proof() -> None:
    assert TICK < STEP < ALIVE_FOR / 2


@given(st.lists(st.floats(0.0, 30.0), min_size=1, max_size=40), st.floats(0, 1), st.floats(0, 1))
def test_time_awake_never_goes_back_and_never_outruns_time(
    gaps: list[float], one: float, other: float
) -> None:
    awake, now = Awake(), 50.0
    for gap in gaps:
        awake.tick(now)
        now += gap
    first, second = sorted((50.0 + one * (now - 50.0), 50.0 + other * (now - 50.0)))
    assert -1e-9 <= awake(second) - awake(first) <= second - first + 1e-9
