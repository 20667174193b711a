"""What the shells of this room need of Twisted: a clock, one timer that follows a machine's wishes,
and what an address is to a socket. Decides nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, Protocol, cast


class Timer(Protocol):
    """A call that may still be taken back."""

    def cancel(self) -> None:
        """It will not happen."""
        ...


class Clock(Protocol):
    """The reactor's time, or a test's."""

    def seconds(self) -> float:
        """Never goes back."""
        ...

    def callLater(self, delay: float, call: Callable[[], object], /) -> Timer:
        """Call it `delay` seconds from now, in the loop."""
        ...


class Alarm:
    """One timer. It is moved only towards now: what is due later than it rings is found then, so
    that a machine that is asked after every datagram makes no timer each time."""

    def __init__(self, clock: Clock, ring: Callable[[], None]) -> None:
        """`ring` is called when the time has come; it sets the alarm anew."""
        self._clock = clock
        self._ring = ring
        self._at: float | None = None  # when it is wanted
        self._rings_at: float | None = None  # when the timer runs out
        self._timer: Timer | None = None

    def set(self, at: float | None) -> None:
        """Ring at `at`, not before; None: not at all."""
        self._at = at
        if at is None or (self._rings_at is not None and self._rings_at <= at):
            return
        self._stop()
        self._rings_at = at
        self._timer = self._clock.callLater(max(0.0, at - self._clock.seconds()), self._out)

    def stop(self) -> None:
        """For good."""
        self._at = None
        self._stop()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._rings_at = None

    def _out(self) -> None:
        self._timer = self._rings_at = None
        at, self._at = self._at, None
        if at is None:
            return
        if self._clock.seconds() < at:
            self.set(at)
        else:
            self._ring()


def peer_of(address: Any) -> tuple[str, int]:
    """The host and port of one of Twisted's addresses, or of a socket's pair."""
    if type(address) is tuple:
        pair = cast("tuple[Any, Any]", address)
        return str(pair[0]), int(pair[1])
    return str(address.host), int(address.port)


class SystemChance:
    """`flows.Chance` of the system; nobody can guess it."""

    def token(self, octets: int) -> str:
        return secrets.token_hex(octets)
