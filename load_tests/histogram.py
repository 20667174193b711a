"""A histogram of durations with a stated precision over the whole range, after HdrHistogram's idea.

Buckets are exact below 2**(BITS+1) and then double in width with every power of two, so a value is
known to one part in 2**BITS. Percentiles answer with the upper edge of their bucket: a latency may
read up to 0.4 % too long, never too short. Pure; knows no clock and no unit (we use nanoseconds).
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable

BITS = 8  # relative precision 2**-8 = 0.39 %


def bucket(value: int) -> int:
    """The bucket of a value. A negative duration is a fault of the caller."""
    if value < 0:
        raise ValueError(f"a duration of {value} is negative")
    shift = max(0, value.bit_length() - BITS - 1)
    return (shift << BITS) + (value >> shift)


def upper_edge(index: int) -> int:
    """The largest value that falls into the bucket."""
    shift = max(0, (index >> BITS) - 1)
    return ((index - (shift << BITS) + 1) << shift) - 1


class Histogram:
    """Counts per bucket. Merging loses nothing, so every process may keep its own."""

    def __init__(self, values: Iterable[int] = ()) -> None:
        self._counts: Counter[int] = Counter(map(bucket, values))

    def record(self, value: int) -> None:
        self._counts[bucket(value)] += 1

    def merge(self, other: Histogram) -> None:
        self._counts.update(other._counts)

    @property
    def count(self) -> int:
        return self._counts.total()

    @property
    def maximum(self) -> int:
        """Upper edge of the highest bucket; 0 when nothing was recorded."""
        return upper_edge(max(self._counts)) if self._counts else 0

    def percentile(self, percent: float) -> int:
        """The smallest edge that at least `percent` of all values do not exceed (nearest rank)."""
        if not 0 < percent <= 100:
            raise ValueError(f"{percent} is no percentage")
        if not self._counts:
            raise ValueError("nothing was recorded")
        rank = math.ceil(self.count * percent / 100)
        ordered = sorted(self._counts)
        passed = itertools.accumulate(self._counts[index] for index in ordered)
        return upper_edge(
            next(i for i, so_far in zip(ordered, passed, strict=True) if so_far >= rank)
        )

    def share_above(self, limit: int) -> float:
        """The share of values in buckets wholly above `limit`."""
        above = sum(n for index, n in self._counts.items() if index > bucket(limit))
        return above / self.count if self.count else 0.0
