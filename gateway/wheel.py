"""A timer wheel: many deadlines, one clock tick. Pure; time is an argument.

One `callLater` per dialogue would make re-arming linear in the number of timers (DESIGN 5). Here
arming costs a list append; a deadline that was disarmed or armed anew is skipped when its slot
comes up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from math import ceil
from typing import Generic, TypeVar

TICK = 0.1  # seconds: how late a deadline may be noticed; the shortest limit of a dialogue is 3 s

Key = TypeVar("Key", bound=Hashable)


class Wheel(Generic[Key]):
    def __init__(self, now: float) -> None:
        self._ticks = int(now / TICK)
        self._slots: dict[int, list[tuple[Key, int]]] = defaultdict(list)
        self._armed: dict[Key, tuple[Key, int]] = {}  # the very entry that stands in its slot

    def __len__(self) -> int:
        return len(self._armed)

    def arm(self, key: Key, generation: int, due: float) -> None:
        """`due` on the same clock as `tick`. Replaces whatever was armed under `key`."""
        self._armed[key] = entry = (key, generation)
        slot = max(ceil(due / TICK), self._ticks + 1)
        self._slots[slot].append(entry)

    def disarm(self, key: Key) -> None:
        self._armed.pop(key, None)

    def tick(self, now: float) -> list[tuple[Key, int]]:
        """What has run out by `now`, in the order of the deadlines."""
        last = int(now / TICK)
        ran_out: list[tuple[Key, int]] = []
        span = last - self._ticks
        slots = (
            sorted(slot for slot in self._slots if slot <= last)
            if span > len(self._slots)
            else range(self._ticks + 1, last + 1)
        )
        for slot in slots:
            for entry in self._slots.pop(slot, ()):
                if self._armed.get(entry[0]) is entry:
                    del self._armed[entry[0]]
                    ran_out.append(entry)
        self._ticks = max(self._ticks, last)
        return ran_out
