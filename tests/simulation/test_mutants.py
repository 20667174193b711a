"""The planted bugs fit the present source, and the quickest of them are caught here and now.

All of them: `python -m tests.simulation.mutants`; the table is in docs/reliability.md.
"""

from __future__ import annotations

import ast

import pytest

from .mutants.hunting import ROOT, hunt
from .mutants.mutant import Mutant
from .mutants.planted import MUTANTS
from .test_corpus import kept

BY_NAME = {one.name: one for one in MUTANTS}
# A name and a seed by which it is noticed, whatever else the simulator comes to draw.
QUICK = {
    "ack_early": 10,
    "resend_without_mark": 30,
    "timer_lost_at_restart": 40,
    "prefix_lost_on_resume": 40,
    "receipt_to_a_centre": 40,
    "tones_reach_the_telephone": 60,
}
# Bugs of this kind were found, and a scenario is kept for each: a name, words of its story.
KEPT = {
    "no_dedupe": "five copies of one text",
    "bounce_forgotten": "nobody is at any console",
    "broken_is_forgotten": "thrown away with what waits",
    "acknowledged_into_nothing": "answered ESME_ROK without a record",
}


def test_no_two_mutants_bear_one_name() -> None:
    assert len(BY_NAME) == len(MUTANTS) >= 14


@pytest.mark.parametrize("name", BY_NAME)
def test_a_mutant_fits_the_present_source_and_is_python(name: str) -> None:
    mutant = BY_NAME[name]
    source = (ROOT / mutant.file).read_text(encoding="utf-8")
    planted = mutant.planted_in(source)
    assert ast.dump(ast.parse(planted)) != ast.dump(ast.parse(source))
    assert mutant.wrong.endswith(".")


@pytest.mark.parametrize("name", QUICK)
def test_a_planted_bug_is_caught(name: str) -> None:
    caught = hunt(BY_NAME[name], QUICK[name])
    assert caught.promise, caught.instead


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_scenario_still_sees_what_it_is_kept_for(name: str) -> None:
    (found,) = (one for one in kept() if KEPT[name] in one[2])
    seed, cut, _ = found
    caught = hunt(BY_NAME[name], 1, "--from", str(seed), *cut.options().split())
    assert caught.promise, caught.instead


def test_a_bug_that_harms_nobody_survives_and_a_fault_of_the_simulator_is_no_catch() -> None:
    source = (ROOT / "gateway/core/values.py").read_text(encoding="utf-8")
    first = source.partition("\n")[0]
    survivor = hunt(Mutant("harmless", "", "gateway/core/values.py", first, first + " "), 2)
    assert (survivor.promise, survivor.seed) == ("", 2)
    broken = hunt(Mutant("unreadable", "", "gateway/core/values.py", first, "("), 2)
    assert (broken.promise, broken.seed) == ("", 0)
    assert "ended after seed 0" in broken.instead


@pytest.mark.parametrize(
    ("file", "find", "put", "words"),
    [
        ("gateway/core/values.py", "no such words", "others", "stands 0 times"),
        ("gateway/core/values.py", "import", "others", "times in gateway/core/values.py, not once"),
        ("gateway/simulation/witness.py", "class Witness", "others", "no part of the product"),
        ("tests/simulation/test_mutants.py", "class", "others", "no part of the product"),
        ("gateway/core/values.py", "class PsapName", "class PsapName", "changes nothing"),
    ],
)
def test_a_mutant_that_cannot_be_planted_says_why(
    file: str, find: str, put: str, words: str
) -> None:
    source = "import a\nimport b\nclass Witness\nclass PsapName\n"
    with pytest.raises(ValueError, match=words):
        Mutant("one", "", file, find, put).planted_in(source)
