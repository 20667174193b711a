"""The loop's longest stall with many dialogues in memory, while a snapshot of them is taken.

    python -m load_tests.stalls [--dialogues 1000000] [--texts 500] [--seconds 20] [--json]

A real engine restores that many open dialogues (copies of those of a small surge, under names and
callers of their own), takes them up a few milliseconds a turn as the daemon does, and then hears
`--texts` new texts a second on a real journal, counts dialogues, ticks their timers, collects
garbage by the daemon's rules, and takes a snapshot of everything. A clock on the loop is due every
millisecond; a stall is how much later it comes.

On a machine with other work the loop also waits for the processor. So beside each longest stall
stands the most that the loop's thread computed between two beats, and the most that the encoding
thread did between two breaths: on a machine with nothing else to do no stall is longer than the two
together. A million dialogues take about 3 GiB and some minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

from msgspec.structs import replace

from text911.gateway import collecting
from text911.gateway.census import Census
from text911.gateway.core.encoding import Held, Saved
from text911.gateway.core.engine import Engine
from text911.gateway.core.facts import CallerWrote
from text911.gateway.core.snapshot import encode
from text911.gateway.core.values import CallerKey, CarrierName, DialogueId, Mark, MessageId
from text911.gateway.daemon import TURN_FOR
from text911.gateway.journal.contract import Snapshot
from text911.gateway.journal.memory import MemoryJournal
from text911.gateway.journal.sqlite import SqliteJournal
from text911.gateway.overview import EVERY, STEP
from text911.gateway.watch import BREATH
from text911.gateway.wheel import TICK, Wheel

from .population import POLICY, Surge, accepted, answer, carry, durable, utc
from .scratch import scratch, undo_on_sigterm

MODELS = 2_000  # dialogues of the small surge that the others are copies of
DUE_EVERY = 0.001  # seconds
GOAL_MS = 25.0


class Beat:
    """The clock on the loop. `late`: (stall, what the loop's thread computed), both in seconds."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._at = time.perf_counter()
        self._cpu = time.thread_time()
        self.late: list[tuple[float, float]] = []
        loop.call_later(DUE_EVERY, self._beat)

    def _beat(self) -> None:
        at, cpu = time.perf_counter(), time.thread_time()
        self.late.append((at - self._at - DUE_EVERY, cpu - self._cpu))
        self._at, self._cpu = at, cpu
        self._loop.call_later(DUE_EVERY, self._beat)

    def taken(self) -> dict[str, float]:
        """Milliseconds, since the last time."""
        late, self.late = sorted(self.late), []
        return {
            "longest_ms": round(late[-1][0] * 1e3, 1),
            "p99_ms": round(late[len(late) * 99 // 100][0] * 1e3, 1),
            "longest_turn_cpu_ms": round(max(cpu for _, cpu in late) * 1e3, 1),
        }


class Slices:
    """How long the encoding thread keeps the interpreter between two breaths, at the longest. The
    very longest is left out: it is the joining at the end, which lets others run meanwhile."""

    def __init__(self) -> None:
        self._took: list[float] = []  # seconds of the processor
        self._since = 0.0

    def breathe(self) -> None:
        now = time.thread_time()
        if self._since:
            self._took.append(now - self._since)
        Event().wait(BREATH)
        self._since = time.thread_time()

    @property
    def longest(self) -> float:
        return sorted(self._took)[-2]


def copies(dialogues: int) -> Iterator[Held]:
    journal = MemoryJournal()
    surge = Surge(journal, MODELS * 8, MODELS)
    while surge.open < MODELS:
        surge.step()
        journal.sync()
    models = list(surge.engine)
    for number in range(dialogues):
        model = models[number % len(models)]
        line = model.state.line
        key = CallerKey("sms", CarrierName("one"), f"+1203{number:07d}")
        state = replace(model.state, line=replace(line, key=key))
        yield replace(model, dialogue=DialogueId(f"copy-{number:07d}"), state=state)


class World:
    def __init__(self, journal: SqliteJournal, texts: int) -> None:
        self._journal = journal
        self._pause = 1 / texts
        self._number = count()
        self.longest: dict[str, float] = {}  # seconds of the processor that one turn of each took
        self.wheel: Wheel[tuple[DialogueId, str]] = Wheel(time.monotonic())
        ids = (DialogueId(f"new-{number}") for number in count())
        self.engine = Engine(
            journal, utc, answer, self._carry, lambda: next(ids), lambda: 0, POLICY
        )
        self._upkeep = collecting.Upkeep(time.monotonic)
        self._census = Census((), 100)

    def _carry(self, dialogue: DialogueId, command: Any) -> None:
        if hasattr(command, "due"):
            at = time.monotonic() + max(0.0, command.due - utc())
            self.wheel.arm((dialogue, command.timer), command.generation, at)
        carry(dialogue, command)

    async def take_up(self, resuming: Iterator[DialogueId]) -> None:
        ends_at = time.perf_counter() + TURN_FOR
        for _ in resuming:
            if time.perf_counter() >= ends_at:
                await asyncio.sleep(0)
                ends_at = time.perf_counter() + TURN_FOR

    async def traffic(self) -> None:
        while True:
            number = next(self._number)
            key = CallerKey("sms", CarrierName("one"), f"+1860{number:07d}")
            wrote = CallerWrote(
                MessageId(f"m{number}"), "help", Mark(number.to_bytes(8), "link", number)
            )
            self.engine.hear_caller(key, wrote, (), bytes(90), lambda _: True, accepted)
            await asyncio.sleep(self._pause)

    async def every(self, seconds: float, what: Any) -> None:
        name = what.__name__
        while True:
            began = time.thread_time()
            what()
            self.longest[name] = max(self.longest.get(name, 0.0), time.thread_time() - began)
            await asyncio.sleep(seconds)

    def count_some(self) -> None:
        if self._census.count(STEP):
            self._census = Census(self.engine.awake(), 100)

    def tick(self) -> None:
        self.wheel.tick(time.monotonic())

    def upkeep(self) -> None:
        self._upkeep.tick(len(self.engine))

    async def snapshot(self, slices: Slices) -> int:
        began = time.thread_time()
        up_to, octets_of = self.engine.remember()
        self.longest["remember"] = time.thread_time() - began
        octets: bytes = await asyncio.to_thread(octets_of, slices.breathe)
        done = asyncio.Event()

        def told(broken: Any) -> None:
            durable(broken)
            done.set()

        self._journal.save_snapshot(Snapshot(up_to, octets), told)
        await done.wait()
        return len(octets)


async def measure(place: Path, dialogues: int, texts: int, seconds: float) -> dict[str, object]:
    loop = asyncio.get_running_loop()
    octets = encode(Saved(utc(), 0, {}, []), list(copies(dialogues)))

    def on_loop(what: Callable[[], None]) -> None:
        loop.call_soon_threadsafe(what)

    journal = SqliteJournal(place / "journal", on_loop)
    world = World(journal, texts)
    world.engine.start("load")
    world.engine.restore(Snapshot(0, octets), ())
    del octets
    collecting.settle()
    resuming = world.engine.resume()
    next(resuming, None)  # sorts all of them: while no carrier waits, as in the daemon
    beat = Beat(loop)
    found: dict[str, object] = {}
    running = [
        asyncio.ensure_future(one)
        for one in (
            world.traffic(),
            world.every(EVERY, world.count_some),
            world.every(TICK, world.tick),
            world.every(0.5, world.upkeep),
        )
    ]
    await world.take_up(resuming)
    found["while taking up"] = beat.taken()
    await asyncio.sleep(seconds)
    found["steady"] = beat.taken()
    began = time.perf_counter()
    slices = Slices()
    size = await world.snapshot(slices)
    found["while a snapshot is taken"] = {
        **beat.taken(),
        "longest_slice_cpu_ms": round(slices.longest * 1e3, 1),
        "seconds": round(time.perf_counter() - began, 1),
        "megabytes": size // 1_000_000,
    }
    found["longest_cpu_ms"] = {k: round(v * 1e3, 1) for k, v in world.longest.items()}
    for one in running:
        one.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    journal.close()
    return found


def main() -> int:
    undo_on_sigterm()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--dialogues", type=int, default=1_000_000)
    parser.add_argument("--texts", type=int, default=500, help="new texts a second")
    parser.add_argument("--seconds", type=float, default=20.0, help="of steady traffic")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    gc.disable()  # as `text911 serve` begins
    with scratch("stalls", Path()) as place:
        found = asyncio.run(measure(place, asked.dialogues, asked.texts, asked.seconds))
    found["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    found["goal_ms"] = GOAL_MS
    lines = [f"{what}: {value}\n" for what, value in found.items()]
    sys.stdout.write(json.dumps(found) + "\n" if asked.json else "".join(lines))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
