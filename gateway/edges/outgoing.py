"""What waits for a bind of one carrier: words to callers first, receipts behind them. Pure.

A flood of texts owes as many receipts. If words waited behind those, the answer to a person in
danger, or the notice that nobody will read the text, would leave minutes late, or never.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ..core.commands import GiveReceipt, TellCaller
from ..core.values import CallerKey, DialogueId


@dataclass(frozen=True, slots=True)
class Outgoing:
    dialogue: DialogueId
    command: TellCaller | GiveReceipt
    since: float  # monotonic seconds
    key: CallerKey  # whose it is; the dialogue may be out of memory while the journal is broken


class Waiting:
    """A queue of two classes; within each the order of arrival holds."""

    def __init__(self) -> None:
        self._words: deque[Outgoing] = deque()
        self._receipts: deque[Outgoing] = deque()

    def __len__(self) -> int:
        return len(self._words) + len(self._receipts)

    @property
    def words(self) -> int:
        """Replies and automatic messages among what waits."""
        return len(self._words)

    def append(self, out: Outgoing) -> None:
        self._of(out).append(out)

    def appendleft(self, out: Outgoing) -> None:
        """It could not leave after all."""
        self._of(out).appendleft(out)

    def popleft(self) -> Outgoing:
        """What is to leave next. Raises IndexError when nothing waits."""
        return (self._words or self._receipts).popleft()

    def drop_while(self, is_gone: Callable[[DialogueId], bool]) -> None:
        """What was forgotten while nothing could take it must not pile up."""
        for queue in (self._words, self._receipts):
            while queue and is_gone(queue[0].dialogue):
                queue.popleft()

    def _of(self, out: Outgoing) -> deque[Outgoing]:
        return self._words if isinstance(out.command, TellCaller) else self._receipts
