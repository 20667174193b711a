"""One life of the gateway's process: the real core, edges and SMPP sessions on a simulated machine.

It can stand still, and it can die at any moment; then nothing of it runs any more and what it had
not made durable is gone. Its disk is the journal in memory with its two layers.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.logger import Logger

from ...psap_adapters.port import Measure, Psap
from ...smpp.client import Connect
from ...smpp.connecting import OutbindListenSettings
from ...smpp.server import SmppServer
from ...smpp.timers import SessionLimits
from ..config import Carrier
from ..core.commands import Command
from ..core.engine import Engine
from ..core.facts import GATEWAY
from ..core.policy import Policy
from ..core.replaying import policies_in, replay
from ..core.values import DialogueId
from ..edges.answers import Answers
from ..edges.awake import Awake
from ..edges.carriers import CarrierEdge
from ..edges.clock import DialogueClock
from ..edges.dispatch import Dispatch
from ..edges.lines.calls import Calls
from ..edges.locations import LocationEdge
from ..edges.outreach import Outreach
from ..edges.psaps import PsapEdge
from ..edges.transcripts import Transcripts
from ..faults import fault
from ..journal.contract import JournalBroken, Snapshot
from ..journal.memory import MemoryJournal, MemoryStore
from ..location.port import LocationSource
from ..operations.metrics import Metrics
from ..routing.router import Router
from ..steady import SteadyClock
from ..wording import Group
from .points import ProcessDied
from .stage import Stage
from .wires import Wire

AWAITS = OutbindListenSettings(port=2776)  # outbinds
RECOVER_EVERY = 1.0  # seconds, as the watch does it
SNAPSHOT_EVERY = 20  # records: often, so that every run has a tail behind a snapshot
WORK = 0.0005  # seconds between two looks at a stopwatch
SYNC = 0.004  # seconds a healthy disk takes


class _Loud(Logger):
    """A fault of ours in a session ends that session only. Here it ends the run."""

    def __init__(self, stage: Stage, is_dead: Callable[[], bool]) -> None:
        super().__init__("simulation")
        self._stage = stage
        self._is_dead = is_dead

    def failure(self, format: str, failure: Any = None, level: Any = None, **kwargs: Any) -> None:  # noqa: A002
        if not self._is_dead():
            ours = sys.exc_info()[1]
            raise self._stage.broken(f"no fault of ours in a session: {ours!r}") from ours


class _Call:
    """May be taken back as long as the process has not heard it ring."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call: Callable[[], object] | None = call

    def ring(self) -> None:
        if self._call is not None:
            self._call()

    def cancel(self) -> None:
        self._call = None


