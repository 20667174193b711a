"""Our connections to message centres, on a clock of ours and transports in memory."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.error import TimeoutError as ConnectTimedOut
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from text911.smpp.backoff import Backoff, Pauses
from text911.smpp.client import UNASKED_MAX, EsmeConnection, Line, OutbindServer
from text911.smpp.codec import bind_response, encode
from text911.smpp.connection import Connection, Station, nobody_watches
from text911.smpp.events import (
    Gone,
    Notified,
    OutbindRequested,
    Queried,
    Responded,
    Silent,
    Submitted,
)
from text911.smpp.link import Link
from text911.smpp.pdu import (
    AlertNotification,
    Bind,
    BindTransceiver,
    DeliverSm,
    Outbind,
    QuerySm,
    SubmitSm,
    SubmitSmResp,
    UnbindResp,
)
from text911.smpp.timers import SessionLimits

from .desk import Wire, connects, lose, reads

TEXT = DeliverSm(source_addr="18605551234", destination_addr="911", short_message=b"help")
REPLY = SubmitSm(source_addr="911", destination_addr="18605551234", short_message=b"coming")
LET_IN = bind_response(BindTransceiver.COMMAND_ID, 1, "smsc", ())


class Desk:
    """A handler that remembers, and answers each text at once."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []
        self.answer: Bind | None = BindTransceiver("text911", "secret")

    def bound(self, link: Link) -> None:
        self.seen.append(("bound", link.system_id, link.bound_as))

    def outbound(self, link: Link, event: OutbindRequested, peer_address: str) -> Bind | None:
        self.seen.append(("outbound", event.pdu.system_id, peer_address))
        return self.answer

    def notified(self, link: Link, event: Notified) -> None:
        self.seen.append(("notified", event.pdu.source_addr))

    def submitted(self, link: Link, event: Submitted) -> None:
        self.seen.append(("submitted", event.sequence_number))
        link.answer(event, 0, "id")

    def responded(self, link: Link, event: Responded) -> None:
        self.seen.append(("responded", event.tag, event.message_id))

    def silent(self, link: Link, event: Silent) -> None:
        self.seen.append(("silent", event.tag))

    def gone(self, link: Link, events: list[Gone]) -> None:
        self.seen.append(("gone", [one.tag for one in events]))

    def closed(self, link: Link, reason: str) -> None:
        self.seen.append(("closed", reason))

    def window_opened(self, link: Link) -> None:
        self.seen.append(("window_opened",))

    def load(self) -> int:
        return 0


class Network:
    """A line, and the message centre that it tries to reach."""

    def __init__(self, pauses: Pauses | None = None) -> None:
        self.clock = Clock()
        self.desk = Desk()
        self.station = Station(self.clock)
        self.tries: list[Deferred[Any]] = []
        self.told: list[tuple[str, str]] = []
        self.wires: list[Wire] = []
        backoff = Backoff(pauses or Pauses(1.0, 8.0), lambda: 1.0)
        self.line = Line(self.clock, backoff, self.connect, self.build, self.note)

    def connect(self, _factory: Any) -> Deferred[Any]:
        self.tries.append(Deferred())
        return self.tries[-1]

    def build(self, address: str) -> Connection:
        limits = SessionLimits(window=2)
        bind = BindTransceiver("text911", "secret")
        return EsmeConnection(self.station, self.desk, limits, 4, "1", address, bind)

    def note(self, line: Line) -> None:
        self.told.append((line.state, line.reason))

    def stands(self) -> Connection:
        address: Any = IPv4Address("TCP", "203.0.113.9", 2775)
        connection = self.line.buildProtocol(address)
        assert connection is not None
        self.wires.append(Wire(address))
        connected: Any = connection
        connected.makeConnection(self.wires[-1])
        self.tries[-1].callback(connection)
        return connection

    def refused(self) -> None:
        why: Any = ConnectTimedOut()  # type: ignore[no-untyped-call]
        self.tries[-1].errback(Failure(why))  # type: ignore[no-untyped-call]

    def let_in(self) -> Connection:
        connection = self.stands()
        assert reads(self.wires[-1]) == [(0x9, 0, 1)]
        connection.dataReceived(LET_IN)
        return connection


@pytest.fixture
def net() -> Network:
    return Network()


def test_a_line_connects_binds_and_takes_texts(net: Network) -> None:
    net.line.start()
    connection = net.let_in()
    link = connection.link
    assert net.desk.seen == [("bound", "smsc", "trx")]
    assert (link.is_live, link.is_ours, link.can_receive) == (True, True, True)
    connection.dataReceived(encode(TEXT, 7))
    assert reads(net.wires[0]) == [(0x80000005, 0, 7)]
    assert link.send(REPLY, "a")
    net.clock.advance(0)
    assert reads(net.wires[0]) == [(0x4, 0, 2)]
    connection.dataReceived(encode(SubmitSmResp("m"), 2) + encode(AlertNotification(), 3))
    assert net.desk.seen[1:] == [("submitted", 7), ("responded", "a", "m"), ("notified", "")]
    assert net.told == [("connecting", ""), ("connected", "")]


