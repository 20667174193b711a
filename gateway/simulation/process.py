"""One life of the gateway's process: the real core, edges and SMPP sessions on a simulated machine.

It can stand still, and it can die at any moment; then nothing of it runs any more and what it had
not made durable is gone. Its disk is the journal in memory with its two layers.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, cast

from twisted.internet.address import IPv4Address
from twisted.logger import Logger

from ...psap_adapters.port import Measure, Psap
from ...smpp.alphabets import Alphabet
from ...smpp.parts import join
from ...smpp.server import SmppServer
from ...smpp.timers import SessionLimits
from ..config import Carrier
from ..core.commands import Command, Join, Question
from ..core.engine import Engine
from ..core.facts import GATEWAY, PartsJoined, RouteChosen
from ..core.policy import Policy
from ..core.replaying import policies_in, replay
from ..core.state import Line
from ..core.values import DialogueId, PsapName
from ..edges.carriers import CarrierEdge
from ..edges.clock import DialogueClock
from ..edges.dispatch import Dispatch
from ..edges.locations import LocationEdge
from ..edges.psaps import Group, PsapEdge
from ..edges.transcripts import Transcripts
from ..journal.contract import JournalBroken, Snapshot
from ..journal.memory import MemoryJournal, MemoryStore
from ..location.port import LocationSource
from ..operations.metrics import Metrics
from ..steady import SteadyClock
from .stage import Stage
from .wires import Wire

RECOVER_EVERY = 1.0  # seconds, as the watch does it
SNAPSHOT_EVERY = 20  # records: often, so that every run has a tail behind a snapshot
SYNC = 0.004  # seconds a healthy disk takes


class _Loud(Logger):
    """A fault of ours in a session ends that session only. Here it ends the run."""

    def __init__(self, stage: Stage) -> None:
        super().__init__("simulation")
        self._stage = stage

    def failure(self, format: str, failure: Any = None, level: Any = None, **kwargs: Any) -> None:  # noqa: A002
        fault = sys.exc_info()[1]
        raise self._stage.broken(f"no fault of ours in a session: {fault!r}") from fault


class _Call:
    """May be taken back as long as the process has not heard it ring."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call: Callable[[], object] | None = call

    def ring(self) -> None:
        if self._call is not None:
            self._call()

    def cancel(self) -> None:
        self._call = None


class ProcessClock:
    """The stage's clock as one process has it: nothing rings in it while it stands still."""

    def __init__(self, stage: Stage, enter: Callable[[Callable[[], None]], None]) -> None:
        self._stage = stage
        self._enter = enter

    def seconds(self) -> float:
        return self._stage.now()

    def callLater(self, delay: float, callable: Callable[[], object]) -> Any:  # noqa: A002
        later = _Call(callable)
        self._stage.later(delay, lambda: self._enter(later.ring))
        return later


