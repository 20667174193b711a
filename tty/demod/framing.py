"""The framing of characters: one call, 20 ms at a time. Integers only, so that every way to run it
gives the same.

Written in the part of Python that numba compiles.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .layout import (
    BASE,
    BASIS,
    BLOCKS,
    COMMITTED,
    ENDED,
    ENERGY,
    FROM,
    GAP,
    HITS,
    IDLE,
    KEPT,
    LAST,
    LEVEL,
    MARK_IM,
    MARK_RE,
    NEVER,
    NOW,
    OPEN,
    PATHS,
    PLACE,
    PRESENT,
    ROOM,
    SOFT,
    SPACE_IM,
    SPACE_RE,
    STRONG,
    SUMS,
    WEAK,
)

Ints = NDArray[np.int64]

UNIT: Final = 256  # a clean bit's soft value; about 20 nats at 10 dB
CLIP: Final = 384
ANYWHERE: Final = 118  # what a character costs that begins where none was expected
EXPECTED: Final = 50  # ... and where the sender's cadence puts it
NEARLY: Final = 75  # ... 1 ms beside
LEVEL_MIN: Final = 40 * 4096 * 88 >> 6  # a bit of amplitude 40 of 32767, about -55 dBm0
LAG: Final = 180  # ms after its stop bit a character is decided
SAME: Final = 3  # ms that two paths may differ and still mean one character


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
    """Twenty blocks [row, 20], added to what came before."""
    at = whole[NOW] - whole[BASE]
    for row in range(SUMS):
        for one in range(BLOCKS):
            sums[row, at + one + 1] = sums[row, at + one] + blocks[row, one]


def soften(sums: Ints, paths: Ints, reading: int, whole: Ints, bit: int) -> None:
    """Magnitudes and soft values of the twenty bits that end in this frame."""
    at = whole[NOW] - whole[BASE]
    total = 0
    for one in range(at + 1, at + BLOCKS + 1):
        re = float(sums[MARK_RE, one] - sums[MARK_RE, one - bit])
        im = float(sums[MARK_IM, one] - sums[MARK_IM, one - bit])
        mark = int(math.sqrt(re * re + im * im)) >> 6
        re = float(sums[SPACE_RE, one] - sums[SPACE_RE, one - bit])
        im = float(sums[SPACE_IM, one] - sums[SPACE_IM, one - bit])
        space = int(math.sqrt(re * re + im * im)) >> 6
        strong = max(mark, space)
        paths[reading, STRONG, one] = strong
        paths[reading, WEAK, one] = mark + space - strong
        paths[reading, SOFT, one] = mark - space
        total += strong
    level = whole[LEVEL]
    if reading == 0:
        mean = total // BLOCKS
        level += (mean - level) // (2 if mean > level else 6)
        level = max(level, LEVEL_MIN)
        whole[LEVEL] = level
    for one in range(at + 1, at + BLOCKS + 1):
        soft = paths[reading, SOFT, one] * UNIT // level
        paths[reading, SOFT, one] = min(max(soft, -CLIP), CLIP)


def extend(p: Ints, whole: Ints, state: Ints, bit: int) -> None:
    """The best paths to each of the twenty positions of this frame."""
    at = whole[NOW] - whole[BASE]
    base = whole[BASE]
    for one in range(at + 1, at + BLOCKS + 1):
        soft = p[SOFT, one]
        gain = max(0, -soft)
        p[OPEN, one - bit] -= soft
        for k in range(2, 7):
            p[OPEN, one - k * bit] += gain
        begin(p, base, state, one, p[OPEN, one - 7 * bit])
        p[OPEN, one] = p[BASIS, one]


def begin(p: Ints, base: int, state: Ints, one: int, ended: int) -> None:
    """What can be at column `one`: a character that ends with score `ended`, mark, a start bit."""
    p[ENDED, one] = ended
    if ended > p[IDLE, one - 1]:
        p[IDLE, one] = ended
        p[LAST, one] = base + one
    else:
        p[IDLE, one] = p[IDLE, one - 1]
        p[LAST, one] = p[LAST, one - 1]
    best = p[IDLE, one] - ANYWHERE
    before = p[LAST, one]
    if state[HITS] >= 3:
        gap = (state[GAP] + 32) >> 6
        for off in range(-1, 2):
            end = one - gap - off
            if end > one:
                continue
            score = p[ENDED, end] - (EXPECTED if off == 0 else NEARLY)
            if score > best:
                best = score
                before = base + end
    p[BASIS, one] = best
    p[FROM, one] = before


def prune(p: Ints, whole: Ints, state: Ints, bit: int, end: int) -> None:
    """Only paths on which a character ended at `end`, or nearly there, go on."""
    base = whole[BASE]
    at = whole[NOW] - base
    first = end - base - SAME
    for one in range(first - 7 * bit, first):
        p[ENDED, one] = NEVER
    for one in range(first - 7 * bit + 2 * SAME + 1, first):
        p[OPEN, one] = NEVER
        p[BASIS, one] = NEVER
    p[IDLE, first - 1] = NEVER
    p[LAST, first - 1] = NEVER
    for one in range(first, at + 1):
        gained = p[OPEN, one] - p[BASIS, one]
        begin(p, base, state, one, p[OPEN, one - 7 * bit])
        p[OPEN, one] = p[BASIS, one] + gained


def first_of(p: Ints, base: int, end: int, committed: int, long: int) -> int:
    """The first undecided character's end on the path whose last one ended at `end`; NEVER: none."""
    if end <= committed + SAME:
        return NEVER
    while p[FROM, end - long - base] > committed + SAME:
        end = p[FROM, end - long - base]
    return end


