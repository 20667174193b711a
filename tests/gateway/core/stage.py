"""What the core's tests play on: values, a player of facts with a clock that checks every step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from text911.gateway.core.commands import Arm, Command, Disarm, Join, OfferTo, Question, Route, Show
from text911.gateway.core.dialogue import Step, advance
from text911.gateway.core.encoding import decode_fact, digest, encode_fact
from text911.gateway.core.facts import (
    CallerSentPart,
    CallerTyped,
    CallerWrote,
    Entry,
    Fact,
    LocationFailed,
    Opened,
    PartsJoined,
    PsapAnswered,
    PsapBlocked,
    PsapShown,
    PsapWrote,
    RouteChosen,
    TimeRanOut,
)
from text911.gateway.core.hearing import HEARD_MAX
from text911.gateway.core.policy import Automatic, Limits, Policy
from text911.gateway.core.replying import IN_FLIGHT
from text911.gateway.core.state import Active, Call, Dialogue, Line, Offered, Over
from text911.gateway.core.turn import LINES_PER_ENTRY
from text911.gateway.core.values import (
    CallerKey,
    CarrierName,
    Character,
    DialogueId,
    Location,
    Mark,
    MessageId,
    Previous,
    PsapName,
    Segment,
)
from text911.gateway.edges.transcripts import fold
from text911.psap_adapters.port import Item

from .laws import Laws

T0 = 1_800_000_000.0
HOUR = 3600.0
D = DialogueId("d-1")
A, B, C = PsapName("ansonia"), PsapName("bethel"), PsapName("csecc")
KEY = CallerKey("sms", CarrierName("elm"), "+18605550142")
OTHER = msgspec.structs.replace(KEY, number="+12035550143")
NOBODY = PsapName("")
HERE = Location(41.3, -73.1, 500.0, 90, "Cell", "the carrier's cell", T0)


def segments(text: str, parts: int = 1) -> tuple[Segment, ...]:
    return tuple(Segment(0, f"{text}/{n}".encode()) for n in range(parts))


def automatic(kind: str) -> Automatic:
    return Automatic(f"automatic {kind}", segments(kind), f"AUTOMATIC {kind}", 3.0)


POLICY = Policy(
    limits=Limits(shown=3.0),
    bounce=automatic("M1"),
    lost=automatic("M2"),
    undelivered=automatic("M7"),
    quiet=automatic("M4"),
    media=automatic("M5"),
    ended=((A, automatic("M3")),),
)


def mark(
    octets: str = "help",
    link: str = "L1",
    sequence_number: int = 1,
    umr: int = -1,
    part: str = "",
) -> Mark:
    return Mark(octets.encode(), link, sequence_number, umr, part)


def wrote(
    text: str = "help", name: str = "", *, receipt: bool = True, **more: object
) -> CallerWrote:
    name = name or f"m-{text}"
    said = CallerWrote(MessageId(name), text, mark(text + name), receipt)
    return msgspec.structs.replace(said, **more)


def sent_part(
    number: int,
    total: int,
    text: str = "",
    *,
    join: str = "8:7:3",
    receipt: bool = True,
    name: str = "",
) -> CallerSentPart:
    text = text or f"part{number}."
    part = f"{join}:{total}:{number}"
    return CallerSentPart(
        MessageId(name or f"p-{join}-{number}-{text}"),
        join,
        number,
        total,
        text.encode(),
        "latin-1",
        text,
        mark(text, part=part),
        receipt,
    )


def joined(question: Join) -> PartsJoined:
    """The honest small join of these tests: octets in order, every gap named."""
    by_number = {part.number: part.octets.decode() for part in question.parts}
    missing = tuple(n for n in range(1, question.total + 1) if n not in by_number)
    text = "".join(by_number[n] for n in sorted(by_number))
    remarks = tuple(f"part {n} of {question.total} is missing" for n in missing)
    return PartsJoined(question.join, text, missing, remarks)


def reply(
    key: str, text: str = "on our way", parts: int = 1, leg: tuple[PsapName, int] = (A, 0)
) -> PsapWrote:
    return PsapWrote(*leg, key, text, "Kim", segments(text, parts))


def block(
    leg: tuple[PsapName, int] = (A, 0), *, until: float = T0 + HOUR, text: str = "", key: str = "b"
) -> PsapBlocked:
    """A wish of a supervisor at the console."""
    cut = segments(text) if text else ()
    return PsapBlocked(*leg, key, "Ann", until, "400 times the same", text, cut)


Some = TypeVar("Some", bound=Command)


def only(kind: type[Some], commands: tuple[Command, ...] | list[Command]) -> list[Some]:
    return [one for one in commands if isinstance(one, kind)]


class Play:
    """One dialogue, played fact by fact with a clock of its own. Questions are answered at once, as
    the engine does, and every step is checked: laws, determinism, encodings."""

    def __init__(
        self,
        *chain: PsapName,
        policy: Policy = POLICY,
        key: CallerKey = KEY,
        previous: Previous | None = None,
        reference: int = 100,
        dialogue: DialogueId = D,
    ) -> None:
        self.at = T0
        self.policy = policy
        self.id = dialogue
        self.chain = chain or (A, B, C)
        self.state: Dialogue | None = None
        self.number = 0
        self.entries: list[Entry] = []
        self.steps: list[Step] = []
        self.said: list[Command] = []
        self.questions: list[Question] = []
        self.laws = Laws()
        self.answer: Callable[[Line, Question], RouteChosen | PartsJoined] = self._answer
        self.opening = Opened(key, "hash", reference, ((0x1403, b"x"),), previous)

    def _answer(self, _: Line, question: Question) -> RouteChosen | PartsJoined:
        match question:
            case Route(grace=grace):
                rest = tuple(psap for psap in self.chain if psap != grace)
                return RouteChosen((grace, *rest) if grace else rest, "because", "Ansonia")
            case Join():
                return joined(question)

    @property
    def dialogue(self) -> Dialogue:
        assert self.state is not None
        return self.state

    @property
    def line(self) -> Line:
        return self.dialogue.line

    @property
    def leg(self) -> tuple[PsapName, int]:
        phase = self.dialogue.phase
        assert isinstance(phase, Offered | Active), phase
        return phase.psap, phase.offer

    @property
    def over(self) -> Over:
        phase = self.dialogue.phase
        assert isinstance(phase, Over), phase
        return phase

    @property
    def transcript(self) -> list[Show]:
        return only(Show, self.said)

    @property
    def automatics(self) -> list[str]:
        """Kinds of the automatic messages, in order."""
        return [line.by for line in self.transcript if line.kind == "automatic"]

    @property
    def rung(self) -> list[PsapName]:
        """Whom it was offered to, in order."""
        return [one.psap for one in only(OfferTo, self.said)]

    def texts(self, kind: str = "caller") -> list[str]:
        return [line.text for line in self.transcript if line.kind == kind]

    def hear(self, *facts: Fact) -> list[Command]:
        """The commands of these facts, one after another."""
        return [command for fact in facts for command in self.unit(fact)]

    def unit(self, *facts: Fact) -> list[Command]:
        """Facts that belong together, then the answers to the questions they raise."""
        before = len(self.said)
        waiting = list(facts)
        while waiting:
            for question in self._step(waiting.pop(0)).questions:
                self.questions.append(question)
                waiting.append(self.answer(self.line, question))
        return self.said[before:]

    def _step(self, fact: Fact) -> Step:
        entry = Entry(self.id, self.number, self.at, fact)
        step = advance(self.state, entry, self.policy)
        again = advance(self.state, entry, self.policy)
        assert step == again
        assert digest(*step) == digest(*again)
        assert decode_fact(encode_fact(fact, b"cause")) == (fact, b"cause")
        octets = msgspec.msgpack.encode(step.dialogue)
        assert msgspec.msgpack.decode(octets, type=Dialogue) == step.dialogue
        lines = [show.sequence for show in only(Show, step.commands)]
        assert all(s // LINES_PER_ENTRY == self.number for s in lines), "more lines than fit"
        self.laws.fact(fact)
        for command in step.commands:
            self.laws.command(command)
        timers = {
            timer.name: timer.generation for timer in (self.state.line.timers if self.state else ())
        }
        for command in step.commands:
            match command:
                case Arm(name, generation):
                    timers[name] = generation
                case Disarm(name):
                    timers.pop(name, None)
                case _:
                    pass
        if isinstance(fact, TimeRanOut) and timers.get(fact.timer) == fact.generation:
            del timers[fact.timer]
        after = {timer.name: timer.generation for timer in step.dialogue.line.timers}
        assert timers == after, "the clock and the state disagree about what is armed"
        self._check(step.dialogue)
        self.state = step.dialogue
        self.number += 1
        self.entries.append(entry)
        self.steps.append(step)
        self.said += step.commands
        return step

    @staticmethod
    def _check(dialogue: Dialogue) -> None:
        line = dialogue.line
        moving = any(letter in IN_FLIGHT for one in line.outbox for letter in one.progress)
        waits = any(letter in "wv" for one in line.outbox for letter in one.progress)
        resting = any(timer.name == "retry" for timer in line.timers)
        assert not waits or moving or resting, f"a reply waits for nothing: {line.outbox}"
        assert len(line.heard) <= HEARD_MAX
        assert len(line.partials) <= 16 + 16 + 2
        assert len({timer.name for timer in line.timers}) == len(line.timers)

    # --- short cuts ------------------------------------------------------------------------

    def open(self, *texts: CallerWrote | CallerSentPart) -> list[Command]:
        first, *more = texts or (wrote(),)
        return [*self.unit(self.opening, first), *self.hear(*more)]

    def ring(self, *texts: CallerWrote | CallerSentPart) -> list[Command]:
        """Opened and ringing at the first of the chain, after the location source said no."""
        return [*self.open(*texts), *self.hear(LocationFailed("no source"))]

    def show_all(self) -> list[Command]:
        return self.hear(PsapShown(*self.leg, self.laws.sequence))

    def answered(self, by: str = "Kim") -> list[Command]:
        return self.hear(PsapAnswered(*self.leg, by))

    def take(self, *texts: CallerWrote | CallerSentPart, by: str = "Kim") -> list[Command]:
        """Opened, rung, shown and answered."""
        return [*self.ring(*texts), *self.show_all(), *self.answered(by)]

    def wait(self, seconds: float) -> list[Command]:
        """Let the clock run: every timer fires at its time."""
        before = len(self.said)
        end = self.at + seconds
        while due := [timer for timer in self.line.timers if timer.due <= end]:
            first = min(due, key=lambda timer: (timer.due, timer.generation))
            self.at = max(self.at, first.due)
            self.hear(TimeRanOut(first.name, first.generation))
        self.at = end
        return self.said[before:]


CALL = CallerKey("tty", CarrierName("north"), "leg-1")
ANI = "+18605550142"


def letters(text: str, *, echo: bool = False, confidence: float = 1.0) -> CallerTyped:
    return CallerTyped(tuple(Character(one, confidence=confidence, echo=echo) for one in text))


def typed_reply(
    key: str, text: str = "ON OUR WAY GA", leg: tuple[PsapName, int] = (A, 0), **more: object
) -> PsapWrote:
    wrote = PsapWrote(*leg, key, text.lower(), "Kim", (), text, len(text) * 0.2)
    return msgspec.structs.replace(wrote, **more)


class CallPlay(Play):
    """One call, played likewise. `items`: its transcript, as PSAPs read it."""

    def __init__(
        self,
        *chain: PsapName,
        key: CallerKey = CALL,
        ani: str = ANI,
        previous: Previous | None = None,
        policy: Policy = POLICY,
    ) -> None:
        super().__init__(*chain, key=key, previous=previous, policy=policy)
        self.opening = msgspec.structs.replace(self.opening, tlvs=(), ani=ani)

    @property
    def call(self) -> Call:
        assert self.dialogue.call is not None
        return self.dialogue.call

    @property
    def items(self) -> list[Item]:
        return list(fold(self.said).values())

    def lines(self, kind: str = "caller") -> list[str]:
        return [item.text for item in self.items if item.kind == kind]

    def deliveries(self) -> list[tuple[str, str]]:
        """Of each reply where it is, and what is said of it."""
        return [(one.delivery.value, "; ".join(one.notes)) for one in self.items if one.delivery]

    def come(self) -> list[Command]:
        """The call is there, and rings at the first of the chain."""
        return [*self.unit(self.opening), *self.hear(LocationFailed("no source"))]

    def take_call(self) -> list[Command]:
        return [*self.come(), *self.show_all(), *self.answered()]
