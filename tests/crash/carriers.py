"""A carrier as an SMSC behaves, in asyncio and raw octets: nothing of ours is in it.

It never gives a text up: what was refused for now is sent again a second later, what got no
response before its link was lost is sent again, the same octets, on the next one. The texts of a
caller leave in the order of writing; some callers' texts follow each other on one link without
waiting, the others wait for the answer. A link that leaves a request unanswered is dropped.
"""

from __future__ import annotations

import asyncio
import random
import struct
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from load_tests.carrier import (
    BIND_TRANSCEIVER,
    DELIVER_SM,
    ENQUIRE_LINK,
    HEADER,
    RECEIPT,
    RESPONSE,
    SUBMIT_SM,
    UNBIND,
    Account,
    bind_pdu,
    location_tlv,
)

from .ledger import ROK, Arrival, Attempt, Ledger, Receipt, Text

TEMPORARY = frozenset({0x08, 0x14, 0x58})  # RSYSERR, RMSGQFUL, RTHROTTLED
WINDOW = 10  # submit_sm in flight per link
BURST = 3  # in flight of one caller who does not wait
RETRY_AFTER = 1.0  # s after a refusal for now
AGAIN_AFTER = (0.1, 0.4)  # s until the next try to connect
PATIENCE = 10.0  # s without a response until the link is dropped
ENQUIRE_EVERY = 3.0  # s
TAG_UMR, TAG_RECEIPTED, TAG_STATE = 0x0204, 0x001E, 0x0427
DELIVERED = 2  # message_state
TLV = struct.Struct(">HH")


