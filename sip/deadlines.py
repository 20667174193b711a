"""When what is due: a heap of deadlines by name. Holds times that others tell it, never a clock."""

from __future__ import annotations

import heapq
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
SLACK = 64  # entries that no longer hold, before the heap is built anew


class Deadlines(Generic[K]):
    """Each key has at most one deadline; setting it again moves it."""

    def __init__(self) -> None:
        self._at: dict[K, tuple[float, int]] = {}
        self._heap: list[tuple[float, int, K]] = []
        self._count = 0  # orders what is due at the same time, so that keys are never compared

    def __len__(self) -> int:
        return len(self._at)

    @property
    def kept(self) -> int:
        """Entries in memory, those that no longer hold among them."""
        return len(self._heap)

    def set(self, key: K, at: float) -> None:
        self._count += 1
        self._at[key] = (at, self._count)
        heapq.heappush(self._heap, (at, self._count, key))
        if len(self._heap) > 2 * len(self._at) + SLACK:
            self._heap = [(when, count, key) for key, (when, count) in self._at.items()]
            heapq.heapify(self._heap)

    def drop(self, key: K) -> None:
        self._at.pop(key, None)

    @property
    def next_at(self) -> float | None:
        self._forget()
        return self._heap[0][0] if self._heap else None

    def take(self, now: float) -> K | None:
        """The key whose deadline came first, if it has come; it has none afterwards."""
        self._forget()
        if not self._heap or self._heap[0][0] > now:
            return None
        _, _, key = heapq.heappop(self._heap)
        del self._at[key]
        return key

    def _forget(self) -> None:
        """Drops entries of the heap whose deadline was moved or dropped."""
        while self._heap and self._at.get(self._heap[0][2]) != self._heap[0][:2]:
            heapq.heappop(self._heap)
