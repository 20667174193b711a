"""Copies of the package with one thing altered that a power cut must find out about.

What the lab does not find in a gateway that is broken on purpose, it would not find in ours.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from load_tests.gateway import ROOT


@dataclass(frozen=True, slots=True)
class Alteration:
    """`old` stands once in `file` (below the package) and becomes `new`."""

    name: str
    file: str
    old: str
    new: str


ALTERATIONS = (
    Alteration(
        "commits are synced now and then only",
        "gateway/journal/opening.py",
        "PRAGMA synchronous = FULL",
        "PRAGMA synchronous = NORMAL",
    ),
    Alteration(
        "nothing is synced",
        "gateway/journal/opening.py",
        "PRAGMA synchronous = FULL",
        "PRAGMA synchronous = OFF",
    ),
    Alteration(
        "the name of a new folder is not synced",
        "gateway/journal/folders.py",
        "        sync_folder(path.parent)\n",
        "        pass\n",
    ),
    Alteration(
        "log-ins get their name before they are synced",
        "psap_adapters/whole_file.py",
        "            os.fsync(file.fileno())\n",
        "",
    ),
    Alteration(
        "the name of a backup is not synced",
        "gateway/journal/backup.py",
        "        _sync(target)\n",
        "",
    ),
)


def altered(folder: Path, alteration: Alteration) -> Path:
    """A folder with a copy of the package, altered. Raises ValueError when there is nothing (or
    more than one thing) to alter."""
    shutil.copytree(
        ROOT / "text911", folder / "text911", ignore=shutil.ignore_patterns("__pycache__")
    )
    file = folder / "text911" / alteration.file
    source = file.read_text()
    if source.count(alteration.old) != 1:
        raise ValueError(f"{alteration.file} has {alteration.old!r} not exactly once")
    file.write_text(source.replace(alteration.old, alteration.new))
    return folder
