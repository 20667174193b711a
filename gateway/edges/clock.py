"""Deadlines of dialogues on the loop's clock: one tick for all of them.

The core speaks UTC (`Arm.due`), because a deadline must outlive the process; the wheel runs on the
monotonic clock, because UTC may step. What remains is worked out once, when the timer is armed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ..core.commands import Arm, Disarm
from ..core.engine import Engine
from ..core.facts import TimeRanOut
from ..core.values import DialogueId
from ..faults import fault
from ..wheel import TICK, Wheel
from .apart import each


class Later(Protocol):
    """The part of a Twisted reactor this needs; `task.Clock` has it too."""

    def seconds(self) -> float: ...
    def callLater(self, delay: float, callable: Callable[..., Any]) -> Any: ...  # noqa: A002


class DialogueClock:
    def __init__(self, engine: Engine, reactor: Later, utc: Callable[[], float]) -> None:
        self._engine = engine
        self._reactor = reactor
        self._utc = utc
        self._wheel: Wheel[tuple[DialogueId, str]] = Wheel(reactor.seconds())
        self._call: Any = None
        self.ticked_at = reactor.seconds()

    def start(self) -> None:
        self._call = self._reactor.callLater(TICK, self._tick)

    def stop(self) -> None:
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def __len__(self) -> int:
        return len(self._wheel)

    def carry(self, dialogue: DialogueId, command: Arm | Disarm) -> None:
        match command:
            case Arm(timer, generation, due):
                remains = max(0.0, due - self._utc())
                at = self._reactor.seconds() + remains
                self._wheel.arm((dialogue, timer), generation, at)
            case Disarm(timer):
                self._wheel.disarm((dialogue, timer))

    def _tick(self) -> None:
        now = self._reactor.seconds()
        self._call = self._reactor.callLater(TICK, self._tick)
        self.ticked_at = now
        each(self._wheel.tick(now), self._run_out, self._soon)

    def _run_out(self, ran_out: tuple[tuple[DialogueId, str], int]) -> None:
        (dialogue, timer), generation = ran_out
        fault("before_time_out_recorded")
        self._engine.hear(dialogue, TimeRanOut(timer, generation))

    def _soon(self, what: Callable[[], None]) -> None:
        self._reactor.callLater(0.0, what)
