from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from text911.gateway.cli.app import app


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
    done = CliRunner().invoke(app, ["simulate", "--seeds", "40"])
    assert done.exit_code == 1
    assert "a promise is broken: everything comes to its end" in done.output
    assert "run it again: text911 simulate --seeds 1 --from " in done.output
