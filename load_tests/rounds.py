"""One round: a fresh gateway, a carrier process, a console process, one workload, one outcome.

The two processes share the monotonic clock of the machine with each other, so a text's way is timed
from when it was due in one to when it was seen in the other.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from . import carrier, telecommunicators
from .gateway import PASSWORD, PERSON, PLACES, Carrier, Gateway
from .precise import cpu_ns, machine_cpu_ns
from .scratch import scratch
from .workload import CALLERS_OPEN, SECONDS_MAX, Text, prelude

BINDS = 4
GATEWAY_WINDOW = 1000  # replies in flight per bind: the carrier here is never what is waited for
PRELUDE_WINDOW = 10  # texts unanswered per bind, while the dialogues of a round are opened
PRELUDE_SECONDS = 60.0  # for all of them
START_IN = 0.3  # s from "all are ready" to the first text
ANSWER_WITHIN = SECONDS_MAX + 60.0  # s for a child to finish its part
LOAD_CARRIER = Carrier("load", "load-911", max_binds=BINDS, window=GATEWAY_WINDOW)

_spawn = multiprocessing.get_context("spawn")


class Child:
    """A process that is talked to over a pipe. A context: it never outlives the round.

    What it shall work on goes over the pipe too: given to `Process` it would be written while the
    child starts, and a child that dies just then would leave us writing for ever.
    """

    def __init__(self, work: Callable[[Connection], None], argument: object) -> None:
        self._ours, theirs = _spawn.Pipe()
        self._process: SpawnProcess = _spawn.Process(target=work, args=(theirs,))
        self._process.start()
        theirs.close()
        self.tell(argument)

    def tell(self, what: object) -> None:
        self._ours.send(what)

    def hear(self, within: float = ANSWER_WITHIN) -> Any:
        """What the child says next. Raises RuntimeError when it ended or is silent for too long."""
        if not self._ours.poll(within):
            raise RuntimeError(f"no word from {self._process.name} within {within:g} s")
        try:
            return self._ours.recv()
        except EOFError:
            self._process.join()
            raise RuntimeError(
                f"{self._process.name} ended with {self._process.exitcode}; see above"
            ) from None

    def cpu_ns(self) -> int:
        return cpu_ns(self._process.pid or 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._ours.close()
        self._process.join(10 if error is None else 0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()


@dataclass(frozen=True, slots=True)
class Seen:
    """What one round showed. `cpu_per_message`: us of the gateway per text it took, everything
    included. `foreign`: cores taken by other programs. `seconds`: first text sent to last ROK."""

    carrier: carrier.Outcome
    console: telecommunicators.Outcome
    cpu_per_message: float
    foreign: float
    seconds: float

    @property
    def lost(self) -> int:
        return len(set(self.carrier.taken) - self.console.indices)

    @property
    def twice(self) -> int:
        shown = self.console.shown.values()
        return self.console.twice + sum(len(one) - len(set(one)) for one in shown)


def play(
    texts: Sequence[Text], round_number: int, disk: Path, window: int = 0, measure_from: int = 0
) -> Seen:
    """Play `texts` against a new gateway whose journal is on `disk`."""
    with (
        scratch("load", disk) as folder,
        Gateway(folder, [LOAD_CARRIER]) as gateway,
    ):
        gateway.start()
        account = carrier.Account("127.0.0.1", gateway.ports.smpp, "load", "load-911")
        accounts, places = carrier.spread([account], BINDS), tuple(PLACES.values())
        job = carrier.Job(
            accounts, tuple(texts), round_number, places, window=window, measure_from=measure_from
        )
        opening = carrier.Job(
            accounts, tuple(prelude(BINDS)), round_number, places,
            window=PRELUDE_WINDOW, window_seconds=PRELUDE_SECONDS,
        )  # fmt: skip
        watch = telecommunicators.Watch(
            f"http://127.0.0.1:{gateway.ports.console}", tuple(PLACES), PERSON, PASSWORD,
            round_number, tuple(text.due for text in texts), measure_from=measure_from,
        )  # fmt: skip
        with Child(telecommunicators.work, watch) as consoles:
            consoles.hear()
            with Child(carrier.work, opening) as binds:
                _open(binds)
            with Child(carrier.work, job) as binds:
                binds.hear()
                return _run(gateway, consoles, binds)


def _open(binds: Child) -> None:
    """Open the dialogues that are there before the round. Raises RuntimeError when some are not."""
    binds.hear()
    binds.tell(time.monotonic_ns())
    done: carrier.Outcome = binds.hear()
    if len(done.taken) < CALLERS_OPEN:
        raise RuntimeError(
            f"{len(done.taken)} of {CALLERS_OPEN} dialogues were opened before the round;"
            f" refused: {done.refused}"
        )
    binds.tell(0)
    binds.hear()


def _run(gateway: Gateway, consoles: Child, binds: Child) -> Seen:
    def ours() -> int:
        return gateway.cpu_ns() + consoles.cpu_ns() + binds.cpu_ns() + cpu_ns(os.getpid())

    clock, gateway_cpu, our_cpu, machine = (
        time.monotonic_ns(), gateway.cpu_ns(), ours(), machine_cpu_ns(),
    )  # fmt: skip
    start = clock + int(START_IN * 1e9)
    consoles.tell(start)
    binds.tell(start)
    first: carrier.Outcome = binds.hear()
    consoles.tell(set(first.taken))
    shown: telecommunicators.Outcome = consoles.hear()
    gateway_cpu = gateway.cpu_ns() - gateway_cpu
    foreign = machine_cpu_ns() - machine - (ours() - our_cpu)
    elapsed = time.monotonic_ns() - clock
    binds.tell(shown.replies)
    whole: carrier.Outcome = binds.hear()
    return Seen(
        whole,
        shown,
        gateway_cpu / max(1, len(first.taken)) / 1000,
        max(0.0, foreign / elapsed),
        (max(first.taken_at, default=first.first) - first.first) / 1e9,
    )
