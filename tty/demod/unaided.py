"""All calls of a bank, one frame each, where nothing is compiled: the order of things is that of
`compiled.kernel`, what every frame costs is done for all calls together, and decisions one by one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import together
from .blocks import blocks
from .framing import FINE
from .hearing import HUSH, hush
from .judging import EVENTS_ENOUGH, FRESH_MS, REDONE, conclude, needs_tuning, propose, rest, tell
from .layout import (
    BASE,
    BEHIND,
    BIT_BLOCKS,
    BLOCKS,
    EVENTS_MAX,
    FIRST,
    GOOD,
    NOW,
    OFF_SINCE,
    ON,
    PARTS_OF_READING,
    PLACE,
    READING,
    READING_SIZE,
    READINGS,
    STATES,
    WAITING,
    Floats,
    Ints,
    Lanes,
    Short,
    forget,
)
from .looking import SEGMENTS_MAX
from .tuning import carrier, follow
from .vectors import look, without_phases
from .voicing import voice
from .weighing import apart_of, cut, is_plain, read_plainly, scale_of, weigh


def frames(
    held: Lanes,
    rows: Ints,
    samples: NDArray[np.int16],
    lost: NDArray[np.bool_],
    fixed: int,
    events: Ints,
    sure: Floats,
) -> int:
    """As the compiled kernel: `events` [.., 4] and `sure` are filled, how many is returned."""
    whole = held.whole
    heard = np.where(lost, 0, samples).astype(np.float64)
    hushed = np.einsum("ij,ij->i", heard, heard) < HUSH
    asleep, begins = together.tired(whole, rows, hushed)
    for row in begins.tolist():
        hush(held.sums[row], held.paths[row], whole[row])
    whole[asleep, NOW] += BLOCKS
    whole[asleep, BASE] += BLOCKS
    awake = np.flatnonzero(~np.isin(rows, asleep)) if len(asleep) else np.arange(len(rows))
    change = np.zeros(len(rows), dtype=np.int64)
    speech = np.zeros(len(rows), dtype=np.int64)
    busy = np.zeros(len(rows), dtype=np.bool_)
    if len(awake):
        change[awake], speech[awake], busy[awake] = hear(
            held, rows[awake], samples[awake], lost[awake]
        )
    calls: dict[int, Call] = {}
    for one in np.flatnonzero(
        (change != 0) | (speech != 0) | busy | restless(whole, rows)
    ).tolist():
        call = calls[one] = Call(int(rows[one]))
        call.count = tell(
            whole[call.row], call.events, call.sure, 0, int(change[one]), int(speech[one])
        )
    decide(held, [calls[one] for one in np.flatnonzero(busy).tolist()])
    total = 0
    for one, call in calls.items():
        rest(held.paths[call.row], whole[call.row], fixed)
        told = slice(total, total + call.count)
        events[told, 0] = one
        events[told, 1:] = call.events[: call.count]
        sure[told] = call.sure[: call.count]
        total += call.count
    return total


class Call:
    """One that has something to say in this frame."""

    def __init__(self, row: int):
        self.row = row
        self.count = 0
        self.events: Ints = np.empty((EVENTS_MAX, 3), dtype=np.int64)
        self.sure: Floats = np.empty(EVENTS_MAX)


@dataclass(slots=True)
class Proposed:
    """A character whose place is known, and what it is found to be. `state` and `mine` are the
    reading's places in `whole` and `parts`."""

    call: Call
    state: Ints
    mine: Floats
    belief: int
    before: float
    follows: bool
    code: int = 0
    likely: float = 0.0


def decide(held: Lanes, calls: list[Call]) -> None:
    """As `judging.decide` for each: places one by one, and then the second look at all together,
    until nobody has any more."""
    for reading in range(READINGS):
        left = [c for c in calls if held.whole[c.row, FIRST] <= reading < held.whole[c.row, BEHIND]]
        while left:
            left = [call for call in settle(held, left, reading) if call.count < EVENTS_ENOUGH]


def settle(held: Lanes, calls: list[Call], reading: int) -> list[Call]:
    """One character of each of `calls`. Those that had one."""
    place = slice(READING + READING_SIZE * reading, READING + READING_SIZE * (reading + 1))
    part = slice(PARTS_OF_READING * reading, PARTS_OF_READING * (reading + 1))
    found: list[Proposed] = []
    for call in calls:
        whole, parts = held.whole[call.row], held.parts[call.row]
        belief, before, follows = propose(
            held.sums[call.row], held.paths[call.row], whole, parts, reading, parts
        )
        if belief:
            found.append(Proposed(call, whole[place], parts[part], belief, before, follows))
    if not found:
        return []
    bit = BIT_BLOCKS[reading]
    rows = np.array([one.call.row for one in found])
    bases = held.whole[rows, BASE]
    scales = np.array([scale_of(one.mine, bit) for one in found])
    starts = held.whole[rows, place.start + PLACE] / FINE - bases
    now = (held.whole[rows, NOW] - bases).astype(np.float64)
    llr = without_phases(held.sums, rows, starts, now, scales, bit)
    plain = [is_plain(least) for least in np.abs(llr).min(axis=1).tolist()]
    for one, bits, clear in zip(found, llr, plain, strict=True):
        if clear:
            one.code, one.likely = read_plainly(one.mine, bits)
    doubtful = np.flatnonzero(~np.array(plain))
    if len(doubtful):
        again = [found[one] for one in doubtful.tolist()]
        look_again(held, again, rows[doubtful], scales[doubtful], bit)
    for one in found:
        call = one.call
        call.count = conclude(
            held.sums[call.row], held.whole[call.row], held.parts[call.row], call.events,
            call.sure, call.count, reading, one.belief, one.code, one.likely,
        )  # fmt: skip
    return [one.call for one in found]


