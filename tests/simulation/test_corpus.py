"""The kept seeds, a block of fresh ones, and that a seed is the whole story."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from text911.gateway.simulation.report import story
from text911.gateway.simulation.storm import run

CORPUS = Path(__file__).with_name("corpus.txt")
FRESH = range(100_000, 100_020)


def kept() -> list[int]:
    lines = CORPUS.read_text(encoding="utf-8").splitlines()
    return [int(line.split()[0]) for line in lines if line and not line.startswith("#")]


def test_every_kept_seed_has_its_story() -> None:
    lines = CORPUS.read_text(encoding="utf-8").splitlines()
    told = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    assert len(told) == len({seed for seed, *_ in told})
    assert all(len(one) == 2 for one in told)


@pytest.mark.parametrize("seed", kept())
def test_a_kept_seed_keeps_every_promise(seed: int) -> None:
    outcome = run(seed)
    assert not outcome.broken, "\n".join(story(outcome))


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
