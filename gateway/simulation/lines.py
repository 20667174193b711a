"""Callers on lines in the simulated world: they ring, type letter by letter, wait, and ring off.

Outside the gateway are the callers; inside, for one life of its process, the real conversation of a
wired line, its leg and the door. Whatever passes that door is held against the shadow: a call is
answered when it is durable, nothing is typed twice, and every letter that was heard is recorded
and stands in the transcript, in its order.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, Protocol

from ...tty.pace import Pace
from ...tty.turns import Policy
from ...tty.wired import Codes, WiredLine
from ..edges.lines.calls import REPLY
from ..edges.lines.door import VoiceMode
from ..edges.lines.tty_call import TtyCall
from .around import Around
from .line_door import CALLER_RINGS_OFF, Door, Log
from .process import Process
from .shadow import Told
from .stage import Stage

LINE = "line"  # its name
CALLERS = (1, 3)  # from and to
CALLS_MAX = 3  # of one caller
PHRASES = (0, 3)  # of one call: some callers type nothing
TURNS = Policy(probe_after_s=4.0, probes_max=2)
BREAKS = str.maketrans("", "", "\r\n")


class Wire:
    """One call inside the gateway's process: the wire of a `TtyCall`."""

    def __init__(self, stage: Stage, process: Process, door: Door, caller: LineCaller) -> None:
        self._stage = stage
        self._process = process
        self._caller = caller
        self._wakes = 0
        self._call: TtyCall[WiredLine] = TtyCall(
            door,
            self,
            lambda: TURNS,
            lambda policy, now: WiredLine(Codes.ASCII, Pace(), policy, now),
            stage.now,
        )

    def ring(self) -> None:
        if not self._call.ring(LINE, self._caller.ani):
            self._caller.cut(self)

    def hear(self, octets: bytes) -> None:
        if self._call.talk is not None:
            self._call.tell(self._call.talk.hear(octets, self._stage.now()))
            self.asked()

    def rang_off(self) -> None:
        self._call.over(CALLER_RINGS_OFF)

    # --- tty_call.Wire -------------------------------------------------------------------------

    def answer(self) -> None:
        self._caller.answered(self)
        self.asked()

    def hang_up(self, reason: str) -> None:
        self._caller.cut(self)

    def answered(self, psap: str) -> None:
        pass  # this line brings nobody a voice

    def bridge(self, on: bool) -> None:
        pass  # likewise

    def voice(self, number: int, psap: str, mode: VoiceMode | Literal[""]) -> None:
        raise self._stage.broken("a line without voices is not asked for one")

    def asked(self) -> None:
        """There may be more to send: what is due now goes, and a clock is set for the next."""
        talk = self._call.talk
        if talk is None:
            return
        self._caller.reads(talk.octets_to_send())
        wakes_at = talk.wakes_at()
        if wakes_at is not None:
            self._wakes += 1
            number = self._wakes
            delay = max(0.0, wakes_at - self._stage.now())
            self._process.clock.callLater(delay, lambda: self._tick(number))

    def _tick(self, number: int) -> None:
        if number == self._wakes and self._call.talk is not None:
            self._call.tell(self._call.talk.tick(self._stage.now()))
            self.asked()


class OfCaller(Protocol):
    """One call of a caller."""

    def ring(self) -> None: ...
    def rang_off(self) -> None: ...


class LineCaller:
    """A person at a TTY. Outlives the gateway."""

    calls_max = CALLS_MAX

    def __init__(
        self, stage: Stage, name: str, ani: str, connect: Callable[[LineCaller], OfCaller | None]
    ) -> None:
        self._stage = stage
        self.name = name
        self.ani = ani
        self._connect = connect
        self._chance = stage.draw(name)
        self._wire: OfCaller | None = None
        self._enter: Callable[[Callable[[], None]], None] = lambda _what: None
        self._calls = 0
        self._phrases = 0
        self.read = 0  # octets

    def ring(self) -> None:
        if self._wire is not None or self._calls >= self.calls_max:
            return
        self._calls += 1
        wire = self._connect(self)
        if wire is None:
            self._again()
            return
        self._stage.note(self.name, f"rings, time {self._calls}")
        self._wire = wire
        self.inside(wire.ring)

    def join(self, enter: Callable[[Callable[[], None]], None]) -> None:
        self._enter = enter

    def inside(self, what: Callable[[], None]) -> None:
        """It happens in the gateway's process, when that comes to it."""
        self._enter(what)

    def answered(self, wire: Any) -> None:
        at = 0.0
        for _ in range(self._chance.randint(*PHRASES)):
            self._phrases += 1
            ending = self._chance.choice((" GA", " GA", "", " SK", " SKSK"))
            at += self._chance.uniform(0.5, 9.0)
            for letter in f"{self.name} PHRASE {self._phrases}{ending} ":
                at += self._chance.uniform(0.12, 0.4)
                self._stage.later(at, partial(self._type, wire, letter))
        self._stage.later(at + self._chance.uniform(1.0, 60.0), lambda: self._ring_off(wire))

    def reads(self, octets: bytes) -> None:
        self.read += len(octets)

    def cut(self, wire: OfCaller) -> None:
        """Refused, hung up on, or the gateway is gone."""
        if wire is self._wire:
            self._stage.note(self.name, "is cut off")
            self._wire = None
            self._again()

    def gateway_died(self) -> None:
        if self._wire is not None:
            self.cut(self._wire)

    def _again(self) -> None:
        if not self._stage.healed:
            self._stage.later(self._chance.uniform(0.5, 20.0), self.ring)

    def _type(self, wire: Wire, letter: str) -> None:
        if wire is self._wire:
            self.inside(lambda: wire.hear(letter.encode()))

    def _ring_off(self, wire: OfCaller) -> None:
        if wire is self._wire:
            self._stage.note(self.name, "rings off")
            self._wire = None
            self.inside(wire.rang_off)
            if self._chance.random() < 0.3:
                self._again()


