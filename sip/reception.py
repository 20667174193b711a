"""How well the packets of one source arrive, for the reports about it (RFC 3550, 6.4 and A).

Counts only: what is done with a packet is decided elsewhere.
"""

from __future__ import annotations

from .foretold import Run
from .rtcp import Block, SenderReport
from .rtp import Packet, ahead

# RFC 3550, A.1: how far a sequence number may be from the last and still belong to the same count.
MISORDER_MAX = 100
DROPOUT_MAX = 3_000
LOST_LIMITS = (-(1 << 23), (1 << 23) - 1)  # 24 bits with a sign
DELAY_UNITS = 65_536  # a second
CIRCLE = 1 << 32  # of timestamps


class Reception:
    """Of the source that speaks now; another one begins anew. `rate`: timestamp units a second."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._ssrc: int | None = None
        self._highest = 0  # extended by the cycles
        self._first = 0
        self._received = 0
        self._before = (0, 0)  # expected and received at the last report
        self._transit: float | None = None
        self._astray: int | None = None  # the number that would follow a jump
        self._report: tuple[int, float] | None = None  # middle of its NTP time, when it came
        self.jitter = 0.0  # timestamp units

    def heard(self, packet: Packet, now: float) -> None:
        """A packet of the source came."""
        if packet.sequence == (self._highest + 1) & 0xFFFF and packet.ssrc == self._ssrc:
            self._highest += 1  # as nearly always
        elif not self._counts(packet):
            return
        self._astray = None
        self._received += 1
        transit = now * self._rate - packet.timestamp
        if self._transit is not None:
            step = abs(transit - self._transit)
            if step > CIRCLE / 2:  # one of the counts has wrapped
                step = abs(step - CIRCLE)
            self.jitter += (step - self.jitter) / 16
        self._transit = transit

    def pace(self, sequence: int, ssrc: int) -> tuple[float, float] | None:
        """Transit and jitter, if the packet of that number is the next one of the source."""
        is_next = sequence == (self._highest + 1) & 0xFFFF and ssrc == self._ssrc
        return (self._transit, self.jitter) if is_next and self._transit is not None else None

    def went_on(self, run: Run) -> None:
        """Packets of the source came, one after the other, behind the last one."""
        self._astray = None
        self._highest += run.count
        self._received += run.count
        self._transit, self.jitter = run.transit, run.jitter

    def _counts(self, packet: Packet) -> bool:
        """Whether one that is not the next is of the source all the same."""
        step = ahead(packet.sequence, self._highest & 0xFFFF, 16)
        if packet.ssrc != self._ssrc:
            self._begin(packet)
        elif not -MISORDER_MAX <= step <= DROPOUT_MAX:
            if packet.sequence != self._astray:
                self._astray = (packet.sequence + 1) & 0xFFFF
                return False
            self._begin(packet)
        elif step > 0:
            self._highest += step
        return True

    def _begin(self, packet: Packet) -> None:
        if packet.ssrc != self._ssrc:
            self._report = None
        self._ssrc = packet.ssrc
        self._highest = self._first = packet.sequence
        self._received = 0
        self._before = (0, 0)
        self._transit = None
        self.jitter = 0.0

    def reported(self, report: SenderReport, now: float) -> None:
        """A report of the source itself came; the next block says when."""
        if report.ssrc == self._ssrc:
            self._report = (report.ntp >> 16 & 0xFFFFFFFF, now)

    @property
    def lost(self) -> int:
        """Packets that did not come; negative when more came twice."""
        expected = self._highest - self._first + 1
        return 0 if self._ssrc is None else expected - self._received

    def block(self, now: float) -> Block | None:
        """What is to be said of the source since this was asked before; None: nobody spoke."""
        if self._ssrc is None:
            return None
        expected = self._highest - self._first + 1
        due, came = expected - self._before[0], self._received - self._before[1]
        self._before = (expected, self._received)
        fraction = max(0, due - came) * 256 // due if due > 0 else 0
        least, most = LOST_LIMITS
        last, delay = 0, 0
        if self._report is not None:
            last = self._report[0]
            delay = min(int((now - self._report[1]) * DELAY_UNITS), 0xFFFFFFFF)
        return Block(
            self._ssrc,
            min(fraction, 255),
            max(least, min(self.lost, most)),
            self._highest & 0xFFFFFFFF,
            int(self.jitter) & 0xFFFFFFFF,
            last,
            delay,
        )
