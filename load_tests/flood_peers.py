"""The two sides of a flood, each in a process of its own: a carrier whose queues keep what is
refused and bring it again, and telecommunicators who answer the callers that are real.

The carrier sends over each bind what is due there, in order, with at most `WINDOW` unanswered. What
is refused for the moment it brings again after `RETRY`, then after twice as long and so on, under a
new sequence_number, as a message centre does; a text counts from when it was first due.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from .carrier import (
    BODY_AT_TEXT_LENGTH,
    CONNECT_WITHIN,
    HEADER,
    RECEIPT,
    REPLY_WORD,
    UNBIND,
    Account,
    Bind,
    submit_pdu,
)
from .console import VERSION, Console, Leg
from .precise import loop
from .workload import Text, identity

WINDOW = 100  # submit_sm unanswered on one bind
RETRY = 1.0  # s until a text that was refused for the moment is brought again for the first time
RETRY_MAX = 16.0
RTHROTTLED, RMSGQFUL = 0x58, 0x14  # SMPP 3.4, 5.1.3
OPENED_WITHIN = 5.0  # s for a look into every fold and group; then another, for what has moved


# --- the carrier -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Job:
    """`accounts`: one per bind. `drain`: s to wait for the last answers and replies. `places`: what
    the location parameter says, by caller in turn."""

    accounts: tuple[Account, ...]
    texts: tuple[Text, ...]
    round_number: int
    places: tuple[str, ...]
    drain: float


@dataclass(slots=True)
class Carried:
    """`taken`: index -> ns from when it was due to its ESME_ROK, in that order. `refusals`: index
    -> how often it was refused for the moment. `other`: status -> how often. `replies`: index ->
    monotonic ns."""

    taken: dict[int, int] = field(default_factory=dict[int, int])
    refusals: dict[int, int] = field(default_factory=dict[int, int])
    other: dict[int, int] = field(default_factory=dict[int, int])
    replies: dict[int, int] = field(default_factory=dict[int, int])
    automatic: int = 0
    lost_links: int = 0


class Queues:
    """What the carrier has to bring, bind by bind. Its binds call the same verbs as a `Load`."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._loop = asyncio.get_running_loop()
        self._next = 0  # of the texts that are not due yet
        self._start = 0
        self._binds: list[Bind] = []
        self._ready: list[deque[int]] = [deque() for _ in job.accounts]
        self._free = [WINDOW for _ in job.accounts]
        self._sent: dict[int, int] = {}  # sequence_number - FIRST_SEQUENCE -> index
        self._sequences = 0
        self._all_taken = asyncio.Event()
        self.carried = Carried()

    async def bind(self) -> None:
        for account in self._job.accounts:
            make = partial(Bind, self, account)  # type: ignore[arg-type]
            _, bind = await self._loop.create_connection(make, account.host, account.port)
            self._binds.append(bind)
            if status := await asyncio.wait_for(bind.bound, CONNECT_WITHIN):
                raise ConnectionError(f"bind as {account.system_id} refused with {status:#x}")

    async def run(self, start: int) -> Carried:
        """`start`: monotonic ns. Until all is taken, or `drain` after the last was due."""
        self._start = start
        self._loop.call_at(start / 1e9, self._pump)
        whole = (start - time.monotonic_ns() + self._job.texts[-1].due) / 1e9 + self._job.drain
        try:
            async with asyncio.timeout(whole):
                await self._all_taken.wait()
        except TimeoutError:
            pass  # what is left is for the caller to count
        return self.carried

    def _pump(self) -> None:
        texts, elapsed = self._job.texts, time.monotonic_ns() - self._start
        while self._next < len(texts) and texts[self._next].due <= elapsed:
            self._ready[texts[self._next].bind].append(self._next)
            self._next += 1
        for bind in range(len(self._binds)):
            self._fill(bind)
        if self._next < len(texts):
            self._loop.call_at((self._start + texts[self._next].due) / 1e9, self._pump)

    def _fill(self, bind: int) -> None:
        ready, batch = self._ready[bind], list[bytes]()
        while ready and self._free[bind]:
            index = ready.popleft()
            self._free[bind] -= 1
            self._sent[self._sequences] = index
            text = self._job.texts[index]
            batch.append(
                submit_pdu(text, self._job.round_number, self._sequences + 2, self._job.places)
            )
            self._sequences += 1
        if batch:
            self._binds[bind].transport.write(b"".join(batch))

    def _again(self, index: int) -> None:
        bind = self._job.texts[index].bind
        self._ready[bind].appendleft(index)
        self._fill(bind)

    # --- what a bind says ---

    def answered(self, place: int, status: int, now: int) -> None:
        index = self._sent.pop(place)
        text, carried = self._job.texts[index], self.carried
        self._free[text.bind] += 1
        if status in (RTHROTTLED, RMSGQFUL):
            times = carried.refusals[index] = carried.refusals.get(index, 0) + 1
            self._loop.call_later(min(RETRY_MAX, RETRY * 2 ** (times - 1)), self._again, index)
            return
        if status:
            carried.other[status] = carried.other.get(status, 0) + 1
        else:
            carried.taken[index] = now - self._start - text.due
        if len(carried.taken) + sum(carried.other.values()) == len(self._job.texts):
            self._all_taken.set()

    def turn_ended(self) -> None:
        for bind in range(len(self._binds)):
            self._fill(bind)

    def delivered(self, data: bytes, at: int, length: int, now: int) -> None:
        body = data.index(0, at + 16) + 1  # past service_type
        body = data.index(0, body + 2) + 1  # past the source address
        body = data.index(0, body + 2) + 1  # past the destination address
        if data[body] & 0x3C == RECEIPT:
            return
        words = data[body + BODY_AT_TEXT_LENGTH + 1 : at + length]
        if words.startswith(REPLY_WORD):
            self.carried.replies[int(words.split(b" ", 2)[1])] = now
        else:
            self.carried.automatic += 1

    def lost(self, error: Exception | None) -> None:
        self.carried.lost_links += 1

    async def close(self) -> None:
        for bind in self._binds:
            bind.closing = True
            bind.transport.write(HEADER.pack(16, UNBIND, 0, 0x7FFFFFFF))
            bind.transport.close()
        await asyncio.sleep(0)


