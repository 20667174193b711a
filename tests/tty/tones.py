"""Tones for any codes at all, also those that our own sender would never send."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from text911.tty.code import bits

RATE = 8000
MARK, SPACE = 1400, 1800  # Hz


def tones(codes: Iterable[int], bit_ms: int = 22, amplitude: int = 8000) -> NDArray[np.int16]:
    """Lead-in, the codes with two stop bits, hold, and half a second of silence."""
    bit = bit_ms * 8
    parts: list[tuple[int, int]] = [(MARK, 1200)]
    for code in codes:
        parts.append((SPACE, bit))
        parts += [(MARK if one else SPACE, bit) for one in bits(code)]
        parts.append((MARK, 2 * bit))
    parts.append((MARK, 2400))
    steps = np.concatenate([np.full(length, tone / RATE) for tone, length in parts])
    sound = np.rint(amplitude * np.sin(2 * np.pi * np.cumsum(steps))).astype(np.int16)
    return np.concatenate([sound, np.zeros(RATE // 2, np.int16)])
