"""A failing seed made small: as long as the same promise breaks, faults are taken out of it and the
storm is cut. What is left is a story that a person can read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from .scenario import WHOLE, Cut
from .storm import Outcome, run

RUNS_MAX = 60  # some fifteen seconds
STORY_MAX = 400  # events of the shortest story that are kept for people
FEW = (1, 2, 3)  # callers, and texts of each, that are tried
ENDS = (5.0, 10.0, 20.0, 30.0, 40.0)  # seconds, likewise the end of the storm

Run = Callable[[int, Cut, int], Outcome]


@dataclass(frozen=True, slots=True)
class Shrunk:
    """`outcome` is that of the seed under `cut`, with the whole story; it took `runs` runs."""

    cut: Cut
    outcome: Outcome
    runs: int


def shrink(broken: Outcome, cut: Cut = WHOLE, play: Run = run, runs_max: int = RUNS_MAX) -> Shrunk:
    """`broken` is the outcome of its seed under `cut`. Greedy: what may go, goes for good."""
    search = _Search(broken, cut, play, runs_max)
    search.drop_faults()
    search.fewer()
    search.drop_faults()  # some were needed only for what is gone by now
    outcome = play(broken.seed, search.cut, STORY_MAX)
    return Shrunk(search.cut, outcome, search.runs + 1)


class _Search:
    def __init__(self, broken: Outcome, cut: Cut, play: Run, runs_max: int) -> None:
        self.cut = replace(cut, only=frozenset(broken.faults))
        self.runs = 0
        self._broken = broken
        self._play = play
        self._runs_max = runs_max

    def drop_faults(self) -> None:
        """Halves first, then quarters, in the end one by one."""
        size = max(1, len(self._only()) // 2)
        while self._only() and size:
            at = 0
            while at < len(kept := sorted(self._only())):
                without = frozenset(kept[:at] + kept[at + size :])
                if not self._try(replace(self.cut, only=without)):
                    at += size
            size //= 2

    def fewer(self) -> None:
        cut = self.cut
        if not any(self._try(replace(cut, callers=few, texts=1)) for few in FEW[:1]):
            any(self._try(replace(self.cut, callers=few)) for few in FEW)
            any(self._try(replace(self.cut, texts=few)) for few in FEW)
        any(self._try(replace(self.cut, until=end)) for end in ENDS)

    def _only(self) -> frozenset[str]:
        assert self.cut.only is not None
        return self.cut.only

    def _try(self, cut: Cut) -> bool:
        """Whether the same promise breaks; then this cut is the one to go on from."""
        if self.runs >= self._runs_max:
            return False
        self.runs += 1
        holds = self._play(self._broken.seed, cut, 1).promise == self._broken.promise
        if holds:
            self.cut = cut
        return holds
