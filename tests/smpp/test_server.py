"""The Twisted shell on a clock of ours and a transport in memory."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.testing import StringTransport
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure

from text911.smpp.codec import encode
from text911.smpp.doors import Doors, Places
from text911.smpp.pdu import (
    BindTransceiver,
    BindTransmitter,
    DeliverSmResp,
    EnquireLink,
    SubmitSm,
    Unbind,
)
from text911.smpp.server import LINGER, Link, Refused, SmppServer
from text911.smpp.status import Status
from text911.smpp.timers import SessionLimits

from .desk import REPLY, World, lose, reads, stream
from .peer import HELP, raw


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def faults() -> Any:
    """The failures that were logged."""
    found: list[Any] = []

    def observe(event: Any) -> None:
        if "log_failure" in event:
            found.append(event["log_failure"])

    log: Any = globalLogPublisher
    log.addObserver(observe)
    yield found
    log.removeObserver(observe)


def test_a_carrier_binds_and_its_link_is_known(world: World) -> None:
    connection, wire = world.binds()
    (link,) = world.server.links
    assert wire.no_delay
    assert (link.id, link.peer_address, link.system_id) == ("1", "203.0.113.5", "carrier")
    assert (link.bound_as, link.is_live, link.can_receive) == ("trx", True, True)
    assert (link.received, link.sent, link.owed, link.faults) == (1, 1, 0, {})
    assert link.interface_version == 0x34
    assert repr(link) == "<link 1 trx from 203.0.113.5>"
    assert "unbound" in repr(Link("2", "x", connection.session, connection))


def test_a_refused_carrier_is_told_and_shown_out(world: World) -> None:
    world.desk.decision = Refused(Status.RBINDFAIL)
    connection, wire = world.binds()
    assert reads(wire) == [(0x80000009, 0x0D, 1)]
    assert wire.disconnecting
    assert not wire.has_producer()
    lose(connection)
    assert world.desk.seen == [("bind", "carrier", "203.0.113.5")]
    assert world.clock.getDelayedCalls() == []


def test_what_comes_behind_a_bind_in_one_segment_is_taken(world: World) -> None:
    made = world.connects()
    assert made is not None
    connection, wire = made
    connection.dataReceived(stream((BindTransmitter("carrier"), 1), (HELP, 2), (EnquireLink(), 3)))
    assert world.desk.seen[1:] == [("submitted", 2)]
    assert wire.writes == 1
    assert reads(wire) == [(0x80000002, 0, 1), (0x80000015, 0, 3)]


def test_answers_of_one_turn_are_one_write_per_connection(world: World) -> None:
    one, other = world.binds(), world.binds()
    for connection, _ in (one, other):
        connection.dataReceived(stream((HELP, 2), (HELP, 3)))
    for connection, wire in (one, other):
        assert wire.writes == 0
        for number in (2, 3):
            assert connection.link.respond(number, 4, Status.ROK, "id")
        assert connection.link.send(REPLY, "a")
        assert wire.writes == 0
    world.turn()
    for _, wire in (one, other):
        assert wire.writes == 1
        assert reads(wire) == [(0x80000004, 0, 2), (0x80000004, 0, 3), (0x5, 0, 1)]


def test_an_answer_given_at_once_leaves_with_the_same_write(world: World) -> None:
    world.desk.on_submitted = lambda link, event: link.respond(event.sequence_number, 4, 0, "id")
    connection, wire = world.binds()
    connection.dataReceived(stream((HELP, 2), (EnquireLink(), 3)))
    assert wire.writes == 1
    world.turn()
    assert wire.writes == 1
    assert reads(wire) == [(0x80000015, 0, 3), (0x80000004, 0, 2)]


def test_a_full_window_says_no_and_tells_when_it_opens(world: World) -> None:
    connection, _wire = world.binds()
    link = connection.link
    assert (link.send(REPLY, "a"), link.send(REPLY, "b"), link.send(REPLY, "c")) == (
        True,
        True,
        False,
    )
    assert link.window_free() == 0
    connection.dataReceived(encode(DeliverSmResp(), 1))
    assert world.desk.seen == [("responded", "a"), ("window_opened",)]
    connection.dataReceived(encode(DeliverSmResp(), 2))
    assert world.desk.seen[2:] == [("responded", "b")]


def test_silence_frees_the_window_and_the_end_of_the_link_makes_it_gone(world: World) -> None:
    connection, _wire = world.binds()
    link = connection.link
    for tag in "abc":
        link.send(REPLY, tag)
    world.clock.advance(10.0)
    assert world.desk.seen == [("silent", "a"), ("silent", "b"), ("window_opened",)]
    lose(connection)
    assert world.desk.seen[3] == ("gone", ["a", "b"])
    assert world.desk.seen[4][0] == "closed"
    assert "lost" in world.desk.seen[4][1]
    assert world.clock.getDelayedCalls() == []
    assert (world.server.links, link.is_live, link.send(REPLY, "d")) == ([], False, False)
    assert not link.respond(1, 4, 0)


def test_an_early_timer_is_kept_and_a_sooner_deadline_moves_it(world: World) -> None:
    connection, wire = world.binds()
    world.clock.advance(25.0)
    connection.dataReceived(encode(EnquireLink(), 2))
    world.clock.advance(10.0)  # the timer set at the bind rings, and there is nothing to do
    assert reads(wire) == [(0x80000015, 0, 2)]
    connection.link.send(REPLY, "a")
    world.turn()
    assert len(world.clock.getDelayedCalls()) == 1
    world.clock.advance(10.0)
    assert world.desk.seen == [("silent", "a")]


def test_a_dead_peer_is_enquired_and_dropped(world: World) -> None:
    connection, wire = world.binds()
    for _ in range(6):
        world.clock.advance(10.0)
    assert reads(wire) == [(0x15, 0, 1), (0x15, 0, 2)]
    assert world.desk.seen == [("closed", "the peer does not answer enquire_link")]
    assert wire.disconnecting
    world.clock.advance(LINGER)
    assert wire.disconnected
    lose(connection)


def test_lost_framing_is_answered_and_the_connection_closed(world: World) -> None:
    connection, wire = world.binds()
    connection.dataReceived(b"\xff" * 16)
    assert reads(wire)[0][:2] == (0x80000000, 2)
    assert wire.disconnecting
    connection.dataReceived(encode(HELP, 1))
    assert wire.value() == b""  # type: ignore[no-untyped-call]
    connection.link.unbind()
    world.turn()
    lose(connection)


def test_unbind_both_ways(world: World) -> None:
    connection, wire = world.binds()
    connection.dataReceived(stream((HELP, 2), (Unbind(), 3)))
    assert not connection.link.is_live
    assert not wire.disconnecting
    connection.link.respond(2, 4, 0, "id")
    world.turn()
    assert reads(wire) == [(0x80000004, 0, 2), (0x80000006, 0, 3)]
    assert wire.disconnecting
    assert world.desk.seen[-1] == ("closed", "unbound")
    ours, wire = world.binds()
    ours.link.unbind()
    world.turn()
    assert reads(wire) == [(0x6, 0, 1)]


def test_a_dropped_link_hears_first_what_came_with_it(world: World) -> None:
    world.desk.on_submitted = lambda link, event: link.drop("enough")
    connection, wire = world.binds()
    connection.link.send(REPLY, "a")
    connection.dataReceived(stream((HELP, 2), (HELP, 3)))
    world.turn()
    assert world.desk.seen == [
        ("submitted", 2),
        ("submitted", 3),
        ("gone", ["a"]),
        ("closed", "enough"),
    ]
    assert wire.disconnecting
    world.turn()
    assert len(world.desk.seen) == 4


def test_under_load_reading_stops_then_throttles_until_half_is_answered(world: World) -> None:
    connection, wire = world.binds()
    connection.dataReceived(stream(*((HELP, n) for n in range(2, 6))))
    assert wire.producerState == "paused"
    world.clock.advance(11.9)
    assert wire.producerState == "paused"
    world.clock.advance(0.1)
    assert wire.producerState == "producing"
    connection.dataReceived(stream((HELP, 9), (EnquireLink(), 10)))
    assert reads(wire) == [(0x80000004, 0x58, 9), (0x80000015, 0, 10)]
    assert wire.producerState == "producing"
    for number in (2, 3, 4):
        connection.link.respond(number, 4, 0, "id")
    connection.dataReceived(stream((HELP, 11)))
    assert world.desk.seen[-1] == ("submitted", 11)


def test_reading_goes_on_as_soon_as_half_is_answered(world: World) -> None:
    connection, wire = world.binds()
    connection.dataReceived(stream(*((HELP, n) for n in range(2, 6))))
    connection.link.respond(2, 4, 0, "id")
    connection.link.respond(3, 4, 0, "id")
    assert wire.producerState == "paused"
    connection.link.respond(4, 4, 0, "id")
    assert wire.producerState == "producing"
    lose(connection)
    assert not connection.link.respond(5, 4, 0, "id")


def test_a_peer_that_does_not_read_is_not_read_from(world: World) -> None:
    connection, wire = world.binds()
    connection.pauseProducing()
    assert wire.producerState == "paused"
    connection.dataReceived(stream(*((HELP, n) for n in range(2, 6))))
    for number in range(2, 6):
        connection.link.respond(number, 4, 0, "id")
    assert wire.producerState == "paused"
    connection.resumeProducing()
    assert wire.producerState == "producing"
    connection.stopProducing()
    connection.dataReceived(stream(*((HELP, n) for n in range(2, 6))))
    world.turn()
    lose(connection)
    assert world.clock.getDelayedCalls() == []


def test_an_address_has_few_connections_without_a_bind(world: World) -> None:
    doors = Doors(Places(unbound_per_address=2))
    world.server = SmppServer(
        world.desk, SessionLimits(), world.clock, iter("abcdef").__next__, doors
    )
    made = [world.connects(), world.connects()]
    assert world.connects() is None
    assert world.server.turned_away == 1
    assert world.connects("203.0.113.6") is not None
    assert made[0] is not None
    lose(made[0][0])
    connection, _ = world.binds()
    assert connection.link.id == "d"
    assert world.connects() is not None
    assert world.connects() is None


def test_who_does_not_bind_is_shown_out_and_nobody_is_told(world: World) -> None:
    made = world.connects()
    assert made is not None
    connection, wire = made
    world.clock.advance(5.0)
    assert wire.disconnecting
    assert world.desk.seen == []
    lose(connection)


@pytest.mark.parametrize(
    "verb", ["submitted", "responded", "window_opened", "silent", "gone", "closed"]
)
def test_a_fault_of_ours_is_logged_ends_one_link_and_disturbs_no_other(
    world: World, faults: list[Failure], verb: str
) -> None:
    other, other_wire = world.binds()
    connection, wire = world.binds()
    world.desk.fails_on = verb
    for tag in "abc":
        connection.link.send(REPLY, tag)
    connection.dataReceived(stream((HELP, 2), (DeliverSmResp(), 1), (HELP, 3)))
    other.dataReceived(encode(EnquireLink(), 2))
    world.clock.advance(10.0)
    other.dataReceived(encode(EnquireLink(), 3))
    assert reads(other_wire) == [(0x80000015, 0, 2), (0x80000015, 0, 3)]
    if verb in ("gone", "closed"):
        connection.link.drop("test")
        world.turn()
    assert next(f.getErrorMessage() for f in faults) == f"{verb} went wrong"
    world.turn()
    world.turn()
    assert wire.disconnecting
    seen = [what[0] for what in world.desk.seen]
    assert seen.count("closed") == 1
    assert ("submitted", 3) in world.desk.seen
    assert ("responded", "a") in world.desk.seen
    assert other.link.is_live


def test_a_fault_in_the_decision_ends_the_connection(world: World, faults: list[Failure]) -> None:
    world.desk.fails_on = "bind"
    made = world.connects()
    assert made is not None
    connection, wire = made
    connection.dataReceived(encode(BindTransceiver("carrier"), 1))
    world.turn()
    assert wire.disconnecting
    assert len(faults) == 1
    lose(connection)


def test_a_transport_without_tcp_works_too(world: World) -> None:
    connection = world.server.buildProtocol(None)
    assert connection is not None
    transport: Any = StringTransport
    connected: Any = connection
    connected.makeConnection(transport())
    connection.dataReceived(raw(0x15, 1))
    assert connection.link.peer_address == ""


def test_hostile_octets_end_in_no_fault_of_ours(world: World, faults: list[Failure]) -> None:
    connection, _ = world.binds()
    connection.dataReceived(raw(0x4, 2, b"\xff" * 300) + raw(0x103, 3) + raw(0x99, 4))
    connection.dataReceived(encode(SubmitSm(short_message=bytes(255)), 5) + b"\0\0\0\3")
    assert faults == []
