"""Deadlines of dialogues on the loop's clock: one tick for all of them.

The core speaks UTC (`Arm.due`), because a deadline must outlive the process; the wheel runs on the
monotonic clock, because UTC may step. What remains is worked out once, when the timer is armed.

When thousands run out at once (a flood of callers whom nobody answers, twenty seconds later) only
so many are heard in one turn of the loop: new texts do not wait for them. Those that callers and
lines depend on come first; that a PSAP has a moment longer to answer harms nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any, Protocol

from ..core.commands import Arm, Disarm
from ..core.engine import Engine
from ..core.facts import TimeRanOut
from ..core.values import DialogueId
from ..faults import fault
from ..wheel import TICK, Wheel
from .apart import each

# What may be heard later than it ran out: the next PSAP rings, M1, the silence, the end of memory.
PATIENT = frozenset({"ring", "abandon", "quiet", "forget"})
# In one turn of the loop: some milliseconds of work each. Of those that wait always a fiftieth, so
# that the last of them is not later than fifty turns.
AT_ONCE = 32
PATIENT_AT_ONCE = 8
SHARE = 50

Key = tuple[DialogueId, str]


class Later(Protocol):
    """The part of a Twisted reactor this needs; `task.Clock` has it too."""

    def seconds(self) -> float: ...
    def callLater(self, delay: float, callable: Callable[..., Any]) -> Any: ...  # noqa: A002


class DialogueClock:
    """`ticked` is told the reactor's seconds at each tick."""

    def __init__(
        self,
        engine: Engine,
        reactor: Later,
        utc: Callable[[], float],
        ticked: Callable[[float], None] | None = None,
    ) -> None:
        self._engine = engine
        self._reactor = reactor
        self._utc = utc
        self._ticked = ticked
        self._wheel: Wheel[Key] = Wheel(reactor.seconds())
        # What has run out and was not heard yet, with its generation, in order of the deadlines.
        self._due: dict[Key, int] = {}
        self._due_later: dict[Key, int] = {}
        self._call: Any = None
        self._next: Any = None  # turn, when not all could be heard in one
        self.ticked_at = reactor.seconds()

    def start(self) -> None:
        self._call = self._reactor.callLater(TICK, self._tick)

    def stop(self) -> None:
        for call in (self._call, self._next):
            if call is not None:
                call.cancel()
        self._call = self._next = None

    def __len__(self) -> int:
        return len(self._wheel) + len(self._due) + len(self._due_later)

    def carry(self, dialogue: DialogueId, command: Arm | Disarm) -> None:
        key = (dialogue, command.timer)
        self._due.pop(key, None)  # it has been overtaken
        self._due_later.pop(key, None)
        match command:
            case Arm(_, generation, due):
                remains = max(0.0, due - self._utc())
                at = self._reactor.seconds() + remains
                self._wheel.arm(key, generation, at)
            case Disarm():
                self._wheel.disarm(key)

    def _tick(self) -> None:
        now = self._reactor.seconds()
        self._call = self._reactor.callLater(TICK, self._tick)
        self.ticked_at = now
        if self._ticked is not None:
            self._ticked(now)
        for key, generation in self._wheel.tick(now):
            lane = self._due_later if key[1] in PATIENT else self._due
            lane[key] = generation
        if self._next is None and (self._due or self._due_later):
            self._hear()

    def _hear(self) -> None:
        self._next = None
        later = max(PATIENT_AT_ONCE, len(self._due_later) // SHARE)
        for lane, at_once in ((self._due, AT_ONCE), (self._due_later, later)):
            each([*islice(lane.items(), at_once)], self._run_out, self._soon)
        if self._due or self._due_later:
            self._next = self._reactor.callLater(0.0, self._hear)

    def _run_out(self, ran_out: tuple[Key, int]) -> None:
        key, generation = ran_out
        if self._due.pop(key, None) is None and self._due_later.pop(key, None) is None:
            return  # one before it in this turn has overtaken it
        dialogue, timer = key
        fault("before_time_out_recorded")
        self._engine.hear(dialogue, TimeRanOut(timer, generation))

    def _soon(self, what: Callable[[], None]) -> None:
        self._reactor.callLater(0.0, what)
