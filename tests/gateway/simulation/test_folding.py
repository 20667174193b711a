from __future__ import annotations

from text911.gateway.simulation.folding import Unfolding, gaps_of
from text911.psap_adapters.console.frames import Burst, Line


def line(sequence: int) -> Line:
    return Line(sequence, 0.0, "caller", f"text {sequence}")


def lines(*sequences: int) -> tuple[Line, ...]:
    return tuple(line(one) for one in sequences)


def sequences(found: tuple[Line, ...]) -> list[int]:
    return [one.sequence for one in found]


def test_without_a_fold_lines_go_straight_through() -> None:
    page = Unfolding()
    assert not page.come(lines(1, 2), ())
    assert sequences(page.take()) == [1, 2]
    assert page.take() == ()


def test_a_fold_is_opened_from_its_end_until_all_is_there_and_what_comes_meanwhile_waits() -> None:
    page = Unfolding()
    burst = Burst("d/0", 10, 4, lines(20, 21))
    assert gaps_of(burst) == [(10, 20)]
    assert page.come(burst.lines, gaps_of(burst))
    assert not page.come(lines(22), ())
    assert page.take() == ()
    assert page.below == 20
    page.fetched(20, lines(17, 18))
    assert page.below == 17
    page.fetched(99, lines(3))  # of an earlier link
    page.fetched(17, lines(9, 10, 15, 16))
    assert page.below is None
    assert sequences(page.take()) == [15, 16, 17, 18, 20, 21, 22]


def test_a_second_fold_waits_for_the_first() -> None:
    page = Unfolding()
    assert page.come(lines(5), [(-1, 5)])
    assert not page.come(lines(9), [(5, 9)])
    page.fetched(5, lines(3, 4))
    page.fetched(3, ())
    assert page.below == 9
    page.fetched(9, lines(5, 7))
    assert sequences(page.take()) == [3, 4, 5, 7, 9]
