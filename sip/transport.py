"""The sockets of one `calls.Endpoint`: datagrams, connections and its one timer.

A thin Twisted shell: it moves octets and effects in the order they come, and what it cannot send it
says to the endpoint as lost. It reads no message and decides nothing about a call.
"""

# Twisted's types, and zope's, do not reach as far as its TLS.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.error import MessageLengthError
from twisted.internet.interfaces import IResolutionReceiver
from twisted.internet.protocol import ClientFactory, DatagramProtocol, ServerFactory
from twisted.protocols.tls import TLSMemoryBIOFactory
from zope.interface import classImplements  # type: ignore[import-untyped]

from .effects import Effect, Effects, Send
from .flows import Address, Flow, Transport
from .reading import MESSAGE_SIZE_MAX
from .settings import Settings
from .sockets import Alarm, peer_of
from .source import is_literal
from .streams import Limits, Stream
from .tls import Tls, Unusable, calling, listening

SWEEP = 2.0  # seconds between two looks at connections that may be of no use any more
NAME_HOLDS = 60.0  # seconds that an address is taken for a name's; a look-up costs a thread
NAMES_MAX = 64  # names that are remembered: those of trunks and PSAPs
HOST_NAME = re.compile(r"(?=.{1,253}\Z)(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?")


class Machine(Protocol):
    """What of an `Endpoint` the sockets need."""

    def received(self, data: bytes, flow: Flow, now: float) -> Effects: ...
    def lost(self, flow: Flow, now: float) -> Effects: ...
    def tick(self, now: float) -> Effects: ...
    @property
    def wakes_at(self) -> float | None: ...


