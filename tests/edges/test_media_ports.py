"""The sockets of media as they are: on loopback, both families, in Twisted's loop."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from text911.sip.ports import NoPort, PortRange, bound


class Ear:
    def __init__(self) -> None:
        self.heard: list[tuple[bytes, tuple[str, int]]] = []

    def received(self, datagram: bytes, address: tuple[str, int]) -> None:
        self.heard.append((datagram, address))

    received_rtcp = received


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_two_pairs_hear_each_other_until_one_is_closed(host: str) -> None:
    loop = asyncio.new_event_loop()
    reactor: Any = AsyncioSelectorReactor(loop)
    ports = PortRange(reactor, 20_000, 20_199)
    try:
        one, other = ports.open(host), ports.open(host)
    except NoPort as cause:
        pytest.skip(f"this machine has no {host}: {cause}")
    ears = Ear(), Ear()
    one.hear(ears[0])
    other.hear(ears[1])

    def talk() -> None:
        one.send(b"tone", (host, other.port))
        other.send_rtcp(b"report", (host, one.port + 1))
        reactor.callLater(0.2, over)

    def over() -> None:
        one.close()
        other.send(b"late", (host, one.port))
        other.close()
        reactor.stop()

    reactor.callLater(0, talk)
    reactor.run(installSignalHandlers=False)
    loop.close()
    assert ears[1].heard == [(b"tone", (host, one.port))]
    assert ears[0].heard == [(b"report", (host, other.port + 1))]
    again = bound(host, one.port)
    again.close()


def test_sound_waits_in_the_system_for_the_beat() -> None:
    loop = asyncio.new_event_loop()
    reactor: Any = AsyncioSelectorReactor(loop)
    ports = PortRange(reactor, 20_400, 20_599)
    pairs, ears = [ports.open("127.0.0.1") for _ in range(3)], [Ear() for _ in range(3)]
    for pair, ear in zip(pairs, ears, strict=True):
        pair.hear_by_beat(ear)
    pairs[2].close()
    for turn in range(3):
        pairs[0].send(bytes([turn]), ("127.0.0.1", pairs[1].port))
        pairs[1].send(bytes([turn]), ("127.0.0.1", pairs[0].port))
    reactor.callLater(0.1, reactor.stop)
    reactor.run(installSignalHandlers=False)
    assert [ear.heard for ear in ears] == [[], [], []]
    pairs[0].read(1.0)  # loopback delivers before it returns
    for ear, sender in ((ears[0], pairs[1]), (ears[1], pairs[0])):
        assert ear.heard == [(bytes([turn]), ("127.0.0.1", sender.port)) for turn in range(3)]
    pairs[0].close()
    pairs[1].close()
    loop.close()


def test_a_port_in_use_is_passed_over() -> None:
    loop = asyncio.new_event_loop()
    reactor: Any = AsyncioSelectorReactor(loop)
    ports = PortRange(reactor, 20_200, 20_399)
    first = ports.open("127.0.0.1")
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        with pytest.raises(OSError, match="in use"):
            bound("127.0.0.1", first.port)
        taken.bind(("127.0.0.1", first.port + 3))
        second = ports.open("127.0.0.1")
        assert second.port > first.port + 2
    with pytest.raises(NoPort, match="can be opened on 203"):
        ports.open("203.0.113.9")
    first.close()
    second.close()
    loop.close()
