"""A message centre for the tests: its handler, its time, and wires in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from text911.smpp.client import OutbindServer
from text911.smpp.codec import encode
from text911.smpp.events import (
    BindRequested,
    Gone,
    Queried,
    Responded,
    Silent,
    Submitted,
    SubmittedToMany,
)
from text911.smpp.pdu import (
    BindTransceiver,
    DeliverSm,
    Pdu,
    QuerySmResp,
)
from text911.smpp.server import Accepted, Connection, Link, Refused, SmppServer
from text911.smpp.status import Status
from text911.smpp.timers import SessionLimits

from .peer import heads

REPLY = DeliverSm(source_addr="911", destination_addr="18605551234", short_message=b"coming")


class Wire(StringTransport):
    """Counts the writes and knows what TCP_NODELAY is."""

    def __init__(self, peer: IPv4Address) -> None:
        super().__init__(peerAddress=peer)  # type: ignore[no-untyped-call]
        self.writes = 0
        self.no_delay = False

    def write(self, data: bytes) -> None:
        self.writes += 1
        super().write(data)  # type: ignore[no-untyped-call]

    def has_producer(self) -> bool:
        producer: Any = vars(self)["producer"]
        return producer is not None

    def setTcpNoDelay(self, enabled: bool) -> None:
        self.no_delay = enabled


class Desk:
    """A handler that remembers, answers when told to, and fails where it is told to."""

    def __init__(self) -> None:
        self.decision: Accepted | Refused = Accepted(SessionLimits(window=2), 4, "text911")
        self.seen: list[tuple[Any, ...]] = []
        self.links: list[Link] = []
        self.on_submitted: Callable[[Link, Submitted], object] = lambda link, event: None
        self.fails_on = ""
        self.fullness = 0
        self.became: QuerySmResp | Status = Status.RINVMSGID

    def note(self, what: str, *more: Any) -> None:
        self.seen.append((what, *more))
        if self.fails_on == what:
            raise RuntimeError(f"{what} went wrong")

    def bind(self, link: Link, request: BindRequested, peer_address: str) -> Accepted | Refused:
        self.links.append(link)
        self.note("bind", request.system_id, peer_address)
        return self.decision

    def submitted(self, link: Link, event: Submitted) -> None:
        self.note("submitted", event.sequence_number)
        self.on_submitted(link, event)

    def responded(self, link: Link, event: Responded) -> None:
        self.note("responded", event.tag)

    def silent(self, link: Link, event: Silent) -> None:
        self.note("silent", event.tag)

    def gone(self, link: Link, events: list[Gone]) -> None:
        self.note("gone", [event.tag for event in events])

    def closed(self, link: Link, reason: str) -> None:
        self.note("closed", reason)

    def window_opened(self, link: Link) -> None:
        self.note("window_opened")

    def submitted_to_many(self, link: Link, event: SubmittedToMany) -> None:
        self.note("submitted_to_many", event.sequence_number)
        link.respond(event.sequence_number, 0x80000021, 0, "m", ())

    def queried(self, link: Link, event: Queried) -> QuerySmResp | Status:
        self.note("queried", event.pdu.message_id)
        return self.became

    def load(self) -> int:
        return self.fullness


def connects(server: SmppServer | OutbindServer, host: str) -> tuple[Connection, Wire] | None:
    """Somebody comes from there; None where nobody is let in."""
    address: Any = IPv4Address("TCP", host, 40000)
    connection = server.buildProtocol(address)
    if connection is None:
        return None
    wire = Wire(address)
    connected: Any = connection
    connected.makeConnection(wire)
    return connection, wire


class World:
    """A server, its handler, and the time they live in."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.desk = Desk()
        self.server = SmppServer(self.desk, SessionLimits(), self.clock)

    def connects(self, host: str = "203.0.113.5") -> tuple[Connection, Wire] | None:
        return connects(self.server, host)

    def binds(self, host: str = "203.0.113.5") -> tuple[Connection, Wire]:
        made = self.connects(host)
        assert made is not None
        connection, wire = made
        connection.dataReceived(encode(BindTransceiver("carrier", "secret"), 1))
        if isinstance(self.desk.decision, Accepted):
            assert reads(wire) == [(0x80000009, 0, 1)]
            self.desk.seen.clear()
        return connection, wire

    def turn(self) -> None:
        self.clock.advance(0)


def reads(wire: Wire) -> list[tuple[int, int, int]]:
    found = heads(wire.value())  # type: ignore[no-untyped-call]
    wire.clear()  # type: ignore[no-untyped-call]
    wire.writes = 0
    return found


def stream(*pdus: tuple[Pdu, int]) -> bytes:
    return b"".join(encode(pdu, number) for pdu, number in pdus)


def lose(connection: Connection) -> None:
    done: Any = Failure
    connection.connectionLost(done(ConnectionDone()))
