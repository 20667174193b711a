"""One call, 20 ms at a time: what is heard, which characters are decided, which of them are one.

The framing always finds a best path, also through a cough; here is decided what is believed. The
first character of a carrier must come out of mark, with all its bits alike in strength, and wait
for a second one unless the line is clean. Written in the part of Python that numba compiles.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

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
    ENERGY,
    FIRST,
    FOUND,
    GAP,
    GOOD,
    LEVEL,
    MARK_IM,
    MARK_RE,
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
    SOFT,
    SPACE_IM,
    SPACE_RE,
    SPEECH,
    STATES,
    STEADY,
    STEP_MARK,
    STEP_SPACE,
    STRONG,
    TRACK,
    WAITING,
    WAITING_AT,
    WAITING_CODE,
    WAITING_SURE,
    WEAK,
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
CONTRAST_FIRST: Final = 0.42
CONTRAST_ALONE: Final = 0.75  # so clear a first character waits for nothing
LEAD_ALONE: Final = 0.05  # over the other bit length; a shift to letters has one edge to tell by
DRIFT_SHARE: Final = 0.1
DRIFT_FADES: Final = 0.0
DRIFT_HZ: Final = 0.3  # so far off the tones are turned
SHARE_FIRST: Final = 0.035  # of all energy, in the tones


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


def contrast_of(p: Ints, column: int, bit: int) -> float:
    """How far apart the tones are over the bits of the character that ends at `column`, -1 to 1:
    start and stop as they must be, the data bits as they are."""
    difference = 0
    total = 1
    for k in range(7):
        one = column - k * bit
        apart = p[STRONG, one] - p[WEAK, one]
        if (k == 0 and p[SOFT, one] < 0) or (k == 6 and p[SOFT, one] > 0):
            apart = -apart
        difference += apart
        total += p[STRONG, one] + p[WEAK, one]
    return difference / total


def clean_contrast(bit: int) -> float:
    """What `contrast_of` gives without noise: one tone is heard a little where the other is."""
    turns = math.pi * 0.4 * bit
    leak = abs(math.sin(turns)) / turns
    return (1.0 - leak) / (1.0 + leak)


def magnitudes(p: Ints, column: int, bit: int) -> tuple[int, int, int]:
    """Of the character that ends at `column`: the mean of its bits, the weakest, and the mean
    difference of the tones."""
    total = 0
    apart = 0
    least = p[STRONG, column]
    for k in range(7):
        one = column - k * bit
        total += p[STRONG, one]
        least = min(least, p[STRONG, one])
        apart += p[STRONG, one] - p[WEAK, one]
    return total // 7, least, apart // 7


def is_whole(p: Ints, column: int, bit: int) -> bool:
    """Whether most bits of a character are there: the tail of a tone is no start bit of silence."""
    total = 0
    strongest = 0
    for k in range(7):
        total += p[STRONG, column - k * bit]
        strongest = max(strongest, p[STRONG, column - k * bit])
    return 5 * total > 14 * strongest


def began_in_silence(p: Ints, column: int, bit: int) -> bool:
    """Whether there was no tone at all where the start bit should be, and one later."""
    strongest = 0
    for k in range(6):
        strongest = max(strongest, p[STRONG, column - k * bit])
    return 8 * p[STRONG, column - 6 * bit] < strongest


def from_mark(sums: Ints, start: int, bit: int, mean: int) -> bool:
    """Whether there was mark, as strong as the character, for a bit before `start`."""
    re = float(sums[MARK_RE, start] - sums[MARK_RE, start - bit])
    im = float(sums[MARK_IM, start] - sums[MARK_IM, start - bit])
    mark = math.sqrt(re * re + im * im) / 64
    re = float(sums[SPACE_RE, start] - sums[SPACE_RE, start - bit])
    im = float(sums[SPACE_IM, start] - sums[SPACE_IM, start - bit])
    space = math.sqrt(re * re + im * im) / 64
    return mark > 0.5 * mean and mark > 1.4 * space


def share_of(sums: Ints, p: Ints, column: int, bit: int) -> float:
    """The part of all energy in the character that its tones explain; 1/88 for white noise."""
    tones = 0.0
    for k in range(7):
        strong = float(p[STRONG, column - k * bit]) / 64.0
        tones += strong * strong
    energy = float(sums[ENERGY, column] - sums[ENERGY, column - 7 * bit])
    return tones / (4.0 * bit * max(energy, 1.0))


def measure(p: Ints, column: int, bit: int, mine: Floats) -> None:
    """Follow how strong the tones are and how strong the noise, from a character's bits."""
    strong = 0.0
    weak = 0.0
    for k in range(7):
        s = float(p[STRONG, column - k * bit]) * 64.0
        w = float(p[WEAK, column - k * bit]) * 64.0
        strong += s * s
        weak += w * w
    strong /= 7 * bit * bit
    noise = weak / (7 * bit)
    power = max(strong - noise / bit, 0.25 * strong) + 1.0
    if 0.5 * power < mine[POWER] < 2.0 * power:
        mine[POWER] += 0.2 * (power - mine[POWER])
        mine[NOISE] += 0.1 * (noise - mine[NOISE])
    else:
        mine[POWER] = power
        mine[NOISE] = noise


def believed(sums: Ints, paths: Ints, whole: Ints, reading: int, end: int) -> int:
    """0: no character. 1: one, if another follows. 2: one."""
    bit = BIT_BLOCKS[reading]
    p = paths[reading]
    place = READING + READING_SIZE * reading
    column = end - whole[BASE]
    start = column - 7 * bit
    contrast = contrast_of(p, column, bit)
    mean, least, apart = magnitudes(p, column, bit)
    track = whole[place + TRACK]
    if whole[place + GOOD] >= 2 and (whole[ON] == 1 or end - whole[place + COMMITTED] < 400):
        # Within a carrier: as strong as those before, or as clear.
        as_strong = contrast > 0.2 and 5 * apart > 2 * track
        return 2 if (as_strong or contrast > 0.55) and is_whole(p, column, bit) else 0
    if contrast < CONTRAST_FIRST or 10 * least < 3 * mean or mean * 2 < LEVEL_MIN:
        return 0
    ours = contrast / clean_contrast(bit)
    lead = 1.0  # over the same character in another reading
    for rival in range(whole[FIRST], whole[BEHIND]):
        other = BIT_BLOCKS[rival]
        if rival != reading:
            for slip in range(-6, 7):
                there = start + slip + 7 * other
                if there <= whole[NOW] - whole[BASE]:
                    theirs = contrast_of(paths[rival], there, other) / clean_contrast(other)
                    lead = min(lead, ours - theirs)
    if lead < 0.0:
        return 0
    share = share_of(sums, p, column, bit)
    if share < SHARE_FIRST:
        return 0
    if whole[place + GOOD] == 1:
        return 2 if 2 * mean > track and mean < 2 * track else 0
    if not from_mark(sums, start, bit, mean):
        return 0
    return 2 if contrast > CONTRAST_ALONE and share > 0.3 and lead > LEAD_ALONE else 1


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
        at = int(math.floor((state[PLACE] / FINE + 7 * bit) * 8.0 + 0.5)) - 1
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
    if fixed < 0 and whole[BEHIND] - whole[FIRST] == 1:
        if whole[NOW] - whole[OFF_SINCE] == FRESH_MS // BLOCKS * BLOCKS:
            for reading in range(READINGS):
                if reading != whole[FIRST]:
                    forget(paths[reading], whole, reading)
            whole[FIRST] = 0
            whole[BEHIND] = READINGS


__all__ = ["SPEECH"]
