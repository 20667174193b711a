"""A real journal file for tests, with a queue in the place of the loop."""

from __future__ import annotations

import resource
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from text911.gateway.journal.contract import Done, JournalBroken, Record, Snapshot
from text911.gateway.journal.sqlite import SqliteJournal

from .conformance import Told, record

STUCK_AFTER = 60  # seconds; far more than any disk needs: something is wrong


class Counted(SqliteJournal):
    """Knows how many `done` are still to be called."""

    outstanding = 0

    def append(self, records: Sequence[Record], done: Done) -> None:
        super().append(records, self._counting(done))
        self.outstanding += 1

    def save_snapshot(self, snapshot: Snapshot, done: Done) -> None:
        super().save_snapshot(snapshot, self._counting(done))
        self.outstanding += 1

    def _counting(self, done: Done) -> Done:
        def counted(outcome: JournalBroken | None) -> None:
            self.outstanding -= 1
            done(outcome)

        return counted


class SqliteBench:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.complaints: list[str] = []
        self.calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.journal = self._open()

    def _open(self) -> Counted:
        return Counted(self.path, self.calls.put, self.complaints.append)

    def settle(self) -> None:
        while self.journal.outstanding:
            self.calls.get(timeout=STUCK_AFTER)()

    def break_disk(self) -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))

    def mend_disk(self) -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))

    def restart(self) -> None:
        self.journal.close()
        self.journal = self._open()

    def close(self) -> None:
        self.journal.close()

    def write(self, *units: Sequence[Record]) -> None:
        told = Told()
        for unit in units:
            self.journal.append(unit, told.of(""))
        self.settle()
        assert told.bad == []


@contextmanager
def opened(path: Path) -> Generator[SqliteBench]:
    bench = SqliteBench(path)
    try:
        yield bench
    finally:
        bench.close()


def story(dialogues: int = 4, each: int = 5, size: int = 40) -> list[Record]:
    """Records of some dialogues, interleaved; every payload another."""
    return [
        record(f"dialogue-{d}", number, f"{d}/{number}".encode().ljust(size, b"."), float(number))
        for number in range(each)
        for d in range(dialogues)
    ]
