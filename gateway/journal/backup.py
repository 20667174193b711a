"""A copy of the journal while the daemon writes, checked before it may be called a backup."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace
from pathlib import Path

from ...psap_adapters.whole_file import sync_folder
from . import log_file, reading
from .contract import JournalBroken, JournalDamaged
from .folders import make_folder
from .opening import FILE_MODE
from .verifying import Progress, Verdict, verify

PAGES_AT_ONCE = 2_000  # 8 MB between two looks at the progress


def backup(source: Path, target: Path, progress: Progress = lambda done, of: None) -> Verdict:
    """Copy `source` to `target`, a file of its own that can be opened as a journal.

    The copy is of the moment when it began. It is verified in full and gets its name only when it
    is sound; what is returned is the verdict on it.
    Raises JournalBroken when it cannot be made (target exists, no space), JournalDamaged when the
    source is damaged: then there is no new file.
    """
    if target.exists():
        raise JournalBroken(f"{target} exists: a backup never overwrites, give another name")
    draft = Path(f"{target}.part")
    try:
        make_folder(target.parent)
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))
    except OSError as error:
        raise JournalBroken(f"{draft} cannot be made: {error.strerror}") from error
    try:
        if not log_file.is_written(source):
            log_file.check(source)
        _copy(source, draft, progress)
        verdict = verify(draft)
        if not verdict.good:
            where = f" (record {verdict.sequence})" if verdict.sequence else ""
            raise JournalDamaged(f"{source} is damaged{where}: {verdict.problem}. No backup made")
        os.link(draft, target)  # unlike a rename, fails when somebody else made the target
        _sync(target)
    except FileExistsError as error:
        raise JournalBroken(f"{target} exists: a backup never overwrites") from error
    except OSError as error:
        raise JournalBroken(f"{target} cannot be made: {error.strerror}") from error
    finally:
        for beside in ("", "-journal", "-wal", "-shm"):
            Path(f"{draft}{beside}").unlink(missing_ok=True)
    return replace(verdict, path=target)


def _copy(source: Path, draft: Path, progress: Progress) -> None:
    with reading.reader(source) as connection:
        # One read transaction over all steps: a copy that looks at the file anew after each step
        # begins again whenever the daemon has written, which under load is for ever.
        connection.execute("BEGIN")
        connection.execute("SELECT sequence FROM head").fetchone()
        try:
            copy = sqlite3.connect(draft, isolation_level=None)
            try:
                connection.backup(
                    copy,
                    pages=PAGES_AT_ONCE,
                    progress=lambda _, left, of: progress(of - left, of),
                    sleep=0.001,
                )
                # One plain file: it can be read from anywhere, and is a journal again when opened.
                copy.execute("PRAGMA journal_mode = DELETE")
            finally:
                copy.close()
        except sqlite3.OperationalError as error:
            raise reading.explained(error, draft, f"copying {source}") from error


def _sync(target: Path) -> None:
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(target.parent)
