"""Counts and latencies: nothing is lost in a bucket, and a quantile is where it must be."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.operations.metrics import (
    BOUNDS,
    COUNTERS,
    EXPORTED,
    GAUGES,
    HOPS,
    MINUTES,
    Gauges,
    Histogram,
    Metrics,
    quantile,
)

durations = st.floats(min_value=0.0, max_value=500.0)


def test_the_bounds_rise_by_a_quarter_or_so() -> None:
    steps = [high / low for low, high in itertools.pairwise(BOUNDS)]
    assert min(steps) > 1.2
    assert max(steps) < 1.3
    assert (BOUNDS[0], BOUNDS[-1]) == (1e-5, 100.0)


def test_the_exported_bounds_are_one_two_and_a_half_and_five_of_every_decade() -> None:
    exported = [BOUNDS[place] for place in EXPORTED]
    assert exported[:4] == [1e-5, 2.5e-5, 5e-5, 1e-4]
    assert exported[-1] == 100.0
    assert len(exported) == 22


@given(st.lists(durations, max_size=50))
def test_every_observation_is_in_exactly_one_bucket(seen: list[float]) -> None:
    histogram = Histogram()
    for seconds in seen:
        histogram.observe(seconds)
    assert sum(histogram.counts) == len(seen)
    assert histogram.total == pytest.approx(sum(seen))


@given(st.lists(st.floats(1.01e-5, 100.0), min_size=1, max_size=200), st.floats(0.01, 1.0))
def test_a_quantile_is_off_by_at_most_its_bucket(seen: list[float], share: float) -> None:
    histogram = Histogram()
    for seconds in seen:
        histogram.observe(seconds)
    rank = max(0, -int(-share * len(seen) // 1) - 1)
    true = sorted(seen)[rank]
    assert true / 1.3 <= quantile(histogram.counts, share) <= true * 1.3


def test_a_quantile_of_nothing_is_nothing() -> None:
    assert quantile(Histogram().counts, 0.99) == 0.0


def test_a_quantile_above_all_bounds_says_the_last_one() -> None:
    histogram = Histogram()
    histogram.observe(1000.0)
    assert quantile(histogram.counts, 0.5) == 100.0


def test_the_first_bucket_begins_at_zero() -> None:
    histogram = Histogram()
    histogram.observe(1e-6)
    histogram.observe(1e-6)
    assert quantile(histogram.counts, 0.5) == pytest.approx(0.5e-5)


def test_recent_forgets_what_is_older_than_the_minutes_it_keeps() -> None:
    histogram = Histogram()
    histogram.observe(0.001)
    for _ in range(MINUTES - 1):
        histogram.turn_minute()
    assert sum(histogram.recent()) == 1
    histogram.turn_minute()
    assert sum(histogram.recent()) == 0
    histogram.observe(0.002)
    assert sum(histogram.recent()) == 1
    assert sum(histogram.counts) == 2


def test_hops_say_whether_their_limits_hold() -> None:
    metrics = Metrics()
    metrics.text_shown.observe(0.004)
    metrics.route.observe(1.0)
    hops = {hop.name: hop for hop in metrics.hops()}
    assert hops["Carrier text to console"].p99_ms == pytest.approx(4.0, rel=0.3)
    assert hops["Carrier text to console"].holds
    assert not hops["Route decision"].holds
    assert hops["Location"].count == 0
    assert hops["Location"].holds


def test_a_minute_turns_for_every_hop() -> None:
    metrics = Metrics()
    for _, histogram in metrics.histograms():
        histogram.observe(0.1)
    for _ in range(MINUTES):
        metrics.turn_minute()
    assert [sum(histogram.recent()) for _, histogram in metrics.histograms()] == [0] * len(HOPS)


def test_the_tables_name_every_attribute_and_nothing_else() -> None:
    fields = {field.name for field in dataclasses.fields(Metrics)}
    tables = [name for name, *_ in HOPS] + [name for name, _ in COUNTERS] + ["gauges"]
    assert fields == set(tables)
    assert {field.name for field in dataclasses.fields(Gauges)} == {name for name, *_ in GAUGES}


def test_gauges_are_empty_until_somebody_answers_for_them() -> None:
    gauges = Gauges()
    assert [getattr(gauges, name)() for name, *_ in GAUGES] == [{}] * len(GAUGES)
