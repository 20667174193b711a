"""The line's level, its carrier, and how far the sender's tones are off. Integers, one call.

Both tones are taken to be off by the same share, as a sender's clock makes them. Written in the
part of Python that numba compiles.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .layout import (
    BANK,
    BASE,
    BLOCKS,
    ENERGY,
    HEARD,
    KEPT,
    MARK_IM,
    MARK_RE,
    NOW,
    OFFSETS,
    ON,
    PRESENT,
    SAMPLES,
    SPACE_IM,
    SPACE_RE,
    STEADY,
    STEP_MARK,
    STEP_SPACE,
    TONES,
    Floats,
    Ints,
    Short,
)

SPACING_HZ: Final = 14.0  # of the bank, 1 % of mark
_ANGLE = 2 * np.pi * (np.arange(1024) + 0.5) / 1024
COSINE: NDArray[np.int64] = np.rint(np.cos(_ANGLE) * (1 << 14)).astype(np.int64)
SINE: NDArray[np.int64] = np.rint(np.sin(_ANGLE) * (1 << 14)).astype(np.int64)
_OFF = 2 * np.pi * SPACING_HZ / 1000 * np.outer(np.arange(OFFSETS) - 3, np.arange(BLOCKS))
BANK_COSINE: Short = np.rint(np.cos(_OFF) * 1024).astype(np.int32)
BANK_SINE: Short = np.rint(np.sin(_OFF) * 1024).astype(np.int32)

# A tone's power over 20 ms is 80 times its energy. White noise of the same energy gives 1.
PURE: Final = 80
ON_SHARE: Final = 16  # a carrier is 1/16 of all energy or more, which is about 8 dB Eb/N0
OFF_SHARE: Final = 28
ON_FRAMES: Final = 4
OFF_FRAMES: Final = 5
ENERGY_MIN: Final = 160 * 30 * 30  # of a frame: below -60 dBm0 nothing is a carrier
TRUSTED_HZ: Final = 3.0  # an offset below it may be noise


def power_of(re: int, im: int) -> int:
    """Of a correlation over 20 ms, where a pure tone gives 80 times the energy."""
    return (re * re + im * im) >> 6


def follow(sums: Short, whole: Ints) -> bool:
    """The frame's share of tones, followed. Returns whether there was enough of the frame."""
    at = whole[NOW] - whole[BASE]
    arrived = 0
    energy = 0
    energies = sums[ENERGY, at - BLOCKS + 1 : at + 1]
    present = sums[PRESENT, at - BLOCKS + 1 : at + 1]
    for one in range(BLOCKS):
        arrived += int(present[one])
        energy += int(energies[one])
    if arrived < BLOCKS * SAMPLES // 2:
        return False
    energy *= 8
    mark = power_of(
        int(sums[MARK_RE, at] - sums[MARK_RE, at - BLOCKS]),
        int(sums[MARK_IM, at] - sums[MARK_IM, at - BLOCKS]),
    )
    space = power_of(
        int(sums[SPACE_RE, at] - sums[SPACE_RE, at - BLOCKS]),
        int(sums[SPACE_IM, at] - sums[SPACE_IM, at - BLOCKS]),
    )
    whole[HEARD] += (energy - whole[HEARD]) >> 2
    whole[TONES] += (max(mark, space) - whole[TONES]) >> 2
    return True


def fill_bank(whole: Ints, blocks: Short) -> None:
    """The power of mark at each offset."""
    real = blocks[MARK_RE, :BLOCKS]
    imaginary = blocks[MARK_IM, :BLOCKS]
    for offset in range(OFFSETS):
        cosine = BANK_COSINE[offset]
        sine = BANK_SINE[offset]
        re = 0
        im = 0
        for one in range(len(real)):
            re += int(real[one]) * int(cosine[one]) + int(imaginary[one]) * int(sine[one])
            im += int(imaginary[one]) * int(cosine[one]) - int(real[one]) * int(sine[one])
        power = (re >> 13) * (re >> 13) + (im >> 13) * (im >> 13)
        whole[BANK + offset] += (power - whole[BANK + offset]) >> 2


