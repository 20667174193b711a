"""One call, 20 ms at a time: what is heard, which characters are decided, which of them are one.

The order of things: hear, follow the carrier, find places, believe them or not, look again, say it.
Written in the part of Python that numba compiles.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from .believing import began_in_silence, believed, magnitudes, measure
from .framing import (
    FAR,
    FINE,
    LEVEL_MIN,
    discard,
    locate,
)
from .layout import (
    BASE,
    BEGUN,
    BEHIND,
    BIT_BLOCKS,
    BLOCKS,
    CARRIER,
    CODE,
    COMMITTED,
    DETECTED,
    DRIFT,
    EDGES,
    FIRST,
    FOUND,
    GAP,
    GOOD,
    LEVEL,
    NEVER,
    NOISE,
    NOW,
    ODDS,
    OFF_SINCE,
    ON,
    PARTS_OF_READING,
    PHASES,
    PLACE,
    POWER,
    READING,
    READING_SIZE,
    READINGS,
    STATES,
    STEADY,
    STEP_MARK,
    STEP_SPACE,
    TRACK,
    WAITING,
    WAITING_AT,
    WAITING_CODE,
    WAITING_SURE,
    Floats,
    Ints,
    forget,
)
from .looking import APART, SEGMENTS_MAX, SNR_MAX, drift_of, shift_edges
from .tuning import TRUSTED_HZ, carrier, follow, offset_of, retune
from .vectors import append, compact, extend, fill_bank, look, next_end, prune, soften

LAG: Final = 180  # ms after its stop bit a character is decided
CLEAR: Final = 200  # an early decision: no other path may be so near
CLEAR_NATS: Final = 30.0  # ... nor so near in terms of the noise
REDONE: Final = 16  # frames that are looked at again after tuning
FRESH_MS: Final = 1000  # without carrier, after which the bit length may be another
WAITS_MS: Final = 700  # a first character, for its second
DRIFT_SHARE: Final = 0.1
DRIFT_FADES: Final = 0.0
DRIFT_HZ: Final = 0.3  # so far off the tones are turned


def first_look(sums: Ints, paths: Ints, whole: Ints) -> None:
    """The frame that ends now, in every reading that is tried."""
    for reading in range(whole[FIRST], whole[BEHIND]):
        place = READING + READING_SIZE * reading
        state = whole[place : place + READING_SIZE]
        soften(sums, paths[reading], whole, BIT_BLOCKS[reading], reading == whole[FIRST])
        extend(paths[reading], whole, state, BIT_BLOCKS[reading])


def tune(sums: Ints, paths: Ints, whole: Ints) -> None:
    """A carrier has come: if its tones are off, what was heard is heard again."""
    hz = offset_of(sums, whole)
    if abs(hz - whole[STEP_MARK] / 4294967.296) < TRUSTED_HZ:
        return
    retune(sums, whole, hz)
    now = whole[NOW]
    for reading in range(whole[FIRST], whole[BEHIND]):
        forget(paths[reading], whole, reading)
    for frame in range(REDONE - 1, -1, -1):
        whole[NOW] = now - frame * BLOCKS
        first_look(sums, paths, whole)


def second(
    sums: Ints, whole: Ints, state: Ints, mine: Floats, before: float, follows: bool, bit: int
) -> tuple[int, float]:
    """The code of the character at the reading's PLACE, and how likely it is."""
    base = float(whole[BASE])
    at = float(whole[NOW] - whole[BASE])
    start = state[PLACE] / FINE - base
    cadence = state[GAP] / FINE
    phases = mine[:STATES]
    gap = start + base - before
    if gap > 100.0 or gap < -3.0 or mine[BEGUN] == 0.0:
        mine[BEGUN] = 1.0
        phases[:] = 1.0 / STATES
        gap = 66.0
    elif not follows:
        for phase in range(PHASES):
            total = 0.0
            for edge in range(EDGES):
                total += phases[edge * PHASES + phase]
            for edge in range(EDGES):
                phases[edge * PHASES + phase] = total / EDGES
    segments = np.zeros((SEGMENTS_MAX, 3))
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
    keep = count
    stop = start + 7 * bit
    part = min(cadence, float(bit), at - stop)
    if follows and part > 2.0:
        segments[count, 0] = stop
        segments[count, 1] = stop + part
        segments[count, 2] = 1.0
        count += 1
    noise = max(mine[NOISE], mine[POWER] * bit / SNR_MAX)
    scale = 2.0 * math.sqrt(mine[POWER]) / noise
    llr = np.zeros(2 * SEGMENTS_MAX)
    apart = APART + (whole[STEP_SPACE] - whole[STEP_MARK]) / 4294967296.0
    evidence = look(sums, phases, segments, count, base, scale, apart, keep, llr)
    odds = min(max(mine[ODDS] + evidence, -8.0), 8.0)
    mine[ODDS] = 0.95 * odds
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
    if odds > 2.0:
        hz = drift_of(sums, phases, segments, keep, base, apart)
        mine[DRIFT] += DRIFT_SHARE * (hz - mine[DRIFT] * DRIFT_FADES)
    return code, sure


def say(events: Ints, sure: Floats, count: int, kind: int, at: int, what: int) -> int:
    """One more event; `at` in samples."""
    events[count, 0] = kind
    events[count, 1] = at
    events[count, 2] = what
    sure[count] = 1.0
    return count + 1


