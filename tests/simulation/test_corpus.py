"""The kept seeds, a block of fresh ones, and that a seed is the whole story."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from text911.gateway.simulation.report import story
from text911.gateway.simulation.scenario import Cut, named
from text911.gateway.simulation.storm import run

# Without coverage: what a whole gateway passes through on its way proves no line of it, and to
# measure that takes as long again.
pytestmark = pytest.mark.no_cover

CORPUS = Path(__file__).with_name("corpus.txt")
LINE = re.compile(r"(\d+)\s+(?:\[([^\]]*)\]\s+)?(\S.*)")
NUMBERS = ("callers", "texts")
FRESH = range(100_000, 100_020)


def kept() -> list[tuple[int, Cut, str]]:
    """Seed, what is left out of it, and its story."""
    found: list[tuple[int, Cut, str]] = []
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            matched = LINE.fullmatch(line)
            assert matched is not None, line
            seed, options, story = matched.groups()
            words = (options or "").split()
            found.append(
                (int(seed), cut_of(dict(zip(words[::2], words[1::2], strict=True))), story)
            )
    return found


def cut_of(options: dict[str, str]) -> Cut:
    """The options of `text911 simulate`, as a line of the corpus bears them."""
    whole = {name: int(options.pop(f"--{name}")) for name in NUMBERS if f"--{name}" in options}
    only, until = options.pop("--only", None), options.pop("--until", None)
    assert not options, options
    return Cut(
        None if only is None else named(only),
        whole.get("callers"),
        whole.get("texts"),
        None if until is None else float(until),
    )


def test_the_corpus_is_there_and_no_line_of_it_stands_twice() -> None:
    scenarios = [(seed, cut) for seed, cut, _ in kept()]
    assert len(scenarios) == len(set(scenarios)) > 5


@pytest.mark.parametrize(("seed", "cut", "why"), kept())
def test_a_kept_seed_keeps_every_promise(seed: int, cut: Cut, why: str) -> None:
    outcome = run(seed, cut)
    assert not outcome.broken, "\n".join([f"kept for: {why}", *story(outcome, cut)])


@pytest.mark.parametrize("seed", FRESH)
def test_a_fresh_seed_keeps_every_promise(seed: int) -> None:
    outcome = run(seed)
    assert not outcome.broken, "\n".join(story(outcome))


def test_a_seed_is_the_whole_story_also_under_another_hash_seed() -> None:
    """Sets and dictionaries of strings are ordered otherwise there, if anybody asks their order."""
    hashes: list[list[str]] = []
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-m", "text911", "simulate", "--seeds", "8", "--json"],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
            text=True,
        )
        hashes.append([json.loads(line)["trace_hash"] for line in done.stdout.splitlines()])
    assert hashes[0] == hashes[1] == [run(seed).trace_hash for seed in range(1, 9)]
