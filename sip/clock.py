"""The beat of sending: how many 20 ms frames are due. Never drifts and never sends a burst.

Each beat is counted from the first, so that no rounding and no late timer adds up. After a stall a
few frames are caught up with; the time of the others has passed, and who hears plays silence for
them. Knows no socket and no timer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import floor

BEATS_A_SECOND = 50
FRAME = 160  # samples of one beat at 8 kHz
# Frames sent in one go (100 ms): a jitter buffer of the usual 60 to 200 ms takes them; more of them
# would be thrown away there, and not as a hole but out of the middle.
BURST_MAX = 5
EARLY = 1e-3  # beats (20 us): a timer's rounding is no reason to wait for another turn of the loop


@dataclass(frozen=True, slots=True)
class Due:
    """`skipped` beats have passed without a frame, then come `frames` that are sent now. `at`: when
    the last of them was due."""

    frames: int
    skipped: int = 0
    at: float = field(default=0.0, compare=False)


class Cadence:
    """Counts beats from `start`, seconds of a clock that never goes back."""

    def __init__(self, start: float) -> None:
        self._start = start
        self._told = 0

    @property
    def wakes_at(self) -> float:
        """When the next frame is due."""
        return self._start + self._told / BEATS_A_SECOND

    def due(self, now: float) -> Due:
        """The frames whose time has come since this was asked before."""
        come = floor((now - self._start) * BEATS_A_SECOND + EARLY) + 1
        behind = max(0, come - self._told)
        self._told += behind
        frames = min(behind, BURST_MAX)
        at = self._start + (self._told - 1) / BEATS_A_SECOND
        return Due(frames, behind - frames, at)
