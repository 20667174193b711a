"""What is kept of one call's audio: blocks added up, for each tone, from a sender's own frequency.

Integers, one call. Written in the part of Python that numba compiles.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .layout import (
    BASE,
    BASIS,
    BEHIND,
    BLOCKS,
    COARSE,
    ENDED,
    ENERGY,
    FIRST,
    HUSHED,
    IDLE,
    KEPT,
    MARK_IM,
    MARK_RE,
    NEVER,
    NOW,
    ON,
    OPEN,
    PATHS,
    PRESENT,
    ROOM,
    SAMPLES,
    SPACE_IM,
    SPACE_RE,
    SPEAKING,
    STEP_MARK,
    STEP_SPACE,
    SUMS,
    WAITING,
    Ints,
    Short,
    clear,
)
from .tuning import COSINE, SINE

HUSH: Final = 160 * 20 * 20  # energy of a frame: below -58 dBm0 nothing is heard
ASLEEP_AFTER: Final = 32  # frames: by then all that was heard before is decided


def take(samples: NDArray[np.int16], lost: NDArray[np.bool_], heard: Short) -> int:
    """A frame of 160 samples into `heard`, what is lost as nothing; its energy."""
    total = 0
    for place in range(len(heard)):
        one = 0 if lost[place] else int(samples[place])
        heard[place] = one
        total += one * one
    return total


def blocks_of(heard: Short, lost: NDArray[np.bool_], references: Short, blocks: Short) -> None:
    """One frame of 160 samples as blocks [SUMS, 20]; what is lost counts as nothing."""
    for one in range(BLOCKS):
        a = 0
        b = 0
        c = 0
        d = 0
        energy = 0
        for place in range(SAMPLES * one, SAMPLES * (one + 1)):
            x = int(heard[place])
            a += x * references[MARK_RE, place]
            b += x * references[MARK_IM, place]
            c += x * references[SPACE_RE, place]
            d += x * references[SPACE_IM, place]
            energy += (x * x) >> 3
        blocks[MARK_RE, one] = a >> COARSE
        blocks[MARK_IM, one] = b >> COARSE
        blocks[SPACE_RE, one] = c >> COARSE
        blocks[SPACE_IM, one] = d >> COARSE
        blocks[ENERGY, one] = energy
        blocks[PRESENT, one] = SAMPLES
    missing = 0
    for at in range(BLOCKS * SAMPLES):
        missing += 1 if lost[at] else 0
    if missing > 0:
        for at in range(BLOCKS * SAMPLES):
            blocks[PRESENT, at // SAMPLES] -= 1 if lost[at] else 0


def sleeps(sums: Short, paths: Short, whole: Ints, energy: int) -> bool:
    """Whether this frame need not be heard: for long there has been nothing. Time goes on."""
    if energy >= HUSH:
        whole[HUSHED] = 0
        return False
    if whole[HUSHED] < ASLEEP_AFTER or whole[ON] + whole[WAITING] + whole[SPEAKING] > 0:
        whole[HUSHED] = min(whole[HUSHED] + 1, ASLEEP_AFTER)
        return False
    if whole[HUSHED] == ASLEEP_AFTER:
        whole[HUSHED] = ASLEEP_AFTER + 1
        hush(sums, paths, whole)
    whole[NOW] += BLOCKS
    whole[BASE] += BLOCKS
    return True


def hush(sums: Short, paths: Short, whole: Ints) -> None:
    """Nothing was there for as long as anything is kept."""
    sums[:] = 0
    sums[PRESENT] = SAMPLES
    for reading in range(whole[FIRST], whole[BEHIND]):
        clear(paths[reading], whole[NOW] - KEPT)


def compact(sums: Short, paths: Short, whole: Ints) -> None:
    """Make room for another frame, and keep sums and scores small."""
    at = whole[NOW] - whole[BASE]
    if at + BLOCKS < ROOM:
        return
    cut = at - KEPT
    for row in range(SUMS):
        below = sums[row, cut] if row < ENERGY else 0
        for column in range(KEPT + 1):
            sums[row, column] = sums[row, column + cut] - below
    for reading in range(whole[FIRST], whole[BEHIND]):
        p = paths[reading]
        gained = p[IDLE, at]
        for row in range(PATHS):
            if row in (OPEN, ENDED, IDLE, BASIS):
                for column in range(KEPT + 1):
                    p[row, column] = max(p[row, column + cut] - gained, NEVER)
            else:
                for column in range(KEPT + 1):
                    p[row, column] = p[row, column + cut]
    whole[BASE] += cut


def append(sums: Short, whole: Ints, blocks: Short) -> None:
    """Twenty blocks [SUMS, 20], turned to the sender's frequency and added to what came before."""
    at = whole[NOW] - whole[BASE]
    for tone in range(2):
        re_row = MARK_RE if tone == 0 else SPACE_RE
        im_row = MARK_IM if tone == 0 else SPACE_IM
        step = whole[STEP_MARK] if tone == 0 else whole[STEP_SPACE]
        for one in range(BLOCKS):
            re = blocks[re_row, one]
            im = blocks[im_row, one]
            if step != 0:
                place = (((whole[NOW] + one) * step) >> 22) & 1023
                c = COSINE[place]
                s = SINE[place]
                re, im = (re * c + im * s) >> 14, (im * c - re * s) >> 14
            sums[re_row, at + one + 1] = sums[re_row, at + one] + re
            sums[im_row, at + one + 1] = sums[im_row, at + one] + im
    for one in range(BLOCKS):
        sums[ENERGY, at + one + 1] = blocks[ENERGY, one]
        sums[PRESENT, at + one + 1] = blocks[PRESENT, one]
    whole[NOW] += BLOCKS


def added_up(sums: Short, row: int, start: int, end: int) -> int:
    """Energy in 8ths, or samples that arrived, from column `start` to `end`."""
    total = 0
    for column in range(start + 1, end + 1):
        total += int(sums[row, column])
    return total
