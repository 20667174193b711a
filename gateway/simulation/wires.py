"""One TCP connection between a carrier and the gateway, as the network may treat it.

Octets arrive in order or not at all. The gateway's end is a Twisted transport as far as
`smpp.server.Connection` uses one; nothing here knows what the octets mean.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.python.failure import Failure

from .stage import Stage

QUICK = 0.002  # seconds from one end to the other when nothing is wrong


class End(Protocol):
    """The carrier's side."""

    def received(self, octets: bytes) -> None: ...
    def lost(self) -> None: ...


class Wire:
    """`enter` runs something inside the gateway's process, if that lives. `wrote` sees what the
    gateway writes, before the network has it."""

    def __init__(
        self,
        stage: Stage,
        end: End,
        enter: Callable[[Callable[[], None]], None],
        wrote: Callable[[bytes], None],
    ) -> None:
        self._stage = stage
        self._end = end
        self._enter = enter
        self._wrote = wrote
        self._chance = stage.draw("network")
        self._protocol: Any = None
        self._free_at = [0.0, 0.0]  # when the next octet may arrive: at the gateway, at the end
        self._still_until = 0.0
        self._silent = False  # half-open: nothing arrives any more, on either side
        self._paused = False
        self._held: list[bytes] = []  # while the gateway does not read
        self.gateway_up = True
        self.end_up = True

    def join(self, protocol: Any) -> None:
        self._protocol = protocol
        protocol.makeConnection(self)

    # --- the gateway's transport ---------------------------------------------------------------

    def write(self, octets: bytes) -> None:
        if self.gateway_up:
            self._wrote(octets)
            self._send(1, octets, self._at_end)

    def registerProducer(self, _producer: object, _streaming: bool) -> None:
        """Its buffer never fills up here."""

    def unregisterProducer(self) -> None:
        """Nothing to forget."""

    def pauseProducing(self) -> None:
        self._paused = True

    def resumeProducing(self) -> None:
        self._paused = False
        held, self._held = self._held, []
        for octets in held:
            self._stage.later(0.0, partial(self._at_gateway, octets))

    def loseConnection(self) -> None:
        """What was written still arrives, then the end."""
        if self.gateway_up:
            self.gateway_up = False
            self._stage.later(0.0, lambda: self._tell_gateway(ConnectionDone()))
            self._send(1, b"", lambda _octets: self._lost_at_end())

    def abortConnection(self) -> None:
        self.loseConnection()

    # --- the carrier's end ---------------------------------------------------------------------

    def send(self, octets: bytes) -> None:
        if self.end_up:
            self._send(0, octets, self._at_gateway)

    def close(self) -> None:
        """The carrier closes; the gateway hears of it when what came before has arrived."""
        if self.end_up:
            self.end_up = False
            self._send(0, b"", lambda _octets: self._lost_at_gateway())

    # --- what a network does -------------------------------------------------------------------

    def reset(self) -> None:
        """Both ends hear of it at once; what was on its way is gone."""
        self._silent = True
        self._lost_at_gateway()
        self._lost_at_end()

    def go_silent(self) -> None:
        """Half-open: neither end hears anything any more, not even that it is over."""
        self._silent = True

    def stand_still(self, seconds: float) -> None:
        self._still_until = self._stage.now() + seconds

    def gateway_died(self) -> None:
        """The process is gone; its kernel tells the other end, if the network lets it."""
        self.gateway_up = False
        if not self._silent:
            self._silent = True
            self._stage.later(QUICK, self._lost_at_end)

    # --- inside --------------------------------------------------------------------------------

    def _send(self, side: int, octets: bytes, arrive: Callable[[bytes], None]) -> None:
        for piece in self._cut(octets):
            stage = self._stage
            slow = self._chance.uniform(0.0, 2.0) if stage.has("delay", 0.3) else QUICK
            at = max(self._free_at[side], stage.now() + slow, self._still_until)
            self._free_at[side] = at
            stage.later(at - stage.now(), partial(self._arrive, arrive, piece))

    def _cut(self, octets: bytes) -> list[bytes]:
        if len(octets) < 2 or not self._stage.has("split", 0.3):
            return [octets]
        at = self._chance.randrange(1, len(octets))
        return [octets[:at], octets[at:]]

    def _arrive(self, arrive: Callable[[bytes], None], piece: bytes) -> None:
        if not self._silent:
            arrive(piece)

    def _at_end(self, octets: bytes) -> None:
        if self.end_up:
            self._end.received(octets)

    def _at_gateway(self, octets: bytes) -> None:
        if self._paused:
            self._held.append(octets)
        else:
            self._enter(lambda: self._hear(octets))

    def _hear(self, octets: bytes) -> None:
        if self.gateway_up:
            self._protocol.dataReceived(octets)

    def _lost_at_gateway(self) -> None:
        if self.gateway_up:
            self.gateway_up = False
            self._tell_gateway(ConnectionLost())

    def _tell_gateway(self, reason: Exception) -> None:
        why: Any = Failure(reason)  # type: ignore[no-untyped-call]
        self._enter(lambda: self._protocol.connectionLost(why))

    def _lost_at_end(self) -> None:
        if self.end_up:
            self.end_up = False
            self._end.lost()
