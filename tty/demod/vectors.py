"""The busiest steps of `hearing`, `framing` and `looking` in numpy: the same integers, for where
nothing is compiled. Each has a plain twin, and a test that both give the same.

What depends on the step before is never more than a running maximum, because a character is longer
than a frame.
"""

from __future__ import annotations

import numpy as np

from . import framing, hearing, looking
from .framing import (
    ANYWHERE,
    CLIP,
    EXPECTED,
    FINE,
    HITS_KNOWN,
    SAME,
    SLIP_MAX,
    STEEP,
    SURER,
    UNIT,
    first_of,
    follow_level,
)
from .layout import (
    BASE,
    BASIS,
    BLOCKS,
    COMMITTED,
    ENDED,
    FROM,
    GAP,
    HITS,
    IDLE,
    KEPT,
    LAST,
    LEVEL,
    MARK_IM,
    MARK_RE,
    NEVER,
    NOW,
    OPEN,
    OTHER,
    PLACE,
    ROOM,
    SOFT,
    SPACE_IM,
    SPACE_RE,
    STRONG,
    WEAK,
    Ints,
)

TWINS = ()
