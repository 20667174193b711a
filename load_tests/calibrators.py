"""The units everything is measured in, taken on this machine, in this run: E, R and F (budgets.py).

A fresh echo server per calibration would measure its start; one serves the whole run.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from .budgets import Calibration
from .echo import REQUEST, RESPONSE
from .histogram import Histogram
from .precise import cpu_ns

CONNECTIONS = 100
E_SWEEPS = 300  # of all connections: 30,000 messages
R_MESSAGES = 3_000
F_RECORDS = 300
RECORD = b"j" * 300  # octets, about one journal entry


def receive(connection: socket.socket, octets: int) -> None:
    """Read exactly `octets`. Raises ConnectionError when the echo server went away."""
    while octets:
        data = connection.recv(octets)
        if not data:
            raise ConnectionError("the echo server went away")
        octets -= len(data)


def sweep(connections: Sequence[socket.socket]) -> None:
    """One request on every connection, then all the responses. Blocking sockets cost the client
    less than the server pays, so that it is the server that is busy."""
    for connection in connections:
        connection.send(REQUEST)
    for connection in connections:
        receive(connection, len(RESPONSE))


def connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def timed(act: Callable[[], None]) -> int:
    """How long one `act` takes, in ns."""
    began = time.monotonic_ns()
    act()
    return time.monotonic_ns() - began


def fdatasync_times(folder: Path, records: int = F_RECORDS) -> Histogram:
    """Nanoseconds of write + fdatasync of one record, each, in a file that grows in `folder`."""

    def store() -> None:
        os.write(file.fileno(), RECORD)
        os.fdatasync(file.fileno())

    with tempfile.TemporaryFile(dir=folder) as file:
        return Histogram(timed(store) for _ in range(records))


class Calibrators:
    """A context that keeps the echo server. `take` measures E, R and F once, in about a second."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._server = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("echo.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._server.stdout is not None
        self._port = int(self._server.stdout.readline())
        self._connections = [connect(self._port) for _ in range(CONNECTIONS)]
        self.take()  # the first one also warms up the server and the disk

    def take(self) -> Calibration:
        before = cpu_ns(self._server.pid)
        for _ in range(E_SWEEPS):
            sweep(self._connections)
        e = (cpu_ns(self._server.pid) - before) / (E_SWEEPS * CONNECTIONS)
        r = Histogram(timed(lambda: sweep(self._connections[:1])) for _ in range(R_MESSAGES))
        f = fdatasync_times(self._journal)
        return Calibration(
            e / 1000, r.percentile(50) / 1000, f.percentile(50) / 1000, f.percentile(99) / 1000
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        for connection in self._connections:
            connection.close()
        self._server.communicate()  # closes its standard input: it ends by itself
