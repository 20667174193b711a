"""The Twisted shell of the message centre: moves octets, asks the session, arms one timer.

What a text means, who may bind and when it is answered is the handler's business (`link.py`).
A connection is written to once per loop turn, however many answers became due in it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, assert_never

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from .doors import Doors, Visit
from .events import BindRequested, Closed, Event, Gone, Responded, Silent, Submitted, Unbound
from .link import BOUND_AS, IN_FLIGHT_MAX, Accepted, Handler, Link, Refused
from .pins import Proof
from .session import ServerSession
from .sockets import Clock, Timer, write_now
from .status import Status
from .table import State
from .timers import SessionLimits

__all__ = ["Accepted", "Connection", "Handler", "Link", "Refused", "SmppServer", "write_now"]

# Seconds a peer has to take what is left to send, after the session's end.
LINGER = 5.0
# For which part of the enquire_link time reading may stay paused: below half of it, so that the
# peer's own enquire_link is answered before it gives us up (DESIGN 9.10).
PAUSE_SHARE = 0.4


class Connection(TwistedProtocol):
    """One TCP connection. Nothing is decided here but when to read and when to write."""

    def __init__(self, server: SmppServer, link_id: str, peer_address: str, visit: Visit) -> None:
        self.visit = visit
        self._server = server
        self._clock = server.clock
        self._limits = server.limits_for(peer_address)
        self._in_flight_max = IN_FLIGHT_MAX
        self._timer: Timer | None = None
        self._rings_at = 0.0
        self._pause: Timer | None = None  # while reading is paused under load
        self._hold: Timer | None = None  # while it is because more came than was agreed
        self._refusal: Timer | None = None  # a refused bind whose answer waits
        self._peer_reads = True
        self._flush_is_due = False
        self._drop_reason = ""
        self._is_up = True
        self.session = ServerSession(self._limits, server.clock.seconds())
        self.link = Link(link_id, peer_address, self.session, self)

    # --- Twisted calls -----------------------------------------------------------------------

    def connectionMade(self) -> None:
        """Send small answers at once, and learn when the peer does not take them."""
        transport = self._transport()
        if hasattr(transport, "setTcpNoDelay"):
            transport.setTcpNoDelay(True)
        transport.registerProducer(self, True)
        self._rearm()

    def dataReceived(self, data: bytes) -> None:
        """Everything that these octets make due is written at the end, at once."""
        now = self.link.last_heard_at = self._clock.seconds()
        self._flush_is_due = True
        try:
            self._handle(self.session.receive(data, now))
        except Exception:
            self._fault()
        if self.session.owed >= self._in_flight_max:
            self._pause_reading()
        self.flush()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The peer went, the network did, or we closed."""
        self._is_up = False
        words = f"the connection was lost: {reason.getErrorMessage()}"
        self._guard(lambda: self._handle(self.session.lost(words)))
        self._disarm()
        self._server.left(self)

    def pauseProducing(self) -> None:
        """The peer does not take what we send: stop reading what makes us send more."""
        self._peer_reads = False
        self._transport().pauseProducing()

    def resumeProducing(self) -> None:
        """The peer takes octets again."""
        self._peer_reads = True
        self._resume_reading()

    def stopProducing(self) -> None:
        """The transport is gone; `connectionLost` says the rest."""

    # --- the link calls ----------------------------------------------------------------------

    def now(self) -> float:
        return self._clock.seconds()

    def answered(self) -> None:
        self.flush_soon()
        if self.session.owed < self._in_flight_max / 2:
            self.session.throttled = False
            if self._pause is not None:
                self._pause.cancel()
                self._pause = None
                self._resume_reading()

    def flush_soon(self) -> None:
        if not self._flush_is_due:
            self._flush_is_due = True
            self._server.flush_later(self)

    def hold(self, seconds: float) -> None:
        """Long pauses are cut: the peer's enquire_link must be answered in time."""
        if self._hold is None and self._is_up:
            self._transport().pauseProducing()
            patience = min(seconds, self._limits.enquire_link * PAUSE_SHARE)
            self._hold = self._clock.callLater(patience, self._let_go)

    def adopt(self, limits: SessionLimits, in_flight_max: int) -> None:
        self._limits, self._in_flight_max = limits, in_flight_max
        self.session.adopt(limits)
        self.answered()

    def drop(self, reason: str) -> None:
        self._drop_reason = reason
        self._server.flush_later(self)  # even within `dataReceived`: its events come first

    # --- once per turn -----------------------------------------------------------------------

    def flush(self) -> None:
        """Write what waits; also where the end is noticed, whoever brought it about."""
        self._flush_is_due = False
        session, now = self.session, self._clock.seconds()
        wakes_at = session.wakes_at()
        if self._drop_reason or (wakes_at is not None and wakes_at <= now):
            self._guard(self._settle)
            wakes_at = session.wakes_at()
        octets = session.octets_to_send()
        if not self._is_up:
            return
        if octets:
            self._server.passes("before_octets_to_carrier")
            write_now(self._transport(), octets)
            self._server.passes("after_octets_to_carrier")
        if session.state is State.CLOSED:
            self._close()
        elif wakes_at is not None and (self._timer is None or wakes_at < self._rings_at):
            self._arm(wakes_at, now)

    def _settle(self) -> None:
        reason, self._drop_reason = self._drop_reason, ""
        if reason:
            self._handle(self.session.lost(reason))
        wakes_at = self.session.wakes_at()
        now = self.now()
        if wakes_at is not None and wakes_at <= now:
            self._handle(self.session.tick(now))

    def _handle(self, events: list[Event]) -> None:
        """Hand events on; a fault of ours in one does not take the others with it."""
        gone: list[Gone] = []
        link = self.link
        submitted = self._server.handler.submitted
        for event in events:
            try:
                if type(event) is Submitted:  # nearly all of them
                    submitted(link, event)
                else:
                    self._hand_on(event, gone)
            except Exception:
                self._fault()
        if link.wants_window and self.session.window_free():
            link.wants_window = False
            self._guard(lambda: self._server.handler.window_opened(link))

    def _hand_on(self, event: Event, gone: list[Gone]) -> None:
        link, handler = self.link, self._server.handler
        match event:
            case Submitted():
                handler.submitted(link, event)
            case Responded():
                handler.responded(link, event)
            case BindRequested():
                self._decide(event)
            case Silent():
                handler.silent(link, event)
            case Gone():
                gone.append(event)
            case Closed(reason):
                self._say_closed(reason, gone)
            case Unbound():
                pass  # the session answers by itself, and `closed` follows
            case _:
                assert_never(event)

    def _say_closed(self, reason: str, gone: list[Gone]) -> None:
        link, handler = self.link, self._server.handler
        if gone:
            self._guard(lambda: handler.gone(link, gone))
        if link.bound_as is not None:
            handler.closed(link, reason)

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
                self._server.bound(self)
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

    # --- small steps -------------------------------------------------------------------------

    def _guard(self, step: Callable[[], None]) -> None:
        """Our own mistake ends this connection, loudly, and no other."""
        try:
            step()
        except Exception:
            self._fault()

    def _fault(self) -> None:
        self._server.log.failure("a fault of ours ends {link!r}", link=self.link)
        self.drop("a fault of the gateway")

    def _rearm(self) -> None:
        at = self.session.wakes_at()
        if at is not None and (self._timer is None or at < self._rings_at):
            self._arm(at, self.now())

    def _arm(self, at: float, now: float) -> None:
        """One timer, moved only when it would ring too late: ringing early costs nothing."""
        if self._timer is not None:
            self._timer.cancel()
        self._rings_at = at
        self._timer = self._clock.callLater(max(0.0, at - now), self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.flush()

    def _disarm(self) -> None:
        for call in (self._timer, self._pause, self._hold, self._refusal):
            if call is not None:
                call.cancel()
        self._timer = self._pause = self._hold = self._refusal = None

    def _close(self) -> None:
        self._is_up = False
        self._disarm()
        transport = self._transport()
        transport.unregisterProducer()
        transport.loseConnection()
        self._timer = self._clock.callLater(LINGER, self._abort)

    def _abort(self) -> None:
        self._timer = None
        self._transport().abortConnection()

    def _pause_reading(self) -> None:
        """Back-pressure first; if that lasts, throttle codes (DESIGN 9.10)."""
        if self._pause is None and not self.session.throttled and self._is_up:
            self._transport().pauseProducing()
            patience = self._limits.enquire_link * PAUSE_SHARE
            self._pause = self._clock.callLater(patience, self._throttle)

    def _throttle(self) -> None:
        self._pause = None
        self.session.throttled = True
        self._resume_reading()

    def _let_go(self) -> None:
        self._hold = None
        self._resume_reading()

    def _resume_reading(self) -> None:
        if self._pause is None and self._hold is None and self._peer_reads and self._is_up:
            self._transport().resumeProducing()

    def _transport(self) -> Any:
        """Any: the interfaces of transports carry no types of their methods."""
        return self.transport  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def nobody_watches(_point: str) -> None:
    """Which step is next is of interest to tests only."""


def plain(_transport: Any) -> Proof | None:
    """Nothing is proven without TLS (`tls.proof_of`)."""
    return None


class SmppServer(Factory):
    """Makes a `Connection` for every carrier that connects: `endpoint.listen(server)`.

    `limits` hold until an account's own do, `limits_for(address)` in their place where an address
    has its own; `link_ids` names a TCP session, never twice. `doors` says who has a place.
    `proof_of(transport)`: what its peer has proven. `passes` is told when octets are about to be
    handed to a socket and when they have been.
    """

    log = Logger()
    noisy = False

    def __init__(
        self,
        handler: Handler,
        limits: SessionLimits,
        clock: Clock,
        link_ids: Callable[[], str] | None = None,
        doors: Doors | None = None,
        passes: Callable[[str], None] = nobody_watches,
        limits_for: Callable[[str], SessionLimits] | None = None,
        proof_of: Callable[[Any], Proof | None] = plain,
    ) -> None:
        self.handler = handler
        self.limits = limits
        self.clock = clock
        self.turned_away = 0  # connections without a place
        self._link_ids = link_ids or map(str, count(1)).__next__
        self.passes = passes
        self.limits_for = limits_for or self._limits_for_all
        self.proof_of = proof_of
        self._doors = Doors() if doors is None else doors
        self._connections: set[Connection] = set()
        self._to_flush: list[Connection] = []

    @property
    def links(self) -> list[Link]:
        """The links that are bound."""
        return [c.link for c in self._connections if c.link.is_live]

    def buildProtocol(self, addr: IAddress | None) -> Connection | None:
        """None turns the connection away."""
        address = str(getattr(addr, "host", ""))
        visit = self._doors.come(address)
        if visit is None:
            self.turned_away += 1
            return None
        connection = Connection(self, self._link_ids(), address, visit)
        self._connections.add(connection)
        return connection

    def bound(self, connection: Connection) -> None:
        """A connection counts no longer among those without a bind."""
        self._doors.bound(connection.visit)

    def left(self, connection: Connection) -> None:
        """A connection is gone."""
        self._connections.discard(connection)
        self._doors.leave(connection.visit)

    def _limits_for_all(self, _address: str) -> SessionLimits:
        return self.limits

    def flush_later(self, connection: Connection) -> None:
        """All connections with something to write share one call per loop turn."""
        if not self._to_flush:
            self.clock.callLater(0, self._flush)
        self._to_flush.append(connection)

    def _flush(self) -> None:
        waiting = self._to_flush
        self._to_flush = []
        for connection in waiting:
            connection.flush()
