"""The binds that are ours to bring about: to carriers' message centres, by outbind either way.

Keeps the lines that the configuration wants, and hands every link over to the `CarrierEdge` once it
is bound: from then on it is one of the group's binds like any other. Decides nothing about a text.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory

from ...smpp.backoff import Backoff
from ...smpp.client import Connect, EsmeConnection, Line, OutbindServer
from ...smpp.connecting import (
    AwaitOutbindSettings,
    ConnectSettings,
    OutbindListenSettings,
    OutbindSettings,
)
from ...smpp.connection import Connection, Station
from ...smpp.events import Gone, Notified, OutbindRequested, Responded, Silent, Submitted
from ...smpp.link import Link
from ...smpp.pdu import Bind
from ...smpp.pins import Identity, Proof
from ...smpp.server import SmppServer
from ...smpp.timers import SessionLimits
from ..config import Carrier, Reach
from ..faults import fault
from ..operations.health_log import Happened
from ..operations.status import ReachStatus
from .binds import Operation
from .carriers import CarrierEdge


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line. `number` tells several binds at one site apart."""

    carrier: str
    reach: Reach
    system_id: str  # that we give
    number: int


class Ours:
    """The handler of one connection on which we are the ESME (`smpp.link.EsmeHandler`)."""

    def __init__(self, outreach: Outreach, edge: CarrierEdge, carrier: str, sends: Operation):
        self._outreach = outreach
        self._carrier = carrier
        self._sends: Operation = sends
        self._edge = edge

    def bound(self, link: Link) -> None:
        self._outreach.joined(link, self._carrier, self._sends)

    def outbound(self, link: Link, event: OutbindRequested, peer_address: str) -> Bind | None:
        found = self._outreach.awaited(event, peer_address)
        if found is None:
            return None
        carrier, settings, bind = found
        self._carrier, self._sends = carrier.name, settings.replies_as
        link.adopt(carrier.account.limits(), carrier.account.in_flight_max)
        return bind

    def notified(self, link: Link, event: Notified) -> None:
        """A handset can be reached again: its carrier knows what waits for it, we hold nothing."""

    def submitted(self, link: Link, event: Submitted) -> None:
        self._edge.submitted(link, event)

    def responded(self, link: Link, event: Responded) -> None:
        self._edge.responded(link, event)

    def silent(self, link: Link, event: Silent) -> None:
        self._edge.silent(link, event)

    def gone(self, link: Link, events: list[Gone]) -> None:
        self._edge.gone(link, events)

    def closed(self, link: Link, reason: str) -> None:
        self._edge.closed(link, reason)

    def window_opened(self, link: Link) -> None:
        self._edge.window_opened(link)

    def load(self) -> int:
        return self._edge.load()


