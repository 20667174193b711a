"""What every part of a simulated world shares: the seed's chance, its faults, its clock, its trace.

Everything that happens in a run is drawn from streams of chance that the seed begins, one for each
concern, in the order in which it happens there, so that a seed is the whole story. Nothing here
looks at the machine it runs on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from .scenario import FAULTS, WHOLE, Cut, drawn

__all__ = ["FAULTS", "T0", "Broken", "Clock", "Stage", "Trace"]

T0 = 1_800_000_000.0  # UTC seconds at the start of every run
TOLD_MAX = 60  # events of the trace that a failure shows


class Trace:
    """What happened, in order: a hash of everything, and the last words for people."""

    def __init__(self, told_max: int = TOLD_MAX) -> None:
        self._hash = blake2b(digest_size=12)
        self.last: deque[str] = deque(maxlen=told_max)
        self.events = 0

    def add(self, line: str) -> None:
        self.events += 1
        self._hash.update(line.encode() + b"\n")
        self.last.append(line)

    @property
    def hash(self) -> str:
        return self._hash.hexdigest()


class Broken(Exception):
    """A promise was broken. The message says which, in words."""


class Clock:
    """As much of a Twisted reactor's time as is needed, as a heap: `task.Clock` sorts all that
    waits again for every call, which took half the time of a run."""

    def __init__(self) -> None:
        self._now = 0.0
        self._waiting: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()  # calls for the same moment ring in the order they were made

    def seconds(self) -> float:
        return self._now

    def callLater(self, delay: float, what: Callable[..., object], *arguments: Any) -> None:
        assert delay >= 0, delay
        call = partial(what, *arguments) if arguments else what
        heappush(self._waiting, (self._now + delay, next(self._numbers), call))

    def next_at(self) -> float | None:
        """When the next call is due."""
        return self._waiting[0][0] if self._waiting else None

    def ring(self) -> None:
        """Go on to the next call's moment and make it. There must be one."""
        at, _, call = heappop(self._waiting)
        self._now = max(self._now, at)
        call()

    def pass_until(self, at: float) -> None:
        """Time goes on, and nothing was due."""
        self._now = max(self._now, at)


class Stage:
    """`utc` is what the machine believes the time to be; `clock` is what really passes."""

    def __init__(self, seed: int, cut: Cut = WHOLE, told_max: int = TOLD_MAX) -> None:
        self.seed = seed
        self.cut = cut
        self.clock = Clock()
        self.trace = Trace(told_max)
        self.stepped = 0.0  # seconds that UTC is ahead of what has passed
        self.most_stepped = 0.0  # how far it ever was, either way, added up
        self.faults = drawn(seed, cut)
        self.healed = False
        self.breach: Broken | None = None  # the first promise that was broken
        self._streams: dict[str, Random] = {}
        self.note("plan", ", ".join(name for name in FAULTS if name in self.faults) or "no faults")

    def draw(self, concern: str) -> Random:
        """The stream of chance for one concern. What is drawn elsewhere does not disturb it."""
        stream = self._streams.get(concern)
        if stream is None:
            stream = self._streams[concern] = Random(f"{self.seed}/{concern}")
        return stream

    def now(self) -> float:
        """Seconds since the start; never goes back."""
        return self.clock.seconds()

    def utc(self) -> float:
        return T0 + self.clock.seconds() + self.stepped

    def step(self, seconds: float) -> None:
        self.stepped += seconds
        self.most_stepped += abs(seconds)
        self.note("clock", f"UTC steps by {seconds:.1f} s")

    def has(self, fault: str, chance: float = 1.0) -> bool:
        """Whether `fault` exists in this run and strikes now."""
        assert fault in FAULTS, fault
        if self.healed or fault not in self.faults:
            return False
        return chance >= 1.0 or self.draw(fault).random() < chance

    def later(self, seconds: float, what: Callable[[], object]) -> None:
        self.clock.callLater(seconds, what)

    def note(self, who: str, what: str) -> None:
        self.trace.add(f"{self.clock.seconds():9.3f} {who}: {what}")

    def broken(self, promise: str) -> Broken:
        """To be raised. It is kept as well, because a session ends itself for what is raised in it
        and goes on."""
        self.breach = self.breach or Broken(promise)
        self.note("BROKEN", promise)
        return self.breach

    def run(self, until: float) -> None:
        """Let everything happen that happens before `until`, one moment at a time."""
        clock = self.clock
        while (at := clock.next_at()) is not None and at <= until:
            clock.ring()
            if self.breach is not None:
                raise self.breach
        clock.pass_until(until)
