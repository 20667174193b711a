"""What the next frame of a call will work on, called from memory while another call is heard,
in parts, because a processor waits for a few only at a time. With
thousands of calls nothing of one is left in the processor's caches after 20 ms.

Decides nothing. Written in the part of Python that numba compiles.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .hearing import ASLEEP_AFTER
from .layout import (
    BASE,
    BASIS,
    BEGAN,
    BEHIND,
    BIT_BLOCKS,
    BLOCKS,
    ENDED,
    ENERGY,
    FIRST,
    FRAME,
    FROM,
    HUSHED,
    IDLE,
    LANES,
    LAST,
    NOW,
    OPEN,
    PARTS_OF_READING,
    POWER,
    PRESENT,
    READING,
    READING_SIZE,
    SOFT,
    STRONG,
    WEAK,
    Floats,
    Ints,
    Short,
)

LINE: Final = 64  # octets that come at once
OF_SHORT: Final = LINE // 4
OF_INTS: Final = LINE // 8


def fetch(row: NDArray[Any], place: int) -> None:
    """`row` will soon be needed around `place`. As machine code one order to the processor."""


def foresee_state(whole: Ints) -> None:
    """Before all others, which read it."""
    for place in range(0, READING, OF_INTS):
        fetch(whole, place)


def foresee_samples(samples: NDArray[np.int16], lost: NDArray[np.bool_]) -> None:
    """What will be heard."""
    for place in range(0, FRAME, LINE // 2):
        fetch(samples, place)
    for place in range(0, FRAME, LINE):
        fetch(lost, place)


def foresee_tone(sums: Short, whole: Ints, row: int) -> None:
    """To what is heard of a tone it is added. Of a call that sleeps nothing is needed."""
    if whole[HUSHED] > ASLEEP_AFTER:
        return
    at = whole[NOW] - whole[BASE]
    for part in range(row, row + 2):
        tone = sums[part]
        for column in range(at - BIT_BLOCKS[0], at + LANES + OF_SHORT, OF_SHORT):
            fetch(tone, column)


def foresee_softness(sums: Short, paths: Short, whole: Ints) -> None:
    """What is found of the bits that end in the frame, and of its energy."""
    if whole[HUSHED] > ASLEEP_AFTER:
        return
    at = whole[NOW] - whole[BASE]
    for part in (ENERGY, PRESENT):
        fetch(sums[part], at + 1)
        fetch(sums[part], at + BLOCKS)
    for reading in range(whole[FIRST], whole[BEHIND]):
        p = paths[reading]
        for row in (SOFT, STRONG, WEAK):
            fetch(p[row], at)
            fetch(p[row], at + OF_SHORT)
            fetch(p[row], at + LANES)


def foresee_open(paths: Short, whole: Ints) -> None:
    """Characters that may have begun."""
    if whole[HUSHED] > ASLEEP_AFTER:
        return
    at = whole[NOW] - whole[BASE]
    for reading in range(whole[FIRST], whole[BEHIND]):
        opened = paths[reading, OPEN]
        long = 7 * BIT_BLOCKS[reading]
        for column in range(at - long, at + LANES + OF_SHORT, OF_SHORT):
            fetch(opened, column)


def foresee_places(paths: Short, whole: Ints) -> None:
    """Where they begin and end."""
    if whole[HUSHED] > ASLEEP_AFTER:
        return
    at = whole[NOW] - whole[BASE]
    for reading in range(whole[FIRST], whole[BEHIND]):
        p = paths[reading]
        for row in (FROM, LAST, ENDED, IDLE, BASIS):
            fetch(p[row], at)
            fetch(p[row], at + OF_SHORT)
            fetch(p[row], at + BLOCKS)


def foresee_cadence(paths: Short, whole: Ints, parts: Floats) -> None:
    """What is known of a sender."""
    if whole[HUSHED] > ASLEEP_AFTER:
        return
    at = whole[NOW] - whole[BASE]
    for reading in range(whole[FIRST], whole[BEHIND]):
        place = READING + READING_SIZE * reading
        fetch(whole, place)
        fetch(whole, place + OF_INTS)
        fetch(whole, place + BEGAN)
        fetch(paths[reading, FROM], min(max(whole[place + BEGAN] - whole[BASE], 0), at))
        fetch(parts, reading * PARTS_OF_READING + POWER)
