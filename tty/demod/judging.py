"""One call, 20 ms at a time: what is heard, which characters are decided, which of them are one.

The order of things: hear, follow the carrier, find places, believe them or not, look again, say it.
Written in the part of Python that numba compiles.
"""

from __future__ import annotations

import math
from typing import Final

from .believing import believed, is_onset, is_other, magnitudes, measure
from .framing import (
    FAR,
    FINE,
    extend,
    locate,
    soften,
)
from .hearing import append, compact
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
    EVENTS_MAX,
    FIRST,
    FOUND,
    GOOD,
    HELD,
    HELD_AT,
    HELD_CODE,
    HELD_MAX,
    HELD_SURE,
    LEADS,
    NEVER,
    NOISE,
    NOW,
    OFF_SINCE,
    ON,
    PARTS_OF_READING,
    PLACE,
    POWER,
    READING,
    READING_SIZE,
    READINGS,
    SPEECH,
    STEADY,
    STEP_MARK,
    TRACK,
    TYPED_AT,
    WAITING,
    WAITING_AT,
    Floats,
    Ints,
    Short,
    forget,
)
from .looking import BETWEEN, CUTS, LLR, MOVED, look
from .tuning import TRUSTED_HZ, carrier, fill_bank, follow, offset_of, retune
from .vectors import discard, next_end, prune, shift_edges
from .voicing import voice
from .weighing import (
    apart_of,
    cut,
    doubted,
    is_plain,
    read_plainly,
    scale_of,
    weigh,
    without_phases,
)

LAG: Final = 180  # ms after its stop bit a character is decided
CLEAR: Final = 200  # an early decision: no other path may be so near
CLEAR_NATS: Final = 30.0  # ... nor so near in terms of the noise
REDONE: Final = 16  # frames that are looked at again after tuning
FRESH_MS: Final = 1000  # without carrier, after which the bit length may be another
WAITS_MS: Final = 700  # a first character, for its second
HOLDS_MS: Final = 3000  # ... while the carrier stays: somebody looks for a key
EVENTS_ENOUGH: Final = EVENTS_MAX - HELD_MAX - 2  # of one frame: the next may say more
DRIFT_HZ: Final = 0.3  # so far off the tones are turned


def first_look(sums: Short, paths: Short, whole: Ints) -> None:
    """The frame that ends now, in every reading that is tried."""
    for reading in range(whole[FIRST], whole[BEHIND]):
        place = READING + READING_SIZE * reading
        state = whole[place : place + READING_SIZE]
        soften(sums, paths[reading], whole, BIT_BLOCKS[reading], reading == whole[FIRST])
        extend(paths[reading], whole, state, BIT_BLOCKS[reading])


def needs_tuning(sums: Short, whole: Ints, pieces: Floats) -> bool:
    """A carrier has come: whether its tones are off. All that is kept is turned to them then.
    `pieces`: room for twenty numbers."""
    hz = offset_of(sums, whole, pieces)
    if abs(hz - whole[STEP_MARK] / 4294967.296) < TRUSTED_HZ:
        return False
    retune(sums, whole, hz)
    return True


def hear_again(sums: Short, paths: Short, whole: Ints) -> None:
    """What was heard of a sender whose tones are off is heard again."""
    now = whole[NOW]
    for reading in range(whole[FIRST], whole[BEHIND]):
        forget(paths[reading], whole, reading)
    for frame in range(REDONE - 1, -1, -1):
        whole[NOW] = now - frame * BLOCKS
        first_look(sums, paths, whole)


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
    whole[TYPED_AT] = whole[NOW]
    if whole[DETECTED] == 0:
        whole[DETECTED] = 1
        count = say(events, sure, count, FOUND, at, BIT_BLOCKS[reading])
    count = say(events, sure, count, CODE, at, code)
    sure[count - 1] = doubted(p)
    return count


