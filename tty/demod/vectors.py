"""The busiest steps of `hearing`, `framing` and `looking` in numpy: the same integers, for where
nothing is compiled. Each has a plain twin, and a test that both give the same.

What depends on the step before is never more than a running maximum, because a character is longer
than a frame.
"""

from __future__ import annotations

import math

import numpy as np

from . import framing, hearing, looking, tuning
from .framing import (
    ANYWHERE,
    CLIP,
    EXPECTED,
    FINE,
    HITS_KNOWN,
    LOOKED_BACK,
    SAME,
    SLIP_MAX,
    STEEP,
    SURER,
    UNIT,
    first_of,
    follow_level,
)
from .layout import (
    BANK,
    BASE,
    BASIS,
    BLOCKS,
    COMMITTED,
    EDGES,
    ENDED,
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
    OFFSETS,
    OPEN,
    OTHER,
    PHASES,
    PLACE,
    ROOM,
    SOFT,
    SPACE_IM,
    SPACE_RE,
    STATES,
    STEP_MARK,
    STEP_SPACE,
    STRONG,
    WEAK,
    Floats,
    Ints,
)
from .looking import ALIVE, COS, DIFFUSION, JUMP, SEGMENTS_MAX, SIN, TURN, WIDE, bessel, between
from .tuning import BANK_COSINE, BANK_SINE, COSINE, SINE

_ORDER = np.arange(ROOM)
_RAISED = (np.arange(PHASES) + WIDE * np.arange(EDGES)[:, None]) % PHASES  # space, seen from mark


def compact(sums: Ints, paths: Ints, whole: Ints) -> None:
    """As `hearing.compact`."""
    at = whole[NOW] - whole[BASE]
    if at + BLOCKS < ROOM:
        return
    cut = at - KEPT
    sums[:, : KEPT + 1] = sums[:, cut : cut + KEPT + 1].copy()
    paths[:, :, : KEPT + 1] = paths[:, :, cut : cut + KEPT + 1].copy()
    whole[BASE] += cut


def append(sums: Ints, whole: Ints, blocks: Ints) -> None:
    """As `hearing.append`."""
    at = int(whole[NOW] - whole[BASE])
    turned = blocks
    if whole[STEP_MARK] != 0:
        turned = blocks.copy()
        position = whole[NOW] + _ORDER[:BLOCKS]
        for re, im, step in ((MARK_RE, MARK_IM, STEP_MARK), (SPACE_RE, SPACE_IM, STEP_SPACE)):
            place = ((position * whole[step]) >> 22) & 1023
            c, s = COSINE[place], SINE[place]
            turned[re] = (blocks[re] * c + blocks[im] * s) >> 14
            turned[im] = (blocks[im] * c - blocks[re] * s) >> 14
    sums[:, at + 1 : at + BLOCKS + 1] = sums[:, at : at + 1] + np.cumsum(turned, axis=1)
    whole[NOW] += BLOCKS


def fill_bank(whole: Ints, blocks: Ints) -> None:
    """As `tuning.fill_bank`."""
    re, im = blocks[MARK_RE], blocks[MARK_IM]
    a = (BANK_COSINE @ re + BANK_SINE @ im) >> 22
    b = (BANK_COSINE @ im - BANK_SINE @ re) >> 22
    whole[BANK : BANK + OFFSETS] += (a * a + b * b - whole[BANK : BANK + OFFSETS]) >> 2


