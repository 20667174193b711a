from __future__ import annotations

from dataclasses import replace

import pytest

from load_tests.budgets import SLACK, Budget, Calibration, Mode, fixed
from load_tests.verdict import Result, Round, judge, why_void

STEADY = Calibration(e=10.0, r=60.0, f=100.0, f_p99=200.0)
GOOD = Round("1,000/s", {"cpu": 20.0, "lost": 0.0}, STEADY, STEADY, foreign=0.0, lateness=0.2)
CPU = Budget("1,000/s", "cpu", "us", "<= 4 E", lambda c: 4 * c.e, Mode.GATE)
LOST = Budget("1,000/s", "lost", "", "0", fixed(0), Mode.GATE, exact=True)


def with_cpu(cpu: float) -> Round:
    return replace(GOOD, figures={"cpu": cpu})


def test_a_steady_round_is_valid() -> None:
    assert why_void(GOOD) == ()


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        (replace(GOOD, lateness=1.1), "late"),
        (replace(GOOD, after=replace(STEADY, e=12.5)), "E moved 25%"),
        (replace(GOOD, before=replace(STEADY, r=75.0)), "R moved 25%"),
        (replace(GOOD, after=replace(STEADY, f=75.0)), "F moved 33%"),
        (replace(GOOD, foreign=0.06), "other programs"),
        (
            replace(GOOD, before=replace(STEADY, f_p99=400), after=replace(STEADY, f_p99=400)),
            "disk unsteady",
        ),
    ],
)
def test_what_spoils_a_round_is_named(bad: Round, word: str) -> None:
    (reason,) = why_void(bad)
    assert word in reason


def test_a_round_without_a_schedule_cannot_be_late() -> None:
    assert why_void(replace(GOOD, lateness=None)) == ()


@pytest.mark.parametrize(
    ("cpu", "result"),
    [(40.0, Result.PASS), (40.0 * SLACK, Result.PASS), (40.0 * SLACK + 0.1, Result.FAIL)],
)
def test_a_gated_goal_has_the_stated_slack_and_no_more(cpu: float, result: Result) -> None:
    assert judge(CPU, [with_cpu(cpu)], quiet=False).result is result


def test_the_median_of_the_rounds_decides_not_the_worst() -> None:
    judged = judge(CPU, [with_cpu(10), with_cpu(500), with_cpu(30)], quiet=False)
    assert (judged.result, judged.figure) == (Result.PASS, 30)


def test_each_round_is_held_against_the_calibration_around_it() -> None:
    slow_machine = replace(STEADY, e=20.0)
    slow = replace(with_cpu(80), before=slow_machine, after=slow_machine)
    assert judge(CPU, [slow, slow, with_cpu(40)], quiet=False).ratio == pytest.approx(1 / SLACK)


def test_without_a_valid_round_the_result_is_inconclusive_neither_pass_nor_fail() -> None:
    void = replace(with_cpu(1), foreign=0.5)
    judged = judge(CPU, [void, void], quiet=False)
    assert (judged.result, judged.valid, judged.taken) == (Result.INCONCLUSIVE, 0, 2)


def test_a_void_round_does_not_count_when_there_is_a_valid_one() -> None:
    void = replace(with_cpu(500), foreign=0.5)
    assert judge(CPU, [void, void, with_cpu(20)], quiet=False).figure == 20


def test_a_lost_text_fails_on_a_noisy_machine_too() -> None:
    lost = replace(GOOD, figures={"lost": 1.0}, foreign=0.9)
    assert judge(LOST, [GOOD, GOOD, lost], quiet=False).result is Result.FAIL
    assert judge(LOST, [GOOD], quiet=False).result is Result.PASS


def test_a_tail_gates_only_on_a_quiet_machine() -> None:
    tail = Budget("1,000/s", "cpu", "ms", "", fixed(10), Mode.QUIET)
    assert judge(tail, [with_cpu(11)], quiet=False).result is Result.REPORTED
    assert judge(tail, [with_cpu(11)], quiet=True).result is Result.FAIL
    assert judge(tail, [with_cpu(10)], quiet=True).result is Result.PASS


def test_a_goal_to_be_reached_from_below_turns_the_comparison_round() -> None:
    goodput = Budget("1,000/s", "cpu", "", ">= 0.9", fixed(0.9), Mode.GATE, at_least=True)
    assert judge(goodput, [with_cpu(0.95)], quiet=False).result is Result.PASS
    assert judge(goodput, [with_cpu(0.9 / SLACK - 0.01)], quiet=False).result is Result.FAIL


def test_a_budget_nobody_measured_is_a_fault_of_the_harness() -> None:
    with pytest.raises(ValueError, match="no round"):
        judge(CPU, [], quiet=False)
