"""Receivers of all calls together: chunks of any length become frames of 20 ms, a frame of every
call is pushed at once, and each call's receiver gives what came of it.

Conceals nothing and decodes nothing itself. Where the time between two chunks is unknown, a gap of
lost samples stands between them, so that no character is put together from both sides.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ....sip.jitter import Chunk
from ....tty.receiving import Event

FRAME = 160  # samples, 20 ms
BACKLOG_MAX = 250  # frames (5 s): whoever sends faster than time goes loses the oldest
GAP = 10 * FRAME  # 200 ms: longer than a character
# Without a packet for so long, what is undecided is decided: a sender that is silent between words
# (it should not be) would keep its last letter back. Longer than a packet is ever late.
STARVED_AFTER = 0.4  # seconds
FLUSH = 24  # frames of nothing after which all is decided

Samples = NDArray[np.int16]
Lost = NDArray[np.bool_]
_NO_SAMPLES: Samples = np.zeros(FRAME, np.int16)
_ALL_LOST: Lost = np.ones(FRAME, np.bool_)


class Bank(Protocol):
    """Receivers of many calls, in one push of a frame of each: `tty.demod.batch.Bank`."""

    def add(self) -> int: ...
    def remove(self, one: int, /) -> None: ...
    def push(
        self, ids: Sequence[int], samples: Samples, lost: Lost, /
    ) -> Mapping[int, tuple[Event, ...]]: ...


def warm(bank: Bank) -> None:
    """Push one frame through: what compiles itself or reads tables does so before a call comes."""
    one = bank.add()
    bank.push([one], _NO_SAMPLES[np.newaxis], _ALL_LOST[np.newaxis])
    bank.remove(one)


class Ear:
    """One call's place in a bank. Is the `Receiver` of its line: `push` gives what the bank has
    made of the frame that was pushed last. `settle` makes sure that nobody else uses the bank."""

    def __init__(self, bank: Bank, settle: Callable[[], None]) -> None:
        settle()
        self.bank = bank
        self._settle = settle
        self._id = bank.add()
        self._frames: deque[tuple[Samples, Lost]] = deque(maxlen=BACKLOG_MAX)
        self._samples: Samples = np.zeros(0, np.int16)  # less than a frame
        self._lost: Lost = np.zeros(0, np.bool_)
        self._events: tuple[Event, ...] = ()
        self._begun = False
        self._pushed = 0  # samples
        self._ahead = 0  # lost samples that were heard before their time had been told
        self._heard_at = 0.0

    @property
    def id(self) -> int:
        return self._id

    def hear(self, chunks: Iterable[Chunk], now: float) -> None:
        """What came since the last beat."""
        for chunk in chunks:
            self._heard_at = now
            if chunk.fresh and self._begun:
                self._put(np.zeros(GAP, np.int16), np.ones(GAP, np.bool_))
            self._begun = True
            samples, lost = chunk.samples, chunk.lost
            if self._ahead and not chunk.fresh and lost.all():
                known = min(self._ahead, len(lost))
                samples, lost = samples[known:], lost[known:]
            self._ahead = 0
            self._put(samples, lost)
        if self._begun and not self._ahead and now - self._heard_at >= STARVED_AFTER:
            self._ahead = GAP
            self._put(np.zeros(GAP, np.int16), np.ones(GAP, np.bool_))

    def next(self) -> tuple[Samples, Lost] | None:
        """The oldest frame that was not pushed."""
        if not self._frames:
            return None
        self._pushed += FRAME
        return self._frames.popleft()

    def heard(self, events: tuple[Event, ...]) -> None:
        """What the bank made of it."""
        self._events = events

    def push(self, samples: Samples, lost: Lost) -> tuple[Event, ...]:
        events, self._events = self._events, ()
        return events

    def finish(self) -> tuple[Event, ...]:
        """What has come and was not pushed yet, and whatever is still undecided."""
        self._settle()
        told, self._events = self._events, ()
        frames = [*self._frames, *[(_NO_SAMPLES, _ALL_LOST)] * FLUSH]
        ends = self._pushed + len(self._frames) * FRAME
        self._frames.clear()
        events = told
        for samples, lost in frames:
            found = self.bank.push([self._id], samples[np.newaxis], lost[np.newaxis])
            events += found.get(self._id, ())
        return tuple(one for one in events if one.at < ends)

    def close(self) -> None:
        self._settle()
        self.bank.remove(self._id)

    def _put(self, samples: Samples, lost: Lost) -> None:
        if not len(self._samples) and len(samples) == FRAME:
            self._frames.append((samples, lost))
            return
        samples = np.concatenate([self._samples, samples])
        lost = np.concatenate([self._lost, lost])
        whole = len(samples) // FRAME * FRAME
        for at in range(0, whole, FRAME):
            self._frames.append((samples[at : at + FRAME], lost[at : at + FRAME]))
        self._samples, self._lost = samples[whole:], lost[whole:]
