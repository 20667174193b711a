"""When Python looks for garbage in cycles: seldom, in small amounts, and never through everything.

A collection walks all that could be garbage and the loop stands still meanwhile: a third of a
second with a million dialogues, if nothing were done. What lives long is therefore *frozen*, which
takes it out of every later collection. Dialogues themselves are values that cannot be in a cycle
(`gc=False`) and are never walked; what remains is the younger part of everything else.

Frozen garbage is freed only by counting references. A cycle that dies after it was frozen would
stay, so once in several hours, when there is hardly anybody, everything is walked once.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

YOUNG = 10_000  # objects made and not freed, at which the youngest are walked: about a millisecond
MIDDLE = 5  # of those, until their survivors are walked as well: a few milliseconds
NEVER = 1_000_000_000  # until all is walked by itself
ALL_EVERY = 6 * 3_600.0  # seconds
HARDLY_ANYBODY = 1_000  # dialogues


def settle() -> None:
    """Texts are about to be taken: what a start has made stays and is never walked again. Until now
    nothing was collected (`text911 serve` sees to that)."""
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, NEVER)
    gc.enable()


class Upkeep:
    """`seconds`: monotonic."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._all_at = seconds()

    def tick(self, dialogues: int) -> None:
        """Called about once a second."""
        if gc.get_count()[2]:  # something has survived two collections since the last time
            gc.freeze()
        now = self._seconds()
        if dialogues <= HARDLY_ANYBODY and now - self._all_at >= ALL_EVERY:
            self._all_at = now
            gc.unfreeze()
            gc.collect()
            gc.freeze()
