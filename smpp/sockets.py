"""What the shells need of Twisted: a clock with timers, and a write that does not wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.tcp import Connection as TcpConnection


def write_now(transport: Any, octets: bytes) -> None:
    """Give `octets` to the socket now, if nothing is before them and it takes them.

    `Connection.write` waits for the next turn of the loop, and tells the kernel before and after it
    that it wants to write: three system calls and a turn for what one call does."""
    plain = isinstance(transport, TcpConnection) and transport.connected and not transport.TLS
    if plain and not transport.dataBuffer and not getattr(transport, "_tempDataBuffer", True):
        taken = transport.writeSomeData(octets)
        if isinstance(taken, int) and taken > 0:
            octets = octets[taken:]
    if octets:
        transport.write(octets)


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
