"""A carrier that loads the gateway: raw SMPP over several binds, in a process of its own.

It shares no code with our `smpp/` and none with smpplib: a submit_sm is octets laid out beforehand,
and what comes back is cut by its length field. Texts leave when they are due, whatever has been
answered so far; latency is completion minus *due*, so a stall of the gateway (or of this process)
counts against every text it delayed. With a `window` it sends as fast as the window allows instead.
"""

from __future__ import annotations

import asyncio
import gc
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection

from .histogram import Histogram
from .precise import loop
from .workload import Text, number

HEADER = struct.Struct(">IIII")
TLV = struct.Struct(">HH")
LOCATION_TAG = 0x1400  # of the range for vendors (SMPP 3.4, 5.3.2)
PLACE_SPREAD = 7  # callers; so that a place is not tied to a bind
BIND_TRANSCEIVER, SUBMIT_SM, DELIVER_SM = 0x00000009, 0x00000004, 0x00000005
UNBIND, ENQUIRE_LINK, RESPONSE = 0x00000006, 0x00000015, 0x80000000
VERSION_34 = 0x34
UCS2 = 0x08  # data_coding
RECEIPT = 0x04  # esm_class of a delivery receipt
BODY_AT_TEXT_LENGTH = 9  # octets from esm_class to sm_length
CONNECT_WITHIN = 10.0  # s
FIRST_SEQUENCE = 2  # 1 is the bind
REPLY_WORD = b"reply "  # a reply of ours: b"reply <index> <ns when it was written> ..."


@dataclass(frozen=True, slots=True)
class Account:
    host: str
    port: int
    system_id: str
    password: str


@dataclass(frozen=True, slots=True)
class Job:
    """`accounts`: one per bind. `places`: what the location parameter says, by caller in turn; none
    without. `window` 0: by schedule; else as fast as it allows, for at most `window_seconds`.
    `measure_from`: ns after the start; what was due earlier warms up and is counted, but not timed.
    `drain`: s to wait for the last answers.
    """

    accounts: tuple[Account, ...]
    texts: tuple[Text, ...]
    round_number: int
    places: tuple[str, ...] = ()
    window: int = 0
    window_seconds: float = 10.0
    measure_from: int = 0
    drain: float = 20.0


@dataclass(slots=True)
class Outcome:
    """What the carrier saw. Times in ns. `taken`: indices answered ROK, `taken_at` the monotonic
    time of each; `refused`: status -> how often; `replies`: indices whose reply came; `automatic`:
    other texts to callers, such as "text-to-911 is not available"; `unanswered`: no response at
    all; `first`: monotonic time of the first send."""

    response: Histogram = field(default_factory=Histogram)
    reply: Histogram = field(default_factory=Histogram)
    lateness: Histogram = field(default_factory=Histogram)
    taken: list[int] = field(default_factory=list[int])
    taken_at: list[int] = field(default_factory=list[int])
    refused: dict[int, int] = field(default_factory=dict[int, int])
    replies: list[int] = field(default_factory=list[int])
    automatic: int = 0
    receipts: int = 0
    unanswered: int = 0
    lost_links: int = 0
    first: int = 0


def bind_pdu(account: Account) -> bytes:
    body = b"\0".join((account.system_id.encode(), account.password.encode(), b""))
    body += b"\0" + bytes((VERSION_34, 0, 0)) + b"\0"
    return HEADER.pack(16 + len(body), BIND_TRANSCEIVER, 0, 1) + body


def location_tlv(place: str) -> bytes:
    return TLV.pack(LOCATION_TAG, len(place)) + place.encode("ascii")


def place_of(text: Text, places: int) -> int:
    """Which of so many places the text's caller is in."""
    return text.caller // PLACE_SPREAD % places


def submit_pdu(text: Text, round_number: int, sequence: int, places: Sequence[str] = ()) -> bytes:
    """submit_sm to 911 (SMPP 3.4, 4.4.1)."""
    octets = text.words.encode("utf-16-be") if text.ucs2 else text.words.encode("ascii")
    source = b"\x01\x01" + number(round_number, text.caller).encode() + b"\0"
    fields = bytes((0, 0, 0, 0, 0, 0, 0, UCS2 if text.ucs2 else 0, 0, len(octets)))
    body = b"\0" + source + b"\x00\x01911\0" + fields + octets
    if places:
        body += location_tlv(places[place_of(text, len(places))])
    return HEADER.pack(16 + len(body), SUBMIT_SM, 0, sequence) + body


