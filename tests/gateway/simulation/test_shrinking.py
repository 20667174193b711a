"""A planted bug is found, and its story is made small."""

from __future__ import annotations

from dataclasses import replace

import pytest

from text911.gateway.simulation.report import story
from text911.gateway.simulation.scenario import WHOLE, Cut
from text911.gateway.simulation.shrinking import Shrunk, shrink
from text911.gateway.simulation.storm import Outcome, run

BROKEN = Outcome(7, "a promise: in words", "", 9, 9, 90.0, tuple("abcdefgh"), ())
KEPT = replace(BROKEN, broken="")
ANOTHER = replace(BROKEN, broken="another promise: in words")


class Needs:
    """Plays a bug that needs exactly these faults, and so many texts and seconds at least."""

    def __init__(self, faults: str, texts: int = 1, until: float = 0.0) -> None:
        self.faults = frozenset(faults)
        self.texts = texts
        self.until = until
        self.played = 0

    def __call__(self, seed: int, cut: Cut, told_max: int) -> Outcome:
        self.played += 1
        only = frozenset("abcdefgh") if cut.only is None else cut.only
        enough = cut.texts is None or cut.texts >= self.texts
        long = cut.until is None or cut.until >= self.until
        return BROKEN if self.faults <= only and enough and long else KEPT


@pytest.mark.parametrize("faults", ["", "a", "h", "ah", "bcd", "abcdefgh"])
def test_only_the_faults_that_it_needs_are_left(faults: str) -> None:
    assert shrink(BROKEN, play=Needs(faults)).cut.only == frozenset(faults)


def test_the_storm_is_cut_as_far_as_the_promise_still_breaks() -> None:
    cut = shrink(BROKEN, play=Needs("a", texts=2, until=12.0)).cut
    assert (cut.callers, cut.texts, cut.until) == (1, 2, 20.0)


def test_another_promise_is_another_story() -> None:
    def breaks_otherwise(seed: int, cut: Cut, told_max: int) -> Outcome:
        return BROKEN if cut.only == frozenset("abcdefgh") and cut.texts is None else ANOTHER

    assert shrink(BROKEN, play=breaks_otherwise).cut.only == frozenset("abcdefgh")


def test_it_ends_after_so_many_runs() -> None:
    play = Needs("aceg", texts=3, until=35.0)
    shrunk = shrink(BROKEN, play=play, runs_max=10)
    assert play.played == shrunk.runs == 11  # and one for the story


@pytest.mark.no_cover  # it plays the whole gateway a hundred times, which proves no line of it
def test_a_planted_bug_is_told_in_a_few_lines_that_can_be_played_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nothing(*_anything: object) -> None:
        pass

    monkeypatch.setattr("text911.gateway.core.engine.repeat_of", nothing)
    found = next(one for seed in range(1, 200) if (one := run(seed)).broken)
    shrunk = shrink(found)
    assert shrunk.outcome.promise == found.promise == "a text is shown at most once on a leg"
    assert len(shrunk.outcome.faults) < len(found.faults)
    assert len(shrunk.outcome.faults) <= 4
    assert shrunk.outcome.events < found.events
    assert run(found.seed, shrunk.cut).trace_hash == shrunk.outcome.trace_hash
    lines = story(found, WHOLE, shrunk)
    assert lines[-1].endswith(f"--from {found.seed} {shrunk.cut.options()}")
    assert any("BROKEN" in line for line in lines)


def test_without_a_small_story_the_last_events_are_told() -> None:
    found = replace(BROKEN, last=("   12.000 stage: something",))
    lines = story(found, Cut(texts=1))
    assert lines[0] == "seed 7: a promise is broken: a promise: in words"
    assert lines[1].startswith("found with text911 ")
    assert lines[-1] == "run it again: text911 simulate --seeds 1 --from 7 --texts 1"
    small = story(found, WHOLE, Shrunk(Cut(), replace(found, last=()), 3))
    assert "made small in 3 runs; what is left of it: all" in small
