"""The thin shell under the alarms: asks the operating system how much room a disk has."""

from __future__ import annotations

import os
from pathlib import Path

from .alarms import Disk

MEGABYTE = 1_000_000


def sample_disk(path: Path, free_min_mb: int) -> Disk:
    """Room for an unprivileged writer on the file system that holds `path`.

    A path that cannot be asked is an alarm too: the journal could not write there either.
    """
    try:
        stat = os.statvfs(path)
    except OSError as cause:
        return Disk(str(path), 0, free_min_mb, problem=cause.strerror or str(cause))
    return Disk(str(path), stat.f_bavail * stat.f_frsize // MEGABYTE, free_min_mb)
