"""A contracted rate: reading stops first, then what is too much is refused, newcomers never."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.gateway.edges.world import CARRIER
from text911.gateway.config import Carrier
from text911.gateway.edges.rate import PRESS_MAX, Bucket, Contract, Contracts, Kind

FIRST, TEXT, OTHER = Kind.FIRST, Kind.TEXT, Kind.OTHER
LIMITED = Contract(rate=10.0, burst=4)


def test_without_a_rate_everything_is_served_and_nothing_is_pressed() -> None:
    bucket = Bucket(Contract(), 0.0)
    assert all(bucket.take(kind, 0.0) for kind in Kind for _ in range(10_000))
    assert bucket.press(0.0) == 0.0


def test_what_was_read_is_served_and_reading_stops_for_as_long_as_that_takes_to_pay() -> None:
    bucket = Bucket(LIMITED, 0.0)
    assert all(bucket.take(TEXT, 0.0) for _ in range(4))
    assert bucket.press(0.0) == 0.0, "the burst is used, nothing is owed"
    assert bucket.take(TEXT, 0.0)
    assert bucket.take(TEXT, 0.0)
    assert bucket.press(0.0) == 0.2
    assert bucket.press(0.1) == 0.1, "the same pause, not another"
    assert bucket.press(0.2) == 0.0
    assert bucket.refused == 0


def test_who_goes_on_beyond_that_is_refused_for_the_moment() -> None:
    bucket = Bucket(LIMITED, 0.0)
    assert [bucket.take(TEXT, 0.0) for _ in range(10)] == [True] * 8 + [False] * 2
    assert bucket.refused == 2
    assert bucket.take(TEXT, 0.1), "one token later one more"
    assert not bucket.take(TEXT, 0.1)


def test_reading_does_not_stop_for_long_and_not_again_before_the_debt_is_paid() -> None:
    bucket = Bucket(Contract(rate=0.1, burst=4), 0.0)
    for _ in range(8):
        bucket.take(TEXT, 0.0)
    assert bucket.press(0.0) == PRESS_MAX
    assert bucket.press(PRESS_MAX) == 0.0
    bucket.take(TEXT, 11.0)
    assert bucket.press(11.0) == 0.0
    assert bucket.press(51.0) == 0.0, "paid"
    assert bucket.take(TEXT, 51.0)
    assert bucket.press(51.0) == PRESS_MAX


def test_the_first_text_of_a_new_caller_is_served_whatever_is_owed() -> None:
    bucket = Bucket(LIMITED, 0.0)
    while bucket.take(TEXT, 0.0):
        pass
    assert all(bucket.take(FIRST, 0.0) for _ in range(1_000))
    assert not bucket.take(TEXT, 0.05)
    assert bucket.take(TEXT, 0.2), "and those who are in a dialogue pay for at most one burst"


def test_receipts_leave_half_of_the_burst_to_texts() -> None:
    bucket = Bucket(LIMITED, 0.0)
    assert [bucket.take(OTHER, 0.0) for _ in range(3)] == [True, True, False]
    assert bucket.take(TEXT, 0.0)


def test_another_rate_holds_at_once_and_gives_nothing_back() -> None:
    bucket = Bucket(Contract(rate=1.0, burst=100), 0.0)
    bucket.take(TEXT, 0.0)
    bucket.adopt(Contract(rate=1.0, burst=2), 0.0)
    assert [bucket.take(TEXT, 0.0) for _ in range(5)] == [True, True, True, True, False]
    bucket.adopt(Contract(), 0.0)
    assert bucket.take(TEXT, 0.0)


@given(
    st.lists(st.tuples(st.floats(0, 2), st.integers(0, 30)), min_size=1, max_size=40),
    st.floats(0.5, 50),
    st.integers(1, 20),
)
def test_over_any_time_no_more_is_served_than_was_agreed(
    chunks: list[tuple[float, int]], rate: float, burst: int
) -> None:
    bucket, now, served = Bucket(Contract(rate, burst), 0.0), 0.0, 0
    for pause, texts in chunks:
        now += pause
        served += sum(bucket.take(TEXT, now) for _ in range(texts))
        assert 0.0 <= bucket.press(now) <= PRESS_MAX + 0.001
        assert served <= 2 * burst + rate * now + 0.001


@pytest.mark.no_cover  # every line of it has its own test
@given(st.integers(1, 20), st.floats(2, 100), st.integers(2, 20))
def test_a_peer_that_waits_for_answers_is_slowed_down_and_never_refused(
    window: int, rate: float, burst: int
) -> None:
    """As many at once as its window, then nothing until reading goes on."""
    assume(window <= burst and window / rate < PRESS_MAX)
    bucket, now, served = Bucket(Contract(rate, burst), 0.0), 0.0, 0
    while now < 60.0:
        assert all(bucket.take(TEXT, now) for _ in range(window))
        served += window
        now += bucket.press(now) or 0.001
    assert served >= rate * 60.0 * 0.9


def party(name: str, **account: Any) -> Carrier:
    settings = CARRIER.account.model_copy(update=account)
    return Carrier(name, name, name, settings, CARRIER.passwords, CARRIER.location)


def test_every_account_has_its_own_and_one_that_is_gone_has_none() -> None:
    now = [0.0]
    contracts = Contracts([party("a", rate=1.0, burst=1), party("b")], lambda: now[0])
    assert [contracts.take("a", TEXT) for _ in range(3)] == [True, True, False]
    assert contracts.press("a") == 1.0
    assert contracts.take("b", TEXT)
    assert contracts.press("b") == 0.0
    assert contracts.take("c", TEXT)
    assert contracts.press("c") == 0.0
    assert contracts.refused == 1
    contracts.adopt([party("b", rate=5.0, burst=1)])
    assert contracts.take("a", TEXT), "no rate holds for it any more"
    assert [contracts.take("b", TEXT) for _ in range(3)] == [True, True, False]
    assert contracts.refused == 2, "what was refused is not forgotten"
