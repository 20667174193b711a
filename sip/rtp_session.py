"""What audio and text share: one RTP session with one peer, its packets opened and counted.

Sans-IO: datagrams, addresses and seconds in; packets, datagrams and figures out. Nothing a stranger
sends comes out of here, and nothing that came with it changes anything but a count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from . import rtp
from .foretold import Run
from .grammar import Malformed
from .offer import Agreed
from .reception import Reception
from .rtcp import Bye, Named, ReceiverReport, Report, SenderReport
from .rtcp import read as read_reports
from .rtcp import write as write_reports
from .rtp import Packet, is_rtcp
from .sdp import PORT_MAX
from .source import Address, Source, canonical, is_literal
from .srtp import Incoming, Outgoing, Unauthentic

REPORT_EVERY = 5.0  # seconds on average (RFC 3550, 6.2); with two members the bandwidth allows it
NTP_OF_UTC = 2_208_988_800  # seconds from 1900 to 1970
SENDS = ("sendrecv", "sendonly")
HEARS = ("sendrecv", "recvonly")


@dataclass(frozen=True, slots=True)
class Origin:
    """What is chosen by chance for each medium by whoever makes it, and who we are (RFC 3550, 5.1,
    6.5.1). `sequence` below 2**15, so that SRTP sees a wrap for what it is. `spread`: 0.5 to 1.5,
    so that not all calls report at once. `epoch`: UTC seconds at second 0 of the clock."""

    ssrc: int
    sequence: int
    timestamp: int
    cname: str
    spread: float = 1.0
    epoch: float = 0.0

    @classmethod
    def drawn(cls, chance: Callable[[int], bytes], cname: str, epoch: float = 0.0) -> Self:
        """`chance`: so many octets that nobody can guess."""
        ssrc, timestamp = int.from_bytes(chance(4)), int.from_bytes(chance(4))
        sequence = int.from_bytes(chance(2)) >> 1
        return cls(ssrc, sequence, timestamp, cname, 0.5 + chance(1)[0] / 255, epoch)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts since the session began. `lost`, `jitter_ms`: of what came; `peer_lost` (0 to 1),
    `round_trip_ms`: as the peer's last report has them, None before one came."""

    packets: int
    octets: int
    foreign: int  # datagrams from addresses that are not this call's
    malformed: int
    unauthentic: int
    lost: int
    jitter_ms: float
    sent: int
    sent_octets: int
    reports: int
    peer_lost: float | None
    round_trip_ms: float | None
    said_bye: bool