def accept(
    whole: Ints, events: Ints, sure: Floats, count: int, reading: int, at: int, code: int, p: float
) -> int:
    """A character is one; the first of the call says so."""
    if whole[DETECTED] == 0:
        whole[DETECTED] = 1
        count = say(events, sure, count, FOUND, at, BIT_BLOCKS[reading])
    count = say(events, sure, count, CODE, at, code)
    sure[count - 1] = p
    return count


def settle(
    sums: Ints,
    paths: Ints,
    whole: Ints,
    parts: Floats,
    events: Ints,
    sure: Floats,
    count: int,
    reading: int,
) -> int:
    """Decide what may be decided in one reading."""
    bit = BIT_BLOCKS[reading]
    p = paths[reading]
    place = READING + READING_SIZE * reading
    state = whole[place : place + READING_SIZE]
    mine = parts[reading * PARTS_OF_READING : (reading + 1) * PARTS_OF_READING]
    while count < len(events) - 4:
        clear = CLEAR
        if mine[POWER] > 0.0:
            clear += int(128.0 * CLEAR_NATS * mine[NOISE] / (mine[POWER] * bit))
        end = next_end(p, whole, state, bit, LAG, clear)
        if end == NEVER:
            return count
        if whole[BEHIND] - whole[FIRST] > 1 and whole[NOW] < end + 7 * (BIT_BLOCKS[0] - bit) + 6:
            return count  # the longer reading of the same character has not been heard
        if state[GOOD] < 2 and began_in_silence(p, end - whole[BASE], bit):
            discard(p, whole, bit, end, state)
            continue
        belief = believed(sums, paths, whole, reading, end)
        before = state[PLACE] / FINE + 7 * bit
        state[COMMITTED] = end
        if belief == 0:
            prune(p, whole, state, bit, end)
            continue
        moved = locate(state, end, bit)
        prune(p, whole, state, bit, end)
        column = end - whole[BASE]
        measure(p, column, bit, mine)
        mean, _, _ = magnitudes(p, column, bit)
        state[TRACK] += (mean - state[TRACK]) // (1 if state[GOOD] == 0 else 4)
        state[GOOD] += 1
        if moved != FAR:
            shift_edges(mine, moved / FINE)
        code, likely = second(sums, whole, state, mine, before, moved != FAR, bit)
        at = math.floor((state[PLACE] / FINE + 7 * bit) * 8.0 + 0.5) - 1
        at = min(at, whole[NOW] * 8 - 1)
        if abs(mine[DRIFT]) > DRIFT_HZ:
            retune(sums, whole, whole[STEP_MARK] / 4294967.296 + mine[DRIFT])
            mine[DRIFT] = 0.0
            mine[BEGUN] = 0.0
        if belief == 1:
            whole[WAITING] = 1
            whole[WAITING_AT] = at
            whole[WAITING_CODE] = code
            mine[WAITING_SURE] = likely
            continue
        if whole[WAITING] == 1:
            whole[WAITING] = 0
            count = accept(
                whole,
                events,
                sure,
                count,
                reading,
                whole[WAITING_AT],
                whole[WAITING_CODE],
                mine[WAITING_SURE],
            )
        count = accept(whole, events, sure, count, reading, at, code, likely)
        whole[FIRST] = reading
        whole[BEHIND] = reading + 1
    return count


def tick(
    sums: Ints,
    paths: Ints,
    whole: Ints,
    parts: Floats,
    blocks: Ints,
    events: Ints,
    sure: Floats,
    fixed: int,
) -> int:
    """20 ms: `blocks` [SUMS, 20]. `fixed`: the one reading to be tried, or -1. How many of `events`
    and `sure` were written."""
    compact(sums, paths, whole)
    append(sums, whole, blocks)
    count = 0
    if whole[LEVEL] == 0:
        whole[LEVEL] = LEVEL_MIN
    now = whole[NOW] * 8 - 1
    first_look(sums, paths, whole)
    if follow(sums, whole):
        if whole[ON] == 0:
            fill_bank(whole, blocks)
        change = carrier(whole)
        if change > 0:
            whole[ON] = 1
            whole[STEADY] = 0
            tune(sums, paths, whole)
            count = say(events, sure, count, CARRIER, now, 1)
        elif change < 0:
            whole[ON] = 0
            whole[STEADY] = 0
            whole[OFF_SINCE] = whole[NOW]
            count = say(events, sure, count, CARRIER, now, 0)
    for reading in range(whole[FIRST], whole[BEHIND]):
        if whole[FIRST] <= reading < whole[BEHIND]:
            count = settle(sums, paths, whole, parts, events, sure, count, reading)
    if whole[ON] == 0:
        rest(paths, whole, fixed)
    if whole[WAITING] == 1 and whole[NOW] * 8 - whole[WAITING_AT] > WAITS_MS * 8:
        whole[WAITING] = 0
        for reading in range(READINGS):
            whole[READING + READING_SIZE * reading + GOOD] = 0
    return count


def rest(paths: Ints, whole: Ints, fixed: int) -> None:
    """Without a carrier: what comes next begins afresh, after a while with any bit length."""
    for reading in range(READINGS):
        place = READING + READING_SIZE * reading
        if whole[place + GOOD] >= 2 and whole[NOW] - whole[place + COMMITTED] > 400:
            whole[place + GOOD] = 0
    quiet = whole[NOW] - whole[OFF_SINCE]
    if fixed < 0 and whole[BEHIND] - whole[FIRST] == 1 and quiet == FRESH_MS // BLOCKS * BLOCKS:
        for reading in range(READINGS):
            if reading != whole[FIRST]:
                forget(paths[reading], whole, reading)
        whole[FIRST] = 0
        whole[BEHIND] = READINGS
