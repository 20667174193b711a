"""What every frame costs, in numpy for all calls at once, where nothing is compiled: the same
integers as the functions of the same names in `hearing`, `tuning`, `voicing` and `framing`.

`rows` are the calls [n]. What depends on the step before is never more than a running maximum,
because a character is longer than a frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .framing import (
    ANYWHERE,
    CLEAR_SHARE,
    CLEARLY,
    CLIP,
    EXPECTED,
    FAR,
    FINE,
    HITS_KNOWN,
    LEVEL_MIN,
    LOOKED_BACK,
    SAME,
    SLIP_MAX,
    STEEP,
    SURER,
    UNIT,
)
from .hearing import ASLEEP_AFTER
from .layout import (
    BANK,
    BASE,
    BASIS,
    BEFORE,
    BEHIND,
    BIT_BLOCKS,
    BLOCKS,
    COMMITTED,
    ENDED,
    ENERGY,
    FIRST,
    FLOOR,
    FROM,
    GAP,
    HEARD,
    HITS,
    HUSHED,
    IDLE,
    KEPT,
    LAST,
    LEVEL,
    LIVELY,
    LONG_AGO,
    LULL,
    MARK_IM,
    MARK_RE,
    NEVER,
    NOW,
    OFFSETS,
    ON,
    OPEN,
    OTHER,
    PLACE,
    PRESENT,
    READING,
    READING_SIZE,
    READINGS,
    ROOM,
    SAMPLES,
    SOFT,
    SPACE_IM,
    SPACE_RE,
    SPEAKING,
    STEADY,
    STEP_MARK,
    STEP_SPACE,
    STRONG,
    SUMS,
    TONES,
    TYPED_AT,
    WAITING,
    WEAK,
    Ints,
    Short,
)
from .tuning import (
    BANK_COSINE,
    BANK_SINE,
    COSINE,
    ENERGY_MIN,
    OFF_FRAMES,
    OFF_SHARE,
    ON_FRAMES,
    ON_SHARE,
    PURE,
    SINE,
)
from .voicing import (
    BEGINS,
    ENDS,
    FLOOR_MIN,
    FLOOR_RISES,
    GAIN,
    LIVELY_MAX,
    LOUD,
    PART,
    PRICE,
    TONE_SHARE,
    TYPED_WITHIN,
    UNSTEADY,
)

Flags = NDArray[np.bool_]
_ORDER: Ints = np.arange(ROOM)
_TWENTY = _ORDER[:BLOCKS]
_TONES = np.arange(4)[:, None]
_LATER = np.arange(2, 7)[:, None]  # bits of a character behind its first


def tired(whole: Ints, rows: Ints, hushed: Flags) -> tuple[Ints, Ints]:
    """Those of `rows` that need not be heard, as `hearing.sleeps` says; and of these the ones for
    which it begins. `hushed`: there was next to nothing in this frame."""
    state = whole[rows]
    frames = np.where(hushed, np.minimum(state[:, HUSHED] + 1, ASLEEP_AFTER), 0)
    busy = (state[:, ON] + state[:, WAITING] + state[:, SPEAKING]) > 0
    asleep = hushed & (state[:, HUSHED] >= ASLEEP_AFTER) & ~busy
    frames[asleep] = ASLEEP_AFTER + 1
    whole[rows, HUSHED] = frames
    return rows[asleep], rows[asleep & (state[:, HUSHED] == ASLEEP_AFTER)]


def compact(sums: Short, paths: Short, whole: Ints) -> None:
    """As `hearing.compact`; one call."""
    at = int(whole[NOW] - whole[BASE])
    if at + BLOCKS < ROOM:
        return
    cut = at - KEPT
    sums[:, : KEPT + 1] = sums[:, cut : cut + KEPT + 1]
    sums[:4, : KEPT + 1] -= sums[:4, :1].copy()
    for reading in range(int(whole[FIRST]), int(whole[BEHIND])):
        p = paths[reading]
        gained = p[IDLE, at]
        p[:, : KEPT + 1] = p[:, cut : cut + KEPT + 1]
        for row in (OPEN, ENDED, IDLE, BASIS):
            p[row, : KEPT + 1] = np.maximum(p[row, : KEPT + 1] - gained, NEVER)
    whole[BASE] += cut


def append(sums: Short, whole: Ints, rows: Ints, blocks: Short) -> None:
    """As `hearing.append`. `blocks` [n, SUMS, 20]."""
    at = whole[rows, NOW] - whole[rows, BASE]
    turned = blocks.astype(np.int64)
    tuned = np.flatnonzero(whole[rows, STEP_MARK])
    if len(tuned):
        position = whole[rows[tuned], NOW][:, None] + _TWENTY
        for re, im, step in ((MARK_RE, MARK_IM, STEP_MARK), (SPACE_RE, SPACE_IM, STEP_SPACE)):
            place = ((position * whole[rows[tuned], step][:, None]) >> 22) & 1023
            c, s = COSINE[place], SINE[place]
            a, b = turned[tuned, re], turned[tuned, im]
            turned[tuned, re] = (a * c + b * s) >> 14
            turned[tuned, im] = (b * c - a * s) >> 14
    turned[:, :4, 0] += sums[rows[:, None], _TONES[:, 0], at[:, None]]
    turned[:, :4] = np.cumsum(turned[:, :4], axis=2)
    columns = at[:, None] + 1 + _TWENTY
    every = _ORDER[:SUMS, None]
    sums[rows[:, None, None], every, columns[:, None]] = turned
    whole[rows, NOW] += BLOCKS


def _magnitude(re: Ints, im: Ints) -> Ints:
    a, b = re.astype(np.float64), im.astype(np.float64)
    found: Ints = np.sqrt(a * a + b * b).astype(np.int64)
    return found


def soften(sums: Short, paths: Short, whole: Ints, rows: Ints, reading: int) -> None:
    """As `framing.soften`."""
    bit = BIT_BLOCKS[reading]
    columns = (whole[rows, NOW] - whole[rows, BASE])[:, None] + (_TWENTY - BLOCKS + 1)
    r, wide = rows[:, None, None], columns[:, None]
    difference = sums[r, _TONES, wide] - sums[r, _TONES, wide - bit]
    mark = _magnitude(difference[:, MARK_RE], difference[:, MARK_IM])
    space = _magnitude(difference[:, SPACE_RE], difference[:, SPACE_IM])
    strong = np.maximum(mark, space)
    leads = whole[rows, FIRST] == reading
    level: Ints = whole[rows, LEVEL]
    off = strong.sum(axis=1) // BLOCKS - level
    followed = np.maximum(level + off // np.where(off > 0, 2, 6), LEVEL_MIN)
    known: Ints = np.where(leads, followed, level)
    whole[rows, LEVEL] = known
    apart = mark - space
    soft: Ints = np.clip((apart * UNIT / known[:, None]).astype(np.int64), -CLIP, CLIP)
    r = rows[:, None]
    paths[r, reading, STRONG, columns] = strong
    paths[r, reading, WEAK, columns] = np.minimum(mark, space)
    paths[r, reading, SOFT, columns] = soft


def extend(paths: Short, whole: Ints, rows: Ints, reading: int) -> None:
    """As `framing.extend`."""
    bit = BIT_BLOCKS[reading]
    first = whole[rows, NOW] - whole[rows, BASE] - BLOCKS + 1
    columns = first[:, None] + _TWENTY
    r = rows[:, None]
    soft = paths[r, reading, SOFT, columns]
    paths[r, reading, OPEN, columns - bit] -= soft
    # Twenty columns of each of five bits; a bit is no shorter, so that none is there twice.
    later = columns[:, None] - _LATER * bit
    paths[rows[:, None, None], reading, OPEN, later] += np.maximum(0, -soft)[:, None]
    place = READING + READING_SIZE * reading
    state = whole[rows, place : place + READING_SIZE]
    connect(paths[:, reading], rows, whole[rows], state, first, BLOCKS, 7 * bit)
    paths[r, reading, OPEN, columns] = paths[r, reading, BASIS, columns]


def connect(
    paths: Short, rows: Ints, whole: Ints, state: Ints, first: Ints, count: int, long: int
) -> None:
    """As `framing.connect`, `count` columns from `first` on. paths [calls, PATHS, ROOM], whole
    [n, WHOLES], state [n, READING_SIZE]."""
    base: Ints = whole[:, BASE]
    r = rows[:, None]
    columns = first[:, None] + _ORDER[:count]
    ended = paths[r, OPEN, columns - long]
    paths[r, ENDED, columns] = ended
    before = first[:, None] - 1
    idle = np.maximum.accumulate(np.concatenate((paths[r, IDLE, before], ended), axis=1), axis=1)
    rose = np.where(ended > idle[:, :-1], base[:, None] + columns, NEVER)
    last = np.concatenate((paths[r, LAST, before], rose), axis=1)
    last = np.maximum.accumulate(last, axis=1)[:, 1:]
    idle = idle[:, 1:]
    paths[r, IDLE, columns] = idle
    paths[r, LAST, columns] = last
    hits: Ints = state[:, HITS]
    clear = (CLEAR_SHARE * whole[:, TONES] > PURE * whole[:, HEARD]) & (hits < HITS_KNOWN)
    best = idle - (np.where(clear, CLEARLY, ANYWHERE) + hits * SURER)[:, None]
    known = np.flatnonzero(hits >= HITS_KNOWN)
    if len(known):
        _expect(paths, rows, base, state, first, count, long, known, best, last)
    paths[r, BASIS, columns] = best
    paths[r, FROM, columns] = last


def _expect(
    paths: Short,
    rows: Ints,
    base: Ints,
    state: Ints,
    first: Ints,
    count: int,
    long: int,
    known: Ints,
    best: Ints,
    last: Ints,
) -> None:
    """Where the cadence expects a character, one costs less."""
    gap = state[known, GAP]
    period = long * FINE + gap
    half = period // 2
    start = (base[known] + first[known]) * FINE
    steps = _ORDER[:count] * FINE
    place, other = start - state[known, PLACE], start - state[known, OTHER]
    slips = [
        np.abs((((off + half) % period)[:, None] + steps) % period[:, None] - half[:, None])
        for off in (place, other)
    ]
    slips[1][state[known, OTHER] == LONG_AGO] = FAR
    slip = np.minimum(*slips)
    fits = (slip <= SLIP_MAX) & (place[:, None] + steps >= half[:, None])
    which, column = np.nonzero(fits)
    if not len(which):
        return
    off = slip[which, column]
    cost = EXPECTED + off * off * STEEP // (FINE * FINE)
    mine = known[which]
    row = rows[mine]
    expected = first[mine] + column
    end = expected - ((gap + FINE // 2) // FINE)[which]
    found, by = best[mine, column], last[mine, column]
    for beside in (-1, 0, 1):
        at = np.minimum(end + beside, expected)
        score = paths[row, ENDED, at] - cost
        better = (score > found) & (end + beside <= expected)
        found = np.where(better, score, found)
        by = np.where(better, base[mine] + at, by)
    best[mine, column], last[mine, column] = found, by


def follow(sums: Short, whole: Ints, rows: Ints) -> tuple[Flags, Ints]:
    """As `tuning.follow`, and the energy of each frame in 8ths."""
    at = whole[rows, NOW] - whole[rows, BASE]
    columns = at[:, None] + (_TWENTY - BLOCKS + 1)
    r = rows[:, None]
    enough = sums[r, PRESENT, columns].sum(axis=1) >= BLOCKS * SAMPLES // 2
    energy = sums[r, ENERGY, columns].sum(axis=1)
    tones = _TONES[:, 0]
    heard = (sums[r, tones, at[:, None]] - sums[r, tones, at[:, None] - BLOCKS]).astype(np.int64)
    power = heard * heard
    mark = (power[:, MARK_RE] + power[:, MARK_IM]) >> 6
    space = (power[:, SPACE_RE] + power[:, SPACE_IM]) >> 6
    few = rows[enough]
    whole[few, HEARD] += (8 * energy[enough] - whole[few, HEARD]) >> 2
    whole[few, TONES] += (np.maximum(mark, space)[enough] - whole[few, TONES]) >> 2
    return enough, energy


def fill_bank(whole: Ints, rows: Ints, blocks: Short) -> None:
    """As `tuning.fill_bank`."""
    re, im = blocks[:, MARK_RE].astype(np.int64), blocks[:, MARK_IM].astype(np.int64)
    a = (re @ BANK_COSINE.T + im @ BANK_SINE.T) >> 13
    b = (im @ BANK_COSINE.T - re @ BANK_SINE.T) >> 13
    whole[rows, BANK : BANK + OFFSETS] += (a * a + b * b - whole[rows, BANK : BANK + OFFSETS]) >> 2


def carrier(whole: Ints, rows: Ints) -> Ints:
    """As `tuning.carrier`, for each."""
    state = whole[rows]
    heard = np.maximum(state[:, HEARD], ENERGY_MIN) * PURE
    on = state[:, ON] == 1
    loudest = state[:, BANK : BANK + OFFSETS].max(axis=1)
    seen = np.where(on, state[:, TONES] * OFF_SHARE < heard, loudest * ON_SHARE > heard)
    steady = np.where(seen, state[:, STEADY] + 1, 0)
    whole[rows, STEADY] = steady
    goes = on & (steady >= OFF_FRAMES)
    whole[rows[goes], BANK : BANK + OFFSETS] = 0
    return np.where(goes, -1, np.where(~on & (steady >= ON_FRAMES), 1, 0))


def voice(sums: Short, whole: Ints, rows: Ints, energy: Ints) -> Ints:
    """As `voicing.voice`, for each."""
    state = whole[rows]
    floor, before = state[:, FLOOR], state[:, BEFORE]
    ends = (state[:, NOW] - state[:, BASE])[:, None] - _ORDER[: BLOCKS // PART] * PART
    r, wide = rows[:, None, None], ends[:, None]
    heard = (sums[r, _TONES, wide] - sums[r, _TONES, wide - PART]).astype(np.int64)
    tones = (heard * heard).sum(axis=(1, 2))
    typed = (state[:, WAITING] == 1) | (state[:, NOW] - state[:, TYPED_AT] < TYPED_WITHIN)
    lively = (
        (energy > LOUD * floor)
        & (UNSTEADY * np.abs(energy - before) > np.minimum(energy, before))
        & ~typed
        & (2 * tones < TONE_SHARE * energy)
    )
    quieter = (floor == 0) | (energy < floor)
    rises = floor + (floor >> FLOOR_RISES) + 1
    whole[rows, FLOOR] = np.where(quieter, np.maximum(energy, FLOOR_MIN), rises)
    whole[rows, BEFORE] = energy
    liveliness = state[:, LIVELY]
    liveliness = np.where(
        lively, np.minimum(liveliness + GAIN, LIVELY_MAX), np.maximum(liveliness - PRICE, 0)
    )
    lull = np.where(lively, 0, state[:, LULL] + 1)
    speaks = state[:, SPEAKING] == 1
    begins = ~speaks & (liveliness >= BEGINS)
    ends_now = speaks & (typed | (lull >= ENDS))
    whole[rows, LULL] = lull
    whole[rows, LIVELY] = np.where(ends_now, 0, liveliness)
    whole[rows, SPEAKING] = np.where(begins, 1, np.where(ends_now, 0, state[:, SPEAKING]))
    change: Ints = begins.astype(np.int64) - ends_now
    return change


def undecided(paths: Short, whole: Ints, rows: Ints) -> Flags:
    """Whose best path has a character that was not decided: `framing.next_end` may find one."""
    found = np.zeros(len(rows), dtype=np.bool_)
    for reading in range(READINGS):
        tried = (whole[rows, FIRST] <= reading) & (reading < whole[rows, BEHIND])
        some = rows[tried]
        if not len(some):
            continue
        bit = BIT_BLOCKS[reading]
        at = whole[some, NOW] - whole[some, BASE]
        first = at - 7 * bit + 1
        scores = paths[some[:, None], reading, OPEN, first[:, None] + _ORDER[: 6 * bit]]
        top = scores.argmax(axis=1)
        best = scores[np.arange(len(some)), top]
        last = paths[some, reading, LAST, at].astype(np.int64)
        is_open = best > paths[some, reading, IDLE, at]
        last[is_open] = paths[some, reading, FROM, first + top][is_open]
        committed = whole[some, READING + READING_SIZE * reading + COMMITTED]
        found[tried] |= last > np.maximum(committed, whole[some, NOW] - LOOKED_BACK) + SAME
    return found
