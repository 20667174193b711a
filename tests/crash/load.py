"""The load on one gateway: carriers, callers who keep writing, people at pages; in a thread with a
loop of its own, so that a scenario can kill and freeze the gateway beside it.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from load_tests.carrier import Account
from load_tests.gateway import PASSWORD, PERSON, PLACES

from .carriers import Caller, Carrier
from .ledger import Arrival, Ledger, Text
from .people import Person
from .words import number_of, reply_identity, text_of

T = TypeVar("T")

PSAPS = ("hartford-region", "elm-harbor")  # where callers are
LAST = "csecc"  # the statewide default: takes what nobody else does
CARRIERS = ("crash-a", "crash-b")
SECRET = "crash911"
TURN = 0.02  # s between two looks at what is due
SETTLED_FOR = 0.5  # s without anything owed
CALL_WITHIN = 10.0  # s for anything asked of the loop


@dataclass(frozen=True, slots=True)
class Traffic:
    """`rate`: texts per second. `callers`: who write at the same time; each writes `texts_each`
    texts, says goodbye with the last one (not every one does), and the next caller takes over."""

    rate: float = 60.0
    callers: int = 40
    texts_each: int = 12
    binds: int = 2  # per carrier
    umr_share: float = 0.5
    receipt_share: float = 0.2
    bye_share: float = 0.95
    seed: int = 911


class Load:
    """A context. The load begins when it is entered and everybody is connected; `quiet` ends the
    writing, `settle` waits until everything that is owed has come."""

    def __init__(self, host: str, smpp: int, console: str, traffic: Traffic) -> None:
        self.ledger = Ledger()
        self.traffic = traffic
        self._random = random.Random(traffic.seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="crash load")
        self._faults: list[BaseException] = []
        self._carriers = [
            Carrier(
                Account(host, smpp, name, SECRET), traffic.binds, self.ledger, self._wrote,
                f"{name} {traffic.seed}",
            )
            for name in CARRIERS
        ]  # fmt: skip
        self._people = [
            Person(console, psap, PERSON, PASSWORD, self.ledger) for psap in (*PSAPS, LAST)
        ]
        self._callers: list[tuple[int, int]] = []  # (caller, texts left)
        self._next_caller = 0
        self._writing: asyncio.Task[None] | None = None
        self._factor = 1.0

    # --- for scenarios --------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._begin())
        try:
            self.wait("carriers and people are there", self._all_there, 30.0)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._end()
        if error is None and self._faults:
            raise self._faults[0]

    def _end(self) -> None:
        try:
            self._call(self._stop())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def quiet(self) -> None:
        """Nobody writes any more."""
        self.slow(0.0)

    def slow(self, factor: float) -> None:
        """The rate from now on, as a share of that of the traffic."""
        self._factor = factor

    def wait(self, what: str, look: Callable[[], T | None], within: float) -> T:
        """Until `look` finds something true. Raises TimeoutError naming `what`."""
        deadline = time.monotonic() + within
        pause = threading.Event()
        while True:
            if self._faults:
                raise self._faults[0]
            if found := look():
                return found
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}: not within {within:g} s")
            pause.wait(0.01)

    def more_accepted(self, count: int, within: float = 60.0) -> None:
        """Until so many more texts were accepted than are now."""
        goal = len(self.ledger.accepted()) + count
        self.wait(
            f"{count} more texts accepted", lambda: len(self.ledger.accepted()) >= goal, within
        )

    def settle(self, within: float = 60.0) -> bool:
        """End the writing, and wait until nothing is owed any more. False: something still is; the
        judge will say what."""
        self.quiet()
        deadline = time.monotonic() + within
        nothing_since: float | None = None
        pause = threading.Event()
        while True:
            if self._faults:
                raise self._faults[0]
            owed, now = self.owed(), time.monotonic()
            if owed:
                nothing_since = None
            elif nothing_since is None:
                nothing_since = now
            elif now - nothing_since >= SETTLED_FOR:
                return True
            if now > deadline:
                return False
            pause.wait(0.2)

    def owed(self, given_up: frozenset[str] = frozenset()) -> str:
        """What has not come to its end yet, in words; "" when nothing is. `given_up`: keys of
        replies that will not leave, which the record says and no page can."""
        for carrier in self._carriers:
            if carrier.open:
                return f"{carrier.open} texts of {carrier.account.system_id} have no answer"
        ledger = self.ledger
        for text in ledger.accepted():
            if text.index not in ledger.shown and not ledger.automatic.get(text.number):
                return f"text {text.index} was accepted and is on no page"
        for reply in list(ledger.replies.values()):
            if reply.has_not_left and not reply.is_told and reply.key not in given_up:
                return f"reply {reply.key} has not left ({sorted(reply.states)})"
        for person in self._people:
            if key := person.unsaid():
                return f"reply {key} is not recorded yet"
        if missing := receipts_missing(ledger):
            return f"the receipt of text {missing[0].index} has not come"
        return ""

    def answering(self, psap: str, wanted: bool) -> None:
        """Whether the person at `psap` picks up what rings from now on."""
        for person in self._people:
            if person.psap == psap:
                person.answers = wanted

    # --- on the loop ----------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(self._fault)
        self._loop.run_forever()

    def _fault(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A mistake of the lab itself must not look like silence of the gateway."""
        fault = context.get("exception") or RuntimeError(str(context.get("message")))
        self._faults.append(fault)
        loop.default_exception_handler(context)

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_WITHIN)

    async def _begin(self) -> None:
        for person in self._people:
            person.start()
        for carrier in self._carriers:
            carrier.start()
        self._writing = self._loop.create_task(self._write())
        self._writing.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (fault := task.exception()):
            self._faults.append(fault)

    async def _stop(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
        for person in self._people:
            await person.stop()
        for carrier in self._carriers:
            await carrier.stop()

    def _all_there(self) -> bool:
        binds = len(self._carriers) * self.traffic.binds
        return self.ledger.links_made >= binds and all(x.links > 0 for x in self._people)

    async def _write(self) -> None:
        """`rate` texts a second, whatever the gateway does."""
        while not self._all_there():
            await asyncio.sleep(TURN)
        due, before = 0.0, time.monotonic()
        while True:
            await asyncio.sleep(TURN)
            now = time.monotonic()
            due += (now - before) * self.traffic.rate * self._factor
            before = now
            while due >= 1.0:
                due -= 1.0
                self._one_text()

    def _one_text(self) -> None:
        while len(self._callers) < self.traffic.callers:
            self._callers.append((self._new_caller(), self.traffic.texts_each))
        place = self._random.randrange(len(self._callers))
        caller, left = self._callers[place]
        carrier = self._carriers[caller % len(self._carriers)]
        index = len(self.ledger.texts)
        bye = left == 1 and self._random.random() < self.traffic.bye_share
        text = Text(
            index, caller, carrier.account.system_id, number_of(self.traffic.seed, caller),
            text_of(caller, index, bye),
            index & 0xFFFF if self._random.random() < self.traffic.umr_share else -1,
            self._random.random() < self.traffic.receipt_share, time.monotonic(),
        )  # fmt: skip
        self.ledger.texts[index] = text
        if left == 1:
            del self._callers[place]
        else:
            self._callers[place] = caller, left - 1
        carrier.submit(text)

    def _new_caller(self) -> int:
        caller = self._next_caller
        self._next_caller += 1
        carrier = self._carriers[caller % len(self._carriers)]
        place = PLACES[PSAPS[caller // 2 % len(PSAPS)]]
        carrier.callers[caller] = Caller(place, waits=caller % 3 != 0)
        return caller

    def _wrote(self, arrival: Arrival) -> None:
        said = reply_identity(arrival.words)
        known = self.ledger.replies.get(said[1]) if said else None
        if known is None:
            self.ledger.automatic[arrival.number].append(arrival)
        else:
            known.arrivals.append(arrival)


def receipts_missing(ledger: Ledger) -> list[Text]:
    """Texts that were shown, whose sender asked for a receipt and has none. Only texts of a single
    attempt: of a suspected repeat none is owed."""
    given = {receipt.message for receipt in list(ledger.receipts)}
    return [
        text
        for text in ledger.accepted()
        if text.wants_receipt and len(text.attempts) == 1 and text.message not in given
    ]
