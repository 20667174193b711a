"""What a run of seeds has come to, in words: for a person, or as JSON for a program."""

from __future__ import annotations

import gc
import os
import subprocess
from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

from .scenario import WHOLE, Cut
from .shrinking import Shrunk
from .storm import Outcome, run

YOUNG = 50_000  # objects made and not freed, at which garbage in cycles is looked for
AT_ONCE = 4  # seeds that a process takes at a time: a slow one holds up few of its order
ROOT = Path(__file__).resolve().parents[2]


def seeds(first: int, count: int, cut: Cut = WHOLE, jobs: int = 1) -> Iterator[Outcome]:
    """The outcomes in the order of the seeds, whichever of `jobs` processes comes first."""
    play = partial(run, cut=cut)
    numbers = range(first, first + count)
    if jobs == 1:
        yield from map(play, numbers)
        return
    with get_context("spawn").Pool(min(jobs, count), _begin) as pool:
        yield from pool.imap(play, numbers, AT_ONCE)


def _begin() -> None:
    """In each process: what was imported is never garbage, and a seed leaves little of it. Looking
    as often as Python does by itself takes a sixth of the time."""
    gc.freeze()
    gc.set_threshold(YOUNG)


def stamp() -> str:
    """The version that ran, and the commit where there is one."""
    ours = f"text911 {version('text911')}"
    if not (ROOT / ".git").exists():
        return ours
    asked = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
    )
    commit = asked.stdout.strip()
    return f"{ours}, commit {commit}" if commit else ours


def again(seed: int, cut: Cut) -> str:
    """The command that plays exactly this."""
    return f"text911 simulate --seeds 1 --from {seed} {cut.options()}".rstrip()


def verdict(outcome: Outcome) -> str:
    return f"seed {outcome.seed}: a promise is broken: {outcome.broken}"


def story(outcome: Outcome, cut: Cut = WHOLE, shrunk: Shrunk | None = None) -> list[str]:
    """The lines a failing seed prints: what broke, what came before, how to see it again. `shrunk`
    is the same made small; then its story is told instead."""
    told = outcome if shrunk is None else shrunk.outcome
    lines = [
        verdict(outcome),
        f"found with {stamp()}",
        f"faults of this seed: {', '.join(outcome.faults) or 'none'}",
    ]
    if shrunk is not None:
        lines += [
            f"made small in {shrunk.runs} runs; what is left of it: "
            f"{shrunk.cut.options() or 'all'}",
            f"there it breaks like this: {told.broken}",
        ]
    lines += [
        f"the last {len(told.last)} of {told.events} events, with seconds since the start:",
        *(f"  {line}" for line in told.last),
        f"run it again: {again(outcome.seed, cut)}",
    ]
    if shrunk is not None:
        lines.append(f"run the small one: {again(outcome.seed, shrunk.cut)}")
    return lines


def as_values(outcome: Outcome) -> dict[str, object]:
    """One outcome for JSON. Events only where a promise was broken."""
    values: dict[str, object] = {
        "seed": outcome.seed,
        "broken": outcome.broken,
        "trace_hash": outcome.trace_hash,
        "events": outcome.events,
        "records": outcome.records,
        "seconds": round(outcome.seconds, 3),
        "faults": list(outcome.faults),
    }
    if outcome.broken:
        values["last"] = list(outcome.last)
    return values
