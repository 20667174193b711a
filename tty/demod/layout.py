"""Where everything about one call is kept: rows and places of a few arrays, as named numbers.

Plain arrays, because the compiled kernel and the interpreter read the same ones. Knows no meaning
beyond the names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

SAMPLES: Final = 8  # in one block of 1 ms, the grid of everything
FRAME: Final = 160  # samples between two decisions, 20 ms
BLOCKS: Final = FRAME // SAMPLES
BITS: Final = 7  # of one character: start, five of data, one stop

# Positions are counted in ms from the first sample; an array keeps those from BASE on.
KEPT: Final = 704  # ms that are looked back at: the longest delay, two characters, a lead-in
ROOM: Final = 1024

# Rows of `sums`: what came before a position, correlated with each tone and added up.
MARK_RE: Final = 0
MARK_IM: Final = 1
SPACE_RE: Final = 2
SPACE_IM: Final = 3
ENERGY: Final = 4
PRESENT: Final = 5  # samples that arrived
SUMS: Final = 6

# Rows of `paths`, one set for each bit length.
SOFT: Final = 0  # mark minus space over the bit that ends here
OPEN: Final = 1  # the best path with a start bit from here on, as far as it has been heard
FROM: Final = 2  # where the character before that start ended; NEVER: there was none
ENDED: Final = 3  # the best path with a character that ends here
IDLE: Final = 4  # the best path that is in mark here
LAST: Final = 5  # where the last character of that path ended
STRONG: Final = 6  # the louder tone's magnitude over the bit that ends here
WEAK: Final = 7
BASIS: Final = 8  # the best path to a start bit here, before the start bit
PATHS: Final = 9

NEVER: Final = -(1 << 40)
READINGS: Final = 2  # bit lengths that are tried
BIT_BLOCKS: Final = (22, 20)  # ms: 45.45 and 50 baud

# Places of `whole`, the integers of one call.
NOW: Final = 0  # position of the next block
BASE: Final = 1  # position of the first column
LEVEL: Final = 2  # magnitude of a clean bit, slowly following
ON: Final = 3  # carrier
STEP_MARK: Final = 4  # of the oscillator that takes the frequency offset out: 2**-32 turn per ms
STEP_SPACE: Final = 5
CHOSEN: Final = 6  # reading in force, -1: not known yet
DETECTED: Final = 7
FIXED: Final = 8  # the caller said which bit length
READING_0: Final = 16  # then READING_SIZE places for each reading
READING_SIZE: Final = 16
COMMITTED: Final = 0  # where the last decided character ended
GAP: Final = 1  # learnt time between characters, in 1/64 ms; -1: none
HITS: Final = 2  # how often it held lately
PLACE: Final = 3  # smoothed position of the last character's start, in 1/64 ms
GOOD: Final = 4  # accepted in a row
WHOLES: Final = READING_0 + READINGS * READING_SIZE

# Rows of events: kind, sample, code or on; the confidence is apart.
CARRIER: Final = 0
CODE: Final = 1
FOUND: Final = 2
SPEECH: Final = 3
EVENTS_MAX: Final = 24  # in one frame


@dataclass(frozen=True, slots=True)
class Lanes:
    """All calls of a bank; the first axis is the call."""

    sums: NDArray[np.int64]  # [call, SUMS, ROOM]
    paths: NDArray[np.int64]  # [call, READINGS, PATHS, ROOM]
    whole: NDArray[np.int64]  # [call, WHOLES]
    parts: NDArray[np.float64]  # [call, PARTS]
    events: NDArray[np.int64]  # [call, EVENTS_MAX, 3]
    sure: NDArray[np.float64]  # [call, EVENTS_MAX]


# Places of `parts`, the fractions of one call.
CONTRAST: Final = 0  # of the last characters
PARTS: Final = 64
