"""Octets go to the socket at once, in order, and never past a layer of TLS."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.tcp import Connection
from twisted.internet.testing import StringTransport

from text911.smpp.server import write_now


class Writers:
    """The part of a reactor that is told who wants to write."""

    def __init__(self) -> None:
        self.waiting: set[object] = set()

    def addWriter(self, writer: object) -> None:
        self.waiting.add(writer)

    def removeWriter(self, writer: object) -> None:
        self.waiting.discard(writer)


class Pair:
    """A connection of ours and the peer's end of it."""

    def __init__(self) -> None:
        ours, self.peer = socket.socketpair()
        ours.setblocking(False)
        self.peer.settimeout(5.0)
        self.reactor = Writers()
        self.connection = Connection(ours, None, self.reactor)  # type: ignore[arg-type]
        self.connection.connected = 1

    def taken(self, size: int) -> bytes:
        octets = b""
        while len(octets) < size:
            octets += self.peer.recv(size - len(octets))
        return octets


@pytest.fixture
def pair() -> Iterator[Pair]:
    one = Pair()
    yield one
    one.connection.socket.close()
    one.peer.close()


def test_octets_are_on_their_way_before_the_call_returns(pair: Pair) -> None:
    write_now(pair.connection, b"first")
    write_now(pair.connection, b" second")
    assert pair.taken(12) == b"first second"
    assert not pair.reactor.waiting


def test_what_the_socket_does_not_take_waits_and_what_comes_later_stays_behind_it(
    pair: Pair,
) -> None:
    large = bytes(range(256)) * 40_000
    write_now(pair.connection, large)
    write_now(pair.connection, b"behind")
    assert pair.reactor.waiting
    octets = b""
    while pair.reactor.waiting:
        octets += pair.peer.recv(1 << 20)
        pair.connection.doWrite()  # type: ignore[no-untyped-call]
    assert octets + pair.taken(len(large) + 6 - len(octets)) == large + b"behind"


def test_under_tls_and_on_any_other_transport_the_transport_writes(pair: Pair) -> None:
    other: Any = StringTransport()  # type: ignore[no-untyped-call]
    write_now(other, b"octets")
    assert other.value() == b"octets"
    secured: Any = pair.connection
    secured.TLS = True
    secured.write = other.write
    write_now(secured, b" more")
    assert other.value() == b"octets more"
