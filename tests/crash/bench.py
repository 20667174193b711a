"""The bench: the real `text911 serve` on a directory and ports of its own, to be loaded, killed,
frozen and started again, and the commands that look at its journal afterwards.

    with Bench(folder) as bench:                       # folder: empty, on the disk to be tested
        bench.start({"LD_PRELOAD": ...})               # returns the seconds until ready
        with bench.load(Traffic(rate=60)) as load:
            load.more_accepted(500)
            bench.kill()
            bench.start()
            load.settle()
        bench.stop()
    verdict = judge(load.ledger, bench.directory)      # judging.py

The journal is in `bench.journal_folder`; nothing is in it before the first start.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from load_tests.carrier import HEADER, UNBIND, Account, bind_pdu
from load_tests.gateway import ROOT, Carrier, Gateway

from .load import CARRIERS, SECRET, Load, Traffic

PROBE = "crash-probe"  # the account that asks whether a bind is accepted
LOOK_EVERY = 0.005  # s
ANSWER_WITHIN = 2.0  # s for one answer to the probe
READY_WITHIN = 60.0  # s
ENDED_WITHIN = 30.0  # s for a process that kills itself
# An installation has its byte code; a working copy may be told not to write any. Kept apart, so
# that a start here takes what a start takes there. The first one fills it.
BYTE_CODE = ROOT / "build" / "crash-pycache"


class Bench:
    """A context: what was started never outlives it. `changes`: table of gateway.toml -> keys.
    `root`: the folder above the package that is started; one may be an altered copy of ours."""

    def __init__(
        self,
        folder: Path,
        changes: Mapping[str, Mapping[str, object]] | None = None,
        root: Path = ROOT,
    ) -> None:
        accounts = [Carrier(name, SECRET, max_binds=8) for name in CARRIERS]
        self.gateway = Gateway(folder, [*accounts, Carrier(PROBE, SECRET)], changes, root)
        self.directory = self.gateway.directory
        self.journal_folder = self.directory / "journal"
        self.log = self.gateway.log

    # --- its life -------------------------------------------------------------------------------

    def start(
        self, environment: Mapping[str, str] | None = None, options: Sequence[str] = ()
    ) -> float:
        """Seconds from the start of the process until it is ready and accepts a bind."""
        began = self.launch(environment, options)
        self.wait_ready()
        return time.monotonic() - began

    def launch(
        self, environment: Mapping[str, str] | None = None, options: Sequence[str] = ()
    ) -> float:
        """Start the process and return at once, with the time (monotonic seconds)."""
        began = time.monotonic()
        ours = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(BYTE_CODE)}
        self.gateway.launch({**ours, **(environment or {})}, options)
        return began

    def wait_ready(self, within: float = READY_WITHIN) -> None:
        """Until a carrier can bind and /readyz says yes. Raises TimeoutError or RuntimeError."""
        deadline = time.monotonic() + within
        while not self.accepts_a_bind():
            self._still_there("a bind is accepted")
            if time.monotonic() > deadline:
                raise TimeoutError(f"no bind within {within:g} s\n{self.gateway.program.tail()}")
            time.sleep(LOOK_EVERY)
        self.gateway.wait_ready(max(0.1, deadline - time.monotonic()))

    def _still_there(self, what: str) -> None:
        if (code := self.gateway.program.exit_code()) is not None:
            raise RuntimeError(
                f"the gateway ended with {code} before: {what}\n{self.gateway.program.tail()}"
            )

    def accepts_a_bind(self) -> bool:
        """One try of a carrier of its own."""
        address = ("127.0.0.1", self.gateway.ports.smpp)
        try:
            with socket.create_connection(address, ANSWER_WITHIN) as probe:
                probe.sendall(bind_pdu(Account(*address, PROBE, SECRET)))
                header = probe.recv(HEADER.size, socket.MSG_WAITALL)
                if len(header) < HEADER.size:
                    return False
                probe.sendall(HEADER.pack(16, UNBIND, 0, 2))
                return int(HEADER.unpack(header)[2]) == 0
        except OSError:
            return False

    @property
    def pid(self) -> int:
        return self.gateway.program.pid

    @property
    def writer(self) -> int:
        """The process that has the journal; with `--keep` it is not the one that was started."""
        lock = journal_path(self.directory).with_suffix(".journal.lock")
        return int(lock.read_text())

    def kill(self) -> None:
        """kill -9."""
        self.gateway.kill()

    def ended(self, within: float = ENDED_WITHIN) -> int:
        """Wait for a process that ends by itself (a fault point). Its exit code; -9 after a
        SIGKILL. Raises TimeoutError."""
        deadline = time.monotonic() + within
        while (code := self.gateway.program.exit_code()) is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the gateway did not end within {within:g} s")
            time.sleep(LOOK_EVERY)
        return code

    def pause(self) -> None:
        """SIGSTOP."""
        self.gateway.program.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self.gateway.program.signal(signal.SIGCONT)

    def stop(self) -> int:
        """SIGTERM. The exit code."""
        self.resume()
        return self.gateway.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.gateway.__exit__(kind, error, tb)

    # --- its load -------------------------------------------------------------------------------

    def load(self, traffic: Traffic | None = None) -> Load:
        """Everybody who uses it. Enter it when the gateway is ready."""
        console = f"http://127.0.0.1:{self.gateway.ports.console}"
        return Load("127.0.0.1", self.gateway.ports.smpp, console, traffic or Traffic())


def journal_path(directory: Path) -> Path:
    return directory / "journal" / "text911.journal"


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`text911 ARGUMENTS...` to its end."""
    ours = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(BYTE_CODE)}
    return subprocess.run(
        [sys.executable, "-m", "text911", *arguments],
        cwd=ROOT,
        env={**os.environ, **ours},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