def soften(sums: Ints, p: Ints, whole: Ints, bit: int, leads: bool) -> None:
    """As `framing.soften`."""
    at = int(whole[NOW] - whole[BASE])
    last = slice(at - BLOCKS + 1, at + 1)
    difference = (sums[:4, last] - sums[:4, at - BLOCKS + 1 - bit : at + 1 - bit]).astype(float)
    squares = difference * difference
    mark = np.sqrt(squares[MARK_RE] + squares[MARK_IM]).astype(np.int64) >> 6
    space = np.sqrt(squares[SPACE_RE] + squares[SPACE_IM]).astype(np.int64) >> 6
    strong = np.maximum(mark, space)
    p[STRONG, last] = strong
    p[WEAK, last] = np.minimum(mark, space)
    if leads:
        follow_level(whole, int(strong.sum()) // BLOCKS)
    p[SOFT, last] = np.clip((mark - space) * UNIT // whole[LEVEL], -CLIP, CLIP)


def extend(p: Ints, whole: Ints, state: Ints, bit: int) -> None:
    """As `framing.extend`."""
    at = int(whole[NOW] - whole[BASE])
    first = at - BLOCKS + 1
    soft = p[SOFT, first : at + 1]
    gain = np.maximum(0, -soft)
    p[OPEN, first - bit : at + 1 - bit] -= soft
    for k in range(2, 7):
        p[OPEN, first - k * bit : at + 1 - k * bit] += gain
    connect(p, int(whole[BASE]), state, first, at, 7 * bit)
    p[OPEN, first : at + 1] = p[BASIS, first : at + 1]


def connect(p: Ints, base: int, state: Ints, first: int, last: int, long: int) -> None:
    """As `framing.connect`."""
    count = last - first + 1
    order = _ORDER[:count]
    ended = p[OPEN, first - long : last + 1 - long]
    p[ENDED, first : last + 1] = ended
    idle = np.maximum.accumulate(np.concatenate((p[IDLE, first - 1 : first], ended)))
    rose = np.where(ended > idle[:-1], base + first + order, NEVER)
    before = np.maximum.accumulate(np.concatenate((p[LAST, first - 1 : first], rose)))[1:]
    p[IDLE, first : last + 1] = idle[1:]
    p[LAST, first : last + 1] = before
    hits = int(state[HITS])
    best = idle[1:] - (ANYWHERE + hits * SURER)
    if hits >= HITS_KNOWN:
        gap = (int(state[GAP]) + FINE // 2) // FINE
        period = long * FINE + int(state[GAP])
        half = period // 2
        start = (base + first) * FINE
        steps = order * FINE
        slip = np.minimum(
            np.abs(((start - int(state[PLACE]) + half) % period + steps) % period - half),
            np.abs(((start - int(state[OTHER]) + half) % period + steps) % period - half),
        )
        fits = (slip <= SLIP_MAX) & (start - int(state[PLACE]) + steps >= half)
        for at in np.flatnonzero(fits).tolist():
            cost = EXPECTED + int(slip[at]) * int(slip[at]) * STEEP // (FINE * FINE)
            one = first + at
            for end in range(one - gap - 1, min(one - gap + 2, one + 1)):
                if p[ENDED, end] - cost > best[at]:
                    best[at] = p[ENDED, end] - cost
                    before[at] = base + end
    p[BASIS, first : last + 1] = best
    p[FROM, first : last + 1] = before


def prune(p: Ints, whole: Ints, state: Ints, bit: int, end: int) -> None:
    """As `framing.prune`."""
    at = int(whole[NOW] - whole[BASE])
    first = end - int(whole[BASE]) - SAME
    p[ENDED, first - 7 * bit : first] = NEVER
    p[OPEN, first - 7 * bit + 2 * SAME + 1 : first] = NEVER
    p[BASIS, first - 7 * bit + 2 * SAME + 1 : first] = NEVER
    p[IDLE, first - 1] = NEVER
    p[LAST, first - 1] = NEVER
    p[OPEN, first : at + 1] -= p[BASIS, first : at + 1]
    last = first + 7 * bit - 1
    connect(p, int(whole[BASE]), state, first, min(last, at), 7 * bit)
    p[OPEN, first : min(last, at) + 1] += p[BASIS, first : min(last, at) + 1]
    if at > last:
        connect(p, int(whole[BASE]), state, last + 1, at, 7 * bit)
        p[OPEN, last + 1 : at + 1] += p[BASIS, last + 1 : at + 1]


def next_end(p: Ints, whole: Ints, state: Ints, bit: int, due: int, margin: int) -> int:
    """As `framing.next_end`."""
    base = int(whole[BASE])
    at = int(whole[NOW]) - base
    long = 7 * bit
    committed = max(int(state[COMMITTED]), int(whole[NOW]) - LOOKED_BACK)
    scores = p[OPEN, at - long + 1 : at - bit + 1]
    top = int(scores.argmax())
    best, last = int(p[IDLE, at]), int(p[LAST, at])
    if scores[top] > best:
        best, last = int(scores[top]), int(p[FROM, at - long + 1 + top])
    chosen = first_of(p, base, last, committed, long)
    if chosen == NEVER or int(whole[NOW]) - chosen >= due:
        return chosen
    near = p[FROM, at - long + 1 : at - bit + 1][scores > best - margin]
    rivals = set(near.tolist())
    if p[IDLE, at] > best - margin:
        rivals.add(int(p[LAST, at]))
    for rival in rivals:
        if abs(first_of(p, base, rival, committed, long) - chosen) > SAME:
            return NEVER
    return chosen


def _spread(state: Floats) -> Floats:
    around = np.roll(state, 1, axis=1) + np.roll(state, -1, axis=1)
    total = state.sum(axis=1, keepdims=True)
    drifted = (1.0 - 2 * DIFFUSION) * state + DIFFUSION * around
    after: Floats = (1.0 - JUMP) * drifted + JUMP * total / PHASES
    return after


def look(
    sums: Ints,
    state: Floats,
    segments: Floats,
    count: int,
    origin: float,
    scale: float,
    apart: float,
    keep: int,
    llr: Floats,
) -> float:
    """As `looking.look`."""
    gains: list[tuple[int, Floats, Floats, int, float]] = []
    none = coherent = 0.0
    for one, (a, b, which) in enumerate(segments[:count].tolist()):
        may = int(which)
        mr, mi = between(sums, MARK_RE, a, b), between(sums, MARK_IM, a, b)
        sr, si = between(sums, SPACE_RE, a, b), between(sums, SPACE_IM, a, b)
        turn = TURN * (apart * (a + origin) % 1.0)
        c, s = math.cos(turn), math.sin(turn)
        sr, si = sr * c - si * s, sr * s + si * c
        m, q = scale * math.sqrt(mr * mr + mi * mi), scale * math.sqrt(sr * sr + si * si)
        top = max(m, q)
        coherent += top
        half = 0.5 if may == 3 else 1.0
        move = apart * (b - a) * PHASES % PHASES
        space = half * np.exp(scale * (sr * COS + si * SIN) - top)[_RAISED]
        mark = half * np.exp(scale * (mr * COS + mi * SIN) - top)
        gains.append((may, mark, space, int(move), move - int(move)))
        bm, bq = bessel(m), bessel(q)
        if may == 3:
            none += max(bm, bq) + math.log(0.5 + 0.5 * math.exp(-abs(bm - bq)))
            llr[SEGMENTS_MAX + one] = bm - bq
        else:
            none += bm if may == 1 else bq
    start = state.reshape(EDGES, PHASES).copy()
    alive = start.sum(axis=1, keepdims=True) > ALIVE
    fore = [start * alive]
    for may, mark, space, whole, part in gains:
        after = fore[-1] * mark if may & 1 else np.zeros((EDGES, PHASES))
        if may & 2:
            moved = fore[-1] * space
            after = after + (1.0 - part) * np.roll(moved, whole, axis=1)
            after += part * np.roll(moved, whole + 1, axis=1)
        after = _spread(after)
        total = max(float(after.sum()), 1e-300)
        coherent += math.log(total)
        fore.append(after / total)
    state[:STATES] = fore[keep].reshape(-1)
    back = np.ones((EDGES, PHASES))
    for one in range(count - 1, -1, -1):
        may, mark, space, whole, part = gains[one]
        back = _spread(back)
        by_mark = mark * back if may & 1 else np.zeros((EDGES, PHASES))
        by_space = np.zeros((EDGES, PHASES))
        if may & 2:
            by_space = space * (
                (1.0 - part) * np.roll(back, -whole, axis=1)
                + part * np.roll(back, -whole - 1, axis=1)
            )
        if may == 3:
            is_mark = max(float((fore[one] * by_mark).sum()), 1e-300)
            is_space = max(float((fore[one] * by_space).sum()), 1e-300)
            llr[one] = math.log(is_mark) - math.log(is_space)
        back = (by_mark + by_space) * alive
        back /= max(float(back.sum()), 1e-300)
    return coherent - none


# (in numpy, for the compiler)
TWINS = (
    (compact, hearing.compact),
    (append, hearing.append),
    (fill_bank, tuning.fill_bank),
    (soften, framing.soften),
    (extend, framing.extend),
    (prune, framing.prune),
    (next_end, framing.next_end),
    (look, looking.look),
)
