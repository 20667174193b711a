"""A connection that is held back, whose limits change, or whose refusal waits."""

from __future__ import annotations

import pytest

from text911.smpp.codec import encode
from text911.smpp.doors import Doors, Places
from text911.smpp.link import Refused
from text911.smpp.pdu import BindTransceiver, DeliverSmResp, EnquireLink
from text911.smpp.server import SmppServer
from text911.smpp.status import Status
from text911.smpp.timers import SessionLimits
from text911.smpp.window import Window

from .desk import REPLY, World, lose, reads, stream

RESP = 0x80000000
BIND = encode(BindTransceiver("carrier", "secret"), 1)


def is_read(wire: object) -> bool:
    return bool(vars(wire)["producerState"] == "producing")


@pytest.fixture
def world() -> World:
    return World()


def test_a_link_that_is_held_is_not_read_for_so_long_and_then_again(world: World) -> None:
    connection, wire = world.binds()
    connection.link.hold(1.5)
    connection.link.hold(60.0)  # while it is held already
    world.clock.advance(1.4)
    assert not is_read(wire)
    world.clock.advance(0.2)
    assert is_read(wire)


def test_a_long_hold_is_cut_so_that_the_peer_does_not_give_us_up(world: World) -> None:
    connection, wire = world.binds()
    connection.link.hold(1_000.0)
    world.clock.advance(30.0 * 0.4 + 0.1)
    assert is_read(wire)


def test_a_held_link_whose_peer_does_not_read_waits_for_both(world: World) -> None:
    connection, wire = world.binds()
    connection.link.hold(1.0)
    connection.pauseProducing()
    world.clock.advance(1.1)
    assert not is_read(wire)
    connection.resumeProducing()
    assert is_read(wire)
    connection.pauseProducing()
    connection.link.hold(1.0)
    connection.resumeProducing()
    assert not is_read(wire)
    lose(connection)
    world.clock.advance(10.0)
    assert world.clock.getDelayedCalls() == []
    connection.link.hold(1.0)
    assert world.clock.getDelayedCalls() == [], "it is gone"


def test_another_window_and_other_times_hold_for_a_link_that_is_up(world: World) -> None:
    connection, wire = world.binds()
    link = connection.link
    assert [link.send(REPLY, n) for n in range(3)] == [True, True, False]
    link.adopt(SessionLimits(window=3, enquire_link=5.0), 7)
    assert link.window_free() == 1
    assert link.send(REPLY, 2)
    link.adopt(SessionLimits(window=1, enquire_link=5.0), 7)
    assert link.window_free() == 0
    world.turn()
    reads(wire)
    connection.dataReceived(stream(*((DeliverSmResp(), n) for n in (1, 2))))
    assert link.window_free() == 0, "one is out, and one may be"
    connection.dataReceived(stream((DeliverSmResp(), 3)))
    assert link.window_free() == 1
    world.clock.advance(5.1)
    assert (EnquireLink.COMMAND_ID, 0, 4) in reads(wire)


def test_a_shorter_time_for_responses_is_for_what_is_sent_from_now_on() -> None:
    window = Window(2, 10.0)
    window.add("old", 0.0)
    window.adopt(2, 1.0)
    window.add("new", 0.0)
    assert window.expire(1.0) == ["new"]
    assert window.next_due_at() == 10.0


def test_a_refusal_may_wait_and_nothing_else_is_heard_meanwhile(world: World) -> None:
    world.desk.decision = Refused(Status.RBINDFAIL, 2.0)
    made = world.connects()
    assert made is not None
    connection, wire = made
    connection.dataReceived(BIND)
    connection.dataReceived(encode(EnquireLink(), 2))
    world.clock.advance(1.9)
    assert reads(wire) == []
    world.clock.advance(0.2)
    assert reads(wire) == [(RESP | 9, Status.RBINDFAIL, 1)]
    assert wire.disconnecting
    assert [seen[0] for seen in world.desk.seen] == ["bind"]


def test_who_leaves_before_the_refusal_leaves_nothing_behind(world: World) -> None:
    world.desk.decision = Refused(Status.RBINDFAIL, 2.0)
    made = world.connects()
    assert made is not None
    made[0].dataReceived(BIND)
    lose(made[0])
    assert world.clock.getDelayedCalls() == []


def test_a_refusal_that_would_come_too_late_is_the_end_of_the_connection(world: World) -> None:
    world.desk.decision = Refused(Status.RBINDFAIL, 9.0)
    made = world.connects()
    assert made is not None
    connection, wire = made
    connection.dataReceived(BIND)
    world.clock.advance(5.1)
    assert wire.disconnecting
    lose(connection)
    assert world.clock.getDelayedCalls() == []


def test_an_address_may_have_a_time_of_its_own_for_its_bind(world: World) -> None:
    world.server = SmppServer(
        world.desk,
        SessionLimits(),
        world.clock,
        doors=Doors(Places()),
        limits_for=lambda address: SessionLimits(session_init=float(address[-1])),
    )
    quick, slow = world.connects("203.0.113.1"), world.connects("203.0.113.9")
    assert quick is not None
    assert slow is not None
    for octet in BIND[:11]:  # a dripper gains nothing
        quick[0].dataReceived(bytes((octet,)))
        world.clock.advance(0.1)
    assert quick[1].disconnecting
    assert not slow[1].disconnecting
