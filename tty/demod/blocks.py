"""Samples to blocks of 1 ms: how much of each tone is in it, its energy, and how much arrived.

Exact integers: both tones repeat every 40 samples, so four vectors serve for ever.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .layout import BLOCKS, FRAME, SAMPLES

_TURN = 2 * np.pi * np.arange(FRAME) / 8000
# 12 bits are finer than the samples of a telephone line.
REFERENCES: NDArray[np.int64] = np.rint(
    4096
    * np.stack(
        [
            np.cos(1400 * _TURN),
            -np.sin(1400 * _TURN),
            np.cos(1800 * _TURN),
            -np.sin(1800 * _TURN),
        ]
    )
).astype(np.int64)


def blocks(samples: NDArray[np.int16], lost: NDArray[np.bool_]) -> NDArray[np.int64]:
    """One frame of 160 samples as [SUMS, 20]; what is lost counts as nothing."""
    present = ~lost
    heard = np.where(present, samples, 0).astype(np.int64)
    rows = np.concatenate([REFERENCES * heard, (heard * heard)[None], present[None]])
    summed: NDArray[np.int64] = rows.reshape(-1, BLOCKS, SAMPLES).sum(axis=2, dtype=np.int64)
    return summed
