"""The key to what operators may only see with a right to it: a file beside the journal, mode 0600.

Whoever can read it can read the journal too, so it opens nothing that was closed. It is new with
every start, and compared in constant time where it is asked for.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from ...psap_adapters.whole_file import replace_whole

NAME = "operators.key"
KEY_OCTETS = 32  # of chance
SIZE_MAX = 200  # octets of the file


def path_beside(journal: Path) -> Path:
    return journal.with_name(NAME)


def renew(path: Path) -> str:
    """A new key in the file, in the place of the old one. Raises OSError."""
    key = secrets.token_urlsafe(KEY_OCTETS)
    replace_whole(path, key.encode() + b"\n")
    return key


def read(path: Path) -> str:
    """Raises OSError when it is not there or not ours to read."""
    with path.open("rb") as file:
        return file.read(SIZE_MAX).decode("ascii", "replace").strip()
