"""The Twisted shell of a session, whichever end it is: moves octets, asks the session, arms one
timer.

What a text means and when it is answered is the handler's business (`link.py`). A connection is
written to once per loop turn, however many answers became due in it.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any, assert_never

from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from .conversation import Conversation
from .events import (
    BindRequested,
    Bound,
    Closed,
    Event,
    Gone,
    Notified,
    OutbindRequested,
    Queried,
    Responded,
    Silent,
    Submitted,
    SubmittedToMany,
    Unbound,
)
from .link import IN_FLIGHT_MAX, Handler, Link
from .sockets import Clock, Timer, write_now
from .table import State
from .timers import SessionLimits

# Seconds a peer has to take what is left to send, after the session's end.
LINGER = 5.0
# For which part of the enquire_link time reading may stay paused: below half of it, so that the
# peer's own enquire_link is answered before it gives us up (DESIGN 9.10).
PAUSE_SHARE = 0.4


def nobody_watches(_point: str) -> None:
    """Which step is next is of interest to tests only."""


class Station:
    """What connections share: the clock, the log, and one call per loop turn in which all of them
    write. `passes` is told when octets are about to be handed to a socket and when they have been.
    """

    log = Logger()

    def __init__(self, clock: Clock, passes: Callable[[str], None] = nobody_watches) -> None:
        self.clock = clock
        self.passes = passes
        self._to_flush: list[Connection] = []

    def left(self, connection: Connection) -> None:
        """A connection is gone."""

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


OfRole = BindRequested | SubmittedToMany | Queried | Bound | OutbindRequested | Notified


class Connection(TwistedProtocol):
    """One TCP connection. Nothing is decided here but when to read and when to write."""

    def __init__(
        self,
        station: Station,
        handler: Handler,
        session: Conversation,
        limits: SessionLimits,
        link_id: str,
        peer_address: str,
    ) -> None:
        self._station = station
        self._handler = handler
        self._clock = station.clock
        self._limits = limits
        self._in_flight_max = IN_FLIGHT_MAX
        self._timer: Timer | None = None
        self._rings_at = 0.0
        self._pause: Timer | None = None  # while reading is paused under load
        self._hold: Timer | None = None  # while it is because more came than was agreed
        self._peer_reads = True
        self._flush_is_due = False
        self._drop_reason = ""
        self._reason = ""  # why the session ended
        self._is_up = True
        self.when_lost: Callable[[str], None] | None = None  # told why, once it is all over
        self.session = session
        self.link = Link(link_id, peer_address, session, self)
        session.load = self._load

    def begin(self) -> None:
        """The connection stands: what this end says first."""

    def of_role(self, event: OfRole) -> None:
        """What only one end of a session hears of."""
        raise AssertionError(f"the other end hears of a {type(event).__name__}")

    # --- Twisted calls -----------------------------------------------------------------------

    def connectionMade(self) -> None:
        """Send small answers at once, and learn when the peer does not take them."""
        transport = self._transport()
        if hasattr(transport, "setTcpNoDelay"):
            transport.setTcpNoDelay(True)
        transport.registerProducer(self, True)
        self._flush_is_due = True
        self._guard(self.begin)
        self.flush()

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
        self._station.left(self)
        if self.when_lost is not None:
            self.when_lost(self._reason or words)

    def pauseProducing(self) -> None:
        """The peer does not take what we send: stop reading what makes us send more."""
        self._peer_reads = False
        self._stop_reading()

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
            self._station.flush_later(self)

    def hold(self, seconds: float) -> None:
        """Long pauses are cut: the peer's enquire_link must be answered in time."""
        if self._hold is None and self._is_up:
            self._stop_reading()
            patience = min(seconds, self._limits.enquire_link * PAUSE_SHARE)
            self._hold = self._clock.callLater(patience, self._let_go)

    def adopt(self, limits: SessionLimits, in_flight_max: int) -> None:
        self._limits, self._in_flight_max = limits, in_flight_max
        self.session.adopt(limits)
        self.answered()

    def drop(self, reason: str) -> None:
        self._drop_reason = reason
        self._station.flush_later(self)  # even within `dataReceived`: its events come first

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
            self._station.passes("before_octets_to_carrier")
            write_now(self._transport(), octets)
            self._station.passes("after_octets_to_carrier")
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
        submitted = self._handler.submitted
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
            self._guard(lambda: self._handler.window_opened(link))

    def _hand_on(self, event: Event, gone: list[Gone]) -> None:
        link, handler = self.link, self._handler
        match event:
            case Submitted():
                handler.submitted(link, event)
            case Responded():
                handler.responded(link, event)
            case Silent():
                handler.silent(link, event)
            case Gone():
                gone.append(event)
            case Closed(reason):
                self._say_closed(reason, gone)
            case Unbound():
                pass  # the session answers by itself, and `closed` follows
            case BindRequested() | SubmittedToMany() | Queried() | Bound():
                self.of_role(event)
            case OutbindRequested() | Notified():
                self.of_role(event)
            case _:
                assert_never(event)

    def _say_closed(self, reason: str, gone: list[Gone]) -> None:
        link, handler = self.link, self._handler
        self._reason = reason
        if gone:
            self._guard(lambda: handler.gone(link, gone))
        if link.bound_as is not None:
            handler.closed(link, reason)

    # --- small steps -------------------------------------------------------------------------

    def _guard(self, step: Callable[[], None]) -> None:
        """Our own mistake ends this connection, loudly, and no other."""
        try:
            step()
        except Exception:
            self._fault()

    def _fault(self) -> None:
        self._station.log.failure("a fault of ours ends {link!r}", link=self.link)
        self.drop("a fault of the gateway")

    def _load(self) -> int:
        """How full we are for this peer, in percent: of its own places, or over all."""
        return max(self._handler.load(), min(100, 100 * self.session.owed // self._in_flight_max))

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
        for call in (self._timer, self._pause, self._hold):
            if call is not None:
                call.cancel()
        self._timer = self._pause = self._hold = None

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
            self._stop_reading()
            patience = self._limits.enquire_link * PAUSE_SHARE
            self._pause = self._clock.callLater(patience, self._throttle)

    def _throttle(self) -> None:
        self._pause = None
        self.session.throttled = True
        self._resume_reading()

    def _let_go(self) -> None:
        self._hold = None
        self._resume_reading()

    def _stop_reading(self) -> None:
        self.link.reading_since = inf
        self._transport().pauseProducing()

    def _resume_reading(self) -> None:
        if self._pause is None and self._hold is None and self._peer_reads and self._is_up:
            self.link.reading_since = self._clock.seconds()
            self._transport().resumeProducing()

    def _transport(self) -> Any:
        """Any: the interfaces of transports carry no types of their methods."""
        return self.transport  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
