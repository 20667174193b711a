"""The media of one call, sans-IO: `AudioStream` for G.711, `TextStream` for T.140.

Datagrams, addresses and seconds in; samples, text and datagrams out. Conceals nothing, knows no
dialogue, and never says anything that the agreed direction does not allow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from .clock import FRAME
from .foretold import Foretold, Run, Said, Silence
from .g711 import RATE, SILENCE, Law, Samples, encode
from .grammar import Malformed
from .jitter import LAWS, Fate, Heard, Jitter
from .offer import Agreed
from .rtp import Packet, head, plain
from .rtp_session import Origin, RtpSession, Statistics
from .source import Address
from .t140 import RATE as TEXT_RATE
from .t140 import Listener, Speaker

SILENT = {law: bytes([octet]) * FRAME for law, octet in SILENCE.items()}  # one frame
SILENT_AFTER = 5.0  # seconds without a packet of a peer that is to send all the time


@dataclass(frozen=True, slots=True)
class Silent:
    """No packet has come for `seconds`, and the peer is to send. The call may be dead."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Came:
    """The first packet, or the first after a silence that was told of."""

    after: float  # seconds since the one before, or since the stream began


class Medium:
    """What is the same for both: whom its packets go to, and its reports."""

    def __init__(self, session: RtpSession) -> None:
        self._session = session

    @property
    def may_send(self) -> bool:
        """False: of sound, `send` throws frames away, so that nothing is to be taken from who
        types; of text, what is said waits."""
        return self._session.may_send

    @property
    def peer(self) -> Address | None:
        """Where the datagrams of `send` go."""
        return self._session.peer

    @property
    def peer_rtcp(self) -> Address | None:
        """Where the datagrams of `rtcp` and `bye` go."""
        return self._session.peer_rtcp

    @property
    def statistics(self) -> Statistics:
        return self._session.statistics

    @property
    def report_at(self) -> float:
        """When `rtcp` has the next report."""
        return self._session.report_at

    def received_rtcp(self, datagram: bytes, address: Address, now: float) -> None:
        """A peer's reports change the statistics and nothing else."""
        self._session.reported(datagram, address, now)

    def rtcp(self, now: float) -> bytes | None:
        """The report that is due."""
        return self._session.rtcp(now)

    def bye(self, now: float, reason: str = "") -> bytes:
        """The last report of a call that is over."""
        return self._session.bye(now, reason)


