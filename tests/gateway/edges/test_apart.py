"""A fault with one dialogue is said aloud and keeps no other from its turn."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from text911.gateway.edges.apart import aloud, each


def no_even(done: list[int]) -> Callable[[int], None]:
    def do(number: int) -> None:
        if number % 2 == 0:
            raise ValueError(f"{number} is even")
        done.append(number)

    return do


def test_everything_is_done_whatever_comes_of_what_was_before() -> None:
    done: list[int] = []
    soon: list[Callable[[], None]] = []
    each([1, 2, 3, 4, 5], no_even(done), soon.append)
    assert done == [1, 3, 5]


def test_every_fault_is_raised_again_in_a_turn_of_its_own_and_in_order() -> None:
    soon: list[Callable[[], None]] = []
    each([2, 3, 4], no_even([]), soon.append)
    said: list[str] = []
    for turn in soon:
        with pytest.raises(ValueError, match="is even") as caught:
            turn()
        said.append(str(caught.value))
    assert said == ["2 is even", "4 is even"]


def test_the_fault_that_is_raised_again_still_says_where_it_came_from() -> None:
    soon: list[Callable[[], None]] = []
    each([2], no_even([]), soon.append)
    with pytest.raises(ValueError, match="is even") as caught:
        soon[0]()
    assert "do" in [entry.name for entry in caught.traceback]


def test_without_a_fault_no_turn_is_asked_for() -> None:
    soon: list[Callable[[], None]] = []
    each([1, 3], no_even([]), soon.append)
    each([], no_even([]), soon.append)
    assert soon == []


def test_nothing_is_raised_before_the_turn_comes() -> None:
    soon: list[Callable[[], None]] = []
    fault = ValueError("ours")
    aloud(fault, soon.append)
    with pytest.raises(ValueError, match="ours") as caught:
        soon[0]()
    assert caught.value is fault


def test_who_wants_the_process_to_end_is_not_put_off() -> None:
    done: list[int] = []

    def do(number: int) -> None:
        if number == 2:
            raise KeyboardInterrupt
        done.append(number)

    with pytest.raises(KeyboardInterrupt):
        each([1, 2, 3], do, lambda turn: turn())
    assert done == [1]
