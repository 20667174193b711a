"""The one thread that writes. It takes whatever is pending, commits it, says so, and starts again.

No linger: while one commit is on its way to the disk the next one collects itself. Besides records
it writes snapshots, fills in `places` and moves the log into the file, all between commits.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import perf_counter

from msgspec import Struct

from ..faults import fault
from . import chain
from .chain import Position
from .contract import Done, JournalBroken, JournalDamaged, Record
from .opening import Opened
from .reading import TROUBLE
from .snapshots import PIECE, Keep, SnapshotWriter

# Of one commit, and those of the turn that reached it: about 20 ms, so that the first of a flood is
# not held up by all.
UNITS_MAX = 2_000
# Rows per statement. A statement gives up the interpreter's lock four times, and while the loop is
# busy it takes `sys.getswitchinterval()` to get it back: so as few statements as can be. Up to
# ROWS_EXACT there is one for every number of rows, and it is the whole transaction.
ROWS_MAX = 256
ROWS_EXACT = 64
IDLE_AFTER = 0.02  # seconds without anything to write; a full window refills within milliseconds
INDEX_IDLE = 256  # records without a place that are worth a commit when idle
INDEX_BEHIND = 8_000  # records without a place, at which it is done in any case
INDEX_SLICE = 1_000  # records: some 4 ms, for which a text that comes now has to wait
NUMBERS_MAX = 200_000  # dialogues whose next number is remembered: about 30 MB
LOG_IDLE = 1_000  # pages of 4 KiB in the log, at which it is moved when idle
LOG_MAX = 2_000  # pages, at which it is moved in any case: some 6 ms and the syncs of the file

_COLUMNS = 9
_INSERTS = {
    rows: "INSERT INTO records (sequence, epoch, dialogue, number, at, version, digest, payload,"
    " hash) VALUES " + ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?, ?)"] * rows)
    for rows in (*range(1, ROWS_EXACT + 1), ROWS_MAX)
}

# The head moves with the records, in the statement that brings them.
_HEAD_FOLLOWS = (
    "CREATE TEMP TRIGGER head_follows AFTER INSERT ON records"
    " BEGIN UPDATE head SET sequence = NEW.sequence, hash = NEW.hash; END"
)

Value = int | float | str | bytes
Outcome = tuple[Done, JournalBroken | None]
Report = Callable[[Sequence[Outcome]], None]


class Unit(Struct, frozen=True, gc=False):
    records: Sequence[Record]
    done: Done


class Stop(Struct, frozen=True, gc=False):
    pass


class NotDense(Exception):
    """What the engine has in memory and what is stored differ. The message says where."""


class Writer:
    """Owns the connection from `start` on. `report` is called in this thread, once per commit."""

    def __init__(
        self, path: Path, opened: Opened, report: Report, committed: Callable[[float], None]
    ) -> None:
        self.broken: str | None = None  # why; set before anybody is told
        self.position = opened.position  # of the last durable record
        self._cause: Exception | None = None
        self._path = path
        self._connection = opened.connection
        self._run_sql = opened.connection.execute
        self._epoch = opened.epoch
        self._report = report
        self._committed = committed
        self._pending: SimpleQueue[list[Unit] | Keep | Stop] = SimpleQueue()
        self._stopping = False
        self._untold: list[Done] = []  # of the units taken from `_pending`, in order
        self._numbers: dict[str, int] = {}  # next number of dialogues seen lately
        self._indexed = opened.indexed
        self._log_pages = 0
        self._snapshots = SnapshotWriter(opened.connection)
        self._thread = Thread(target=self._work, name="journal-writer", daemon=True)

    def start(self) -> None:
        """Give every stored record its place (the memory of numbers is empty), then run."""
        while self._indexed < self.position.sequence:
            self._index()
        self._run_sql(_HEAD_FOLLOWS)
        self._thread.start()

    def put(self, item: list[Unit] | Keep) -> None:
        """Never blocks; wakes the thread only if it has nothing to do. A list is kept."""
        self._pending.put(item)

    def stop(self) -> None:
        """Write everything that was put before, close the connection, and wait for that."""
        self._pending.put(Stop())
        self._thread.join()

    def _work(self) -> None:
        try:
            while not self._stopping or self._snapshots.busy:
                self._turn()
        except BaseException as error:
            self.broken = self.broken or f"{self._path}: the journal's writer died: {error!r}"
            raise
        finally:
            self._connection.close()

    def _turn(self) -> None:
        units = self._take()
        self._untold = [unit.done for unit in units]
        if self.broken is not None:
            self._tell_broken()
            return
        try:
            self._commit(units)
            self._tidy(idle=not units)
        except (*TROUBLE, OSError, JournalDamaged, NotDense) as error:
            self._break(f"{self._path}: {error}", error)
        except Exception as error:  # our own mistake: nobody may wait for an answer for ever
            self._break(f"{self._path}: the journal's writer made a mistake: {error!r}", error)

    def _take(self) -> list[Unit]:
        """Everything pending; waits for something unless there is something to write."""
        units: list[Unit] = []
        pending = self._pending
        with suppress(Empty):
            if self._stopping or self._snapshots.busy:
                item = pending.get(block=False)
            else:
                item = pending.get(timeout=IDLE_AFTER if self._untidy() else None)
            while True:
                if isinstance(item, list):
                    units += item
                elif isinstance(item, Keep):
                    self._snapshots.add(item)
                else:
                    self._stopping = True
                    break
                if len(units) >= UNITS_MAX:
                    break
                item = pending.get(block=False)
        return units

    def _untidy(self) -> bool:
        """Whether there is something that an idle turn would do."""
        if self.broken is not None:
            return False
        behind = self.position.sequence - self._indexed
        return self._snapshots.untidy or behind >= INDEX_IDLE or self._log_pages >= LOG_IDLE

    def _commit(self, units: Sequence[Unit]) -> None:
        """All units in one transaction, up to the first that is not dense."""
        rows: list[Value] = []
        position = self.position
        refused: NotDense | None = None
        taken = 0
        for unit in units:
            try:
                position = self._lay_out(unit.records, position, rows)
            except NotDense as error:
                refused = error
                break
            taken += 1
        keeping = self._snapshots.busy and refused is None
        if rows or keeping:
            began = perf_counter()
            self._write(rows, keeping=keeping)
            self._committed(perf_counter() - began)
            self.position = position
            fault("after_commit_before_ack")
        if refused is not None:
            self.broken = f"{self._path}: {refused}"
        told: list[Outcome] = [(done, None) for done in self._untold[:taken]]
        del self._untold[:taken]
        finished = self._snapshots.committed() if keeping else None
        if finished is not None:
            told.append((finished, None))
        if told:
            self._report(told)
        if refused is not None:
            raise refused

    def _next_number(self, dialogue: str) -> int:
        """For a dialogue that is not remembered: then all its records have their place."""
        (last,) = self._run_sql(
            "SELECT max(number) FROM places WHERE dialogue = ?", (dialogue,)
        ).fetchone()
        return 0 if last is None else int(last) + 1

    def _lay_out(self, records: Sequence[Record], at: Position, rows: list[Value]) -> Position:
        """Put the rows of one unit behind `rows`, or none of them and raise NotDense."""
        sequence, previous, epoch = at.sequence, at.hash, self._epoch
        numbers, begin = self._numbers, len(rows)
        for record in records:
            dialogue, number = record.dialogue, record.number
            expected = numbers.get(dialogue)
            if expected is None:
                expected = self._next_number(dialogue)
            if number != expected:
                del rows[begin:]
                raise NotDense(
                    f"dialogue {dialogue} was given number {number} and the next is"
                    f" {expected}: what is in memory is not what is stored, rebuild it from here"
                )
            numbers[dialogue] = number + 1
            sequence += 1
            previous = chain.hash_of(previous, epoch, sequence, record)
            rows += (
                sequence,
                epoch,
                dialogue,
                number,
                record.at,
                record.version,
                record.digest,
                record.payload,
                previous,
            )
        return Position(sequence, previous)

    def _write(self, rows: list[Value], *, keeping: bool) -> None:
        """One transaction: the rows, the head, and a piece of a snapshot if there is one."""
        left = len(rows) // _COLUMNS
        if 0 < left <= ROWS_EXACT and not keeping:
            fault("before_commit")
            self._run_sql(_INSERTS[left], rows)
        else:
            self._write_more(rows, left, keeping=keeping)
        self._log_pages += 3 + len(rows) // (_COLUMNS * 4) + (PIECE // 4096 if keeping else 0)

    def _write_more(self, rows: list[Value], left: int, *, keeping: bool) -> None:
        run = self._run_sql
        run("BEGIN IMMEDIATE")
        at = 0
        while left:
            size = ROWS_MAX if left >= ROWS_MAX else min(left, ROWS_EXACT)
            run(_INSERTS[size], rows[at : at + size * _COLUMNS])
            at += size * _COLUMNS
            left -= size
        if keeping:
            self._snapshots.write_piece()
        fault("before_commit")
        run("COMMIT")

    def _tidy(self, *, idle: bool) -> None:
        """What can wait. Nobody is told anything, so texts go first."""
        if self.position.sequence - self._indexed >= (INDEX_IDLE if idle else INDEX_BEHIND):
            self._index()
        if len(self._numbers) > NUMBERS_MAX:
            while self._indexed < self.position.sequence:
                self._index()
            self._numbers.clear()
        if idle and self._snapshots.untidy:
            self._snapshots.clear()
        if self._log_pages >= (LOG_IDLE if idle else LOG_MAX):
            self._run_sql("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            self._log_pages = 0

    def _index(self) -> None:
        """Give the next records their place; in order of dialogue, so that pages are shared."""
        upper = min(self._indexed + INDEX_SLICE, self.position.sequence)
        run = self._run_sql
        run("BEGIN IMMEDIATE")
        run(
            "INSERT INTO places SELECT dialogue, number, sequence FROM records"
            " WHERE sequence > ? AND sequence <= ? ORDER BY dialogue, number",
            (self._indexed, upper),
        )
        run("UPDATE head SET indexed = ?", (upper,))
        run("COMMIT")
        self._log_pages += (upper - self._indexed) // 4 + 2
        self._indexed = upper

    def _break(self, reason: str, error: Exception) -> None:
        """From now on nothing is written by this handle. Everybody who waits is told so."""
        self.broken = self.broken or reason
        self._cause = error
        with suppress(sqlite3.Error):  # given up in any case; reopening finds what is there
            self._connection.rollback()
        self._tell_broken()

    def _tell_broken(self) -> None:
        reason = JournalBroken(self.broken)
        reason.__cause__ = self._cause
        dones = [*self._untold, *self._snapshots.give_up()]
        self._untold = []
        if dones:
            self._report([(done, reason) for done in dones])
