"""How long the process has been awake, of the time that has passed. Pure.

A process that was stopped, or starved of its processor, finds everything that came meanwhile at
once and in any order: what it reads first proves nothing about what it has not read yet. So a proof
that rests on "nothing was heard for a while" counts only time in which it would have been heard.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque

# Seconds. What passes between two ticks counts up to here: several times the tick of the clock that
# calls us (`wheel.TICK`), and less than half of what a proof takes (`answered.ALIVE_FOR`).
STEP = 0.4
KEPT_FOR = 120.0  # seconds; nobody asks for times further back than a repeat may come


class Awake:
    """Told every tick; asked about any moment since, in the same monotonic seconds. Before the
    first tick every second counts."""

    def __init__(self) -> None:
        self._ticks: deque[tuple[float, float]] = deque()  # (when, seconds awake until then)

    def tick(self, now: float) -> None:
        self._ticks.append((now, self(now)))
        while now - self._ticks[0][0] > KEPT_FOR:
            self._ticks.popleft()

    def __call__(self, at: float) -> float:
        """Seconds awake until `at`, from an origin of no meaning; `at` itself before any tick."""
        ticks = self._ticks
        if not ticks or at < ticks[0][0]:
            return at if not ticks else ticks[0][1] - (ticks[0][0] - at)
        when, awake = ticks[-1]
        if at < when:
            when, awake = ticks[bisect_right(ticks, at, key=_when) - 1]
        return awake + min(at - when, STEP)


def _when(tick: tuple[float, float]) -> float:
    return tick[0]
