"""The requests without a response."""

from __future__ import annotations

import pytest

from text911.smpp.window import SEQUENCE_NUMBER_MAX, Window


def test_a_response_gives_its_tag_back_once_in_any_order() -> None:
    window = Window(2, 10.0)
    first, second = window.add("a", 0.0), window.add("b", 1.0)
    assert (first, second, window.free()) == (1, 2, 0)
    assert window.answered(second) == ("b", False)
    assert window.answered(second) is None
    assert window.free() == 1
    assert window.next_due_at() == 10.0


def test_a_full_window_takes_nothing() -> None:
    window = Window(1, 10.0)
    window.add("a", 0.0)
    with pytest.raises(ValueError, match="full"):
        window.add("b", 0.0)


def test_an_overdue_request_frees_its_place_and_may_still_be_answered() -> None:
    window = Window(2, 10.0)
    window.add("a", 0.0)
    window.add("b", 5.0)
    assert window.expire(9.9) == []
    assert window.expire(10.0) == ["a"]
    assert (window.free(), window.overdue, window.next_due_at()) == (1, 1, 15.0)
    assert window.answered(1) == ("a", True)
    assert window.answered(1) is None


def test_everything_unanswered_comes_out_at_the_end_overdue_first() -> None:
    window = Window(2, 10.0)
    window.add("a", 0.0)
    window.expire(10.0)
    window.add("b", 11.0)
    assert window.drain() == ["a", "b"]
    assert (window.drain(), window.next_due_at()) == ([], None)


def test_sequence_numbers_wrap_to_one_and_skip_what_still_waits() -> None:
    window = Window(3, 10.0)
    window.add("old", 0.0)
    window._last = SEQUENCE_NUMBER_MAX - 1  # pyright: ignore[reportPrivateUsage]
    assert window.number() == SEQUENCE_NUMBER_MAX
    assert window.number() == 2
