"""What a leg of a TTY asks of the world, and where it stands. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from .. import port


class Phase(Enum):
    RINGING = auto()
    ANNOUNCING = auto()  # picked up, and nobody has typed yet
    TYPING = auto()  # there is a TTY
    CLOSING = auto()  # the dialogue is over for this PSAP; the farewell is typed
    GONE = auto()  # the call is over, and the gateway has not recorded the end yet
    OVER = auto()


LISTENS = frozenset({Phase.RINGING, Phase.ANNOUNCING, Phase.TYPING})


@dataclass(frozen=True, slots=True)
class Tell:
    """A report, with the letters that caused it."""

    report: port.Report
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class HangUp:
    reason: str


Output = Tell | HangUp
