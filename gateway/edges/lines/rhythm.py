"""The one beat of all calls with sound: every 20 ms what came is decoded, of all calls at once, and
then each says its next frame. Knows neither SIP nor dialogues.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from ....sip.clock import Due
from ....sip.ports import Beat
from ....sip.sockets import Clock
from .ears import Bank, Ear, Lost, Samples

ROUNDS_MAX = 5  # frames of one call in one beat: it catches up, and the others do not wait


class Beats(Protocol):
    """A call, as the beat sees it."""

    @property
    def ear(self) -> Ear | None:
        """None while it has no sound."""
        ...

    def gather(self, now: float) -> None:
        """Hand what came to the ear."""
        ...

    def hear(self, samples: Samples, lost: Lost, now: float) -> None:
        """One frame was decoded, and the ear has what came of it."""
        ...

    def beat(self, due: Due, now: float) -> None:
        """Say what is to be said."""
        ...

    def failed(self) -> None:
        """A fault of ours: the call cannot go on. It is out of the beat already."""
        ...


class Rhythm:
    """`took` is told how many seconds each beat has worked; `stopwatch` counts them."""

    def __init__(
        self,
        clock: Clock,
        bank: Bank,
        took: Callable[[float], None],
        stopwatch: Callable[[], float],
    ) -> None:
        self.bank = bank
        self._clock = clock
        self._took = took
        self._stopwatch = stopwatch
        self._beat = Beat(clock, self._due)
        self._calls: dict[int, Beats] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def join(self, call: Beats) -> None:
        """From the next beat on. It is started by the first call."""
        if not self._calls:
            self._beat.start()
        self._calls[id(call)] = call

    def leave(self, call: Beats) -> None:
        if self._calls.pop(id(call), None) is not None and not self._calls:
            self._beat.stop()

    @property
    def skipped(self) -> int:
        """Frames whose time passed while the loop stood."""
        return self._beat.skipped

    def _due(self, due: Due) -> None:
        began = self._stopwatch()
        now = self._clock.seconds()
        self._each(lambda call: call.gather(now))
        for _ in range(ROUNDS_MAX):
            if not self._listen(now):
                break
        self._each(lambda call: call.beat(due, now))
        self._took(self._stopwatch() - began)

    def _listen(self, now: float) -> bool:
        """One frame of every call that has one."""
        heard: list[tuple[Beats, Ear, Samples, Lost]] = []
        for call in self._calls.values():
            ear = call.ear
            frame = None if ear is None else ear.next()
            if ear is not None and frame is not None:
                heard.append((call, ear, *frame))
        if not heard:
            return False
        events = self.bank.push(
            [ear.id for _, ear, _, _ in heard],
            np.stack([samples for _, _, samples, _ in heard]),
            np.stack([lost for _, _, _, lost in heard]),
        )
        frames: dict[int, tuple[Samples, Lost]] = {}
        for call, ear, samples, lost in heard:
            ear.heard(events.get(ear.id, ()))
            frames[id(call)] = samples, lost
        self._each(lambda call: call.hear(*frames[id(call)], now) if id(call) in frames else None)
        return True

    def _each(self, do: Callable[[Beats], None]) -> None:
        """A call that fails is ended, and the fault is told when the others have had their turn."""
        faults: list[Exception] = []
        for call in tuple(self._calls.values()):
            if id(call) not in self._calls:
                continue  # ended by another one's turn
            try:
                do(call)
            except Exception as fault:
                self.leave(call)
                call.failed()
                faults.append(fault)
        if faults:
            raise faults[0] if len(faults) == 1 else ExceptionGroup("calls failed", faults)
