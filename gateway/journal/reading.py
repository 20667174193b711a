"""Reading the journal: rows into records, with the chain checked on the way.

Every read has a connection of its own that cannot write, and holds no transaction between two
pages of rows: a slow reader never keeps the writer from reusing its log.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

from . import chain, schema
from .chain import GENESIS, Position
from .contract import JournalBroken, JournalDamaged, Record, Snapshot, Stored

PAGE = 1_000  # rows fetched at once: a few hundred kilobytes, well under 10 ms

COLUMNS = "epoch, sequence, dialogue, number, at, version, digest, payload, hash"
Row = tuple[int, int, str, int, float, int, bytes, bytes, bytes]

_DAMAGED = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_ERROR,  # a table is missing
    sqlite3.SQLITE_CONSTRAINT,  # two records in one place
}


class Listed(Struct, frozen=True, gc=False):
    """One dialogue in a listing. Times are UTC seconds of its first and last record."""

    dialogue: str
    records: int
    first_at: float
    last_at: float


# What sqlite3 raises for a damaged file. It decodes names and messages out of the file itself, so
# that damage can also show as text that is none.
TROUBLE = (sqlite3.Error, UnicodeDecodeError)


def explained(
    error: sqlite3.Error | UnicodeDecodeError, path: Path, doing: str
) -> JournalBroken | JournalDamaged:
    """What an sqlite3 error while opening or reading means for the operator."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None or code & 0xFF in _DAMAGED or code == sqlite3.SQLITE_IOERR_SHORT_READ:
        return JournalDamaged(
            f"{path} is damaged: {error} (while {doing}). Keep the file, run"
            " `text911 audit verify` on it, and restore a backup"
        )
    return JournalBroken(
        f"{path}: {error} (while {doing}). Check that the disk has space, works, and that this"
        " user may write there"
    )


@contextmanager
def reader(path: Path) -> Generator[sqlite3.Connection]:
    """A connection that sees only what is committed and can change nothing.

    Raises JournalBroken when the file cannot be read, JournalDamaged when it is damaged or not a
    journal; sqlite3 errors inside the block become one of the two.
    """
    if not path.is_file():
        raise JournalBroken(
            f"{path}: there is no such file: a gateway makes it when it first starts; else check"
            " the journal's path"
        )
    try:
        connection = _connect(path)
        try:
            schema.stored_version(connection, path)
            yield connection
        finally:
            connection.close()
    except TROUBLE as error:
        raise explained(error, path, "reading") from error


def _connect(path: Path) -> sqlite3.Connection:
    mode = "mode=ro"
    try:
        return _probed(path, mode)
    except sqlite3.OperationalError as error:
        # A cleanly closed journal in a directory where nothing can be created (an archive on
        # read-only media) has no log beside it and nobody who writes: reading it as it is is safe.
        alone = not Path(f"{path}-wal").exists()
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CANTOPEN or not alone:
            raise
        return _probed(path, f"{mode}&immutable=1")


def _probed(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"file:{quote(str(path.absolute()))}?{mode}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA query_only = 1")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except TROUBLE:
        connection.close()
        raise
    return connection


def stored(row: Row) -> Stored:
    """A row of COLUMNS as a value. Types are not checked: `checked` does."""
    epoch, sequence, dialogue, number, at, version, digest, payload, digest_of_all = row
    record = Record(dialogue, number, at, version, digest, payload)
    return Stored(epoch, sequence, record, digest_of_all)


def holds(previous: bytes, entry: Stored) -> bool:
    """Whether `entry` is what was written after a record with the hash `previous`."""
    try:
        expected = chain.hash_of(previous, entry.epoch, entry.sequence, entry.record)
    except TypeError:  # a damaged column came back as another type
        return False
    return expected == entry.hash


def hash_at(connection: sqlite3.Connection, sequence: int) -> bytes | None:
    """The stored hash of a record; that before the first one for 0; None when there is none."""
    if sequence == 0:
        return GENESIS
    found = connection.execute("SELECT hash FROM records WHERE sequence = ?", (sequence,))
    row: tuple[bytes] | None = found.fetchone()
    return row[0] if row else None


def head(connection: sqlite3.Connection, path: Path) -> tuple[Position, int]:
    """(the last record, how far `places` goes) as the writer noted them with its last commit."""
    row = connection.execute("SELECT sequence, hash, indexed FROM head").fetchone()
    if row is None or [type(value) for value in row] != [int, bytes, int]:
        raise JournalDamaged(f"{path}: the table head is damaged: restore a backup")
    return Position(row[0], row[1]), row[2]


