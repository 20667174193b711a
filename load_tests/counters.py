"""The hot path in one process, without a clock: what a message costs in calls, writes and records.

    python -m load_tests.counters                 the figures
    python -m load_tests.counters --profile FILE  and a cProfile of the same work
    python -m load_tests.counters --stages        the processor's time by the stage of the way
    python -m load_tests.counters --stages --callers 2000 --unanswered    texts and nothing else

The real gateway (composition, core, SMPP sessions, console hub and links) between transports in
memory and a journal that commits when it is told to. Nothing else runs, so the counts are the same
every time on every machine: they say before any clock does that a change has made a message dearer.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
from twisted.internet.address import IPv4Address

from text911.gateway.composition import Gateway, Geography
from text911.gateway.config import load
from text911.gateway.operations.health_log import HealthLog
from text911.gateway.operations.metrics import Metrics
from text911.psap_adapters.console.desk import Desk
from text911.psap_adapters.console.link import Link

from .carrier import FIRST_SEQUENCE, Account, bind_pdu, submit_pdu
from .gateway import PLACES, Ports, write_directory
from .rounds import BINDS, LOAD_CARRIER
from .scratch import scratch, undo_on_sigterm
from .stand_ins import Counted, Journal, Nowhere, Page, Person, Reactor, Wire, answers
from .workload import Text, prelude, workload

ROUND = 1
BEGAN_AT = 1_790_000_000.0  # UTC seconds
TURN = 0.1  # seconds between two batches, on the clock of the test: nobody is noisy
QUEUE_MAX = 10_000_000  # octets


@dataclass(slots=True)
class Meter:
    """Counts calls while it is on; else measures the CPU time of the same work."""

    counted: Counted
    counting: bool
    profile: cProfile.Profile | None = None
    _began: float = field(default=0.0)
    _stage: str = field(default="")

    def on(self, stage: str) -> None:
        self._stage = stage
        if self.profile is not None:
            self.profile.enable()
        elif self.counting:
            sys.setprofile(self._call)
        self._began = time.process_time()

    def off(self) -> None:
        took, stages = time.process_time() - self._began, self.counted.stages
        self.counted.cpu += took
        stages[self._stage] = stages.get(self._stage, 0.0) + took
        if self.profile is not None:
            self.profile.disable()
        sys.setprofile(None)

    def _call(self, _frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            self.counted.python += 1
        elif event == "c_call":
            self.counted.native += 1


class World:
    """The gateway with four binds and four people, all in this process."""

    def __init__(self, folder: Path, counted: Counted) -> None:
        self.counted = counted
        directory = folder / "config"
        directory.mkdir()
        write_directory(directory, [LOAD_CARRIER], Ports(1, 2, 3))
        configuration = load(directory)
        self.reactor = Reactor()
        self.journal = Journal(counted)
        metrics = Metrics()
        self.gateway = Gateway(
            configuration,
            Geography(configuration),
            self.journal,
            self.reactor,
            lambda: BEGAN_AT + self.reactor.now,
            HealthLog(Nowhere(), lambda: BEGAN_AT),
            metrics,
        )
        self.gateway.engine.start("counted")
        self.gateway.psaps.start()
        self.journal.commit()
        self.people = [self._person(psap) for psap in PLACES]
        account = Account("127.0.0.1", 0, LOAD_CARRIER.name, LOAD_CARRIER.password)
        self.wires = [Wire(counted) for _ in range(BINDS)]
        self.binds: list[Any] = []
        for wire in self.wires:
            address: Any = IPv4Address("TCP", "127.0.0.1", 0)
            bind: Any = self.gateway.smpp.buildProtocol(address)
            bind.makeConnection(wire)
            bind.dataReceived(bind_pdu(account))
            wire.taken()
            self.binds.append(bind)

    def _person(self, psap: str) -> Person:
        desk = self.gateway.consoles.psap(psap)
        assert isinstance(desk, Desk)
        page = Page(self.counted)
        link = Link(f"link at {psap}", page, page, queue_max=QUEUE_MAX, slow_after=10.0)
        self._writers = [*getattr(self, "_writers", ()), asyncio.ensure_future(link.write())]
        return Person(desk, page, link, self.counted)

    async def play(self, texts: Sequence[Text], batch: int, meter: Meter) -> None:
        """`batch` texts a turn of the loop, over all binds."""
        places = tuple(PLACES.values())
        for first in range(0, len(texts), batch):
            octets: list[list[bytes]] = [[] for _ in self.binds]
            for text in texts[first : first + batch]:
                octets[text.bind].append(
                    submit_pdu(text, ROUND, text.index + FIRST_SEQUENCE, places)
                )
            meter.on("octets of a text -> appended")
            for bind, pdus in zip(self.binds, octets, strict=True):
                if pdus:
                    bind.dataReceived(b"".join(pdus))
            meter.off()
            while await self._settle(meter):
                self.counted.turns += 1
            self.reactor.now += TURN
        self.counted.messages += len(texts)

    async def _settle(self, meter: Meter) -> bool:
        """One turn: a commit, what follows from it, and what carriers and people say to that."""
        meter.on("durable -> responses, frames for pages, replies")
        moved = self.journal.commit()
        meter.off()
        meter.on("the next turn: queue, one write to each bind")
        moved = self.reactor.turn() or moved
        meter.off()
        meter.on("one message to each page")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        meter.off()
        heard = [answers(wire.taken()) for wire in self.wires]
        said = [person.look() for person in self.people]
        meter.on("what carriers answer -> appended")
        for bind, octets in zip(self.binds, heard, strict=True):
            if octets:
                bind.dataReceived(octets)
        meter.off()
        for person, frames in zip(self.people, said, strict=True):
            for frame in frames:
                octets = msgspec.json.encode(frame)
                meter.on(f"a page's frame {frame['type']} -> appended")
                person.say(octets)
                meter.off()
        return moved or any(heard) or any(said)

    async def stop(self) -> None:
        for writer in self._writers:
            writer.cancel()
        await asyncio.wait(self._writers)


def count(
    messages: int,
    batch: int,
    *,
    counting: bool,
    profile: cProfile.Profile | None = None,
    callers: int = 0,
    answered: bool = True,
) -> Counted:
    """Play `messages` texts, `batch` in a turn, after their dialogues were opened uncounted.
    `callers`: let so many write, and nobody new; 0: the mix of the load tests. Texts that are not
    `answered` do not say which they are."""
    counted = Counted()

    async def play() -> Counted:
        with scratch("count") as folder:
            world = World(folder, counted)
            before = prelude(BINDS)[: callers or None]
            await world.play(before, batch, Meter(Counted(), counting=False))
            fresh = Counted()
            for name in ("carrier_writes", "console_writes", "records", "appends", "replies"):
                setattr(counted, name, 0)
            counted.messages = counted.turns = 0
            texts = workload(ROUND, [0] * messages, BINDS)
            if callers:
                texts = [
                    replace(text, caller=text.caller % callers, bind=text.caller % callers % BINDS)
                    for text in texts
                ]
            if not answered:
                texts = [replace(text, words=text.words.split(" ", 2)[2]) for text in texts]
            await world.play(texts, batch, Meter(fresh, counting, profile))
            await world.stop()
            counted.python, counted.native, counted.cpu = fresh.python, fresh.native, fresh.cpu
            counted.stages = fresh.stages
            return counted

    return asyncio.run(play())


def by_stage(timed: Counted) -> list[str]:
    """The most expensive first, us of the processor a message."""
    one = 1e6 / max(1, timed.messages)
    stages = sorted(timed.stages.items(), key=lambda item: -item[1])
    said = [f"{stage:50} {seconds * one:7.1f} us" for stage, seconds in stages]
    return [*said, f"{'all of it':50} {timed.cpu * one:7.1f} us"]


def main() -> None:
    undo_on_sigterm()
    parser = argparse.ArgumentParser(prog="python -m load_tests.counters")
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=20, help="texts in one turn of the loop")
    parser.add_argument("--profile", type=Path)
    parser.add_argument("--stages", action="store_true", help="only these, timed")
    parser.add_argument("--callers", type=int, default=0, help="so many, and nobody new")
    parser.add_argument("--unanswered", action="store_true", help="nobody replies")
    given = parser.parse_args()
    if given.stages:
        timed = count(
            given.messages,
            given.batch,
            counting=False,
            callers=given.callers,
            answered=not given.unanswered,
        )
        sys.stdout.write("\n".join(by_stage(timed)) + "\n")
        return
    figures = count(given.messages, given.batch, counting=True).per_message()
    timed = count(given.messages, given.batch, counting=False)
    figures["CPU us"] = timed.per_message()["CPU us"]
    for name, figure in figures.items():
        sys.stdout.write(f"{name:16} {figure:9.2f} per message\n")
    writes = (timed.carrier_writes + timed.console_writes) / timed.turns
    sys.stdout.write(f"{'socket writes':16} {writes:9.2f} per turn, over 4 binds and 4 consoles\n")
    if given.profile:
        profile = cProfile.Profile()
        count(given.messages, given.batch, counting=False, profile=profile)
        profile.dump_stats(given.profile)


if __name__ == "__main__":
    main()
