"""Somebody speaks: energy well above what the line has when it is quiet, not in the two tones, and
never steady for long, as syllables are. Tones of machines are steady, or they come and go at once.

Integers, one call. Written in the part of Python that numba compiles.
"""

from __future__ import annotations

from typing import Final

from .layout import (
    BASE,
    BEFORE,
    BLOCKS,
    ENERGY,
    FLOOR,
    LIVELY,
    LULL,
    MARK_IM,
    MARK_RE,
    NOW,
    SPACE_IM,
    SPACE_RE,
    SPEAKING,
    TYPED_AT,
    WAITING,
    Ints,
    Short,
)

PART: Final = 5  # blocks in which both tones are whole and neither is heard in the other
# The sums of a tone over a part, squared, are so many times the part's energy (in 8ths).
TONE_SHARE: Final = 10240
FLOOR_MIN: Final = 160 * 12 * 12 // 8  # energy of a frame in 8ths: -63 dBm0
FLOOR_RISES: Final = 6  # by 1/64 a frame, twofold in a second: a steady noise is soon no news
LOUD: Final = 6  # times the floor
UNSTEADY: Final = 4  # a frame's energy differs by a quarter from that of the one before
GAIN: Final = 3  # of a lively frame
PRICE: Final = 2  # of any other: keys that are dialled are lively once in three frames
BEGINS: Final = 30  # ten lively frames, 200 ms, at the least
LIVELY_MAX: Final = 60
ENDS: Final = 25  # frames without a lively one: 500 ms
TYPED_WITHIN: Final = 500  # ms after a character nobody speaks


def in_tones(sums: Short, at: int) -> int:
    """How much of the last frame's energy is in the two tones, as `TONE_SHARE` times 8ths."""
    total = 0
    for part in range(BLOCKS // PART):
        end = at - part * PART
        for row in (MARK_RE, MARK_IM, SPACE_RE, SPACE_IM):
            heard = int(sums[row, end] - sums[row, end - PART])
            total += heard * heard
    return total


def voice(sums: Short, whole: Ints) -> int:
    """1: somebody begins to speak in the frame that has just ended, -1: nobody does any more."""
    at = whole[NOW] - whole[BASE]
    energy = 0
    energies = sums[ENERGY, at - BLOCKS + 1 : at + 1]
    for one in range(BLOCKS):
        energy += int(energies[one])
    loud = energy > LOUD * whole[FLOOR]
    if whole[FLOOR] == 0 or energy < whole[FLOOR]:
        whole[FLOOR] = max(energy, FLOOR_MIN)
    else:
        whole[FLOOR] += (whole[FLOOR] >> FLOOR_RISES) + 1
    before = whole[BEFORE]
    whole[BEFORE] = energy
    typed = whole[WAITING] == 1 or whole[NOW] - whole[TYPED_AT] < TYPED_WITHIN
    unsteady = UNSTEADY * abs(energy - before) > min(energy, before)
    lively = loud and unsteady and not typed and 2 * in_tones(sums, at) < TONE_SHARE * energy
    return said(whole, lively, typed)


def said(whole: Ints, lively: bool, typed: bool) -> int:
    """As `voice`, from what the frame was like."""
    if lively:
        whole[LIVELY] = min(whole[LIVELY] + GAIN, LIVELY_MAX)
        whole[LULL] = 0
    else:
        whole[LIVELY] = max(whole[LIVELY] - PRICE, 0)
        whole[LULL] += 1
    if whole[SPEAKING] == 0 and whole[LIVELY] >= BEGINS:
        whole[SPEAKING] = 1
        return 1
    if whole[SPEAKING] == 1 and (typed or whole[LULL] >= ENDS):
        whole[SPEAKING] = 0
        whole[LIVELY] = 0
        return -1
    return 0
