"""One call to a PSAP: what is agreed about its sound, and that sound between its ports and its leg.

Conceals nothing: where no packet came, samples are lost, and where the time between two is unknown
a gap stands between them, so that no letter is put together from both sides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ...sip import offering, sdp
from ...sip.clock import Due
from ...sip.courier import Courier
from ...sip.effects import CallId
from ...sip.grammar import Malformed
from ...sip.media import AudioStream
from ...sip.offer import Agreed, Ours, Unusable, answer
from ...sip.ports import Pair
from ...sip.rtp_session import Origin
from ...sip.sockets import Clock
from ...sip.ways import AudioWay
from ...tty.receiving import GAP, STARVED_AFTER
from .. import port
from .leg import TtyLeg
from .outputs import Output

NOBODY = CallId(-1)  # before it is rung
_NOTHING = np.zeros(GAP, np.int16)
_LOST = np.ones(GAP, np.bool_)


class Call:
    """`offer`: of the gateway. `ours`: where we listen. `located`: whether it is rung with where
    the caller is. `carry` is given what the leg wants."""

    def __init__(
        self,
        offer: port.Offer,
        leg: TtyLeg,
        pair: Pair,
        ours: Ours,
        located: bool,
        clock: Clock,
        courier: Courier | None,
        carry: Callable[[Call, list[Output]], None],
    ) -> None:
        self.offer = offer
        self.leg = leg
        self.number = NOBODY
        self.located = located
        self._ours: Ours = ours
        self._said = offering.offer(ours)  # in force: this offer, later answers to theirs
        self._pair = pair
        self._way: AudioWay | None = None
        self._clock = clock
        self._courier = courier
        self._carry = carry
        self._begun = False
        self._starved = False
        self._heard_at = 0.0

    # --- what is agreed ----------------------------------------------------------------------

    @property
    def description(self) -> bytes:
        """Ours, as it was said last."""
        return sdp.write(self._said)

    def settle(self, octets: bytes) -> Agreed | Unusable:
        """What their answer to our description agrees to for the sound."""
        try:
            judged = offering.judge(self._said, sdp.read(octets))
        except Malformed as cause:
            return Unusable(f"{cause}")
        if isinstance(judged, Unusable):
            return judged
        audio = [one for one in judged if one.kind == "audio"]
        return audio[0] if audio else Unusable("its sound was declined")

    def begin(self, agreed: Agreed, origin: Origin, hosts: frozenset[str], silent: float) -> None:
        """The sound begins. `silent`: seconds without a packet after which it is lost."""
        now = self._clock.seconds()
        stream = AudioStream(agreed, origin, hosts, now, silent_after=silent)
        self._way = AudioWay(self._pair, stream, self._clock, self._courier)

    def reanswered(self, octets: bytes) -> None:
        """They have answered what we said once more, or what they asked us to say: their sound may
        have moved, be held or coded anew. What cannot be followed changes nothing."""
        agreed = self.settle(octets) if octets else Unusable("nothing was said")
        if isinstance(agreed, Agreed) and self._way is not None:
            self._way.agree(agreed, self._clock.seconds())

    def offered(self, octets: bytes) -> bytes:
        """What we say to another offer of theirs, or where they ask for ours; b"" where theirs
        cannot be taken, and all stays as it was."""
        ours = replace(self._ours, version=self._ours.version + 1)
        if not octets:
            said = offering.offer(ours)
            self._ours, self._said = ours, said
            return sdp.write(said)
        try:
            found = answer(sdp.read(octets), ours)
        except Malformed:
            return b""
        agreed = [] if isinstance(found, Unusable) else [*found.agreed]
        audio = [one for one in agreed if one.kind == "audio"]
        if isinstance(found, Unusable) or not audio or self._way is None:
            return b""
        self._ours, self._said = ours, found.session
        self._way.agree(audio[0], self._clock.seconds())
        return sdp.write(found.session)

    # --- the beat ----------------------------------------------------------------------------

    @property
    def has_sound(self) -> bool:
        return self._way is not None

    def beat(self, due: Due) -> bool:
        """Every 20 ms: what came is handed on, and the next frames go out. True: no packet came
        for too long."""
        way = self._way
        if way is None:
            return False
        now = self._clock.seconds()
        self._hear(way, now)
        if self._begun and not self._starved and now - self._heard_at >= STARVED_AFTER:
            self._starved = True
            self._carry(self, self.leg.hear(_NOTHING, _LOST, now))
        way.ahead.passes(due)
        if way.stream.may_send:
            self._carry(self, self.leg.beat(way.ahead, now))
        else:
            way.ahead.pause()  # they hold the call: no letter is wasted on it
            self._carry(self, self.leg.tick(now))
        return self._way is not None and way.tend(now)

    def _hear(self, way: AudioWay, now: float) -> None:
        for chunk in way.take(now):
            outputs: list[Output] = []
            if chunk.fresh and self._begun:
                outputs += self.leg.hear(_NOTHING, _LOST, now)
            self._begun, self._starved, self._heard_at = True, False, now
            outputs += self.leg.hear(chunk.samples, chunk.lost, now)
            self._carry(self, outputs)

    def close(self) -> None:
        """No sound any more; the other side is told so."""
        if self._way is not None:
            self._way.close(self._clock.seconds())
            self._way = None
        self._pair.close()