class AudioStream(Medium):
    """G.711 both ways. `origin` as in `rtp_session`; `hosts`: those the peer signals from.

    `send` is to be asked every 20 ms, whatever the direction is: it keeps the time of the medium.
    """

    def __init__(
        self,
        agreed: Agreed,
        origin: Origin,
        hosts: frozenset[str],
        now: float,
        *,
        symmetric: bool = False,
        silent_after: float = SILENT_AFTER,
    ) -> None:
        super().__init__(RtpSession(agreed, origin, hosts, RATE, now, symmetric))
        self._jitter = Jitter(self._session.source)
        self._settle(agreed)
        self._ssrc = origin.ssrc
        self._sequence = origin.sequence
        self._timestamp = origin.timestamp
        self._marked = True  # the next packet is the first after a pause (RFC 3551, 4.1)
        self._since_mark = 0  # packets from the first of them on
        self._silent_after = silent_after
        self._quiet_since = now
        self._is_silent = False
        self._spoke = False
        self._came: Came | None = None
        self._last: Packet | None = None  # that came, and not as foretold
        self._lent: Callable[[], Said] | None = None  # to whoever says our silence

    def agree(self, agreed: Agreed, now: float) -> None:
        """The peers have agreed anew (re-INVITE, UPDATE). The silence of a hold is none."""
        self._take_back()
        if not self._session.expects:
            self._quiet_since = now
        self._session.agree(agreed)
        self._settle(agreed)

    def _settle(self, agreed: Agreed) -> None:
        self._law = law_of(agreed)
        self._payload_type = agreed.payload_type
        self._is_dynamic = agreed.payload_type != self._law

    @property
    def fates(self) -> dict[Fate, int]:
        """What became of the caller's packets."""
        return self._jitter.fates

    @property
    def statistics(self) -> Statistics:
        self._take_back()
        return super().statistics

    def rtcp(self, now: float) -> bytes | None:
        self._take_back()
        return super().rtcp(now)

    def bye(self, now: float, reason: str = "") -> bytes:
        self._take_back()
        return super().bye(now, reason)

    def received(self, datagram: bytes, address: Address, now: float) -> list[Heard]:
        """The samples that can be handed on since a datagram came. Those of strangers, repeated
        and broken ones and telephone-events bring none; `statistics` and `fates` count them."""
        packet = self._session.opened(datagram, address, now)
        if packet is None:
            return []
        self._take_back()  # it may say that the peer is elsewhere
        if self._is_silent or not self._spoke:
            self._came = Came(now - self._quiet_since)
            self._spoke, self._is_silent = True, False
        self._quiet_since = now
        self._last = packet
        if self._is_dynamic and packet.payload_type == self._payload_type:
            packet = replace(packet, payload_type=self._law)
        return self._jitter.admitted(packet, now)

    def foretold(self) -> Foretold | None:
        """What the next datagram is, if nothing happens. None: it is not known, it will have to be
        told of (`watch`), or it says nothing before its keys are tried. Such datagrams need not be
        given to `received`, if `went_on` is told of them before anything else is asked."""
        last, following = self._last, self._jitter.next
        if last is None or following is None or self._is_silent or not last.payload:
            return None
        kind, (sequence, _, ssrc) = last.payload_type, following
        law = self._law if kind == self._payload_type else LAWS.get(kind)
        in_order = self._session.in_order(sequence, ssrc)
        if law is None or in_order is None:
            return None
        address, transit, jitter = in_order
        begins, size = head(kind, *following), len(last.payload)
        return Foretold(begins, size, law, address, self._quiet_since, transit, jitter)

    def went_on(self, run: Run) -> None:
        """What has come since, as foretold."""
        if run.count:
            self._quiet_since = run.at
            self._jitter.went_on(run.count, run.octets)
            self._session.went_on(run)

    def take(self, now: float) -> list[Heard]:
        """The samples that can be handed on since time went by."""
        return self._jitter.take(now)

    def watch(self, now: float) -> Silent | Came | None:
        """What happened to the stream since this was asked before: it came, or it fell silent."""
        if self._came is not None:
            came, self._came = self._came, None
            return came
        if not self._session.expects:
            self._quiet_since = now
        elif not self._is_silent and now - self._quiet_since >= self._silent_after:
            self._is_silent = True
            return Silent(now - self._quiet_since)
        return None

    def silent_from(self, now: float) -> float:
        """`watch` tells of no silence before that; it has been asked now."""
        if self._session.expects and not self._is_silent:
            return self._quiet_since + self._silent_after
        return now + self._silent_after

    @property
    def wakes_at(self) -> float:
        """When `take`, `rtcp` or `watch` has something, if no datagram comes before."""
        times = [self._session.report_at]
        if (hole := self._jitter.wakes_at()) is not None:
            times.append(hole)
        if self._session.expects and not self._is_silent:
            times.append(self._quiet_since + self._silent_after)
        return min(times)

    def send(self, samples: Samples, now: float) -> bytes | None:
        """The datagram of the next samples, usually 160. None where nothing may be sent; their
        time passes all the same."""
        return self._said(encode(samples, self._law), now)

    def send_silence(self, now: float) -> bytes | None:
        """The same, of 160 samples of silence."""
        session = self._session
        if self._marked or self._lent is not None or not session.may_send:
            return self._said(SILENT[self._law], now)
        sequence, timestamp = self._sequence, self._timestamp  # as nearly always
        self._sequence = (sequence + 1) & 0xFFFF
        self._timestamp = (timestamp + FRAME) & 0xFFFFFFFF
        self._since_mark += 1
        packet = head(self._payload_type, sequence, timestamp, self._ssrc) + SILENT[self._law]
        return session.leaves(packet, timestamp, FRAME, now)

    def lend(self, back: Callable[[], Said]) -> Silence | None:
        """Silence may be said by others, from now on and without gaps, until the stream asks what
        was said (`back`): which it does as soon as it must know. None: it may not be."""
        session, self._lent = self._session, None
        peer = session.peer
        if self._marked or peer is None or not session.may_send or not session.is_plain:
            return None
        self._lent = back
        begins = head(self._payload_type, self._sequence, self._timestamp, self._ssrc)
        return Silence(begins + SILENT[self._law], FRAME, peer)

    def _take_back(self) -> None:
        back, self._lent = self._lent, None
        if back is None:
            return
        said = back()
        if said.count:
            units = said.count * FRAME
            self._sequence = (self._sequence + said.count) & 0xFFFF
            self._timestamp = (self._timestamp + units) & 0xFFFFFFFF
            self._since_mark += said.count
            last = (self._timestamp - FRAME) & 0xFFFFFFFF
            self._session.left(said.count, units, last, said.at)

    def _said(self, octets: bytes, now: float) -> bytes | None:
        self._take_back()
        timestamp, session = self._timestamp, self._session
        self._timestamp = (timestamp + len(octets)) & 0xFFFFFFFF
        if not session.may_send:
            self._marked = True
            return None
        sequence, marked = self._sequence, self._marked
        packet = plain(self._payload_type, sequence, timestamp, self._ssrc, octets, marked)
        self._sequence = (sequence + 1) & 0xFFFF
        self._since_mark = 1 if marked else self._since_mark + 1
        self._marked = False
        return session.leaves(packet, timestamp, len(octets), now)

    def unsent(self, frames: int) -> None:
        """The datagrams of the last so many frames of 160 samples never left, and never will; what
        is sent next stands in their places. Not across an agreement: those before it were sent."""
        self._take_back()
        self._timestamp = (self._timestamp - frames * FRAME) & 0xFFFFFFFF
        self._sequence = (self._sequence - frames) & 0xFFFF
        self._marked |= 0 < self._since_mark <= frames
        self._session.unsent(frames, frames * FRAME)

    def skip(self, frames: int) -> None:
        """The time of so many frames has passed unused (`clock.Due.skipped`)."""
        self._take_back()
        if frames:
            self._timestamp = (self._timestamp + frames * FRAME) & 0xFFFFFFFF
            self._marked = True


