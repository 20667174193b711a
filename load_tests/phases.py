"""The steps of the daemon's start, each timed, in one process: `restart` runs it as a child.

    python -m load_tests.phases CONFIGURATION_DIRECTORY

Prints one JSON object: per step, seconds by the clock and of the processor; on a machine with other
work the second is what the step itself costs. The same calls in the same order as in
`gateway/daemon.py`, without the listening sockets.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path


class Steps:
    def __init__(self) -> None:
        self.seconds: dict[str, tuple[float, float]] = {}
        self._since = time.perf_counter(), 0.0

    def mark(self, name: str) -> None:
        now = time.perf_counter(), time.process_time()
        wall, cpu = now[0] - self._since[0], now[1] - self._since[1]
        self.seconds[name] = round(wall, 3), round(cpu, 3)
        self._since = now


def main() -> int:
    steps = Steps()
    gc.disable()
    from text911.gateway import daemon
    from text911.gateway.composition import Geography
    from text911.gateway.config import load
    from text911.gateway.journal.sqlite import SqliteJournal

    from .population import engine, utc

    assert daemon is not None
    steps.mark("import")
    configuration = load(Path(sys.argv[1]))
    steps.mark("configuration")
    Geography(configuration)
    steps.mark("geography")
    journal = SqliteJournal(configuration.journal_path, lambda what: what())
    steps.mark("open the journal, check its tail")
    snapshot = journal.last_snapshot()
    steps.mark("read the snapshot")
    risen = engine(journal, utc)
    if snapshot is not None:
        risen.restore(snapshot, ())
    steps.mark("restore the snapshot")
    records = risen.restore(None, journal.read(snapshot.up_to if snapshot else 0))
    steps.mark("read and restore the tail")
    gc.freeze()
    steps.mark("freeze")
    for _ in risen.resume():
        pass
    steps.mark("after ready: take all dialogues up")
    journal.close()
    told = {"records": records, "dialogues": len(risen), **steps.seconds}
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