class Stopwatch:
    """Seconds of the clock, and what work takes: each look at it costs a little, so that much work
    at once is seen to take long, the same in every run."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._worked = 0.0

    def __call__(self) -> float:
        self._worked += WORK
        return self._stage.now() + self._worked


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
        sources: Callable[[Process], Mapping[str, LocationSource]],
        router: Router,
        landed: Callable[[], None],
        dial: Callable[[Process], Callable[[str, int, float], Connect]],
    ) -> None:
        """`landed` is called when something has become durable; `dial` makes connections of ours.
        Raises JournalBroken when the disk takes nothing."""
        self.stage = stage
        self._landed = landed
        self.journal = MemoryJournal(store)
        self.dead = False
        self.syncing_slowly = False
        self.troubles = 0  # pauses, slow syncs and failures of the disk that there were
        self._depth = 0  # of `enter`
        self._still_until = 0.0
        self._backlog: deque[Callable[[], object]] = deque()
        self._syncing = False
        self._breaks = False
        self._snapshot_at = store.position.sequence
        metrics = Metrics()
        self.answers = Answers(router, metrics)
        chance = stage.draw("gateway")
        self.wires: list[Wire] = []
        self.clock = ProcessClock(stage, self.enter)
        self.steady = SteadyClock(stage.utc, stage.now)
        self.dispatch = Dispatch(self._fault)
        ids = iter(range(1, 1 << 30))
        self.engine = Engine(
            self.journal,
            self.steady,
            self.answers.answer,
            self.dispatch.carry,
            lambda: DialogueId(f"d{store.epoch}-{next(ids)}"),
            lambda: chance.randrange(1 << 16),
            policy,
            self._moved,
        )
        self.transcripts = Transcripts(self._commands_of)
        self._groups = {one.group: Group(one.display) for one in carriers}
        self._metrics = metrics
        awake = Awake()
        self.carriers = CarrierEdge(
            self.engine,
            carriers,
            metrics,
            stage.now,
            stage.utc,
            self._soon,
            self._happened,
            stopwatch=Stopwatch(stage),
            awake=awake,
        )
        self.timers = DialogueClock(self.engine, self.clock, self.steady, awake.tick)
        self._open(carriers, dial(self))
        self.dispatch.carriers = self.carriers
        self.dispatch.clock = self.timers
        self.locations = LocationEdge(self.engine, sources(self), metrics, stage.now)
        self.dispatch.locations = self.locations
        legs = iter(range(1, 1 << 30))
        self.calls = Calls(self.engine, lambda: f"leg{store.epoch}-{next(legs)}")
        self.dispatch.lines = self.calls

    def _open(self, carriers: list[Carrier], connect: Callable[[str, int, float], Connect]) -> None:
        """The doors for carriers: where they bind, where we bind, where a bind is asked of us."""
        links = iter(range(1, 1 << 30))
        epoch = self.journal.store.epoch

        def link_ids() -> str:
            return f"{epoch}-{next(links)}"

        self.server = SmppServer(self.carriers, SessionLimits(), self.clock, link_ids, passes=fault)
        self.outreach = Outreach(
            carriers,
            self.carriers,
            self.server,
            self.clock,
            connect,
            self.stage.draw("pauses").random,
            link_ids,
            self._happened,
        )
        ((_, _, _, self.awaiting),) = self.outreach.doors(AWAITS)
        for station in (self.server, self.outreach.station, self.awaiting):
            vars(station)["log"] = _Loud(self.stage, lambda: self.dead)

    def start(self, psaps: Mapping[str, Psap]) -> None:
        """Read what there is, then open the doors and say what is owed. It may die of it."""
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
        fault("after_restore_before_doors")
        self.steady.at_least(self.engine.at)
        self.engine.start("simulated")
        edge.start()
        self.timers.start()
        for _ in self.engine.resume():
            fault("while_resuming")
        self.outreach.start()
        self._look()
        self.clock.callLater(RECOVER_EVERY, self._watch)

    def reload(self, carriers: list[Carrier]) -> None:
        """As the composition does it."""
        self.carriers.replace(carriers)
        self.outreach.adopt(carriers)

    def measure(self, text: str, dialogue: str) -> Measure:
        return self.psaps.measure(text, dialogue)

    def enter(self, what: Callable[[], object]) -> None:
        """Everything that reaches the process comes through here."""
        if self.dead:
            return
        if self.stands_still or self._backlog:
            self._backlog.append(what)
        else:
            self._do(what)

    def _do(self, what: Callable[[], object]) -> None:
        self._depth += 1
        try:
            what()
            self._look()
        except ProcessDied:
            if self._depth > 1:
                raise  # whoever called this is dead as well
        finally:
            self._depth -= 1

    def connect(self, wire: Wire) -> bool:
        return self.join(wire, self.server)

    def join(self, wire: Wire, factory: Any) -> bool:
        """False: nobody is there, or it has no place."""
        if self.dead:
            return False
        protocol = factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 40000))
        if protocol is None:
            return False
        self.wires.append(wire)
        wire.join(protocol)
        return True

    # --- what a machine does to it -------------------------------------------------------------

    @property
    def stands_still(self) -> bool:
        return self._still_until > self.stage.now()

    @property
    def is_healthy(self) -> bool:
        """Whether it could do what it should now: no pause, no trouble with the disk."""
        well = not self.dead and not self.stands_still and not self._backlog
        return well and self.engine.broken is None and not self.syncing_slowly

    def stand_still(self, seconds: float) -> None:
        self.troubles += 1
        self._still_until = max(self._still_until, self.stage.now() + seconds)
        self.stage.note("gateway", f"stands still for {seconds:.1f} s")
        self.stage.later(seconds, self._go_on)

    def _go_on(self) -> None:
        while self._backlog and not self.dead and not self.stands_still:
            self._do(self._backlog.popleft())

    def die(self, landed: int | None = None) -> None:
        """Of what is volatile, `landed` units have landed; None: the power fails, chance decides.
        Nothing of it becomes visible any more, whatever is still on the stack."""
        pending = self.journal.pending
        landed = self.stage.draw("power").randint(0, pending) if landed is None else landed
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
        stage = self.stage
        self.syncing_slowly = stage.has("slow_disk", 0.2)
        self.troubles += self.syncing_slowly
        slow = stage.draw("slow_disk").uniform(0.05, 2.0) if self.syncing_slowly else SYNC
        units = self.journal.pending
        self.stage.later(slow, lambda: self.enter(lambda: self._synced(units)))

    def _synced(self, units: int) -> None:
        self._syncing = self.syncing_slowly = False
        if self._breaks and self.journal.pending:
            self._breaks = False
            landed = self.stage.draw("power").randint(0, self.journal.pending)
            self.stage.note("disk", f"fails; {landed} of {self.journal.pending} units landed")
            self.journal.fail("input/output error", landed)
        elif self.journal.pending:
            self.journal.sync(units)
        self._landed()

    def _watch(self) -> None:
        self.clock.callLater(RECOVER_EVERY, self._watch)
        engine = self.engine
        if engine.broken is not None:
            self.troubles += 1
            fault("before_recovery")
            try:
                engine.recover()
            except JournalBroken as still:
                engine.broken = still
                self.stage.note("gateway", f"is still broken: {still}")
                return
            fault("after_recovery")
            self.stage.note("gateway", "recovers")
        elif self.journal.position() - self._snapshot_at >= SNAPSHOT_EVERY:
            up_to, encode = engine.remember()
            self._snapshot_at = up_to
            fault("after_snapshot_before_saved")
            self.journal.save_snapshot(Snapshot(up_to, encode()), self._saved)

    def _saved(self, broken: JournalBroken | None) -> None:
        self.engine.broken = self.engine.broken or broken  # recovery need not wait for a text

    def _commands_of(self, dialogue: DialogueId) -> list[Command]:
        records = [stored.record for stored in self.journal.read_dialogue(dialogue)]
        policies = policies_in(stored.record for stored in self.journal.read_dialogue(GATEWAY))
        return [command for step in replay(records, policies) for command in step.commands]

    def _moved(self, dialogue: DialogueId, before: str, after: str) -> None:
        if before == "new":
            self.transcripts.begin(dialogue)
        self.stage.note(dialogue, f"{before} -> {after}")

    def _fault(self, dialogue: DialogueId, command: Command, ours: Exception) -> None:
        if not self.dead:
            what = f"no fault of ours: {dialogue}, {type(command).__name__}: {ours!r}"
            raise self.stage.broken(what) from ours

    def _soon(self, what: Callable[[], None]) -> None:
        self.clock.callLater(0.0, what)

    def _happened(self, what: object, words: object = "", **_fields: object) -> None:
        self.stage.note("gateway", f"{what} {words}")
