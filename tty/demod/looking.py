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
    Short,
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
LAST: Final = 1 / 3628800
# Rows of `scratch`, room for one look: the filter before the first segment and after each, how
# likely every phase makes each segment, and a few rings of phases.
MARKS: Final = SEGMENTS_MAX + 1
SPACES: Final = MARKS + SEGMENTS_MAX
BACK: Final = SPACES + SEGMENTS_MAX
RING: Final = BACK + 1
MOVED: Final = BACK + 2
BY_MARK: Final = BACK + 3
BY_SPACE: Final = BACK + 4
ALIVES: Final = BACK + 5
LLR: Final = BACK + 6
BETWEEN: Final = BACK + 7  # both tones of each segment, four numbers for each
CUTS: Final = BACK + 8
SCRATCH: Final = (CUTS + SEGMENTS_MAX, STATES)
COS: NDArray[np.float64] = np.cos(TURN * np.arange(PHASES) / PHASES)
SIN: NDArray[np.float64] = np.sin(TURN * np.arange(PHASES) / PHASES)


def between(sums: Short, row: int, start: float, end: float) -> float:
    """What lies between two columns, parts of a block in proportion."""
    a = int(start)
    b = int(end)
    left = sums[row, a] + (start - a) * (sums[row, a + 1] - sums[row, a])
    right = sums[row, b] + (end - b) * (sums[row, b + 1] - sums[row, b])
    return float(right - left)


def exp_of(x: float) -> float:
    """e to the x, for x <= 0; of less than -64 that of -64. No call of a library, so that a
    processor does several at once. Off by a share of less than 1e-10."""
    y = max(x, -64.0) / 64.0
    z = 1.0 + y * (
        1.0
        + y
        * (
            1 / 2
            + y
            * (
                1 / 6
                + y
                * (
                    1 / 24
                    + y
                    * (
                        1 / 120
                        + y
                        * (1 / 720 + y * (1 / 5040 + y * (1 / 40320 + y * (1 / 362880 + y * LAST))))
                    )
                )
            )
        )
    )
    z *= z
    z *= z
    z *= z
    z *= z
    z *= z
    return z * z


def gains(re: float, im: float, scale: float, top: float, out: Floats) -> None:
    """How likely each phase makes what was heard."""
    x = scale * re
    y = scale * im
    for phase in range(PHASES):
        out[phase] = exp_of(x * COS[phase] + y * SIN[phase] - top)


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


def spread(ring: Floats, total: float, out: Floats) -> None:
    """A little drift from one bit to the next, and rarely a jump. `ring` [1 to 20]: the phases,
    which add up to `total`; 0 and 21 are made the neighbours beyond."""
    ring[0] = ring[PHASES]
    ring[PHASES + 1] = ring[1]
    floor = JUMP * total / PHASES
    for phase in range(PHASES):
        out[phase] = (1.0 - JUMP) * (
            (1.0 - 2 * DIFFUSION) * ring[phase + 1] + DIFFUSION * (ring[phase] + ring[phase + 2])
        ) + floor