def propose(
    sums: Short, paths: Short, whole: Ints, parts: Floats, reading: int, old: Floats
) -> tuple[int, float, bool]:
    """The next place in one reading where a character may be decided, if it is believed: 2, or 1 if
    another must follow; 0: there is none. Then: where the one before ended, and whether it is on
    the sender's cadence. `old` is room."""
    bit = BIT_BLOCKS[reading]
    p = paths[reading]
    place = READING + READING_SIZE * reading
    state = whole[place : place + READING_SIZE]
    mine = parts[reading * PARTS_OF_READING : (reading + 1) * PARTS_OF_READING]
    clear = CLEAR
    if mine[POWER] > 0.0:
        clear += int(128.0 * CLEAR_NATS * mine[NOISE] / (mine[POWER] * bit))
    while True:
        end = next_end(p, whole, state, bit, LAG, clear)
        if end == NEVER:
            return 0, 0.0, False
        if whole[BEHIND] - whole[FIRST] > 1 and whole[NOW] < end + 7 * (BIT_BLOCKS[0] - bit) + 6:
            return 0, 0.0, False  # the longer reading of the same character has not been heard
        if state[GOOD] < 2 and is_onset(sums, p, whole, bit, end, state[GOOD] == 0):
            discard(p, whole, bit, end, state)
            continue
        belief, lead = believed(sums, paths, whole, reading, end, mine[LEADS])
        if belief == 0 and state[GOOD] == 1 and is_other(p, end - whole[BASE], bit, state[TRACK]):
            # What waits may be a cough: this one is judged as if nothing had come before it.
            state[GOOD] = 0
            belief, lead = believed(sums, paths, whole, reading, end, 0.0)
            if belief == 0:
                state[GOOD] = 1
            else:
                state[HELD] = 0
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
        mine[LEADS] = lead if state[GOOD] == 0 else mine[LEADS] + lead
        state[GOOD] = 1 if belief == 1 else max(state[GOOD] + 1, 2)
        if moved != FAR and mine[BEGUN] == 1.0:
            shift_edges(mine, moved / FINE, old)
        return belief, before, moved != FAR


def conclude(
    sums: Short,
    whole: Ints,
    parts: Floats,
    events: Ints,
    sure: Floats,
    count: int,
    reading: int,
    belief: int,
    code: int,
    likely: float,
) -> int:
    """A character was looked at again: it is said, or waits for another."""
    bit = BIT_BLOCKS[reading]
    place = READING + READING_SIZE * reading
    mine = parts[reading * PARTS_OF_READING : (reading + 1) * PARTS_OF_READING]
    at = math.floor((whole[place + PLACE] / FINE + 7 * bit) * 8.0 + 0.5) - 1
    at = min(at, whole[NOW] * 8 - 1)
    if abs(mine[DRIFT]) > DRIFT_HZ:
        # In steps, so that the last digits of an angle decide nothing.
        hz = math.floor(mine[DRIFT] * 64.0 + 0.5) / 64.0
        retune(sums, whole, whole[STEP_MARK] / 4294967.296 + hz)
        mine[DRIFT] = 0.0
        mine[BEGUN] = 0.0
    held = whole[place + HELD]
    if belief == 1:
        if held == 0:
            whole[WAITING_AT] = at
        whole[WAITING] = 1
        if held < HELD_MAX:
            whole[place + HELD_AT + held] = at
            whole[place + HELD_CODE + held] = code
            mine[HELD_SURE + held] = likely
            whole[place + HELD] = held + 1
        return count
    for one in range(held):
        before = whole[place + HELD_AT + one]
        was = whole[place + HELD_CODE + one]
        count = accept(whole, events, sure, count, reading, before, was, mine[HELD_SURE + one])
    whole[place + HELD] = 0
    whole[WAITING] = 0
    count = accept(whole, events, sure, count, reading, at, code, likely)
    whole[FIRST] = reading
    whole[BEHIND] = reading + 1
    return count


