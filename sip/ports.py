"""The sockets of media: a pair of UDP ports for each medium, and one beat for all calls.

A thin Twisted shell: it moves datagrams and seconds between sockets and whoever listens. It reads
none of them and keeps nothing of a call.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.error import CannotListenError, MessageLengthError
from twisted.internet.protocol import DatagramProtocol

from .clock import Cadence, Due
from .rtp import PACKET_SIZE_MAX
from .sockets import Alarm, Clock, peer_of
from .source import Address

# RFC 6335's dynamic range begins higher; this is what SBCs and their firewalls are used to.
FIRST_PORT, LAST_PORT = 16_384, 32_767


class Ear(Protocol):
    """Who listens at a pair of ports. Called in the loop, once for each datagram."""

    def received(self, datagram: bytes, address: Address) -> None:
        """On the even port: RTP."""
        ...

    def received_rtcp(self, datagram: bytes, address: Address) -> None:
        """On the odd port: RTCP."""
        ...


class NoPort(Exception):
    """No pair of ports is free. The call is to be answered 503."""


class Pair:
    """The two open ports of one medium. `unsent` counts datagrams that the system did not take."""

    def __init__(self, host: str, port: int, release: Callable[[int], None]) -> None:
        self.host = host
        self.port = port  # of RTP; RTCP is one above (RFC 3550, 11)
        self.unsent = 0
        self._release = release
        self._ear: Ear | None = None
        self._sockets: list[Any] = []

    def hear(self, ear: Ear) -> None:
        """What came before nobody was there for."""
        self._ear = ear

    def send(self, datagram: bytes, address: Address) -> None:
        """RTP. A datagram that cannot be sent is lost as any other may be."""
        self._send(0, datagram, address)

    def send_rtcp(self, datagram: bytes, address: Address) -> None:
        self._send(1, datagram, address)

    def _send(self, which: int, datagram: bytes, address: Address) -> None:
        if not self._sockets:
            return  # closed: whoever sends has not heard of it yet
        try:
            self._sockets[which].write(datagram, address)
        except (OSError, MessageLengthError):
            self.unsent += 1  # no route, no buffer: the next one may get through

    def close(self) -> None:
        """Nothing is heard and nothing sent any more."""
        if not self._sockets:
            return
        sockets, self._sockets, self._ear = self._sockets, [], None
        for one in sockets:
            one.stopListening()
        self._release(self.port)

    def open(self, reactor: Any) -> None:
        """Raises CannotListenError; then neither port is open."""
        opened: list[Any] = []
        try:
            for port, heard in ((self.port, self._heard), (self.port + 1, self._heard_rtcp)):
                ear = _Datagrams(heard)
                opened.append(
                    reactor.listenUDP(port, ear, self.host, maxPacketSize=PACKET_SIZE_MAX)
                )
        except CannotListenError:
            for one in opened:
                one.stopListening()
            raise
        self._sockets = opened

    def _heard(self, datagram: bytes, address: Address) -> None:
        if self._ear is not None:
            self._ear.received(datagram, address)

    def _heard_rtcp(self, datagram: bytes, address: Address) -> None:
        if self._ear is not None:
            self._ear.received_rtcp(datagram, address)


class _Datagrams(DatagramProtocol):
    def __init__(self, heard: Callable[[bytes, Address], None]) -> None:
        self._given_on = heard

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self._given_on(datagram, peer_of(addr))


class PortRange:
    """Pairs of ports of one range, on any address of this machine. One that was closed rests until
    all others were used: what is still sent to it belongs to another call."""

    def __init__(self, reactor: Any, first: int = FIRST_PORT, last: int = LAST_PORT) -> None:
        """Both ends are part of it. Raises ValueError when no pair lies between them."""
        self._reactor = reactor
        self._free = deque(range(first + first % 2, last, 2))
        if not self._free or first < 1 or last > 65_535:
            raise ValueError(f"no even port and its odd one lie between {first} and {last}")

    @property
    def free(self) -> int:
        """Pairs that nobody of us has."""
        return len(self._free)

    def open(self, host: str) -> Pair:
        """A pair on an address of ours, of either family. Raises NoPort."""
        for _ in range(len(self._free)):
            port = self._free.popleft()
            pair = Pair(host, port, self._free.append)
            try:
                pair.open(self._reactor)
            except CannotListenError:
                self._free.append(port)  # somebody else has it; perhaps not for ever
                continue
            return pair
        raise NoPort(f"no pair of UDP ports is free on {host}")


class Beat:
    """Calls `beat` when frames are due: one timer for all calls of the process. A beat that raises
    is reported by the loop and does not end the others."""

    def __init__(self, clock: Clock, beat: Callable[[Due], None]) -> None:
        self._clock = clock
        self._beat = beat
        self._cadence: Cadence | None = None
        self._alarm = Alarm(clock, self._ring)
        self.skipped = 0  # frames whose time passed while the loop stood

    def start(self) -> None:
        """The first beat is now."""
        self._cadence = Cadence(self._clock.seconds())
        self._alarm.set(self._cadence.wakes_at)

    def stop(self) -> None:
        self._cadence = None
        self._alarm.stop()

    def _ring(self) -> None:
        assert self._cadence is not None  # stopped with the alarm
        due = self._cadence.due(self._clock.seconds())
        self._alarm.set(self._cadence.wakes_at)
        self.skipped += due.skipped
        if due.frames:
            self._beat(due)