def submit(text: Text, sequence: int, place: str) -> bytes:
    """submit_sm to 911 (SMPP 3.4, 4.4.1)."""
    octets = text.words.encode("ascii")
    source = b"\x01\x01" + text.number.encode() + b"\0"
    fields = bytes((0, 0, 0, 0, 0, text.wants_receipt, 0, 0, 0, len(octets)))
    body = b"\0" + source + b"\x00\x01911\0" + fields + octets
    if text.umr >= 0:
        body += TLV.pack(TAG_UMR, 2) + text.umr.to_bytes(2)
    body += location_tlv(place)
    return HEADER.pack(16 + len(body), SUBMIT_SM, 0, sequence) + body


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a deliver_sm says (SMPP 3.4, 4.6.1)."""

    number: str
    esm_class: int
    words: str
    tlvs: dict[int, bytes]


def delivered(body: bytes) -> Delivered:
    """Raises ValueError or IndexError for octets that are no deliver_sm."""
    at = body.index(0) + 1  # past service_type
    at = body.index(0, at + 2) + 1  # past the source address
    end = body.index(0, at + 2)
    number = body[at + 2 : end].decode("ascii")
    esm_class, length = body[end + 1], body[end + 10]
    start = end + 11
    words = body[start : start + length].decode("latin-1")
    tlvs: dict[int, bytes] = {}
    at = start + length
    while at < len(body):
        tag, size = TLV.unpack_from(body, at)
        tlvs[tag] = body[at + 4 : at + 4 + size]
        at += 4 + size
    return Delivered(number, esm_class, words, tlvs)


@dataclass(slots=True)
class Caller:
    """`waits`: whether the next text waits for the answer to the one before."""

    place: str
    waits: bool
    queue: deque[Text] = field(default_factory=deque[Text])
    in_flight: dict[int, Text] = field(default_factory=dict[int, Text])
    link: Link | None = None  # of what is in flight
    not_before: float = 0.0

    def may_send(self, now: float) -> bool:
        room = not self.in_flight if self.waits else len(self.in_flight) < BURST
        return bool(self.queue) and room and now >= self.not_before

    def back(self, text: Text) -> None:
        """To be sent again, before what was written later."""
        self.in_flight.pop(text.index)
        later = [other for other in self.queue if other.index > text.index]
        earlier = [other for other in self.queue if other.index < text.index]
        self.queue = deque([*earlier, text, *later])


class Link(asyncio.Protocol):
    """One transceiver bind, from the connection to its end."""

    def __init__(self, carrier: Carrier, name: str) -> None:
        self._carrier = carrier
        self._buffer = b""
        self._sequence = 1  # of the bind
        self.name = name
        self.bound = False
        self.transport: asyncio.Transport
        self.waiting: dict[int, tuple[Text, Attempt]] = {}
        self._enquired: dict[int, float] = {}
        self._heard_at = time.monotonic()
        self.ended = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(bind_pdu(self._carrier.account))

    def data_received(self, data: bytes) -> None:
        self._heard_at = time.monotonic()
        self._buffer += data
        while len(self._buffer) >= HEADER.size:
            length, command, status, sequence = HEADER.unpack_from(self._buffer)
            if len(self._buffer) < length:
                return
            body, self._buffer = self._buffer[HEADER.size : length], self._buffer[length:]
            self._take(command, status, sequence, body)

    def connection_lost(self, exc: Exception | None) -> None:
        self._carrier.lost(self)
        self.ended.set()

    @property
    def usable(self) -> bool:
        return self.bound and not self.transport.is_closing()

    def next_number(self) -> int:
        self._sequence += 1
        return self._sequence

    def _take(self, command: int, status: int, sequence: int, body: bytes) -> None:
        carrier, now = self._carrier, time.monotonic()
        if command == SUBMIT_SM | RESPONSE and sequence in self.waiting:
            text, attempt = self.waiting.pop(sequence)
            attempt.answered_at, attempt.status = now, status
            carrier.answered(text, attempt, body.partition(b"\0")[0].decode("ascii"))
        elif command == DELIVER_SM:
            carrier.delivered(self, delivered(body))
            self._answer(DELIVER_SM, sequence, b"\0")
        elif command == ENQUIRE_LINK | RESPONSE and sequence in self._enquired:
            carrier.ledger.enquiries.append(now - self._enquired.pop(sequence))
        elif command == ENQUIRE_LINK:
            self._answer(ENQUIRE_LINK, sequence)
        elif command == UNBIND:
            self.bound = False
            self._answer(UNBIND, sequence)
            self.transport.close()
        elif command == BIND_TRANSCEIVER | RESPONSE and not status:
            self.bound = True
            carrier.ledger.links_made += 1
            carrier.pump()
        elif command == BIND_TRANSCEIVER | RESPONSE:
            self.transport.close()  # the old bind may not be forgotten yet: try again
        else:
            carrier.ledger.oddities.append(f"{self.name} got command {command:#x} ({status:#x})")

    def _answer(self, command: int, sequence: int, body: bytes = b"") -> None:
        header = HEADER.pack(HEADER.size + len(body), command | RESPONSE, 0, sequence)
        self.transport.write(header + body)

    def enquire(self) -> None:
        sequence = self.next_number()
        self._enquired[sequence] = time.monotonic()
        self.transport.write(HEADER.pack(HEADER.size, ENQUIRE_LINK, 0, sequence))

    def is_dead(self, now: float) -> bool:
        oldest = min(
            (*self._enquired.values(), *(a.sent_at for _, a in self.waiting.values())), default=now
        )
        unbound = not self.bound and now - self._heard_at > PATIENCE
        return unbound or now - oldest > PATIENCE


class Carrier:
    """`binds` links that are always made anew. `wrote(arrival)` is told of words for a caller."""

    def __init__(
        self,
        account: Account,
        binds: int,
        ledger: Ledger,
        wrote: Callable[[Arrival], None],
        seed: str,
    ) -> None:
        self.account = account
        self.ledger = ledger
        self.callers: dict[int, Caller] = {}
        self._binds = binds
        self._wrote = wrote
        self._random = random.Random(seed)
        self._links: list[Link] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._writing: set[int] = set()  # callers with something to send
        self._open = 0  # texts not yet answered for good

    @property
    def open(self) -> int:
        return self._open

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._stay_bound(n)) for n in range(self._binds)]
        self._tasks.append(loop.create_task(self._look_after()))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        for link in list(self._links):
            link.bound = False
            link.transport.abort()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        for one in ended:
            if isinstance(one, Exception):
                raise one

    def submit(self, text: Text) -> None:
        self._open += 1
        self.callers[text.caller].queue.append(text)
        self._writing.add(text.caller)
        self._send_of(text.caller)

    # --- links ---------------------------------------------------------------------------------

    async def _stay_bound(self, number: int) -> None:
        loop = asyncio.get_running_loop()
        for attempt in range(1 << 30):
            make = partial(Link, self, f"{self.account.system_id}/{number}.{attempt}")
            try:
                async with asyncio.timeout(PATIENCE):
                    _, link = await loop.create_connection(
                        make, self.account.host, self.account.port
                    )
            except (OSError, TimeoutError):
                await asyncio.sleep(self._random.uniform(*AGAIN_AFTER))
                continue
            self._links.append(link)
            await link.ended.wait()
            await asyncio.sleep(self._random.uniform(*AGAIN_AFTER))

    async def _look_after(self) -> None:
        """Enquire links, drop those that do not answer, send what had to wait."""
        enquired_at = 0.0
        while True:
            now = time.monotonic()
            for link in self._links:
                if link.is_dead(now):
                    link.transport.abort()
                elif link.usable and now - enquired_at > ENQUIRE_EVERY:
                    link.enquire()
            if now - enquired_at > ENQUIRE_EVERY:
                enquired_at = now
            self.pump()
            await asyncio.sleep(0.1)

    def lost(self, link: Link) -> None:
        if link in self._links:
            self._links.remove(link)
        if link.bound:
            self.ledger.links_lost += 1
        link.bound = False
        for text, _ in link.waiting.values():
            self._back(text)
        link.waiting.clear()
        self.pump()

    # --- texts ---------------------------------------------------------------------------------

    def pump(self) -> None:
        for caller in list(self._writing):
            self._send_of(caller)

    def _back(self, text: Text) -> None:
        self.callers[text.caller].back(text)
        self._writing.add(text.caller)

    def _send_of(self, name: int) -> None:
        caller = self.callers[name]
        while caller.may_send(time.monotonic()):
            link = caller.link if caller.in_flight else self._roomiest()
            if link is None or not link.usable or len(link.waiting) >= WINDOW:
                return
            caller.link = link
            text = caller.queue.popleft()
            if not caller.queue:
                self._writing.discard(name)
            attempt = Attempt(link.name, link.next_number(), time.monotonic())
            text.attempts.append(attempt)
            caller.in_flight[text.index] = text
            link.waiting[attempt.sequence] = text, attempt
            link.transport.write(submit(text, attempt.sequence, caller.place))

    def _roomiest(self) -> Link | None:
        usable = [link for link in self._links if link.usable]
        return min(
            usable, key=lambda link: (len(link.waiting), self._random.random()), default=None
        )

    def answered(self, text: Text, attempt: Attempt, message: str) -> None:
        caller = self.callers[text.caller]
        if attempt.status in TEMPORARY:
            self._back(text)
            caller.not_before = time.monotonic() + RETRY_AFTER
            return
        caller.in_flight.pop(text.index)
        self._open -= 1
        if attempt.status == ROK:
            text.message, text.accepted_at = message, attempt.answered_at
        else:
            text.refused = True
        self._send_of(text.caller)

    # --- for callers ---------------------------------------------------------------------------

    def delivered(self, link: Link, said: Delivered) -> None:
        now = time.monotonic()
        if said.esm_class & 0x3C == RECEIPT:
            message = said.tlvs[TAG_RECEIPTED].rstrip(b"\0").decode("ascii")
            state = int.from_bytes(said.tlvs[TAG_STATE])
            receipt = Receipt(now, self.account.system_id, message, state == DELIVERED)
            self.ledger.receipts.append(receipt)
        else:
            name = self.account.system_id
            self._wrote(Arrival(now, name, link.name, said.number, said.words))
