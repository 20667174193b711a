"""How late the loop is: it asks to be woken every so often, and notes by how much that came late.

What is late is everything that the loop carries: a text, a reply, a heartbeat. A thin shell; what
the figures mean is for those who look at them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

EVERY = 0.02  # seconds
# Seconds. Of a longer stall only so much is counted: the process itself was stopped.
COUNTED_MAX = 60.0


class Lateness:
    """`reactor`: Twisted's, for time. `observe` is told seconds."""

    def __init__(self, reactor: Any, observe: Callable[[float], None]) -> None:
        self._reactor = reactor
        self._observe = observe
        self._due = 0.0
        self._call: Any = None

    def start(self) -> None:
        self._arm(self._reactor.seconds())

    def stop(self) -> None:
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def _arm(self, now: float) -> None:
        self._due = now + EVERY
        self._call = self._reactor.callLater(EVERY, self._woken)

    def _woken(self) -> None:
        """One stall is many: whoever came while it lasted waited for the rest of it."""
        now = self._reactor.seconds()
        late = max(0.0, now - self._due)
        self._observe(late)
        rest = min(late, COUNTED_MAX) - EVERY
        while rest > 0.0:
            self._observe(rest)
            rest -= EVERY
        self._arm(now)
