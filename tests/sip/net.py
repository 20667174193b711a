"""A network in memory, on Twisted's own test clock: datagrams, connections, names. As a reactor it
serves the shells; nothing of it is a socket, and time goes only where the test says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet import error
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.task import Clock
from twisted.python.failure import Failure

Address = tuple[str, int]
# What Twisted has no types for.
ended: Any = Failure
cannot_listen: Any = error.CannotListenError
refused: Any = error.ConnectError
STEP = 0.001  # seconds: each hop takes one turn


def address(at: Address, kind: str = "TCP") -> IPv4Address | IPv6Address:
    made = IPv6Address if ":" in at[0] else IPv4Address
    return made(kind, *at)  # type: ignore[arg-type]


class Datagrams:
    """One bound UDP port."""

    def __init__(self, net: Net, at: Address, protocol: Any) -> None:
        self.net, self.at, self.protocol = net, at, protocol
        self.fails: Exception | None = None

    def getHost(self) -> Any:
        return address(self.at, "UDP")

    def write(self, octets: bytes, to: Address) -> None:
        if self.fails is not None:
            raise self.fails
        self.net.datagrams.append((octets, self.at, to))
        self.net.callLater(0, lambda: self.net.deliver(octets, self.at, to))

    def stopListening(self) -> None:
        self.net.udp.pop(self.at, None)


class Door:
    """One listening TCP port."""

    def __init__(self, net: Net, at: Address) -> None:
        self.net, self.at = net, at

    def getHost(self) -> Any:
        return address(self.at)

    def stopListening(self) -> None:
        del self.net.tcp[self.at]


class Pipe:
    """One end of a connection."""

    def __init__(self, net: Net, here: Address, there: Address) -> None:
        self.net, self.here, self.there = net, here, there
        self.other: Pipe
        self.protocol: Any = None
        self.producer: Any = None
        self.sent = b""
        self.deaf = False  # it does not read: what is written to it stays with the other end
        self.paused = False
        self.unread = b""
        self.over = False

    def getHost(self) -> Any:
        return address(self.here)

    def getPeer(self) -> Any:
        return address(self.there)

    def setTcpNoDelay(self, _on: bool) -> None:
        pass

    def registerProducer(self, producer: Any, _streaming: bool) -> None:
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None

    def pauseProducing(self) -> None:
        self.paused = True

    def resumeProducing(self) -> None:
        self.paused = False
        unread, self.unread = self.unread, b""
        if unread:
            self.net.callLater(0, lambda: self.hear(unread))

    def write(self, octets: bytes) -> None:
        self.sent += octets
        if self.other.deaf and self.producer is not None:
            self.producer.pauseProducing()
        self.net.callLater(0, lambda: self.other.hear(octets))

    def writeSequence(self, pieces: list[bytes]) -> None:
        self.write(b"".join(pieces))

    def hears_again(self) -> None:
        self.deaf = False
        if self.other.producer is not None:
            self.other.producer.resumeProducing()

    def hear(self, octets: bytes) -> None:
        if self.over:
            return
        if self.paused or self.deaf:
            self.unread += octets
        else:
            self.protocol.dataReceived(octets)

    def loseConnection(self) -> None:
        self.net.callLater(0, self._end)

    def abortConnection(self) -> None:
        self.net.callLater(0, self._end)

    def _end(self) -> None:
        for end in (self, self.other):
            if not end.over:
                end.over = True
                end.protocol.connectionLost(ended(error.ConnectionDone()))


class Net(Clock):
    """What a reactor is to the shells."""

    def __init__(self, **names: str) -> None:
        super().__init__()
        self.udp: dict[Address, Datagrams] = {}
        self.tcp: dict[Address, Any] = {}
        self.pipes: list[Pipe] = []
        self.dialled: list[Address] = []
        self.datagrams: list[tuple[bytes, Address, Address]] = []
        self.names = names
        self.looked_up: list[str] = []
        self.nameResolver = self
        self._port = 50_000

    def run(self, seconds: float = 0.05) -> None:
        until = self.seconds() + seconds
        while self.seconds() < until:
            self.advance(STEP)

    def listenUDP(self, port: int, protocol: Any, interface: str, maxPacketSize: int) -> Datagrams:
        if (interface, port) in self.udp:
            raise cannot_listen(interface, port, OSError(98, "in use"))
        self.udp[interface, port] = Datagrams(self, (interface, port), protocol)
        return self.udp[interface, port]

    def deliver(self, octets: bytes, source: Address, to: Address) -> None:
        if to in self.udp:
            self.udp[to].protocol.datagramReceived(octets, source)

    def listenTCP(self, port: int, factory: Any, backlog: int, interface: str) -> Door:
        self.tcp[interface, port] = factory
        return Door(self, (interface, port))

    def connectTCP(self, host: str, port: int, factory: Any, timeout: float) -> None:
        self.dialled.append((host, port))
        self.callLater(STEP, lambda: self._connect((host, port), factory))

    def _connect(self, to: Address, factory: Any) -> None:
        door = self.tcp.get(to)
        if door is None:
            factory.clientConnectionFailed(None, ended(refused()))
        elif not self.connect(to, lambda: factory.buildProtocol(address(to))):
            pass  # turned away: the other side sees that it ends

    def connect(
        self, to: Address, builds: Callable[[], Any], here: str = "192.0.2.2"
    ) -> Pipe | None:
        """A connection from `here`; the caller's end of it, None where it is turned away."""
        self._port += 1
        calls, called = Pipe(self, (here, self._port), to), Pipe(self, to, (here, self._port))
        calls.other, called.other = called, calls
        called.protocol = self.tcp[to].buildProtocol(address(calls.here))
        calls.protocol = builds()
        self.pipes += [calls, called]
        if called.protocol is None:
            calls.protocol.makeConnection(calls)
            calls.over = True
            calls.protocol.connectionLost(ended(error.ConnectionDone()))
            return None
        called.protocol.makeConnection(called)
        calls.protocol.makeConnection(calls)
        return calls

    def resolveHostName(self, receiver: Any, name: str) -> None:
        self.looked_up.append(name)
        receiver.resolutionBegan(None)

        def answer() -> None:
            for host in self.names.get(name.partition(".")[0], "").split():
                receiver.addressResolved(address((host, 0)))
            receiver.resolutionComplete()

        self.callLater(0.01, answer)
