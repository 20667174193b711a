"""What a line tells of a caller who rang, as facts. `facts` has all others."""

from __future__ import annotations

from .recorded import Recorded
from .values import Character


class CallerTyped(Recorded, frozen=True, gc=False):
    """What came in one tick of the receiver, in order; shifts and our own echo too."""

    characters: tuple[Character, ...]


class TurnPassed(Recorded, frozen=True, gc=False):
    """`state`: of `tty.turn_table.State`, in lower case. `token`: a word about turns that was heard
    ("GA", "SK", "VCO", ...), or ""."""

    state: str
    token: str = ""


class CharactersLeft(Recorded, frozen=True, gc=False):
    """So many characters of a reply have left the wire; `whole`: all of them."""

    reply: int
    characters: int
    whole: bool


class LineSaid(Recorded, frozen=True, gc=False):
    """The line typed this to the caller by itself: a probe, a notice."""

    text: str


class TtyDetected(Recorded, frozen=True, gc=False):
    """The first character of the call was accepted."""


class CallerSpoke(Recorded, frozen=True, gc=False):
    """A voice is heard on the line, or no more."""

    on: bool


class LineEnded(Recorded, frozen=True, gc=False):
    """The call is over, and not because we hung up."""

    reason: str


class LineLost(Recorded, frozen=True, gc=False):
    """The gateway has lost the call, by a restart for example: nobody hung up."""

    reason: str


class VoiceOpened(Recorded, frozen=True, gc=False):
    """Somebody took the telephone that `PassVoice` has rung: voices pass now. `number`: of it."""

    number: int


class VoiceFailed(Recorded, frozen=True, gc=False):
    """That telephone could not be rung, or nobody took it."""

    number: int
    reason: str


class VoiceEnded(Recorded, frozen=True, gc=False):
    """Voices pass no more, and not because we said so. The call stands."""

    number: int
    reason: str


LineFact = (
    CallerTyped
    | TurnPassed
    | CharactersLeft
    | LineSaid
    | TtyDetected
    | CallerSpoke
    | LineEnded
    | LineLost
    | VoiceOpened
    | VoiceFailed
    | VoiceEnded
)