def next_end(p: Ints, whole: Ints, state: Ints, bit: int, due: int, margin: int) -> int:
    """The end of the next character that may be decided now: one that is `due` ms old, or that all
    paths agree on that are not `margin` worse. NEVER: none."""
    base = whole[BASE]
    at = whole[NOW] - base
    long = 7 * bit
    committed = state[COMMITTED]
    best = p[IDLE, at]
    last = p[LAST, at]
    for one in range(at - long + 1, at - bit + 1):
        if p[OPEN, one] > best:
            best = p[OPEN, one]
            last = p[FROM, one]
    chosen = first_of(p, base, last, committed, long)
    if chosen == NEVER:
        return NEVER
    if whole[NOW] - chosen >= due:
        return chosen
    if p[IDLE, at] > best - margin:
        if abs(first_of(p, base, p[LAST, at], committed, long) - chosen) > SAME:
            return NEVER
    for one in range(at - long + 1, at - bit + 1):
        if p[OPEN, one] > best - margin:
            if abs(first_of(p, base, p[FROM, one], committed, long) - chosen) > SAME:
                return NEVER
    return chosen


def learn(state: Ints, start: int) -> None:
    """What the gap between two characters says about the sender's cadence."""
    gap = (start - state[COMMITTED]) * 64
    if gap < -128 or gap > 64 * 64:
        state[HITS] = max(state[HITS] - 1, 0)
        return
    if state[GAP] >= 0 and abs(gap - state[GAP]) <= 160:
        state[GAP] += (gap - state[GAP]) // 8
        state[HITS] = min(state[HITS] + 1, 8)
    elif state[HITS] <= 1:
        state[GAP] = max(gap, 0)
        state[HITS] = 1
    else:
        state[HITS] -= 1


def contrast_of(p: Ints, base: int, end: int, bit: int) -> float:
    """How far apart the tones are over one character's bits, -1 to 1: start and stop as they must
    be, the data bits as they are."""
    difference = 0
    total = 0
    for k in range(7):
        one = end - base - k * bit
        strong = p[STRONG, one]
        weak = p[WEAK, one]
        apart = strong - weak
        soft = p[SOFT, one]
        if (k == 0 and soft < 0) or (k == 6 and soft > 0):
            apart = -apart
        difference += apart
        total += strong + weak
    return difference / (total + 1)


def tick(
    sums: Ints,
    paths: Ints,
    whole: Ints,
    parts: NDArray[np.float64],
    blocks: Ints,
    events: Ints,
    sure: NDArray[np.float64],
    bits: Ints,
) -> int:
    """20 ms: `blocks` [row, 20]. How many of `events` and `sure` were written."""
    compact(sums, paths, whole)
    append(sums, whole, blocks)
    for reading in range(paths.shape[0]):
        soften(sums, paths, reading, whole, bits[reading])
        extend(paths[reading], whole, whole[16 + 16 * reading : 32 + 16 * reading], bits[reading])
    whole[NOW] += BLOCKS
    n = 0
    for reading in range(paths.shape[0]):
        bit = bits[reading]
        p = paths[reading]
        state = whole[16 + 16 * reading : 32 + 16 * reading]
        while True:
            end = next_end(p, whole, state, bit, LAG, 200)
            if end == NEVER:
                break
            start = end - 7 * bit
            contrast = contrast_of(p, whole[BASE], end, bit)
            learn(state, start)
            state[COMMITTED] = end
            prune(p, whole, state, bit, end)
            if contrast < 0.4:
                state[4] = 0
                continue
            state[4] += 1
            code = 0
            for k in range(5):
                if p[SOFT, end - whole[BASE] - (5 - k) * bit] > 0:
                    code |= 1 << k
            events[n, 0] = 1
            events[n, 1] = end * 8 - 1
            events[n, 2] = code
            sure[n] = contrast
            n += 1
    return n