class Bind(asyncio.Protocol):
    """One transceiver bind. Cuts what comes by length; answers what must be answered."""

    def __init__(self, load: Load, account: Account) -> None:
        self._load = load
        self._account = account
        self._rest = b""
        self.bound: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.WriteTransport
        self.closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport
        transport.write(bind_pdu(self._account))

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        data = self._rest + data
        at, end = 0, len(data)
        answers: list[bytes] = []
        unpack = HEADER.unpack_from
        while end - at >= 16:
            length, command, status, sequence = unpack(data, at)
            if end - at < length:
                break
            if command == SUBMIT_SM | RESPONSE:
                self._load.answered(sequence - FIRST_SEQUENCE, status, now)
            elif command == DELIVER_SM:
                self._load.delivered(data, at, length, now)
                answers.append(HEADER.pack(17, DELIVER_SM | RESPONSE, 0, sequence) + b"\0")
            elif command in (ENQUIRE_LINK, UNBIND):
                answers.append(HEADER.pack(16, command | RESPONSE, 0, sequence))
            elif command == BIND_TRANSCEIVER | RESPONSE:
                self.bound.set_result(status)
            at += length
        self._rest = data[at:]
        if answers:
            self.transport.write(b"".join(answers))
        self._load.turn_ended()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closing:
            self._load.lost(exc)
        if not self.bound.done():
            self.bound.set_exception(ConnectionError(f"closed before the bind was answered: {exc}"))


