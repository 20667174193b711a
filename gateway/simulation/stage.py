"""What every part of a simulated world shares: the seed's chance, its faults, its clock, its trace.

Everything that happens in a run is drawn from one `random.Random(seed)`, in the order in which it
happens, so that a seed is the whole story. Nothing here looks at the machine it runs on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from hashlib import blake2b
from random import Random
from typing import Any

from twisted.internet.task import Clock

T0 = 1_800_000_000.0  # UTC seconds at the start of every run
TOLD_MAX = 60  # events of the trace that a failure shows

# What may go wrong, and what that means. Which of them exist in a run is drawn first ("swarm"):
# a run with all faults at once hardly ever gets far enough to meet a rare one.
FAULTS: dict[str, str] = {
    "split": "the network cuts the byte stream into pieces",
    "delay": "the network takes up to 2 s",
    "reset": "the network resets connections of carriers",
    "half_open": "a connection is gone and one side does not know",
    "stall": "a byte stream stands still for up to 20 s",
    "impatient": "a carrier sends an unanswered text again after 3 s",
    "resends_as_new": "a carrier resends on the same link under a new sequence_number",
    "silent_carrier": "a carrier does not answer some replies",
    "late_carrier": "a carrier answers replies up to 14 s late",
    "refusing_carrier": "a carrier answers some replies with an error, for now or for good",
    "handsets": "handsets acknowledge, sometimes before the carrier has answered",
    "slow_disk": "a sync takes up to 2 s",
    "failing_disk": "a commit fails, and part of it landed",
    "full_disk": "the disk takes nothing for a while",
    "crash": "the process dies; what was volatile is lost",
    "full_replay": "it comes back without a snapshot, from the first record on",
    "steps_forward": "UTC steps forwards, up to 60 s",
    "steps_back": "UTC steps backwards, up to 30 s",
    "standstill": "the process stands still for up to 15 s",
    "slow_psap": "browsers acknowledge after up to 5 s",
    "nobody": "everybody at a PSAP logs out for a while",
    "leaves_ringing": "a browser's link goes while it rings",
    "two_hands": "two people click the same card",
    "ends_early": "a telecommunicator ends while texts are on their way",
    "takeover": "a supervisor takes a dialogue over",
    "dies_talking": "the link of who has the dialogue goes, and comes back",
    "no_location": "the location comes late, or not at all",
    "same_words": "a caller writes the same words twice",
    "long_texts": "texts of several parts, in mixed order, sometimes one missing",
    "after_close": "a caller writes after the end, within and after the grace window",
    "machines": "short codes write, which are no person's telephone",
}
SHARES = (0.1, 0.25, 0.5)  # of the faults that exist in a run


class Trace:
    """What happened, in order: a hash of everything, and the last words for people."""

    def __init__(self) -> None:
        self._hash = blake2b(digest_size=12)
        self.last: deque[str] = deque(maxlen=TOLD_MAX)
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


class Stage:
    """`utc` is what the machine believes the time to be; `clock` is what really passes."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.clock = Clock()
        self.trace = Trace()
        self.stepped = 0.0  # seconds that UTC is ahead of what has passed
        self.most_stepped = 0.0  # how far it ever was, either way, added up
        share = self.random.choice(SHARES)
        self.faults = frozenset(name for name in FAULTS if self.random.random() < share)
        self.healed = False
        self.breach: Broken | None = None  # the first promise that was broken
        self.note("plan", ", ".join(name for name in FAULTS if name in self.faults) or "no faults")

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
        return not self.healed and fault in self.faults and self.random.random() < chance

    def later(self, seconds: float, what: Callable[[], None]) -> None:
        self.clock.callLater(seconds, what)

    def between(self, low: float, high: float) -> float:
        return self.random.uniform(low, high)

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
        while (at := self._next()) is not None and at <= until:
            self.clock.advance(max(0.0, at - self.clock.seconds()))
            if self.breach is not None:
                raise self.breach
        self.clock.advance(max(0.0, until - self.clock.seconds()))

    def _next(self) -> float | None:
        calls: Any = self.clock.getDelayedCalls()  # Any: the interface of a call has no types
        return float(calls[0].getTime()) if calls else None
