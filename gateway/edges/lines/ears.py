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

from ....sip.foretold import Run
from ....sip.g711 import Law, decode
from ....sip.jitter import Chunk, Coded, Heard
from ....tty.receiving import GAP, STARVED_AFTER, Event

FRAME = 160  # samples, 20 ms
# Frames (5 s): whoever sends faster than time goes loses the oldest second, and that is a hole.
BACKLOG_MAX = 250
DROPPED = 50
FLUSH = 24  # frames of nothing after which all is decided

Samples = NDArray[np.int16]
Lost = NDArray[np.bool_]
_NO_SAMPLES: Samples = np.zeros(FRAME, np.int16)
_ALL_LOST: Lost = np.ones(FRAME, np.bool_)
_NOTHING = Chunk(_NO_SAMPLES, _ALL_LOST)


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


def stacked(frames: Sequence[Heard]) -> tuple[Samples, Lost]:
    """Frames of many calls as [n, 160]: samples, and which of them are lost. What is coded alike is
    decoded at once."""
    samples = np.empty((len(frames), FRAME), np.int16)
    lost = np.zeros((len(frames), FRAME), np.bool_)
    coded: dict[Law, tuple[list[int], list[bytes]]] = {law: ([], []) for law in Law}
    for row, frame in enumerate(frames):
        if isinstance(frame, Coded):
            rows, octets = coded[frame.law]
            rows.append(row)
            octets.append(frame.octets)
        else:
            samples[row], lost[row] = frame.samples, frame.lost
    for law, (rows, octets) in coded.items():
        if rows:
            samples[rows] = decode(b"".join(octets), law).reshape(-1, FRAME)
    return samples, lost


def _nothing() -> None:
    """Goes past it."""


class Ear:
    """One call's place in a bank. Is the `Receiver` of its line: `push` gives what the bank has
    made of the frame that was pushed last. `settle` makes sure that nobody else uses the bank."""

    def __init__(self, bank: Bank, settle: Callable[[], None]) -> None:
        settle()
        self.bank = bank
        self._settle = settle
        self.id = bank.add()
        self.dropped = 0  # frames, because more came than time went by
        # Asked for `went_on`, by who has to know all that was pushed.
        self.attend: Callable[[], None] = _nothing
        self._frames: deque[Heard] = deque()
        self._samples: Samples = np.zeros(0, np.int16)  # less than a frame
        self._lost: Lost = np.zeros(0, np.bool_)
        self._events: tuple[Event, ...] = ()
        self._begun = False
        self._pushed = 0  # samples
        self._ahead = 0  # lost samples that were heard before their time had been told
        self._heard_at = 0.0

    def hear(self, chunks: Iterable[Heard], now: float) -> None:
        """What came since the last beat."""
        for chunk in chunks:
            self._heard_at = now
            if isinstance(chunk, Coded) and self._goes_on(chunk):
                self._ahead = 0
                self._frames.append(chunk)  # as nearly always
                continue
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
        while len(self._frames) > BACKLOG_MAX:
            self._drop()

    @property
    def follows(self) -> bool:
        """Whether a frame that comes next is the next one for the bank."""
        waits = self._frames or len(self._samples)
        return self._begun and not waits and not self._ahead

    def went_on(self, run: Run) -> None:
        """Frames were pushed past it, each behind the one before it."""
        if run.count:
            self._ahead, self._heard_at = 0, run.at
            self._pushed += run.octets

    def next(self) -> Heard | None:
        """The oldest frame that was not pushed."""
        if not self._frames:
            return None
        self._pushed += FRAME
        return self._frames.popleft()

    @property
    def has_more(self) -> bool:
        """Whether `next` has another."""
        return bool(self._frames)

    def heard(self, events: tuple[Event, ...]) -> None:
        """What the bank made of it."""
        self._events = events

    def push(self, samples: Samples, lost: Lost) -> tuple[Event, ...]:
        events, self._events = self._events, ()
        return events

    def finish(self) -> tuple[Event, ...]:
        """What has come and was not pushed yet, and whatever is still undecided."""
        self.attend()
        self._settle()
        told, self._events = self._events, ()
        frames = [*self._frames, *[_NOTHING] * FLUSH]
        ends = self._pushed + len(self._frames) * FRAME
        self._frames.clear()
        events = told
        for frame in frames:
            found = self.bank.push([self.id], *stacked([frame]))
            events += found.get(self.id, ())
        return tuple(one for one in events if one.at < ends)

    def close(self) -> None:
        self._settle()
        self.bank.remove(self.id)

    def _goes_on(self, coded: Coded) -> bool:
        """Whether it is a frame that stands right behind the one before it."""
        goes_on = self._begun and not coded.fresh
        return goes_on and len(coded.octets) == FRAME and not len(self._samples)

    def _put(self, samples: Samples, lost: Lost) -> None:
        samples = np.concatenate([self._samples, samples])
        lost = np.concatenate([self._lost, lost])
        whole = len(samples) // FRAME * FRAME
        for at in range(0, whole, FRAME):
            self._frames.append(Chunk(samples[at : at + FRAME], lost[at : at + FRAME]))
        self._samples, self._lost = samples[whole:], lost[whole:]

    def _drop(self) -> None:
        for _ in range(DROPPED):
            self._frames.popleft()
        self._frames.extendleft([_NOTHING] * (GAP // FRAME))
        self.dropped += DROPPED
