"""Where characters stand: the best path over every place they could have; one call.

A path is in mark, or in a character: a start bit in space, five bits, a stop bit. It gains where it
says space and space was heard, against the path that says mark all the time; a character costs more
where the sender's cadence does not expect one. Integers only, so that every way to run it gives the
same. Written in the part of Python that numba compiles; `vectors` says the same in numpy.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from .layout import (
    BASE,
    BASIS,
    BEGAN,
    BLOCKS,
    COARSE,
    COMMITTED,
    ENDED,
    FROM,
    GAP,
    HEARD,
    HITS,
    IDLE,
    LANES,
    LAST,
    LEVEL,
    LONG_AGO,
    MARK_IM,
    MARK_RE,
    NEVER,
    NOW,
    OPEN,
    OTHER,
    PLACE,
    RUN,
    SOFT,
    SPACE_IM,
    SPACE_RE,
    STRONG,
    TONES,
    WEAK,
    Ints,
    Short,
)
from .tuning import PURE

UNIT: Final = 256.0  # a clean bit's soft value; about 20 nats at 10 dB
CLIP: Final = 384
ANYWHERE: Final = 118  # what a character costs that begins where none was expected
CLEARLY: Final = 50  # ... before a cadence is known, on a clear line: under an echo a shift to
# letters, which has nothing but its start bit, gains less than 118
CLEAR_SHARE: Final = 3  # a third of all energy is in the tones: above some 17 dB
EXPECTED: Final = -20  # ... and where the sender's cadence puts it: stopping is the surprise
STEEP: Final = 25  # ... and for each ms beside that, squared
SURER: Final = 10  # what being anywhere costs more for each time the cadence held
FINE: Final = 4096  # of one ms: the cadence is kept that fine
SLIP_MAX: Final = 2 * FINE
FAR: Final = 1 << 30
HITS_KNOWN: Final = 3
HITS_MAX: Final = 8
LEVEL_MIN: Final = 40 * 4096 * 88 >> COARSE  # a bit of amplitude 40 of 32767, about -55 dBm0
LOOKED_BACK: Final = 280  # ms; what could have ended before is no question any more
CLIPPED: Final = np.int32(CLIP)
NOTHING: Final = np.int32(0)
SAME: Final = 3  # ms that two paths may differ and still mean one character


def soften(sums: Short, p: Short, whole: Ints, bit: int, leads: bool) -> None:
    """Magnitudes and soft values of the twenty bits that end in this frame. What stands behind
    them means nothing; its soft values are 0."""
    first = whole[NOW] - whole[BASE] - BLOCKS + 1
    strong = p[STRONG, first : first + LANES]
    weak = p[WEAK, first : first + LANES]
    soft = p[SOFT, first : first + LANES]
    loudness(sums[MARK_RE], sums[MARK_IM], first, bit, strong)
    loudness(sums[SPACE_RE], sums[SPACE_IM], first, bit, weak)
    for one in range(len(soft)):
        mark = strong[one]
        space = weak[one]
        soft[one] = mark - space
        strong[one] = max(mark, space)
        weak[one] = min(mark, space)
    if leads:
        total = 0
        for one in range(BLOCKS):
            total += int(strong[one])
        follow_level(whole, total // BLOCKS)
    level = float(whole[LEVEL])
    for one in range(len(soft)):
        # A fraction, because dividing integers is slow: it is the same one everywhere.
        soft[one] = min(max(np.int32(soft[one] * UNIT / level), -CLIPPED), CLIPPED)
    soft[BLOCKS:] = 0


def loudness(real: Short, imaginary: Short, first: int, bit: int, out: Short) -> None:
    """A tone's magnitude over the bits that end at columns `first` on, `out` [LANES or fewer].
    `real` and `imaginary`: its sums."""
    re_after = real[first : first + LANES]
    im_after = imaginary[first : first + LANES]
    re_before = real[first - bit : first - bit + LANES]
    im_before = imaginary[first - bit : first - bit + LANES]
    for one in range(len(out)):
        re = float(np.int32(re_after[one] - re_before[one]))
        im = float(np.int32(im_after[one] - im_before[one]))
        out[one] = np.int32(math.sqrt(re * re + im * im))


def follow_level(whole: Ints, mean: int) -> None:
    """Quickly up, within 100 ms down."""
    level = whole[LEVEL]
    if mean > level:
        level += (mean - level) // 2
    else:
        level += (mean - level) // 6
    whole[LEVEL] = max(level, LEVEL_MIN)


def extend(p: Short, whole: Ints, state: Ints, bit: int) -> None:
    """The best paths to each of the twenty positions of this frame."""
    first = whole[NOW] - whole[BASE] - BLOCKS + 1
    soft = p[SOFT, first : first + LANES]
    opened = p[OPEN, first - bit : first - bit + LANES]
    for one in range(len(soft)):
        opened[one] -= soft[one]
    for k in range(2, 7):
        opened = p[OPEN, first - k * bit : first - k * bit + LANES]
        for one in range(len(soft)):
            opened[one] -= min(soft[one], NOTHING)
    connect(p, whole, state, first, first + BLOCKS - 1, 7 * bit)
    opened = p[OPEN, first : first + BLOCKS]
    basis = p[BASIS, first : first + BLOCKS]
    for one in range(len(basis)):
        opened[one] = basis[one]


def surprise(whole: Ints, state: Ints) -> int:
    """What a character costs that begins where none was expected."""
    hits = int(state[HITS])
    clear = hits < HITS_KNOWN and CLEAR_SHARE * whole[TONES] > PURE * whole[HEARD]
    return (CLEARLY if clear else ANYWHERE) + hits * SURER


def connect(p: Short, whole: Ints, state: Ints, first: int, last: int, long: int) -> None:
    """What can be at columns `first` to `last`: a character's end, mark, a start bit to come. The
    characters that end there have been heard."""
    count = last - first + 1
    if count <= 0:
        return
    base = whole[BASE]
    anywhere = surprise(whole, state)
    opened = p[OPEN, first - long : last + 1 - long]
    ended = p[ENDED, first : last + 1]
    idle = p[IDLE, first : last + 1]
    before = p[LAST, first : last + 1]
    basis = p[BASIS, first : last + 1]
    came = p[FROM, first : last + 1]
    best = p[IDLE, first - 1]
    end = p[LAST, first - 1]
    for one in range(count):
        ended[one] = opened[one]
    for one in range(count):
        if ended[one] > best:
            best = ended[one]
            end = np.int32(base + first + one)
        idle[one] = best
        before[one] = end
    for one in range(count):
        basis[one] = idle[one] - anywhere
        came[one] = before[one]
    if state[HITS] >= HITS_KNOWN:
        expect(p, base, state, state[PLACE], first, count, long)
        if state[OTHER] != LONG_AGO:
            expect(p, base, state, state[OTHER], first, count, long)


def expect(p: Short, base: int, state: Ints, place: int, first: int, count: int, long: int) -> None:
    """A character costs less near the grid of the cadence, one of which began at `place`."""
    gap = (state[GAP] + FINE // 2) // FINE
    period = long * FINE + state[GAP]
    half = period // 2
    start = (base + first) * FINE
    # None before half a period has gone by since the last one.
    soonest = (half - start + state[PLACE] + FINE - 1) // FINE
    centre = half - (start - place + half) % period
    if centre < -SLIP_MAX:
        centre += period
    while centre - SLIP_MAX <= (count - 1) * FINE:
        low = max(-((SLIP_MAX - centre) // FINE), soonest, 0)
        high = min((centre + SLIP_MAX) // FINE, count - 1)
        for one in range(first + low, first + high + 1):
            slip = (one - first) * FINE - centre
            cost = EXPECTED + slip * slip * STEEP // (FINE * FINE)
            for end in range(one - gap - 1, min(one - gap + 2, one + 1)):
                if p[ENDED, end] - cost > p[BASIS, one]:
                    p[BASIS, one] = p[ENDED, end] - cost
                    p[FROM, one] = base + end
        centre += period


def beside(place: int, state: Ints, long: int, position: int) -> int:
    """How far a start at `position` is from a grid of characters, one of which began at `place`."""
    period = long * FINE + state[GAP]
    off: int = (position * FINE - place + period // 2) % period - period // 2
    return abs(off)


def prune(p: Short, whole: Ints, state: Ints, bit: int, end: int) -> None:
    """Only paths on which a character ended at `end`, or nearly there, go on."""
    first = end - whole[BASE] - SAME
    p[ENDED, first - 7 * bit : first] = NEVER
    p[OPEN, first - 7 * bit + 2 * SAME + 1 : first] = NEVER
    p[BASIS, first - 7 * bit + 2 * SAME + 1 : first] = NEVER
    p[IDLE, first - 1] = NEVER
    p[LAST, first - 1] = NEVER
    set_out_again(p, whole, state, bit, first)


def discard(p: Short, whole: Ints, bit: int, end: int, state: Ints) -> None:
    """No path has a character that ends at `end`, or nearly there; what is beside it goes on."""
    first = end - whole[BASE] - SAME
    p[OPEN, first - 7 * bit : first - 7 * bit + 2 * SAME + 1] = NEVER
    set_out_again(p, whole, state, bit, first)


def set_out_again(p: Short, whole: Ints, state: Ints, bit: int, first: int) -> None:
    """From column `first` on, where paths set out from is found anew; what they gained stays."""
    count = whole[NOW] - whole[BASE] + 1 - first
    opened = p[OPEN, first : first + count]
    basis = p[BASIS, first : first + count]
    for one in range(count):
        opened[one] -= basis[one]
    done = 0
    while done < count:
        piece = min(count - done, 7 * bit)
        connect(p, whole, state, first + done, first + done + piece - 1, 7 * bit)
        for one in range(done, done + piece):
            opened[one] += basis[one]
        done += piece


def first_of(p: Short, base: int, end: int, committed: int, long: int) -> int:
    """The first undecided character's end on the path whose last one is `end`; NEVER: none."""
    if end <= committed + SAME:
        return NEVER
    while p[FROM, end - long - base] > committed + SAME:
        end = p[FROM, end - long - base]
    return end


