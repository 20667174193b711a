"""Telecommunicators who stay at their pages: they answer, read, reply and end, and come back at
once whenever the link is lost, with the cookie they have, asking again for what had no answer.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp

from load_tests.console import LOGIN_WITHIN, VERSION, Console, Leg

from .ledger import Ledger, Line, Reply
from .words import BYE, identity, reply_of

AGAIN_AFTER = 0.2  # s between two tries to come back
REPLY_EVERY = 4  # lines of callers
RESUMED_MAX = 400  # legs named in a hello, which has room for some six hundred
CLOSING = "This conversation has ended."


class Person(Console):
    def __init__(self, base: str, psap: str, user: str, password: str, ledger: Ledger) -> None:
        super().__init__(base, psap, user, password)
        self._ledger = ledger
        self._secret = password
        self._numbers = iter(range(1 << 30))
        self._unsaid: dict[str, dict[str, tuple[str, str]]] = {}  # leg -> key -> (type, words)
        self._to_end: set[str] = set()
        self._by_line: dict[tuple[str, int], Reply] = {}
        self._seen: set[tuple[str, int]] = set()
        self._ends: dict[str, str] = {}  # leg -> key of our `end`
        self._over: set[str] = set()  # legs whose `end` is recorded: they do not come back
        self._flushing: set[asyncio.Task[None]] = set()
        self._working: asyncio.Task[None] | None = None
        self.links = 0
        self.answers = True  # picks up what rings

    # --- the link -------------------------------------------------------------------------------

    async def open(self) -> None:
        """Come back with the cookie; log in when there is none or it is not good any more."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"Origin": self.base}
            )
            await self._log_in()
        if self._socket is not None:
            await self._socket.close()
            self._socket = None
        self._to_acknowledge.clear()
        self._groups_shown.clear()
        self._out.clear()
        async with asyncio.timeout(LOGIN_WITHIN):
            try:
                self._socket = await self._session.ws_connect(f"{self.base}/{self.psap}/ws")
            except aiohttp.WSServerHandshakeError as refused:
                if refused.status == 401:
                    await self._log_in()
                raise
        holds = [leg for leg in self.legs.values() if leg.held >= 0 and leg.name not in self._over]
        holds = holds[-RESUMED_MAX:]
        resume = {leg.name: leg.held for leg in holds}
        await self._send({"type": "hello", "version": VERSION, "resume": resume})

    async def _log_in(self) -> None:
        assert self._session is not None
        form = {"user": self.user, "password": self._secret}
        async with asyncio.timeout(LOGIN_WITHIN):
            url = f"{self.base}/{self.psap}/login"
            async with self._session.post(url, data=form, allow_redirects=False) as answer:
                if answer.status != 303:
                    raise ConnectionError(f"log-in at {self.psap} answered {answer.status}")

    def start(self) -> None:
        self._working = asyncio.get_running_loop().create_task(self._work())

    async def stop(self) -> None:
        if self._working is not None:
            self._working.cancel()
            ended = await asyncio.gather(self._working, return_exceptions=True)
            for one in ended:
                if isinstance(one, Exception):
                    raise one
        await self.close()

    async def _work(self) -> None:
        while True:
            try:
                await self.open()
                self.links += 1
                self._ledger.pages_back += self.links > 1
                await self.read()
            except (aiohttp.ClientError, OSError, TimeoutError):
                if self.links == 0:
                    await self.close()  # there is no cookie yet
            await asyncio.sleep(AGAIN_AFTER)

    # --- what happens ---------------------------------------------------------------------------

    def rang(self, leg: Leg) -> None:
        if self.answers:
            self.answer(leg.name)

    def owned(self, leg: Leg) -> None:
        """Ours, or ours again: what has no answer yet is asked for, with the keys it has."""
        for key, (kind, words) in self._unsaid.get(leg.name, {}).items():
            self._ask(leg, kind, key, words)
        if leg.name in self._to_end:
            self._to_end.discard(leg.name)
            self._new(leg, "end", CLOSING)

    def shown(self, leg: Leg, line: dict[str, Any]) -> None:
        said = identity(line["text"]) if line["kind"] == "caller" else None
        caller, index = said or (-1, -1)
        one = Line(
            time.monotonic(), self.psap, leg.name, leg.dialogue, line["sequence"], line["kind"],
            line["text"], caller, index, bool(line.get("suspected_repeat")), line.get("key", ""),
        )  # fmt: skip
        self._ledger.line(one)
        self._seen.add((leg.name, one.sequence))
        if one.key in self._ledger.replies:
            reply = self._ledger.replies[one.key]
            reply.sequence = one.sequence
            self._by_line[leg.name, one.sequence] = reply
            self._said(leg.name, one.key)
        if line.get("delivery"):
            self._delivery(leg.name, one.sequence, line["delivery"])
        if said is None or one.suspected:
            return
        if line["text"].endswith(BYE):
            self._when_owned(leg, "end", CLOSING)
        elif index % REPLY_EVERY == 0:
            self._when_owned(leg, "write", "help is on its way")

    def _line(self, leg: Leg, line: dict[str, Any]) -> None:
        """A line that we hold comes again only in answer to a repeated `write`."""
        if line["sequence"] <= leg.held and line.get("key"):
            self._said(leg.name, line["key"])
            return
        super()._line(leg, line)
        self._ledger.twice += self.twice
        self.twice.clear()

    def _when_owned(self, leg: Leg, kind: str, words: str) -> None:
        if leg.state == "answered" and leg.owner == self.user:
            self._new(leg, kind, words)
        elif kind == "end":
            self._to_end.add(leg.name)

    def _new(self, leg: Leg, kind: str, words: str) -> None:
        key = f"{self.psap}-{leg.name}-{next(self._numbers)}"
        line = next(x for x in leg.lines if x["kind"] == "caller")
        said = identity(line["text"])
        caller = said[0] if said else -1
        full = reply_of(caller, key, words)
        self._unsaid.setdefault(leg.name, {})[key] = kind, full
        if kind == "end":
            self._ends[leg.name] = key
        self._ledger.replies[key] = Reply(key, self.psap, leg.name, caller, full)
        self._ask(leg, kind, key, full)

    def _ask(self, leg: Leg, kind: str, key: str, words: str) -> None:
        self._ledger.replies[key].written.append(time.monotonic())
        (self.end if kind == "end" else self.write)(leg.name, key, words)

    def _has_ended(self, leg: str) -> bool:
        key = self._ends.get(leg)
        return key is not None and self._ledger.replies[key].sequence >= 0

    def _said(self, leg: str, key: str) -> None:
        self._unsaid.get(leg, {}).pop(key, None)

    def unsaid(self) -> str:
        """The key of something asked for on a leg of ours that has no answer; "" for none."""
        for name, asked in list(self._unsaid.items()):
            leg = self.legs[name]
            if asked and leg.state == "answered" and leg.owner == self.user:
                return next(iter(asked), "")
        return ""

    def _delivery(self, leg: str, sequence: int, state: str) -> None:
        if known := self._by_line.get((leg, sequence)):
            known.states.add(state)

    def _take(self, frame: dict[str, Any]) -> None:
        super()._take(frame)
        match frame["type"]:
            case "delivery":
                self._delivery(frame["leg"], frame["sequence"], frame["delivery"])
            case "leg":
                for sequence, state, _ in frame["deliveries"]:
                    self._delivery(frame["leg"], sequence, state)
                leg = self.legs[frame["leg"]]
                # What was shown is said again: what was sent on the old link may not have arrived.
                if leg.held >= 0:
                    self._to_acknowledge[leg.name] = leg.held
                self._open_again(leg)
            case "closed" if self._has_ended(frame["leg"]):
                self._over.add(frame["leg"])
            case "not_taken":
                self._not_taken(frame)
            case _:
                pass

    def folded(self, leg: Leg, after: int, before: int) -> None:
        self.open_fold(leg.name, after, before)

    def opened(self, leg: Leg, line: dict[str, Any]) -> None:
        if (leg.name, line["sequence"]) not in self._seen:
            self.shown(leg, line)

    def grouped(self, group: dict[str, Any]) -> None:
        self.open_group(group["group"])

    def _open_again(self, leg: Leg) -> None:
        """Folds whose lines were asked for on a link that is gone."""
        for (name, before), after in list(self._opening.items()):
            if name == leg.name:
                self.open_fold(name, after, before)

    def _not_taken(self, frame: dict[str, Any]) -> None:
        """Not recorded: try again a second later, with the same key."""
        leg, key = self.legs[frame["leg"]], frame["key"]

        def again() -> None:
            known = self._unsaid.get(leg.name, {}).get(key)
            if known and leg.state != "closed" and self._socket is not None:
                kind, words = known
                self._ask(leg, kind, key, words)
                task = asyncio.get_running_loop().create_task(self._flush())
                self._flushing.add(task)
                task.add_done_callback(self._flushing.discard)

        asyncio.get_running_loop().call_later(1.0, again)

    async def _flush(self) -> None:
        try:
            await self.flush()
        except (aiohttp.ClientError, OSError):
            return  # the link is gone: it is asked for again on the next one