class Load:
    """One round: all binds, the schedule, and what was seen."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._loop = asyncio.get_running_loop()
        self._octets = [
            submit_pdu(text, job.round_number, place + FIRST_SEQUENCE, job.places)
            for place, text in enumerate(job.texts)
        ]
        self._due = [text.due for text in job.texts]
        self._bind_of = [text.bind for text in job.texts]
        self._left = set(range(len(job.texts)))
        self._sent = 0
        self._start = 0
        self._free = job.window * len(job.accounts)
        self._binds: list[Bind] = []
        self._all_answered: asyncio.Future[None] = self._loop.create_future()
        self._all_replied: asyncio.Future[None] = self._loop.create_future()
        self._awaited: int | None = None
        self.outcome = Outcome()

    async def bind(self) -> None:
        """All binds stand when this returns. Raises ConnectionError when one was refused."""
        for account in self._job.accounts:
            make = partial(Bind, self, account)
            _, bind = await self._loop.create_connection(make, account.host, account.port)
            self._binds.append(bind)
            if status := await asyncio.wait_for(bind.bound, CONNECT_WITHIN):
                raise ConnectionError(f"bind as {account.system_id} refused with {status:#x}")

    async def run(self, start: int) -> Outcome:
        """`start`: monotonic ns at which the round begins."""
        self._start = start
        job = self._job
        self._loop.call_at(start / 1e9, self._fill if job.window else self._pump)
        sending = job.window_seconds if job.window else self._due[-1] / 1e9
        if job.window:
            self._loop.call_at(start / 1e9 + sending, self._stop)
        whole = (start - time.monotonic_ns()) / 1e9 + sending + job.drain
        await asyncio.wait([self._all_answered], timeout=whole)
        self.outcome.unanswered = len(self._left)
        return self.outcome

    def _pump(self) -> None:
        """Send everything that is due, one write per bind; sleep until the next is."""
        now = time.monotonic_ns()
        elapsed = now - self._start
        lateness = self.outcome.lateness
        first = self._sent
        at, end = first, len(self._octets)
        if first == 0:
            self.outcome.first = now
        while at < end and self._due[at] <= elapsed:
            lateness.record(elapsed - self._due[at])
            at += 1
        self._send(first, at)
        if at < end:
            self._loop.call_at((self._start + self._due[at]) / 1e9, self._pump)

    def _stop(self) -> None:
        """What the window has not let through by now stays here."""
        del self._octets[self._sent :]
        self._left.difference_update(range(self._sent, len(self._due)))
        self._look_for_answers()

    def _look_for_answers(self) -> None:
        if not self._left and not self._all_answered.done():
            self._all_answered.set_result(None)

    def _fill(self) -> None:
        """Send what the window has room for."""
        first = self._sent
        at = min(len(self._octets), first + self._free)
        if at == first:
            return
        now = time.monotonic_ns()
        if first == 0:
            self.outcome.first = now
        self._due[first:at] = [now - self._start] * (at - first)
        self._free -= at - first
        self._send(first, at)

    def _send(self, first: int, end: int) -> None:
        batches: list[list[bytes]] = [[] for _ in self._binds]
        for index in range(first, end):
            batches[self._bind_of[index]].append(self._octets[index])
        for bind, batch in zip(self._binds, batches, strict=True):
            if batch:
                bind.transport.write(b"".join(batch))
        self._sent = end

    def answered(self, place: int, status: int, now: int) -> None:
        """The text at `place` of the job has its response."""
        if place not in self._left:
            raise RuntimeError(f"text {place} was answered twice, or never sent")
        self._left.discard(place)
        self._free += 1
        due = self._due[place]
        if status:
            self.outcome.refused[status] = self.outcome.refused.get(status, 0) + 1
        else:
            self.outcome.taken.append(self._job.texts[place].index)
            self.outcome.taken_at.append(now)
            if due >= self._job.measure_from:
                self.outcome.response.record(now - self._start - due)
        self._look_for_answers()

    def turn_ended(self) -> None:
        begun = self._sent > 0  # the response to a bind comes before the start
        if begun and self._job.window and self._free > self._job.window // 2:
            self._fill()

    def delivered(self, data: bytes, at: int, length: int, now: int) -> None:
        """A deliver_sm at `data[at:]`: a receipt, a reply of ours, or an automatic message."""
        body = data.index(0, at + 16) + 1  # past service_type
        body = data.index(0, body + 2) + 1  # past the source address
        body = data.index(0, body + 2) + 1  # past the destination address
        if data[body] & 0x3C == RECEIPT:
            self.outcome.receipts += 1
            return
        words = data[body + BODY_AT_TEXT_LENGTH + 1 : at + length]
        if words.startswith(REPLY_WORD):
            _, index, written, *_ = words.split(b" ", 3)
            self.outcome.replies.append(int(index))
            if int(written) >= self._start + self._job.measure_from:
                self.outcome.reply.record(now - int(written))
            self._look_for_replies()
        else:
            self.outcome.automatic += 1

    async def wait_for_replies(self, count: int) -> None:
        """Until `count` replies have come, or `drain` is over: the slowest count most."""
        self._awaited = count
        self._look_for_replies()
        await asyncio.wait([self._all_replied], timeout=self._job.drain)

    def _look_for_replies(self) -> None:
        come = self._awaited is not None and len(self.outcome.replies) >= self._awaited
        if come and not self._all_replied.done():
            self._all_replied.set_result(None)

    def lost(self, error: Exception | None) -> None:
        """A link that goes during a round is a finding, not a reason to stop counting."""
        self.outcome.lost_links += 1
        if self.outcome.lost_links == len(self._binds) and not self._all_answered.done():
            self._all_answered.set_result(None)

    async def close(self) -> None:
        for bind in self._binds:
            bind.closing = True
            bind.transport.write(HEADER.pack(16, UNBIND, 0, 0x7FFFFFFF))
            bind.transport.close()
        await asyncio.sleep(0)


async def _serve(job: Job, parent: Connection) -> None:
    here = asyncio.get_running_loop()
    load = Load(job)
    await load.bind()
    gc.collect()
    gc.freeze()
    gc.disable()  # a collection here would look like a stall of the gateway; the round is bounded
    parent.send("bound")
    outcome = await load.run(int(await here.run_in_executor(None, parent.recv)))
    parent.send(outcome)
    await load.wait_for_replies(int(await here.run_in_executor(None, parent.recv)))
    parent.send(load.outcome)
    await load.close()


def work(parent: Connection) -> None:
    """The process: is told its `Job`; binds and says "bound"; is told the start; sends the outcome
    when all texts are answered; is told how many replies were written; sends it once more when all
    of them have come, or the time for it is over."""
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(_serve(parent.recv(), parent))


def spread(accounts: Sequence[Account], binds: int) -> tuple[Account, ...]:
    """`binds` binds over the accounts, in turn."""
    return tuple(accounts[i % len(accounts)] for i in range(binds))
