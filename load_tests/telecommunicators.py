"""The consoles of a round, in a process of their own: they answer whatever rings, acknowledge what
they are shown, and reply to every fourth text. What they saw goes back as an `Outcome`.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from .console import Console, Leg
from .histogram import Histogram
from .precise import loop
from .workload import identity, is_answered


@dataclass(frozen=True, slots=True)
class Watch:
    """`due`: when each text of the round is due, ns after the start."""

    base: str
    psaps: tuple[str, ...]
    person: str
    password: str
    round_number: int
    due: tuple[int, ...]
    measure_from: int = 0
    drain: float = 15.0  # s to wait for the last texts that were accepted


@dataclass(slots=True)
class Outcome:
    """`latency`: due -> frame on the console's socket, ns. `shown`: leg -> indices in the order
    they were shown. `replies`: how many were written; `refused`: frames that were not taken."""

    latency: Histogram = field(default_factory=Histogram)
    shown: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    replies: int = 0
    twice: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @property
    def indices(self) -> set[int]:
        return {index for shown in self.shown.values() for index in shown}

    @property
    def disorder(self) -> int:
        """How often a text was shown after a later one of the same caller."""
        return sum(
            after < before
            for shown in self.shown.values()
            for before, after in itertools.pairwise(shown)
        )


class Person(Console):
    """One telecommunicator under load."""

    def __init__(self, watch: Watch, psap: str, room: Room) -> None:
        super().__init__(watch.base, psap, watch.person, watch.password)
        self._watch = watch
        self._room = room
        self._now = 0
        self._to_reply: dict[str, list[int]] = {}

    def rang(self, leg: Leg) -> None:
        self.answer(leg.name)

    def owned(self, leg: Leg) -> None:
        for index in self._to_reply.pop(leg.name, ()):
            self._reply(leg, index)

    def shown(self, leg: Leg, line: dict[str, Any]) -> None:
        if line["kind"] != "caller":
            return
        found = identity(line["text"])
        if found is None or found[0] != self._watch.round_number:
            return
        index = found[1]
        self._room.saw(leg.name, index, time.monotonic_ns())
        if is_answered(index):
            if leg.owner == self.user:
                self._reply(leg, index)
            else:
                self._to_reply.setdefault(leg.name, []).append(index)

    def folded(self, leg: Leg, after: int, before: int) -> None:
        self.open_fold(leg.name, after, before)

    def opened(self, leg: Leg, line: dict[str, Any]) -> None:
        self.shown(leg, line)

    def grouped(self, group: dict[str, Any]) -> None:
        """Each of them is answered, as if it rang alone."""
        if group["callers"]:
            self.open_group(group["group"])

    def _reply(self, leg: Leg, index: int) -> None:
        self._room.outcome.replies += 1
        words = f"reply {index} {time.monotonic_ns()} help is on its way"
        self.write(leg.name, f"{self._watch.round_number}-{index}", words)

    def heard(self) -> None:
        self._room.look()


class Room:
    """All telecommunicators of the round."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._start = 0
        self._missing: set[int] | None = None
        self._seen: set[int] = set()
        self._complete = asyncio.Event()
        self.outcome = Outcome()
        self.people = [Person(watch, psap, self) for psap in watch.psaps]

    def begin(self, start: int) -> None:
        self._start = start

    def saw(self, leg: str, index: int, now: int) -> None:
        self.outcome.shown.setdefault(leg, []).append(index)
        self._seen.add(index)
        if self._missing is not None:
            self._missing.discard(index)
        due = self._watch.due[index]
        if due >= self._watch.measure_from:
            self.outcome.latency.record(max(0, now - self._start - due))

    def look(self) -> None:
        if self._missing is not None and not self._missing:
            self._complete.set()

    async def wait_for(self, taken: set[int]) -> None:
        """Until all of `taken` were shown, or the time for it is over."""
        self._missing = taken - self._seen
        self.look()
        try:
            async with asyncio.timeout(self._watch.drain):
                await self._complete.wait()
        except TimeoutError:
            return  # what is missing is for the caller to count


async def _serve(watch: Watch, parent: Connection) -> None:
    here = asyncio.get_running_loop()
    room = Room(watch)
    for person in room.people:
        await person.open()
    reading = [asyncio.create_task(person.read()) for person in room.people]
    gc.collect()
    gc.freeze()
    parent.send("open")
    room.begin(int(await here.run_in_executor(None, parent.recv)))
    taken: set[int] = await here.run_in_executor(None, parent.recv)
    await room.wait_for(taken)
    room.outcome.twice = sum(len(person.twice) for person in room.people)
    room.outcome.refused = [frame for person in room.people for frame in person.refused]
    for person in room.people:
        await person.close()
    await asyncio.wait(reading)
    for task in reading:
        task.result()  # a reader that failed has not seen everything
    parent.send(room.outcome)


def work(parent: Connection) -> None:
    """The process: is told its `Watch`; logs in and says "open"; is told the start, later which
    texts were accepted; waits until all of them were shown and sends the outcome."""
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(_serve(parent.recv(), parent))
