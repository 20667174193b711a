"""The story of a call in words: what the line told, as `telling` tells it. Pure.

Every character stands here: those that came badly in brackets with their other reading, what was
taken for our own echo too. Whoever prints them makes them harmless first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from ..smpp.counting import counted
from .core import facts as f
from .core.phrases import SURE
from .core.values import Character
from .core.voices import MODES

STATES = {
    "ours": "the line is free",
    "sending": "we are typing",
    "interrupting": "we are typing, whatever the caller types",
    "stopping": "both typed; we stop after this character",
    "muted": "our echo dies away",
    "hearing": "the caller is typing",
    "speaking": "the caller is speaking",
    "theirs": "it is the caller's turn",
}
NAMES = {"\b": "<erase>", "\r": "<CR>", "\n": "<LF>", "\u2028": "<new line>"}


def words_of(fact: f.LineFact | f.PsapInterrupted | f.PsapAskedVoice) -> str:
    match fact:
        case f.CallerTyped(characters):
            return typed(characters)
        case f.TurnPassed(state, token):
            heard = f"; heard: {token}" if token else ""
            return f"The line: {STATES.get(state, state)}{heard}"
        case f.CharactersLeft(reply, characters, whole):
            if whole:
                return f"All characters of reply {reply + 1} have left the line"
            one, more = (f"{what} of reply {reply + 1}" for what in ("character", "characters"))
            return f"So far {counted(characters, f'{one} has', f'{more} have')} left the line"
        case f.LineSaid(text):
            return f'The line typed by itself: "{text}"'
        case f.TtyDetected():
            return "The first character was accepted: there is a TTY at the other end"
        case f.CallerSpoke(on):
            return "A voice is heard on the line" if on else "The voice is heard no more"
        case f.LineEnded(reason):
            return f"The call is over: {reason}"
        case f.LineLost(reason):
            return f"The gateway has lost the call: {reason}"
        case f.PsapInterrupted(psap, offer, by):
            return f"{by} at {psap} (offer {offer + 1}) pressed the interrupt key"
        case f.PsapAskedVoice(psap, offer, by, mode):
            wish = f"asked for voices: {MODES.get(mode, mode)}" if mode else "wanted voices no more"
            return f"{by} at {psap} (offer {offer + 1}) {wish}"
        case f.VoiceOpened(number):
            return f"The telephone was taken (ringing {number}): voices pass"
        case f.VoiceFailed(number, reason):
            return f"The telephone could not be joined (ringing {number}): {reason}"
        case f.VoiceEnded(number, reason):
            return f"Voices pass no more (ringing {number}): {reason}"
        case _:
            assert_never(fact)


def began(fact: f.Opened) -> str:
    """Who rang, and on which line."""
    kind = "real-time text" if fact.key.channel == "rtt" else "a TTY line"
    where = ", with a location object" if fact.pidf else ""
    number = fact.ani or "A number that is withheld"
    return f"{number} called 911 on {kind}, {fact.key.group} (leg {fact.key.number}){where}"


def typed(characters: Iterable[Character]) -> str:
    """What came, in one sentence, with what is not sure of it."""
    shown: list[str] = []
    echoed: list[str] = []
    doubts: list[str] = []
    for one in characters:
        text = NAMES.get(one.text, one.text) or {0x1B: "<FIGS>", 0x1F: "<LTRS>"}.get(one.code, "")
        (echoed if one.echo else shown).append(text)
        if one.confidence < SURE and not one.echo:
            other = one.figures if one.text == one.letters else one.letters
            also = f", {other} in the other case" if other and other != one.text else ""
            doubts.append(f"{text} is sure to {one.confidence:.0%}{also}")
    notes = [f"echo of ours: {''.join(echoed)}"] if echoed else []
    noted = f" ({'; '.join([*doubts, *notes])})" if doubts or notes else ""
    return f'The caller typed "{"".join(shown)}"{noted}'
