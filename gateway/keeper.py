"""Keeps one gateway running: `text911 serve --keep`.

A start takes more than a second, and most of that is reading programs. The keeper reads them once
and forks; when the worker is killed, by the kernel, by a fault of its own or by somebody, the next
one is forked at once and has only the journal to read. It owns no socket, no file and no loop, and
it never decides that a gateway that ended by itself should have gone on.
"""

from __future__ import annotations

import gc
import os
import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Thread

PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
ENDS = frozenset({signal.SIGTERM, signal.SIGINT})
WATCHED = frozenset({*PASSED_ON, signal.SIGCHLD})
DEATHS_MAX = 5  # within DEATHS_WITHIN; then a new process altogether is the better try
DEATHS_WITHIN = 10.0  # s
FAILED = 1  # exit code when the worker cannot be kept alive


@dataclass(slots=True)
class Deaths:
    """The last deaths, to tell a worker that was killed from one that cannot live."""

    _at: deque[float] = field(default_factory=lambda: deque(maxlen=DEATHS_MAX))

    def may_live_again(self, now: float) -> bool:
        """A worker has just been killed; whether another is worth the try. `now`: seconds of a
        clock that never goes back."""
        self._at.append(now)
        return len(self._at) < DEATHS_MAX or now - self._at[0] > DEATHS_WITHIN


def keep(
    work: Callable[[], int],
    complain: Callable[[str], None],
    read_more: Callable[[], object] = lambda: None,
) -> int:
    """Run `work` in a child, again whenever a signal has killed it that was not meant to end us.

    In the child: what `work` gives. In the keeper: the exit code of the last child, 128 and its
    signal when that was killed while it was to end, FAILED when it dies too often. Call it before
    there is a loop, a thread or an open file. `read_more`: the programs that the first worker reads
    by itself should it want them; they are read beside its start, and its successors have them.
    """
    gc.freeze()  # what was read stays shared with every child
    before = signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    deaths = Deaths()
    ends = successors = False
    ear, mouth = os.pipe()  # nothing is ever said; it breaks when the keeper is gone
    while True:
        child = os.fork()
        if child == 0:
            os.close(mouth)
            Thread(target=_die_with_keeper, args=(ear,), name="keeper", daemon=True).start()
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            return work()
        if not successors:
            read_more()
            gc.freeze()
            successors = True
        status, ends = _watch(child, ends)
        code = os.waitstatus_to_exitcode(status)
        if code >= 0 or ends:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            return code if code >= 0 else 128 - code
        name = signal.Signals(-code).name
        if not deaths.may_live_again(time.monotonic()):
            complain(f"{name} has killed the gateway {DEATHS_MAX} times in {DEATHS_WITHIN:g} s")
            return FAILED
        complain(f"{name} has killed the gateway; it is started again")


def _watch(child: int, ends: bool) -> tuple[int, bool]:
    """Pass signals on until the child is gone. Its status, and whether it was to end."""
    while True:
        number = signal.sigwait(WATCHED)
        if number != signal.SIGCHLD:
            ends = ends or number in ENDS
            os.kill(child, number)  # until it is waited for its number is nobody else's
        gone, status = os.waitpid(child, os.WNOHANG)
        if gone:
            return status, ends


def _die_with_keeper(ear: int) -> None:
    """Without its keeper a worker is nobody's: who starts another gateway must find no other one at
    the journal."""
    os.read(ear, 1)
    os.kill(os.getpid(), signal.SIGKILL)