class Wires:
    """`told` hears every effect but `Send`, in order; it may call the endpoint's verbs and hand
    what they give to `carry`. `tls`: what we show and believe, None where TLS is not spoken."""

    def __init__(
        self,
        endpoint: Machine,
        settings: Settings,
        told: Callable[[Effect], None],
        reactor: Any,
        *,
        tls: Tls | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._settings = settings
        self._told = told
        self._reactor = reactor
        self._tls = tls
        self._limits = Limits() if limits is None else limits
        self._alarm = Alarm(reactor, self._tick)
        self._sweeper = Alarm(reactor, self._sweep)
        self._out: deque[Effect] = deque()
        self._draining = False
        self._udp: list[tuple[Address, Any]] = []
        self._listening: list[Any] = []
        self._streams: dict[int, Stream] = {}
        self._dialled: dict[tuple[Transport, Address], Stream] = {}
        self._last_number = 0
        self._names = Names(reactor)
        self._stopped = False
        self.turned_away = 0  # connections that found no room
        self.unsent = 0  # datagrams that the system did not take, messages that had no way

    # --- doors -----------------------------------------------------------------------------

    def listen_udp(self, host: str, port: int) -> Address:
        """Where datagrams are heard. Raises CannotListenError."""
        ear = _Datagrams(self._heard)
        opened = self._reactor.listenUDP(port, ear, host, maxPacketSize=MESSAGE_SIZE_MAX)
        ear.local = peer_of(opened.getHost())
        self._udp.append((ear.local, opened))
        return ear.local

    def listen_tcp(self, host: str, port: int) -> Address:
        """Where connections are taken. Raises CannotListenError."""
        return self._listen(_Door(self, "TCP"), host, port)

    def listen_tls(self, host: str, port: int) -> Address:
        """As `listen_tcp`, over TLS. Raises CannotListenError, `tls.Unusable`."""
        if self._tls is None:
            raise ValueError("no TLS is configured")
        door: Any = _Door(self, "TLS")
        factory = _TlsDoor(listening(self._tls), False, door, self._reactor)
        return self._listen(factory, host, port)

    def _listen(self, factory: Any, host: str, port: int) -> Address:
        opened = self._reactor.listenTCP(port, factory, 50, host)
        self._listening.append(opened)
        return peer_of(opened.getHost())

    def stop(self) -> Deferred[Any]:
        """Nothing is heard any more; what was written to connections is sent. Fires when the ports
        are free."""
        self._stopped = True
        self._alarm.stop()
        self._sweeper.stop()
        doors = [*self._listening, *(opened for _, opened in self._udp)]
        self._listening, self._udp = [], []
        for stream in list(self._streams.values()):
            stream.close()
        return DeferredList([maybeDeferred(one.stopListening) for one in doors])

    # --- effects ---------------------------------------------------------------------------

    def carry(self, effects: Effects) -> None:
        """Do what the endpoint asks for, in order, and set its timer."""
        self._out += effects
        if self._draining:
            return  # `told` called us: what stands before it is done first
        self._draining = True
        try:
            while self._out:
                effect = self._out.popleft()
                if isinstance(effect, Send):
                    self._send(effect.octets, effect.flow)
                else:
                    self._told(effect)
        finally:
            self._draining = False
            if self._out:  # somebody's mistake was raised; the others' effects are still owed
                self._reactor.callLater(0, self.carry, ())
            if not self._stopped:
                self._alarm.set(self._endpoint.wakes_at)

    def _tick(self) -> None:
        self.carry(self._endpoint.tick(self._reactor.seconds()))

    def _heard(self, octets: bytes, flow: Flow) -> None:
        if not self._stopped:
            self.carry(self._endpoint.received(octets, flow, self._reactor.seconds()))

    def _lost(self, flow: Flow) -> None:
        if not self._stopped:
            self.carry(self._endpoint.lost(flow, self._reactor.seconds()))

    def _send(self, octets: bytes, flow: Flow) -> None:
        if self._stopped:
            return
        if flow.connection:
            stream = self._streams.get(flow.connection)
            if stream is not None:
                stream.write(octets)
                return
            self.unsent += 1  # it has ended; whoever waits for an answer was told so
            return
        if flow.reliable:
            self._by_stream(octets, flow)
        else:
            self._names.find(flow.remote, lambda to: self._datagram(octets, flow, to))

    def _datagram(self, octets: bytes, flow: Flow, to: Address | None) -> None:
        port = None if to is None else self._port_for(flow.local, to)
        if port is None or to is None:
            self.unsent += 1
            self._lost(flow)
            return
        try:
            port.write(octets, to)
        except (OSError, MessageLengthError):
            self.unsent += 1
            self._lost(flow)

    def _port_for(self, local: Address, to: Address) -> Any:
        """The socket of the family of `to` that it is to leave by, else any of that family."""
        alike = [one for one in self._udp if (":" in one[0][0]) == (":" in to[0])]
        meant = [port for bound, port in alike if bound == local]
        return (meant or [port for _, port in alike] or [None])[0]

    # --- connections -----------------------------------------------------------------------

    def _by_stream(self, octets: bytes, flow: Flow) -> None:
        """Along a connection we have made to there, or a new one."""
        stream = self._dialled.get((flow.transport, flow.remote))
        if stream is None:
            stream = self._made(flow.transport, dialled=flow.remote)
            self._dialled[flow.transport, flow.remote] = stream
            self._names.find(flow.remote, lambda to: self._dial(stream, to))
        stream.write(octets)

    def _dial(self, stream: Stream, to: Address | None) -> None:
        if stream.number not in self._streams:
            return  # ended while its name was looked up
        if to is None or (stream.kind == "TLS" and self._tls is None):
            self.ended(stream, "no address is known for it" if to is None else "no TLS")
            return
        factory: Any = _Call(self, stream)
        if stream.kind == "TLS":
            assert self._tls is not None
            assert stream.dialled is not None
            try:
                proof = calling(self._tls, stream.dialled[0])
            except (Unusable, ValueError) as cause:
                self.ended(stream, str(cause))
                return
            factory = TLSMemoryBIOFactory(proof, True, factory, self._reactor)
        self._reactor.connectTCP(*to, factory, self._limits.connect_within)

    def _made(
        self, kind: Transport, *, dialled: Address | None = None, stranger: bool = False
    ) -> Stream:
        self._last_number += 1
        seconds: Callable[[], float] = self._reactor.seconds
        stream = Stream(self, kind, self._last_number, seconds, self._limits, dialled, stranger)
        self._streams[stream.number] = stream
        self._sweeper.set(seconds() + SWEEP)
        return stream

    def admit(self, kind: Transport, host: str) -> Stream | None:
        """A connection from `host`; None where there is no room for it."""
        stranger = not self._settings.hears((host, 0))
        alike = [one for one in self._streams.values() if one.stranger == stranger]
        most = self._limits.strangers_max if stranger else self._limits.streams_max
        same = sum(1 for one in alike if one.flow is not None and one.flow.remote[0] == host)
        if self._stopped or len(alike) >= most or same >= self._limits.per_host_max:
            self.turned_away += 1
            return None
        return self._made(kind, stranger=stranger)

    def stands(self, stream: Stream) -> None:
        """Nothing to do: what waited has been written."""

    def brought(self, octets: bytes, stream: Stream) -> None:
        assert stream.flow is not None  # it brought something
        self._heard(octets, stream.flow)

    def ended(self, stream: Stream, why: str) -> None:
        if self._streams.pop(stream.number, None) is None:
            return
        if stream.dialled is not None:
            self._dialled.pop((stream.kind, stream.dialled), None)
            local = ("", 0) if stream.flow is None else stream.flow.local
            self._lost(Flow(stream.kind, local, stream.dialled, stream.number))
        if stream.flow is not None and stream.flow.remote != stream.dialled:
            self._lost(stream.flow)

    def _sweep(self) -> None:
        now = self._reactor.seconds()
        for stream in list(self._streams.values()):
            if why := stream.useless(now):
                stream.abort()
                self.ended(stream, why)
        if self._streams:
            self._sweeper.set(now + SWEEP)


class _Datagrams(DatagramProtocol):
    def __init__(self, heard: Callable[[bytes, Flow], None]) -> None:
        self.local: Address = ("", 0)
        self._given_on = heard

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self._given_on(datagram, Flow("UDP", self.local, peer_of(addr)))


class _Door(ServerFactory):
    noisy = False

    def __init__(self, wires: Wires, kind: Transport) -> None:
        self._wires = wires
        self._kind: Transport = kind

    def buildProtocol(self, addr: Any) -> Stream | None:
        """None turns the connection away, before any work for TLS."""
        return self._wires.admit(self._kind, peer_of(addr)[0])


class _TlsDoor(TLSMemoryBIOFactory):
    def buildProtocol(self, addr: Any) -> Any:
        """As `_Door`: None turns the connection away."""
        wrapped: Any = self.wrappedFactory
        inner: Any = wrapped.buildProtocol(addr)
        made: Any = self.protocol
        return None if inner is None else made(self, inner)


class _Call(ClientFactory):
    noisy = False

    def __init__(self, wires: Wires, stream: Stream) -> None:
        self._wires = wires
        self._stream = stream

    def buildProtocol(self, addr: Any) -> Stream:
        return self._stream

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        self._wires.ended(self._stream, reason.getErrorMessage())


class Names:
    """Looks up the addresses of names, and remembers the last ones."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._known: dict[str, tuple[str, float]] = {}
        self._asked: dict[str, list[Callable[[str | None], None]]] = {}

    def find(self, remote: Address, then: Callable[[Address | None], None]) -> None:
        """`then` is called with the address of `remote`, at once where it is one; with None when
        the name has none."""
        host, port = remote
        if is_literal(host):
            then(remote)
            return
        known = self._known.get(host)
        if known is not None and self._reactor.seconds() < known[1]:
            then((known[0], port))
            return
        if HOST_NAME.fullmatch(host) is None or len(self._asked) >= NAMES_MAX:
            then(None)
            return
        waiting = self._asked.setdefault(host, [])
        waiting.append(lambda found: then(None if found is None else (found, port)))
        if len(waiting) == 1:
            receiver: Any = _Found(lambda found: self._found(host, found))
            self._reactor.nameResolver.resolveHostName(receiver, host)

    def _found(self, host: str, found: str | None) -> None:
        if found is not None:
            if len(self._known) >= NAMES_MAX:
                self._known.pop(next(iter(self._known)))
            self._known[host] = (found, self._reactor.seconds() + NAME_HOLDS)
        for then in self._asked.pop(host, []):
            then(found)


class _Found:
    """The first address of a name, in the order of the system's preference."""

    def __init__(self, found: Callable[[str | None], None]) -> None:
        self._told = found
        self._first: str | None = None

    def resolutionBegan(self, resolutionInProgress: Any) -> None:
        pass

    def addressResolved(self, address: IPv4Address | IPv6Address) -> None:
        self._first = self._first or address.host

    def resolutionComplete(self) -> None:
        self._told(self._first)


# Not as a decorator: it would hide the class from the type checkers.
classImplements(_Found, IResolutionReceiver)
