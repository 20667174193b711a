"""Real programs as children of a test: started in a process group of their own, watched, always
stopped. Waiting means asking for the real state until a deadline, never resting for a fixed time.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")

POLL_EVERY = 0.02  # s between two looks at a real state
STOP_WITHIN = 10.0  # s from SIGTERM to SIGKILL
LOG_TAIL = 4000  # characters of a log shown when something went wrong
# Above what services have, below the ports of media (16,384) and of outgoing connections (32,768).
PORTS = range(9_000, 16_000)
# The next port to be given, for all runs of this user.
TURNS_OF_PORTS = Path(tempfile.gettempdir()) / f"text911-ports-{os.getuid()}"


def until(what: str, look: Callable[[], T | None], within: float) -> T:
    """Look until `look` returns something true. Raises TimeoutError naming `what`."""
    deadline = time.monotonic() + within
    pause = threading.Event()
    while True:
        if found := look():
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {within:g} s")
        pause.wait(POLL_EVERY)


def free_ports(count: int) -> tuple[int, ...]:
    """Ports of the loopback in a row that nobody has now, over TCP and UDP, and that no other run
    on this machine is given within the next thousands: between this and their use, and while a
    program that is started again has left them, nobody else may come upon them. They lie below
    what the system gives to outgoing connections by itself: one that is tried again and again
    would come to be its own peer, and have the port."""
    with TURNS_OF_PORTS.open("a+", encoding="ascii") as turns:
        fcntl.flock(turns, fcntl.LOCK_EX)  # until it is closed
        turns.seek(0)
        at = int(turns.read() or PORTS.start)
        for _ in PORTS:
            if at not in PORTS or at + count - 1 not in PORTS:
                at = PORTS.start
            if taken := [port for port in range(at, at + count) if not _is_free(port)]:
                at = taken[-1] + 1
                continue
            turns.truncate(0)
            turns.write(str(at + count))
            return tuple(range(at, at + count))
    raise OSError(f"{count} ports in a row are not free between {PORTS.start} and {PORTS.stop}")


def _is_free(port: int) -> bool:
    """Whether a server could be had there now, over TCP and UDP."""
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
        try:
            tcp.bind(("127.0.0.1", port))
            tcp.listen()
            udp.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Program:
    """One running program. Use as a context, so that it is stopped whatever the test does."""

    def __init__(
        self,
        arguments: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.name = Path(arguments[0]).name
        self.log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                cwd=folder,
                start_new_session=True,  # a group of its own: a signal reaches its children too
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        return self._process.poll()

    def until(self, what: str, look: Callable[[], T | None], within: float) -> T:
        """As `until`, but a program that has ended is not waited for."""

        def look_alive() -> T | None:
            found = look()
            if not found and (code := self.exit_code()) is not None:
                raise RuntimeError(f"{self.name} ended with {code} before: {what}\n{self.tail()}")
            return found

        try:
            return until(what, look_alive, within)
        except TimeoutError as late:
            raise TimeoutError(f"{late}\n--- {self.log} ends:\n{self.tail()}") from None

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-LOG_TAIL:]

    def signal(self, number: signal.Signals) -> None:
        """Send to the whole group. A group that has gone already is no fault."""
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return

    def kill(self) -> None:
        """kill -9, as a power cut would: no goodbye."""
        self.signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM, then SIGKILL to what is left of the group. Returns the exit code."""
        if self.exit_code() is None:
            self.signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                self.kill()
        self.signal(signal.SIGKILL)
        return self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.stop()
