"""The door and the legs of the lines in the simulated world, watched: whatever passes is held
against what is durable, and kept for the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ..core.values import Character, DialogueId
from ..edges.lines.calls import REPLY, Calls
from ..edges.lines.door import Channel, Leg, Turn, VoiceMode, VoiceState
from ..location.port import Answer
from .process import Process
from .shadow import Shadow, Told
from .stage import Stage

CALLER_RINGS_OFF = "the caller hung up"  # the only reason for which a line ends a call here


@dataclass(slots=True)
class Log:
    """One call, as it passed the door. `said`: what the caller typed and was not taken for our
    echo, until its end. `cut`: the gateway died before all of it was durable."""

    dialogue: DialogueId
    process: Process
    said: str = ""
    accepted: bool = False
    over: bool = False
    cut: bool = False
    written: dict[str, str] = field(default_factory=dict[str, str])  # key -> text
    whole: set[str] = field(default_factory=set[str])  # keys of what has left, all but a new line
    # What was told of telephones beside it: number, and what became of it.
    voices: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def is_in(self, told: Told) -> bool:
        return told.heard + told.late == self.said and told.voices == self.voices


class Door:
    """The `LineDoor` of one life of the gateway, watched."""

    def __init__(self, stage: Stage, shadow: Shadow, process: Process, logs: list[Log]) -> None:
        self._stage = stage
        self._shadow = shadow
        self._process = process
        self._calls: Calls = process.calls
        self._logs = logs
        self._of: dict[DialogueId, Log] = {}

    def begin(
        self,
        line: str,
        ani: str,
        channel: Channel,
        pidf: bytes | None,
        leg: Leg,
        *,
        voice: bool = False,
    ) -> DialogueId | None:
        watched = Watched(self._stage, self._shadow, leg)
        dialogue = self._calls.begin(line, ani, channel, pidf, watched, voice=voice)
        if dialogue is not None:
            watched.log = self._of[dialogue] = Log(dialogue, self._process)
            self._logs.append(watched.log)
        return dialogue

    def detected(self, dialogue: DialogueId) -> None:
        self._calls.detected(dialogue)

    def typed(self, dialogue: DialogueId, characters: tuple[Character, ...]) -> None:
        log = self._of[dialogue]
        if not log.over:
            log.said += "".join(one.text for one in characters if not one.echo)
        self._calls.typed(dialogue, characters)

    def turn(self, dialogue: DialogueId, state: Turn, token: str = "") -> None:
        self._calls.turn(dialogue, state, token)

    def left(self, dialogue: DialogueId, key: str, characters: int, whole: bool) -> None:
        log = self._of[dialogue]
        if not log.over and (whole or not log.written[key][characters:].strip()):
            log.whole.add(key)
        self._calls.left(dialogue, key, characters, whole)

    def moved(self, dialogue: DialogueId, pidf: bytes, found: Answer) -> None:
        self._calls.moved(dialogue, pidf, found)

    def said(self, dialogue: DialogueId, text: str) -> None:
        self._calls.said(dialogue, text)

    def speaks(self, dialogue: DialogueId, on: bool) -> None:
        self._calls.speaks(dialogue, on)

    def voiced(self, dialogue: DialogueId, number: int, state: VoiceState, reason: str) -> None:
        log = self._of[dialogue]
        if not log.over:
            log.voices.append((number, state))
        self._calls.voiced(dialogue, number, state, reason)

    def ended(self, dialogue: DialogueId, reason: str) -> None:
        if reason != CALLER_RINGS_OFF:
            raise self._stage.broken(f"only its caller, or we, end a call: {dialogue}, {reason}")
        self._of[dialogue].over = True
        self._calls.ended(dialogue, reason)


class Watched:
    """The `Leg`, watched. `log`: from the moment on at which `begin` has given a dialogue; this
    disk takes nothing within that call."""

    log: Log | None = None

    def __init__(self, stage: Stage, shadow: Shadow, leg: Leg) -> None:
        self._stage = stage
        self._shadow = shadow
        self._leg = leg

    def accept(self) -> None:
        log, _ = self._recorded()
        log.accepted = True
        self._leg.accept()

    def write(self, key: str, text: str, interrupt: bool) -> None:
        log, told = self._recorded()
        words = f"{key} of {log.dialogue}"
        if told.typing.get(int(key.removeprefix(REPLY))) != text:
            raise self._stage.broken(f"nothing is typed before its record is durable: {words}")
        if key in log.written:
            raise self._stage.broken(f"nothing is typed twice: {words}")
        log.written[key] = text
        self._leg.write(key, text, interrupt)

    def interrupt(self) -> None:
        self._leg.interrupt()

    def answered(self, psap: str) -> None:
        self._leg.answered(psap)

    def voice(self, number: int, psap: str, mode: VoiceMode | Literal[""]) -> None:
        log, told = self._recorded()
        if (number, psap, mode) not in told.rung:
            words = f"number {number}, {mode!r} of {log.dialogue}"
            raise self._stage.broken(f"no telephone is rung before its record: {words}")
        self._leg.voice(number, psap, mode)

    def end(self, reason: str) -> None:
        if self.log is not None:
            self.log.over = True
        self._leg.end(reason)

    def _recorded(self) -> tuple[Log, Told]:
        self._shadow.catch_up()
        log = self.log
        told = None if log is None else self._shadow.dialogues.get(log.dialogue)
        if log is None or told is None:
            name = "at once" if log is None else log.dialogue
            raise self._stage.broken(f"no call is answered before its record: {name}")
        return log, told
