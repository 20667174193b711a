"""Connections of others and of ours: what is said on them in pieces, too much, or not at all."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from text911.sip.calls import Answered, Refused, Rejected
from text911.sip.effects import Send
from text911.sip.flows import Flow
from text911.sip.streams import Limits
from text911.sip.transport import SWEEP

from .agents import OURS, PAPERS, House, Silence, dials, listens, options, pair, tls_of
from .net import Net


def test_messages_may_come_in_pieces_and_keep_alives_between_them() -> None:
    net, _ = listens()
    peer, pipe = dials(net)
    for octet in b"\r\n\r\n" + options() + b"\r\n\r\n":
        pipe.write(bytes([octet]))
    net.run()
    assert peer.got.startswith(b"\r\nSIP/2.0 200 OK\r\n")
    assert peer.got.endswith(b"\r\n\r\n\r\n")
    assert not peer.lost


@pytest.mark.parametrize("tail", ["\r\n", "Content-Length: x\r\n\r\n"])
def test_what_breaks_the_stream_is_answered_and_then_nothing_more_is_heard(tail: str) -> None:
    net, ours = listens()
    peer, pipe = dials(net)
    pipe.write(options(tail=tail) + options())
    pipe.write(options())
    net.run()
    assert peer.got.startswith(b"SIP/2.0 400")
    assert peer.got.count(b"SIP/2.0 400") == 1
    assert peer.lost
    assert len(ours.of(Rejected)) == 1


def test_a_stranger_hears_403_and_is_hung_up_on() -> None:
    net, ours = listens()
    peer, pipe = dials(net, "203.0.113.9")
    pipe.write(options("203.0.113.9"))
    net.run()
    assert peer.got.startswith(b"SIP/2.0 403")
    assert len(ours.of(Rejected)) == 1
    net.run(Limits().stranger_after + SWEEP)
    assert peer.lost


def test_strangers_never_take_a_peers_place_and_no_host_takes_all() -> None:
    net, ours = listens(streams_max=3, strangers_max=2, per_host_max=2)
    for host, taken in (
        ("203.0.113.1", True), ("203.0.113.2", True), ("203.0.113.3", False),
        ("192.0.2.2", True), ("192.0.2.2", True), ("192.0.2.2", False),
        ("192.0.2.3", True), ("192.0.2.4", False),
    ):  # fmt: skip
        peer, _ = dials(net, host)
        assert peer.lost is not taken
    assert ours.wires.turned_away == 3


@pytest.mark.parametrize(
    ("said", "limit"),
    [
        (b"", "idle_after"),
        (options(), "idle_after"),
        (b"OPTIONS", "incomplete_after"),
        (options() + b"OPTIONS", "incomplete_after"),
    ],
)
def test_a_connection_of_no_use_is_ended(said: bytes, limit: str) -> None:
    net, ours = listens()
    peer, pipe = dials(net)
    pipe.write(said)
    seconds = getattr(Limits(), limit)
    net.run(0.01)
    for _ in range(int((seconds - 1) / SWEEP)):
        net.advance(SWEEP)
    assert not peer.lost
    for _ in range(3):
        net.advance(SWEEP)
    assert peer.lost
    ours.wires.stop()


def test_a_message_that_goes_on_is_not_called_incomplete() -> None:
    net, _ = listens()
    peer, pipe = dials(net)
    pipe.write(options()[:20])
    net.run(Limits().incomplete_after - 1)
    pipe.write(options()[20:] + options()[:20])
    net.run(Limits().incomplete_after - 1)
    assert not peer.lost


def test_a_peer_that_does_not_read_is_not_heard_and_then_hung_up_on() -> None:
    net, ours = listens(unread_max=2_000, stuck_after=10.0)
    peer, pipe = dials(net)
    pipe.deaf = True
    pipe.write(options())
    net.run()
    for _ in range(20):
        pipe.write(b"\r\n\r\n")
    net.run()
    assert pipe.other.paused
    answered = pipe.other.sent
    pipe.hears_again()
    net.run()
    assert not pipe.other.paused
    assert len(pipe.other.sent) == len(answered) + 20 * 2
    pipe.deaf = True
    pipe.write(options().replace(b"bKx", b"bKy"))
    net.run()
    for _ in range(8):
        net.advance(SWEEP)
    assert peer.lost
    assert ours.told == []


def test_what_a_peer_does_not_read_is_bounded() -> None:
    net, ours = listens(unread_max=2_000)
    peer, pipe = dials(net)
    pipe.deaf = True
    pipe.write(options())
    net.run()
    flow = Flow("TCP", OURS, pipe.here, 1)
    ours.wires.carry((Send(b"x" * 1_500, flow),))
    net.run()
    assert not peer.lost
    ours.wires.carry((Send(b"x" * 1_500, flow), Send(b"y", flow)))
    net.run()
    assert peer.lost


def test_a_connection_is_used_again_and_made_anew_when_it_has_ended() -> None:
    net = Net()
    ours, theirs = pair(net)
    ours.wires.listen_tcp(*OURS)
    for _ in range(2):
        theirs.calls("sip:911@192.0.2.1;transport=tcp")
        net.run()
    assert net.dialled == [OURS]
    net.pipes[0].abortConnection()
    net.run()
    theirs.calls("sip:911@192.0.2.1;transport=tcp")
    net.run()
    assert net.dialled == [OURS] * 2
    assert len(theirs.of(Answered)) == 3


def test_a_connection_that_is_refused_or_never_stands_is_lost() -> None:
    net = Net()
    ours, theirs = pair(net, limits=Limits(connect_within=5.0), tls=tls_of(*PAPERS))
    theirs.calls("sip:911@192.0.2.1;transport=tcp")
    net.run()
    assert theirs.of(Refused)[0].status == 503
    net.tcp["192.0.2.7", 5061] = Silence()
    theirs.calls("sips:911@192.0.2.7")
    net.run(4.0)
    assert len(theirs.of(Refused)) == 1
    net.run(4.0)
    assert [one.status for one in theirs.of(Refused)] == [503, 503]
    assert ours.told == []


def test_a_connection_that_comes_after_it_was_given_up_is_ended() -> None:
    net = Net(slow="192.0.2.7")
    net.tcp["192.0.2.7", 5060] = Silence()
    ours = House(net, OURS[0], limits=Limits(connect_within=0.0))
    held: list[Any] = []
    net.connectTCP = lambda host, port, factory, timeout: held.append(  # type: ignore[method-assign]
        factory
    )
    ours.calls("sip:911@slow.example.net;transport=tcp")
    ours.calls("sip:911@192.0.2.7;transport=tcp")
    for _ in range(2):
        net.advance(SWEEP)
    assert [one.status for one in ours.of(Refused)] == [503, 503]
    for factory in held:
        pipe = net.connect(("192.0.2.7", 5060), partial(factory.buildProtocol, None))
        assert pipe is not None
        net.run()
        assert pipe.over
