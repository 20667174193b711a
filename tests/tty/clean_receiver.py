"""A receiver for clean audio, for tests of what stands on one: no noise, exact tones, 45.45 baud.

It compares every sample with the one four before it, which is positive for space and negative for
mark, and reads bits in their middle. It decides a character at the middle of its stop bit.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from text911.tty.receiving import Carrier, Code, Detected, Event

BIT = 176  # samples
LAG = 4  # samples: 0.7 of a turn of mark, 0.9 of space
SMOOTH = 40  # samples, in which both tones repeat
OFF = 400  # samples without energy


class CleanReceiver:
    def __init__(self) -> None:
        self._at = 0
        self._tail = np.zeros(LAG + SMOOTH, np.float64)
        self._levels: list[int] = []  # -1 mark, 1 space, 0 silence; from sample `_from` on
        self._from = 0
        self._quiet = OFF
        self._on = False
        self._detected = False

    def push(self, samples: NDArray[np.int16], lost: NDArray[np.bool_]) -> tuple[Event, ...]:
        joined = np.concatenate([self._tail, np.where(lost, 0, samples).astype(np.float64)])
        self._tail = joined[-(LAG + SMOOTH) :]
        products = joined[LAG:] * joined[:-LAG]
        sums = np.convolve(products, np.ones(SMOOTH) / SMOOTH, "valid")[-len(samples) :]
        levels = np.where(sums > 1e3, 1, np.where(sums < -1e3, -1, 0))
        events: list[Event] = []
        self._levels += levels.tolist()
        self._at += len(samples)
        self._read(events)
        return tuple(events)

    def finish(self) -> tuple[Event, ...]:
        return ()

    def _read(self, events: list[Event]) -> None:
        at, levels = 0, self._levels
        while at < len(levels):
            level = levels[at]
            if level == 0:
                self._quiet += 1
                if self._on and self._quiet >= OFF:
                    self._on = False
                    events.append(Carrier(False, self._from + at))
                at += 1
                continue
            self._quiet = 0
            if not self._on:
                self._on = True
                events.append(Carrier(True, self._from + at))
            if level < 0:
                at += 1
                continue
            if at + 7 * BIT > len(levels):
                break
            middle = at + BIT // 2
            bits = [levels[middle + place * BIT] for place in range(7)]
            if bits[0] < 1 or bits[6] > -1:
                at += 1
                continue
            end = self._from + at + 7 * BIT
            if not self._detected:
                self._detected = True
                events.append(Detected(end, Fraction(22)))
            code = sum((bit < 0) << place for place, bit in enumerate(bits[1:6]))
            events.append(Code(code, end, 1.0))
            at += 6 * BIT + BIT // 2
        self._from += at
        del levels[:at]
