"""Wrong binds by address: who is turned away, who is only answered late, and for how long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.edges import lockout
from text911.gateway.edges.lockout import LATE_MAX, Locked, LockLimits, LockOut

HOME, STRANGER = "203.0.113.5", "198.51.100.1"
LIMITS = LockLimits(failures=3, forgiven_after=10.0)


def fails(table: LockOut, address: str, times: int, now: float, *, is_home: bool) -> list[float]:
    return [table.failed(address, now, is_home=is_home) for _ in range(times)]


def test_a_few_wrong_binds_are_nothing() -> None:
    table = LockOut(LIMITS)
    assert fails(table, STRANGER, 2, 0.0, is_home=False) == [0.0, 0.0]
    assert not table.is_barred(STRANGER, 0.0)
    assert table.standing(0.0) == ()
    assert not table.is_barred("192.0.2.1", 0.0), "never heard of"


def test_a_stranger_is_turned_away_and_for_longer_every_time() -> None:
    table = LockOut(LIMITS)
    fails(table, STRANGER, 3, 0.0, is_home=False)
    assert table.is_barred(STRANGER, 9.9)
    assert not table.is_barred(STRANGER, 10.0)
    now, lengths = 10.0, list[float]()
    for _ in range(12):
        table.failed(STRANGER, now, is_home=False)
        (locked,) = table.standing(now)
        lengths.append(locked.until - now)
        now = locked.until
    assert lengths == [20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600, 3600]


def test_waiting_outside_makes_nothing_good_but_staying_away_does() -> None:
    table = LockOut(LIMITS)
    fails(table, STRANGER, 3, 0.0, is_home=False)
    assert table.standing(10.0) == (Locked(STRANGER, 0.0, 3),)
    assert table.standing(39.9) != ()
    assert table.standing(40.1) == ()
    assert len(table) == 0
    assert fails(table, STRANGER, 2, 41.0, is_home=False) == [0.0, 0.0]
    assert not table.is_barred(STRANGER, 41.0)


def test_where_a_carrier_may_be_answers_are_late_and_nobody_is_turned_away() -> None:
    table = LockOut(LIMITS)
    late = fails(table, HOME, 9, 0.0, is_home=True)
    assert late == [0.0, 0.0, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0, 4.0]
    assert max(fails(table, HOME, 1000, 1.0, is_home=True)) == LATE_MAX
    assert not table.is_barred(HOME, 1.0)
    assert table.standing(1.0) == (Locked(HOME, 0.0, 1009),)


def test_a_slow_mistake_is_forgiven_as_fast_as_it_is_made() -> None:
    table = LockOut(LIMITS)
    assert all(table.failed(HOME, 10.0 * n, is_home=True) == 0.0 for n in range(100))


def test_a_moment_between_two_tries_forgives_neither() -> None:
    table = LockOut(LIMITS)
    assert [table.failed(HOME, n / 100, is_home=True) for n in range(4)] == [0.0, 0.0, 0.5, 1.0]


def test_one_ipv6_site_is_one_address() -> None:
    table = LockOut(LIMITS)
    for host in range(3):
        table.failed(f"2001:db8::{host}", 0.0, is_home=False)
    assert table.is_barred("2001:db8::ffff", 0.0)
    assert not table.is_barred("2001:db8:0:1::", 0.0)


def test_the_table_is_bounded_and_forgets_who_was_silent_longest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lockout, "ADDRESSES_MAX", 2)
    table = LockOut(LockLimits(failures=1))
    for address in ("a", "b", "a", "c"):
        table.failed(address, 0.0, is_home=False)
    assert len(table) == 2
    assert [table.is_barred(one, 0.0) for one in "abc"] == [True, False, True]


@given(
    st.lists(st.tuples(st.floats(0, 50), st.sampled_from((HOME, STRANGER))), max_size=60),
    st.integers(1, 5),
)
def test_nobody_is_locked_out_for_ever_and_a_home_never(
    tries: list[tuple[float, str]], failures: int
) -> None:
    table, now = LockOut(LockLimits(failures, 10.0)), 0.0
    for pause, address in tries:
        now += pause
        late = table.failed(address, now, is_home=address == HOME)
        assert 0.0 <= late <= LATE_MAX
        assert not table.is_barred(HOME, now)
    assert not table.is_barred(STRANGER, now + lockout.BARRED_MAX)
    assert table.standing(now + lockout.BARRED_MAX + 10.0 * (failures + 1)) == ()
