"""One TCP or TLS connection that carries SIP: octets become whole messages, and back pressure.

A thin Twisted shell: it cuts with `framing`, numbers nothing itself, answers nothing and decides
only when a connection is of no use any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from twisted.internet.interfaces import IHandshakeListener
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import classImplements  # type: ignore[import-untyped]

from .flows import Address, Flow, Transport
from .framing import Framer
from .sockets import peer_of


@dataclass(frozen=True, slots=True)
class Limits:
    """What connections may cost us. Seconds, octets, connections."""

    streams_max: int = 256  # of peers, both ways
    strangers_max: int = 32  # of others: they hear 403 and go; they never take a peer's place
    per_host_max: int = 32
    # A trunk without calls says OPTIONS or CRLF every 30 to 120 s; a session is refreshed in 900.
    idle_after: float = 1_800.0
    stranger_after: float = 10.0  # a stranger's connection lives no longer
    incomplete_after: float = 30.0  # for the rest of a message that has begun
    connect_within: float = 8.0  # until TLS stands; a caller waits, and there may be another PSAP
    unread_max: int = 262_144  # octets that a peer does not read
    stuck_after: float = 30.0  # without reading anything of them


class Owner(Protocol):
    """Whom a stream tells what happened. Called in the loop."""

    def stands(self, stream: Stream) -> None:
        """It can carry messages: the connection is there, and its TLS."""
        ...

    def brought(self, octets: bytes, stream: Stream) -> None:
        """One whole message, or a keep-alive."""
        ...

    def ended(self, stream: Stream, why: str) -> None:
        """It is gone; said once, also of one that never stood."""
        ...


class Stream(TwistedProtocol):
    """`number`: by which flows name it. `dialled`: where we called, None when we were called."""

    def __init__(
        self,
        owner: Owner,
        kind: Transport,
        number: int,
        seconds: Callable[[], float],
        limits: Limits,
        dialled: Address | None = None,
        stranger: bool = False,
    ) -> None:
        self.number = number
        self.kind: Transport = kind
        self.dialled = dialled
        self.stranger = stranger
        self.flow: Flow | None = None  # once there is a connection
        self.standing = False
        self._owner = owner
        self._seconds = seconds
        self._limits = limits
        self._framer = Framer()
        self._waiting: list[bytes] = []  # until it stands
        self._behind = 0  # octets that wait for the peer to read
        self._stuck_since: float | None = None
        self._began_at = self._heard_at = seconds()
        self._incomplete_since: float | None = None
        self._over = False
        self._link: Any = None  # Twisted's transport

    # --- Twisted's side --------------------------------------------------------------------

    def connectionMade(self) -> None:
        me: Any = self
        link = self._link = me.transport
        if self._over:  # given up before it came about
            link.abortConnection()
            return
        link.setTcpNoDelay(True)
        link.registerProducer(self, True)
        self.flow = Flow(self.kind, peer_of(link.getHost()), peer_of(link.getPeer()), self.number)
        if self.kind == "TCP":
            self.handshakeCompleted()

    def handshakeCompleted(self) -> None:
        """Messages can pass from now on."""
        self.standing = True
        waiting, self._waiting = self._waiting, []
        for octets in waiting:
            self.write(octets)
        self._owner.stands(self)

    def dataReceived(self, data: bytes) -> None:
        if self._over:
            return
        self._heard_at = self._seconds()
        whole = self._framer.feed(data)
        for octets in whole:
            self._owner.brought(octets, self)
        if not self._framer.held:
            self._incomplete_since = None
        elif whole or self._incomplete_since is None:
            self._incomplete_since = self._heard_at
        if self._framer.broken:
            self.close()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._over = True
        self._owner.ended(self, reason.getErrorMessage())

    def pauseProducing(self) -> None:
        """The peer does not read what we say: it is not heard either until it does."""
        self._stuck_since = self._seconds()
        link = self._link
        if self.standing:  # before, TLS itself needs to read
            link.pauseProducing()

    def resumeProducing(self) -> None:
        self._stuck_since = None
        self._behind = 0
        link = self._link
        if self.standing and not self._over:
            link.resumeProducing()

    def stopProducing(self) -> None:
        """The connection is lost; `connectionLost` follows."""

    # --- ours ------------------------------------------------------------------------------

    def write(self, octets: bytes) -> None:
        """One message. A peer that reads nothing is hung up on, not waited for."""
        if self._over:
            return
        if not self.standing or self._stuck_since is not None:
            self._behind += len(octets)
            if self._behind > self._limits.unread_max:
                self.abort()
                return
        if not self.standing:
            self._waiting.append(octets)
            return
        link = self._link
        link.write(octets)

    def close(self) -> None:
        """After what was written is sent."""
        link = self._link
        self._over = True
        if link is not None:
            link.unregisterProducer()
            link.loseConnection()

    def abort(self) -> None:
        """At once."""
        self._over = True
        link = self._link
        if link is not None:
            link.abortConnection()

    def useless(self, now: float) -> str:
        """Why the connection should be ended, "" if it should not."""
        limits = self._limits
        if not self.standing and now >= self._began_at + limits.connect_within:
            return "the connection did not come about"
        if self._stuck_since is not None and now >= self._stuck_since + limits.stuck_after:
            return "the peer does not read"
        begun = self._incomplete_since
        if begun is not None and now >= begun + limits.incomplete_after:
            return "a message was never ended"
        if self.stranger and now >= self._began_at + limits.stranger_after:
            return "a stranger's connection"
        if now >= self._heard_at + limits.idle_after:
            return "nothing was said for long"
        return ""


# Not as a decorator: it would hide the class from the type checkers.
classImplements(Stream, IHandshakeListener)
