"""UTC as the dialogues reckon with it: it never goes back and never stands still.

The machine's UTC may be set back, by an operator or a time service. Entries must not go back in
time, and limits are reckoned from entries: were they to wait until UTC has caught up, a bounce-back
due in 10 s would be late by as much as the clock was set back. So time goes on at nearly its own
pace, a little slower, until UTC has caught up. Steps forwards are followed at once.
"""

from __future__ import annotations

from collections.abc import Callable

# Of the time that passes, while ahead of UTC: an hour is worked off in ten. Deadlines do not notice
# it, they run on the monotonic clock.
PACE = 0.9


class SteadyClock:
    """`utc`: UTC seconds. `seconds`: monotonic."""

    def __init__(self, utc: Callable[[], float], seconds: Callable[[], float]) -> None:
        self._utc = utc
        self._seconds = seconds
        self._at = utc()
        self._asked_at = seconds()

    def __call__(self) -> float:
        now, utc = self._seconds(), self._utc()
        at = self._at + (now - self._asked_at) * PACE
        self._asked_at = now
        self._at = at = utc if utc > at else at
        return at

    def at_least(self, at: float) -> None:
        """Something is recorded with this time, perhaps by a process before this one."""
        self._at = max(self(), at)
