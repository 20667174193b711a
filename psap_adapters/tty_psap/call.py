"""The sound of one call to a PSAP: datagrams into the ear of its leg, its frames into datagrams.

Conceals nothing: where no packet came, samples are lost, and where the time between two is unknown
a gap stands between them, so that no letter is put together from both sides.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...sip.clock import FRAME, Due
from ...sip.effects import CallId
from ...sip.jitter import Chunk
from ...sip.media import AudioStream, Silent
from ...sip.offer import Ours
from ...sip.offering import offer
from ...sip.ports import Pair
from ...sip.source import Address
from .leg import TtyLeg
from .outputs import Output

GAP = 10 * FRAME  # samples (200 ms): longer than a character
# Without a packet for so long, what is undecided is decided: a sender that is silent between words
# (it should not be) would keep its last letter back. Longer than a packet is ever late.
STARVED_AFTER = 0.4  # seconds
NOBODY = CallId(-1)  # before it is rung
_NOTHING = np.zeros(GAP, np.int16)
_LOST = np.ones(GAP, np.bool_)


class Call:
    """`ours`: where we listen. `carry` is given what the leg wants. Is the `ports.Ear` of its
    pair."""

    def __init__(
        self,
        leg: TtyLeg,
        pair: Pair,
        ours: Ours,
        seconds: Callable[[], float],
        carry: Callable[[Call, list[Output]], None],
    ) -> None:
        self.leg = leg
        self.number = NOBODY
        self.ours = ours
        self.description = offer(ours)  # ours in force: this offer, later answers to theirs
        self.pair = pair
        self.stream: AudioStream | None = None
        self._silent_since: float | None = None
        self._seconds = seconds
        self._carry = carry
        self._begun = False
        self._starved = False
        self._heard_at = 0.0
        pair.hear(self)

    # --- ports.Ear ---------------------------------------------------------------------------

    def received(self, datagram: bytes, address: Address) -> None:
        if self.stream is not None:
            now = self._seconds()
            self._hear(self.stream.received(datagram, address, now), now)

    def received_rtcp(self, datagram: bytes, address: Address) -> None:
        if self.stream is not None:
            self.stream.received_rtcp(datagram, address, self._seconds())

    # --- the beat ----------------------------------------------------------------------------

    def beat(self, due: Due) -> None:
        """Every 20 ms: what came late is handed on, and the next frames go out."""
        stream = self.stream
        if stream is None:
            return
        now = self._seconds()
        self._hear(stream.take(now), now)
        if self._begun and not self._starved and now - self._heard_at >= STARVED_AFTER:
            self._starved = True
            self._carry(self, self.leg.hear(_NOTHING, _LOST, now))
        stream.skip(due.skipped)
        for _ in range(due.frames):
            self._say(stream, now)
        report = stream.rtcp(now)
        if report is not None and stream.peer_rtcp is not None:
            self.pair.send_rtcp(report, stream.peer_rtcp)
        happened = stream.watch(now)
        if isinstance(happened, Silent):
            self._silent_since = now - happened.seconds
        elif happened is not None:
            self._silent_since = None

    def silent_for(self, now: float) -> float:
        """Seconds without a packet, where there should be some; told when they are a few."""
        return 0.0 if self._silent_since is None else now - self._silent_since

    def _say(self, stream: AudioStream, now: float) -> None:
        if not stream.may_send or stream.peer is None:
            self._carry(self, self.leg.tick(now))  # they hold the call: no letter is wasted on it
            stream.skip(1)
            return
        frame, outputs = self.leg.frame(now)
        if frame is not None:
            octets = stream.send(frame.samples, now)
            if octets is not None:
                self.pair.send(octets, stream.peer)
        self._carry(self, outputs)

    def _hear(self, chunks: tuple[Chunk, ...], now: float) -> None:
        for chunk in chunks:
            outputs: list[Output] = []
            if chunk.fresh and self._begun:
                outputs += self.leg.hear(_NOTHING, _LOST, now)
            self._begun, self._starved, self._heard_at = True, False, now
            outputs += self.leg.hear(chunk.samples, chunk.lost, now)
            self._carry(self, outputs)

    def close(self) -> None:
        """No sound any more; the other side is told so."""
        if self.stream is not None and self.stream.peer_rtcp is not None:
            self.pair.send_rtcp(self.stream.bye(self._seconds()), self.stream.peer_rtcp)
        self.stream = None
        self.pair.close()