def next_end(p: Short, whole: Ints, state: Ints, bit: int, due: int, margin: int) -> int:
    """The end of the next character that may be decided now: one that is `due` ms old, or that all
    paths agree on that are not `margin` worse. NEVER: none."""
    base = whole[BASE]
    at = whole[NOW] - base
    long = 7 * bit
    committed = max(state[COMMITTED], whole[NOW] - LOOKED_BACK)
    scores = p[OPEN, at - long + 1 : at - bit + 1]
    top = scores[0]
    for one in range(6 * bit):
        top = max(top, scores[one])
    best = p[IDLE, at]
    last = p[LAST, at]
    if top > best:
        best = top
        one = 0
        while scores[one] < top:
            one += 1
        state[BEGAN] = base + at - long + 1 + one
        last = p[FROM, at - long + 1 + one]
    chosen = first_of(p, base, last, committed, long)
    if chosen == NEVER or whole[NOW] - chosen >= due:
        return chosen
    seen = last
    for one in range(6 * bit + 1):
        idle = one == 6 * bit
        score = p[IDLE, at] if idle else scores[one]
        if score > best - margin:
            end = p[LAST, at] if idle else p[FROM, at - long + 1 + one]
            if end != seen:  # many paths have the last character in common
                seen = end
                if abs(first_of(p, base, end, committed, long) - chosen) > SAME:
                    return NEVER
    return chosen


