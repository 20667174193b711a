"""Scripted telecommunicators: they log in at the web console as a browser does, answer, write the
story's lines, wait for what the caller says, and end. What they are shown is kept for the check.

They speak the console protocol over a real WebSocket (docs/console-protocol.md) and import nothing
of the server's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec

from .record import LegSeen, LineSeen
from .story import Script

VERSION = 1  # of the console protocol
LOG_IN_WITHIN = 20.0  # seconds; a password is hashed slowly on purpose
AGAIN_AFTER = 1.0  # seconds until a lost link is tried again
# Seconds of the story.
ANSWERS_AFTER = 3.0
THINKS_FOR = 4.0  # before each line
WAITS_FOR = 30.0  # for the caller to say what the script says, then goes on
DELIVERED_WITHIN = 20.0  # before the last words: until all lines are on the handset


class RefusedLogIn(Exception):
    pass


@dataclass(slots=True)
class _Call:
    seen: LegSeen
    held: int = -1  # highest sequence shown
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    playing: asyncio.Task[None] | None = None

    def written_by_caller(self) -> int:
        return sum(line.kind == "caller" and not line.open for line in self.seen.lines)

    def all_on_the_handset(self) -> bool:
        """Or typed, to a caller who rang."""
        own = (line for line in self.seen.lines if line.kind == "psap")
        return all(self.seen.deliveries.get(line.sequence) in ("handset", "typed") for line in own)

    def grows(self, sequence: int, text: str, is_open: bool) -> None:
        """A line that is being typed reads so by now."""
        for line in self.seen.lines:
            if line.sequence == sequence:
                line.grew += text != line.text
                line.text, line.open = text, is_open


class Telecommunicator:
    """One person at one PSAP. `script_of`: the caller as the card shows it -> what to say. `keeps`:
    closed legs stay in `legs` for the check."""

    def __init__(
        self,
        base: str,
        psap: str,
        user: str,
        password: str,
        script_of: Callable[[str], Script | None],
        pace: float,
        *,
        keeps: bool,
    ) -> None:
        self.psap = psap
        self.ready = asyncio.Event()  # the gateway has said welcome
        self._base = base
        self._user = user
        self._password = password
        self._script_of = script_of
        self._pace = pace
        self._keeps = keeps
        self._calls: dict[str, _Call] = {}
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self.refused: list[str] = []

    @property
    def legs(self) -> tuple[LegSeen, ...]:
        return tuple(call.seen for call in self._calls.values())

    @property
    def is_idle(self) -> bool:
        """Everything that ever rang here is over."""
        return all(
            call.seen.closed and (call.playing is None or call.playing.done())
            for call in self._calls.values()
        )

    async def work(self) -> None:
        """Until cancelled. Raises RefusedLogIn when the password is not taken."""
        # Cookies of an address without a name (127.0.0.1) are kept only by an unsafe jar.
        async with aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"Origin": self._base}
        ) as session:
            try:
                while True:
                    try:
                        await self._shift(session)
                    except (aiohttp.ClientError, ConnectionError, TimeoutError):
                        self._socket = None
                    await asyncio.sleep(AGAIN_AFTER)
            finally:
                for call in self._calls.values():
                    if call.playing is not None:
                        call.playing.cancel()

    async def _shift(self, session: aiohttp.ClientSession) -> None:
        form = {"user": self._user, "password": self._password}
        async with asyncio.timeout(LOG_IN_WITHIN):
            url = f"{self._base}/{self.psap}/login"
            async with session.post(url, data=form, allow_redirects=False) as answer:
                if answer.status != 303:
                    raise RefusedLogIn(f"{self.psap}: log-in of {self._user}: {answer.status}")
        async with session.ws_connect(f"{self._base}/{self.psap}/ws") as socket:
            self._socket = socket
            resume = {leg: call.held for leg, call in self._calls.items() if not call.seen.closed}
            await self._send({"type": "hello", "version": VERSION, "resume": resume})
            async for message in socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    break
                await self._hear(msgspec.json.decode(message.data))
        self._socket = None

    async def _send(self, frame: dict[str, Any]) -> None:
        if self._socket is None:
            raise ConnectionError("the link to the console is down")
        await self._socket.send_str(msgspec.json.encode(frame).decode())

    # --- what comes ------------------------------------------------------------------------

    async def _hear(self, frames: list[dict[str, Any]]) -> None:
        shown: dict[str, int] = {}
        for frame in frames:
            call = self._take(frame)
            if call is not None:
                call.changed.set()
                if call.held >= 0:
                    shown[call.seen.leg] = call.held
        if shown:
            await self._send({"type": "shown", "up_to": shown})

    def _take(self, frame: dict[str, Any]) -> _Call | None:
        """The call whose transcript grew, if it did."""
        kind = frame["type"]
        if kind == "welcome":
            self.ready.set()
            return None
        if kind == "leg":
            return self._leg(frame)
        call = self._calls.get(frame.get("leg", ""))
        if kind in ("not_taken", "not_possible"):
            self.refused.append(frame["reason"])
        if call is None:
            return None
        match kind:
            case "line":
                self._line(call, frame["line"])
                return call
            case "typed":
                call.grows(frame["sequence"], frame["text"], frame["open"])
                call.changed.set()
            case "delivery":
                call.seen.deliveries[frame["sequence"]] = frame["delivery"]
                call.changed.set()
            case "owner":
                call.seen.owner = frame["owner"]
                self._play(call)
            case "closed":
                call.seen.closed = frame["reason"]
                call.changed.set()
                if not self._keeps:
                    del self._calls[call.seen.leg]
            case _:
                pass  # for people's eyes only, or newer than this client
        return None

    def _leg(self, frame: dict[str, Any]) -> _Call:
        name = frame["leg"]
        call = self._calls.get(name)
        if call is None:
            now = asyncio.get_running_loop().time()
            caller = frame["card"]["caller"]
            seen = LegSeen(name, frame["dialogue"], self.psap, caller, now)
            call = self._calls[name] = _Call(seen)
        call.seen.owner, call.seen.closed = frame["owner"], ""
        for sequence, delivery, _ in frame["deliveries"]:
            call.seen.deliveries[sequence] = delivery
        for line in frame["lines"]:
            self._line(call, line)
        self._play(call)
        return call

    def _line(self, call: _Call, line: dict[str, Any]) -> None:
        sequence: int = line["sequence"]
        live: dict[str, Any] = line["live"] or {}
        is_open = bool(live.get("open"))
        call.seen.lines.append(
            LineSeen(sequence, line["kind"], line["text"], line["suspected_repeat"], is_open)
        )
        call.held = max(call.held, sequence)
        if line["delivery"]:
            call.seen.deliveries[sequence] = line["delivery"]

    # --- what is done ----------------------------------------------------------------------

    def _play(self, call: _Call) -> None:
        if call.playing is None and call.seen.owner in ("", self._user):
            call.playing = asyncio.create_task(self._handle(call))

    async def _handle(self, call: _Call) -> None:
        try:
            await self._follow_script(call)
        except (aiohttp.ClientError, ConnectionError):
            # Played from the beginning when the link is back: the keys are the same then, so
            # nothing is written twice.
            call.playing = None

    async def _follow_script(self, call: _Call) -> None:
        """From the ringing to the last words."""
        leg = call.seen.leg
        script = self._script_of(call.seen.caller)
        await asyncio.sleep(ANSWERS_AFTER * self._pace)
        if call.seen.closed:
            return
        await self._send({"type": "answer", "leg": leg, "takeover": False})
        if not await self._until(call, lambda: call.seen.owner == self._user, WAITS_FOR):
            return
        if script is None:
            return  # nobody of the story: a person's own text, and a person may take it over
        await self._wait_for(call, script.lines_after(0))
        for number, turn in enumerate(script.turns):
            await asyncio.sleep(THINKS_FOR * self._pace)
            frame = {"type": "write", "leg": leg, "key": f"{leg} {number}", "text": turn.asked}
            await self._send(frame)
            await self._wait_for(call, script.lines_after(number + 1))
        await self._until(call, call.all_on_the_handset, DELIVERED_WITHIN)
        await asyncio.sleep(THINKS_FOR * self._pace)
        frame = {"type": "end", "leg": leg, "key": f"{leg} end", "text": script.closing}
        await self._send(frame)
        await self._until(call, lambda: False, WAITS_FOR)

    async def _wait_for(self, call: _Call, texts: int) -> None:
        await self._until(call, lambda: call.written_by_caller() >= texts, WAITS_FOR)

    async def _until(self, call: _Call, true: Callable[[], bool], limit: float) -> bool:
        """Whether it came true within `limit` seconds of the story and before the leg closed."""
        try:
            # Never less than the limits of the gateway need, however fast the story is told.
            async with asyncio.timeout(max(limit * self._pace, 10.0)):
                while not true() and not call.seen.closed:
                    call.changed.clear()
                    await call.changed.wait()
        except TimeoutError:
            return False
        return not call.seen.closed
