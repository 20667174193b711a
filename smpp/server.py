"""The message centre in Twisted: takes connections, and asks carriers to bind (outbind).

What a text means, who may bind and when it is answered is the handler's business (`link.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, assert_never

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, connectionDone
from twisted.python.failure import Failure

from .connection import LINGER, PAUSE_SHARE, Connection, OfRole, Station, nobody_watches
from .doors import Doors, Visit
from .events import BindRequested, Queried, SubmittedToMany
from .link import BOUND_AS, Accepted, CentreHandler, Handler, Link, Refused
from .pins import Proof
from .session import ServerSession
from .sockets import Clock, Timer, write_now
from .status import Status
from .timers import SessionLimits

__all__ = [
    "LINGER",
    "PAUSE_SHARE",
    "Accepted",
    "CentreConnection",
    "CentreHandler",
    "Connection",
    "Handler",
    "Link",
    "Refused",
    "SmppServer",
    "write_now",
]


class CentreConnection(Connection):
    """One connection of a carrier to us, or of ours to a carrier that is asked to bind on it:
    `outbind` is then (system_id, password)."""

    session: ServerSession

    def __init__(
        self,
        server: SmppServer,
        link_id: str,
        peer_address: str,
        visit: Visit | None,
        outbind: tuple[str, str] | None = None,
    ) -> None:
        limits = server.limits_for(peer_address)
        session = ServerSession(limits, server.clock.seconds())
        super().__init__(server, server.handler, session, limits, link_id, peer_address)
        self.visit = visit
        self._server = server
        self._outbind = outbind
        self._refusal: Timer | None = None  # a refused bind whose answer waits

    def begin(self) -> None:
        if self._outbind is not None:
            self.session.outbind(*self._outbind, self.now())

    def of_role(self, event: OfRole) -> None:
        match event:
            case BindRequested():
                self._decide(event)
            case SubmittedToMany():
                self._server.handler.submitted_to_many(self.link, event)
            case Queried():
                answer = self._server.handler.queried(self.link, event)
                self.session.answer_query(event, answer)
            case _:
                super().of_role(event)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._refusal is not None:
            self._refusal.cancel()
            self._refusal = None
        super().connectionLost(reason)

    def _decide(self, request: BindRequested) -> None:
        link = self.link
        link.proof = self._server.proof_of(self._transport())
        decision = self._server.handler.bind(link, request, link.peer_address)
        match decision:
            case Accepted(limits, in_flight_max, system_id):
                self.session.accept(request, system_id, limits)
                link.bound_as = BOUND_AS[self.session.state]
                link.system_id = request.system_id
                self._limits, self._in_flight_max = limits, in_flight_max
                if self.visit is not None:
                    self._server.bound(self.visit)
            case Refused(status, after):
                if after:
                    self._refusal = self._clock.callLater(
                        after, lambda: self._refuse_late(request, status)
                    )
                    return
                self.session.refuse(request, status)
            case _:
                assert_never(decision)
        # What came behind the bind in the same segment.
        self._handle(self.session.receive(b"", self.now()))

    def _refuse_late(self, request: BindRequested, status: Status) -> None:
        self._refusal = None
        self.session.refuse(request, status)
        self._guard(lambda: self._handle(self.session.receive(b"", self.now())))
        self.flush()


def plain(_transport: Any) -> Proof | None:
    """Nothing is proven without TLS (`tls.proof_of`)."""
    return None


class SmppServer(Station, Factory):
    """Makes a connection for every carrier that connects: `endpoint.listen(server)`.

    `limits` hold until an account's own do, `limits_for(address)` in their place where an address
    has its own; `link_ids` names a TCP session, never twice. `doors` says who has a place.
    `proof_of(transport)`: what its peer has proven. `passes` is told when octets are about to be
    handed to a socket and when they have been.
    """

    noisy = False

    def __init__(
        self,
        handler: CentreHandler,
        limits: SessionLimits,
        clock: Clock,
        link_ids: Callable[[], str] | None = None,
        doors: Doors | None = None,
        passes: Callable[[str], None] = nobody_watches,
        limits_for: Callable[[str], SessionLimits] | None = None,
        proof_of: Callable[[Any], Proof | None] = plain,
    ) -> None:
        super().__init__(clock, passes)
        self.handler = handler
        self.limits = limits
        self.turned_away = 0  # connections without a place
        self._link_ids = link_ids or map(str, count(1)).__next__
        self.limits_for = limits_for or self._limits_for_all
        self.proof_of = proof_of
        self._doors = Doors() if doors is None else doors
        self._connections: set[CentreConnection] = set()

    @property
    def links(self) -> list[Link]:
        """The links that are bound."""
        return [c.link for c in self._connections if c.link.is_live]

    def outbinding(
        self, peer_address: str, link_id: str, system_id: str, password: str
    ) -> CentreConnection:
        """For a connection that we have made to a carrier: it is asked to bind on it."""
        connection = CentreConnection(self, link_id, peer_address, None, (system_id, password))
        self._connections.add(connection)
        return connection

    def buildProtocol(self, addr: IAddress | None) -> CentreConnection | None:
        """None turns the connection away."""
        address = str(getattr(addr, "host", ""))
        visit = self._doors.come(address)
        if visit is None:
            self.turned_away += 1
            return None
        connection = CentreConnection(self, self._link_ids(), address, visit)
        self._connections.add(connection)
        return connection

    def bound(self, visit: Visit) -> None:
        """A connection counts no longer among those without a bind."""
        self._doors.bound(visit)

    def left(self, connection: Connection) -> None:
        """A connection is gone."""
        if isinstance(connection, CentreConnection):
            self._connections.discard(connection)
            if connection.visit is not None:
                self._doors.leave(connection.visit)

    def _limits_for_all(self, _address: str) -> SessionLimits:
        return self.limits
