"""What is kept of one call's audio: blocks added up, for each tone, from a sender's own frequency.

Integers, one call. Written in the part of Python that numba compiles.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .layout import (
    BASE,
    BEHIND,
    BLOCKS,
    COARSE,
    ENERGY,
    FIRST,
    FRAME,
    HUSHED,
    IDLE,
    KEPT,
    LANES,
    MARK_IM,
    MARK_RE,
    NEVER,
    NOW,
    ON,
    PATHS,
    PRESENT,
    ROOM,
    SAMPLES,
    SCORES,
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
NO_PATH: Final = np.int32(NEVER)
ASLEEP_AFTER: Final = 32  # frames: by then all that was heard before is decided


def take(samples: NDArray[np.int16], lost: NDArray[np.bool_], heard: Short) -> int:
    """A frame of 160 samples into `heard`, what is lost as nothing; its energy."""
    for place in range(FRAME):
        heard[place] = samples[place]
    if is_missing(lost):
        for place in range(FRAME):
            if lost[place]:
                heard[place] = 0
    total = 0
    for place in range(FRAME):
        total += int(heard[place]) * int(heard[place])
    return total


def is_missing(lost: NDArray[np.bool_]) -> bool:
    """Whether anything of a frame is lost."""
    missing = False
    for place in range(FRAME):
        missing |= bool(lost[place])
    return missing


def blocks_of(
    heard: Short, lost: NDArray[np.bool_], references: Short, turned: Short, blocks: Short
) -> None:
    """One frame of 160 samples as `blocks` [SUMS, LANES]; what is lost counts as nothing.
    `references` [4, 8 LANES], `turned` [8 LANES], which is room: what is done to every block is
    done to several at once, so it stands side by side."""
    for one in range(BLOCKS):
        for place in range(SAMPLES):
            turned[LANES * place + one] = heard[SAMPLES * one + place]
    for row in range(4):
        reference = references[row]
        tone = blocks[row]
        for one in range(LANES):
            total = np.int32(0)  # eight products of 15 and 12 bits
            for place in range(SAMPLES):
                at = LANES * place + one
                total = np.int32(total + turned[at] * reference[at])
            tone[one] = total >> COARSE
    energy = blocks[ENERGY]
    present = blocks[PRESENT]
    for one in range(LANES):
        total = np.int32(0)
        for place in range(SAMPLES):
            x = turned[LANES * place + one]
            total = np.int32(total + (np.int32(x * x) >> 3))
        energy[one] = total
        present[one] = SAMPLES
    if is_missing(lost):
        for place in range(FRAME):
            present[place // SAMPLES] -= 1 if lost[place] else 0


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
        below = sums[row, cut] if row < ENERGY else np.int32(0)
        old = sums[row, cut : cut + KEPT + 1]
        new = sums[row, : KEPT + 1]
        for column in range(KEPT + 1):
            new[column] = old[column] - below
    for reading in range(whole[FIRST], whole[BEHIND]):
        p = paths[reading]
        gained = p[IDLE, at]
        for row in range(PATHS):
            old = p[row, cut : cut + KEPT + 1]
            new = p[row, : KEPT + 1]
            if row >= SCORES:
                for column in range(KEPT + 1):
                    new[column] = max(np.int32(old[column] - gained), NO_PATH)
            else:
                for column in range(KEPT + 1):
                    new[column] = old[column]
    whole[BASE] += cut


def append(sums: Short, whole: Ints, blocks: Short) -> None:
    """Twenty blocks [SUMS, 20], turned to the sender's frequency and added to what came before."""
    at = whole[NOW] - whole[BASE]
    for row in range(SUMS):
        new = sums[row, at + 1 : at + BLOCKS + 1]
        come = blocks[row]
        for one in range(len(new)):
            new[one] = come[one]
    if whole[STEP_MARK] != 0:
        turn(sums, MARK_RE, MARK_IM, at, whole[NOW], whole[STEP_MARK])
        turn(sums, SPACE_RE, SPACE_IM, at, whole[NOW], whole[STEP_SPACE])
    for row in range(ENERGY):
        total = sums[row, at]
        new = sums[row, at + 1 : at + BLOCKS + 1]
        for one in range(BLOCKS):
            total += new[one]
            new[one] = total
    whole[NOW] += BLOCKS


def turn(sums: Short, re_row: int, im_row: int, at: int, now: int, step: int) -> None:
    """Twenty blocks behind column `at`, not added up yet, by `step` for each ms since the first."""
    first = sums[re_row, at + 1 : at + BLOCKS + 1]
    second = sums[im_row, at + 1 : at + BLOCKS + 1]
    for one in range(BLOCKS):
        place = (((now + one) * step) >> 22) & 1023
        re = int(first[one])
        im = int(second[one])
        c = COSINE[place]
        s = SINE[place]
        first[one] = (re * c + im * s) >> 14
        second[one] = (im * c - re * s) >> 14


def added_up(sums: Short, row: int, start: int, end: int) -> int:
    """Energy in 8ths, or samples that arrived, from column `start` to `end`."""
    total = 0
    for column in range(start + 1, end + 1):
        total += int(sums[row, column])
    return total