async def _carry(job: Job, parent: Connection) -> None:
    here = asyncio.get_running_loop()
    queues = Queues(job)
    await queues.bind()
    gc.collect()
    gc.freeze()
    parent.send("bound")
    parent.send(await queues.run(int(await here.run_in_executor(None, parent.recv))))
    await here.run_in_executor(None, parent.recv)  # the consoles have seen everything
    parent.send(queues.carried)
    await queues.close()


def carrier(parent: Connection) -> None:
    """The process: is told its `Job`, says "bound", is told the start, says what it `Carried` when
    all is taken or the time is over, and once more when it is told that the consoles are done."""
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(_carry(parent.recv(), parent))


# --- the telecommunicators ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Watch:
    """`people`: indices of their texts. `answered`: those whose dialogue is answered, because a
    person or the noise is behind it; the crowd is left ringing: nobody can answer so many."""

    base: str
    psaps: tuple[str, ...]
    person: str
    password: str
    round_number: int
    people: frozenset[int]
    answered: frozenset[int]
    drain: float


@dataclass(slots=True)
class Shown:
    """`at`: index -> monotonic ns when it was first on a page. `replied`: indices. `ends`: why
    links ended, as the gateway said it; a page comes back at once."""

    at: dict[int, int] = field(default_factory=dict[int, int])
    opened: set[int] = field(default_factory=set[int])  # found in a fold or a group afterwards
    grouped: int = 0  # callers in the largest group
    order: dict[str, list[int]] = field(default_factory=dict[str, list[int]])  # leg -> indices
    replied: list[int] = field(default_factory=list[int])
    legs: int = 0
    twice: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    ends: list[str] = field(default_factory=list[str])


