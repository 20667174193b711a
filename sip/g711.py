"""G.711: mu-law and A-law octets and linear samples, worked out by arithmetic once, when wanted.

Samples are 16-bit linear: full scale of the law stands near +-32,124 (mu) and +-32,256 (A), as in
ITU-T G.191. Conceals nothing and measures nothing.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

RATE = 8000  # samples a second, for both laws
BIAS = 0x84  # mu-law: 33 steps of the 14-bit scale, so that each segment starts at a power of two
EVEN_BITS = 0x55  # A-law inverts every other bit on the line (G.711, table 1a)


class Law(IntEnum):
    """The static RTP payload types (RFC 3551, table 4)."""

    PCMU = 0
    PCMA = 8


SILENCE = {Law.PCMU: 0xFF, Law.PCMA: 0xD5}  # the octet of the smallest positive sample


def _mu_to_linear() -> Samples:
    code = ~np.arange(256) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + BIAS) << ((code & 0x70) >> 4)) - BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _a_to_linear() -> Samples:
    code = np.arange(256) ^ EVEN_BITS
    segment = (code & 0x70) >> 4
    step = ((code & 0x0F) << 4) + 8
    magnitude = np.where(segment == 0, step, (step + 0x100) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _segment(magnitude: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which segment holds a magnitude: the place of its highest bit, 7 being that of segment 0."""
    bounds = np.array([1 << bit for bit in range(8, 15)])
    return np.searchsorted(bounds, magnitude, side="right").astype(np.int64)


def _linear_to_mu() -> NDArray[np.uint8]:
    sample = np.arange(65_536).astype(np.uint16).view(np.int16).astype(np.int64)
    # The ones' complement for negatives (G.191): -1 is the negative zero of the line.
    magnitude = np.minimum(np.where(sample < 0, ~sample, sample), 32_635) + BIAS
    segment = _segment(magnitude)
    code = (segment << 4) | ((magnitude >> (segment + 3)) & 0x0F) | np.where(sample < 0, 0x80, 0)
    return (~code & 0xFF).astype(np.uint8)


def _linear_to_a() -> NDArray[np.uint8]:
    sample = np.arange(65_536).astype(np.uint16).view(np.int16).astype(np.int64)
    magnitude = np.where(sample < 0, ~sample, sample)
    segment = _segment(magnitude)
    step = (magnitude >> (np.maximum(segment, 1) + 3)) & 0x0F
    code = (segment << 4) | step | np.where(sample < 0, 0, 0x80)
    return np.asarray(code ^ EVEN_BITS, np.uint8)


@cache
def _to_linear(law: Law) -> Samples:
    """256 samples."""
    return _mu_to_linear() if law is Law.PCMU else _a_to_linear()


@cache
def _from_linear(law: Law) -> NDArray[np.uint8]:
    """By the 16 bits of the sample."""
    return _linear_to_mu() if law is Law.PCMU else _linear_to_a()


def decode(octets: bytes, law: Law) -> Samples:
    """One sample for each octet."""
    return _to_linear(law).take(np.frombuffer(octets, np.uint8))


def decode_all(octets: NDArray[np.uint8], law: Law) -> Samples:
    """The same of any shape."""
    return _to_linear(law).take(octets)


def encode(samples: Samples, law: Law) -> bytes:
    """One octet for each sample."""
    return _from_linear(law).take(samples.view(np.uint16)).tobytes()
