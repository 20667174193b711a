from __future__ import annotations

import pytest

from load_tests.workload import (
    CALLERS_MAX,
    CALLERS_OPEN,
    Step,
    dues,
    identity,
    is_answered,
    number,
    prelude,
    workload,
)


def test_the_same_seed_gives_the_same_texts_and_another_round_others() -> None:
    due = dues([Step(100, 3)])
    assert workload(1, due, 4) == workload(1, due, 4)
    assert workload(1, due, 4) != workload(2, due, 4)


def test_the_steps_follow_each_other_evenly_spaced() -> None:
    assert dues([Step(2, 1), Step(4, 1)]) == [
        0, 500_000_000, 1_000_000_000, 1_250_000_000, 1_500_000_000, 1_750_000_000,
    ]  # fmt: skip


def test_the_mix_is_the_one_the_budgets_are_written_for() -> None:
    texts = workload(1, dues([Step(5000, 4)]), 4)
    fresh = {text.caller for text in texts if text.caller >= CALLERS_OPEN}
    assert len(fresh) / len(texts) == pytest.approx(0.05, rel=0.1)
    assert sum(text.ucs2 for text in texts) / len(texts) == pytest.approx(0.10, rel=0.1)
    assert sum(is_answered(text.index) for text in texts) / len(texts) == pytest.approx(0.25)
    assert {text.bind for text in texts} == {0, 1, 2, 3}


def test_who_is_there_before_the_round_has_words_of_their_own_and_keeps_the_bind() -> None:
    before = prelude(4)
    assert len({text.words for text in before}) == len(before) == CALLERS_OPEN
    assert all(identity(text.words) is None for text in before)
    later = {text.caller: text.bind for text in workload(1, dues([Step(5000, 4)]), 4)}
    assert all(later.get(text.caller, text.bind) == text.bind for text in before)


def test_a_caller_keeps_to_one_bind() -> None:
    texts = workload(1, dues([Step(1000, 2)]), 4)
    assert len({(text.caller, text.bind) for text in texts}) == len({text.caller for text in texts})


def test_no_two_rounds_share_a_number_and_each_fits_e164() -> None:
    numbers = {number(r, caller) for r in range(5) for caller in (0, 7, CALLERS_MAX - 1)}
    assert len(numbers) == 15
    assert all(n.isdigit() and len(n) == 11 for n in numbers)


def test_a_text_says_which_one_it_is() -> None:
    for text in workload(3, dues([Step(50, 1)]), 4):
        assert identity(text.words) == (3, text.index)
    assert identity("help me please") is None
    assert identity("911") is None


def test_no_text_needs_a_second_part() -> None:
    for text in workload(999, dues([Step(10_000, 10)]), 4):
        assert len(text.words.encode("utf-16-be")) <= 140 if text.ucs2 else len(text.words) <= 160


@pytest.mark.parametrize("steps", [[Step(1, 61)], [Step(100_000, 3)]])
def test_a_round_is_bounded_in_time_and_count(steps: list[Step]) -> None:
    with pytest.raises(ValueError, match="at most"):
        dues(steps)
