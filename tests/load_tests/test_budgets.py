"""The budgets as data: each figure once, each with a limit, and slack only where it is allowed."""

from __future__ import annotations

import pytest

from load_tests.budgets import BUDGETS, SLACK, Budget, Calibration, Mode, fixed, of

STEADY = Calibration(e=10.0, r=60.0, f=100.0, f_p99=200.0)


def limit(mode: Mode, *, at_least: bool = False, exact: bool = False) -> float:
    budget = Budget("s", "m", "ms", "", fixed(10.0), mode, at_least=at_least, exact=exact)
    return budget.limit(STEADY)


def test_the_table_names_every_figure_once_and_has_a_limit_for_each() -> None:
    names = [budget.name for budget in BUDGETS]
    assert len(set(names)) == len(names)
    assert all(budget.limit(STEADY) >= 0 for budget in BUDGETS)


def test_the_budgets_of_a_scenario_are_those_whose_figure_was_measured() -> None:
    found = of("1,000/s", {"octet -> resp p50": 0.3, "CPU per message": 1.0})
    assert [budget.metric for budget in found] == ["octet -> resp p50"]
    assert of("no such scenario", {"octet -> resp p50": 0.3}) == ()


def test_slack_makes_a_gated_goal_easier_from_either_side() -> None:
    assert limit(Mode.GATE) == 10.0 * SLACK
    assert limit(Mode.GATE, at_least=True) == 10.0 / SLACK


@pytest.mark.parametrize("at_least", [False, True])
def test_a_counter_and_a_figure_of_a_quiet_machine_have_no_slack(at_least: bool) -> None:
    assert limit(Mode.QUIET, at_least=at_least) == 10.0
    assert limit(Mode.GATE, at_least=at_least, exact=True) == 10.0


def test_nothing_may_be_lost_shown_twice_or_out_of_order_in_any_scenario() -> None:
    exact = {(budget.scenario, budget.metric) for budget in BUDGETS if budget.exact}
    scenarios = {budget.scenario for budget in BUDGETS}
    assert len(exact) == 4 * len(scenarios)
    assert all(budget.limit(STEADY) == 0.0 for budget in BUDGETS if budget.exact)
    assert all(budget.mode is Mode.GATE for budget in BUDGETS if budget.exact)


def test_what_is_relative_to_the_machine_follows_its_calibration() -> None:
    by_name = {budget.name: budget for budget in BUDGETS}
    accept = by_name["1,000/s: octet -> resp p50"]
    assert accept.goal(STEADY) == pytest.approx(2 * (60.0 + 100.0) / 1000), "ms from microseconds"
    assert by_name["saturation: CPU per message"].goal(STEADY) == 40.0


def test_absolute_times_gate_on_a_quiet_machine_only() -> None:
    twice_as_slow = Calibration(20.0, 120.0, 200.0, 400.0)
    absolute = [b for b in BUDGETS if b.unit and b.goal(STEADY) == b.goal(twice_as_slow)]
    assert absolute
    assert all(budget.mode is Mode.QUIET for budget in absolute)


@pytest.mark.parametrize("scenario", ["1,000/s", "5,000/s"])
def test_a_later_percentile_never_has_a_tighter_goal(scenario: str) -> None:
    for path in ("octet -> console", "reply -> carrier"):
        tails = [b.goal(STEADY) for b in BUDGETS if b.scenario == scenario and path in b.metric]
        assert len(tails) == 3
        assert tails == sorted(tails)
