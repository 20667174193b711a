"""Many calls at once: one push every 20 ms for all of them. The one place that owns lanes.

As machine code where numba is installed (and it is asked for), in numpy otherwise; what is heard is
the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from ..receiving import Carrier, Code, Detected, Event, Voice
from .blocks import REFERENCES, blocks
from .judging import tick
from .layout import (
    BIT_BLOCKS,
    CARRIER,
    CODE,
    FOUND,
    FRAME,
    READINGS,
    Lanes,
    begin_call,
    lanes,
)


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


class Bank:
    """Calls that are heard together. `fast`: as machine code where numba is installed."""

    def __init__(self, *, bit_ms: Fraction | None = None, fast: bool = True):
        self._fixed = reading_of(bit_ms)
        self._kernel = None
        if fast:
            from .compiled import kernel

            self._kernel = kernel()
        self._lanes: Lanes = lanes(1)
        self._free: list[int] = [0]
        self._rows: dict[int, int] = {}  # id -> lane
        self._next = 0

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
        rows = np.array([self._rows[one] for one in ids], dtype=np.int64)
        if len(set(ids)) != len(ids):
            raise ValueError("a call is named twice in one push")
        counts = np.zeros(len(ids), dtype=np.int64)
        self._frames(rows, samples, lost, counts)
        heard: dict[int, tuple[Event, ...]] = {}
        for one in np.flatnonzero(counts).tolist():
            row, count = int(rows[one]), int(counts[one])
            events = self._lanes.events[row, :count].tolist()
            sure = self._lanes.sure[row, :count].tolist()
            found = [
                event_of(kind, at, what, p)
                for (kind, at, what), p in zip(events, sure, strict=True)
            ]
            heard[ids[one]] = tuple(sorted(found, key=attrgetter("at")))
        return heard

    def _frames(
        self,
        rows: NDArray[np.int64],
        samples: NDArray[np.int16],
        lost: NDArray[np.bool_],
        counts: NDArray[np.int64],
    ) -> None:
        held = self._lanes
        if self._kernel is not None:
            self._kernel(
                held.sums,
                held.paths,
                held.whole,
                held.parts,
                held.events,
                held.sure,
                rows,
                # Copies: machine code is made once more for arrays that may not be written to.
                np.array(samples, order="C"),
                np.array(lost, order="C"),
                REFERENCES,
                self._fixed,
                counts,
            )
            return
        for one, row in enumerate(rows.tolist()):
            counts[one] = tick(
                held.sums[row],
                held.paths[row],
                held.whole[row],
                held.parts[row],
                blocks(samples[one], lost[one]),
                held.events[row],
                held.sure[row],
                self._fixed,
            )

    def _grow(self) -> None:
        old = self._lanes
        size = len(old.whole)
        self._lanes = lanes(2 * size)
        for name in Lanes.__slots__:
            getattr(self._lanes, name)[:size] = getattr(old, name)
        self._free = list(range(2 * size - 1, size - 1, -1))
