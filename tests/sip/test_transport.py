"""The sockets of a user agent, on a network in memory: two real endpoints call each other."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from twisted.internet.error import MessageLengthError

from text911.sip.calls import Effect, Refused, Rejected
from text911.sip.effects import Send, Unreachable
from text911.sip.flows import Flow
from text911.sip.transport import Wires
from text911.sip.uri import SipUri

from .agents import OURS, PAPERS, PEERS, THEIRS, House, listens, options, pair, talk, tls_of
from .net import Net


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_a_call_over_datagrams(host: str) -> None:
    net = Net()
    peers = (*PEERS, ip_network("2001:db8::/32"))
    ours, theirs = House(net, host, peers=peers), House(net, THEIRS[0], peers=peers)
    assert ours.wires.listen_udp(host, 5060) == (host, 5060)
    theirs.wires.listen_udp("2001:db8::2" if ":" in host else THEIRS[0], 5060)
    talk(net, ours, theirs, f"sip:911@{f'[{host}]' if ':' in host else host}")


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_call_over_one_connection(transport: str) -> None:
    net = Net()
    papers = (PAPERS, (PAPERS[1], PAPERS[0]))
    one, two = (tls_of(mine, other, clients=True) for mine, other in papers)
    at_home = SipUri("sip", "", "127.0.0.1", 5061)
    ours, theirs = House(net, OURS[0], tls=one, contact=at_home), House(net, THEIRS[0], tls=two)
    listen = ours.wires.listen_tcp if transport == "tcp" else ours.wires.listen_tls
    assert listen("127.0.0.1", 5061) == ("127.0.0.1", 5061)
    talk(net, ours, theirs, f"sip:911@127.0.0.1:5061;transport={transport}")
    assert net.dialled == [("127.0.0.1", 5061)]  # BYE and ACK went the same way
    assert b"INVITE" not in net.pipes[0].sent or transport == "tcp"


@pytest.mark.parametrize("fault", [OSError(101, "no route"), MessageLengthError("too long")])
def test_a_datagram_that_cannot_be_sent_is_lost_at_once(fault: Exception) -> None:
    net = Net()
    ours = House(net, OURS[0])
    ours.wires.listen_udp(*OURS)
    net.udp[OURS].fails = fault
    ours.calls("sip:911@192.0.2.2")
    assert ours.of(Refused)[0].status == 503
    assert ours.wires.unsent == 1


def test_there_is_no_way_to_another_family() -> None:
    net = Net()
    ours = House(net, OURS[0])
    ours.wires.listen_udp(*OURS)
    ours.calls("sip:911@[2001:db8::2]")
    assert ours.of(Refused)[0].status == 503


def test_a_message_for_a_connection_that_has_ended_has_no_way() -> None:
    net = Net()
    ours = House(net, OURS[0])
    ours.wires.carry((Send(b"x", Flow("TCP", OURS, THEIRS, 7)),))
    assert (ours.wires.unsent, net.calls) == (1, [])


def test_effects_are_done_in_order_even_when_they_bring_new_ones() -> None:
    net, ours = listens()
    seen: list[str] = []

    def told(effect: Effect) -> None:
        assert isinstance(effect, Rejected)
        seen.append(effect.why)
        if effect.why == "first":
            ours.wires.carry((Rejected(THEIRS, "third"),))

    ours.wires = Wires(ours.agent, ours.settings, told, net)
    ours.wires.carry((Rejected(THEIRS, "first"), Rejected(THEIRS, "second")))
    assert seen == ["first", "second", "third"]


def test_a_mistake_of_who_is_told_reaches_the_top_and_costs_nothing_else() -> None:
    net, ours = listens()
    seen: list[str] = []

    def told(effect: Effect) -> None:
        assert isinstance(effect, Rejected)
        seen.append(effect.why)
        if effect.why == "first":
            raise ValueError("a mistake of ours")

    ours.wires = Wires(ours.agent, ours.settings, told, net)
    with pytest.raises(ValueError, match="mistake"):
        ours.wires.carry((Rejected(THEIRS, "first"), Rejected(THEIRS, "second")))
    assert seen == ["first"]
    net.run()
    assert seen == ["first", "second"]


def test_a_watched_peer_that_is_silent_is_told_of_by_the_one_timer() -> None:
    net = Net()
    ours = House(net, OURS[0], ping=20.0)
    ours.wires.listen_udp(*OURS)
    ours.wires.carry(ours.agent.watch(SipUri("sip", "", THEIRS[0], 5060), 0.0))
    for _ in range(200):
        net.advance(0.5)
    assert len(ours.of(Unreachable)) == 1
    assert len(net.getDelayedCalls()) == 1


def test_after_the_stop_ports_are_free_and_nothing_is_sent() -> None:
    net = Net()
    ours, theirs = pair(net)
    ours.wires.listen_udp(*OURS)
    ours.wires.listen_tcp(*OURS)
    theirs.wires.listen_udp(*THEIRS)
    theirs.calls("sip:911@192.0.2.1")
    theirs.calls("sip:911@192.0.2.1;transport=tcp")
    net.run()
    free: list[Any] = []
    ours.wires.stop().addCallback(free.append)
    assert free
    net.run()
    assert set(net.udp) == {THEIRS}
    assert net.tcp == {}
    assert all(pipe.over for pipe in net.pipes)
    before = len(net.datagrams)
    ours.calls("sip:911@192.0.2.2")
    ours.wires._heard(options(), Flow("UDP", OURS, THEIRS))  # pyright: ignore[reportPrivateUsage]
    ours.wires._lost(Flow("UDP", OURS, THEIRS))  # pyright: ignore[reportPrivateUsage]
    assert len(net.datagrams) == before
