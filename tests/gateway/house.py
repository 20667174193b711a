"""The whole gateway of configs/demo without a process: clock, disk and console are ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from tests.gateway.directories import DEMO
from tests.gateway.edges.world import T0, Console, Peer
from text911.gateway.composition import Gateway, Geography
from text911.gateway.config import Configuration, load
from text911.gateway.core.encoding import Held
from text911.gateway.journal.memory import MemoryJournal
from text911.gateway.operations.health_log import HealthLog
from text911.gateway.operations.metrics import Metrics
from text911.gateway.operations.sd_notify import Notifier
from text911.gateway.overview import Overview
from text911.gateway.watch import Watch
from text911.psap_adapters.port import Availability
from text911.smpp.pdu import BindTransceiver

failure: Any = Failure  # its methods carry no types
PASSWORDS = {"carrier-a": "demo-a", "carrier-b": "demo-b"}
WORDS = "burglar downstairs, my number is 8605550142"


@cache
def geography() -> Geography:
    return Geography(load(DEMO))


class Lines:
    """The health log, as its reader sees it."""

    def __init__(self) -> None:
        self.all: list[dict[str, Any]] = []

    def line(self, line: str) -> None:
        self.all.append(json.loads(line))

    def of(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.all if line["event"] == event]


class Threads:
    """A reactor's thread pool that does its work at once."""

    def callInThreadWithCallback(
        self, told: Callable[..., None], what: Callable[..., Any], *args: Any, **fields: Any
    ) -> None:
        try:
            result: Any = what(*args, **fields)
        except Exception as fault:
            told(False, failure(fault))
        else:
            told(True, result)


class Reactor(Clock):
    """Twisted's Clock with the few things of a reactor that a Watch asks for."""

    def getThreadPool(self) -> Threads:
        return Threads()

    def callFromThread(self, what: Callable[..., None], *args: Any) -> None:
        self.callLater(0, what, *args)


class House:
    def __init__(
        self,
        tmp_path: Path,
        journal: MemoryJournal | None = None,
        configuration: Configuration | None = None,
    ) -> None:
        self.reactor = Reactor()
        self.step = 0.0
        self.journal = journal or MemoryJournal()
        self.lines = Lines()
        self.log = HealthLog(self.lines, self.utc)
        self.metrics = Metrics()
        self.configuration = configuration or replace(load(DEMO), directory=tmp_path)
        self.configuration.journal_path.parent.mkdir(exist_ok=True)
        self.gateway = Gateway(
            self.configuration,
            geography(),
            self.journal,
            self.reactor,
            self.utc,
            self.log,
            self.metrics,
            stopwatch=self.reactor.seconds,
        )
        self.consoles = {one.name: Console(one.name) for one in self.configuration.psaps}
        self.gateway.psaps.replace(self.consoles)
        self.gateway.psaps.start()
        self.gateway.clock.start()
        self.overview = Overview(self.gateway, "1.2.3", T0)
        self.watch = Watch(self.gateway, self.overview, Notifier({}), self.reactor)
        snapshot = self.journal.last_snapshot()
        after = 0 if snapshot is None else snapshot.up_to
        self.gateway.engine.restore(snapshot, self.journal.read(after))
        self.gateway.engine.start("1.2.3")
        self.settle()

    def utc(self) -> float:
        return T0 + self.reactor.seconds() + self.step

    def open(self) -> None:
        self.watch.listening = ""
        self.watch.start(0)

    def log_in(self, people: int = 1) -> None:
        for name, console in self.consoles.items():
            console.say(Availability(name, reachable=people > 0, people=people))

    def settle(self) -> None:
        while self.journal.pending:
            self.journal.sync()
        self.reactor.advance(0)

    def wait(self, seconds: float) -> None:
        ends_at = self.reactor.seconds() + seconds
        while self.reactor.seconds() < ends_at:
            self.reactor.advance(min(0.1, ends_at - self.reactor.seconds()))
            self.settle()

    def bind(self, carrier: str = "carrier-a") -> Peer:
        at: Any = IPv4Address("TCP", "127.0.0.1", 40000)
        protocol: Any = self.gateway.smpp.buildProtocol(at)
        transport: Any = StringTransport(peerAddress=at)  # type: ignore[no-untyped-call]
        protocol.makeConnection(transport)
        peer = Peer(transport, protocol)
        peer.send(BindTransceiver(system_id=carrier, password=PASSWORDS[carrier]))
        self.settle()
        return peer

    def text(self, peer: Peer, number: int = 0, words: str = WORDS) -> Held:
        """A text of caller `number`, until it rings. The dialogue it is part of."""
        caller = f"1860555{number:04}"
        peer.text(words.encode(), source_addr=caller)
        self.wait(1.0)
        return next(h for h in self.gateway.engine if h.state.line.key.number == f"+{caller}")

    def console_of(self, held: Held) -> Console:
        state = self.gateway.engine.get(held.dialogue)
        assert state is not None
        return self.consoles[state.phase.psap]  # type: ignore[union-attr]

    def answer(self, held: Held) -> Console:
        console = self.console_of(held)
        console.answer()
        self.settle()
        return console
