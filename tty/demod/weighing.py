"""A character whose place is known, about to be looked at again: into which segments of time it is
cut, and what the filter's answer is worth. One call; numba compiles it.
"""

from __future__ import annotations

import math
from typing import Final

from .drifting import drift_of
from .framing import FINE
from .layout import (
    BASE,
    BEGUN,
    DRIFT,
    GAP,
    MARK_IM,
    MARK_RE,
    NOISE,
    NOW,
    ODDS,
    PLACE,
    POWER,
    SPACE_IM,
    SPACE_RE,
    STATES,
    STEP_MARK,
    STEP_SPACE,
    Floats,
    Ints,
    Short,
)
from .looking import APART, SEGMENTS_MAX, SNR_MAX, bessel, between
from .vectors import likely_edge, mix_edges

FRESH_GAP: Final = 66.0  # ms of mark before a character that are looked at when nothing is known
GAP_MAX: Final = 100.0  # ms between characters, over which a phase is remembered
DRIFT_SHARE: Final = 0.1
ODDS_MAX: Final = 8.0  # nats
ODDS_KEPT: Final = 0.95  # from one character to the next
ODDS_TRUSTED: Final = 2.0
# Every bit so clear: no phase would turn one over. On a line of 10 dB hardly any is, so that there
# the phase is followed from character to character.
PLAIN_NATS: Final = 20

# What bits do not know of: a character that stands elsewhere, an echo, an edge. As measured over
# lines of 8 to 14 dB (`load_tests.tty_receiver --part confidence`).
DOUBT: Final = 0.12
DOUBT_LEAST: Final = 1e-5


def doubted(sure: float) -> float:
    """How likely a character is right of which all bits together are `sure`. Grows with it."""
    return sure * (1.0 - DOUBT * math.sqrt(1.0 - sure + DOUBT_LEAST))


def cut(
    whole: Ints,
    state: Ints,
    mine: Floats,
    before: float,
    follows: bool,
    bit: int,
    segments: Floats,
) -> tuple[int, int]:
    """The character at the reading's PLACE as `segments`: how many they are, and which is the first
    bit of data; the last bit, the stop bit, is five behind it. `before`: where the one before
    ended; `follows`: it is on the cadence."""
    base = float(whole[BASE])
    at = float(whole[NOW] - whole[BASE])
    start = state[PLACE] / FINE - base
    gap = start + base - before
    if gap > GAP_MAX or gap < -3.0 or mine[BEGUN] == 0.0:
        mine[BEGUN] = 1.0
        mine[:STATES] = 1.0 / STATES
        # Of the character before, the stop bit is known to be mark.
        gap = FRESH_GAP if gap > GAP_MAX or gap < -3.0 else min(gap + bit, FRESH_GAP)
    elif not follows:
        mix_edges(mine)
    count = 0
    while gap > 2.0:
        part = min(gap, float(bit))
        segments[count, 0] = start - gap
        segments[count, 1] = start - gap + part
        segments[count, 2] = 1.0
        gap -= part
        count += 1
    first = count + 1
    for k in range(7):
        segments[count, 0] = min(start + k * bit, at)
        segments[count, 1] = min(start + (k + 1) * bit, at)
        segments[count, 2] = 2.0 if k == 0 else (1.0 if k == 6 else 3.0)
        count += 1
    stop = start + 7 * bit
    part = min(state[GAP] / FINE, float(bit), at - stop)
    if follows and part > 2.0:
        segments[count, 0] = stop
        segments[count, 1] = stop + part
        segments[count, 2] = 1.0
        count += 1
    return count, first


def without_phases(
    sums: Short, whole: Ints, state: Ints, mine: Floats, bit: int, llr: Floats
) -> float:
    """Mark against space in nats for each bit of data of the character at the reading's PLACE, by
    how loud the tones are and nothing else. Returns the least certain one's certainty."""
    at = float(whole[NOW] - whole[BASE])
    start = state[PLACE] / FINE - float(whole[BASE])
    scale = scale_of(mine, bit)
    least = 1e9
    for k in range(5):
        a = min(start + (k + 1) * bit, at)
        b = min(start + (k + 2) * bit, at)
        mr = between(sums, MARK_RE, a, b)
        mi = between(sums, MARK_IM, a, b)
        sr = between(sums, SPACE_RE, a, b)
        si = between(sums, SPACE_IM, a, b)
        apart = bessel(scale * math.sqrt(mr * mr + mi * mi))
        apart -= bessel(scale * math.sqrt(sr * sr + si * si))
        llr[k] = apart
        least = min(least, abs(apart))
    return least


def is_plain(least: float) -> bool:
    """Whether a character needs no second look. In steps: last digits decide nothing."""
    return int(least * 1024.0 + 0.5) > PLAIN_NATS * 1024


def read_plainly(mine: Floats, llr: Floats) -> tuple[int, float]:
    """The code of a character that needs no second look, and how likely it is. What was known of
    phases is not followed: the next look begins afresh."""
    mine[BEGUN] = 0.0
    code = 0
    sure = 1.0
    for k in range(5):
        if llr[k] > 0.0:
            code |= 1 << k
        sure /= 1.0 + math.exp(-abs(llr[k]))
    return code, sure


def scale_of(mine: Floats, bit: int) -> float:
    """What a correlation must be multiplied with to be in nats."""
    noise = max(mine[NOISE], mine[POWER] * bit / SNR_MAX)
    scale: float = 2.0 * math.sqrt(mine[POWER]) / noise
    return scale


def apart_of(whole: Ints) -> float:
    """Turns per ms between the tones as they are kept."""
    apart: float = APART + (whole[STEP_SPACE] - whole[STEP_MARK]) / 4294967296.0
    return apart


def weigh(
    whole: Ints,
    mine: Floats,
    segments: Floats,
    first: int,
    evidence: float,
    llr: Floats,
    heard: Floats,
) -> tuple[int, float]:
    """The code, and how likely it is: phases are believed as far as they have explained what was
    heard, so far and now."""
    odds = min(max(mine[ODDS] + evidence, -ODDS_MAX), ODDS_MAX)
    mine[ODDS] = ODDS_KEPT * odds
    share = 1.0 / (1.0 + math.exp(-odds))
    code = 0
    sure = 1.0
    for k in range(5):
        by_phase = 1.0 / (1.0 + math.exp(-llr[first + k]))
        without = 1.0 / (1.0 + math.exp(-llr[SEGMENTS_MAX + first + k]))
        mark = share * by_phase + (1.0 - share) * without
        # Quantised, so that the last digits of an exponential decide nothing.
        if int(mark * 1048576.0 + 0.5) > 524288:
            code |= 1 << k
        sure *= max(mark, 1.0 - mark)
        segments[first + k, 2] = 1.0 if code >> k & 1 else 2.0
    if odds > ODDS_TRUSTED:
        hz = drift_of(
            heard, likely_edge(mine), segments, first + 6, float(whole[BASE]), apart_of(whole)
        )
        mine[DRIFT] += DRIFT_SHARE * hz
    return code, sure
