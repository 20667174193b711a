from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from load_tests.histogram import BITS, Histogram, bucket, upper_edge

durations = st.integers(0, 2**62)


@given(durations)
def test_a_value_lies_in_its_bucket_and_the_bucket_is_as_narrow_as_stated(value: int) -> None:
    edge = upper_edge(bucket(value))
    assert value <= edge
    assert edge - value <= value / 2**BITS
    assert bucket(edge) == bucket(value)
    assert bucket(edge + 1) == bucket(value) + 1


@given(st.lists(durations, min_size=1, max_size=200), st.floats(0.01, 100))
def test_a_percentile_is_never_too_short_and_at_most_the_precision_too_long(
    values: list[int], percent: float
) -> None:
    exact = sorted(values)[math.ceil(len(values) * percent / 100) - 1]
    read = Histogram(values).percentile(percent)
    assert exact <= read <= exact + exact / 2**BITS


@given(st.lists(durations, max_size=50), st.lists(durations, max_size=50))
def test_merging_is_as_if_one_had_recorded_all(one: list[int], other: list[int]) -> None:
    merged, whole = Histogram(one), Histogram(one + other)
    merged.merge(Histogram(other))
    assert merged.count == whole.count == len(one) + len(other)
    assert merged.maximum == whole.maximum
    if whole.count:
        assert [merged.percentile(p) for p in (1, 50, 99.9, 100)] == [
            whole.percentile(p) for p in (1, 50, 99.9, 100)
        ]


def test_the_highest_percentile_is_the_maximum() -> None:
    histogram = Histogram([5, 1_000_000, 17])
    histogram.record(3)
    assert histogram.percentile(100) == histogram.maximum
    assert histogram.percentile(25) == 3


def test_the_share_above_a_limit() -> None:
    assert Histogram([1, 2, 3, 100]).share_above(3) == 0.25
    assert Histogram().share_above(3) == 0.0


def test_nothing_recorded_has_no_percentile_and_no_maximum() -> None:
    assert Histogram().maximum == 0
    with pytest.raises(ValueError, match="nothing was recorded"):
        Histogram().percentile(50)


@pytest.mark.parametrize("percent", [0, -1, 100.1])
def test_what_is_no_percentage_is_refused(percent: float) -> None:
    with pytest.raises(ValueError, match="no percentage"):
        Histogram([1]).percentile(percent)


def test_a_negative_duration_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Histogram([-1])
