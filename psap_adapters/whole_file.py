"""A file that is there whole or as it was before, whatever happens while it is replaced."""

from __future__ import annotations

import os
from pathlib import Path

MODE = 0o600  # for the daemon's user only


def replace_whole(path: Path, octets: bytes) -> None:
    """`octets` in the place of what is in `path`; durable when this returns. Raises OSError."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)  # of a write that was cut short
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