def settle(
    sums: Short,
    paths: Short,
    whole: Ints,
    parts: Floats,
    events: Ints,
    sure: Floats,
    count: int,
    reading: int,
    scratch: Floats,
) -> int:
    """Decide what may be decided in one reading."""
    bit = BIT_BLOCKS[reading]
    place = READING + READING_SIZE * reading
    state = whole[place : place + READING_SIZE]
    mine = parts[reading * PARTS_OF_READING : (reading + 1) * PARTS_OF_READING]
    segments = scratch[CUTS:]
    llr = scratch[LLR]
    while count < EVENTS_ENOUGH:
        belief, before, follows = propose(sums, paths, whole, parts, reading, scratch[MOVED])
        if belief == 0:
            return count
        if is_plain(without_phases(sums, whole, state, mine, bit, llr)):
            code, likely = read_plainly(mine, llr)
            count = conclude(sums, whole, parts, events, sure, count, reading, belief, code, likely)
            continue
        number, first = cut(whole, state, mine, before, follows, bit, segments)
        scale = scale_of(mine, bit)
        apart = apart_of(whole)
        base = float(whole[BASE])
        evidence = look(
            sums, mine, segments, number, first, base, scale, apart, first + 6, llr, scratch
        )
        code, likely = weigh(whole, mine, segments, first, evidence, llr, scratch[BETWEEN])
        count = conclude(sums, whole, parts, events, sure, count, reading, belief, code, likely)
    return count


def listen(sums: Short, paths: Short, whole: Ints, blocks: Short) -> None:
    """20 ms are there: `blocks` [SUMS, LANES], the first twenty of them."""
    compact(sums, paths, whole)
    append(sums, whole, blocks)


def attend(
    sums: Short,
    paths: Short,
    whole: Ints,
    blocks: Short,
    events: Ints,
    sure: Floats,
    pieces: Floats,
) -> int:
    """Whether there is a carrier, or a voice, in what was listened to and looked at. `pieces`: room
    for twenty numbers. How many of `events` and `sure` were written."""
    if not follow(sums, whole):
        return 0
    if whole[ON] == 0:
        fill_bank(whole, blocks)
    change = carrier(whole)
    if change > 0 and needs_tuning(sums, whole, pieces):
        hear_again(sums, paths, whole)
    return tell(whole, events, sure, 0, change, voice(sums, whole))


def decide(
    sums: Short,
    paths: Short,
    whole: Ints,
    parts: Floats,
    events: Ints,
    sure: Floats,
    count: int,
    scratch: Floats,
) -> int:
    """What may be decided now, in every reading that is tried; the first to be believed is it."""
    for reading in range(READINGS):
        if whole[FIRST] <= reading < whole[BEHIND]:
            count = settle(sums, paths, whole, parts, events, sure, count, reading, scratch)
    return count


def tell(whole: Ints, events: Ints, sure: Floats, count: int, change: int, speech: int) -> int:
    """What became of the carrier and of a voice in this frame: 1 it came, -1 it went."""
    now = whole[NOW] * 8 - 1
    if change != 0:
        whole[ON] = 1 if change > 0 else 0
        whole[STEADY] = 0
        if change < 0:
            whole[OFF_SINCE] = whole[NOW]
        count = say(events, sure, count, CARRIER, now, whole[ON])
    if speech != 0:
        count = say(events, sure, count, SPEECH, now, 1 if speech > 0 else 0)
    return count


def rest(paths: Short, whole: Ints, fixed: int) -> None:
    """A first character does not wait for ever. Without a carrier, what comes next begins afresh,
    after a while with any bit length."""
    waits = HOLDS_MS if whole[ON] == 1 else WAITS_MS
    if whole[WAITING] == 1 and whole[NOW] * 8 - whole[WAITING_AT] > waits * 8:
        whole[WAITING] = 0
        for reading in range(READINGS):
            whole[READING + READING_SIZE * reading + GOOD] = 0
            whole[READING + READING_SIZE * reading + HELD] = 0
    if whole[ON] == 1:
        return
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
