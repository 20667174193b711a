"""Many calls at once: one push every 20 ms for all of them. The one place that owns lanes.

As machine code where numba is installed (and it is asked for), in numpy otherwise; what is heard is
the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..receiving import Carrier, Code, Detected, Event, Voice
from . import unaided
from .blocks import REFERENCES
from .layout import (
    BIT_BLOCKS,
    CARRIER,
    CODE,
    EVENTS_MAX,
    FOUND,
    FRAME,
    LANES,
    READINGS,
    SAMPLES,
    SUMS,
    Floats,
    Ints,
    Lanes,
    begin_call,
    lanes,
)
from .looking import SCRATCH

_PLAIN: Final = ("C", "A", "W")


def reading_of(bit_ms: Fraction | None) -> int:
    """The reading of a bit length; -1: it is to be found out. ValueError: there is none."""
    if bit_ms is None:
        return -1
    for reading, length in enumerate(BIT_BLOCKS):
        if bit_ms == length:
            return reading
    raise ValueError(f"a bit lasts {' or '.join(map(str, BIT_BLOCKS))} ms, not {bit_ms}")


def event_of(kind: int, at: int, what: int, sure: float) -> Event:
    """A row of a kernel's events as a value."""
    if kind == CODE:
        return Code(what, at, sure)
    if kind == CARRIER:
        return Carrier(bool(what), at)
    if kind == FOUND:
        return Detected(at, Fraction(what))
    return Voice(bool(what), at)


def in_order(before: tuple[Event, ...], event: Event) -> tuple[Event, ...]:
    """One more event of the same call and push, where its time belongs."""
    if event.at >= before[-1].at:
        return (*before, event)
    return tuple(sorted((*before, event), key=lambda one: one.at))


class Bank:
    """Calls that are heard together. `fast`: as machine code where numba is installed."""

    def __init__(self, *, bit_ms: Fraction | None = None, fast: bool = True):
        self._fixed = reading_of(bit_ms)
        self._kernel = None
        if fast:
            from .compiled import kernel

            self._kernel = kernel()
        self._lanes: Lanes = lanes(1)
        self._events: Ints = np.zeros((EVENTS_MAX, 4), dtype=np.int64)
        self._sure: Floats = np.zeros(EVENTS_MAX)
        self._scratch: Floats = np.zeros(SCRATCH)
        self._room = (
            np.zeros((EVENTS_MAX, 3), dtype=np.int64),
            np.zeros(EVENTS_MAX),
            np.zeros(FRAME, dtype=np.int32),
            np.zeros(SAMPLES * LANES, dtype=np.int32),
            np.zeros((SUMS, LANES), dtype=np.int32),
        )
        self._free: list[int] = [0]
        self._rows: dict[int, int] = {}  # id -> lane
        self._next = 0
        # The calls of the last push, and their lanes: nearly always those of the next one.
        self._asked: list[int] = []
        self._asked_rows: Ints = np.zeros(0, dtype=np.int64)

    def hasten(self) -> None:
        """From now on as machine code, where numba is installed; calls that are up go on where they
        are. It takes what loading and compiling take, if that was not done before."""
        from .compiled import kernel

        self._kernel = kernel()

    def add(self) -> int:
        """A new call; its samples are counted from 0."""
        if not self._free:
            self._grow()
        row = self._free.pop()
        first = max(self._fixed, 0)
        begin_call(self._lanes, row, first, first + 1 if self._fixed >= 0 else READINGS)
        identity = self._next
        self._next += 1
        self._rows[identity] = row
        return identity

    def remove(self, identity: int) -> None:
        """The call is over. KeyError: there is none of this id."""
        self._free.append(self._rows.pop(identity))
        self._asked, self._asked_rows = [], self._asked_rows[:0]

    def push(
        self, ids: Sequence[int], samples: NDArray[np.int16], lost: NDArray[np.bool_]
    ) -> dict[int, tuple[Event, ...]]:
        """20 ms of each of `ids`, which are different calls: samples and lost [n, 160]. The events
        of those that have any."""
        if samples.shape != (len(ids), FRAME) or lost.shape != samples.shape:
            raise ValueError(
                f"{len(ids)} calls need samples and lost of shape ({len(ids)}, {FRAME}), not "
                f"{samples.shape} and {lost.shape}"
            )
        rows = self._lanes_of(ids)
        if len(self._sure) < EVENTS_MAX * len(ids):
            self._events = np.zeros((EVENTS_MAX * len(ids), 4), dtype=np.int64)
            self._sure = np.zeros(EVENTS_MAX * len(ids))
        count = self._frames(rows, samples, lost)
        heard: dict[int, tuple[Event, ...]] = {}
        told, sure = self._events[:count].tolist(), self._sure[:count].tolist()
        for (one, kind, at, what), p in zip(told, sure, strict=True):
            call = ids[int(one)]
            event = event_of(kind, at, what, p)
            before = heard.get(call)
            heard[call] = (event,) if before is None else in_order(before, event)
        return heard

    def _lanes_of(self, ids: Sequence[int]) -> Ints:
        if ids != self._asked:
            if len(set(ids)) != len(ids):
                raise ValueError("a call is named twice in one push")
            rows = np.fromiter(map(self._rows.__getitem__, ids), dtype=np.int64, count=len(ids))
            self._asked, self._asked_rows = list(ids), rows
        return self._asked_rows

    def _frames(self, rows: Ints, samples: NDArray[np.int16], lost: NDArray[np.bool_]) -> int:
        held = self._lanes
        if self._kernel is None:
            return unaided.frames(held, rows, samples, lost, self._fixed, self._events, self._sure)
        return self._kernel(
            held.sums,
            held.paths,
            held.whole,
            held.parts,
            rows,
            # Copies if need be: machine code is made once more for arrays that are otherwise.
            np.require(samples, np.int16, _PLAIN),
            np.require(lost, np.bool_, _PLAIN),
            REFERENCES,
            self._fixed,
            self._events,
            self._sure,
            *self._room,
            self._scratch,
        )

    def _grow(self) -> None:
        old = self._lanes
        size = len(old.whole)
        self._lanes = lanes(2 * size)
        for name in Lanes.__slots__:
            getattr(self._lanes, name)[:size] = getattr(old, name)
        self._free = list(range(2 * size - 1, size - 1, -1))
