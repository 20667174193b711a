"""How often the log hears that somebody was turned away: so seldom that nobody can flood it."""

from __future__ import annotations

from .effects import Rejected
from .flows import Address

EACH = 60.0  # s between two lines of one kind about one host
LINES_MAX = 20  # of one kind in EACH, over all hosts


class Complaints:
    """One line a minute for what a host does wrong, and a bounded number for all hosts. A kind has
    its own bound, so that strangers cannot hide what befalls a trunk's calls."""

    def __init__(self) -> None:
        self._said: dict[int, dict[str, float]] = {}  # kind -> host -> when
        self._unsaid: dict[int, int] = {}

    def about(self, remote: Address, status: int, why: str, now: float) -> tuple[Rejected, ...]:
        """The line, if it is time for one. `status`: what was answered; it is the kind."""
        said = {host: at for host, at in self._said.get(status, {}).items() if now - at < EACH}
        self._said[status] = said
        if remote[0] in said or len(said) >= LINES_MAX:
            self._unsaid[status] = self._unsaid.get(status, 0) + 1
            return ()
        said[remote[0]] = now
        return (Rejected(remote, f"{status}: {why}", self._unsaid.pop(status, 0)),)
