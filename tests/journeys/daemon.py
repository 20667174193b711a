"""The real daemon with real peers on the loopback, and a telecommunicator without a browser.

The telecommunicator lives in a thread of its own, logs in again by itself whenever its link is
lost, and remembers every line it was ever shown. The test waits for what it wants to see, never for
time to pass.
"""

from __future__ import annotations

import asyncio
import threading
from asyncio import FIRST_COMPLETED
from bisect import insort
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp

from load_tests.console import Console, Leg
from load_tests.gateway import PASSWORD, PERSON, Gateway

T = TypeVar("T")

SEE_WITHIN = 45.0  # s for something to be seen at the console; letters are typed in real time
AGAIN_AFTER = 0.1  # s between two tries to log in
CLOSE_WITHIN = 10.0  # s


class _Person(Console):
    """Answers what rings when told to, opens all that is folded or in a group, and wakes whoever
    waits after every message."""

    def __init__(self, base: str, psap: str, changed: Callable[[], None], answers: bool) -> None:
        super().__init__(base, psap, PERSON, PASSWORD)
        self._changed = changed
        self._answers = answers

    def rang(self, leg: Leg) -> None:
        if self._answers:
            self.answer(leg.name)

    def grouped(self, group: dict[str, Any]) -> None:
        if group["callers"]:
            self.open_group(group["group"])

    def folded(self, leg: Leg, after: int, before: int) -> None:
        self.open_fold(leg.name, after, before)

    def opened(self, leg: Leg, line: dict[str, Any]) -> None:
        if all(one["sequence"] != line["sequence"] for one in leg.lines):
            insort(leg.lines, line, key=lambda one: int(one["sequence"]))

    def heard(self) -> None:
        self._changed()


class Telecommunicator:
    """One person at the console of `psap`. A context. `answers`: takes every dialogue."""

    def __init__(self, gateway: Gateway, psap: str, answers: bool = True) -> None:
        self._base = f"http://127.0.0.1:{gateway.ports.console}"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"console {psap}")
        self._person = _Person(self._base, psap, self._notify, answers)
        self._waiting: list[tuple[Callable[[Console], Any], asyncio.Future[Any]]] = []
        self._working: asyncio.Task[None] | None = None
        self.links = 0

    # --- on the loop ----------------------------------------------------------------------------

    def _notify(self) -> None:
        for look, future in list(self._waiting):
            if not future.done() and (found := look(self._person)):
                future.set_result(found)

    async def _work(self) -> None:
        """Be logged in, always. Ends only with a fault, of the gateway's frames or of ours."""
        while True:
            try:
                await self._person.open()
                self.links += 1
                self._notify()
                await self._person.read()
            except (aiohttp.ClientError, OSError, TimeoutError):
                await self._person.close()
                await asyncio.wait([self._loop.create_future()], timeout=AGAIN_AFTER)

    async def _see(self, look: Callable[[Console], T | None], within: float) -> T:
        if found := look(self._person):
            return found
        future: asyncio.Future[T] = self._loop.create_future()
        waiting = (look, future)
        self._waiting.append(waiting)
        assert self._working is not None
        try:
            either: list[asyncio.Future[Any]] = [future, self._working]
            await asyncio.wait(either, timeout=within, return_when=FIRST_COMPLETED)
        finally:
            self._waiting.remove(waiting)
        if future.done():
            return future.result()
        if self._working.done():
            self._working.result()
        raise TimeoutError

    async def _act(self, act: Callable[[Console], None]) -> None:
        act(self._person)
        await self._person.flush()

    async def _stop(self) -> None:
        if self._working is not None:
            self._working.cancel()
            await asyncio.wait([self._working])
        await self._person.close()

    # --- for the test ---------------------------------------------------------------------------

    def _call(self, coroutine: Coroutine[Any, Any, T], within: float) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(within)

    def see(self, what: str, look: Callable[[Console], T | None], within: float = SEE_WITHIN) -> T:
        """Wait until `look` finds something true at the console. Raises TimeoutError saying what
        the console shows instead."""
        try:
            return self._call(self._see(look, within), within + CLOSE_WITHIN)
        except TimeoutError:
            shown = self.now(lambda c: [(x.name, x.state, x.lines) for x in c.legs.values()])
            raise TimeoutError(
                f"{what}: not within {within:g} s; at the console: {shown}"
            ) from None

    def see_back(self, links: int) -> None:
        """Wait until the link has been lost and made anew: `links` counts them."""
        self.see("logged in again", lambda _: self.links > links, 30)

    def now(self, look: Callable[[Console], T]) -> T:
        """What `look` finds at this moment."""

        async def ask() -> T:
            return look(self._person)

        return self._call(ask(), CLOSE_WITHIN)

    def see_text(self, text: str, within: float = SEE_WITHIN) -> Leg:
        """Wait for a caller's line with exactly these words. Returns its leg."""
        return self.see(f"the text {text!r}", lambda c: leg_with(c, text), within)

    def see_mine(self, leg: Leg) -> None:
        """Wait until the gateway has recorded that the dialogue is ours."""
        self.see(
            f"{leg.name} is ours",
            lambda c: c.legs[leg.name].state == "answered" and c.legs[leg.name].owner == PERSON,
        )

    def write(self, leg: Leg, key: str, text: str) -> None:
        self._call(self._act(lambda c: c.write(leg.name, key, text)), CLOSE_WITHIN)

    def voice(self, leg: Leg, mode: str) -> None:
        """The key for the telephone beside a call."""
        self._call(self._act(lambda c: c.voice(leg.name, mode)), CLOSE_WITHIN)

    def end(self, leg: Leg, key: str, text: str = "") -> None:
        self._call(self._act(lambda c: c.end(leg.name, key, text)), CLOSE_WITHIN)

    def see_delivery(self, leg: Leg, key: str, *states: str) -> str:
        """Wait until our reply `key` is in one of `states`."""

        def look(console: Console) -> str:
            here = console.legs[leg.name]
            state = "".join(
                here.deliveries.get(line["sequence"], "")
                for line in here.lines
                if line.get("key") == key
            )
            return state if state in states else ""

        return self.see(f"reply {key} is {' or '.join(states)}", look)

    def __enter__(self) -> Self:
        self._thread.start()

        async def begin() -> None:
            self._working = asyncio.create_task(self._work())

        self._call(begin(), CLOSE_WITHIN)
        self.see("logged in", lambda _: self.links > 0, 30)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._call(self._stop(), CLOSE_WITHIN)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def said(leg: Leg) -> list[str]:
    """What the caller wrote, as shown on this leg."""
    return [line["text"] for line in leg.lines if line["kind"] == "caller"]


def leg_with(console: Console, text: str) -> Leg | None:
    """The leg that shows a caller's line with exactly these words."""
    return next((leg for leg in console.legs.values() if text in said(leg)), None)