def test_a_link_of_ours_can_be_looked_on_at(net: Network) -> None:
    class Looker:
        def __init__(self) -> None:
            self.heads: list[bytes] = []

        def heard(self, pdus: list[bytes]) -> None:
            self.heads += [one[4:8] for one in pdus]

        def said(self, pdus: list[bytes]) -> None:
            self.heads += [one[4:8] for one in pdus]

    looker = Looker()
    net.line.start()
    connection = net.let_in()
    connection.link.tap(looker)
    connection.dataReceived(encode(TEXT, 7))
    assert looker.heads == [b"\0\0\0\5", b"\x80\0\0\5"]


def test_who_is_not_there_is_tried_again_with_growing_pauses(net: Network) -> None:
    net.line.start()
    for pause in (1.0, 2.0, 4.0, 8.0, 8.0):
        tries = len(net.tries)
        net.refused()
        assert net.line.state == "resting"
        assert "timeout" in net.line.reason
        net.clock.advance(pause - 0.01)
        assert len(net.tries) == tries
        net.clock.advance(0.01)
        assert len(net.tries) == tries + 1


def test_a_lost_bind_is_made_anew_and_its_replies_are_handed_back(net: Network) -> None:
    net.line.start()
    connection = net.let_in()
    connection.link.send(REPLY, "a")
    net.clock.advance(40.0)
    lose(connection)
    assert net.desk.seen[-2] == ("gone", ["a"])
    assert net.desk.seen[-1][0] == "closed"
    assert net.line.state == "resting"
    net.clock.advance(1.0)
    net.let_in()
    assert net.desk.seen[-1] == ("bound", "smsc", "trx")


def test_why_we_were_not_let_in_is_told(net: Network) -> None:
    net.line.start()
    connection = net.stands()
    connection.dataReceived(b"\0\0\0\x10\x80\0\0\x09\0\0\0\x0e\0\0\0\x01")
    lose(connection)
    assert net.told[-1] == ("resting", "our bind was refused with RINVPASWD")
    assert net.desk.seen == []


def test_to_stop_is_to_say_good_bye_and_to_come_back_no_more(net: Network) -> None:
    net.line.start()
    connection = net.let_in()
    reads(net.wires[0])
    net.line.stop()
    net.clock.advance(0)
    assert reads(net.wires[0]) == [(0x6, 0, 2)]
    connection.dataReceived(encode(UnbindResp(), 2))
    lose(connection)
    net.clock.advance(100.0)
    assert len(net.tries) == 1
    assert net.desk.seen[-1] == ("closed", "unbound")


def test_a_line_stops_in_whatever_it_was_about(net: Network) -> None:
    net.line.start()
    net.line.stop()  # while connecting: the try is taken back
    assert net.tries[0].called
    resting = Network()
    resting.line.start()
    resting.refused()
    resting.line.stop()
    resting.clock.advance(100.0)
    assert len(resting.tries) == 1
    binding = Network()
    binding.line.start()
    connection = binding.stands()
    binding.line.stop()
    binding.clock.advance(0)
    assert binding.wires[0].disconnecting
    lose(connection)
    assert binding.line.state == "stopped"
    assert binding.line.buildProtocol(None) is None


def test_what_is_of_the_other_end_is_a_fault_of_ours(net: Network) -> None:
    net.line.start()
    connection = net.let_in()
    with pytest.raises(AssertionError, match="Queried"):
        connection.of_role(Queried(1, QuerySm()))


# --- outbind --------------------------------------------------------------------------------------


class Waiting:
    """Where message centres connect that ask us to bind."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.desk = Desk()
        self.server = OutbindServer(
            lambda: self.desk, SessionLimits(), self.clock, iter("abcdefgh" * 9).__next__,
            nobody_watches, lambda address: address != "198.51.100.1",
        )  # fmt: skip

    def connects(self, host: str = "203.0.113.9") -> tuple[Connection, Wire] | None:
        return connects(self.server, host)


def test_an_outbind_that_is_awaited_is_answered_with_a_bind() -> None:
    waiting = Waiting()
    made = waiting.connects()
    assert made is not None
    connection, wire = made
    connection.dataReceived(encode(Outbind("smsc", "please"), 1))
    assert waiting.desk.seen == [("outbound", "smsc", "203.0.113.9")]
    assert reads(wire) == [(0x9, 0, 1)]
    connection.dataReceived(LET_IN)
    assert waiting.desk.seen[-1] == ("bound", "smsc", "trx")


def test_an_outbind_that_nobody_awaits_is_shown_out() -> None:
    waiting = Waiting()
    waiting.desk.answer = None
    made = waiting.connects()
    assert made is not None
    connection, wire = made
    connection.dataReceived(encode(Outbind("smsc", "please"), 1))
    waiting.clock.advance(0)
    assert reads(wire) == []
    assert wire.disconnecting
    lose(connection)


def test_who_is_awaited_from_nowhere_is_turned_away_and_takes_no_place() -> None:
    waiting = Waiting()
    assert waiting.connects("198.51.100.1") is None
    assert waiting.server.turned_away == 1


def test_who_connects_and_asks_nothing_is_shown_out_and_takes_no_place_for_ever() -> None:
    waiting = Waiting()
    made = [waiting.connects() for _ in range(UNASKED_MAX)]
    assert waiting.connects() is None
    assert waiting.server.turned_away == 1
    waiting.clock.advance(5.0)
    for one in made:
        assert one is not None
        connection, wire = one
        assert wire.disconnecting
        connection.connectionLost(Failure(ConnectionDone()))  # type: ignore[no-untyped-call]
    assert waiting.connects() is not None
