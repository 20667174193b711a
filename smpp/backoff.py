"""How long to wait before the next try. Pure: chance is handed in.

Half of each pause is certain, half is chance, so that the binds of many gateways do not come back
to a restarted message centre all at once. Pauses double up to a limit; a bind that has stood for a
while makes them short again, one that is thrown out at once does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

STANDS_AFTER = 30.0  # seconds of a bind after which it counts as having worked


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds: the first pause, and the longest."""

    first: float = 1.0
    longest: float = 60.0

    def __post_init__(self) -> None:
        if not 0 < self.first <= self.longest:
            raise ValueError(f"pauses grow from a first one to the longest: {self}")


class Backoff:
    """`chance()` gives a number from 0 up to 1."""

    def __init__(self, pauses: Pauses, chance: Callable[[], float]) -> None:
        self._pauses = pauses
        self._chance = chance
        self._next = pauses.first

    def pause(self) -> float:
        """Seconds until the next try; the one after it waits longer."""
        whole = self._next
        self._next = min(self._pauses.longest, whole * 2)
        return whole * (0.5 + 0.5 * self._chance())

    def stood(self, seconds: float) -> None:
        """A bind stood for so long."""
        if seconds >= STANDS_AFTER:
            self._next = self._pauses.first
