"""The sockets of many calls with sound, all at once and by machine code: what came is taken, and
who says nothing has his silence said, without a word of Python for a packet.

Of a caller whose packets come as foretold (`foretold`) only the payload is handed on; of one that
came otherwise all is told, and it has to be foretold anew. Decides nothing: what is foretold, and
who rests, say the streams. Without machine code (`hasten`) there is nothing to gain, and nothing is
taken. A thin shell; of one thread.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .clock import FRAME
from .foretold import Foretold, Run, Said, Silence
from .g711 import RATE, Law
from .rtp import HEADER
from .source import Address

ROOM = 64  # sockets that are asked in one go
# Packets of one call that are taken in a beat; after a stall it takes some beats.
FRAMES_MAX = 10
PLACE = 28  # octets of the longest address, a `sockaddr_in6`
SILENCE = HEADER.size + FRAME  # octets of a packet of silence
FAMILY = struct.Struct("@H")  # the first two octets of an address
FIRST_ROWS = 64

Octets = NDArray[np.uint8]


class Reader(Protocol):
    """Who reads a socket where it is not swept."""

    def fileno(self) -> int: ...

    def use(self, datagram: bytes, address: Address) -> None:
        """It came, and not as foretold."""
        ...


class Swept:
    """A socket of the beat. `refused` is told of what the system does not take; `aside`: whether
    its reader is to look after it."""

    def __init__(
        self,
        sweep: Sweep,
        way: Any,
        reader: Reader,
        refused: Callable[[], None],
        aside: Callable[[bool], None],
    ) -> None:
        self.number = reader.fileno()
        self.reader = reader
        self.refused = refused
        self.is_open = True
        # Until when its silence is said, if nothing happens; 0: it is not.
        self.rests_until = 0.0
        # Whether what comes is taken, and what it is.
        self.is_followed = False
        self.law = Law.PCMU
        self.unfollow: Callable[[], None] = _nobody  # as if something had come otherwise
        self._size = 0  # of the payload that is foretold
        self._sweep = sweep
        self._way = way
        self._aside = aside

    @property
    def is_fast(self) -> bool:
        """Whether anything is to be had from it."""
        return self._sweep.is_fast and self.is_open

    def foretell(self, foretold: Foretold, unfollow: Callable[[], None]) -> bool:
        """What comes is taken by the sweep, until `run` is asked. False: it is no frame of 20 ms,
        or who sends from there can be told from others by the system alone."""
        source = octets_of(self._way.family, foretold.address)
        if not source or foretold.size != FRAME:
            return False
        self.is_followed, self.law, self.unfollow = True, foretold.law, unfollow
        self._sweep.foretell(self.number, foretold, source)
        self._aside(False)
        return True

    def run(self) -> Run:
        """What came as foretold. From now on it is up to its reader."""
        self.is_followed = False
        if self.is_open:
            self._aside(True)
        return self._sweep.run(self.number)

    def lend(self, silence: Silence, until: float) -> bool:
        """The sweep says silence, until `back` is asked or the time comes. False: only the system
        knows where that goes."""
        to = octets_of(self._way.family, silence.address)
        if to:
            self._sweep.lend(self.number, silence.packet, to)
            self.rests_until = until
        return bool(to)

    def closed(self) -> None:
        """Before its socket is, or another one takes its place."""
        self.is_open, self.rests_until = False, 0.0
        if self.is_followed:
            self.is_followed = False
            self._aside(True)

    def back(self) -> Said:
        """What was said since this was asked before."""
        self.rests_until = 0.0
        return self._sweep.said(self.number)


def _nobody() -> None:
    """It is not followed."""


class _Rows:
    """By the number of its socket: what `system_calls` knows of it."""

    def __init__(self, count: int) -> None:
        self.whole = np.zeros(count, np.int64)  # octets of the packet that is foretold
        self.heads = np.zeros((count, HEADER.size), np.uint8)
        self.sources = np.zeros((count, PLACE), np.uint8)
        self.source_sizes = np.zeros(count, np.uint32)
        self.counts = np.zeros(count, np.int64)
        self.clocks = np.zeros((count, 3))
        self.frames = np.zeros((count, FRAMES_MAX, FRAME), np.uint8)
        self.came = np.zeros(count, np.int64)
        self.silences = np.zeros((count, SILENCE), np.uint8)
        self.places = np.zeros((count, PLACE), np.uint8)
        self.place_sizes = np.zeros(count, np.uint32)
        self.said = np.zeros(count, np.int64)
        self.said_at = np.zeros(count)

    def __len__(self) -> int:
        return len(self.whole)

    def grown(self, count: int) -> _Rows:
        more = _Rows(count)
        for name, held in vars(self).items():
            getattr(more, name)[: len(held)] = held
        return more


class Taken:
    """What has come to those who are followed, in their order. `came`: how many frames each has;
    `heard_at`: when it had one last."""

    def __init__(
        self, came: list[int], heard_at: list[float], frames: Octets, numbers: NDArray[np.int64]
    ) -> None:
        self.came = came
        self.heard_at = heard_at
        self._frames = frames
        self._numbers = numbers

    def frames(self, rows: list[int], at: int) -> Octets:
        """The frame of that number of these, coded, [n, 160]."""
        frames: Octets = self._frames[self._numbers[rows], at]
        return frames


class Sweep:
    """Of the sockets of all calls that go by one beat."""

    def __init__(self) -> None:
        self._code: Any = None
        self._rows = _Rows(FIRST_ROWS)

    @property
    def is_fast(self) -> bool:
        return self._code is not None

    def hasten(self) -> None:
        """From now on. It takes what loading and compiling take, if that was not done before."""
        from . import system_calls

        self._room = np.zeros((ROOM + 1, system_calls.WIDTH), np.uint8)
        self._from = np.zeros((ROOM + 1, PLACE), np.uint8)
        self._sizes = np.zeros(ROOM + 1, np.uint32)
        self._odd = np.zeros((ROOM + 1, 2), np.int64)
        self._refused = np.zeros(ROOM, np.int64)
        self._code = system_calls
        self._follow([], 0.0)
        self._rest([], 0.0)

    def add(
        self,
        way: Any,
        reader: Reader,
        refused: Callable[[], None],
        aside: Callable[[bool], None],
    ) -> Swept:
        """A socket that is open: `way` sends from it."""
        made = Swept(self, way, reader, refused, aside)
        rows = len(self._rows)
        while rows <= made.number:
            rows *= 2
        if rows > len(self._rows):
            self._rows = self._rows.grown(rows)
        return made

    def rest(self, resting: Sequence[Swept], at: float) -> None:
        """Silence from each of them, who were lent for it; in the beat `at`."""
        for first in range(0, len(resting), ROOM):
            self._rest(resting[first : first + ROOM], at)

    def follow(self, followed: Sequence[Swept], now: float) -> Taken:
        """Take what has come to them. To whom something else came behind it, he is followed no
        more."""
        for first in range(0, len(followed), ROOM):
            self._follow(followed[first : first + ROOM], now)
        numbers = np.array([one.number for one in followed], np.int64)
        rows = self._rows
        return Taken(
            rows.came[numbers].tolist(), rows.clocks[numbers, 0].tolist(), rows.frames, numbers
        )

    # --- one socket --------------------------------------------------------------------------

    def foretell(self, number: int, foretold: Foretold, source: bytes) -> None:
        rows = self._rows
        rows.heads[number] = np.frombuffer(foretold.head, np.uint8)
        rows.sources[number, : len(source)] = np.frombuffer(source, np.uint8)
        rows.source_sizes[number] = len(source)
        rows.counts[number] = 0
        rows.clocks[number] = foretold.at, foretold.transit, foretold.jitter
        rows.whole[number] = len(foretold.head) + foretold.size

    def run(self, number: int) -> Run:
        count = int(self._rows.counts[number])
        return Run(count, count * FRAME, *self._rows.clocks[number].tolist())

    def lend(self, number: int, packet: bytes, to: bytes) -> None:
        rows = self._rows
        rows.silences[number] = np.frombuffer(packet, np.uint8)
        rows.places[number, : len(to)] = np.frombuffer(to, np.uint8)
        rows.place_sizes[number] = len(to)
        rows.said[number] = 0

    def said(self, number: int) -> Said:
        count, self._rows.said[number] = int(self._rows.said[number]), 0
        return Said(count, float(self._rows.said_at[number]))

    # --- inside ------------------------------------------------------------------------------

    def _rest(self, resting: Sequence[Swept], at: float) -> None:
        rows = self._rows
        refused: int = self._code.rest(
            np.array([one.number for one in resting], np.int32),
            rows.silences,
            rows.places,
            rows.place_sizes,
            rows.said,
            rows.said_at,
            at,
            SILENCE,
            FRAME,
            self._refused,
        )
        rows_refused: list[int] = self._refused[:refused].tolist()
        for row in rows_refused:
            resting[row].refused()

    def _follow(self, followed: Sequence[Swept], now: float) -> None:
        rows = self._rows
        strange: int = self._code.follow(
            np.array([one.number for one in followed], np.int32),
            rows.whole,
            rows.heads,
            rows.sources,
            rows.source_sizes,
            rows.counts,
            rows.clocks,
            rows.frames,
            rows.came,
            now,
            float(RATE),
            self._room,
            self._from,
            self._sizes,
            self._odd,
        )
        odd: list[tuple[int, int]] = self._odd[:strange].tolist()
        told = [
            (followed[row], self._room[at, :size].tobytes(), self._from[at].tobytes())
            for at, (row, size) in enumerate(odd)
        ]
        for one, datagram, source in told:
            one.reader.use(datagram, address_of(source))


def octets_of(family: int, address: Address) -> bytes:
    """An address as the system has it, for a socket of that family. Empty: it has no such one, or
    only the system knows which it is (a zone of its own)."""
    try:
        host = socket.inet_pton(family, address[0])
    except OSError:
        return b""
    begins = FAMILY.pack(family) + address[1].to_bytes(2)
    return begins + (host + bytes(8) if family == socket.AF_INET else bytes(4) + host + bytes(4))


def address_of(octets: bytes) -> Address:
    """The same back, as a socket of Python's says it; `octets` may be more than it takes."""
    (family,) = FAMILY.unpack_from(octets)
    port = int.from_bytes(octets[2:4])
    if family == socket.AF_INET:
        return socket.inet_ntop(family, octets[4:8]), port
    host, (zone,) = socket.inet_ntop(family, octets[8:24]), struct.unpack_from("@I", octets, 24)
    return (f"{host}%{socket.if_indextoname(zone)}" if zone else host), port
