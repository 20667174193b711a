"""The hunt for one planted bug: a private copy of the package, seeds from 1 on, the first broken
promise. The work tree is never touched.

A bug counts as caught only when the simulator says which promise broke. A process that ends by
itself or says nothing any more has caught nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, ignore_patterns
from tempfile import TemporaryDirectory
from threading import Timer
from time import monotonic

from .mutant import Mutant

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "text911"  # one link per room, see decisions/0001
SILENCE = 120.0  # seconds for one seed: a thousand times what it takes


@dataclass(frozen=True, slots=True)
class Caught:
    """`promise` is "" for a mutant that survived; then `instead` says what happened."""

    mutant: str
    promise: str
    seed: int  # the last one that was played
    seconds: float
    words: str = ""  # the whole sentence of the witness
    instead: str = ""


@contextmanager
def planted(mutant: Mutant | None) -> Generator[Path]:
    """A folder that holds the package with the bug in it; without a mutant, as it is."""
    with TemporaryDirectory(prefix="mutant-") as folder:
        package = Path(folder) / "text911"
        # Without compiled files: theirs are known by size and whole seconds, a mutant's is not.
        copytree(PACKAGE, package, ignore=ignore_patterns("__pycache__", "static"))
        if mutant is not None:
            mutant.plant(package)
        yield Path(folder)


def hunt(mutant: Mutant, seeds: int, *more: str) -> Caught:
    """Play seeds from 1 to `seeds` until a promise breaks. `more`: options of `text911 simulate`,
    such as those of a scenario that is kept."""
    began = monotonic()
    seed, broken, instead = 0, "", "no seed has noticed"
    with planted(mutant) as folder:
        for outcome in _outcomes(folder, seeds, more):
            seed, broken = int(str(outcome["seed"])), str(outcome["broken"])
            if broken:
                break
        else:
            if seed < seeds:
                instead = f"the simulator itself ended after seed {seed}"
    promise = _promise(broken)
    took = monotonic() - began
    return Caught(mutant.name, promise, seed, took, broken, "" if promise else instead)


def _promise(broken: str) -> str:
    """Without the names of this seed's dialogues and links."""
    return broken.partition(": ")[0]


def _outcomes(folder: Path, seeds: int, more: tuple[str, ...]) -> Iterator[dict[str, object]]:
    """What `text911 simulate` says in `folder`, seed by seed."""
    play = ("simulate", "--seeds", str(seeds), "--json", "--no-shrink", *more)
    alone = {**os.environ, "PYTHONPATH": str(folder), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "text911", *play],
        cwd=folder,  # where `-m` looks first: the package is the copy
        env=alone,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as child:
        assert child.stdout is not None
        watch = Timer(SILENCE, child.kill)
        try:
            watch.start()
            for line in child.stdout:
                watch.cancel()
                yield json.loads(line)
                watch = Timer(SILENCE, child.kill)
                watch.start()
        finally:
            watch.cancel()
            child.kill()
