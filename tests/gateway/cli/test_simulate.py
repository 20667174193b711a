from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from text911.gateway.cli.app import app
from text911.gateway.simulation.storm import run

# Without coverage: what a whole gateway passes through on its way proves no line of it, and to
# measure that takes as long again.
pytestmark = pytest.mark.no_cover

PROMISE = "timers ring in time"


def test_seeds_that_keep_every_promise_end_with_zero_and_one_line() -> None:
    done = CliRunner().invoke(app, ["simulate", "--seeds", "2", "--from", "5"])
    assert done.exit_code == 0
    (line,) = done.output.splitlines()
    assert line.startswith("2 seeds from 5, ")
    assert "every promise was kept" in line


def test_json_is_one_object_a_seed() -> None:
    done = CliRunner().invoke(app, ["simulate", "--seeds", "2", "--from", "5", "--json"])
    assert [json.loads(line)["seed"] for line in done.output.splitlines()] == [5, 6]


def test_a_broken_promise_ends_with_one_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def owes_nothing(_state: object) -> tuple[()]:
        return ()

    monkeypatch.setattr("text911.gateway.core.engine.owed", owes_nothing)
    late = next(seed for seed in range(1, 41) if run(seed).broken.startswith(PROMISE))
    done = CliRunner().invoke(app, ["simulate", "--seeds", "1", "--from", str(late)])
    assert done.exit_code == 1
    assert f"a promise is broken: {PROMISE}" in done.output
    assert "run it again: text911 simulate --seeds 1 --from " in done.output
    assert "run the small one: text911 simulate --seeds 1 --from " in done.output


def test_the_output_is_the_same_with_two_processes() -> None:
    asked = ["simulate", "--seeds", "6", "--from", "3", "--json"]
    one, two = (CliRunner().invoke(app, [*asked, "--jobs", jobs]).output for jobs in ("1", "2"))
    assert one == two
    assert [json.loads(line)["seed"] for line in one.splitlines()] == [3, 4, 5, 6, 7, 8]


def test_a_scenario_can_be_cut() -> None:
    cut = ["--only", "none", "--callers", "1", "--texts", "1", "--until", "40"]
    done = CliRunner().invoke(app, ["simulate", "--seeds", "1", "--json", *cut])
    assert done.exit_code == 0
    said = json.loads(done.output)
    assert said["faults"] == []
    whole = json.loads(CliRunner().invoke(app, ["simulate", "--seeds", "1", "--json"]).output)
    assert said["records"] < whole["records"]


def test_a_fault_that_there_is_not_is_refused_with_the_nearest() -> None:
    done = CliRunner().invoke(app, ["simulate", "--only", "crush"])
    assert done.exit_code == 2
    assert "there is no fault 'crush'; did you mean 'crash'?" in done.output
