"""Where everything about one call is kept: rows and places of a few arrays, as named numbers.

Plain arrays, because the compiled kernel and numpy work on the same ones. Knows no meaning beyond
the names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Short = NDArray[np.int32]  # what there is much of: half the memory, twice as many at a time
Floats = NDArray[np.float64]

SAMPLES: Final = 8  # in one block of 1 ms, the grid of everything
FRAME: Final = 160  # samples between two decisions, 20 ms
BLOCKS: Final = FRAME // SAMPLES
LANES: Final = 24  # a frame's blocks and no more, where a processor takes eight at a time
BITS: Final = 7  # of one character: start, five of data, one stop

# Positions are counted in ms from the first sample; an array keeps those from BASE on.
KEPT: Final = 512  # ms that are looked back at: the longest delay, two characters, a lead-in
# More than twice that, so that what moves never moves onto itself; no power of two, because rows
# that are one apart would share their places in the processor's cache.
ROOM: Final = 1064

# Rows of `sums`: what came before a position, correlated with each tone and added up; and of the
# block before it, its energy and how much of it arrived.
MARK_RE: Final = 0
MARK_IM: Final = 1
SPACE_RE: Final = 2
SPACE_IM: Final = 3
ENERGY: Final = 4  # in 8ths
PRESENT: Final = 5  # samples that arrived
SUMS: Final = 6
COARSE: Final = 9  # bits of a block's correlation that are dropped: far below a telephone's noise

# Rows of `paths`, one set for each bit length.
SOFT: Final = 0  # mark minus space over the bit that ends here
STRONG: Final = 1  # the louder tone's magnitude over the bit that ends here
WEAK: Final = 2
FROM: Final = 3  # where the character before a start bit that begins here ended
LAST: Final = 4  # where the last character of the best path that is in mark here ended
SCORES: Final = 5  # what the rows from here on say is only worth something beside each other
OPEN: Final = 5  # the best path with a start bit from here on, as far as it has been heard
ENDED: Final = 6  # the best path with a character that ends here
IDLE: Final = 7  # the best path that is in mark here
BASIS: Final = 8  # the best path to a start bit here, before the start bit
PATHS: Final = 9

NEVER: Final = -(1 << 29)
LONG_AGO: Final = -(1 << 40)  # in 1/4096 ms
BIT_BLOCKS: Final = (22, 20)  # ms: 45.45 and 50 baud; each is a reading of its own
READINGS: Final = len(BIT_BLOCKS)

# Places of `whole`, the integers of one call.
NOW: Final = 0  # position of the next block
BASE: Final = 1  # position of the first column
LEVEL: Final = 2  # magnitude of a clean bit, slowly following
ON: Final = 3  # carrier
STEP_MARK: Final = 4  # of the oscillator that takes the frequency offset out: 2**-32 turn per ms
STEP_SPACE: Final = 5
FIRST: Final = 6  # the readings tried are those from FIRST
BEHIND: Final = 7  # ... up to this one, without it
DETECTED: Final = 8
TONES: Final = 9  # power of the louder tone, following in 80 ms
HEARD: Final = 10  # energy, following in 80 ms
STEADY: Final = 11  # frames for which a carrier's change has been seen
OFF_SINCE: Final = 12  # position
WAITING: Final = 13  # a first character waits for a second one
WAITING_AT: Final = 14  # sample
FLOOR: Final = 16  # energy of the quietest frames
LIVELY: Final = 17  # how speech-like the last frames were
SPEAKING: Final = 18
BEFORE: Final = 19  # energy of the frame before
BANK: Final = 20  # power of mark at OFFSETS frequencies
OFFSETS: Final = 7
HUSHED: Final = 27  # frames for which next to nothing has been heard
LULL: Final = 28  # frames since one was speech-like
TYPED_AT: Final = 29  # position of the last character
READING: Final = 30  # then READING_SIZE places for each reading
READING_SIZE: Final = 24
COMMITTED: Final = 0  # where the last decided character ended
GAP: Final = 1  # learnt time between characters, in 1/4096 ms
HITS: Final = 2  # how often it held lately
PLACE: Final = 3  # the last character's start, smoothed by the cadence, in 1/4096 ms
OTHER: Final = 4  # the cadence's grid before it was last given up
RUN: Final = 5  # characters on this grid
GOOD: Final = 6  # characters accepted since the carrier came
TRACK: Final = 7  # their magnitude
HELD: Final = 8  # first characters that wait until it is clear that they are some
HELD_MAX: Final = 4
HELD_AT: Final = 9  # ... four samples
HELD_CODE: Final = 13  # ... four codes
BEGAN: Final = 17  # where the best path's open character began: it will be asked for again
WHOLES: Final = READING + READINGS * READING_SIZE

# Places of `parts`, the fractions of one call: the phase filter's states, then these.
PHASES: Final = 20  # of one turn; a space bit of 22 ms moves the phase by exactly 4 of them
EDGES: Final = 10  # hypotheses: edges off by so many quarters of a ms; ten are a turn of 400 Hz
STATES: Final = PHASES * EDGES
POWER: Final = 200  # of a tone, per ms
NOISE: Final = 201  # per ms
ODDS: Final = 202  # that phases mean something, in nats
BEGUN: Final = 203
DRIFT: Final = 204  # Hz at mark, what is left of it
LEADS: Final = 205  # of those that wait, over the same in another reading, added up
HELD_SURE: Final = 206  # ... four confidences
PARTS_OF_READING: Final = 210
PARTS: Final = READINGS * PARTS_OF_READING

# Kinds of events; an event is (kind, position of its last sample, code or on or bit length).
CARRIER: Final = 0
CODE: Final = 1
FOUND: Final = 2
SPEECH: Final = 3
EVENTS_MAX: Final = 32  # of one call in one frame


@dataclass(frozen=True, slots=True)
class Lanes:
    """Calls side by side; the first axis is the call."""

    sums: Short  # [call, SUMS, ROOM]
    paths: Short  # [call, READINGS, PATHS, ROOM]
    whole: Ints  # [call, WHOLES]
    parts: Floats  # [call, PARTS]


def lanes(calls: int) -> Lanes:
    """Room for `calls` calls; each must be begun."""
    return Lanes(
        np.zeros((calls, SUMS, ROOM), dtype=np.int32),
        np.zeros((calls, READINGS, PATHS, ROOM), dtype=np.int32),
        np.zeros((calls, WHOLES), dtype=np.int64),
        np.zeros((calls, PARTS), dtype=np.float64),
    )


def begin_call(all_of: Lanes, call: int, first: int, behind: int) -> None:
    """A new call in a lane: nothing has been heard, readings `first` to before `behind`."""
    all_of.sums[call] = 0
    all_of.parts[call] = 0.0
    whole = all_of.whole[call]
    whole[:] = 0
    # Room is made at another frame for each call, so that not all do it at once.
    whole[BASE] = -KEPT - call % ((ROOM - KEPT) // BLOCKS) * BLOCKS
    whole[TYPED_AT] = NEVER
    whole[FIRST], whole[BEHIND] = first, behind
    for reading in range(READINGS):
        forget(all_of.paths[call, reading], whole, reading)


def forget(paths: Short, whole: Ints, reading: int) -> None:
    """A reading starts afresh: no path, no cadence."""
    place = READING + READING_SIZE * reading
    position = whole[NOW] - KEPT
    clear(paths, position)
    whole[place : place + READING_SIZE] = 0
    whole[place + COMMITTED] = position
    whole[place + PLACE] = LONG_AGO
    whole[place + OTHER] = LONG_AGO


def clear(paths: Short, position: int) -> None:
    """No path: mark all the time, and the last character before `position`."""
    paths[SOFT] = 0
    paths[STRONG] = 0
    paths[WEAK] = 0
    paths[IDLE] = 0
    paths[OPEN] = NEVER
    paths[ENDED] = NEVER
    paths[BASIS] = NEVER
    paths[FROM] = position
    paths[LAST] = position
