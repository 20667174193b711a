"""The beat of all calls with sound: every 20 ms each says its next frame, and then what came of
all of them is decoded at once. Nothing that is said waits for what is heard: what comes of that is
known a little later, and said in the next beat. Knows neither SIP nor dialogues.

Many calls are divided among phases, 5 ms apart, and a call keeps its phase for its life: the loop
works for a quarter of them at a time, and is everybody's between (decisions/0015).

The arithmetic of many calls is done beside the loop, in one thread that holds no interpreter while
it computes; the loop hears of it when it is done. That of a few is done before a thread would wake.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from operator import methodcaller
from typing import Protocol

import numpy as np

from ....sip.clock import BEATS_A_SECOND, Due
from ....sip.g711 import Law, decode_all
from ....sip.jitter import Heard
from ....sip.ports import Beat
from ....sip.sockets import Clock
from ....sip.sweeping import Octets, Sweep, Swept
from ....tty.receiving import STARVED_AFTER, Event
from .ears import Bank, Ear, Lost, Samples, stacked

PHASES = 4  # of 20 ms: two hundred calls hold the loop for some 2 ms at a time
APART = 1 / BEATS_A_SECOND / PHASES  # seconds
# Calls of one phase before another is begun: so few are done in a moment, and each phase that is in
# use wakes the process fifty times a second.
FEW = 8
# Calls of one phase that are decoded aside. Fewer take 0.3 ms, and a thread for them must be woken,
# waits for the interpreter, and tells the loop a turn later.
ASIDE_FROM = 64
# Frames of one call in one beat, and those of beats that were missed: whoever is behind catches up,
# also where the beats come late, and the others do not wait for a flood.
ROUNDS_MAX = 10


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

    def rest(self, now: float) -> Swept | None:
        """Asked behind `beat`: who says silence for it in the next ones, and until when; `beat` is
        not said meanwhile. None: nobody."""
        ...

    def follow(self) -> Swept | None:
        """Asked when what `gather` brought is decoded: who takes what comes to it, as long as it is
        as foretold; `gather` is not said meanwhile. None: nobody."""
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
    # Frames that were taken past the ears: of this law, coded, [n, 160]. Nobody listens to all.
    taken: tuple[Law, Octets] | None = None

    def done(self) -> Answer:
        if self.taken is None:
            samples, lost = stacked(self.frames)
        else:
            law, octets = self.taken
            samples, lost = decode_all(octets, law), np.zeros(octets.shape, np.bool_)
        return self.bank.push([ear.id for ear in self.ears], samples, lost), samples, lost

    def told(self, events: Mapping[int, tuple[Event, ...]]) -> list[int]:
        """Which of them are to hear what came of it."""
        ears, calls, asks = self.ears, self.calls, self.taken is None
        return [
            at for at, ear in enumerate(ears) if ear.id in events or (asks and calls[at].listens)
        ]


Answer = tuple[Mapping[int, tuple[Event, ...]], Samples, Lost]
Done = list[Answer]
# Does it in another thread, and calls the second in the loop when it is done.
Aside = Callable[[Callable[[], Done], Callable[[], None]], Future[Done]]


def _all(jobs: list[_Job]) -> Done:
    return [job.done() for job in jobs]


Followed = tuple[Swept, Beats, Ear]


@dataclass(slots=True, eq=False)
class _Phase:
    """Calls that say and hear at the same time."""

    beat: Beat
    calls: dict[int, Beats] = field(default_factory=dict[int, Beats])
    # Those that rest and are followed, or once did and were.
    resting: dict[int, Swept] = field(default_factory=dict[int, Swept])
    followed: dict[int, Followed] = field(default_factory=dict[int, Followed])
    flying: tuple[Future[Done], list[_Job]] | None = None

    def __len__(self) -> int:
        return len(self.calls)


class Rhythm:
    """`bank`: of calls that begin now; it may be changed, and those that are up keep theirs. `took`
    is told how many seconds each beat of a phase has held the loop; `stopwatch` counts them.
    `aside`: None where everything is done in the loop; from `aside_from` calls of a phase on it is
    used. `sweep`: of the ports of all calls; what a phase says leaves together."""

    def __init__(
        self,
        clock: Clock,
        bank: Bank,
        took: Callable[[float], None],
        stopwatch: Callable[[], float],
        aside: Aside | None = None,
        sweep: Sweep | None = None,
    ) -> None:
        self.bank = bank
        self.sweep = Sweep() if sweep is None else sweep
        self.aside_from = ASIDE_FROM
        self._clock = clock
        self._took = took
        self._stopwatch = stopwatch
        self._aside = aside
        self._phases = [_Phase(Beat(clock, partial(self._due, at))) for at in range(PHASES)]
        self._places: dict[int, _Phase] = {}  # of each call
        self._origin = 0.0  # when the first phase began
        self._aloft: deque[_Phase] = deque()  # whose frames are decoded aside, in that order

    def __len__(self) -> int:
        return len(self._places)

    def join(self, call: Beats) -> None:
        """From the next beat of its phase on. That is started by its first call."""
        now = self._clock.seconds()
        if not self._places:
            self._origin = now
        at, phase = self._emptiest()
        if not phase.calls:
            passed = (now - self._origin - at * APART) * BEATS_A_SECOND
            phase.beat.start(self._origin + at * APART + max(0, ceil(passed)) / BEATS_A_SECOND)
        phase.calls[id(call)] = call
        self._places[id(call)] = phase

    def leave(self, call: Beats) -> None:
        phase = self._places.pop(id(call), None)
        if phase is not None:
            del phase.calls[id(call)]
            phase.resting.pop(id(call), None)
            phase.followed.pop(id(call), None)
            if not phase.calls:
                phase.beat.stop()

    def ear(self) -> Ear:
        """For a call that begins."""
        return Ear(self.bank, self.settle)

    @property
    def skipped(self) -> int:
        """Frames whose time passed while the loop stood, of the phase that has missed most."""
        return max(phase.beat.skipped for phase in self._phases)

    def settle(self) -> None:
        """What is being decoded is done and told: now the banks are the loop's alone."""
        while self._aloft:
            self._land(self._aloft[0])

    # --- inside ------------------------------------------------------------------------------

    def _emptiest(self) -> tuple[int, _Phase]:
        """Where one more call delays the others least, and its number; but no phase is begun for a
        few."""
        used = [one for one in enumerate(self._phases) if one[1].calls]
        if len(used) < PHASES and all(len(phase) >= FEW for _, phase in used):
            return next(one for one in enumerate(self._phases) if not one[1].calls)
        return min(used, key=lambda one: len(one[1]))

    def _due(self, at: int, due: Due) -> None:
        began = self._stopwatch()
        now, phase = self._clock.seconds(), self._phases[at]
        try:
            self._speak(phase, due, now)
        finally:
            self._gather(phase, due, now)
            self._took(self._stopwatch() - began)

    def _speak(self, phase: _Phase, due: Due, now: float) -> None:
        """Who rests has his silence said; the others say what they have to, and may rest then."""
        resting: list[Swept] = []
        awake: list[Beats] = []
        for key, call in phase.calls.items():
            one = phase.resting.get(key)
            if one is not None and now < one.rests_until and not due.skipped:
                resting.append(one)
            else:
                awake.append(call)
        if resting:
            for _ in range(due.frames):
                self.sweep.rest(resting, due.at)
        self._each(awake, partial(self._say, phase, due, now))

    def _say(self, phase: _Phase, due: Due, now: float, call: Beats) -> None:
        call.beat(due, now)
        if id(call) in phase.calls and (rests := call.rest(now)) is not None:
            phase.resting[id(call)] = rests

    def _gather(self, phase: _Phase, due: Due, now: float) -> None:
        """What came to those who are followed is taken; the others are asked, and may be followed
        then."""
        jobs = self._take(phase, now) if phase.flying is None else []
        apart: list[Beats] = []
        for key, call in phase.calls.items():
            one = phase.followed.get(key)
            if one is None or not one[0].is_followed:
                apart.append(call)
        self._each(apart, methodcaller("gather", now))
        if phase.flying is None:
            self._listen(phase, ROUNDS_MAX + due.skipped, jobs)
        self._each(apart, partial(self._follow, phase))

    def _follow(self, phase: _Phase, call: Beats) -> None:
        one, ear = call.follow(), call.ear
        if one is not None and ear is not None:
            ear.attend = one.unfollow
            phase.followed[id(call)] = one, call, ear

    def _take(self, phase: _Phase, now: float) -> list[_Job]:
        """Of each call that is followed all frames that have come. Who has had none for too long
        has to be asked."""
        known = [one for one in phase.followed.values() if one[0].is_followed]
        if not known:
            return []
        taken = self.sweep.follow([swept for swept, _, _ in known], now)
        alike: dict[tuple[int, Law], list[int]] = {}
        for row, (swept, _, ear) in enumerate(known):
            alike.setdefault((id(ear.bank), swept.law), []).append(row)
        jobs: list[_Job] = []
        for at in range(max(taken.came)):
            for (_, law), rows in alike.items():
                some = [row for row in rows if taken.came[row] > at]
                if some:
                    calls, ears = [known[row][1] for row in some], [known[row][2] for row in some]
                    octets = taken.frames(some, at)
                    jobs.append(_Job(ears[0].bank, calls, ears, taken=(law, octets)))
        starved = now - STARVED_AFTER
        for (swept, _, _), heard_at in zip(known, taken.heard_at, strict=True):
            if heard_at <= starved:
                swept.unfollow()
        return jobs

    def _listen(self, phase: _Phase, rounds: int, jobs: list[_Job]) -> None:
        """These, and then one frame of every call that has one, until none has; but not for ever. A
        thread does all of them before it tells: each time that costs it a turn of the loop."""
        is_more = True
        while is_more and rounds > 0:
            rounds -= 1
            more, is_more = _jobs(phase)
            jobs += more
        if not jobs:
            return
        # While a bank is another thread's it is nobody else's.
        if self._aside is not None and (len(phase) >= self.aside_from or self._aloft):
            then = partial(self._landed, phase)
            phase.flying = self._aside(partial(_all, jobs), then), jobs
            self._aloft.append(phase)
        else:
            self._tell(jobs, _all(jobs))

    def _landed(self, phase: _Phase) -> None:
        """What flew is back. It may have been awaited by somebody meanwhile."""
        if phase.flying is not None and phase.flying[0].done():
            self._land(phase)
            self._listen(phase, ROUNDS_MAX, [])  # of a beat that came while it flew

    def _land(self, phase: _Phase) -> None:
        flying, phase.flying = phase.flying, None
        assert flying is not None  # it was aloft
        self._aloft.remove(phase)
        self._tell(flying[1], flying[0].result())

    def _tell(self, jobs: list[_Job], done: Done) -> None:
        """Of each job all calls, and then of the next: a call's own frames in order."""
        now = self._clock.seconds()
        faults: list[Exception] = []
        for job, (events, samples, lost) in zip(jobs, done, strict=True):
            heard: dict[int, tuple[Samples, Lost]] = {}
            told: list[Beats] = []
            for row in job.told(events):
                call, ear = job.calls[row], job.ears[row]
                ear.heard(events.get(ear.id, ()))
                heard[id(call)] = samples[row], lost[row]
                told.append(call)
            faults += self._tried(told, partial(_hear, heard, now))
        _raised(faults)

    def _each(self, calls: Iterable[Beats], do: Callable[[Beats], None]) -> None:
        """A call that fails is ended, and the fault is told when the others have had their turn."""
        _raised(self._tried(calls, do))

    def _tried(self, calls: Iterable[Beats], do: Callable[[Beats], None]) -> list[Exception]:
        """Who has left meanwhile has no turn."""
        faults: list[Exception] = []
        for call in tuple(calls):
            if id(call) not in self._places:
                continue  # ended by another one's turn
            try:
                do(call)
            except Exception as fault:
                self.leave(call)
                call.failed()
                faults.append(fault)
        return faults


def _hear(heard: Mapping[int, tuple[Samples, Lost]], now: float, call: Beats) -> None:
    samples, lost = heard[id(call)]
    call.hear(samples, lost, now)


def _raised(faults: list[Exception]) -> None:
    if faults:
        raise faults[0] if len(faults) == 1 else ExceptionGroup("calls failed", faults)


def _jobs(phase: _Phase) -> tuple[list[_Job], bool]:
    """The next frame of each call that has one, and whether any has another."""
    found: dict[int, _Job] = {}
    job: _Job | None = None
    is_more = False
    for call in phase.calls.values():
        ear = call.ear
        if ear is None or (frame := ear.next()) is None:
            continue
        is_more |= ear.has_more
        if job is None or job.bank is not ear.bank:
            job = found.setdefault(id(ear.bank), _Job(ear.bank))
        job.calls.append(call)
        job.ears.append(ear)
        job.frames.append(frame)
    return list(found.values()), is_more
