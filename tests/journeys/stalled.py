"""A TTY line on real sockets whose loop can be held, and a far end that plays what comes through a
jitter buffer, as a telephone does. When a packet came is the kernel's word, not this process's.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.tty.clean_receiver import CleanReceiver
from text911.gateway.loop import MonotonicReactor
from text911.sip.clock import Due
from text911.sip.courier import Courier
from text911.sip.g711 import Law, decode
from text911.sip.media import AudioStream
from text911.sip.offer import Agreed
from text911.sip.ports import Beat, PortRange
from text911.sip.rtp import is_rtcp
from text911.sip.rtp_session import Origin
from text911.sip.ways import AudioWay
from text911.tty.line import Line
from text911.tty.modulator import RATE, Modulator, Samples
from text911.tty.pace import Pace
from text911.tty.turn_table import Left
from text911.tty.turns import Policy

HOST = "127.0.0.1"
SO_TIMESTAMPNS = 35  # Linux: each datagram with when it came
STAMP = struct.Struct("@ll")
STARTS_S = 0.2  # s until something is typed
ENDS_S = 0.7  # s after the last character: its hold, and a silence


@dataclass(frozen=True, slots=True)
class Heard:
    """One packet. `at`: when it came, in seconds of the kernel's clock."""

    at: float
    timestamp: int
    payload: bytes


class FarEnd:
    """A socket that keeps all that comes. A context."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.bind((HOST, 0))
        self.port = int(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> FarEnd:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.sendto(b"", (HOST, self.port))
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while True:
            octets, told, _, _ = self._socket.recvmsg(2_048, 64)
            if not octets:
                return
            if is_rtcp(octets):
                continue
            seconds, nanoseconds = STAMP.unpack(told[0][2][: STAMP.size])
            timestamp = int.from_bytes(octets[4:8])
            self.heard.append(Heard(seconds + nanoseconds / 1e9, timestamp, octets[12:]))

    def played(self, buffer_s: float) -> Samples:
        """What a person would hear: each packet at its time, `buffer_s` behind the first; of one
        that comes later than that, silence."""
        first = self.heard[0]
        ends = max((one.timestamp - first.timestamp) % 2**32 for one in self.heard) + RATE
        sound = np.zeros(ends, np.int16)
        for one in self.heard:
            at = (one.timestamp - first.timestamp) % 2**32
            if one.at <= first.at + at / RATE + buffer_s:
                sound[at : at + len(one.payload)] = decode(one.payload, Law.PCMU)
        return sound


class Gateway:
    """One line, in a loop of its own. `holds`: what the loop is held with, and when, in seconds
    from the beginning."""

    def __init__(self, to: int, holds: Iterable[tuple[float, Callable[[], object]]]) -> None:
        self._loop = asyncio.new_event_loop()
        self._reactor: Any = MonotonicReactor(self._loop)
        self._courier = Courier()
        agreed = Agreed("audio", HOST, to, 0, "sendrecv", encoding="PCMU")
        origin = Origin(secrets.randbits(32), secrets.randbits(15), secrets.randbits(32), "a@b")
        now = self._reactor.seconds()
        stream = AudioStream(agreed, origin, frozenset(), now)
        pair = PortRange(self._reactor, 30_000 + secrets.randbelow(1_000) * 2).open(HOST)
        self.way = AudioWay(pair, stream, self._reactor, self._courier)
        self.line = Line(CleanReceiver(), Modulator(Pace()), Policy(probe=""), now)
        self.left: list[Left] = []
        self._beat = Beat(self._reactor, self._due)
        self._holds = tuple(holds)

    def types(self, text: str) -> None:
        """Until it has left."""
        self._beat.start()
        for at, hold in self._holds:
            self._reactor.callLater(at, hold)
        self._reactor.callLater(STARTS_S, self._write, text)
        self._reactor.run(installSignalHandlers=False)
        self._reactor.disconnectAll()
        self._loop.close()

    def _write(self, text: str) -> None:
        self.line.write("one", text, self._reactor.seconds())

    def _due(self, due: Due) -> None:
        self.way.ahead.passes(due)
        events = self.line.beat(self.way.ahead, self._reactor.seconds())
        left = [one for one in events if isinstance(one, Left)]
        self.left += left
        if any(one.whole for one in left):
            self._reactor.callLater(ENDS_S, self._end)

    def _end(self) -> None:
        self._beat.stop()
        self._courier.stop()
        self.way.close(self._reactor.seconds())
        self._reactor.stop()


def computing(seconds: float) -> Callable[[], object]:
    """Python that computes for so long: other threads get their turns, the loop does not."""

    def compute() -> int:
        count, ends_at = 0, time.monotonic() + seconds
        while time.monotonic() < ends_at:
            count += 1
        return count

    return compute


def holding(seconds: float) -> Callable[[], object]:
    """One call into C that gives no thread a turn, for about so long."""
    tried = 2_000_000
    begun = time.perf_counter()
    sum(range(tried))
    numbers = range(round(tried * seconds / (time.perf_counter() - begun)))
    return lambda: sum(numbers)
