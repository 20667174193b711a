"""A text as a whole recording: for files, not for calls. What one says is read by `transcript`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .modulator import LEVEL_DBM0, Modulator
from .pace import Pace

QUIET_FRAMES = 25  # of 20 ms after the carrier: a receiver that waits for more decides


def recording(text: str, pace: Pace, level_dbm0: float = LEVEL_DBM0) -> NDArray[np.int16]:
    """`text`, of the repertoire, as samples at 8 kHz, with a little silence behind it."""
    modulator = Modulator(pace, level_dbm0)
    modulator.type(text)
    frames: list[NDArray[np.int16]] = []
    while not modulator.idle:
        frames.append(modulator.frame().samples)
    frames += [modulator.frame().samples for _ in range(QUIET_FRAMES)]
    return np.concatenate(frames)