def law_of(agreed: Agreed) -> Law:
    """What an audio medium was agreed to be sent in, also under a dynamic payload type."""
    return Law[agreed.encoding] if agreed.encoding else Law(agreed.payload_type)


class TextStream(Medium):
    """T.140 both ways. `send` is to be asked at `wakes_at` and whenever there is something to say;
    `origin.timestamp` and `.sequence` begin the counts of what we say."""

    def __init__(
        self,
        agreed: Agreed,
        origin: Origin,
        hosts: frozenset[str],
        now: float,
        *,
        symmetric: bool = False,
    ) -> None:
        super().__init__(RtpSession(agreed, origin, hosts, TEXT_RATE, now, symmetric))
        self._listener = Listener(agreed.payload_type, agreed.red)
        self._speaker = Speaker(
            origin.ssrc, origin.sequence, origin.timestamp, agreed.payload_type, agreed.red
        )

    def agree(self, agreed: Agreed) -> None:
        """The peers have agreed anew; what waits to be said is said in the new way."""
        self._session.agree(agreed)
        self._listener.agree(agreed.payload_type, agreed.red)
        self._speaker.agree(agreed.payload_type, agreed.red)

    @property
    def lost(self) -> int:
        """Packets whose text nothing brought back; each hole is in the text as `t140.MISSING`."""
        return self._listener.lost

    def received(self, datagram: bytes, address: Address, now: float) -> str:
        """The text that can be shown since a datagram came: characters, `t140.ERASE`, `NEW_LINE`
        and `MISSING`."""
        packet = self._session.opened(datagram, address, now)
        if packet is None:
            return ""
        try:
            return self._listener.put(packet, now)
        except Malformed:
            self._session.refused()
            return ""

    def take(self, now: float) -> str:
        """The text that can be shown since time went by."""
        return self._listener.take(now)

    def say(self, text: str) -> None:
        """Put behind what waits."""
        self._speaker.say(text)

    @property
    def waiting(self) -> str:
        """What has not left yet."""
        return self._speaker.waiting

    def send(self, now: float) -> bytes | None:
        """The datagram that is due."""
        packet = self._speaker.take(now) if self.may_send else None
        return None if packet is None else self._session.sealed(packet, now)

    @property
    def wakes_at(self) -> float:
        """When `take`, `send` or `rtcp` has something, if no datagram comes before; minus infinity
        for at once."""
        times = [self._session.report_at]
        if (hole := self._listener.wakes_at()) is not None:
            times.append(hole)
        if self.may_send and (due := self._speaker.wakes_at()) is not None:
            times.append(due)
        return min(times)
