"""What is said of a broken seed. That the witness sees anything at all is proved elsewhere: bugs
are planted in a copy of the package, and each must be caught (`tests/simulation/test_mutants.py`).
"""

from __future__ import annotations

from typing import Any

import pytest

from text911.gateway.simulation.report import as_values, story
from text911.gateway.simulation.storm import run

SEEDS = range(1, 200)


def owes_nothing(_state: Any) -> tuple[()]:
    return ()


def test_a_broken_seed_says_what_when_and_how_to_see_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("text911.gateway.core.engine.owed", owes_nothing)
    outcome = next((one for seed in SEEDS if (one := run(seed)).broken), None)
    assert outcome is not None, "no seed has noticed"
    lines = story(outcome)
    assert outcome.broken in lines[0]
    assert lines[-1] == f"run it again: text911 simulate --seeds 1 --from {outcome.seed}"
    assert as_values(outcome)["last"] == list(outcome.last)
    assert run(outcome.seed) == outcome
