"""Counting the open dialogues in small steps, so that a million of them do not stop the loop. Pure.

One census is true for one moment: states are values, and it walks those there were when it began.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice
from math import inf

from .core.encoding import Held
from .core.state import NAMES, Active, Offered, Over
from .core.values import DialogueId

Seen = tuple[bool, float, DialogueId]  # somebody has answered, when it was opened, which
NOBODY: Seen = (False, -inf, DialogueId(""))  # before every dialogue there can be


class Census:
    """`listed_max`: how many dialogues are remembered by name, those that wait first, the oldest of
    them first; 0: none, they are only counted. Nothing of a caller is kept. Raises ValueError."""

    def __init__(self, held: Iterable[Held], listed_max: int) -> None:
        if listed_max < 0:
            raise ValueError(f"listed_max is {listed_max}: how many are listed is 0 or more")
        self.phases: Counter[str] = Counter()
        self.ringing: Counter[str] = Counter()
        self.live: Counter[str] = Counter()
        self.open = 0  # dialogues that are not over
        self._left = iter(held)
        self._listed_max = listed_max
        self._listed: list[Seen] = []
        # Nothing behind it can be listed any more.
        self._worst: Seen = (True, inf, DialogueId("")) if listed_max else NOBODY

    def count(self, at_most: int) -> bool:
        """Walk on by `at_most` dialogues. True when all have been counted."""
        phases, ringing, live, worst = self.phases, self.ringing, self.live, self._worst
        walked = still_open = 0
        for held in islice(self._left, at_most):
            walked += 1
            state = held.state
            phase = state.phase
            kind = type(phase)
            if kind is Over:
                phases[state.name_of_phase] += 1
                continue
            phases[NAMES[kind]] += 1
            still_open += 1
            if isinstance(phase, Offered):
                ringing[phase.chain[phase.index]] += 1
            elif isinstance(phase, Active):
                live[phase.psap] += 1
            seen = (kind is Active, state.line.opened_at, held.dialogue)
            if seen < worst:
                self._listed.append(seen)
                if len(self._listed) >= 4 * self._listed_max:
                    self._cut()
                    worst = self._worst
        self.open += still_open
        return walked < at_most

    def listed(self) -> list[DialogueId]:
        self._cut()
        return [dialogue for _, _, dialogue in self._listed]

    def _cut(self) -> None:
        self._listed.sort()
        del self._listed[self._listed_max :]
        if 0 < self._listed_max == len(self._listed):
            self._worst = self._listed[-1]
