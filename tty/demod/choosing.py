"""The one door to the receivers: `receiver()` gives the fastest that is installed."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ..receiving import Event, Receiver
from .batch import Bank
from .layout import FRAME

_FLUSH = 24  # frames of nothing after which all is decided


class Single:
    """One call's ear: a bank of one, and what is left of the last push."""

    def __init__(self, bank: Bank):
        self._bank = bank
        self._call = bank.add()
        self._samples: NDArray[np.int16] = np.zeros(0, dtype=np.int16)
        self._lost: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self._pushed = 0

    def push(self, samples: NDArray[np.int16], lost: NDArray[np.bool_]) -> tuple[Event, ...]:
        """As `receiving.Receiver` promises. ValueError: the two differ in length."""
        if samples.shape != lost.shape or samples.ndim != 1:
            raise ValueError(
                f"samples {samples.shape} and lost {lost.shape} must be alike and flat"
            )
        self._pushed += len(samples)
        self._samples = np.concatenate([self._samples, samples.astype(np.int16, copy=False)])
        self._lost = np.concatenate([self._lost, lost])
        events: list[Event] = []
        whole = len(self._samples) // FRAME * FRAME
        for at in range(0, whole, FRAME):
            heard = self._bank.push(
                [self._call],
                self._samples[None, at : at + FRAME],
                self._lost[None, at : at + FRAME],
            )
            events += heard.get(self._call, ())
        self._samples, self._lost = self._samples[whole:], self._lost[whole:]
        return tuple(events)

    def finish(self) -> tuple[Event, ...]:
        """As `receiving.Receiver` promises."""
        end = self._pushed
        rest = FRAME * _FLUSH - len(self._samples)
        events = self.push(np.zeros(rest, dtype=np.int16), np.ones(rest, dtype=np.bool_))
        return tuple(one for one in events if one.at < end)


def receiver(*, bit_ms: Fraction | None = None, fast: bool = True) -> Receiver:
    """A receiver for one call. `bit_ms`: 22 or 20; None: it finds out. `fast`: as machine code
    where numba is installed; without, nothing is compiled and numba is not imported."""
    return Single(Bank(bit_ms=bit_ms, fast=fast))
