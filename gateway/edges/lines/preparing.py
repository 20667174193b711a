"""Receivers as machine code, made ready beside the loop.

Loading them takes seconds and, once for an installation, making them a minute or two; neither texts
nor calls wait for it. They are made in a process of its own, which leaves them on the disk, and
then loaded in a thread.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from mmap import PROT_EXEC, PROT_READ, PROT_WRITE, mmap
from threading import Thread

from ....sip.sweeping import Sweep
from ....tty.demod.batch import Bank as Receivers
from .ears import warm

STOPS_WITHIN = 5.0  # seconds
PAGE = 4096  # octets
MAKING = """
import os
os.nice(10)  # whoever is on the line goes first
from text911.gateway.edges.lines.preparing import make
make()
"""


def make() -> None:
    """Machine code is there when this returns: a bank and a sweep have been used once."""
    warm(Receivers())
    Sweep().hasten()


def can_be_fast() -> bool:
    """Whether there is a compiler, and a process may run what it makes: under systemd's
    MemoryDenyWriteExecute it may not, and a compiler that tries ends the process."""
    if find_spec("numba") is None:
        return False
    try:
        mmap(-1, PAGE, prot=PROT_READ | PROT_WRITE | PROT_EXEC).close()
    except OSError:
        return False
    return True


class Preparing:
    """`ready` is called when it is there, `failed` with a sentence when it never will be; both from
    a thread. `command` makes what `load` then finds on the disk."""

    def __init__(
        self,
        ready: Callable[[], None],
        failed: Callable[[str], None],
        command: Sequence[str] = (sys.executable, "-c", MAKING),
        load: Callable[[], None] = make,
    ) -> None:
        self._ready = ready
        self._failed = failed
        self._command = command
        self._load = load
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def start(self) -> None:
        """Raises OSError where no process can be started."""
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        Thread(target=self._wait, name="preparing receivers", daemon=True).start()

    def stop(self) -> None:
        """Nothing is told any more."""
        self._stopped = True
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(STOPS_WITHIN)

    def _wait(self) -> None:
        assert self._process is not None
        code = self._process.wait()
        if self._stopped:
            return
        if code:
            self._failed(
                "the receivers of TTY calls cannot be compiled and stay slow: a core hears"
                f" 60 to 150 calls (exit code {code}); see whether numba works"
            )
            return
        self._load()
        if not self._stopped:
            self._ready()
