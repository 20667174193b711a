"""A thread that sends what was made ahead: its frames leave in time while the loop stands still.

The one thing of a call that two threads touch is a `Lane`, and it is touched under a lock. The
thread reads no datagram, makes none, and sleeps while nobody types.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Condition, Thread
from time import monotonic

from .ahead import LATE_MAX
from .source import Address

Send = Callable[[bytes, Address], None]


class Lane:
    """The datagrams of one call, in order: an `ahead.Lane`."""

    def __init__(self, courier: Courier, send: Send) -> None:
        self._courier = courier
        self._send = send
        self._held: deque[tuple[float, bytes, Address]] = deque()

    @property
    def waiting(self) -> int:
        return len(self._held)

    @property
    def first_at(self) -> float | None:
        with self._courier.turn:
            return self._held[0][0] if self._held else None

    def put(self, at: float, datagram: bytes, address: Address) -> None:
        with self._courier.turn:
            self._held.append((at, datagram, address))
            if len(self._held) == 1:
                self._courier.expect(self)

    def recall(self) -> int:
        with self._courier.turn:
            count = len(self._held)
            self._held.clear()
            self._courier.forget(self)
        return count

    def leave(self, now: float) -> float | None:
        """Send what is due. When the next is; None: there is none, or it is too late for it and for
        all behind it, until somebody recalls them. In the turn of the courier."""
        while self._held:
            at, datagram, address = self._held[0]
            if at > now:
                return at
            if now > at + LATE_MAX:
                return None
            # A pair that is closed takes nothing, one that cannot be sent from counts it: it never
            # raises.
            self._send(datagram, address)
            self._held.popleft()
        return None


class Courier:
    """`seconds`: of the clock that the beat goes by. It must go on while the loop stands. The
    thread begins with the first datagram."""

    def __init__(self, seconds: Callable[[], float] = monotonic) -> None:
        self.turn = Condition()
        self._seconds = seconds
        self._expected: dict[int, Lane] = {}  # those with something in them that can be sent
        self._thread: Thread | None = None
        self._stopping = False

    def lane(self, send: Send) -> Lane:
        """For one call. `send` is called by the thread, and must not block."""
        return Lane(self, send)

    def stop(self) -> None:
        """Nothing leaves any more when this returns, and nothing will."""
        with self.turn:
            self._stopping = True
            self.turn.notify()
        if self._thread is not None:
            self._thread.join()

    def expect(self, lane: Lane) -> None:
        """It has something. In its turn."""
        self._expected[id(lane)] = lane
        if self._thread is None:
            self._thread = Thread(target=self._run, name="frames made ahead", daemon=True)
            self._thread.start()
        self.turn.notify()

    def forget(self, lane: Lane) -> None:
        """It has nothing any more. In its turn."""
        self._expected.pop(id(lane), None)

    def leave(self, now: float) -> float | None:
        """Send what is due of all of them. When the next is; None: nothing is expected. In its
        turn."""
        times: list[float] = []
        for lane in tuple(self._expected.values()):
            at = lane.leave(now)
            if at is None:
                self.forget(lane)
            else:
                times.append(at)
        return min(times, default=None)

    def _run(self) -> None:
        with self.turn:
            while not self._stopping:
                at = self.leave(self._seconds())
                self.turn.wait(None if at is None else max(0.0, at - self._seconds()))
