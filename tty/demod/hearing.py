"""What is kept of one call's audio: blocks added up, for each tone, from a sender's own frequency.

Integers, one call. Written in the part of Python that numba compiles.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .layout import (
    BASE,
    BLOCKS,
    ENERGY,
    KEPT,
    MARK_IM,
    MARK_RE,
    NOW,
    PATHS,
    PRESENT,
    ROOM,
    SAMPLES,
    SPACE_IM,
    SPACE_RE,
    STEP_MARK,
    STEP_SPACE,
    SUMS,
    Ints,
)
from .tuning import COSINE, SINE


def blocks_of(
    samples: NDArray[np.int16], lost: NDArray[np.bool_], references: Ints, blocks: Ints
) -> None:
    """One frame of 160 samples as blocks [SUMS, 20]; what is lost counts as nothing."""
    for one in range(BLOCKS):
        for row in range(SUMS):
            blocks[row, one] = 0
        for place in range(SAMPLES * one, SAMPLES * (one + 1)):
            if not lost[place]:
                heard = np.int64(samples[place])
                for row in range(4):
                    blocks[row, one] += heard * references[row, place]
                blocks[ENERGY, one] += heard * heard
                blocks[PRESENT, one] += 1


def compact(sums: Ints, paths: Ints, whole: Ints) -> None:
    """Make room for another frame."""
    at = whole[NOW] - whole[BASE]
    if at + BLOCKS < ROOM:
        return
    cut = at - KEPT
    for row in range(SUMS):
        for column in range(KEPT + 1):
            sums[row, column] = sums[row, column + cut]
    for reading in range(paths.shape[0]):
        for row in range(PATHS):
            for column in range(KEPT + 1):
                paths[reading, row, column] = paths[reading, row, column + cut]
    whole[BASE] += cut


def append(sums: Ints, whole: Ints, blocks: Ints) -> None:
    """Twenty blocks [SUMS, 20], turned to the sender's frequency and added to what came before."""
    at = whole[NOW] - whole[BASE]
    for one in range(BLOCKS):
        for tone in range(2):
            re = blocks[MARK_RE if tone == 0 else SPACE_RE, one]
            im = blocks[MARK_IM if tone == 0 else SPACE_IM, one]
            step = whole[STEP_MARK] if tone == 0 else whole[STEP_SPACE]
            if step != 0:
                place = (((whole[NOW] + one) * step) >> 22) & 1023
                c = COSINE[place]
                s = SINE[place]
                re, im = (re * c + im * s) >> 14, (im * c - re * s) >> 14
            row = MARK_RE if tone == 0 else SPACE_RE
            sums[row, at + one + 1] = sums[row, at + one] + re
            row = MARK_IM if tone == 0 else SPACE_IM
            sums[row, at + one + 1] = sums[row, at + one] + im
        sums[ENERGY, at + one + 1] = sums[ENERGY, at + one] + blocks[ENERGY, one]
        sums[PRESENT, at + one + 1] = sums[PRESENT, at + one] + blocks[PRESENT, one]
    whole[NOW] += BLOCKS
