"""The states of a half-duplex line, what moves it, and what it asks for: a table and values.

It never asks for a hang-up: after SKSK the line stays open, and no command says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from .shifts import Character
from .tokens import Token


class State(Enum):
    OURS = auto()  # the line is free; what is written leaves at once
    SENDING = auto()
    INTERRUPTING = auto()  # sending, whatever the caller types meanwhile
    STOPPING = auto()  # the caller typed too; our character on the wire is the last for now
    MUTED = auto()  # ours has left, its echo may still come
    HEARING = auto()  # the caller's carrier
    SPEAKING = auto()  # the caller's voice, where he speaks (VCO)
    THEIRS = auto()  # the caller's turn, and nothing to hear


class Input(Enum):
    WRITTEN = auto()  # there is text to send
    INTERRUPT = auto()  # the key at the console, and there is text to send
    SENT = auto()  # all that was written has left the wire
    STOPPED = auto()
    TYPED = auto()  # by the caller; not our echo
    CARRIER_ON = auto()
    CARRIER_OFF = auto()
    VOICE_ON = auto()
    VOICE_OFF = auto()
    FREE = auto()  # the mute is over, the turn kept
    GIVEN = auto()  # the mute is over, the turn given away
    PASSED = auto()  # the caller's turn is over: handed over, silent, or stuck


S, I = State, Input  # noqa: E741  # the table is read by its columns
NEXT: dict[State, dict[Input, State]] = {
    S.OURS: {
        I.WRITTEN: S.SENDING, I.TYPED: S.HEARING,
        I.CARRIER_ON: S.HEARING, I.CARRIER_OFF: S.OURS,
        I.VOICE_ON: S.SPEAKING, I.VOICE_OFF: S.OURS,
    },
    S.SENDING: {
        I.SENT: S.MUTED, I.TYPED: S.STOPPING, I.INTERRUPT: S.INTERRUPTING,
        I.CARRIER_ON: S.SENDING, I.CARRIER_OFF: S.SENDING,  # may be our own; a character tells
        I.VOICE_ON: S.SENDING, I.VOICE_OFF: S.SENDING,
    },
    S.INTERRUPTING: {
        I.SENT: S.MUTED, I.TYPED: S.INTERRUPTING, I.INTERRUPT: S.INTERRUPTING,
        I.CARRIER_ON: S.INTERRUPTING, I.CARRIER_OFF: S.INTERRUPTING,
        I.VOICE_ON: S.INTERRUPTING, I.VOICE_OFF: S.INTERRUPTING,
    },
    S.STOPPING: {
        I.SENT: S.STOPPING, I.STOPPED: S.HEARING, I.TYPED: S.STOPPING, I.INTERRUPT: S.STOPPING,
        I.CARRIER_ON: S.STOPPING, I.CARRIER_OFF: S.STOPPING,
        I.VOICE_ON: S.STOPPING, I.VOICE_OFF: S.STOPPING,
    },
    S.MUTED: {
        I.FREE: S.OURS, I.GIVEN: S.THEIRS, I.TYPED: S.HEARING, I.INTERRUPT: S.SENDING,
        I.CARRIER_ON: S.MUTED, I.CARRIER_OFF: S.MUTED,
        I.VOICE_ON: S.MUTED, I.VOICE_OFF: S.MUTED,
    },
    S.HEARING: {
        I.TYPED: S.HEARING, I.INTERRUPT: S.INTERRUPTING, I.PASSED: S.OURS,
        I.CARRIER_ON: S.HEARING, I.CARRIER_OFF: S.THEIRS,
        I.VOICE_ON: S.HEARING, I.VOICE_OFF: S.HEARING,
    },
    S.SPEAKING: {
        I.TYPED: S.HEARING, I.INTERRUPT: S.INTERRUPTING,
        I.CARRIER_ON: S.HEARING, I.CARRIER_OFF: S.SPEAKING,
        I.VOICE_ON: S.SPEAKING, I.VOICE_OFF: S.THEIRS,
    },
    S.THEIRS: {
        I.TYPED: S.HEARING, I.INTERRUPT: S.SENDING, I.PASSED: S.OURS,
        I.CARRIER_ON: S.HEARING, I.CARRIER_OFF: S.THEIRS,
        I.VOICE_ON: S.SPEAKING, I.VOICE_OFF: S.THEIRS,
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Type:
    """Send `text`: the whole of it, or what is left of it after a collision."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Let the character on the wire finish, then be quiet and say `stopped`."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The caller's, or what is taken for our `echo`: for the record, and not for the page. An echo
    that turns out to be the caller's is said again without `echo`."""

    character: Character
    echo: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A word about turns; GA, SK and SKSK only where they end one."""

    token: Token


@dataclass(frozen=True, slots=True)
class Changed:
    """The badge of the line."""

    state: State


@dataclass(frozen=True, slots=True)
class Left:
    """So many characters of text `key` have left the wire; `whole`: all of them."""

    key: str
    characters: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Bridge:
    """Whether voice passes between caller and PSAP now: never while there are tones."""

    open: bool


@dataclass(frozen=True, slots=True)
class CallerSpeaks:
    """A voice is heard, or no more."""

    speaks: bool


Command = Type | Stop | Typed | Heard | Changed | Left | Bridge | CallerSpeaks
