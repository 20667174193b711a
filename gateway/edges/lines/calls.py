"""Calls, between the lines and the core: what a line tells becomes facts, commands become verbs.

Decides nothing. A call is answered when its dialogue is on the disk, and refused when that cannot
be; one leg belongs to one dialogue, and what is told of a leg that is gone is passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never, cast

from ...core.commands import AnswerLine, HangUpLine, InterruptCaller, PassVoice, TypeToCaller
from ...core.engine import Engine
from ...core.facts import (
    CallerMoved,
    CallerSpoke,
    CallerTyped,
    CharactersLeft,
    LineEnded,
    LineFact,
    LineLost,
    LineSaid,
    TtyDetected,
    TurnPassed,
    VoiceEnded,
    VoiceFailed,
    VoiceOpened,
)
from ...core.state import by_ani
from ...core.values import CallerKey, CarrierName, Character, DialogueId
from ...journal.contract import JournalBroken
from ...location.port import Answer, Unknown
from .door import Channel, Leg, Turn, VoiceMode, VoiceState

CALLS_MAX = 1_000  # at once; each is a person, and some 20 KB of them with their audio
CHARACTERS_MAX = 256  # in one fact: more is several
NOT_RECORDED = "the gateway cannot record the call at the moment"
RESTARTED = "the gateway was restarted"
REPLY = "reply-"  # and its number: the key of a text that the core has written

ToLine = TypeToCaller | InterruptCaller | AnswerLine | PassVoice | HangUpLine


class _Call:
    """One leg from `begin` on. `is_over`: it ended before it could be answered."""

    __slots__ = ("is_over", "leg")

    def __init__(self, leg: Leg) -> None:
        self.leg = leg
        self.is_over = False


class Calls:
    """Is the `LineDoor`. `fresh` gives the id of a leg, another one each time, also over
    restarts."""

    def __init__(
        self, engine: Engine, fresh: Callable[[], str], calls_max: int = CALLS_MAX
    ) -> None:
        self._engine = engine
        self._fresh = fresh
        self._calls_max = calls_max
        self._calls: dict[DialogueId, _Call] = {}

    def __len__(self) -> int:
        """How many there are now."""
        return len(self._calls)

    # --- from the lines --------------------------------------------------------------------

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
        if self._engine.broken is not None or len(self._calls) >= self._calls_max:
            return None
        self._lose_stale(ani)
        call = _Call(leg)
        refused: list[DialogueId] = []

        def begun(dialogue: DialogueId, broken: JournalBroken | None) -> None:
            if broken is None:
                self._calls.setdefault(dialogue, call)
                if call.is_over:
                    del self._calls[dialogue]
                else:
                    leg.accept()
                return
            # Perhaps it is recorded all the same: then its PSAP must know that nobody is there.
            self._engine.hear(dialogue, LineLost(NOT_RECORDED))
            if self._calls.pop(dialogue, None) is None:
                refused.append(dialogue)  # within `begin`, or over already
            else:
                leg.end(NOT_RECORDED)

        key = CallerKey(channel, CarrierName(line), self._fresh())
        dialogue = self._engine.hear_call(key, ani, pidf or b"", begun, voice=voice)
        if refused:
            return None
        self._calls.setdefault(dialogue, call)
        return dialogue

    def moved(self, dialogue: DialogueId, pidf: bytes, found: Answer) -> None:
        if isinstance(found, Unknown):
            self._hear(dialogue, CallerMoved(pidf, None, found.reason))
        else:
            self._hear(dialogue, CallerMoved(pidf, found))

    def detected(self, dialogue: DialogueId) -> None:
        self._hear(dialogue, TtyDetected())

    def typed(self, dialogue: DialogueId, characters: tuple[Character, ...]) -> None:
        for at in range(0, len(characters), CHARACTERS_MAX):
            self._hear(dialogue, CallerTyped(characters[at : at + CHARACTERS_MAX]))

    def turn(self, dialogue: DialogueId, state: Turn, token: str = "") -> None:
        self._hear(dialogue, TurnPassed(state, token))

    def left(self, dialogue: DialogueId, key: str, characters: int, whole: bool) -> None:
        number = key.removeprefix(REPLY)
        if number != key:  # else a text of the line's own
            self._hear(dialogue, CharactersLeft(int(number), characters, whole))

    def said(self, dialogue: DialogueId, text: str) -> None:
        self._hear(dialogue, LineSaid(text))

    def speaks(self, dialogue: DialogueId, on: bool) -> None:
        self._hear(dialogue, CallerSpoke(on))

    def voiced(self, dialogue: DialogueId, number: int, state: VoiceState, reason: str) -> None:
        match state:
            case "open":
                self._hear(dialogue, VoiceOpened(number))
            case "failed":
                self._hear(dialogue, VoiceFailed(number, reason))
            case "ended":
                self._hear(dialogue, VoiceEnded(number, reason))
            case _:
                assert_never(state)

    def ended(self, dialogue: DialogueId, reason: str) -> None:
        self._hear(dialogue, LineEnded(reason))
        call = self._calls.pop(dialogue, None)
        if call is not None:
            call.is_over = True

    # --- from the core ---------------------------------------------------------------------

    def carry(self, dialogue: DialogueId, command: ToLine) -> None:
        call = self._calls.get(dialogue)
        if call is None:
            return  # its leg is gone, and the fact that says so was told
        match command:
            case TypeToCaller(reply, text, interrupt):
                call.leg.write(f"{REPLY}{reply}", text, interrupt)
            case InterruptCaller():
                call.leg.interrupt()
            case AnswerLine(psap):
                call.leg.answered(psap)
            case PassVoice(number, psap, mode):
                call.leg.voice(number, psap, cast("VoiceMode", mode))
            case HangUpLine(reason):
                del self._calls[dialogue]
                call.leg.end(reason)
            case _:
                assert_never(command)

    # --- inside ----------------------------------------------------------------------------

    def _hear(self, dialogue: DialogueId, fact: LineFact | CallerMoved) -> None:
        if dialogue in self._calls:
            self._engine.hear(dialogue, fact)

    def _lose_stale(self, ani: str) -> None:
        """After a restart a caller may be back before the turn has come to the call that was cut
        off. It is lost now: so the new one belongs to it."""
        held = self._engine.latest(by_ani(ani)) if ani else None
        if held is not None and held.dialogue not in self._calls:
            self._engine.hear(held.dialogue, LineLost(RESTARTED))
