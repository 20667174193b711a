"""Where characters stand: the best path over every place they could have; one call.

A path is in mark, or in a character: a start bit in space, five bits, a stop bit. It gains where it
says space and space was heard, against the path that says mark all the time; a character costs more
where the sender's cadence does not expect one. Integers only, so that every way to run it gives the
same. Written in the part of Python that numba compiles; `vectors` says the same in numpy.
"""

from __future__ import annotations

import math
from typing import Final

from .layout import (
    BASE,
    BASIS,
    BLOCKS,
    COARSE,
    COMMITTED,
    ENDED,
    FROM,
    GAP,
    HITS,
    IDLE,
    LAST,
    LEVEL,
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
    WEAK,
    Ints,
    Short,
)

UNIT: Final = 256.0  # a clean bit's soft value; about 20 nats at 10 dB
CLIP: Final = 384
ANYWHERE: Final = 118  # what a character costs that begins where none was expected
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
SAME: Final = 3  # ms that two paths may differ and still mean one character


def soften(sums: Short, p: Short, whole: Ints, bit: int, leads: bool) -> None:
    """Magnitudes and soft values of the twenty bits that end in this frame."""
    at = whole[NOW] - whole[BASE]
    for one in range(at - BLOCKS + 1, at + 1):
        re = float(sums[MARK_RE, one] - sums[MARK_RE, one - bit])
        im = float(sums[MARK_IM, one] - sums[MARK_IM, one - bit])
        mark = int(math.sqrt(re * re + im * im))
        re = float(sums[SPACE_RE, one] - sums[SPACE_RE, one - bit])
        im = float(sums[SPACE_IM, one] - sums[SPACE_IM, one - bit])
        space = int(math.sqrt(re * re + im * im))
        p[STRONG, one] = max(mark, space)
        p[WEAK, one] = min(mark, space)
        p[SOFT, one] = mark - space
    if leads:
        total = 0
        for one in range(at - BLOCKS + 1, at + 1):
            total += p[STRONG, one]
        follow_level(whole, total // BLOCKS)
    level = float(whole[LEVEL])
    for one in range(at - BLOCKS + 1, at + 1):
        # A fraction, because dividing integers is slow: it is the same one everywhere.
        p[SOFT, one] = min(max(int(p[SOFT, one] * UNIT / level), -CLIP), CLIP)


def follow_level(whole: Ints, mean: int) -> None:
    """Quickly up, within 100 ms down."""
    level = whole[LEVEL]
    level += (mean - level) // (2 if mean > level else 6)
    whole[LEVEL] = max(level, LEVEL_MIN)


def extend(p: Short, whole: Ints, state: Ints, bit: int) -> None:
    """The best paths to each of the twenty positions of this frame."""
    first = whole[NOW] - whole[BASE] - BLOCKS + 1
    for one in range(first, first + BLOCKS):
        p[OPEN, one - bit] -= p[SOFT, one]
    for k in range(2, 7):
        for one in range(first, first + BLOCKS):
            p[OPEN, one - k * bit] += max(0, -p[SOFT, one])
    connect(p, whole[BASE], state, first, first + BLOCKS - 1, 7 * bit)
    for one in range(first, first + BLOCKS):
        p[OPEN, one] = p[BASIS, one]


def connect(p: Short, base: int, state: Ints, first: int, last: int, long: int) -> None:
    """What can be at columns `first` to `last`: a character's end, mark, a start bit to come. The
    characters that end there have been heard."""
    known = state[HITS] >= HITS_KNOWN
    gap = (state[GAP] + FINE // 2) // FINE
    period = long * FINE + state[GAP]
    anywhere = ANYWHERE + state[HITS] * SURER
    start = (base + first) * FINE
    # Where on each grid of the cadence the first column is: half a period is the best place.
    here = (start - state[PLACE] + period // 2) % period
    other = (start - state[OTHER] + period // 2) % period
    ahead = start - state[PLACE]
    for one in range(first, last + 1):
        ended = p[OPEN, one - long]
        p[ENDED, one] = ended
        if ended > p[IDLE, one - 1]:
            p[IDLE, one] = ended
            p[LAST, one] = base + one
        else:
            p[IDLE, one] = p[IDLE, one - 1]
            p[LAST, one] = p[LAST, one - 1]
        best = p[IDLE, one] - anywhere
        before = p[LAST, one]
        slip = min(abs(here - period // 2), abs(other - period // 2))
        if known and slip <= SLIP_MAX and ahead >= period // 2:
            cost = EXPECTED + slip * slip * STEEP // (FINE * FINE)
            for end in range(one - gap - 1, min(one - gap + 2, one + 1)):
                if p[ENDED, end] - cost > best:
                    best = p[ENDED, end] - cost
                    before = base + end
        p[BASIS, one] = best
        p[FROM, one] = before
        ahead += FINE
        here += FINE
        if here >= period:
            here -= period
        other += FINE
        if other >= period:
            other -= period


def beside(place: int, state: Ints, long: int, position: int) -> int:
    """How far a start at `position` is from a grid of characters, one of which began at `place`."""
    period = long * FINE + state[GAP]
    off: int = (position * FINE - place + period // 2) % period - period // 2
    return abs(off)


def prune(p: Short, whole: Ints, state: Ints, bit: int, end: int) -> None:
    """Only paths on which a character ended at `end`, or nearly there, go on."""
    at = whole[NOW] - whole[BASE]
    first = end - whole[BASE] - SAME
    for one in range(first - 7 * bit, first):
        p[ENDED, one] = NEVER
        if one > first - 7 * bit + 2 * SAME:
            p[OPEN, one] = NEVER
            p[BASIS, one] = NEVER
    p[IDLE, first - 1] = NEVER
    p[LAST, first - 1] = NEVER
    # What their bits have gained stays; where they set out from is found anew.
    for one in range(first, at + 1):
        p[OPEN, one] -= p[BASIS, one]
    last = first + 7 * bit - 1
    connect(p, whole[BASE], state, first, min(last, at), 7 * bit)
    for one in range(first, min(last, at) + 1):
        p[OPEN, one] += p[BASIS, one]
    connect(p, whole[BASE], state, last + 1, at, 7 * bit)
    for one in range(last + 1, at + 1):
        p[OPEN, one] += p[BASIS, one]


def discard(p: Short, whole: Ints, bit: int, end: int, state: Ints) -> None:
    """No path has a character that ends at `end`, or nearly there; what is beside it goes on."""
    at = whole[NOW] - whole[BASE]
    first = end - whole[BASE] - SAME
    for one in range(first - 7 * bit, first - 7 * bit + 2 * SAME + 1):
        p[OPEN, one] = NEVER
    for one in range(first, at + 1):
        p[OPEN, one] -= p[BASIS, one]
    last = min(first + 7 * bit - 1, at)
    connect(p, whole[BASE], state, first, last, 7 * bit)
    for one in range(first, last + 1):
        p[OPEN, one] += p[BASIS, one]
    connect(p, whole[BASE], state, last + 1, at, 7 * bit)
    for one in range(last + 1, at + 1):
        p[OPEN, one] += p[BASIS, one]


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
    best = p[OPEN, at - long + 1]
    for one in range(at - long + 2, at - bit + 1):
        best = max(best, p[OPEN, one])
    if best > p[IDLE, at]:
        one = at - long + 1
        while p[OPEN, one] < best:
            one += 1
        last = p[FROM, one]
    else:
        best = p[IDLE, at]
        last = p[LAST, at]
    chosen = first_of(p, base, last, committed, long)
    if chosen == NEVER:
        return NEVER
    if whole[NOW] - chosen >= due:
        return chosen
    seen = last
    for one in range(at - long + 1, at - bit + 2):
        idle = one == at - bit + 1
        score = p[IDLE, at] if idle else p[OPEN, one]
        if score > best - margin:
            end = p[LAST, at] if idle else p[FROM, one]
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
            beside(state[OTHER], state, long, end - long) <= 3 * FINE
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
