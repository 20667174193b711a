"""The ESME in Twisted: keeps our binds at carriers' message centres up, and answers outbinds.

A `Line` is one connection that is ours to make. It connects, and when that fails or ends it
connects again after a pause. What a text means is the handler's business (`link.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from .backoff import Backoff
from .connection import Connection, OfRole, Station
from .esme import EsmeSession
from .events import Bound, Notified, OutbindRequested
from .link import BOUND_AS, IN_FLIGHT_MAX, EsmeHandler
from .pdu import Bind
from .sockets import Clock, Timer
from .timers import SessionLimits

# Connections of message centres that have not asked for a bind yet, from everywhere.
UNASKED_MAX = 20


class EsmeConnection(Connection):
    """One connection to a message centre: `bind` is said first, or an outbind is awaited."""

    session: EsmeSession

    def __init__(
        self,
        station: Station,
        handler: EsmeHandler,
        limits: SessionLimits,
        in_flight_max: int,
        link_id: str,
        peer_address: str,
        bind: Bind | None = None,
    ) -> None:
        session = EsmeSession(limits, station.clock.seconds())
        super().__init__(station, handler, session, limits, link_id, peer_address)
        self._in_flight_max = in_flight_max
        self._esme = handler
        self._bind = bind

    def begin(self) -> None:
        if self._bind is not None:
            self.session.bind(self._bind, self.now())

    def of_role(self, event: OfRole) -> None:
        match event:
            case Bound(system_id, _):
                self.link.bound_as = BOUND_AS[self.session.state]
                self.link.system_id = system_id
                self._esme.bound(self.link)
            case OutbindRequested():
                bind = self._esme.outbound(self.link, event, self.link.peer_address)
                if bind is None:
                    self.drop("nobody here awaits that outbind")
                else:
                    self.session.bind(bind, self.now())
            case Notified():
                self._esme.notified(self.link, event)
            case _:
                super().of_role(event)


Connect = Callable[[Factory], "Deferred[Any]"]
Build = Callable[[str], Connection]
LineState = Literal["resting", "connecting", "connected", "stopped"]


class Line(Factory):
    """`connect(factory)` opens one TCP connection, `build(peer address)` makes what speaks on it.
    `told` hears of every change, with `state` and `reason` as they are then."""

    noisy = False

    def __init__(
        self,
        clock: Clock,
        backoff: Backoff,
        connect: Connect,
        build: Build,
        told: Callable[[Line], None],
    ) -> None:
        self.state: LineState = "resting"
        self.reason = ""  # why it is not connected, in words; kept while it is tried again
        self.down_since = clock.seconds()  # while it is not connected: since when
        self.tries_at = 0.0  # when it rests: until then
        self.connection: Connection | None = None
        self._clock = clock
        self._backoff = backoff
        self._connect = connect
        self._build = build
        self._told = told
        self._timer: Timer | None = None
        self._trying: Deferred[Any] | None = None
        self._since = 0.0  # when it connected

    def start(self) -> None:
        """Connect, now and whenever it ends."""
        self._timer = None
        self._is("connecting", self.reason)
        self._trying = self._connect(self)
        self._trying.addErrback(self._failed)

    def stop(self) -> None:
        """Connect no more. A bind that is up is said good-bye to: what it brought is answered."""
        self.state = "stopped"
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        trying, self._trying = self._trying, None
        if self.connection is None:
            if trying is not None:
                trying.cancel()
        elif self.connection.link.is_live:
            self.connection.link.unbind()
        else:
            self.connection.drop("the gateway stops")

    def buildProtocol(self, addr: IAddress | None) -> Connection | None:
        """The connection stands."""
        if self.state == "stopped":
            return None
        self._trying = None
        connection = self.connection = self._build(str(getattr(addr, "host", "")))
        connection.when_lost = self._ended
        self._since = self._clock.seconds()
        self._is("connected", "")
        return connection

    def _failed(self, why: Failure) -> None:
        self._trying = None
        if self.state != "stopped":
            self._rest(str(why.getErrorMessage()))

    def _ended(self, reason: str) -> None:
        now, connection = self._clock.seconds(), self.connection
        self.connection = None
        if connection is not None and connection.link.bound_as is not None:
            self.down_since = now  # else it has not come to a bind since then
        self._backoff.stood(now - self._since)
        if self.state != "stopped":
            self._rest(reason)

    def _rest(self, reason: str) -> None:
        pause = self._backoff.pause()
        self.tries_at = self._clock.seconds() + pause
        self._timer = self._clock.callLater(pause, self.start)
        self._is("resting", reason)

    def _is(self, state: LineState, reason: str) -> None:
        self.state, self.reason = state, reason
        self._told(self)


class OutbindServer(Station, Factory):
    """Where message centres connect that ask us to bind: `endpoint.listen(server)`. `handlers`
    makes one for each connection; `limits` hold until it is known whose it is. `is_known(address)`:
    somebody is awaited from there."""

    noisy = False

    def __init__(
        self,
        handlers: Callable[[], EsmeHandler],
        limits: SessionLimits,
        clock: Clock,
        link_ids: Callable[[], str],
        passes: Callable[[str], None],
        is_known: Callable[[str], bool],
    ) -> None:
        super().__init__(clock, passes)
        self.turned_away = 0
        self._is_known = is_known
        self._handlers = handlers
        self._limits = limits
        self._link_ids = link_ids
        self._here: set[Connection] = set()

    def buildProtocol(self, addr: IAddress | None) -> Connection | None:
        """None turns the connection away."""
        address = str(getattr(addr, "host", ""))
        unasked = sum(one.link.bound_as is None for one in self._here)
        if unasked >= UNASKED_MAX or not self._is_known(address):
            self.turned_away += 1
            return None
        connection = EsmeConnection(
            self,
            self._handlers(),
            self._limits,
            IN_FLIGHT_MAX,
            self._link_ids(),
            address,
        )
        self._here.add(connection)
        return connection

    def left(self, connection: Connection) -> None:
        self._here.discard(connection)
