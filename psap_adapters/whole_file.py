"""A file that is there whole or as it was before, whatever happens while it is replaced.

The one place that replaces files. It writes what it is given and never looks into it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

MODE = 0o600  # for who runs this only


def replace_whole(path: Path, octets: bytes, mode: int | None = MODE) -> None:
    """`octets` in the place of what is in `path`; durable when this returns. Raises OSError, which
    names `path` whatever it was that failed, so that the same trouble is told in the same words.

    `mode` holds whatever the umask says. None: the mode of the file that is there and must be, and
    its owner, as far as we may give a file away: who reads it need not be who replaces it.

    Until it is whole the new one is a hidden file of a name of its own, so that two who replace the
    same file at once do not write into one another's. Only a kill can leave it behind.
    """
    try:
        _replace(path, octets, mode)
    except OSError as cause:
        raise OSError(cause.errno, cause.strerror, str(path)) from cause


def _replace(path: Path, octets: bytes, mode: int | None) -> None:
    before = path.stat() if mode is None else None
    descriptor, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    fresh = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(octets)
            file.flush()
            _give(file.fileno(), mode, before)
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """The names in `path` are durable when this returns. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _give(descriptor: int, mode: int | None, before: os.stat_result | None) -> None:
    if before is not None:
        with suppress(PermissionError):  # only root may give a file away
            os.fchown(descriptor, before.st_uid, before.st_gid)
        mode = before.st_mode & 0o7777
    assert mode is not None
    os.fchmod(descriptor, mode)