class Person(Console):
    def __init__(self, watch: Watch, psap: str, room: Room) -> None:
        super().__init__(watch.base, psap, watch.person, watch.password)
        self._watch = watch
        self._room = room
        self._asked: set[str] = set()
        self._to_reply: dict[str, list[int]] = {}
        self._folds: list[tuple[str, int, int]] = []  # leg, after, before
        self._groups: dict[str, int] = {}  # group -> callers in it

    def rang(self, leg: Leg) -> None:
        self._room.shown.legs += 1

    def owned(self, leg: Leg) -> None:
        for index in self._to_reply.pop(leg.name, ()):
            self._reply(leg, index)

    def shown(self, leg: Leg, line: dict[str, Any]) -> None:
        index = self._index(line)
        if index < 0:
            return
        self._room.saw(leg.name, index)
        if index in self._watch.answered and leg.name not in self._asked and not leg.owner:
            self._asked.add(leg.name)
            self.answer(leg.name)
        if index in self._watch.people:
            if leg.owner == self.user:
                self._reply(leg, index)
            else:
                self._to_reply.setdefault(leg.name, []).append(index)

    def folded(self, leg: Leg, after: int, before: int) -> None:
        """Left closed until the flood is over: nobody reads along with 500 texts a second."""
        self._folds.append((leg.name, after, before))

    def opened(self, leg: Leg, line: dict[str, Any]) -> None:
        if (index := self._index(line)) >= 0:
            self._room.opened(index)

    def grouped(self, group: dict[str, Any]) -> None:
        self._groups[group["group"]] = group["callers"]
        self._room.shown.grouped = max(self._room.shown.grouped, group["callers"])

    async def open_all(self) -> None:
        """What was folded and grouped: is it all there? Callers go from group to group while it is
        looked at, as one PSAP after the other does not answer; so it is looked at again."""
        for leg, after, before in self._folds:
            self.open_fold(leg, after, before)
        for group, callers in self._groups.items():
            if callers:
                self.open_group(group)
        await self.flush()

    def _index(self, line: dict[str, Any]) -> int:
        found = identity(line["text"]) if line["kind"] == "caller" else None
        return found[1] if found is not None and found[0] == self._watch.round_number else -1

    def _reply(self, leg: Leg, index: int) -> None:
        self._room.shown.replied.append(index)
        words = f"reply {index} {time.monotonic_ns()} help is on its way"
        self.write(leg.name, f"{self._watch.round_number}-{index}", words)

    def heard(self) -> None:
        self._room.look()

    async def attend(self) -> None:
        """Read until the room closes; a link that ends sooner is made anew, as a page does it."""
        while not self._room.closed:
            try:
                await self.read()
            except ConnectionError as lost:
                self._room.shown.ends.append(f"{self.psap}: {lost}")
            if self._room.closed:
                return
            assert self._session is not None
            assert self._socket is not None
            self._room.shown.ends.append(f"{self.psap}: closed with {self._socket.close_code}")
            self._to_acknowledge.clear()
            self._socket = await self._session.ws_connect(f"{self.base}/{self.psap}/ws")
            resume = {leg.name: leg.held for leg in self.legs.values() if leg.state != "closed"}
            await self._send({"type": "hello", "version": VERSION, "resume": resume})


class Room:
    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._missing: set[int] | None = None
        self._complete = asyncio.Event()
        self.closed = False
        self.shown = Shown()
        self.people = [Person(watch, psap, self) for psap in watch.psaps]

    def saw(self, leg: str, index: int) -> None:
        self.shown.at.setdefault(index, time.monotonic_ns())
        self.shown.order.setdefault(leg, []).append(index)
        if self._missing is not None:
            self._missing.discard(index)

    def opened(self, index: int) -> None:
        self.shown.opened.add(index)
        if self._missing is not None:
            self._missing.discard(index)

    def look(self) -> None:
        if self._missing is not None and not self._missing:
            self._complete.set()

    async def wait_for(self, taken: set[int]) -> None:
        self._missing = taken - self.shown.at.keys() - self.shown.opened
        self.look()
        try:
            async with asyncio.timeout(self._watch.drain):
                while not self._complete.is_set():
                    for person in self.people:
                        await person.open_all()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(OPENED_WITHIN):
                            await self._complete.wait()
        except TimeoutError:
            return  # what is missing is for the caller to count


async def _watch(watch: Watch, parent: Connection) -> None:
    here = asyncio.get_running_loop()
    room = Room(watch)
    for person in room.people:
        await person.open()
    reading = [asyncio.create_task(person.attend()) for person in room.people]
    gc.collect()
    gc.freeze()
    parent.send("open")
    taken: set[int] = await here.run_in_executor(None, parent.recv)
    await room.wait_for(taken)
    room.closed = True
    room.shown.twice = sum(len(person.twice) for person in room.people)
    room.shown.refused = [frame for person in room.people for frame in person.refused]
    for person in room.people:
        await person.close()
    await asyncio.wait(reading)
    for task in reading:
        task.result()  # a reader that failed has not seen everything
    parent.send(room.shown)


def consoles(parent: Connection) -> None:
    """The process: is told its `Watch`, says "open", is told what was taken, waits until all of it
    was shown, and says what was `Shown`."""
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(_watch(parent.recv(), parent))
