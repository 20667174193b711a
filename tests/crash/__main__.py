"""The crash lab: the real process, killed, stopped, starved of disk, told another time.

    python -m tests.crash                     all of it, the long way (make crash)
    python -m tests.crash --short             a small version of every scenario (make crash-short)
    python -m tests.crash --only kills --seed 7
    python -m tests.crash power --images 100  power loss alone

One line per scenario; --json writes everything to a file. Exit 1 when a promise broke; what the
gateway left on the disk is then kept below build/crash/, and where is said; what the lab itself
stumbled over stays where it was. Ctrl-C and SIGTERM leave nothing behind. Counts are strict.
Times are judged with a factor, because other work runs beside the lab; LAB_QUIET=1 takes it away.
What cannot be played here is skipped and says so; with CI=true that is a failure.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from load_tests.gateway import ROOT
from load_tests.scratch import scratch, undo_on_sigterm
from tests.journeys.tools import ensure

from . import power
from .disks import disk_full, io_errors, slow_disk
from .kept import kept
from .lives import Setting, clock, kills, stops
from .outcome import Outcome, Skipped

IMAGES, IMAGES_SHORT = 500, 25
BROKEN = ROOT / "build" / "crash"  # what is left of scenarios in which a promise broke
TEXTS_SHORT = 200


def power_loss(setting: Setting) -> Outcome:
    """What a disk may hold after a power cut, and the product on each such disk."""
    outcome = Outcome("power")
    images = setting.some(IMAGES, IMAGES_SHORT)
    verdict = power.run(images, setting.seed, setting.some(power.TEXTS, TEXTS_SHORT))
    outcome.strict("bad images", verdict.bad)
    outcome.sentences += [verdict.in_words()]
    outcome.figures["images"] = images
    return outcome


SCENARIOS: Mapping[str, Callable[[Setting], Outcome]] = {
    "kills": kills,
    "kept": kept,
    "stops": stops,
    "clock": clock,
    "disk_full": disk_full,
    "slow_disk": slow_disk,
    "io_errors": io_errors,
    "power": power_loss,
}
BUILT = frozenset({"clock", "slow_disk", "io_errors", "power"})  # with gcc


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--short", action="store_true", help="a small version of each")
    parser.add_argument("--only", action="append", choices=list(SCENARIOS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--disk", type=Path, help="folder on the journal's disk")
    parser.add_argument("--json", type=Path, help="write everything to this file")
    return parser.parse_args()


def play(name: str, setting: Setting) -> Outcome:
    """Raises Skipped."""
    if name in BUILT and (why := ensure("gcc")):
        raise Skipped(why)
    began = time.monotonic()
    outcome = SCENARIOS[name](setting)
    outcome.figures["took"] = round(time.monotonic() - began)
    return outcome


def main() -> int:
    undo_on_sigterm()
    asked = arguments()
    broken = 0
    played: list[dict[str, object]] = []
    for name in asked.only or SCENARIOS:
        with scratch("crash", asked.disk) as folder:
            try:
                outcome = play(name, Setting(folder, asked.seed, asked.short))
            except Skipped as why:
                in_ci = os.environ.get("CI") == "true"
                broken += in_ci
                say(f"{name:<10} {'CANNOT BE PLAYED' if in_ci else 'SKIPPED'}: {why}")
                continue
            if not outcome.good:
                outcome.sentences.append(f"kept: {_kept_at(folder, name, asked.seed)}")
        broken += not outcome.good
        played.append(outcome.plain())
        say(outcome.in_words())
    if asked.json:
        asked.json.write_text(json.dumps(played, indent=1) + "\n")
    return 1 if broken else 0


def _kept_at(folder: Path, name: str, seed: int) -> Path:
    """What the scenario left behind, out of the way of the next run of it."""
    BROKEN.mkdir(parents=True, exist_ok=True)
    kept = Path(tempfile.mkdtemp(prefix=f"{name}-{seed}-", dir=BROKEN))
    shutil.copytree(folder, kept, ignore=_no_files, dirs_exist_ok=True)
    return kept


def _no_files(folder: str, names: list[str]) -> list[str]:
    """Sockets and pipes cannot be copied."""
    return [x for x in names if not (Path(folder, x).is_file() or Path(folder, x).is_dir())]


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(power.main(sys.argv[2:]) if sys.argv[1:2] == ["power"] else main())
