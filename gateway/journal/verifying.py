"""Checking a whole journal: every record, every page, every snapshot, the index.

What this cannot show: records cut off at the end together with the note of how many there were, or
the whole file put back to an earlier copy. What is left is then sound in itself. Only checkpoints
of the chain that are kept somewhere else show that.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from . import chain, log_file, reading
from .chain import Position
from .contract import JournalDamaged, Stored
from .reading import COLUMNS, PAGE, Row, holds

Progress = Callable[[int, int], None]  # records checked, records in all


@dataclass(frozen=True, slots=True)
class Verdict:
    """`problem` is "" when all is what was written. The first bad record is named by `epoch` and
    `sequence`, `dialogue` and `number` as far as they are known (a missing one has only a
    sequence); none of them is set when the damage is not in one record."""

    path: Path
    records: int  # checked and sound, before the first bad one
    head: Position  # of the last sound record: what a checkpoint kept elsewhere is compared with
    problem: str = ""
    epoch: int | None = None
    sequence: int | None = None
    dialogue: str | None = None
    number: int | None = None

    @property
    def good(self) -> bool:
        return not self.problem


class _Bad(Exception):
    """Found: the message is the problem."""

    def __init__(self, problem: str, sequence: int | None = None, entry: Stored | None = None):
        super().__init__(problem)
        self.sequence = sequence
        self.entry = entry


def verify(path: Path, progress: Progress = lambda done, of: None) -> Verdict:
    """Check all that is stored. Works beside a running daemon, on what was committed so far.

    Raises JournalBroken when the file cannot be opened at all (not there, no permission, newer).
    """
    walk = _Walk(path, progress)
    bad: _Bad
    try:
        if not log_file.is_written(path):
            log_file.check(path)
        with reading.reader(path) as connection:
            connection.text_factory = _lenient
            walk.chain(connection)
            _check_pages(connection)
            _check_places(connection)
            _check_snapshots(connection)
        return Verdict(path, walk.at.sequence, walk.at)
    except _Bad as found:
        bad = found
    except JournalDamaged as error:
        bad = _Bad(str(error))
    except reading.TROUBLE as error:
        bad = _Bad(str(reading.explained(error, path, "reading the log")))
    entry = bad.entry
    return Verdict(
        path,
        walk.at.sequence,
        walk.at,
        str(bad),
        entry.epoch if entry else None,
        bad.sequence,
        entry.record.dialogue if entry else None,
        entry.record.number if entry else None,
    )


def _lenient(octets: bytes) -> str:
    """A damaged text must reach the hash, which then differs, instead of stopping the read."""
    return octets.decode("utf-8", "replace")


class _Walk:
    """Along the chain, and what is known so far."""

    def __init__(self, path: Path, progress: Progress) -> None:
        self.at = Position()
        self._path = path
        self._progress = progress
        self._epoch = 1
        self._numbers: dict[str, int] = {}

    def chain(self, connection: sqlite3.Connection) -> None:
        last, _ = reading.head(connection, self._path)
        epochs = _epochs(connection)
        for entry in self._entries(connection):
            if entry.sequence % PAGE == 0:
                self._progress(entry.sequence, max(last.sequence, entry.sequence))
            self._check(connection, entry, epochs)
        noted, _ = reading.head(connection, self._path)
        promised = max([last.sequence, *epochs.values()])
        if promised > self.at.sequence:
            raise _Bad(
                f"record {self.at.sequence + 1} and all after it are missing: {promised} records"
                " had been written",
                self.at.sequence + 1,
            )
        if noted.sequence == self.at.sequence and noted.hash != self.at.hash:
            raise _Bad("the note of the last record's hash (table head) was altered")
        if noted.sequence < self.at.sequence:
            raise _Bad(
                f"the note of the last record (table head) says {noted.sequence}, and there are"
                f" {self.at.sequence}"
            )
        self._progress(self.at.sequence, self.at.sequence)

    def _entries(self, connection: sqlite3.Connection) -> Iterator[Stored]:
        query = f"SELECT {COLUMNS} FROM records WHERE sequence > ? ORDER BY sequence LIMIT {PAGE}"
        after = -(2**63)
        while True:
            rows: list[Row] = []
            try:
                for row in connection.execute(query, (after,)):
                    rows.append(row)
                trouble = None
            except reading.TROUBLE as error:
                trouble = error
            for row in rows:
                yield reading.stored(row)
            if trouble is not None:
                raise _Bad(
                    f"the file is damaged where record {self.at.sequence + 1} should be: {trouble}",
                    self.at.sequence + 1,
                )
            if not rows:
                return
            after = rows[-1][1]

    def _check(self, connection: sqlite3.Connection, entry: Stored, epochs: dict[int, int]) -> None:
        expected = self.at.sequence + 1
        if entry.sequence < 1:
            raise _Bad(
                f"there is a record {entry.sequence} before the first", entry.sequence, entry
            )
        if entry.sequence != expected:
            missing = _span(expected, entry.sequence - 1)
            raise _Bad(f"{missing} missing", expected)
        if not holds(self.at.hash, entry):
            raise _Bad(self._what_is_wrong(connection, entry), entry.sequence, entry)
        if entry.epoch < self._epoch or epochs.get(entry.epoch, entry.sequence) >= entry.sequence:
            raise _Bad(
                f"writer epoch {entry.epoch} is not one that wrote here", entry.sequence, entry
            )
        record = entry.record
        dense = self._numbers.get(record.dialogue, 0)
        if record.number != dense:
            raise _Bad(f"the number should be {dense}", entry.sequence, entry)
        self._numbers[record.dialogue] = dense + 1
        self._epoch = entry.epoch
        self.at = Position(entry.sequence, entry.hash)

    def _what_is_wrong(self, connection: sqlite3.Connection, entry: Stored) -> str:
        """Which part of a record that does not fit its predecessor was altered, as far as the
        records around it prove it."""
        written_as = self._belongs_to(connection, entry)
        if written_as is not None:
            return f"the order was altered: what stands here was written as record {written_as}"
        following = _entry_at(connection, entry.sequence + 1)
        if following is None:
            return "its payload, its header or its hash was altered (it is the last record)"
        if holds(entry.hash, following):
            return (
                "its payload or its header (epoch, dialogue, number, at, version, digest) was"
                " altered; the hash is the one that was written"
            )
        try:
            whole = chain.hash_of(self.at.hash, entry.epoch, entry.sequence, entry.record)
        except TypeError:
            whole = b""
        if holds(whole, following):
            return "its hash was altered; payload and header are what was written"
        return (
            "it does not follow from the record before it, nor the next one from it: several"
            " records were altered, or one was taken out and the rest renumbered"
        )

    def _belongs_to(self, connection: sqlite3.Connection, entry: Stored) -> int | None:
        """The sequence under which this record was written, if it was another one and the hash
        before that one is still stored. Reads everything once, only when damage was found."""
        before = self.at.hash
        for row in connection.execute(
            "SELECT sequence, hash FROM records WHERE sequence >= ? ORDER BY sequence",
            (entry.sequence,),
        ):
            sequence, hashed = row
            for shift, previous in ((0, before), (0, hashed), (1, hashed)):
                moved = Stored(entry.epoch, sequence + shift, entry.record, entry.hash)
                if moved.sequence == entry.sequence or not isinstance(previous, bytes):
                    continue
                if holds(previous, moved):
                    return moved.sequence
            before = hashed
        return None


def _entry_at(connection: sqlite3.Connection, sequence: int) -> Stored | None:
    try:
        row = connection.execute(
            f"SELECT {COLUMNS} FROM records WHERE sequence = ?", (sequence,)
        ).fetchone()
    except reading.TROUBLE:  # the damage goes on; what is known is enough
        return None
    return reading.stored(row) if row else None


def _span(first: int, last: int) -> str:
    return f"record {first} is" if first == last else f"records {first} to {last} are"


def _epochs(connection: sqlite3.Connection) -> dict[int, int]:
    """Writer epoch -> the last record before it."""
    rows = connection.execute("SELECT epoch, after FROM writers").fetchall()
    if not all(isinstance(value, int) for row in rows for value in row):
        raise _Bad("the list of writers (table writers) was altered")
    return dict(rows)


def _check_pages(connection: sqlite3.Connection) -> None:
    (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise _Bad(f"all records are sound, but the file around them is damaged: {found}")


def _check_places(connection: sqlite3.Connection) -> None:
    """The index of dialogues says where every record up to `head.indexed` is, and nothing else."""
    row = connection.execute(
        "SELECT r.epoch, r.sequence FROM records r, head h LEFT JOIN places p"
        " ON p.dialogue = r.dialogue AND p.number = r.number"
        " WHERE r.sequence <= h.indexed AND p.sequence IS NOT r.sequence"
        " ORDER BY r.sequence LIMIT 1"
    ).fetchone()
    if row is not None:
        entry = _entry_at(connection, row[1])
        raise _Bad("the index of dialogues does not lead to it", row[1], entry)
    (extra,) = connection.execute(
        "SELECT (SELECT count(*) FROM places)"
        " - (SELECT count(*) FROM records r, head h WHERE r.sequence <= h.indexed)"
    ).fetchone()
    if extra:
        raise _Bad(f"the index of dialogues has {extra} entries that lead to no record")


def _check_snapshots(connection: sqlite3.Connection) -> None:
    for (ident,) in connection.execute("SELECT id FROM snapshots ORDER BY id").fetchall():
        fault, _ = reading.examine_snapshot(connection, ident)
        if fault:
            raise _Bad(
                f"snapshot {ident} is damaged: {fault}. All records are sound; a restart replays"
                " more of them instead"
            )