def total_of(ring: Floats) -> float:
    """Of `ring` [1 to 20], four sums at a time."""
    a = 0.0
    b = 0.0
    c = 0.0
    d = 0.0
    for four in range(PHASES // 4):
        a += ring[4 * four + 1]
        b += ring[4 * four + 2]
        c += ring[4 * four + 3]
        d += ring[4 * four + 4]
    return (a + b) + (c + d)


def steps_of(by: float) -> tuple[int, float, float, float, float]:
    """How hypotheses of edges move when their place has moved `by` ms: by so many, and the weights
    of that one, of the one before it, of the one behind it, and of the second before it."""
    steps = by * APART * EDGES % EDGES
    whole = int(steps)
    part = steps - whole
    here = (1.0 - 2 * WANDER) * (1.0 - part) + WANDER * part
    before = (1.0 - 2 * WANDER) * part + WANDER * (1.0 - part)
    return whole, here, before, WANDER * (1.0 - part), WANDER * part


def shift_edges(state: Floats, by: float, old: Floats) -> None:
    """The hypotheses of how far the edges are off, seen from a place `by` ms later."""
    whole, here, before, behind, second = steps_of(by)
    for at in range(STATES):
        old[at] = state[at]
    for edge in range(EDGES):
        a = (edge - whole) % EDGES * PHASES
        b = (edge - whole - 1) % EDGES * PHASES
        c = (edge - whole + 1) % EDGES * PHASES
        d = (edge - whole - 2) % EDGES * PHASES
        for phase in range(PHASES):
            state[edge * PHASES + phase] = (
                here * old[a + phase]
                + before * old[b + phase]
                + behind * old[c + phase]
                + second * old[d + phase]
            )


def mix_edges(state: Floats) -> None:
    """Of the edges nothing is known any more; of the phases as much as before."""
    for phase in range(PHASES):
        total = 0.0
        for edge in range(EDGES):
            total += state[edge * PHASES + phase]
        for edge in range(EDGES):
            state[edge * PHASES + phase] = total / EDGES


def hear_segments(
    sums: Short,
    segments: Floats,
    count: int,
    origin: float,
    scale: float,
    apart: float,
    llr: Floats,
    scratch: Floats,
) -> float:
    """How likely every phase makes each segment, by each tone that it may be, into `scratch`.
    Returns what was taken off, less the evidence for phases that mean nothing."""
    surplus = 0.0
    for one in range(count):
        a = segments[one, 0]
        b = segments[one, 1]
        may = int(segments[one, 2])
        mr = between(sums, MARK_RE, a, b)
        mi = between(sums, MARK_IM, a, b)
        sr = between(sums, SPACE_RE, a, b)
        si = between(sums, SPACE_IM, a, b)
        held = scratch[BETWEEN, 4 * one : 4 * one + 4]
        held[MARK_RE] = mr
        held[MARK_IM] = mi
        held[SPACE_RE] = sr
        held[SPACE_IM] = si
        m = scale * math.sqrt(mr * mr + mi * mi)
        q = scale * math.sqrt(sr * sr + si * si)
        top = max(m, q)
        surplus += top
        if may & 1:
            gains(mr, mi, scale, top, scratch[MARKS + one])
        if may & 2:
            turn = TURN * (apart * (a + origin) % 1.0)
            c = math.cos(turn)
            s = math.sin(turn)
            # the space tone as seen from the mark's phase at the segment's start, twice over
            twice = scratch[SPACES + one]
            gains(sr * c - si * s, sr * s + si * c, scale, top, twice)
            for phase in range(PHASES):
                twice[PHASES + phase] = twice[phase]
        if may == 1:
            surplus -= bessel(m)
        elif may == 2:
            surplus -= bessel(q)
        else:
            bm = bessel(m)
            bq = bessel(q)
            surplus -= max(bm, bq) + math.log(0.5 + 0.5 * math.exp(-abs(bm - bq)))
            llr[SEGMENTS_MAX + one] = bm - bq
    return surplus


def forwards(segments: Floats, count: int, apart: float, alive: Floats, scratch: Floats) -> float:
    """The filter over `count` segments from row 0 of `scratch` on. Returns the logarithm of how
    likely what was heard is."""
    ring = scratch[RING]
    moved = scratch[MOVED]
    evidence = 0.0
    for one in range(count):
        may = int(segments[one, 2])
        move = apart * (segments[one, 1] - segments[one, 0]) * PHASES % PHASES
        whole = int(move)
        part = move - whole
        half = 0.5 if may == 3 else 1.0
        mark = scratch[MARKS + one]
        total = 0.0
        for edge in range(EDGES):
            if alive[edge] == 0.0:
                continue
            before = scratch[one, edge * PHASES : (edge + 1) * PHASES]
            after = scratch[one + 1, edge * PHASES : (edge + 1) * PHASES]
            if may & 1:
                for phase in range(PHASES):
                    ring[phase + 1] = half * before[phase] * mark[phase]
            else:
                for phase in range(PHASES):
                    ring[phase + 1] = 0.0
            if may & 2:
                space = scratch[SPACES + one, edge * WIDE : edge * WIDE + PHASES]
                for phase in range(PHASES):
                    moved[phase + 1] = half * before[phase] * space[phase]
                for phase in range(PHASES):
                    moved[PHASES + phase + 1] = moved[phase + 1]
                moved[0] = moved[PHASES]
                from_here = moved[PHASES - whole + 1 :]
                from_before = moved[PHASES - whole :]
                for phase in range(PHASES):
                    ring[phase + 1] += (1.0 - part) * from_here[phase] + part * from_before[phase]
            sum_of_edge = total_of(ring)
            total += sum_of_edge
            spread(ring, sum_of_edge, after)
        total = max(total, 1e-300)
        evidence += math.log(total)
        total = 1.0 / total
        for edge in range(EDGES):
            if alive[edge] != 0.0:
                after = scratch[one + 1, edge * PHASES : (edge + 1) * PHASES]
                for phase in range(PHASES):
                    after[phase] *= total
    return evidence


def backwards(
    segments: Floats,
    count: int,
    first: int,
    apart: float,
    alive: Floats,
    llr: Floats,
    scratch: Floats,
) -> None:
    """From the last segment to `first`: what each that may be of two tones is, in nats."""
    ring = scratch[RING]
    after = scratch[MOVED]
    marks = scratch[BY_MARK]
    spaces = scratch[BY_SPACE]
    for edge in range(EDGES):
        if alive[edge] != 0.0:
            for phase in range(PHASES):
                scratch[BACK, edge * PHASES + phase] = 1.0
    for one in range(count - 1, first - 1, -1):
        may = int(segments[one, 2])
        move = apart * (segments[one, 1] - segments[one, 0]) * PHASES % PHASES
        whole = int(move)
        part = move - whole
        mark = scratch[MARKS + one]
        total = 0.0
        for phase in range(PHASES + 1):
            marks[phase] = 0.0
            spaces[phase] = 0.0
        for edge in range(EDGES):
            if alive[edge] == 0.0:
                continue
            back = scratch[BACK, edge * PHASES : (edge + 1) * PHASES]
            fore = scratch[one, edge * PHASES : (edge + 1) * PHASES]
            for phase in range(PHASES):
                ring[phase + 1] = back[phase]
            spread(ring, total_of(ring), after)
            if may & 1:
                for phase in range(PHASES):
                    ring[phase + 1] = mark[phase] * after[phase]
                for phase in range(PHASES):
                    marks[phase + 1] += fore[phase] * ring[phase + 1]
            else:
                for phase in range(PHASES):
                    ring[phase + 1] = 0.0
            if may & 2:
                for phase in range(PHASES):
                    after[PHASES + phase] = after[phase]
                after[2 * PHASES] = after[0]
                space = scratch[SPACES + one, edge * WIDE : edge * WIDE + PHASES]
                to_here = after[whole:]
                to_next = after[whole + 1 :]
                for phase in range(PHASES):
                    w = space[phase] * ((1.0 - part) * to_here[phase] + part * to_next[phase])
                    spaces[phase + 1] += fore[phase] * w
                    ring[phase + 1] += w
            total += total_of(ring)
            for phase in range(PHASES):
                back[phase] = ring[phase + 1]
        if may == 3:
            is_mark = max(total_of(marks), 1e-300)
            llr[one] = math.log(is_mark) - math.log(max(total_of(spaces), 1e-300))
        total = 1.0 / max(total, 1e-300)
        for edge in range(EDGES):
            if alive[edge] != 0.0:
                for phase in range(PHASES):
                    scratch[BACK, edge * PHASES + phase] *= total


def look(
    sums: Short,
    state: Floats,
    segments: Floats,
    count: int,
    first: int,
    origin: float,
    scale: float,
    apart: float,
    keep: int,
    llr: Floats,
    scratch: Floats,
) -> float:
    """`segments` [count, 3]: start and end in columns, and which tones may be: 1 mark, 2 space, 3
    either; none of two tones before `first`. `state`: the filter's, before; after: as it is behind
    segment `keep`. `llr`: for each segment of two tones, mark against space in nats, by phases; and
    without, in the second half. Returns the evidence of phases against none, in nats."""
    alive = scratch[ALIVES]
    for edge in range(EDGES):
        total = 0.0
        for phase in range(PHASES):
            total += state[edge * PHASES + phase]
            scratch[0, edge * PHASES + phase] = state[edge * PHASES + phase]
        alive[edge] = 1.0 if total > ALIVE else 0.0
    evidence = hear_segments(sums, segments, count, origin, scale, apart, llr, scratch)
    evidence += forwards(segments, count, apart, alive, scratch)
    for edge in range(EDGES):
        for phase in range(PHASES):
            at = edge * PHASES + phase
            state[at] = scratch[keep, at] if alive[edge] != 0.0 else 0.0
    backwards(segments, count, first, apart, alive, llr, scratch)
    return evidence