class Lines:
    """All callers on lines of one world, and what passed the doors."""

    def __init__(self, world: Around) -> None:
        self._world = world
        self._stage = stage = world.stage
        self.logs: list[Log] = []
        self.callers: list[LineCaller] = []
        if stage.has("line_callers"):
            count = stage.draw("lines").randint(*CALLERS)
            for number in range(count):
                name, ani = f"TYPIST{chr(ord('A') + number)}", f"+1860666{number:04d}"
                self.callers.append(LineCaller(stage, name, ani, self._wire))
        self._door: tuple[Process, Door] | None = None

    def name_of(self, ani: str) -> str:
        return next(one.name for one in self.callers if one.ani == ani)

    def gateway_died(self) -> None:
        """What was volatile is lost, and the telephone network notices."""
        self._world.shadow.catch_up()
        for log in self.logs:
            if log.process.dead and not log.cut:
                told = self._world.shadow.dialogues.get(log.dialogue)
                log.cut = told is None or not log.is_in(told) or not log.over
        for caller in self.callers:
            caller.gateway_died()

    def at_the_end(self) -> None:
        for log in self.logs:
            told = self._world.shadow.dialogues.get(log.dialogue)
            if told is not None:
                self._judge(log, told)
            elif log.accepted:
                raise self._stage.broken(f"a call that was answered is recorded: {log.dialogue}")

    def _judge(self, log: Log, told: Told) -> None:
        recorded = told.heard + told.late
        words = f"{log.dialogue}: typed {log.said!r}, recorded {recorded!r}"
        if not log.said.startswith(recorded):
            raise self._stage.broken(f"what is recorded of a call was typed in this order: {words}")
        if log.accepted and not log.cut and recorded != log.said:
            raise self._stage.broken(f"every letter that was heard is recorded: {words}")
        if log.accepted and not log.cut and told.voices != log.voices:
            words = f"{log.dialogue}: told {log.voices}, recorded {told.voices}"
            raise self._stage.broken(f"what becomes of a telephone is recorded: {words}")
        caller = [line for line in told.lines.values() if line.kind == "caller"]
        read = "".join(told.reads(line) for line in caller).translate(BREAKS)
        if read != told.heard.translate(BREAKS):
            words = f"{log.dialogue}: recorded {told.heard!r}, read {read!r}"
            raise self._stage.broken(f"every letter stands in the transcript, once: {words}")
        for line in told.lines.values():
            if line.reply < 0:
                continue
            said, whole = told.delivery[line.sequence], f"{REPLY}{line.reply}" in log.whole
            if said not in ("typed", "lost") or (said == "typed" and not whole):
                words = f"line {line.sequence} of {log.dialogue} is {said!r}"
                raise self._stage.broken(f"a reply is typed, or said not to be: {words}")
            if whole and said == "lost" and not log.cut:
                words = f"line {line.sequence} of {log.dialogue}"
                raise self._stage.broken(f"what was typed is not called lost: {words}")

    def door(self) -> tuple[Process, Door] | None:
        """That of the gateway which runs now, if one does."""
        process = self._world.process
        if process is None or process.dead:
            return None
        if self._door is None or self._door[0] is not process:
            door = Door(self._stage, self._world.shadow, process, self.logs)
            self._door = process, door
        return self._door

    def _wire(self, caller: LineCaller) -> Wire | None:
        found = self.door()
        if found is None:
            return None
        process, door = found
        caller.join(process.enter)
        return Wire(self._stage, process, door, caller)
