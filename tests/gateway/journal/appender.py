"""A process that appends for ever and prints the dialogue of every unit that was acknowledged.

Run by the tests as `python appender.py JOURNAL SIZE WINDOW`: it is killed, or its disk fills up.
Every unit is three records of one dialogue of its own, so that a torn one shows. On JournalBroken
it prints `broken ...`, waits for a line on its input, reopens, prints `reopened N` (records there)
and appends one unit more.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from queue import SimpleQueue

from text911.gateway import faults
from text911.gateway.journal.contract import JournalBroken, Record
from text911.gateway.journal.sqlite import OnLoop, SqliteJournal


def unit(name: str, size: int) -> list[Record]:
    return [Record(name, number, 1.0, 1, b"", bytes(size)) for number in range(3)]


class Appender:
    def __init__(self, journal: SqliteJournal, size: int) -> None:
        self.broken: JournalBroken | None = None
        self._journal = journal
        self._size = size
        self._count = 0

    def one(self) -> None:
        name = f"{os.getpid()}-{self._count}"
        self._count += 1

        def done(outcome: JournalBroken | None) -> None:
            if outcome is not None:
                self.broken = outcome
                return
            os.write(1, f"{name}\n".encode())
            if self.broken is None:
                try:
                    self.one()
                except JournalBroken as error:
                    self.broken = error

        self._journal.append(unit(name, self._size), done)


def say(outcome: JournalBroken | None) -> None:
    os.write(1, f"{outcome}\n".encode())


def main(path: str, size: str, window: str) -> None:
    faults.arm(os.environ.get(faults.VARIABLE, ""))
    calls: SimpleQueue[object] = SimpleQueue()
    on_loop: OnLoop = calls.put
    journal = SqliteJournal(Path(path), on_loop)
    appender = Appender(journal, int(size))
    for _ in range(int(window)):
        appender.one()
    while appender.broken is None:
        call = calls.get()
        assert callable(call)
        call()
    os.write(1, f"broken {appender.broken}\n".encode())
    sys.stdin.readline()
    journal.reopen()
    os.write(1, f"reopened {sum(1 for _ in journal.read())}\n".encode())
    journal.append(unit("after", int(size)), say)
    journal.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
