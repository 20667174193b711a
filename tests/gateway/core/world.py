"""An engine on a slow journal, with a log of everything that left it, in order."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from text911.gateway.core.commands import (
    Arm,
    Command,
    Disarm,
    GiveReceipt,
    Join,
    OfferTo,
    Question,
    Route,
    Show,
)
from text911.gateway.core.encoding import decode_fact
from text911.gateway.core.engine import Engine
from text911.gateway.core.facts import (
    CallerSentPart,
    CallerWrote,
    Fact,
    LocationFailed,
    PartsJoined,
    PsapAnswered,
    PsapEnded,
    PsapShown,
    RouteChosen,
    TimeRanOut,
)
from text911.gateway.core.policy import Policy
from text911.gateway.core.state import Line
from text911.gateway.core.values import CallerKey, DialogueId, Mark, MessageId
from text911.gateway.journal.contract import JournalBroken

from .slow_journal import SlowJournal
from .stage import KEY, POLICY, T0, A, B, C, joined, wrote

Left = tuple[str, object]


class World:
    """`log`: ("accepted", id), ("denied", id), ("done", fact), ("not done", fact) and (dialogue,
    command), in the order in which they left. `timers` is the clock's side of Arm and Disarm."""

    def __init__(
        self, journal: SlowJournal | None = None, policy: Policy = POLICY, name: str = "d"
    ) -> None:
        self.journal = journal or SlowJournal()
        self.now = T0
        self.log: list[Left] = []
        self.timers: dict[tuple[str, str], tuple[int, float]] = {}
        self.proven: Callable[[Mark], bool] = lambda _: True
        self.react: Callable[[DialogueId, Command], None] = lambda _dialogue, _command: None
        ids = (DialogueId(f"{name}{n}") for n in count())
        self.engine = Engine(
            journal=self.journal,
            now=lambda: self.now,
            answer=self.answer,
            carry=self._carry,
            fresh_id=lambda: next(ids),
            reference=lambda: 100,
            policy=policy,
        )

    @classmethod
    def started(cls) -> World:
        world = cls()
        world.engine.start("1.0")
        world.journal.sync()
        return world

    def after_crash(self, landed: int = 0, name: str = "e") -> World:
        """The next process, restored from what was durable, not resumed yet."""
        world = World(self.journal.crash(landed), name=name)
        world.now = self.now
        world.engine.restore(None, world.journal.read())
        return world

    @staticmethod
    def answer(_: Line, question: Question) -> RouteChosen | PartsJoined:
        match question:
            case Route(grace=grace):
                rest = tuple(psap for psap in (A, B, C) if psap != grace)
                return RouteChosen((grace, *rest) if grace else rest, "because", "Ansonia")
            case Join():
                return joined(question)

    def _carry(self, dialogue: DialogueId, command: Command) -> None:
        self.log.append((dialogue, command))
        match command:
            case Arm(timer, generation, due):
                self.timers[dialogue, timer] = (generation, due)
            case Disarm(timer):
                self.timers.pop((dialogue, timer), None)
            case _:
                pass
        self.react(dialogue, command)

    def text(
        self, text: CallerWrote | CallerSentPart, key: CallerKey = KEY, cause: bytes = b"pdu"
    ) -> None:
        def accepted(message: MessageId, broken: JournalBroken | None) -> None:
            self.log.append(("accepted" if broken is None else "denied", message))

        self.engine.hear_caller(key, text, (), cause, lambda m: self.proven(m), accepted)

    def ask(self, dialogue: str, fact: Fact) -> None:
        """A fact whose sender waits for the answer."""

        def done(broken: JournalBroken | None) -> None:
            self.log.append(("done" if broken is None else "not done", fact))

        self.engine.hear(DialogueId(dialogue), fact, b"frame", done)

    def report(self, dialogue: str, *facts: Fact) -> None:
        for fact in facts:
            self.engine.hear(DialogueId(dialogue), fact)

    def tick(self, seconds: float) -> None:
        self.now += seconds
        due = sorted((due, *key, gen) for key, (gen, due) in self.timers.items() if due <= self.now)
        for _, dialogue, timer, generation in due:
            if self.timers.get((dialogue, timer), (None,))[0] == generation:
                del self.timers[dialogue, timer]
                self.report(dialogue, TimeRanOut(timer, generation))

    def resume(self) -> list[DialogueId]:
        return list(self.engine.resume())

    def of(self, what: str) -> list[object]:
        return [one for kind, one in self.log if kind == what]

    @property
    def commands(self) -> list[Command]:
        words = ("accepted", "denied", "done", "not done", "begun")
        return [one for kind, one in self.log if kind not in words]  # type: ignore[misc]

    def texts(self) -> list[str]:
        return [c.text for c in self.commands if isinstance(c, Show) and c.kind == "caller"]

    def offers(self) -> list[OfferTo]:
        return [c for c in self.commands if isinstance(c, OfferTo)]

    def receipts(self) -> list[GiveReceipt]:
        return [c for c in self.commands if isinstance(c, GiveReceipt)]


def ringing() -> World:
    """One dialogue, d0, that rings at the first PSAP."""
    world = World.started()
    world.text(wrote("help", "m1"))
    world.report("d0", LocationFailed("no source"))
    world.journal.sync()
    return world


def active() -> World:
    world = ringing()
    world.report("d0", PsapShown(A, 0, 1000), PsapAnswered(A, 0, "Kim"))
    world.journal.sync()
    return world


def closed() -> World:
    world = active()
    world.report("d0", PsapEnded(A, 0, "end", "Kim"))
    world.journal.sync()
    return world


def facts(world: World, dialogue: str = "d0") -> list[object]:
    """What stands in the journal of it."""
    stored = world.journal.read_dialogue(dialogue)
    return [decode_fact(one.record.payload)[0] for one in stored]
