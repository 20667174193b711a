"""What the engine is handed by those around it, as types. Does nothing."""

from __future__ import annotations

from collections.abc import Callable

from ..journal.contract import JournalBroken
from .commands import Command, Question
from .facts import PartsJoined, RouteChosen
from .state import Line
from .values import DialogueId, Mark, MessageId

Answer = Callable[[Line, Question], RouteChosen | PartsJoined]
Carry = Callable[[DialogueId, Command], None]
Done = Callable[[JournalBroken | None], None]
Begun = Callable[[DialogueId, JournalBroken | None], None]
Accepted = Callable[[MessageId, JournalBroken | None], None]
Proven = Callable[[Mark], bool]
Moved = Callable[[DialogueId, str, str], None]  # from one phase to another, by their names


def nobody_asks(_dialogue: DialogueId, _before: str, _after: str) -> None:
    """Phases are of interest to operators only."""
