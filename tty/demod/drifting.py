"""How far a sender's tones are off what they were taken for, from the phases of one character whose
bits are known. One call; numba compiles it.
"""

from __future__ import annotations

import math

from .layout import EDGES, MARK_IM, MARK_RE, PHASES, SPACE_IM, SPACE_RE, Floats
from .looking import TURN


def likely_edge(state: Floats) -> int:
    """The likeliest hypothesis of how far the edges are off."""
    likely = 0
    most = -1.0
    for edge in range(EDGES):
        total = 0.0
        for phase in range(PHASES):
            total += state[edge * PHASES + phase]
        if total > most:
            most = total
            likely = edge
    return likely


def drift_of(
    heard: Floats, likely: int, segments: Floats, count: int, origin: float, apart: float
) -> float:
    """By how many Hz the tones seem off, from the phases of one character whose bits are known:
    `segments` say 1 or 2; `heard`: both tones of each. `likely`: how far the edges are off."""
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
        x = heard[4 * one + (MARK_RE if mark else SPACE_RE)]
        y = heard[4 * one + (MARK_IM if mark else SPACE_IM)]
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
