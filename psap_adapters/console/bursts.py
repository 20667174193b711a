"""One noisy caller: their lines leave a few times a second together, not each by itself. Pure.

As long as somebody writes like a person, every line leaves at once. Beyond that lines wait for at
most `EVERY` and leave as one frame: the newest of them whole, those before them as a count. Nothing
is dropped: a console fetches what was folded when somebody wants to read it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from .frames import Burst, Fold, Line

AT_ONCE = 10  # lines of one leg within `WITHIN` that leave as they come; nobody types faster
WITHIN = 5.0  # seconds
EVERY = 0.5  # seconds between two frames of a noisy leg: as often as a person can look
WHOLE = 10  # lines of one frame that are not folded: more cannot be read in `EVERY`
HEAD = 10  # lines at the beginning of a long run that are never folded: why somebody texted 911
NEWEST = 50  # and at its end


class Bursts:
    """Which legs are noisy now, and from which line on theirs wait. Times are UTC seconds."""

    def __init__(self) -> None:
        self._recent: dict[str, deque[float]] = {}  # leg -> when its last lines came
        self._left_at: dict[str, float] = {}  # leg -> when lines last left
        self._waiting: dict[str, int] = {}  # leg -> index of its first line that waits

    def comes(self, leg: str, index: int, now: float) -> bool:
        """A caller's line, the one at `index` of the leg. Whether it waits."""
        recent = self._recent.get(leg)
        if recent is None:
            recent = self._recent[leg] = deque(maxlen=AT_ONCE)
        noisy = len(recent) == AT_ONCE and now - recent[0] < WITHIN
        recent.append(now)
        if leg in self._waiting:
            return True
        # A clock that was set back must not hold anything: then nothing has left "in future".
        if noisy and 0.0 <= now - self._left_at.get(leg, now) < EVERY:
            self._waiting[leg] = index
            return True
        self._left_at[leg] = now
        return False

    def first_waiting(self, leg: str) -> int | None:
        return self._waiting.get(leg)

    def waiting(self) -> tuple[str, ...]:
        return tuple(self._waiting)

    def leaves(self, leg: str, now: float) -> int | None:
        """What waited of this leg leaves now: the index from which on, or None."""
        first = self._waiting.pop(leg, None)
        if first is not None:
            self._left_at[leg] = now
        return first

    def due_at(self) -> float | None:
        if not self._waiting:
            return None
        return min(self._left_at[leg] + EVERY for leg in self._waiting)

    def due(self, now: float) -> list[str]:
        return [leg for leg in self._waiting if not 0.0 <= now - self._left_at[leg] < EVERY]

    def forget(self, leg: str) -> None:
        self._recent.pop(leg, None)
        self._left_at.pop(leg, None)
        self._waiting.pop(leg, None)


def burst(leg: str, lines: Sequence[Line], first: int) -> Burst:
    """The lines from index `first` on, in one frame."""
    after = lines[first - 1].sequence if first else -1
    whole = max(first, len(lines) - WHOLE)
    return Burst(leg, after, whole - first, tuple(lines[whole:]))


def folded(lines: Sequence[Line]) -> tuple[tuple[Line, ...], tuple[Fold, ...]]:
    """A transcript for a console that has none of these lines: long runs of the caller's lines are
    folded but for their beginning and their end. What anybody else said is always there."""
    kept: list[Line] = []
    folds: list[Fold] = []
    start = 0
    for end in range(1, len(lines) + 1):
        if end < len(lines) and (lines[end].kind == "caller") == (lines[start].kind == "caller"):
            continue
        first, last = start + HEAD, end - NEWEST
        if lines[start].kind == "caller" and first < last:
            kept += lines[start:first]
            folds.append(Fold(lines[first - 1].sequence, lines[last - 1].sequence, last - first))
            kept += lines[last:end]
        else:
            kept += lines[start:end]
        start = end
    return tuple(kept), tuple(folds)
