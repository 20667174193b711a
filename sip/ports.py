"""The sockets of media: a pair of UDP ports for each medium, and one beat for all calls.

A thin shell: it moves datagrams and seconds between sockets and whoever listens. It looks into none
of them and keeps nothing of a call. The sockets are its own and not Twisted's UDP ports, which look
at each address three times and ask each socket once more than there is something in it. Sound,
which is used every 20 ms, is read every 20 ms, of all calls at once and past the loop: a turn of
the loop for each of ten thousand datagrams a second would take half of its time.
"""

from __future__ import annotations

import errno
import itertools
import select
import socket
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from twisted.internet.interfaces import IReadDescriptor
from twisted.logger import Logger
from zope.interface import classImplements  # type: ignore[import-untyped]

from .clock import Cadence, Due
from .rtp import PACKET_SIZE_MAX
from .sockets import Alarm, Clock
from .source import Address
from .sweeping import Sweep, Swept

# RFC 6335's dynamic range begins higher; this is what SBCs and their firewalls are used to.
FIRST_PORT, LAST_PORT = 16_384, 32_767
# Datagrams of one port in one beat that are read whatever comes: a call with packets of 5 ms keeps
# up with time. Beyond them so many of all ports together (some 5 ms of work): after a stall the
# calls catch up in a few beats, and a flood on one port keeps the beat of the others not waiting.
ROUNDS_SURE = 4
READ_MAX = 1_000
SIZE_READ = PACKET_SIZE_MAX + 1  # octets: one that is too long is seen to be


class Ear(Protocol):
    """Who listens at a pair of ports. Called in the loop or by the beat, once for each datagram."""

    def received(self, datagram: bytes, address: Address) -> None:
        """On the even port: RTP."""
        ...

    def received_rtcp(self, datagram: bytes, address: Address) -> None:
        """On the odd port: RTCP."""
        ...


class NoPort(Exception):
    """No pair of ports is free. The call is to be answered 503."""


class Owner(Protocol):
    """Who has opened a pair."""

    def by_beat(self, pair: Pair, ear: Ear) -> None:
        """From now on its RTP is read by the beat, for this ear."""
        ...

    def read(self, now: float) -> None:
        """What has come to all whose RTP the beat reads. Once for each `now`."""
        ...

    def closed(self, pair: Pair) -> None: ...


class Pair:
    """The two open ports of one medium. `unsent` counts datagrams that the system did not take."""

    def __init__(self, port: int, rtp: Any, rtcp: Any, owner: Owner) -> None:
        self.port = port  # of RTP; RTCP is one above (RFC 3550, 11)
        self.unsent = 0
        self.open = True
        self._rtp, self._rtcp = self.sockets = rtp, rtcp
        self._owner = owner
        self._ear: Ear | None = None
        self.swept: Swept | None = None  # where its RTP is read by the beat
        # What has come to this and to all other pairs of the range that are heard by the beat. The
        # first of them who asks with this `now` reads for all.
        self.read: Callable[[float], None] = owner.read

    def hear(self, ear: Ear) -> None:
        """Each datagram when it comes. What came before nobody was there for."""
        self._ear = ear

    def hear_by_beat(self, ear: Ear) -> None:
        """RTP when `read` is asked, RTCP when it comes."""
        self._ear = ear
        if self.open:
            self._owner.by_beat(self, ear)

    def send(self, datagram: bytes, address: Address) -> None:
        """RTP. A datagram that cannot be sent is lost as any other may be; one for a pair that is
        closed is nothing: whoever sends has not heard of it yet."""
        self._send(self._rtp, datagram, address)

    def send_rtcp(self, datagram: bytes, address: Address) -> None:
        self._send(self._rtcp, datagram, address)

    def refused(self) -> None:
        """The system did not take a datagram: no route, no room. The next one may get through."""
        self.unsent += 1

    def _send(self, way: Any, datagram: bytes, address: Address) -> None:
        if not self.open:
            return
        try:
            way.sendto(datagram, address)
        except OSError:
            self.refused()

    def close(self) -> None:
        """Nothing is heard and nothing sent any more."""
        if self.open:
            self.open = False
            self._owner.closed(self)

    def heard(self, datagram: bytes, address: Address) -> None:
        if self._ear is not None and self.open:
            self._ear.received(datagram, address)

    def heard_rtcp(self, datagram: bytes, address: Address) -> None:
        if self._ear is not None and self.open:
            self._ear.received_rtcp(datagram, address)


class Reader:
    """One socket, in the loop or in a `Post`. One datagram a turn, so that no flood on one port
    keeps the others, or the beat, waiting."""

    log = Logger()

    def __init__(self, source: Any, heard: Callable[[bytes, Address], None]) -> None:
        self._socket = source
        self._heard = heard

    def fileno(self) -> int:
        return int(self._socket.fileno())

    def doRead(self) -> None:
        try:
            datagram, address = self._socket.recvfrom(SIZE_READ)
        except OSError:
            return  # nothing there after all, or the echo of a datagram that found nobody
        self.use(datagram, address if len(address) == 2 else address[:2])

    def use(self, datagram: bytes, address: Address) -> None:
        """It was read."""
        try:
            self._heard(datagram, address)
        except Exception:
            # Our mistake, told at the top. Raised to the loop, it would close the caller's ear.
            self.log.failure("a datagram of a call could not be used")

    def logPrefix(self) -> str:
        return "media"

    def connectionLost(self, reason: object) -> None:
        """The loop has given up the socket, which it does only when that is closed."""


