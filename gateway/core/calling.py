"""A caller who rang, on a TTY or with real-time text: what the line tells, and what comes of it.

A call is a dialogue like any other. It is offered at once, also when nobody types; it stays with
the PSAP when the line is gone; and only the PSAP or a timer ends it.
"""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from . import phrases, replying, typing_back, voices
from .commands import AnswerLine
from .facts import (
    CallerSpoke,
    CallerTyped,
    CharactersLeft,
    LineEnded,
    LineFact,
    LineLost,
    LineSaid,
    Opened,
    PsapInterrupted,
    TtyDetected,
    TurnPassed,
    VoiceEnded,
    VoiceFailed,
    VoiceOpened,
)
from .state import Active, Dialogue, Offered, Over
from .turn import Turn
from .typing_back import TYPING, badge, call_of
from .values import DialogueId, Previous, PsapName

ENDS = frozenset({"GA", "SK", "SKSK"})  # a caller who says one has said what he had to
# What of it an untrained reader must be told; the badge has the word itself.
MEANINGS = {
    "SKSK": "The caller says goodbye (SKSK). The line stays open until you end the dialogue",
    "VCO": "The caller wants to speak, and to read what is typed (VCO)",
    "HCO": "The caller wants to type, and to hear (HCO)",
}
KINDS = {"tty": "A call", "rtt": "A call with real-time text"}


def opened(turn: Turn, fact: Opened) -> None:
    what = KINDS.get(fact.key.channel, fact.key.channel)
    number = fact.ani or "a number that is withheld"
    turn.tell(f"{what} from {number}, on line {fact.key.group}")


def heard(turn: Turn, fact: LineFact) -> None:
    call = call_of(turn)
    if call.gone:
        return  # said before the line knew, or told twice
    match fact:
        case CallerTyped():
            _typed(turn, fact)
        case TurnPassed(state, token):
            _turn(turn, state, token)
        case CharactersLeft():
            typing_back.characters_left(turn, fact)
        case LineSaid(text):
            phrases.end(turn)
            turn.show("automatic", text, by="line")
        case TtyDetected():
            if not call.detected:
                turn.call = replace(call, detected=True)
                turn.tell("There is a TTY at the other end")
        case CallerSpoke(on):
            turn.call = replace(call, speaks=on)
            if on and not call.speaks:
                turn.tell("The caller is speaking")
            badge(turn)
        case LineEnded(reason) | LineLost(reason):
            phrases.end(turn)
            turn.tell(f"The line is gone: {reason}")
            voices.lost(turn, reason)
            typing_back.gone(turn, reason, "line lost")
        case VoiceOpened() | VoiceFailed() | VoiceEnded():
            voices.heard(turn, fact)
        case _:
            assert_never(fact)


def answered(turn: Turn, psap: PsapName) -> None:
    if typing_back.stands(turn):
        turn.do(AnswerLine(psap))
        voices.answered(turn, psap)
        badge(turn)


def interrupted(turn: Turn, fact: PsapInterrupted) -> None:
    now = turn.phase
    mine = isinstance(now, Active) and (now.psap, now.offer) == (fact.psap, fact.offer)
    if mine and turn.call is not None and turn.call.outbox:
        turn.tell(f"{fact.by} interrupts the caller")
        typing_back.interrupted(turn)


def hang_up(turn: Turn) -> None:
    typing_back.hang_up(turn, "the dialogue is over")


def earlier(dialogue: DialogueId, state: Dialogue) -> Previous | None:
    """What the next call of the same number must know of this dialogue, which is not over: its line
    is gone, and whoever has it goes on having it."""
    call, phase = state.call, state.phase
    if call is None or not call.gone or isinstance(phase, Over):
        return None
    has = phase.psap if isinstance(phase, Active | Offered) else PsapName("")
    return Previous(dialogue, has, call.gone_at, automatic=state.line.automatic)


def _typed(turn: Turn, fact: CallerTyped) -> None:
    phrases.typed(turn, fact.characters)
    said = any(one.text and not one.echo for one in fact.characters)
    if turn.is_over() and said:
        replying.automatic(turn, "M7", turn.policy.undelivered)


def _turn(turn: Turn, state: str, token: str) -> None:
    call = call_of(turn)
    begins = state == "hearing" and call.turn != state  # what was said before is no news any more
    turn.call = replace(call, turn=state, token=token or ("" if begins else call.token))
    if token in ENDS or (state in TYPING and call.turn not in TYPING):
        phrases.end(turn)
    if token in MEANINGS and token != call.token:
        turn.tell(MEANINGS[token])
        voices.caller_asked(turn, token)
    typing_back.deliver(turn)
    badge(turn)
