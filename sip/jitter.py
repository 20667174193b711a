"""Puts a caller's audio in order and says which samples are missing. Never conceals one.

There is no play-out clock: what is in order is handed on at once, so that the sender's clock alone
counts the samples and nothing is ever inserted or dropped for drift. Only a hole waits, PATIENCE
seconds from the arrival of what follows it; then its samples are handed on as zeros that the mask
calls lost. A made-up sample would be taken for a tone (facts of TTY: 533 errors instead of 6).
"""

from __future__ import annotations

from enum import IntEnum, auto

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from .g711 import Law, Samples, decode
from .rtp import Packet, ahead
from .source import Address, Source

PATIENCE = 0.06  # seconds; reordering beyond three packets is rare, and a person is reading
HELD_MAX = 64  # packets behind a hole: over a second of audio in 20 ms packets
HOLE_MAX = 8_000  # samples (1 s); a longer one is no loss but a sender that counts anew
# RFC 3550, A.1: how far back or ahead a sequence number still belongs to the same count.
MISORDER_MAX = 100
DROPOUT_MAX = 3_000
LAWS = {int(law): law for law in Law}  # by payload type


class Fate(IntEnum):
    """What became of a packet."""

    TAKEN = auto()
    FOREIGN = auto()  # from an address that is not this call's
    TWICE = auto()  # a repeat of one that is here or was handed on
    LATE = auto()  # its samples were already given up
    ON_TRIAL = auto()  # of another count; taken if its successor comes


TAKEN = Fate.TAKEN  # looked up once: fifty packets a second and call


class Chunk(Struct, frozen=True, eq=False):
    """`samples` (int16) and `lost` (bool) are equally long; lost samples are 0. `fresh`: the time
    between what was handed on before and this is unknown (another source, or its count jumped)."""

    samples: Samples
    lost: NDArray[np.bool_]
    fresh: bool = False


class Coded(Struct, frozen=True, gc=False):
    """The same of a packet that came, as it came: who has two hundred calls decodes a frame of all
    of them at once."""

    octets: bytes
    law: Law
    fresh: bool = False

    @property
    def samples(self) -> Samples:
        return decode(self.octets, self.law)

    @property
    def lost(self) -> NDArray[np.bool_]:
        """Nothing of it."""
        return np.zeros(len(self.octets), np.bool_)


Heard = Chunk | Coded


