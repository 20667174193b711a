"""The wheel against a list: the same deadlines run out, in order, never early, never twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.wheel import TICK, Wheel

START = 1_800_000_000.0
KEYS = st.sampled_from("abcd")
# Whole ticks and odd fractions, near and far, past and to come.
TIMES = st.one_of(
    st.integers(-20, 60).map(lambda n: n * TICK),
    st.floats(-5.0, 30.0, allow_nan=False),
    st.sampled_from([900.0, 86_400.0]),
)
STEPS = st.one_of(
    st.tuples(st.just("arm"), KEYS, TIMES),
    st.tuples(st.just("disarm"), KEYS, st.just(0.0)),
    st.tuples(st.just("tick"), st.just(""), TIMES),
)


@given(st.lists(STEPS, max_size=60))
def test_it_behaves_like_a_list_of_deadlines(steps: list[tuple[str, str, float]]) -> None:
    """A deadline runs out at the first tick that is a whole TICK or more behind it or just past its
    slot: never before it, at most two ticks after it."""
    wheel = Wheel[str](START)
    now, model = START, dict[str, tuple[int, float]]()
    for number, (what, key, seconds) in enumerate(steps):
        if what == "arm":
            due = START + seconds
            wheel.arm(key, number, due)
            model[key] = (number, max(due, now))
        elif what == "disarm":
            wheel.disarm(key)
            model.pop(key, None)
        else:
            now = max(now, START + seconds)
            ran_out = wheel.tick(START + seconds)
            for one, generation in ran_out:
                armed, due = model.pop(one)
                assert generation == armed
                assert due <= now + 1e-6, "before its time"
            late = [one for one, (_, due) in model.items() if due < now - 2 * TICK]
            assert late == [], "long past and still not told"
        assert len(wheel) == len(model)
    ran_out = wheel.tick(START + 1_000_000.0)
    assert sorted(ran_out) == sorted((key, armed) for key, (armed, _) in model.items())
    assert wheel.tick(START + 2_000_000.0) == []


@given(st.lists(st.integers(1, 100), min_size=1, max_size=30), st.booleans())
def test_however_late_the_tick_the_order_is_that_of_the_deadlines(
    dues: list[int], huge: bool
) -> None:
    wheel = Wheel[int](START)
    for key, due in enumerate(dues):
        wheel.arm(key, 0, START + due)
    ran_out = [dues[key] for key, _ in wheel.tick(START + (1e7 if huge else 101.0))]
    assert ran_out == sorted(dues)


def test_armed_anew_later_it_does_not_fire_at_the_old_time() -> None:
    wheel = Wheel[str](START)
    wheel.arm("a", 1, START + 1.0)
    wheel.arm("a", 2, START + 5.0)
    assert wheel.tick(START + 2.0) == []
    assert wheel.tick(START + 5.1) == [("a", 2)]


def test_armed_anew_under_the_same_generation_only_the_last_time_counts() -> None:
    wheel = Wheel[str](START)
    wheel.arm("a", 1, START + 1.0)
    wheel.arm("a", 1, START + 5.0)
    assert wheel.tick(START + 2.0) == []
    assert wheel.tick(START + 5.1) == [("a", 1)]


def test_armed_anew_earlier_it_fires_once_at_the_earlier_time() -> None:
    wheel = Wheel[str](START)
    wheel.arm("a", 1, START + 5.0)
    wheel.arm("a", 2, START + 1.0)
    assert wheel.tick(START + 2.0) == [("a", 2)]
    assert wheel.tick(START + 9.0) == []


def test_what_is_already_due_when_armed_runs_out_at_the_next_tick() -> None:
    wheel = Wheel[str](START)
    wheel.arm("a", 1, START - 3600.0)
    assert wheel.tick(START + 2 * TICK) == [("a", 1)]


def test_a_clock_that_steps_back_fires_nothing_twice_and_nothing_early() -> None:
    wheel = Wheel[str](START)
    wheel.arm("a", 1, START + 1.0)
    wheel.arm("b", 1, START + 10.0)
    assert wheel.tick(START + 2.0) == [("a", 1)]
    assert wheel.tick(START - 100.0) == []
    assert wheel.tick(START + 9.0) == []
    assert wheel.tick(START + 10.1) == [("b", 1)]


def test_disarming_what_is_not_armed_is_no_error() -> None:
    wheel = Wheel[str](START)
    wheel.disarm("a")
    wheel.arm("a", 1, START + 1.0)
    wheel.disarm("a")
    assert len(wheel) == 0
    assert wheel.tick(START + 10.0) == []
