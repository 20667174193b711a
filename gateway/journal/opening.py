"""Opening the journal for writing: one process only, a whole file, a sound tail, a new epoch.

What is checked on opening: that the file is a journal of a version we know, that sqlite finds its
pages where they should be, the log beside it, and the hash chain from the last sound snapshot to
the end. Of a longer tail than TAIL_MAX only the last records: whatever the engine then reads is
checked as it is read. What was read for the check is kept (`Found`), so that nothing is read twice.
A check of every record and every page takes seconds per million records: that is
`text911 audit verify`.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ...psap_adapters.whole_file import sync_folder
from . import log_file, reading, schema
from .chain import Position
from .contract import JournalBroken, JournalDamaged, Snapshot, Stored
from .folders import make_folder

FILE_MODE = 0o600  # caller texts and locations: for the daemon's user only
TAIL_MAX = 250_000  # records; a second or two. Snapshots come more often than that
LAST = 10_000  # records that are checked when there are more than TAIL_MAX; the rest when read
CACHE_KIB = 65_536  # keeps the inner pages and the recent leaves of `places` in memory
BUSY_MS = 2_000  # how long opening waits for a reader to finish its page

Complain = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Found:
    """What a start will ask for next, checked already: the newest sound snapshot and, if `tail` is
    not None, every record after `after`."""

    snapshot: Snapshot | None
    after: int
    tail: list[Stored] | None


@dataclass(frozen=True, slots=True)
class Opened:
    connection: sqlite3.Connection
    epoch: int
    position: Position  # of the last record
    indexed: int  # how far `places` goes
    found: Found | None = None  # None after a failure


class Lock:
    """Held by the one process that may write. Kept in a file beside the journal, which stays."""

    def __init__(self, journal: Path) -> None:
        """Take it. Raises JournalBroken at once when another process has it."""
        path = Path(f"{journal}.lock")
        try:
            make_folder(journal.parent)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        except OSError as error:
            raise JournalBroken(
                f"{path} cannot be made: {error.strerror}. The daemon's user needs a directory it"
                " may write"
            ) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._descriptor, 32, 0).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            raise JournalBroken(
                f"{journal} is being written by another process (id {holder or 'unknown'}): stop"
                " it first, or give this one another journal path"
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        os.close(self._descriptor)


def open_for_writing(
    path: Path,
    complain: Complain,
    known: Position | None = None,
    steps: Mapping[int, schema.Step] = schema.STEPS,
) -> Opened:
    """A fresh handle with a new epoch. The caller holds the lock.

    `known` is the last record known to be durable (after a failure): it must still be there, and
    the tail is checked from it. Raises JournalBroken, JournalDamaged.
    """
    try:
        if not path.exists():
            _create(path)
        if known is None:
            sync_folder(path.parent)  # of an old journal too: its maker may have been killed
            log_file.check(path)
        os.chmod(path, FILE_MODE)
        connection = _connect(path)
    except reading.TROUBLE as error:
        raise reading.explained(error, path, "opening") from error
    except OSError as error:
        raise JournalBroken(f"{path} cannot be opened: {error.strerror}") from error
    try:
        schema.stored_version(connection, path)
        _settle_log(connection, path, complain, after_failure=known is not None)
        schema.migrate(connection, path, steps)
        position, indexed, found = _check_tail(connection, path, complain, known)
        epoch = _new_epoch(connection, position)
    except reading.TROUBLE as error:
        connection.close()
        raise reading.explained(error, path, "opening") from error
    except BaseException:
        connection.close()
        raise
    return Opened(connection, epoch, position, indexed, found)


def _create(path: Path) -> None:
    """Make a whole empty journal under another name and move it in place: a crash in between
    leaves nothing that could be taken for a journal, and an empty file is always a damaged one."""
    if Path(f"{path}-wal").exists():
        raise JournalDamaged(
            f"{path} is missing and its log {path}-wal is there: put the file back beside its log,"
            " or move the log away to begin a new journal"
        )
    draft = Path(f"{path}.new")
    for beside in ("", "-journal", "-wal", "-shm"):
        Path(f"{draft}{beside}").unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))
    connection = _connect(draft)
    try:
        connection.execute("BEGIN")
        schema.create(connection)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
    os.rename(draft, path)


def _connect(path: Path) -> sqlite3.Connection:
    if path.stat().st_size == 0 and not path.name.endswith(".new"):
        raise JournalDamaged(
            f"{path} is empty, which a journal never is: restore a backup, or remove it to begin a"
            " new journal"
        )
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode=rw",
        uri=True,
        isolation_level=None,  # transactions are begun and ended by us
        check_same_thread=False,  # opened on the loop's thread, then used by the writer's only
        timeout=BUSY_MS / 1000,
    )
    try:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise JournalBroken(f"{path}: write-ahead logging is not possible here ({mode})")
        connection.execute("PRAGMA synchronous = FULL")  # a commit is on the disk when it returns
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # the writer does it between commits
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute("PRAGMA temp_store = MEMORY")  # the writer's trigger needs no file
    except BaseException:
        connection.close()
        raise
    return connection


def _settle_log(
    connection: sqlite3.Connection, path: Path, complain: Complain, *, after_failure: bool
) -> None:
    """Move all of the log into the file and empty it.

    After a failed sync the kernel may show log pages that never reached the disk, and a later sync
    would not write them again. Writing their content anew, into the file, is what makes a record
    that is read as "having happened" durable; records after it would be lost with it otherwise.
    """
    (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy and after_failure:
        raise JournalBroken(f"{path}: a reader keeps the log in use: it is tried again")
    if busy:
        complain(f"{path}: a reader keeps the log in use, it is emptied later")


def _check_tail(
    connection: sqlite3.Connection, path: Path, complain: Complain, known: Position | None
) -> tuple[Position, int, Found | None]:
    last, indexed = reading.head(connection, path)
    (highest,) = connection.execute("SELECT max(sequence) FROM records").fetchone()
    (began,) = connection.execute("SELECT max(after) FROM writers").fetchone()
    if (highest or 0) != last.sequence or (began or 0) > last.sequence:
        raise JournalDamaged(
            f"{path}: the last record is {highest or 0}, and {max(last.sequence, began or 0)} was"
            " written before. Keep the file and restore a backup"
        )
    found: Found | None = None
    if known is None:
        snapshot = reading.latest_snapshot(connection, path, complain)
        after = snapshot[1].sequence if snapshot else 0
        whole = last.sequence - after <= TAIL_MAX
        found = Found(snapshot[0] if snapshot else None, after, [] if whole else None)
        after = after if whole else last.sequence - LAST
    else:
        after = known.sequence
        if reading.hash_at(connection, after) != known.hash:
            raise JournalDamaged(
                f"{path}: record {after}, which was durable, is not there as it was written:"
                " restore a backup"
            )
    position = Position(after, reading.hash_at(connection, after) or b"")
    for entry in reading.walk(connection, path, after):
        position = Position(entry.sequence, entry.hash)
        if found is not None and found.tail is not None:
            found.tail.append(entry)
    if position != last:
        raise JournalDamaged(
            f"{path}: the last record {last.sequence} is not the one that was noted at its commit:"
            " restore a backup"
        )
    if not 0 <= indexed <= last.sequence:
        raise JournalDamaged(f"{path}: the table head is damaged: restore a backup")
    return position, indexed, found


def _new_epoch(connection: sqlite3.Connection, position: Position) -> int:
    """Each opening for writing is a writer of its own; also proves that the disk takes a commit."""
    connection.execute("BEGIN IMMEDIATE")
    (last,) = connection.execute("SELECT max(epoch) FROM writers").fetchone()
    epoch = (last or 0) + 1
    connection.execute("INSERT INTO writers VALUES (?, ?)", (epoch, position.sequence))
    connection.execute("COMMIT")
    return epoch
