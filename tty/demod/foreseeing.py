"""What the next frame of a call will work on, called from memory while another call is heard. With
thousands of calls nothing of one is left in the processor's caches after 20 ms.

Decides nothing. Written in the part of Python that numba compiles.
"""

from __future__ import annotations

from typing import Final

from .hearing import ASLEEP_AFTER
from .layout import (
    BASE,
    BASIS,
    BEHIND,
    BIT_BLOCKS,
    BLOCKS,
    ENDED,
    ENERGY,
    FIRST,
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
    SOFT,
    STRONG,
    WEAK,
    WHOLES,
    Floats,
    Ints,
    Short,
)

LINE: Final = 64  # octets that come at once
OF_SHORT: Final = LINE // 4
OF_INTS: Final = LINE // 8


def fetch(row: Short | Ints | Floats, place: int) -> None:
    """`row` will soon be needed around `place`. As machine code one order to the processor."""


def foresee_state(whole: Ints) -> None:
    """Before `foresee`, which reads it."""
    for place in range(0, WHOLES, OF_INTS):
        fetch(whole, place)


def foresee(sums: Short, paths: Short, whole: Ints, parts: Floats) -> None:
    """All that a frame surely works on, unless the call sleeps."""
    if whole[HUSHED] > ASLEEP_AFTER:
        return
    at = whole[NOW] - whole[BASE]
    for row in range(ENERGY):
        tone = sums[row]
        for column in range(at - BIT_BLOCKS[0], at + LANES + OF_SHORT, OF_SHORT):
            fetch(tone, column)
    for row in (ENERGY, PRESENT):
        fetch(sums[row], at + 1)
        fetch(sums[row], at + BLOCKS)
    for reading in range(whole[FIRST], whole[BEHIND]):
        p = paths[reading]
        for row in (SOFT, STRONG, WEAK, FROM, LAST, ENDED, IDLE, BASIS):
            fetch(p[row], at)
            fetch(p[row], at + BLOCKS)
        opened = p[OPEN]
        for column in range(at - 7 * BIT_BLOCKS[0] + BLOCKS, at + LANES + OF_SHORT, OF_SHORT):
            fetch(opened, column)
        fetch(parts, reading * PARTS_OF_READING + POWER)
