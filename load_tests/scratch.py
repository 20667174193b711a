"""Folders of a run, and how a run that is told to stop leaves.

SIGTERM alone ends Python where it stands: nothing is undone, the folder stays and so does a daemon
that was started in it. Programs here say `undo_on_sigterm` first, and leave as with Ctrl-C.
"""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


def undo_on_sigterm() -> None:
    """From now on SIGTERM is a SystemExit in the main thread: whatever is open there is closed."""
    signal.signal(signal.SIGTERM, _leave)


def _leave(number: int, _: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # a second one would stop the undoing half way
    sys.exit(128 + number)


@contextmanager
def scratch(what: str, beside: Path | None = None) -> Generator[Path]:
    """A folder "text911-`what`-..." in `beside`, or where such folders are made.

    It goes with the run, and with one that was told to stop. Where something failed it stays, and
    where is said: logs and journals in it are the evidence.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"text911-{what}-", dir=beside)).resolve()
    try:
        yield folder
    except Exception:
        sys.stderr.write(f"kept for a look: {folder}\n")
        raise
    except BaseException:
        shutil.rmtree(folder)
        raise
    shutil.rmtree(folder)