def locate(state: Ints, end: int, bit: int) -> int:
    """Where the character that ends near `end` began, in parts of a ms, and the sender's cadence
    learnt from it. Returns by how much the grid was moved; FAR: there is none, or a new one."""
    long = 7 * bit
    start = (end - long) * FINE
    period = long * FINE + state[GAP]
    if state[HITS] >= HITS_KNOWN:
        if beside(state[PLACE], state, long, end - long) > 3 * FINE and (
            state[OTHER] != LONG_AGO and beside(state[OTHER], state, long, end - long) <= 3 * FINE
        ):
            state[PLACE], state[OTHER] = state[OTHER], state[PLACE]
        if beside(state[PLACE], state, long, end - long) <= 3 * FINE:
            ahead = start - state[PLACE] + period // 2
            off = ahead % period - period // 2
            slots = ahead // period
            share = max(128 // (state[RUN] + 4), 4)
            state[RUN] += 1
            state[PLACE] += slots * period + share * off // 64
            if slots == 1:
                state[GAP] = max(state[GAP] + share * off // 320, 0)
            state[HITS] = min(state[HITS] + 1, HITS_MAX)
            moved: int = share * off // 64
            return moved
    gap = start - state[PLACE] - long * FINE
    if abs(gap - state[GAP]) <= 5 * FINE // 2:
        state[HITS] = min(state[HITS] + 1, HITS_MAX)
    elif state[HITS] < HITS_KNOWN:
        state[HITS] = 0
        if -2 * FINE <= gap <= 64 * FINE:
            state[HITS] = 1
            state[GAP] = max(gap, 0)
            for known in (0, 42, 50, 100):
                if abs(gap - known * bit * FINE // 100) <= 5 * FINE // 2:
                    state[GAP] = known * bit * FINE // 100
    else:
        state[HITS] -= 2
        state[OTHER] = state[PLACE]
    state[PLACE] = start
    state[RUN] = 0
    return FAR
