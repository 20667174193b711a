"""A sweep in Python, for sockets that a test has made: what `system_calls` does, one by one."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Sequence
from socket import AF_INET
from typing import Any

import numpy as np
from msgspec import structs

from text911.sip import rtp
from text911.sip.foretold import Foretold, Run, Said, Silence
from text911.sip.source import Address
from text911.sip.sweeping import FRAMES_MAX, Sweep, Swept, Taken

NUMBERS = struct.Struct("!HI")  # of sequence, and the timestamp


def after(packet: bytes, units: int) -> bytes:
    """With the next number, and a timestamp that is `units` more."""
    sequence, timestamp = NUMBERS.unpack_from(packet, 2)
    numbers = NUMBERS.pack((sequence + 1) % 65_536, (timestamp + units) % 2**32)
    return packet[:2] + numbers + packet[2 + NUMBERS.size :]


class Line:
    """What the sweep knows of one socket; `coming`: what nobody has read."""

    def __init__(self, pair: Any) -> None:
        self.pair = pair
        self.coming: deque[tuple[bytes, Address]] = deque()
        self.swept: Swept | None = None
        self.foretold: Foretold | None = None
        self.run = Run(0, 0, 0.0, 0.0, 0.0)
        self.silence: Silence | None = None
        self.said = Said(0, 0.0)

    @property
    def family(self) -> int:
        return AF_INET

    def fileno(self) -> int:
        return int(self.pair.port)

    def use(self, datagram: bytes, address: Address) -> None:
        self.pair.heard(datagram, address)

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        """From the network in memory."""
        if self.swept is not None and self.swept.is_followed:
            self.coming.append((datagram, addr))
        else:
            self.pair.heard(datagram, addr)

    def aside(self, is_here: bool) -> None:
        """What the sweep has not taken is heard when it comes, as everything is then."""
        while is_here and self.coming:
            self.pair.heard(*self.coming.popleft())


class SlowSweep(Sweep):
    """Of `Line`s."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[int, Line] = {}
        self.followed = self.rested = 0  # packets

    @property
    def is_fast(self) -> bool:
        return True

    def line(self, pair: Any) -> Line:
        made = self.lines[pair.port] = Line(pair)
        return made

    def sweep(self, pair: Any) -> Swept:
        line = self.lines[pair.port]
        refused: Callable[[], None] = pair.refused
        line.swept = self.add(line, line, refused, line.aside)
        return line.swept

    def foretell(self, number: int, foretold: Foretold, source: bytes) -> None:
        line = self.lines[number]
        line.foretold = foretold
        line.run = Run(0, 0, foretold.at, foretold.transit, foretold.jitter)

    def run(self, number: int) -> Run:
        return self.lines[number].run

    def lend(self, number: int, packet: bytes, to: bytes) -> None:
        line = self.lines[number]
        peer = ".".join(map(str, to[4:8])), int.from_bytes(to[2:4])
        line.silence, line.said = Silence(packet, 160, peer), Said(0, 0.0)

    def said(self, number: int) -> Said:
        line = self.lines[number]
        said, line.said = line.said, Said(0, 0.0)
        return said

    def rest(self, resting: Sequence[Swept], at: float) -> None:
        for one in resting:
            line = self.lines[one.number]
            assert line.silence is not None
            packet = line.silence.packet
            line.pair.send(packet, line.silence.address)
            line.silence = structs.replace(line.silence, packet=after(packet, 160))
            line.said = Said(line.said.count + 1, at)
            self.rested += 1

    def follow(self, followed: Sequence[Swept], now: float) -> Taken:
        frames = np.zeros((len(followed), FRAMES_MAX, 160), np.uint8)
        came = [
            self._took(self.lines[one.number], now, frames[row]) for row, one in enumerate(followed)
        ]
        heard_at = [self.lines[one.number].run.at for one in followed]
        return Taken(came, heard_at, frames, np.arange(len(followed)))

    def _took(self, line: Line, now: float, frames: Any) -> int:
        came = 0
        while line.coming and came < FRAMES_MAX:
            datagram, address = line.coming.popleft()
            told = line.foretold
            assert told is not None
            is_like_it = datagram.startswith(told.head) and len(datagram) == 12 + told.size
            if not is_like_it or address != told.address:
                line.use(datagram, address)
                break
            frames[came] = np.frombuffer(datagram[12:], np.uint8)
            came += 1
            run = line.run
            transit = now * 8_000 - rtp.read(datagram).timestamp
            step = abs(transit - run.transit)
            jitter = run.jitter + (min(step, abs(step - 2**32)) - run.jitter) / 16
            line.run = Run(run.count + 1, run.octets + told.size, now, transit, jitter)
            line.foretold = structs.replace(told, head=after(told.head, told.size))
        self.followed += came
        return came
