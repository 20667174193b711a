"""The load tests, against the real daemon on this machine's loopback.

    python -m load_tests --quick          one round of everything, about two minutes
    python -m load_tests --full           median of five rounds, each between two calibrations
    python -m load_tests --only "1,000/s" --rounds 3 --json FILE

Prints the budgets of DESIGN 7 that can be measured so far, as ratios to their limits. Exit 1 when
one is missed, 0 otherwise; *inconclusive* means that no round was fit to judge by, and says why. On
a machine with nothing else to do set LOAD_QUIET=1: then tails and absolute figures gate too.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import sys
import tempfile
import textwrap
from collections.abc import Sequence
from pathlib import Path

from . import others
from .budgets import Calibration, of
from .calibrators import Calibrators
from .scenarios import SCENARIOS, Setting
from .scratch import undo_on_sigterm
from .verdict import Judged, Result, Round, judge, why_void

FULL_ROUNDS = 5
EXTRA_ROUNDS = 3  # more tries for a scenario whose rounds were void (facts: "retry up to 3")


def say(line: str = "") -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m load_tests", description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="one short round (the default)")
    length.add_argument("--full", action="store_true", help=f"{FULL_ROUNDS} longer rounds")
    parser.add_argument("--rounds", type=int, help="rounds per scenario")
    parser.add_argument("--only", action="append", choices=[*SCENARIOS, *others.PARTS])
    parser.add_argument("--disk", type=Path, help="folder on the journal's disk")
    parser.add_argument("--json", type=Path, help="write everything measured to this file")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    return parser.parse_args()


def measure(names: Sequence[str], rounds: int, extra: int, setting: Setting) -> list[Round]:
    """All rounds, interleaved: each scenario once, then all again, calibrating in between."""
    taken: list[Round] = []
    number = 0
    with Calibrators(setting.disk) as calibrators:
        before = calibrators.take()
        for turn in range(rounds + extra):
            for name in names:
                valid = sum(r.scenario == name and not why_void(r) for r in taken)
                if turn >= rounds and valid >= rounds:
                    continue
                one = SCENARIOS[name](setting, number)
                number += 2  # a scenario may play two rounds
                after = calibrators.take()
                taken.append(Round(name, one.figures, before, after, one.foreign, one.lateness))
                report_round(taken[-1], one.notes)
                before = after
    return taken


def report_round(taken: Round, notes: Sequence[str]) -> None:
    figures = ", ".join(f"{name} {value:.3g}" for name, value in taken.figures.items())
    say(f"{taken.scenario}: {figures}")
    for note in (*(f"void: {why}" for why in why_void(taken)), *notes):
        say(f"    {note}")


def report_calibration(calibration: Calibration) -> None:
    c = calibration
    say(f"calibrators: E {c.e:.1f} us, R {c.r:.0f} us, F {c.f:.0f} us (p99 {c.f_p99:.0f} us)")


def report(judged: Sequence[Judged], parts: Sequence[others.Part]) -> None:
    say()
    say(f"{'budget':48} {'goal':>13} {'figure':>10} {'limit':>10} {'ratio':>6}  result")
    for one in judged:
        budget = one.budget
        rounds = "" if budget.exact else f" ({one.valid} of {one.taken} rounds)"
        say(
            f"{budget.name:48} {budget.words:>13} {one.figure:>10.4g} {one.limit:>10.4g}"
            f" {one.ratio:>6.2f}  {one.result.value}{rounds}"
        )
    for part in parts:
        say(f"{part.name:91} {part.verdict}")
        lines = textwrap.wrap("; ".join(part.words), 94)
        say("\n".join(f"    {line}" for line in lines))


def main() -> int:
    undo_on_sigterm()
    given = arguments()
    quiet = os.environ.get("LOAD_QUIET") == "1"
    full: bool = given.full
    rounds: int = given.rounds or (FULL_ROUNDS if full else 1)
    disk: Path = given.disk or Path(tempfile.gettempdir())
    setting = Setting(disk, *((10.0, 60_000) if full else (4.0, 20_000)))
    wanted: list[str] = given.only or [*SCENARIOS, *others.PARTS]
    names = [name for name in SCENARIOS if name in wanted]
    taken = measure(names, rounds, EXTRA_ROUNDS if full else 0, setting) if names else []
    parts = [others.run(name, disk, full) for name in others.PARTS if name in wanted]
    judged = [
        judge(budget, [r for r in taken if r.scenario == name], quiet)
        for name in names
        for budget in of(name, next(r.figures for r in taken if r.scenario == name))
    ]
    if taken:
        report_calibration(taken[-1].calibration)
    report(judged, parts)
    if given.json:
        write(given.json, taken, judged, parts)
    missed = any(one.result is Result.FAIL for one in judged) or any(p.code for p in parts)
    return 1 if missed else 0


def write(
    path: Path, taken: Sequence[Round], judged: Sequence[Judged], parts: Sequence[others.Part]
) -> None:
    machine = {
        "python": platform.python_version(), "kernel": platform.release(), "cores": os.cpu_count(),
    }  # fmt: skip
    budgets = [
        {
            "budget": one.budget.name, "goal": one.budget.words, "unit": one.budget.unit,
            "mode": one.budget.mode.value, "figure": one.figure, "limit": one.limit,
            "ratio": one.ratio, "result": one.result.value, "valid": one.valid,
        }
        for one in judged
    ]  # fmt: skip
    rounds = [{**dataclasses.asdict(r), "void": why_void(r)} for r in taken]
    parts_out = [dataclasses.asdict(part) for part in parts]
    whole = {"machine": machine, "budgets": budgets, "rounds": rounds, "parts": parts_out}
    path.write_text(json.dumps(whole, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