class Jitter:
    """Fed with packets of one call, gives chunks in order."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._ssrc = -1
        self._next = 0  # sequence number
        self._timestamp: int | None = None  # of the next sample; None: unknown
        self._begun = False
        self._held: dict[int, tuple[float, Packet]] = {}  # behind a hole
        self._trial: Packet | None = None
        self._given_up: set[int] = set()  # sequence numbers of the last holes
        self._fates = [0] * (max(Fate) + 1)
        self.lost = 0  # packets that never came in time

    @property
    def fates(self) -> dict[Fate, int]:
        """How many packets had which."""
        return {fate: self._fates[fate] for fate in Fate}

    def put(self, packet: Packet, address: Address, now: float) -> list[Heard]:
        """What can be handed on since this packet came."""
        if not self._source.admits(address, now):
            self._fates[Fate.FOREIGN] += 1
            return []
        return self.admitted(packet, now)

    def admitted(self, packet: Packet, now: float) -> list[Heard]:
        """The same of one whose source has been asked for."""
        if packet.sequence == self._next and packet.ssrc == self._ssrc and not self._held:
            self._fates[TAKEN] += 1  # as nearly always
            self._trial = None
            return self._follows(packet)
        if not self._begun:
            self._begin(packet)
        step = ahead(packet.sequence, self._next, 16)
        if packet.ssrc != self._ssrc or not -MISORDER_MAX <= step <= DROPOUT_MAX:
            return self._try(packet, now)
        self._trial = None
        if step < 0:
            late = packet.sequence in self._given_up
            self._given_up.discard(packet.sequence)
            self._fates[Fate.LATE if late else Fate.TWICE] += 1
            return []
        if packet.sequence in self._held:
            self._fates[Fate.TWICE] += 1
            return []
        self._fates[TAKEN] += 1
        self._held[packet.sequence] = (now, packet)
        return self._handed_on(None)

    def take(self, now: float) -> list[Heard]:
        """What can be handed on since time went by; to be asked when what has come was put. A hole
        is given up here alone: where it was we who stood still, what fills it may be the next to be
        put, however late it is by then."""
        return self._handed_on(now) if self._held else []

    def _handed_on(self, now: float | None) -> list[Heard]:
        """What is in order. `now`: and what is behind holes that were waited for; None: only if far
        too much is."""
        chunks: list[Heard] = []
        while self._held:
            if self._next not in self._held:
                oldest = min(came for came, _ in self._held.values())
                patient = now is None or now < oldest + PATIENCE
                if patient and len(self._held) <= HELD_MAX:
                    break
                self._give_up()
            _, packet = self._held.pop(self._next)
            chunks += self._follows(packet)
        return chunks

    @property
    def next(self) -> tuple[int, int, int] | None:
        """Sequence number, timestamp and source of the packet that is next. None: that is not known
        yet, or it is late."""
        if not self._begun or self._held or self._timestamp is None:
            return None
        return self._next, self._timestamp, self._ssrc

    def went_on(self, packets: int, samples: int) -> None:
        """So many packets came in order behind the last one, and were handed on by others."""
        assert self._timestamp is not None  # `next` was known
        self._fates[TAKEN] += packets
        self._trial = None
        self._next = (self._next + packets) & 0xFFFF
        self._timestamp = (self._timestamp + samples) & 0xFFFFFFFF
        self._given_up = {
            one for one in self._given_up if ahead(one, self._next, 16) >= -MISORDER_MAX
        }

    def wakes_at(self) -> float | None:
        """When `take` should be asked again; None: not before the next packet."""
        if not self._held:
            return None
        return min(came for came, _ in self._held.values()) + PATIENCE

    def _follows(self, packet: Packet) -> list[Heard]:
        """The one that was next."""
        self._next = (packet.sequence + 1) & 0xFFFF
        if self._given_up:
            self._given_up.discard((self._next - MISORDER_MAX - 1) & 0xFFFF)
        return self._chunk(packet)

    def _begin(self, packet: Packet) -> None:
        self._begun = True
        self._ssrc, self._next, self._timestamp = packet.ssrc, packet.sequence, None
        self._given_up.clear()

    def _try(self, packet: Packet, now: float) -> list[Heard]:
        """Of another source or count: believed when two come in sequence (RFC 3550, A.1)."""
        first, self._trial = self._trial, packet
        if (
            first is None
            or first.ssrc != packet.ssrc
            or packet.sequence != (first.sequence + 1) & 0xFFFF
        ):
            self._fates[Fate.ON_TRIAL] += 1
            return []
        chunks: list[Heard] = []
        while self._held:  # of the old count nothing more will come
            self._give_up()
            chunks += self.take(now)
        self._trial = None
        self._begin(first)
        self._fates[Fate.ON_TRIAL] -= 1
        self._fates[TAKEN] += 2
        self._held = {first.sequence: (now, first), packet.sequence: (now, packet)}
        return chunks + self._handed_on(None)

    def _give_up(self) -> None:
        """Go on behind the hole."""
        steps = min(ahead(sequence, self._next, 16) for sequence in self._held)
        missing = {(self._next + step) & 0xFFFF for step in range(steps)}
        self.lost += steps
        self._next = (self._next + steps) & 0xFFFF
        self._given_up = {
            sequence
            for sequence in self._given_up | missing
            if ahead(sequence, self._next, 16) >= -MISORDER_MAX
        }

    def _chunk(self, packet: Packet) -> list[Heard]:
        """The samples of a packet, with those missing before it. Comfort noise and
        telephone-events have a sequence number and no samples of a caller."""
        law, octets = LAWS.get(packet.payload_type), packet.payload
        if law is None or not octets:
            return []
        expected = self._timestamp
        self._timestamp = (packet.timestamp + len(octets)) & 0xFFFFFFFF
        if packet.timestamp == expected:
            return [Coded(octets, law)]
        hole = None if expected is None else ahead(packet.timestamp, expected, 32)
        if hole is None or not 0 <= hole <= HOLE_MAX:
            return [Coded(octets, law, fresh=True)]
        before = Chunk(np.zeros(hole, np.int16), np.ones(hole, np.bool_))
        return [before, Coded(octets, law)]
