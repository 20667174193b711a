"""The sound that one call sends: which frames are due, which were made before their time, and what
has become of them.

Counts beats and frames; a `Lane` sends what was put into it when its time has come. Makes no sound
of its own but silence, and knows no thread, no socket and no clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from .clock import BEATS_A_SECOND, BURST_MAX, Due
from .g711 import Samples
from .media import AudioStream
from .source import Address

# Frames made before their time (600 ms): a loop that stands still for half a second is not heard.
AHEAD_MAX = 30
# Of them in one beat: the store is full when the lead-in of a carrier is over, and two hundred
# calls that begin to type at once do not hold the loop.
GROWTH = 4
# Seconds that a frame may be late: the jitter buffer at the far end is 60 to 100 ms long.
LATE_MAX = 0.08
# Seconds behind the beat that frames leave: when its calls have been worked for, and those of the
# next phase have not.
BEHIND = 0.004


class Lane(Protocol):
    """Sends each datagram when its time has come, in order; but none that is later than LATE_MAX,
    and none behind it."""

    @property
    def waiting(self) -> int:
        """Those that have not left."""
        ...

    @property
    def first_at(self) -> float | None:
        """When the first of them is due."""
        ...

    def put(self, at: float, datagram: bytes, address: Address) -> None: ...

    def recall(self) -> int:
        """All that have not left never do; how many."""
        ...


class Ahead:
    """Is the `tty.typist.Outlet` of a call. `passes` is to be said first of each beat. `send`: at
    once; `lane`: None where every frame is sent at once."""

    def __init__(
        self,
        stream: AudioStream,
        send: Callable[[bytes, Address], None],
        lane: Lane | None = None,
    ) -> None:
        self._stream = stream
        self._send = send
        self._lane = lane
        self._at = 0.0  # when this beat was due
        self._made = 0  # frames for the beats to come; below 0: those of beats that have passed
        self._put = 0  # and not told as left
        self._paused = False
        # What is said where there is nothing to type: a voice. None: silence.
        self.between: Callable[[], Samples | None] = silence

    def passes(self, due: Due) -> None:
        """Time goes on."""
        self._at = due.at
        self._made -= due.frames + due.skipped

    @property
    def owed(self) -> int:
        """Frames that are due and were not given."""
        return max(0, -self._made)

    @property
    def room(self) -> int:
        if self._lane is None:
            return self.owed
        return min(self.owed + GROWTH, AHEAD_MAX - self._made)

    def put(self, samples: Samples) -> None:
        at = self._next_at()
        self._made += 1
        self._put += 1
        datagram, peer = self._stream.send(samples, at), self._stream.peer
        if datagram is None or peer is None:
            return  # nothing may be said: the time of it passes
        if self._lane is None:
            self._send(datagram, peer)
        else:
            self._lane.put(at, datagram, peer)

    @property
    def is_still(self) -> bool:
        """Whether nothing is owed, nothing waits, and what comes next is silence."""
        waits = self._lane is not None and self._lane.waiting
        return not (self._made or self._put or waits) and self.between is silence

    def rest(self) -> None:
        if self._lane is not None and self._lane.waiting:
            return  # behind what has not left yet
        if self._made < -BURST_MAX:
            self._skip(self.owed - BURST_MAX)
        stream, at, peer = self._stream, self._at, self._stream.peer
        while self._made < 0:
            self._made += 1
            said = self.between()
            datagram = stream.send_silence(at) if said is None else stream.send(said, at)
            if datagram is not None and peer is not None:
                self._send(datagram, peer)

    def left(self) -> int:
        waiting = 0 if self._lane is None else self._lane.waiting
        left, self._put = self._put - waiting, waiting
        return left

    @property
    def pending(self) -> int:
        return self._put

    def recall(self) -> None:
        count = 0 if self._lane is None else self._lane.recall()
        self._stream.unsent(count)
        self._made -= count
        self._put -= count

    def broke(self, now: float) -> bool:
        if self._paused:
            return True
        first_at = None if self._lane is None else self._lane.first_at
        if first_at is None:
            first_at = self._next_at()
        return now > first_at + LATE_MAX

    def go_on(self) -> None:
        """The time of what nobody hears passes; the frame of this beat is still due."""
        self._paused = False
        self._skip(self.owed - 1)

    def pause(self) -> None:
        """Nothing may be said now: the time of what is due passes."""
        self.recall()
        self._paused = True
        self._skip(self.owed)

    def _skip(self, frames: int) -> None:
        if frames > 0:
            self._stream.skip(frames)
            self._made += frames

    def _next_at(self) -> float:
        return self._at + (self._made + 1) / BEATS_A_SECOND + BEHIND


def silence() -> None:
    """As nearly always."""
