"""Folders that are still there after a power cut.

A file that was synced is lost all the same when the name of its folder was not: to sync a file or a
folder makes nothing durable but what is in it.
"""

from __future__ import annotations

from pathlib import Path

from ...psap_adapters.whole_file import sync_folder

FOLDER_MODE = 0o700  # what is in it is for the daemon's user only


def make_folder(path: Path) -> None:
    """Make `path` and what is missing above it, durable when this returns. Raises OSError.

    Of a folder that is there the name is synced as well: whoever made it may have been killed
    before that.
    """
    missing = not path.is_dir()
    if missing:
        make_folder(path.parent)
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)
    try:
        sync_folder(path.parent)
    except PermissionError:
        if missing:
            raise
        # Where we may not even look, somebody else made our folder, long before we came.
