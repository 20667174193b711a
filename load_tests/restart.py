"""How long the real daemon needs until it takes texts again, on the journal of a surge.

    python -m load_tests.restart [--records 1000000] [--dialogues 100000] [--tail 60000]
                                 [--keep FOLDER] [--rounds 3] [--small] [--json]

A real engine fills a real journal (`population`). The daemon is killed with no goodbye, so what it
finds is a snapshot, and behind it `--tail` records. The policy takes a snapshot every 50,000
records; killed just before one is durable, a daemon leaves those and what came while it was being
written: 60,000 in all, if that took ten seconds at 1,000 records a second. Then, on a copy of the
journal each time:

- **ready**: from exec to 200 on /readyz, by snapshot and tail, and by full replay (no snapshot);
- **parts**: the same steps in one process, each timed.

`--small` measures the same on an empty journal: what a start costs that has nothing to do with it.
`--keep` keeps the journal there for the next run. Bytecode is compiled beforehand, as an installed
package has it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from .gateway import ROOT, Carrier, Gateway
from .population import fill
from .scratch import scratch, undo_on_sigterm

CARRIERS = (Carrier("one", "load-911"),)
READY_WITHIN = 300.0  # seconds
LOOK_EVERY = 0.002  # seconds between two looks at /readyz
BUDGETS = {"by snapshot": 5.0, "by full replay": 5.0, "small": 2.0}  # seconds from exec to ready
BY_SNAPSHOT, BY_REPLAY, SMALL = BUDGETS
JOURNAL = Path("journal") / "text911.journal"  # in the configuration directory


def environment(folder: Path) -> Mapping[str, str]:
    """Compiled modules are kept, as they are when a package is installed."""
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "compiled")}


def lay(journal: Path | None, folder: Path, snapshots: bool) -> Gateway:
    """A gateway on a copy of `journal`; without its snapshots if so asked."""
    gateway = Gateway(folder, CARRIERS)
    if journal is not None:
        target = gateway.directory / JOURNAL
        target.parent.mkdir(mode=0o700)
        shutil.copy(journal, target)
        if not snapshots:
            with closing(sqlite3.connect(target)) as connection, connection:
                connection.execute("DELETE FROM snapshots")
                connection.execute("DELETE FROM snapshot_parts")
    return gateway


def ready_after(gateway: Gateway, compiled: Path) -> float:
    """Seconds from exec to the first 200; the daemon is killed then, as every time before."""
    began = time.perf_counter()
    gateway.launch(environment(compiled))
    while not gateway.ready:
        if time.perf_counter() - began > READY_WITHIN or gateway.program.exit_code() is not None:
            raise RuntimeError(f"the gateway is not ready:\n{gateway.program.tail()}")
        time.sleep(LOOK_EVERY)
    seconds = time.perf_counter() - began
    gateway.kill()
    return seconds


def parts(gateway: Gateway, compiled: Path) -> Mapping[str, object]:
    """What `phases` says of the same start, step by step."""
    told = subprocess.run(
        [sys.executable, "-m", "load_tests.phases", str(gateway.directory)],
        cwd=ROOT,
        env={**os.environ, **environment(compiled)},
        capture_output=True,
        text=True,
        check=True,
    )
    found: Mapping[str, object] = json.loads(told.stdout)
    return found


def measure(journal: Path | None, name: str, rounds: int, place: Path) -> dict[str, object]:
    took: list[float] = []
    steps: Mapping[str, object] = {}
    for number in range(rounds + 1):
        folder = place / f"{name} {number}".replace(" ", "-")
        folder.mkdir()
        gateway = lay(journal, folder, snapshots=name != BY_REPLAY)
        if number < rounds:
            took.append(ready_after(gateway, place))
        else:
            steps = parts(gateway, place)
        shutil.rmtree(folder)
    took.sort()
    goal = BUDGETS[name]
    return {
        "ready_s": [round(one, 2) for one in took],
        "median_s": round(took[len(took) // 2], 2),
        "goal_s": goal,
        "met": took[len(took) // 2] <= goal,
        "parts_s": steps,
    }


def main() -> int:
    undo_on_sigterm()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--dialogues", type=int, default=100_000)
    parser.add_argument("--tail", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="keep the journal in this folder, or use it")
    parser.add_argument("--small", action="store_true", help="only a start on an empty journal")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with scratch("restart", Path()) as place:
        ready_after(lay(None, place / "compile", snapshots=True), place)
        figures = {SMALL: measure(None, SMALL, asked.rounds, place)}
        if not asked.small:
            journal = (asked.keep or place / "surge") / "journal"
            if not journal.exists():
                fill(journal, asked.records, asked.dialogues, asked.tail)
            for kind in (BY_SNAPSHOT, BY_REPLAY):
                figures[kind] = measure(journal, kind, asked.rounds, place)
    budget = {"met": all(found["met"] for found in figures.values())}
    say = sys.stdout.write
    if asked.json:
        say(json.dumps({**figures, "budget": budget}) + "\n")
        return 0
    for kind, found in figures.items():
        say(f"{kind}:\n")
        say("".join(f"    {what}: {value}\n" for what, value in found.items()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
