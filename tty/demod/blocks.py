"""Samples to blocks of 1 ms: how much of each tone is in it, its energy, and how much arrived.

Exact integers: both tones repeat every 40 samples, so four vectors serve for ever.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .layout import BLOCKS, COARSE, ENERGY, FRAME, LANES, PRESENT, SAMPLES, SUMS, Short

_TURN = 2 * np.pi * np.arange(FRAME) / 8000
# 12 bits are finer than the samples of a telephone line.
_TONES = np.rint(
    4096
    * np.stack(
        [
            np.cos(1400 * _TURN),
            -np.sin(1400 * _TURN),
            np.cos(1800 * _TURN),
            -np.sin(1800 * _TURN),
        ]
    )
)
_CUT = _TONES.reshape(4, BLOCKS, SAMPLES)
_LANES = np.zeros((4, SAMPLES, LANES), dtype=np.int32)
_LANES[:, :, :BLOCKS] = _CUT.transpose(0, 2, 1)
REFERENCES: Short = _LANES.reshape(4, SAMPLES * LANES)  # [tone, sample of its block * block]
_EXACT = _CUT.transpose(1, 2, 0).copy()  # [block, sample, tone]


def blocks(samples: NDArray[np.int16], lost: NDArray[np.bool_]) -> Short:
    """One frame of each call [n, 160] as [n, SUMS, 20]; what is lost counts as nothing."""
    calls = len(samples)
    present = ~lost
    heard = np.where(present, samples, 0).reshape(calls, BLOCKS, SAMPLES)
    # Products of matrices are made of fractions only; these are whole and far below 2**53.
    tones = np.matmul(heard.transpose(1, 0, 2).astype(np.float64), _EXACT)
    out = np.empty((calls, SUMS, BLOCKS), dtype=np.int32)
    out[:, :4] = tones.transpose(1, 2, 0).astype(np.int64) >> COARSE
    loud = heard.astype(np.int32)
    out[:, ENERGY] = ((loud * loud) >> 3).sum(axis=2, dtype=np.int32)
    out[:, PRESENT] = present.reshape(calls, BLOCKS, SAMPLES).sum(axis=2)
    return out