class Outreach:
    """`connect(host, port, seconds)` gives what opens one TCP connection within that time.
    `chance()`: 0 up to 1. Nothing is connected before `start`."""

    def __init__(
        self,
        carriers: Iterable[Carrier],
        edge: CarrierEdge,
        server: SmppServer,
        clock: Any,
        connect: Callable[[str, int, float], Connect],
        chance: Callable[[], float],
        link_ids: Callable[[], str],
        happened: Callable[..., None],
    ) -> None:
        self._carriers = {one.name: one for one in carriers}
        self._edge = edge
        self._server = server
        self._clock = clock
        self._connect = connect
        self._chance = chance
        self._link_ids = link_ids
        self._happened = happened
        self.station = Station(clock, fault)
        self._lines: list[tuple[Wanted, Line]] = []
        self._told: dict[int, str] = {}  # line -> what was last said of it
        self._is_up = False

    @property
    def lines(self) -> tuple[tuple[Wanted, Line], ...]:
        return tuple(self._lines)

    def unreached(self) -> dict[str, float]:
        """Carrier -> connections that are wanted and do not stand, of those that have any."""
        found = {wanted.carrier: 0.0 for wanted, _ in self._lines}
        for wanted, line in self._lines:
            found[wanted.carrier] += line.state != "connected"
        return found

    def seen(self, carrier: str, skew: float) -> tuple[ReachStatus, ...]:
        """The connections to a carrier, as operators are told. `skew`: UTC less the clock."""
        return tuple(
            _seen(wanted, line, skew) for wanted, line in self._lines if wanted.carrier == carrier
        )

    def start(self) -> None:
        self._is_up = True
        self.adopt(self._carriers.values())

    def stop(self) -> None:
        """Connect no more, and say good-bye."""
        self._is_up = False
        for _, line in self._lines:
            line.stop()
        self._lines.clear()

    def adopt(self, carriers: Iterable[Carrier]) -> None:
        """What is wanted no more is said good-bye to, what is new is connected; all else stays."""
        self._carriers = {one.name: one for one in carriers}
        if not self._is_up:
            return
        wanted = [one for carrier in self._carriers.values() for one in _wanted(carrier)]
        for one, line in self._lines:
            if one not in wanted:
                line.stop()
                self._told.pop(id(line), None)
        kept = [(one, line) for one, line in self._lines if one in wanted]
        known = [one for one, _ in kept]
        fresh = [(one, self._line(one)) for one in wanted if one not in known]
        self._lines = kept + fresh
        for _, line in fresh:
            line.start()

    def doors(self, settings: OutbindListenSettings) -> list[tuple[str, str, int, Factory]]:
        """Where to listen for outbinds: table of gateway.toml, host, port, factory."""
        if settings.port is None:
            return []
        factory = OutbindServer(
            lambda: Ours(self, self._edge, "", "submit_sm"),
            SessionLimits(),
            self._clock,
            self._link_ids,
            fault,
            self._is_awaited_from,
        )
        return [("outbind", settings.host, settings.port, factory)]

    # --- the connections ask -----------------------------------------------------------------

    def joined(self, link: Link, name: str, sends: Operation) -> None:
        carrier = self._carriers.get(name)
        if carrier is None:
            link.unbind()  # it was taken away while we bound
        else:
            self._edge.joined(link, carrier, sends)

    def awaited(
        self, event: OutbindRequested, address: str
    ) -> tuple[Carrier, AwaitOutbindSettings, Bind] | None:
        """Whom an outbind comes from, and with what to answer it; None for one nobody awaits."""
        asked = event.pdu
        for carrier in self._carriers.values():
            if not carrier.account.allows(address):
                continue
            for reach in carrier.reaches:
                settings = reach.settings
                if not isinstance(settings, AwaitOutbindSettings):
                    continue
                if settings.asks_as == asked.system_id and _bears(reach, asked.password):
                    bind = settings.bind(carrier.account.system_id, reach.password.reveal())
                    return carrier, settings, bind
        words = "An outbind that nobody awaits was shown out"
        self._happened(Happened.BIND_REFUSED, words, peer=address)
        return None

    # --- inside ------------------------------------------------------------------------------

    def _is_awaited_from(self, address: str) -> bool:
        return any(
            isinstance(reach.settings, AwaitOutbindSettings) and carrier.account.allows(address)
            for carrier in self._carriers.values()
            for reach in carrier.reaches
        )

    def _line(self, wanted: Wanted) -> Line:
        settings = wanted.reach.settings
        assert not isinstance(settings, AwaitOutbindSettings)

        def build(address: str) -> Connection:
            return self._built(wanted, address)

        def told(line: Line) -> None:
            self._tell(wanted, line)

        backoff = Backoff(settings.pauses(), self._chance)
        connect = self._connect(settings.host, settings.port, settings.connect_timer)
        if settings.tls:
            connect = _over_tls(connect, settings, wanted.reach.identity, self._clock)
            self._server.proof_of = _proof_of  # who binds on it may have to be pinned
        return Line(self._clock, backoff, connect, build, told)

    def _built(self, wanted: Wanted, address: str) -> Connection:
        settings, password = wanted.reach.settings, wanted.reach.password.reveal()
        carrier = self._carriers[wanted.carrier]
        if isinstance(settings, OutbindSettings):
            return self._server.outbinding(address, self._link_ids(), wanted.system_id, password)
        assert isinstance(settings, ConnectSettings)
        return EsmeConnection(
            self.station,
            Ours(self, self._edge, wanted.carrier, settings.replies_as),
            carrier.account.limits(),
            carrier.account.in_flight_max,
            self._link_ids(),
            address,
            settings.bind(wanted.system_id, password),
        )

    def _tell(self, wanted: Wanted, line: Line) -> None:
        """A line of the log when something new is wrong, not with every try."""
        if line.state == "connected":
            self._told.pop(id(line), None)
        elif line.state == "resting" and self._told.get(id(line)) != line.reason:
            self._told[id(line)] = line.reason
            settings = wanted.reach.settings
            assert not isinstance(settings, AwaitOutbindSettings)
            display = self._carriers[wanted.carrier].display
            words = f"No bind at {display}, {settings.host}:{settings.port}: {line.reason}"
            self._happened(Happened.CARRIER_UNREACHED, words, carrier=wanted.carrier)


def _wanted(carrier: Carrier) -> Iterator[Wanted]:
    for reach in carrier.reaches:
        settings = reach.settings
        if isinstance(settings, AwaitOutbindSettings):
            continue  # it is not we who connect
        system_id = settings.system_id or carrier.account.system_id
        binds = settings.binds if isinstance(settings, ConnectSettings) else 1
        for number in range(binds):
            yield Wanted(carrier.name, reach, system_id, number)


def _seen(wanted: Wanted, line: Line, skew: float) -> ReachStatus:
    settings = wanted.reach.settings
    assert not isinstance(settings, AwaitOutbindSettings)
    where = f"{settings.host}:{settings.port}"
    if line.state == "connected":
        return ReachStatus(where, line.state)
    tries_at = line.tries_at + skew if line.state == "resting" else 0.0
    return ReachStatus(where, line.state, line.reason, line.down_since + skew, tries_at)


def _bears(reach: Reach, password: str) -> bool:
    if reach.asks_with is None:
        return True
    right = reach.asks_with.reveal().encode("latin-1", "replace")
    return hmac.compare_digest(right, password.encode("latin-1", "replace"))


def _over_tls(
    connect: Connect,
    settings: ConnectSettings | OutbindSettings,
    identity: Identity | None,
    clock: Any,
) -> Connect:
    from ...smpp.tls import TlsClient

    def secured(factory: Factory) -> Deferred[Any]:
        wrapped: Any = TlsClient(factory, settings.tls_pins, identity, settings.host, clock)
        return connect(wrapped)

    return secured


def _proof_of(transport: Any) -> Proof | None:
    from ...smpp.tls import proof_of

    return proof_of(transport)


def by_endpoint(reactor: Any) -> Callable[[str, int, float], Connect]:
    """Real connections; a name may have several addresses. What finds them is loaded, and OpenSSL
    with it, when a bind is first ours to bring about."""

    def connect(host: str, port: int, seconds: float) -> Connect:
        from twisted.internet.endpoints import HostnameEndpoint

        endpoint: Any = HostnameEndpoint(reactor, host, port, timeout=seconds)
        opened: Connect = endpoint.connect
        return opened

    return connect
