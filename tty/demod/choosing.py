"""The one door to the receivers: `receiver()` gives the fastest that is installed."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ..receiving import Code, Detected, Event, Receiver
from . import framing
from .blocks import blocks
from .layout import (
    BASE,
    BASIS,
    BIT_BLOCKS,
    COMMITTED,
    EVENTS_MAX,
    FRAME,
    FROM,
    GAP,
    KEPT,
    LAST,
    LEVEL,
    OPEN,
    PARTS,
    PATHS,
    READING_0,
    READING_SIZE,
    ROOM,
    SAMPLES,
    SUMS,
    WHOLES,
)

_FLUSH = 16  # frames of nothing after which all is decided


class _Single:
    """One call's ear."""

    def __init__(self, bits: tuple[int, ...], *, fast: bool):
        self._bits = np.array(bits, dtype=np.int64)
        self._tick = framing.tick
        if fast:
            from .compiled import kernel

            self._tick = kernel() or framing.tick
        self._sums = np.zeros((SUMS, ROOM), dtype=np.int64)
        self._paths = np.zeros((len(bits), PATHS, ROOM), dtype=np.int64)
        self._paths[:, (OPEN, BASIS)] = -(10**6)
        self._paths[:, (FROM, LAST)] = -KEPT
        self._whole = np.zeros(WHOLES, dtype=np.int64)
        self._whole[BASE] = -KEPT
        self._whole[LEVEL] = framing.LEVEL_MIN
        for one in range(len(bits)):
            place = READING_0 + READING_SIZE * one
            self._whole[place + COMMITTED] = -KEPT
            self._whole[place + GAP] = -1
        self._parts = np.zeros(PARTS)
        self._events = np.zeros((EVENTS_MAX, 3), dtype=np.int64)
        self._sure = np.zeros(EVENTS_MAX)
        self._samples = np.zeros(0, dtype=np.int16)
        self._lost = np.zeros(0, dtype=np.bool_)
        self._detected = False

    def push(self, samples: NDArray[np.int16], lost: NDArray[np.bool_]) -> tuple[Event, ...]:
        self._samples = np.concatenate([self._samples, samples])
        self._lost = np.concatenate([self._lost, lost])
        events: list[Event] = []
        whole = len(self._samples) // FRAME * FRAME
        for at in range(0, whole, FRAME):
            events += self._frame(self._samples[at : at + FRAME], self._lost[at : at + FRAME])
        self._samples, self._lost = self._samples[whole:], self._lost[whole:]
        return tuple(events)

    def finish(self) -> tuple[Event, ...]:
        rest = FRAME * _FLUSH - len(self._samples)
        return self.push(np.zeros(rest, dtype=np.int16), np.ones(rest, dtype=np.bool_))

    def _frame(self, samples: NDArray[np.int16], lost: NDArray[np.bool_]) -> list[Event]:
        count = self._tick(
            self._sums,
            self._paths,
            self._whole,
            self._parts,
            blocks(samples, lost),
            self._events,
            self._sure,
            self._bits,
        )
        found: list[Event] = []
        for (_, at, code), sure in zip(
            self._events[:count].tolist(), self._sure[:count].tolist(), strict=True
        ):
            if not self._detected:
                self._detected = True
                found.append(Detected(at, Fraction(int(self._bits[0]))))
            found.append(Code(code, at, sure))
        return found


def receiver(*, bit_ms: Fraction | None = None, fast: bool = True) -> Receiver:
    """A receiver for one call. `bit_ms`: 22 or 20; None: it finds out. `fast`: as machine code
    where numba is installed; without, nothing is compiled and numba is not imported."""
    bits = BIT_BLOCKS[:1] if bit_ms is None else (int(bit_ms * 8) // SAMPLES,)
    return _Single(bits, fast=fast)
