"""What operators are told of lines: calls that were turned away, peers that come and go.

Words only: no number, and of what a peer wrote only what our own sentence quotes.
"""

from __future__ import annotations

from typing import Any, Protocol

from ...smpp.counting import counted
from .health_log import Happened

WHY_MAX = 120  # characters


class Log(Protocol):
    """`HealthLog.changed`."""

    def __call__(self, what: Happened, words: str = "", **fields: Any) -> None: ...


class LineNews:
    """Puts it into the health log."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def rejected(self, line: str, peer: str, words: str, unsaid: int) -> None:
        """One line. `unsaid`: so many more there were since the one before."""
        self._rejected(f"Line {line}", peer, words, unsaid, line=line)

    def rejected_at(self, psap: str, peer: str, words: str, unsaid: int) -> None:
        """The same where a PSAP is rung."""
        self._rejected(f"The line to PSAP {psap}", peer, words, unsaid, psap=psap)

    def _rejected(self, who: str, peer: str, words: str, unsaid: int, **where: str) -> None:
        more = f"; {counted(unsaid, 'more was', 'more were')} not told" if unsaid else ""
        sentence = f"{who} turned {peer} away: {words[:WHY_MAX]}{more}"
        self._log(Happened.CALL_REJECTED, sentence, **where, peer=peer, count=unsaid + 1)

    def reached(self, line: str, peer: str, words: str, *, up: bool) -> None:
        if up:
            self._log(Happened.LINE_REACHED, f"Line {line} hears {peer}", line=line, peer=peer)
            return
        why = f": {words[:WHY_MAX]}" if words else ""
        sentence = f"Line {line} does not hear {peer} any more{why}"
        self._log(Happened.LINE_UNREACHED, sentence, line=line, peer=peer)
