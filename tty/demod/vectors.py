"""The busiest steps of one call's decisions in numpy, for where nothing is compiled. Each has a
plain twin in `framing` or `looking`, and there is a test that both say the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import drifting, framing, looking
from .framing import LOOKED_BACK, SAME, first_of
from .layout import (
    BASE,
    BASIS,
    COMMITTED,
    EDGES,
    ENDED,
    FROM,
    IDLE,
    LAST,
    MARK_IM,
    MARK_RE,
    NEVER,
    NOW,
    OPEN,
    PHASES,
    SPACE_IM,
    SPACE_RE,
    STATES,
    Floats,
    Ints,
    Short,
)
from .looking import ALIVE, COS, DIFFUSION, JUMP, SEGMENTS_MAX, SIN, TURN, WIDE, steps_of
from .together import connect

_TONES = np.arange(4)[:, None]
_ROW: Ints = np.zeros(1, dtype=np.int64)
_RAISED = (np.arange(PHASES) + WIDE * np.arange(EDGES)[:, None]) % PHASES  # space, seen from mark
_MOVED = (np.arange(PHASES) - np.arange(PHASES + 1)[:, None]) % PHASES  # by so many phases
_ONE = np.eye(PHASES)
_SPREAD: Floats = (1.0 - JUMP) * (
    (1.0 - 2 * DIFFUSION) * _ONE
    + DIFFUSION * (np.roll(_ONE, 1, axis=1) + np.roll(_ONE, -1, axis=1))
) + JUMP / PHASES


def _connect(p: Short, whole: Ints, state: Ints, first: int, last: int, long: int) -> None:
    if last >= first:
        connect(p[None], _ROW, whole[None], state[None], np.array([first]), last - first + 1, long)


def _again(p: Short, whole: Ints, state: Ints, bit: int, first: int) -> None:
    """From column `first` on, where paths set out from is found anew; what they gained stays."""
    at = int(whole[NOW] - whole[BASE])
    p[OPEN, first : at + 1] -= p[BASIS, first : at + 1]
    last = min(first + 7 * bit - 1, at)
    _connect(p, whole, state, first, last, 7 * bit)
    p[OPEN, first : last + 1] += p[BASIS, first : last + 1]
    _connect(p, whole, state, last + 1, at, 7 * bit)
    p[OPEN, last + 1 : at + 1] += p[BASIS, last + 1 : at + 1]


def prune(p: Short, whole: Ints, state: Ints, bit: int, end: int) -> None:
    """As `framing.prune`."""
    first = end - int(whole[BASE]) - SAME
    p[ENDED, first - 7 * bit : first] = NEVER
    p[OPEN, first - 7 * bit + 2 * SAME + 1 : first] = NEVER
    p[BASIS, first - 7 * bit + 2 * SAME + 1 : first] = NEVER
    p[IDLE, first - 1] = NEVER
    p[LAST, first - 1] = NEVER
    _again(p, whole, state, bit, first)


def discard(p: Short, whole: Ints, bit: int, end: int, state: Ints) -> None:
    """As `framing.discard`."""
    first = end - int(whole[BASE]) - SAME
    p[OPEN, first - 7 * bit : first - 7 * bit + 2 * SAME + 1] = NEVER
    _again(p, whole, state, bit, first)


def next_end(p: Short, whole: Ints, state: Ints, bit: int, due: int, margin: int) -> int:
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


def shift_edges(state: Floats, by: float, old: Floats) -> None:
    """As `looking.shift_edges`."""
    del old
    whole, here, before, behind, second = steps_of(by)
    was = state[:STATES].reshape(EDGES, PHASES)
    edge = np.arange(EDGES) - whole
    state[:STATES] = (
        here * was[edge % EDGES]
        + before * was[(edge - 1) % EDGES]
        + behind * was[(edge + 1) % EDGES]
        + second * was[(edge - 2) % EDGES]
    ).reshape(-1)


def mix_edges(state: Floats) -> None:
    """As `looking.mix_edges`."""
    each = state[:STATES].reshape(EDGES, PHASES)
    each[:] = each.sum(axis=0) / EDGES


def bessel(x: Floats) -> Floats:
    """As `looking.bessel`."""
    t = np.minimum(x, 3.75) ** 2 / 14.0625
    small = np.log(
        1.0
        + t
        * (
            3.5156229
            + t * (3.0899424 + t * (1.2067492 + t * (0.2659732 + t * (0.0360768 + t * 0.0045813))))
        )
    )
    y = np.maximum(x, 3.75)
    t = 3.75 / y
    series = 0.39894228 + t * (0.01328592 + t * (0.00225319 - t * 0.00157565))
    found: Floats = np.where(x < 3.75, small, y - 0.5 * np.log(y) + np.log(series))
    return found


def _between(sums: Short, rows: Ints, places: Floats) -> Floats:
    """Sums of both tones [n, 4, cuts] up to `places` [n, cuts] in columns, parts of a block in
    proportion."""
    column = places.astype(np.int64)[:, None]
    r = rows[:, None, None]
    below = sums[r, _TONES, column].astype(np.float64)
    after = sums[r, _TONES, column + 1].astype(np.float64)
    found: Floats = below + (places[:, None] - column) * (after - below)
    return found


def without_phases(
    sums: Short, rows: Ints, starts: Floats, now: Floats, scales: Floats, bit: int
) -> Floats:
    """As `weighing.without_phases`, bits [n, 5] of characters from columns `starts`."""
    edges = np.minimum(starts[:, None] + (np.arange(6) + 1) * bit, now[:, None])
    heard = np.diff(_between(sums, rows, edges), axis=2)
    squares = heard * heard
    scale = scales[:, None]
    mark = scale * np.sqrt(squares[:, MARK_RE] + squares[:, MARK_IM])
    space = scale * np.sqrt(squares[:, SPACE_RE] + squares[:, SPACE_IM])
    return bessel(mark) - bessel(space)


def look(
    sums: Short,
    rows: Ints,
    states: Floats,
    segments: Floats,
    counts: Ints,
    firsts: Ints,
    origins: Floats,
    scales: Floats,
    aparts: Floats,
) -> tuple[Floats, Floats, Floats]:
    """As `looking.look`, of one character of each of `rows` [n]. `states` [n, STATES] and
    `segments` [n, SEGMENTS_MAX, 3]. What is kept is behind the stop bit, six behind `firsts`.
    Returns evidence [n], llr [n, 2 SEGMENTS_MAX] and what was heard [n, 4 SEGMENTS_MAX]."""
    most = int(counts.max())
    calls = len(rows)
    starts, ends = segments[:, :most, 0], segments[:, :most, 1]
    there = np.arange(most) < counts[:, None]
    starts, ends = np.where(there, starts, 0.0), np.where(there, ends, 0.0)
    may = np.where(there, segments[:, :most, 2], 0.0).astype(np.int64)
    between = _between(sums, rows, ends) - _between(sums, rows, starts)
    mr, mi, sr, si = between.transpose(1, 0, 2)
    scale, apart = scales[:, None], aparts[:, None]
    m, q = scale * np.sqrt(mr * mr + mi * mi), scale * np.sqrt(sr * sr + si * si)
    top = np.maximum(m, q)
    turn = TURN * (apart * (starts + origins[:, None]) % 1.0)
    c, s = np.cos(turn), np.sin(turn)
    sr, si = sr * c - si * s, sr * s + si * c
    half = np.where(may == 3, 0.5, 1.0)
    mark, space = (
        np.exp(np.maximum((scale * re)[..., None] * COS + (scale * im)[..., None] * SIN
                          - top[..., None], -64.0))
        * (half * ((may & which) > 0))[..., None]
        for re, im, which in ((mr, mi, 1), (sr, si, 2))
    )  # fmt: skip
    raised = space[..., _RAISED]
    bm, bq = bessel(m), bessel(q)
    llr = np.zeros((calls, 2 * SEGMENTS_MAX))
    llr[:, SEGMENTS_MAX : SEGMENTS_MAX + most] = bm - bq
    mixed = np.maximum(bm, bq) + np.log(0.5 + 0.5 * np.exp(-np.abs(bm - bq)))
    none = np.where(may == 3, mixed, np.where(may == 1, bm, np.where(may == 2, bq, 0.0)))
    move = apart * (ends - starts) * PHASES % PHASES
    wholes = move.astype(np.int64)
    parts = (move - wholes)[..., None, None]
    begun: Floats = states.reshape(calls, EDGES, PHASES)
    here: Floats = begun * (begun.sum(axis=2, keepdims=True) > ALIVE)
    fore: list[Floats] = [here]
    evidence: Floats = (np.where(there, top, 0.0) - none).sum(axis=1)
    each = np.arange(calls)[:, None, None]
    edges = np.arange(EDGES)[:, None]
    for one in range(most):
        after: Floats = here * mark[:, one, None]
        moved: Floats = here * raised[:, one]
        whole = wholes[:, one]
        after += (1.0 - parts[:, one]) * moved[each, edges, _MOVED[whole][:, None]]
        after += parts[:, one] * moved[each, edges, _MOVED[whole + 1][:, None]]
        after = after @ _SPREAD
        total = np.maximum(after.sum(axis=(1, 2)), 1e-300)
        evidence += np.where(there[:, one], np.log(total), 0.0)
        here = np.where(there[:, one, None, None], after / total[:, None, None], here)
        fore.append(here)
    first = int(firsts.min())
    _backwards(fore, mark, raised, wholes, parts, there, first, llr)
    for one in range(calls):
        kept = fore[int(firsts[one]) + 6]
        states[one] = kept[one].reshape(STATES)
    heard = np.zeros((calls, 4 * SEGMENTS_MAX))
    heard[:, : 4 * most] = between.transpose(0, 2, 1).reshape(calls, 4 * most)
    return evidence, llr, heard


def _backwards(
    fore: list[Floats],
    mark: Floats,
    raised: Floats,
    wholes: Ints,
    parts: Floats,
    there: NDArray[np.bool_],
    first: int,
    llr: Floats,
) -> None:
    """As `looking.backwards`; what it says before the first bit of data means nothing."""
    calls, most = len(there), len(there.T)
    each = np.arange(calls)[:, None, None]
    edges = np.arange(EDGES)[:, None]
    back: Floats = np.ones((calls, EDGES, PHASES))
    for one in range(most - 1, first - 1, -1):
        spread = back @ _SPREAD
        whole = wholes[:, one]
        by_mark = mark[:, one, None] * spread
        by_space = (1.0 - parts[:, one]) * spread[each, edges, _MOVED[PHASES - whole][:, None]]
        by_space += parts[:, one] * spread[each, edges, _MOVED[PHASES - 1 - whole][:, None]]
        by_space *= raised[:, one]
        is_mark = np.maximum((fore[one] * by_mark).sum(axis=(1, 2)), 1e-300)
        is_space = np.maximum((fore[one] * by_space).sum(axis=(1, 2)), 1e-300)
        llr[:, one] = np.log(is_mark) - np.log(is_space)
        by_mark += by_space
        by_mark /= np.maximum(by_mark.sum(axis=(1, 2), keepdims=True), 1e-300)
        back = np.where(there[:, one, None, None], by_mark, back)


def likely_edge(state: Floats) -> int:
    """As `drifting.likely_edge`."""
    return int(state[:STATES].reshape(EDGES, PHASES).sum(axis=1).argmax())


# (in numpy, for the compiler)
TWINS = (
    (prune, framing.prune),
    (discard, framing.discard),
    (next_end, framing.next_end),
    (shift_edges, looking.shift_edges),
    (mix_edges, looking.mix_edges),
    (likely_edge, drifting.likely_edge),
)
