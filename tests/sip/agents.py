"""User agents with their sockets on a network in memory, and somebody who dials them."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

from twisted.internet.protocol import Protocol

from tests.certificates import Paper, paper
from text911.sip.calls import Answered, Effect, Ended, Endpoint, Incoming
from text911.sip.settings import Settings
from text911.sip.streams import Limits
from text911.sip.tls import Tls
from text911.sip.transport import Wires
from text911.sip.uri import SipUri, read_uri

from .net import Net
from .wire import ANSWER, CALLER, OFFER, Dice

OURS, THEIRS = ("192.0.2.1", 5060), ("192.0.2.2", 5060)
PEERS = (ip_network("192.0.2.0/24"),)
PAPERS = paper("ours"), paper("theirs")


def tls_of(mine: Paper, other: Paper, clients: bool = False) -> Tls:
    return Tls(mine.chain, mine.secret, other.chain if clients else b"", other.chain)


class House:
    """One user agent with its sockets. It takes every call with `ANSWER`."""

    def __init__(self, net: Net, host: str, **changes: Any) -> None:
        wires = {name: changes.pop(name) for name in ("tls", "limits") if name in changes}
        self.settings = replace(
            Settings(SipUri("sip", "", host, 5060), peers=PEERS, session=0), **changes
        )
        self.net = net
        self.agent = Endpoint(self.settings, Dice(hash(host) & 0xFF))
        self.told: list[Effect] = []
        self.wires = Wires(self.agent, self.settings, self.hear, net, **wires)

    def hear(self, effect: Effect) -> None:
        self.told.append(effect)
        if isinstance(effect, Incoming):
            self.wires.carry(self.agent.ring(effect.call, self.now))
            self.wires.carry(self.agent.accept(effect.call, ANSWER, self.now))

    @property
    def now(self) -> float:
        return float(self.net.seconds())

    def calls(self, uri: str) -> Any:
        target = read_uri(uri)
        assert isinstance(target, SipUri)
        call, effects = self.agent.invite(target, CALLER, OFFER, self.now)
        self.wires.carry(effects)
        return call

    def of(self, kind: type[Effect]) -> list[Any]:
        return [one for one in self.told if isinstance(one, kind)]


def pair(net: Net, **changes: Any) -> tuple[House, House]:
    return House(net, OURS[0], **changes), House(net, THEIRS[0], **changes)


def talk(net: Net, called: House, caller: House, uri: str) -> None:
    """A call and its end, from either side."""
    call = caller.calls(uri)
    net.run()
    assert [type(one) for one in caller.told[-1:]] == [Answered]
    (incoming,) = called.of(Incoming)
    assert incoming.sdp == OFFER
    caller.wires.carry(caller.agent.hang_up(call, "", caller.now))
    net.run()
    assert len(called.of(Ended)) == len(caller.of(Ended)) == 1


class Peer(Protocol):
    """Somebody at the other end of a connection."""

    def __init__(self) -> None:
        self.got = b""
        self.lost = False

    def dataReceived(self, data: bytes) -> None:
        self.got += data

    def connectionLost(self, reason: Any = None) -> None:
        self.lost = True


def dials(net: Net, here: str = "192.0.2.2") -> tuple[Peer, Any]:
    peer = Peer()
    return peer, net.connect(OURS, lambda: peer, here)


def options(host: str = "192.0.2.2", tail: str = "Content-Length: 0\r\n\r\n") -> bytes:
    return (
        f"OPTIONS sip:{OURS[0]} SIP/2.0\r\nVia: SIP/2.0/TCP {host};branch=z9hG4bKx\r\n"
        f"From: <sip:a@{host}>;tag=1\r\nTo: <sip:{OURS[0]}>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n"
        f"{tail}"
    ).encode()


def listens(**limits: Any) -> tuple[Net, House]:
    net = Net()
    ours = House(net, OURS[0], limits=Limits(**limits))
    ours.wires.listen_tcp(*OURS)
    return net, ours


class Silence:
    """Takes every connection and says nothing."""

    def buildProtocol(self, _address: Any) -> Any:
        return Peer()
