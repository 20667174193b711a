"""The one beat of all calls with sound: every 20 ms each says its next frame, and then what came of
all of them is decoded at once. Nothing that is said waits for what is heard: what comes of that is
known a little later, and said in the next beat. Knows neither SIP nor dialogues.

The arithmetic of many calls is done beside the loop, in one thread that holds no interpreter while
it computes; the loop hears of it when it is done. That of a few is done before a thread would wake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from ....sip.clock import Due
from ....sip.jitter import Heard
from ....sip.ports import Beat
from ....sip.sockets import Clock
from ....tty.receiving import Event
from .ears import Bank, Ear, Lost, Samples, stacked

ASIDE_FROM = 8  # calls; so many take 0.3 ms
ROUNDS_MAX = 5  # frames of one call in one beat: it catches up, and the others do not wait


class Beats(Protocol):
    """A call, as the beat sees it."""

    @property
    def ear(self) -> Ear | None:
        """None while it has no sound."""
        ...

    @property
    def listens(self) -> bool:
        """Whether it is to hear each frame, and not only those of which something came."""
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


@dataclass(slots=True)
class _Job:
    """A frame of each of these calls, all of one bank."""

    bank: Bank
    calls: list[Beats] = field(default_factory=list[Beats])
    ears: list[Ear] = field(default_factory=list[Ear])
    frames: list[Heard] = field(default_factory=list[Heard])

    def done(self) -> Answer:
        samples, lost = stacked(self.frames)
        return self.bank.push([ear.id for ear in self.ears], samples, lost), samples, lost


Answer = tuple[Mapping[int, tuple[Event, ...]], Samples, Lost]
Done = list[Answer]
# Does it in another thread, and calls the second in the loop when it is done.
Aside = Callable[[Callable[[], Done], Callable[[], None]], Future[Done]]


def _all(jobs: list[_Job]) -> Done:
    return [job.done() for job in jobs]


class Rhythm:
    """`bank`: of calls that begin now; it may be changed, and those that are up keep theirs. `took`
    is told how many seconds each beat has held the loop; `stopwatch` counts them. `aside`: None
    where everything is done in the loop; from `aside_from` calls on it is used."""

    def __init__(
        self,
        clock: Clock,
        bank: Bank,
        took: Callable[[float], None],
        stopwatch: Callable[[], float],
        aside: Aside | None = None,
    ) -> None:
        self.bank = bank
        self.aside_from = ASIDE_FROM  # calls
        self._clock = clock
        self._took = took
        self._stopwatch = stopwatch
        self._aside = aside
        self._beat = Beat(clock, self._due)
        self._calls: dict[int, Beats] = {}
        self._flying: tuple[Future[Done], list[_Job]] | None = None
        self._rounds = 0  # since the beat

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

    def ear(self) -> Ear:
        """For a call that begins."""
        return Ear(self.bank, self.settle)

    @property
    def skipped(self) -> int:
        """Frames whose time passed while the loop stood."""
        return self._beat.skipped

    def settle(self) -> None:
        """What is being decoded is done and told: now the banks are the loop's alone."""
        flying, self._flying = self._flying, None
        if flying is not None:
            self._tell(flying[1], flying[0].result())

    # --- inside ------------------------------------------------------------------------------

    def _due(self, due: Due) -> None:
        began = self._stopwatch()
        now = self._clock.seconds()
        try:
            self._speak(due, now)
        finally:
            self._gather(now)
            self._took(self._stopwatch() - began)

    def _speak(self, due: Due, now: float) -> None:
        self._each(lambda call: call.beat(due, now))

    def _gather(self, now: float) -> None:
        self._each(lambda call: call.gather(now))
        self._rounds = 0
        if self._flying is None:
            self._listen()

    def _listen(self) -> None:
        """One frame of every call that has one, until none has; but not for ever."""
        while self._rounds < ROUNDS_MAX and (jobs := self._jobs()):
            self._rounds += 1
            if self._aside is not None and len(self._calls) >= self.aside_from:
                self._flying = self._aside(partial(_all, jobs), self._landed), jobs
                return
            self._tell(jobs, _all(jobs))

    def _landed(self) -> None:
        """What flew is back. It may have been awaited by somebody meanwhile."""
        if self._flying is not None and self._flying[0].done():
            self.settle()
            self._listen()

    def _jobs(self) -> list[_Job]:
        found: dict[int, _Job] = {}
        for call in self._calls.values():
            ear = call.ear
            frame = None if ear is None else ear.next()
            if ear is None or frame is None:
                continue
            job = found.get(id(ear.bank))
            if job is None:
                job = found[id(ear.bank)] = _Job(ear.bank)
            job.calls.append(call)
            job.ears.append(ear)
            job.frames.append(frame)
        return list(found.values())

    def _tell(self, jobs: list[_Job], done: Done) -> None:
        now = self._clock.seconds()
        heard: dict[int, tuple[Samples, Lost]] = {}
        told: list[Beats] = []
        for job, (events, samples, lost) in zip(jobs, done, strict=True):
            for row, (call, ear) in enumerate(zip(job.calls, job.ears, strict=True)):
                if (news := events.get(ear.id)) is not None or call.listens:
                    ear.heard(news or ())
                    heard[id(call)] = samples[row], lost[row]
                    told.append(call)
        self._each(lambda call: call.hear(*heard[id(call)], now), told)

    def _each(self, do: Callable[[Beats], None], calls: Iterable[Beats] | None = None) -> None:
        """A call that fails is ended, and the fault is told when the others have had their turn.
        `calls`: all, if not said; who has left meanwhile has no turn."""
        faults: list[Exception] = []
        for call in tuple(self._calls.values() if calls is None else calls):
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
