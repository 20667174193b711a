"""The second look: once it is known where a character stands, which bits are the likeliest.

A sender that only switches between its tones leaves their phase predictable: the phase of one bit
tells that of the next. This is a filter over that phase, forwards and backwards over the character
and the mark around it, for every hypothesis of how far the edges are off; beside it stands the
hypothesis that phases mean nothing, and each is believed as far as it has explained what was heard.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .layout import (
    EDGES,
    MARK_IM,
    MARK_RE,
    PHASES,
    SPACE_IM,
    SPACE_RE,
    STATES,
    Floats,
    Ints,
)

WIDE: Final = PHASES // EDGES
SEGMENTS_MAX: Final = 16
TURN: Final = 2 * math.pi
APART: Final = 0.4  # turns per ms between the tones
ALIVE: Final = 1e-3
SNR_MAX: Final = 25.0  # a model that is surer than this is surer than it is right
DIFFUSION: Final = 0.03
JUMP: Final = 0.01
WANDER: Final = 0.05
COS: NDArray[np.float64] = np.cos(TURN * np.arange(PHASES) / PHASES)
SIN: NDArray[np.float64] = np.sin(TURN * np.arange(PHASES) / PHASES)


def between(sums: Ints, row: int, start: float, end: float) -> float:
    """What lies between two columns, parts of a block in proportion."""
    a = int(start)
    b = int(end)
    left = sums[row, a] + (start - a) * (sums[row, a + 1] - sums[row, a])
    right = sums[row, b] + (end - b) * (sums[row, b + 1] - sums[row, b])
    return float(right - left)


def gains(re: float, im: float, scale: float, top: float, out: Floats, row: int) -> None:
    """How likely each phase makes what was heard."""
    for phase in range(PHASES):
        out[row, phase] = math.exp(scale * (re * COS[phase] + im * SIN[phase]) - top)


def bessel(x: float) -> float:
    """log I0(x) for x >= 0 (Abramowitz and Stegun 9.8.1, 9.8.2)."""
    if x < 3.75:
        t = x * x / 14.0625
        return math.log(
            1.0
            + t
            * (
                3.5156229
                + t
                * (3.0899424 + t * (1.2067492 + t * (0.2659732 + t * (0.0360768 + t * 0.0045813))))
            )
        )
    t = 3.75 / x
    return (
        x
        - 0.5 * math.log(x)
        + math.log(0.39894228 + t * (0.01328592 + t * (0.00225319 - t * 0.00157565)))
    )


def spread(state: Floats, row: int, edge: int) -> None:
    """A little drift from one bit to the next, and rarely a jump."""
    base = edge * PHASES
    total = 0.0
    for phase in range(PHASES):
        total += state[row, base + phase]
    floor = JUMP * total / PHASES
    first = state[row, base]
    before = state[row, base + PHASES - 1]
    for phase in range(PHASES):
        here = state[row, base + phase]
        after = state[row, base + phase + 1] if phase + 1 < PHASES else first
        state[row, base + phase] = (1.0 - JUMP) * (
            (1.0 - 2 * DIFFUSION) * here + DIFFUSION * (before + after)
        ) + floor
        before = here


def shift_edges(state: Floats, by: float) -> None:
    """The hypotheses of how far the edges are off, seen from a place `by` ms later."""
    steps = by * APART * EDGES % EDGES
    whole = int(steps)
    part = steps - whole
    old = state[:STATES].copy()
    for edge in range(EDGES):
        a = (edge - whole) % EDGES * PHASES
        b = (edge - whole - 1) % EDGES * PHASES
        c = (edge - whole + 1) % EDGES * PHASES
        d = (edge - whole - 2) % EDGES * PHASES
        for phase in range(PHASES):
            here = (1.0 - part) * old[a + phase] + part * old[b + phase]
            up = (1.0 - part) * old[c + phase] + part * old[a + phase]
            down = (1.0 - part) * old[b + phase] + part * old[d + phase]
            state[edge * PHASES + phase] = (1.0 - 2 * WANDER) * here + WANDER * (up + down)


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
    """`segments` [count, 3]: start and end in columns, and which tones may be: 1 mark, 2 space, 3
    either. `state`: the filter's, before; after: as it is behind segment `keep`. `llr`: for each
    segment of two tones, mark against space in nats, by phases; and without, in the second half.
    Returns the evidence of phases against none, in nats."""
    mark = np.empty((SEGMENTS_MAX, PHASES))
    space = np.empty((SEGMENTS_MAX, PHASES))
    fore = np.empty((SEGMENTS_MAX + 1, STATES))
    none = 0.0
    tops = 0.0
    for one in range(count):
        a = segments[one, 0]
        b = segments[one, 1]
        mr = between(sums, MARK_RE, a, b)
        mi = between(sums, MARK_IM, a, b)
        sr = between(sums, SPACE_RE, a, b)
        si = between(sums, SPACE_IM, a, b)
        turn = TURN * (apart * (a + origin) % 1.0)
        c = math.cos(turn)
        s = math.sin(turn)
        # the space tone as seen from the mark's phase at the segment's start
        sr, si = sr * c - si * s, sr * s + si * c
        m = scale * math.sqrt(mr * mr + mi * mi)
        q = scale * math.sqrt(sr * sr + si * si)
        top = max(m, q)
        gains(mr, mi, scale, top, mark, one)
        gains(sr, si, scale, top, space, one)
        tops += top
        may = int(segments[one, 2])
        if may == 1:
            none += bessel(m)
        elif may == 2:
            none += bessel(q)
        else:
            bm = bessel(m)
            bq = bessel(q)
            none += max(bm, bq) + math.log(0.5 + 0.5 * math.exp(-abs(bm - bq)))
            llr[SEGMENTS_MAX + one] = bm - bq
    for here in range(STATES):
        fore[0, here] = state[here]
    coherent = tops
    alive = np.empty(EDGES, dtype=np.bool_)
    for edge in range(EDGES):
        total = 0.0
        for phase in range(PHASES):
            total += state[edge * PHASES + phase]
        alive[edge] = total > ALIVE
    for one in range(count):
        may = int(segments[one, 2])
        length = segments[one, 1] - segments[one, 0]
        move = apart * length * PHASES % PHASES
        whole = int(move)
        part = move - whole
        total = 0.0
        for edge in range(EDGES):
            base = edge * PHASES
            for phase in range(PHASES):
                fore[one + 1, base + phase] = 0.0
            if not alive[edge]:
                continue
            half = 0.5 if may == 3 else 1.0
            if may & 1:
                for phase in range(PHASES):
                    fore[one + 1, base + phase] += half * fore[one, base + phase] * mark[one, phase]
            if may & 2:
                for phase in range(PHASES):
                    g = half * fore[one, base + phase] * space[one, (phase + edge * WIDE) % PHASES]
                    fore[one + 1, base + (phase + whole) % PHASES] += (1.0 - part) * g
                    fore[one + 1, base + (phase + whole + 1) % PHASES] += part * g
            spread(fore, one + 1, edge)
            for phase in range(PHASES):
                total += fore[one + 1, base + phase]
        total = max(total, 1e-300)
        coherent += math.log(total)
        for here in range(STATES):
            fore[one + 1, here] /= total
    back = np.ones((1, STATES))
    for here in range(STATES):
        state[here] = fore[keep, here]
    for one in range(count - 1, -1, -1):
        may = int(segments[one, 2])
        length = segments[one, 1] - segments[one, 0]
        move = apart * length * PHASES % PHASES
        whole = int(move)
        part = move - whole
        is_mark = 0.0
        is_space = 0.0
        total = 0.0
        new = np.zeros(PHASES)
        for edge in range(EDGES):
            if not alive[edge]:
                continue
            base = edge * PHASES
            spread(back, 0, edge)
            for phase in range(PHASES):
                new[phase] = 0.0
                if may & 1:
                    w = mark[one, phase] * back[0, base + phase]
                    is_mark += fore[one, base + phase] * w
                    new[phase] += w
                if may & 2:
                    w = space[one, (phase + edge * WIDE) % PHASES] * (
                        (1.0 - part) * back[0, base + (phase + whole) % PHASES]
                        + part * back[0, base + (phase + whole + 1) % PHASES]
                    )
                    is_space += fore[one, base + phase] * w
                    new[phase] += w
            for phase in range(PHASES):
                back[0, base + phase] = new[phase]
                total += new[phase]
        total = max(total, 1e-300)
        for here in range(STATES):
            back[0, here] /= total
        if may == 3:
            llr[one] = math.log(max(is_mark, 1e-300)) - math.log(max(is_space, 1e-300))
    return coherent - none


def drift_of(
    sums: Ints, state: Floats, segments: Floats, count: int, origin: float, apart: float
) -> float:
    """By how many Hz the tones seem off, from the phases of one character whose bits are known:
    `segments` say 1 or 2. `state`: the filter's, which knows how far the edges are off."""
    likely = 0
    most = -1.0
    for edge in range(EDGES):
        total = 0.0
        for phase in range(PHASES):
            total += state[edge * PHASES + phase]
        if total > most:
            most = total
            likely = edge
    moved = 0.0
    re = 0.0
    im = 0.0
    last_re = 0.0
    last_im = 0.0
    apart_ms = 0.0
    for one in range(count):
        a = segments[one, 0]
        b = segments[one, 1]
        mark = segments[one, 2] == 1.0
        x = between(sums, MARK_RE if mark else SPACE_RE, a, b)
        y = between(sums, MARK_IM if mark else SPACE_IM, a, b)
        turn = -moved
        if not mark:
            turn += apart * (a + origin) % 1.0 - likely / EDGES
            moved += apart * (b - a)
        c = math.cos(TURN * turn)
        s = math.sin(TURN * turn)
        x, y = x * c - y * s, x * s + y * c
        if one > 0:
            re += x * last_re + y * last_im
            im += y * last_re - x * last_im
            apart_ms += (b + a - segments[one - 1, 0] - segments[one - 1, 1]) / 2
        last_re = x
        last_im = y
    return math.atan2(im, re) / TURN * 1000.0 * (count - 1) / max(apart_ms, 1.0)