class Process:
    """`psaps`: name -> adapter, made new for every life."""

    def __init__(
        self,
        stage: Stage,
        store: MemoryStore,
        carriers: list[Carrier],
        policy: Policy,
        source: LocationSource,
        chain: Callable[[str], tuple[PsapName, ...]],
    ) -> None:
        """Raises JournalBroken when the disk takes nothing."""
        self.stage = stage
        self.journal = MemoryJournal(store)
        self.dead = False
        self._still = False
        self._backlog: deque[Callable[[], object]] = deque()
        self._syncing = False
        self._breaks = False
        self._snapshot_at = store.position.sequence
        self._chain = chain
        self.wires: list[Wire] = []
        self.clock = ProcessClock(stage, self.enter)
        self.steady = SteadyClock(stage.utc, stage.now)
        self.dispatch = Dispatch(self._fault)
        ids = iter(range(1, 1 << 30))
        self.engine = Engine(
            self.journal,
            self.steady,
            self._answer,
            self.dispatch.carry,
            lambda: DialogueId(f"d{store.epoch}-{next(ids)}"),
            lambda: stage.random.randrange(1 << 16),
            policy,
            self._moved,
        )
        metrics = Metrics()
        self.transcripts = Transcripts(self._commands_of)
        self._groups = {one.group: Group(one.display) for one in carriers}
        self._metrics = metrics
        self.carriers = CarrierEdge(
            self.engine, carriers, metrics, stage.now, stage.utc, self._soon, self._happened
        )
        self.timers = DialogueClock(self.engine, self.clock, self.steady)
        links = iter(range(1, 1 << 30))
        epoch = store.epoch
        self.server = SmppServer(
            self.carriers, SessionLimits(), self.clock, lambda: f"{epoch}-{next(links)}"
        )
        self.server.log = _Loud(stage)
        self.dispatch.carriers = self.carriers
        self.dispatch.clock = self.timers
        sources = {one.group: source for one in carriers}
        self.dispatch.locations = LocationEdge(self.engine, sources, metrics, stage.now)

    def start(self, psaps: Mapping[str, Psap]) -> None:
        """Read what there is, then open the doors and say what is owed."""
        stage = self.stage
        edge = PsapEdge(
            self.engine,
            psaps,
            self.transcripts,
            self._groups,
            lambda _place: None,
            self.steady,
            self._metrics.text_shown.observe,
        )
        self.psaps = self.dispatch.psaps = edge
        snapshot = None if stage.has("full_replay") else self.journal.last_snapshot()
        after = 0 if snapshot is None else snapshot.up_to
        count = self.engine.restore(snapshot, self.journal.read(after))
        stage.note("gateway", f"starts, {count} records after {after}")
        self.steady.at_least(self.engine.at)
        self.engine.start("simulated")
        edge.start()
        self.timers.start()
        for _ in self.engine.resume():
            pass
        self._look()
        self.clock.callLater(RECOVER_EVERY, self._watch)

    def measure(self, text: str, dialogue: str) -> Measure:
        return self.psaps.measure(text, dialogue)

    def enter(self, what: Callable[[], object]) -> None:
        """Everything that reaches the process comes through here."""
        if self.dead:
            return
        if self._still:
            self._backlog.append(what)
            return
        what()
        self._look()

    def connect(self, wire: Wire) -> bool:
        if self.dead:
            return False
        address: Any = IPv4Address("TCP", "127.0.0.1", 40000)
        protocol = self.server.buildProtocol(address)
        if protocol is None:
            return False
        self.wires.append(wire)
        wire.join(protocol)
        return True

    # --- what a machine does to it -------------------------------------------------------------

    def stand_still(self, seconds: float) -> None:
        self._still = True
        self.stage.note("gateway", f"stands still for {seconds:.1f} s")
        self.stage.later(seconds, self.go_on)

    def go_on(self) -> None:
        self._still = False
        while self._backlog and not self.dead:
            self.enter(self._backlog.popleft())

    def die(self) -> None:
        """The power fails: of what is volatile, some landed."""
        landed = self.stage.random.randint(0, self.journal.pending)
        self.stage.note("gateway", f"dies; {landed} of {self.journal.pending} units landed")
        self.dead = True
        try:
            self.journal.lose_power(landed)
        except JournalBroken:
            self.stage.note("disk", "is full while the process dies")
        for wire in self.wires:
            wire.gateway_died()

    def break_disk(self) -> None:
        """The next commit ends with an input/output error, after part of it has landed."""
        self._breaks = True

    # --- inside --------------------------------------------------------------------------------

    def _look(self) -> None:
        """One commit is under way at a time; it takes what is pending when it begins."""
        if self.dead or self._syncing or not self.journal.pending:
            return
        self._syncing = True
        slow = self.stage.between(0.05, 2.0) if self.stage.has("slow_disk", 0.2) else SYNC
        units = self.journal.pending
        self.stage.later(slow, lambda: self.enter(lambda: self._synced(units)))

    def _synced(self, units: int) -> None:
        self._syncing = False
        if self._breaks and self.journal.pending:
            self._breaks = False
            landed = self.stage.random.randint(0, self.journal.pending)
            self.stage.note("disk", f"fails; {landed} of {self.journal.pending} units landed")
            self.journal.fail("input/output error", landed)
        elif self.journal.pending:
            self.journal.sync(units)

    def _watch(self) -> None:
        self.clock.callLater(RECOVER_EVERY, self._watch)
        engine = self.engine
        if engine.broken is not None:
            try:
                engine.recover()
                self.stage.note("gateway", "recovers")
            except JournalBroken as still:
                engine.broken = still
                self.stage.note("gateway", f"is still broken: {still}")
        elif self.journal.position() - self._snapshot_at >= SNAPSHOT_EVERY:
            up_to, encode = engine.remember()
            self._snapshot_at = up_to
            self.journal.save_snapshot(Snapshot(up_to, encode()), self._saved)

    def _saved(self, broken: JournalBroken | None) -> None:
        self.engine.broken = self.engine.broken or broken  # recovery need not wait for a text

    def _answer(self, line: Line, question: Question) -> RouteChosen | PartsJoined:
        if isinstance(question, Join):
            octets = {part.number: part.octets for part in question.parts}
            joined = join(octets, question.total, cast(Alphabet, question.alphabet))
            return PartsJoined(question.join, joined.text, joined.missing, joined.remarks)
        chain = self._chain(line.key.number)
        return RouteChosen(chain, f"simulated: {question.because}", "Hartford" if chain else "")

    def _commands_of(self, dialogue: DialogueId) -> list[Command]:
        records = [stored.record for stored in self.journal.read_dialogue(dialogue)]
        policies = policies_in(stored.record for stored in self.journal.read_dialogue(GATEWAY))
        return [command for step in replay(records, policies) for command in step.commands]

    def _moved(self, dialogue: DialogueId, before: str, after: str) -> None:
        if before == "new":
            self.transcripts.begin(dialogue)
        self.stage.note(dialogue, f"{before} -> {after}")

    def _fault(self, dialogue: DialogueId, command: Command, fault: Exception) -> None:
        what = f"no fault of ours: {dialogue}, {type(command).__name__}: {fault!r}"
        raise self.stage.broken(what) from fault

    def _soon(self, what: Callable[[], None]) -> None:
        self.clock.callLater(0.0, what)

    def _happened(self, what: object, words: object = "", **_fields: object) -> None:
        self.stage.note("gateway", f"{what} {words}")