def carrier(whole: Ints) -> int:
    """1: a carrier has come, -1: it has gone, 0: as before."""
    heard = max(whole[HEARD], ENERGY_MIN) * PURE
    if whole[ON] == 0:
        loudest = 0
        for offset in range(OFFSETS):
            loudest = max(loudest, whole[BANK + offset])
        whole[STEADY] = whole[STEADY] + 1 if loudest * ON_SHARE > heard else 0
        if whole[STEADY] >= ON_FRAMES:
            return 1
        return 0
    whole[STEADY] = whole[STEADY] + 1 if whole[TONES] * OFF_SHARE < heard else 0
    if whole[STEADY] < OFF_FRAMES:
        return 0
    for offset in range(OFFSETS):
        whole[BANK + offset] = 0  # as loud as the carrier that has gone: it would come again
    return -1


def offset_of(sums: Short, whole: Ints, pieces: Floats) -> float:
    """By how many Hz the mark of the last 100 ms is off 1400, once a carrier has come. `pieces`:
    room for twenty numbers."""
    best = 0
    for offset in range(OFFSETS):
        # Nominal unless something else is clearly louder.
        handicap = 4 if offset == 3 else 3
        if whole[BANK + offset] * handicap > whole[BANK + best] * (4 if best == 3 else 3):
            best = offset
    tuned = whole[STEP_MARK] / 4294967.296
    hz = SPACING_HZ * (best - 3)
    at = whole[NOW] - whole[BASE]
    for lag in (1, 4):
        for piece in range(10):
            pieces[piece] = 0.0
            pieces[10 + piece] = 0.0
            for one in range(at - 100 + 10 * piece, at - 90 + 10 * piece):
                re = float(sums[MARK_RE, one + 1] - sums[MARK_RE, one])
                im = float(sums[MARK_IM, one + 1] - sums[MARK_IM, one])
                angle = 2 * math.pi * (hz - tuned) * (one - at) / 1000
                c = math.cos(angle)
                s = math.sin(angle)
                pieces[piece] += re * c + im * s
                pieces[10 + piece] += im * c - re * s
        re = 0.0
        im = 0.0
        for piece in range(10 - lag):
            re += pieces[piece + lag] * pieces[piece]
            re += pieces[10 + piece + lag] * pieces[10 + piece]
            im += pieces[10 + piece + lag] * pieces[piece]
            im -= pieces[piece + lag] * pieces[10 + piece]
        hz += math.atan2(im, re) / (2 * math.pi * 0.01 * lag)
    if abs(hz) < TRUSTED_HZ or power_at(sums, whole, hz) < 2.0 * power_at(sums, whole, 0.0):
        return 0.0
    return hz


def power_at(sums: Short, whole: Ints, hz: float) -> float:
    """The power of the last 80 ms at `hz` off mark: an estimate that a phase has slipped under
    explains less than none."""
    tuned = whole[STEP_MARK] / 4294967.296
    at = whole[NOW] - whole[BASE]
    x = 0.0
    y = 0.0
    for one in range(at - 80, at):
        re = float(sums[MARK_RE, one + 1] - sums[MARK_RE, one])
        im = float(sums[MARK_IM, one + 1] - sums[MARK_IM, one])
        angle = 2 * math.pi * (hz - tuned) * (one - at) / 1000
        c = math.cos(angle)
        s = math.sin(angle)
        x += re * c + im * s
        y += im * c - re * s
    return x * x + y * y


def retune(sums: Short, whole: Ints, hz: float) -> None:
    """Turn everything that is kept, and all that comes, to a sender that is `hz` off at mark."""
    mark = round(hz * 4294967.296)
    space = mark * 9 // 7
    for tone in range(2):
        re_row = MARK_RE if tone == 0 else SPACE_RE
        im_row = MARK_IM if tone == 0 else SPACE_IM
        step = mark - whole[STEP_MARK] if tone == 0 else space - whole[STEP_SPACE]
        at = whole[NOW] - whole[BASE]
        first = max(at - KEPT, 0)
        old_re = sums[re_row, first]
        old_im = sums[im_row, first]
        for one in range(first, at):
            re = sums[re_row, one + 1] - old_re
            im = sums[im_row, one + 1] - old_im
            old_re = sums[re_row, one + 1]
            old_im = sums[im_row, one + 1]
            place = (((whole[BASE] + one) * step) >> 22) & 1023
            c = COSINE[place]
            s = SINE[place]
            sums[re_row, one + 1] = sums[re_row, one] + ((re * c + im * s) >> 14)
            sums[im_row, one + 1] = sums[im_row, one] + ((im * c - re * s) >> 14)
    whole[STEP_MARK] = mark
    whole[STEP_SPACE] = space