def look_again(held: Lanes, found: list[Proposed], rows: Ints, scales: Floats, bit: int) -> None:
    """The second look, at all of `found` together."""
    segments = np.zeros((len(found), SEGMENTS_MAX, 3))
    counts, firsts = np.array(
        [
            cut(held.whole[one.call.row], one.state, one.mine, one.before, one.follows, bit, mine)
            for one, mine in zip(found, segments, strict=True)
        ]
    ).T
    phases = np.stack([one.mine[:STATES] for one in found])
    aparts = np.array([apart_of(held.whole[row]) for row in rows])
    bases = held.whole[rows, BASE].astype(np.float64)
    evidence, llr, heard = look(
        held.sums, rows, phases, segments, counts, firsts, bases, scales, aparts
    )
    for at, one in enumerate(found):
        one.mine[:STATES] = phases[at]
        one.code, one.likely = weigh(
            held.whole[one.call.row], one.mine, segments[at], int(firsts[at]),
            float(evidence[at]), llr[at], heard[at],
        )  # fmt: skip


def hear(
    held: Lanes, rows: Ints, samples: NDArray[np.int16], lost: NDArray[np.bool_]
) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """What comes before decisions. For each of `rows`: what became of its carrier and of a voice,
    and whether there may be something to decide."""
    whole = held.whole
    for row in rows[whole[rows, NOW] - whole[rows, BASE] + BLOCKS >= held.sums.shape[2]].tolist():
        together.compact(held.sums[row], held.paths[row], whole[row])
    now = blocks(samples, lost)
    together.append(held.sums, whole, rows, now)
    first_look(held, rows)
    if len(rows) == 1:
        change, speech = attend_one(held, int(rows[0]), now[0])
        return change, speech, together.undecided(held.paths, whole, rows)
    enough, energy = together.follow(held.sums, whole, rows)
    seen = np.flatnonzero(enough)
    searching = seen[whole[rows[seen], ON] == 0]
    together.fill_bank(whole, rows[searching], now[searching])
    change = np.zeros(len(rows), dtype=np.int64)
    change[seen] = together.carrier(whole, rows[seen])
    for row in rows[change > 0].tolist():
        if needs_tuning(held.sums[row], whole[row], np.zeros(20)):
            again(held, row)
    speech = np.zeros(len(rows), dtype=np.int64)
    speech[seen] = together.voice(held.sums, whole, rows[seen], energy[seen])
    return change, speech, together.undecided(held.paths, whole, rows)


def attend_one(held: Lanes, row: int, now: Short) -> tuple[Ints, Ints]:
    """What becomes of the carrier and of a voice, of a call that is heard alone: for one, numpy
    takes longer than Python does."""
    sums, whole = held.sums[row], held.whole[row]
    nothing: Ints = np.zeros(1, dtype=np.int64)
    if not follow(sums, whole):
        return nothing, nothing
    if whole[ON] == 0:
        together.fill_bank(held.whole, np.array([row]), now[None])
    change = carrier(whole)
    if change > 0 and needs_tuning(sums, whole, np.zeros(20)):
        again(held, row)
    return np.array([change]), np.array([voice(sums, whole)])


def first_look(held: Lanes, rows: Ints) -> None:
    """As `judging.first_look`."""
    whole = held.whole
    for reading in range(READINGS):
        some = rows[(whole[rows, FIRST] <= reading) & (reading < whole[rows, BEHIND])]
        if len(some):
            together.soften(held.sums, held.paths, whole, some, reading)
            together.extend(held.paths, whole, some, reading)


def again(held: Lanes, row: int) -> None:
    """As `judging.hear_again`."""
    whole = held.whole[row]
    now = int(whole[NOW])
    for reading in range(int(whole[FIRST]), int(whole[BEHIND])):
        forget(held.paths[row, reading], whole, reading)
    only = np.array([row])
    for frame in range(REDONE - 1, -1, -1):
        whole[NOW] = now - frame * BLOCKS
        first_look(held, only)


def restless(whole: Ints, rows: Ints) -> NDArray[np.bool_]:
    """For whom `judging.rest` has anything to do."""
    state = whole[rows]
    good = state[:, [READING + READING_SIZE * reading + GOOD for reading in range(READINGS)]]
    fresh = (state[:, BEHIND] - state[:, FIRST] == 1) & (
        state[:, NOW] - state[:, OFF_SINCE] == FRESH_MS // BLOCKS * BLOCKS
    )
    done: NDArray[np.bool_] = (state[:, WAITING] == 1) | (
        (state[:, ON] == 0) & (fresh | (good >= 2).any(axis=1))
    )
    return done
