"""Pauses between tries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.smpp.backoff import STANDS_AFTER, Backoff, Pauses


def test_pauses_double_up_to_the_longest() -> None:
    backoff = Backoff(Pauses(1.0, 10.0), lambda: 1.0)
    assert [backoff.pause() for _ in range(6)] == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_half_of_a_pause_is_chance() -> None:
    assert Backoff(Pauses(4.0, 4.0), lambda: 0.0).pause() == 2.0
    assert Backoff(Pauses(4.0, 4.0), lambda: 0.5).pause() == 3.0


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 50))
def test_no_pause_is_shorter_than_half_the_first_or_longer_than_the_longest(
    chance: float, tries: int
) -> None:
    backoff = Backoff(Pauses(0.5, 60.0), lambda: chance)
    assert all(0.25 <= backoff.pause() <= 60.0 for _ in range(tries))


def test_a_bind_that_stood_makes_pauses_short_again_and_one_thrown_out_at_once_does_not() -> None:
    backoff = Backoff(Pauses(1.0, 60.0), lambda: 1.0)
    assert [backoff.pause(), backoff.pause()] == [1.0, 2.0]
    backoff.stood(STANDS_AFTER - 1)
    assert backoff.pause() == 4.0
    backoff.stood(STANDS_AFTER)
    assert backoff.pause() == 1.0


@pytest.mark.parametrize(("first", "longest"), [(0.0, 1.0), (2.0, 1.0), (-1.0, 5.0)])
def test_pauses_that_do_not_grow_are_none(first: float, longest: float) -> None:
    with pytest.raises(ValueError, match="longest"):
        Pauses(first, longest)