classImplements(Reader, IReadDescriptor)


class Ready(Protocol):
    """The sockets that have something: `select.epoll`, or a test's."""

    def register(self, fd: int, eventmask: int, /) -> None: ...
    def unregister(self, fd: int, /) -> None: ...
    def poll(self, timeout: float, maxevents: int, /) -> list[tuple[int, int]]: ...


class Post:
    """Sockets that are read by the beat and not in the loop: at once whatever has come to any."""

    def __init__(self, ready: Callable[[], Ready]) -> None:
        self._make = ready
        self._ready: Ready | None = None  # made with the first socket
        self._readers: dict[int, Reader] = {}  # by the number of its socket
        self._read_at: float | None = None

    def add(self, reader: Reader) -> None:
        if self._ready is None:
            self._ready = self._make()
        self._ready.register(reader.fileno(), select.EPOLLIN)
        self._readers[reader.fileno()] = reader
        self._read_at = None  # what it has, nobody has read

    def remove(self, reader: Reader) -> bool:
        """Before its socket is closed, or while a sweep reads it. Whether it was here."""
        if self._ready is None or self._readers.pop(reader.fileno(), None) is None:
            return False
        self._ready.unregister(reader.fileno())
        return True

    def read(self, now: float) -> None:
        """Once for each `now`: a datagram of every socket that has one, and so on until none has;
        but not for ever."""
        if now == self._read_at or self._ready is None:
            return
        self._read_at = now
        count = 0
        for turn in itertools.count(1):
            waiting = self._ready.poll(0, max(1, len(self._readers)))
            for number, _ in waiting:
                reader = self._readers.get(number)
                if reader is not None:  # else it was closed because of one before it
                    reader.doRead()
            count += len(waiting)
            if not waiting or (turn >= ROUNDS_SURE and count >= READ_MAX):
                return


def bound(host: str, port: int) -> Any:
    """A UDP socket on an address of ours, of either family. Raises OSError."""
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made


class PortRange:
    """Pairs of ports of one range, on any address of this machine. One that was closed rests until
    all others were used: what is still sent to it belongs to another call."""

    def __init__(
        self,
        reactor: Any,
        first: int = FIRST_PORT,
        last: int = LAST_PORT,
        *,
        bind: Callable[[str, int], Any] = bound,
        ready: Callable[[], Ready] = select.epoll,
        sweep: Sweep | None = None,
    ) -> None:
        """Both ends are part of it. `sweep`: of all ranges whose calls go by one beat. Raises
        ValueError when no pair lies between them."""
        self._reactor = reactor
        self._bind = bind
        self._post = Post(ready)
        self._sweep = Sweep() if sweep is None else sweep
        self.read = self._post.read
        self._readers: dict[int, tuple[Reader, Reader]] = {}
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
            try:
                pair = self._opened(host, port)
            except OSError as cause:
                self._free.append(port)  # perhaps not for ever
                if cause.errno != errno.EADDRINUSE:
                    raise NoPort(f"no UDP port can be opened on {host}: {cause}") from cause
                continue
            return pair
        raise NoPort(f"no pair of UDP ports is free on {host}")

    def _opened(self, host: str, port: int) -> Pair:
        rtp = self._bind(host, port)
        try:
            rtcp = self._bind(host, port + 1)
        except OSError:
            rtp.close()
            raise
        pair = Pair(port, rtp, rtcp, self)
        readers = Reader(rtp, pair.heard), Reader(rtcp, pair.heard_rtcp)
        for one in readers:
            self._reactor.addReader(one)
        self._readers[port] = readers
        return pair

    def by_beat(self, pair: Pair, ear: Ear) -> None:
        before, rtcp = self._readers[pair.port]
        if pair.swept is not None:
            pair.swept.closed()
        self._forget(before)
        reader = Reader(pair.sockets[0], ear.received)
        self._post.add(reader)
        self._readers[pair.port] = reader, rtcp
        aside = partial(self._read_here, reader)
        pair.swept = self._sweep.add(pair.sockets[0], reader, pair.refused, aside)

    def _read_here(self, reader: Reader, is_here: bool) -> None:
        """Whether what comes to it is read with the others, or by the sweep."""
        if is_here:
            self._post.add(reader)
        else:
            self._post.remove(reader)

    def closed(self, pair: Pair) -> None:
        if pair.swept is not None:
            pair.swept.closed()
        for one in self._readers.pop(pair.port):
            self._forget(one)
        for one in pair.sockets:
            one.close()
        self._free.append(pair.port)

    def _forget(self, reader: Reader) -> None:
        if not self._post.remove(reader):
            self._reactor.removeReader(reader)


class Beat:
    """Calls `beat` when frames are due: one timer for many calls. A beat that raises is reported by
    the loop and does not end the others."""

    def __init__(self, clock: Clock, beat: Callable[[Due], None]) -> None:
        self._clock = clock
        self._beat = beat
        self._cadence: Cadence | None = None
        self._alarm = Alarm(clock, self._ring)
        self.skipped = 0  # frames whose time passed while the loop stood

    def start(self, at: float | None = None) -> None:
        """The first beat is `at`; now, if not said."""
        self._cadence = Cadence(self._clock.seconds() if at is None else at)
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