class RtpSession:
    """`hosts`: those the peer may send from besides the one it names: its signalling's. `rate`:
    timestamp units a second. `symmetric`: send to where the peer's packets come from, for peers
    behind translators that do not know their own address."""

    def __init__(
        self,
        agreed: Agreed,
        origin: Origin,
        hosts: frozenset[str],
        rate: int,
        now: float,
        symmetric: bool,
    ) -> None:
        """Raises `Malformed` when an agreed key is none; `offer.answer` agrees on no such key."""
        self._settle(agreed)
        self.source = Source(hosts | {agreed.host}, (agreed.host, agreed.port))
        self._hosts = hosts
        self._origin = origin
        self._rate = rate
        self._symmetric = symmetric
        self._reception = Reception(rate)
        self._theirs: Incoming | None = None
        self._ours: Outgoing | None = None
        self._secure(agreed)
        self._began = now
        self._report_at = now + REPORT_EVERY * origin.spread / 2
        self._packets = self._octets = 0
        self._foreign = self._malformed = self._unauthentic = 0
        self._sent = self._sent_octets = self._sent_at_report = 0
        self._timestamp = origin.timestamp
        self._timestamp_at = now
        self._reports = 0
        self._peer_lost: float | None = None
        self._round_trip: float | None = None
        self._said_bye = False
        self._locate()

    def _settle(self, agreed: Agreed) -> None:
        self.agreed = agreed
        self._named = _named(agreed)
        self._sends = agreed.direction in SENDS
        # Whether the peer is to send. What comes although it is not is heard all the same: its
        # last packets may be overtaken by the message that says hold.
        self.expects = agreed.direction in HEARS

    def _secure(self, agreed: Agreed) -> None:
        if agreed.crypto is None:
            self._theirs = self._ours = None
            return
        theirs, ours = Incoming(agreed.crypto[0]), Outgoing(agreed.crypto[1])
        if self._theirs is not None and self._ours is not None:
            theirs.continues(self._theirs)
            ours.continues(self._ours)
        self._theirs, self._ours = theirs, ours

    def agree(self, agreed: Agreed) -> None:
        """The peers have agreed anew (re-INVITE, UPDATE)."""
        if agreed.crypto != self.agreed.crypto:
            self._secure(agreed)
        self.source.moves(self._hosts | {agreed.host}, (agreed.host, agreed.port))
        self._settle(agreed)
        self._locate()

    def _locate(self) -> None:
        """After anything that says where the peer is: each packet of ours asks for it twice."""
        heard = self.source.address
        # Where our packets go.
        self.peer = heard if self._symmetric and heard is not None else self._named or heard
        self.may_send = self._sends and self.peer is not None

    @property
    def peer_rtcp(self) -> Address | None:
        """Where our reports go: one port above (RFC 3550, 11)."""
        peer = self.peer
        return None if peer is None or peer[1] >= PORT_MAX else (peer[0], peer[1] + 1)

    def opened(self, datagram: bytes, address: Address, now: float) -> Packet | None:
        """The packet in a datagram, if the caller sent it. Reports that come on this port are
        read; everything else is counted and dropped."""
        if is_rtcp(datagram):
            self.reported(datagram, address, now)
            return None
        source = self.source
        known = address == source.address  # as nearly always
        if not known and not source.possible(address, now):
            self._foreign += 1
            return None
        try:
            if self._theirs is not None:
                datagram = self._theirs.rtp(datagram)
            packet = rtp.read(datagram)
        except Unauthentic:
            self._unauthentic += 1
            return None
        except Malformed:
            self._malformed += 1
            return None
        if known:
            source.speaks(now)
        else:
            source.admits(address, now)
            self._locate()
        self._packets += 1
        self._octets += len(packet.payload)
        self._reception.heard(packet, now)
        return packet

    def in_order(self, sequence: int, ssrc: int) -> tuple[Address, float, float] | None:
        """Where the caller's packets come from, with their transit and jitter (6.4.1), if the one
        of that number is next. None: it is not, or they must be opened to be believed."""
        address, pace = self.source.address, self._reception.pace(sequence, ssrc)
        if self._theirs is not None or address is None or pace is None:
            return None
        return address, *pace

    def went_on(self, run: Run) -> None:
        """What came in order from there, and was opened by others."""
        self.source.speaks(run.at)
        self._packets += run.count
        self._octets += run.octets
        self._reception.went_on(run)

    def refused(self) -> None:
        """The payload of an opened packet could not be read."""
        self._malformed += 1

    def sealed(self, packet: Packet, now: float) -> bytes:
        """The datagram of a packet of ours."""
        return self.leaves(rtp.write(packet), packet.timestamp, len(packet.payload), now)

    def leaves(self, octets: bytes, timestamp: int, size: int, now: float) -> bytes:
        """The same of one that is written; `size`: of its payload."""
        self.left(1, size, timestamp, now)
        return octets if self._ours is None else self._ours.rtp(octets)

    @property
    def is_plain(self) -> bool:
        """Whether a packet of ours leaves as it is written."""
        return self._ours is None

    def left(self, packets: int, octets: int, timestamp: int, now: float) -> None:
        """So many have left as they are written; the last of them has that timestamp."""
        self._sent += packets
        self._sent_octets += octets
        self._timestamp, self._timestamp_at = timestamp, now

    def unsent(self, packets: int, octets: int) -> None:
        """The last packets, with so many octets of payload, never left."""
        if packets:
            self._sent -= packets
            self._sent_octets -= octets
            if self._ours is not None:
                self._ours.unsent(self._origin.ssrc, packets)

    def reported(self, datagram: bytes, address: Address, now: float) -> None:
        """Reads a peer's reports, for the statistics alone: nobody can end a call with them."""
        if not self.source.is_of(address[0]):
            self._foreign += 1
            return
        try:
            if self._theirs is not None:
                datagram = self._theirs.rtcp(datagram)
            reports = read_reports(datagram)
        except Unauthentic:
            self._unauthentic += 1
            return
        except Malformed:
            self._malformed += 1
            return
        self._reports += 1
        for report in reports:
            self._learn(report, now)

    def _learn(self, report: Report, now: float) -> None:
        if isinstance(report, Bye):
            self._said_bye = True
        if not isinstance(report, SenderReport | ReceiverReport):
            return
        if isinstance(report, SenderReport):
            self._reception.reported(report, now)
        for block in report.blocks:
            if block.ssrc != self._origin.ssrc:
                continue
            self._peer_lost = block.fraction / 256
            if block.last_sr:
                passed = (self._ntp(now) >> 16) - block.last_sr - block.delay & 0xFFFFFFFF
                if passed < 1 << 31:
                    self._round_trip = passed / 65_536 * 1000

    @property
    def report_at(self) -> float:
        """When `rtcp` has the next report."""
        return self._report_at

    def rtcp(self, now: float) -> bytes | None:
        """The report that is due, with our name (RFC 3550, 6.1)."""
        if now < self._report_at:
            return None
        self._report_at = now + REPORT_EVERY * self._origin.spread
        return self._protected((self._own(now), self._name()))

    def bye(self, now: float, reason: str = "") -> bytes:
        """The last report: we leave (6.6)."""
        said = Bye((self._origin.ssrc,), reason)
        return self._protected((self._own(now), self._name(), said))

    def _protected(self, reports: tuple[Report, ...]) -> bytes:
        octets = write_reports(reports)
        return octets if self._ours is None else self._ours.rtcp(octets)

    def _name(self) -> Named:
        return Named(self._origin.ssrc, self._origin.cname)

    def _own(self, now: float) -> SenderReport | ReceiverReport:
        """A sender's report if we sent since the last one (6.4)."""
        block = self._reception.block(now)
        blocks = () if block is None else (block,)
        sent, self._sent_at_report = self._sent != self._sent_at_report, self._sent
        if not sent:
            return ReceiverReport(self._origin.ssrc, blocks)
        timestamp = self._timestamp + int((now - self._timestamp_at) * self._rate)
        return SenderReport(
            self._origin.ssrc,
            self._ntp(now),
            timestamp & 0xFFFFFFFF,
            self._sent & 0xFFFFFFFF,
            self._sent_octets & 0xFFFFFFFF,
            blocks,
        )

    def _ntp(self, now: float) -> int:
        return int((now + self._origin.epoch + NTP_OF_UTC) * (1 << 32)) & (1 << 64) - 1

    @property
    def statistics(self) -> Statistics:
        return Statistics(
            self._packets,
            self._octets,
            self._foreign,
            self._malformed,
            self._unauthentic,
            self._reception.lost,
            self._reception.jitter / self._rate * 1000,
            self._sent,
            self._sent_octets,
            self._reports,
            self._peer_lost,
            self._round_trip,
            self._said_bye,
        )


def _named(agreed: Agreed) -> Address | None:
    """Where the peer says it listens; a name says nothing to a socket."""
    return (canonical(agreed.host), agreed.port) if is_literal(agreed.host) else None