def walk(connection: sqlite3.Connection, path: Path, after: int) -> Iterator[Stored]:
    """Everything after `after`, in order, each record checked against its predecessor.

    Raises JournalDamaged at the first record that is not what was written, and at the end when
    records that were committed are missing there.
    """
    previous = hash_at(connection, after)
    if previous is None:
        raise JournalDamaged(
            f"{path}: record {after} is missing: run `text911 audit verify {path}`"
        )
    at = after
    hash_of = chain.hash_of
    while True:
        last, _ = head(connection, path)
        rows: list[Row] = connection.execute(
            f"SELECT {COLUMNS} FROM records WHERE sequence > ? ORDER BY sequence LIMIT {PAGE}",
            (at,),
        ).fetchall()
        # A start waits for this loop, so it makes nothing that it does not hand on.
        for epoch, sequence, dialogue, number, moment, version, digest, payload, hashed in rows:
            at += 1
            if sequence != at:
                raise _damaged(path, at, "is missing")
            record = Record(dialogue, number, moment, version, digest, payload)
            entry = Stored(epoch, sequence, record, hashed)
            try:
                sound = hash_of(previous, epoch, sequence, record) == hashed
            except TypeError:  # a damaged column came back as another type
                sound = False
            if not sound:
                raise _damaged(path, sequence, "is not what was written", entry)
            previous = hashed
            yield entry
        if not rows:
            if last.sequence > at:
                raise _damaged(path, at + 1, "is missing")
            return


def _damaged(path: Path, sequence: int, what: str, entry: Stored | None = None) -> JournalDamaged:
    whose = f" (dialogue {entry.record.dialogue}, number {entry.record.number})" if entry else ""
    return JournalDamaged(
        f"{path}: record {sequence}{whose} {what}. Keep the file, run `text911 audit verify` on"
        " it, and restore a backup"
    )


def dialogue_records(connection: sqlite3.Connection, path: Path, name: str) -> Sequence[Stored]:
    """All records of one dialogue in order, each checked against the hash before it."""
    connection.execute("BEGIN")
    try:
        _, indexed = head(connection, path)
        columns = ", ".join(f"r.{column}" for column in COLUMNS.split(", "))
        rows = connection.execute(
            f"SELECT {columns}, b.hash FROM records r"
            " LEFT JOIN records b ON b.sequence = r.sequence - 1"
            " WHERE r.sequence IN (SELECT sequence FROM places WHERE dialogue = ?1 UNION ALL"
            " SELECT sequence FROM records WHERE sequence > ?2 AND dialogue = ?1)"
            " ORDER BY r.sequence",
            (name, indexed),
        ).fetchall()
    finally:
        connection.execute("COMMIT")
    entries: list[Stored] = []
    for number, row in enumerate(rows):
        entry = stored(row[:-1])
        previous = GENESIS if entry.sequence == 1 else row[-1]
        if not holds(previous or b"", entry) or entry.record.dialogue != name:
            raise _damaged(path, entry.sequence, "is not what was written", entry)
        if entry.record.number != number:
            raise _damaged(path, entry.sequence, f"has a number that should be {number}", entry)
        entries.append(entry)
    return entries


def listing(
    connection: sqlite3.Connection, path: Path, limit: int, since: float
) -> Sequence[Listed]:
    """The `limit` dialogues that were written to last, not before `since` (UTC seconds), latest
    first. Relies on the core's promise that `at` never decreases (DESIGN 9.8)."""
    names: dict[str, None] = {}
    last, _ = head(connection, path)
    below = last.sequence + 1
    while len(names) < limit:
        rows = connection.execute(
            "SELECT sequence, dialogue, at FROM records WHERE sequence < ?"
            f" ORDER BY sequence DESC LIMIT {PAGE}",
            (below,),
        ).fetchall()
        recent = [row for row in rows if row[2] >= since]
        names.update(dict.fromkeys(row[1] for row in recent))
        if len(recent) < PAGE:
            break
        below = rows[-1][0]
    entries = (dialogue_records(connection, path, name) for name in list(names)[:limit])
    return [
        Listed(of[0].record.dialogue, len(of), of[0].record.at, of[-1].record.at)
        for of in entries
        if of
    ]


def latest_snapshot(
    connection: sqlite3.Connection, path: Path, complain: Callable[[str], None]
) -> tuple[Snapshot, Position] | None:
    """The last snapshot that is whole and belongs to this chain; every worse one is complained
    about and passed over. A full replay gives the same state."""
    found = connection.execute("SELECT id FROM snapshots ORDER BY id DESC").fetchall()
    for (ident,) in found:
        fault, whole = examine_snapshot(connection, ident)
        if whole is not None:
            return whole
        complain(f"{path}: snapshot {ident} is ignored, {fault}; more is replayed instead")
    return None


def examine_snapshot(
    connection: sqlite3.Connection, ident: int
) -> tuple[str, tuple[Snapshot, Position] | None]:
    """("", the snapshot) when it is sound, else (why not, None)."""
    try:
        row = connection.execute(
            "SELECT up_to, chain, size, hash FROM snapshots WHERE id = ?", (ident,)
        ).fetchone()
        parts = connection.execute(
            "SELECT octets FROM snapshot_parts WHERE snapshot = ? ORDER BY part", (ident,)
        ).fetchall()
        up_to, chained, size, hashed = row
        state = b"".join(octets for (octets,) in parts)
        if len(state) != size:
            return f"it has {len(state)} octets instead of {size}", None
        position = Position(up_to, chained)
        if chain.hash_of_snapshot(position, state) != hashed:
            return "its content is not what was written", None
        if hash_at(connection, up_to) != chained:
            return f"it does not belong to the stored record {up_to}", None
    except (*TROUBLE, TypeError) as error:
        return f"it cannot be read: {error}", None
    return "", (Snapshot(up_to, state), position)
