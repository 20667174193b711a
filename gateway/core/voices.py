"""Voices beside the letters of a call (VCO, HCO): whether the PSAP's telephone is rung for them.

The telecommunicator asks for it, or the caller does by typing VCO or HCO in tones. Whatever becomes
of it, the text goes on: nothing here ends a call, and what a telephone does is told in words.
"""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from .commands import PassVoice
from .facts import PsapAskedVoice, VoiceEnded, VoiceFailed, VoiceOpened
from .state import Active, Voice
from .turn import Turn
from .typing_back import badge, stands
from .values import PsapName

MODES = {"vco": "the caller speaks (VCO)", "hco": "the caller hears (HCO)"}
BOTH = "the caller speaks and hears"  # beside real-time text, whichever mode was asked for
CALLER = "the caller"  # who asked
NOT_CONNECTED = "Voices could not be connected"
NO_LONGER = "Voices are no longer connected"
GOES_ON = "The text goes on"


def asked(turn: Turn, fact: PsapAskedVoice) -> None:
    """The key. It is not offered where it can do nothing: then whoever pressed it has seen an old
    screen, and the badge says so."""
    now, voice = turn.phase, turn.voice
    mine = isinstance(now, Active) and (now.psap, now.offer) == (fact.psap, fact.offer)
    if not mine or voice is None or not voice.able or not stands(turn):
        return
    if not fact.mode:
        _end(turn, f"{fact.by} ended it")
    elif fact.mode in MODES and fact.mode != voice.mode:
        _pass(turn, voice, fact.psap, fact.mode, fact.by)
    badge(turn)


def caller_asked(turn: Turn, token: str) -> None:
    """Typed by the caller: `token` is VCO, HCO or another word. Before somebody has answered there
    is no telephone to ring: it is rung then."""
    mode, voice, now = token.lower(), turn.voice, turn.phase
    if mode not in MODES or voice is None:
        return
    if not isinstance(now, Active):
        turn.voice = replace(voice, wanted=mode)
    elif not voice.able:
        turn.tell(f"{turn.title(now.psap)} has no telephone for it")
    elif mode != voice.mode:
        _pass(turn, voice, now.psap, mode, CALLER)


def answered(turn: Turn, psap: PsapName) -> None:
    """A person there has the call."""
    if turn.voice is None:
        return
    voice = replace(turn.voice, able=psap in turn.policy.voices, wanted="", note="")
    wanted, turn.voice = turn.voice.wanted, voice
    if wanted and voice.able:
        _pass(turn, voice, psap, wanted, CALLER)
    elif wanted:
        turn.tell(f"{turn.title(psap)} has no telephone for the caller's voice")


def heard(turn: Turn, fact: VoiceOpened | VoiceFailed | VoiceEnded) -> None:
    voice = turn.voice
    if voice is None or not voice.state or voice.number != fact.number:
        return  # of one that was given up
    match fact:
        case VoiceOpened():
            turn.voice = replace(voice, state="open")
            turn.tell(f"Voices are connected: {_does(turn, voice.mode)}")
        case VoiceFailed(reason=reason):
            _over(turn, voice, f"{NOT_CONNECTED}: {reason}. {GOES_ON}", reason)
        case VoiceEnded(reason=reason):
            _over(turn, voice, f"{NO_LONGER}: {reason}. {GOES_ON}", reason)
        case _:
            assert_never(fact)
    badge(turn)


def leave(turn: Turn, reason: str) -> None:
    """The PSAP that had the call has it no more."""
    _end(turn, reason)
    if turn.voice is not None:
        turn.voice = Voice(number=turn.voice.number)


def lost(turn: Turn, reason: str) -> None:
    """The caller's line is gone, and with it what was joined to it."""
    voice = turn.voice
    if voice is not None:
        if voice.state:
            _over(turn, voice, f"Voices are lost with the line: {reason}", "")
        turn.voice = Voice(number=voice.number)


def _pass(turn: Turn, voice: Voice, psap: PsapName, mode: str, by: str) -> None:
    """Ring, or go on in another mode."""
    number = voice.number if voice.state else voice.number + 1
    does = _does(turn, mode)
    if voice.state:
        turn.tell(f"{by}: {does}")
    else:
        turn.tell(f"The telephone of {turn.title(psap)} is rung: {does}, asked by {by}")
    turn.voice = replace(
        voice, number=number, state=voice.state or "calling", mode=mode, wanted="", note=""
    )
    turn.do(PassVoice(number, psap, mode))


def _does(turn: Turn, mode: str) -> str:
    return BOTH if turn.line.key.channel == "rtt" else MODES[mode]


def _end(turn: Turn, reason: str) -> None:
    voice = turn.voice
    if voice is not None and voice.state:
        turn.do(PassVoice(voice.number, PsapName(""), ""))
        _over(turn, voice, f"{NO_LONGER}: {reason}", "")


def _over(turn: Turn, voice: Voice, words: str, note: str) -> None:
    turn.voice = replace(voice, state="", mode="", note=note)
    turn.tell(words)
