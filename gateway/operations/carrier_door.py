"""The operators' door to a carrier's binds, live: a stream of lines over HTTP. aiohttp.

It opens with the key of `door_key` only, to this machine only, and what was looked at by whom is
in the health log. The gateway's time is not the watcher's: lines are made a few at a time, and
what does not fit into its queue is lost and counted (`onboarding.watcher`).
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

import msgspec
from aiohttp import web

from ..onboarding.lines import Begun, Bind, Line, Still, encode
from ..onboarding.lookout import Lookout
from ..onboarding.watched import Scope
from .health_log import Happened

if TYPE_CHECKING:
    from ..onboarding.watcher import Watcher

BATCH = 10  # lines made in one turn of the loop: a millisecond or so
PACE = 0.1  # seconds between two batches: 100 lines a second, more than anybody reads
STILL_EVERY = 5.0  # seconds of silence until a line says that there is nothing
STILL_MIN, STILL_MAX = 0.2, 60.0  # of them, when somebody asks for others
TAKE_WITHIN = 60.0  # seconds for a watcher to take what was written; then it is gone


class Carriers(Protocol):
    """What the door asks of the gateway."""

    def begun(self, name: str, scope: str) -> Begun | None:
        """The first line of a stream; None for a carrier that is not known."""
        ...

    def binds(self, name: str) -> tuple[Bind, ...]: ...


class CarrierDoor:
    """`changed` writes into the health log. `utc`: UTC seconds."""

    def __init__(
        self,
        key: str,
        carriers: Carriers,
        lookout: Lookout,
        changed: Callable[..., None],
        utc: Callable[[], float],
    ) -> None:
        self._key = key.encode()
        self._carriers = carriers
        self._lookout = lookout
        self._changed = changed
        self._utc = utc
        self._ends = asyncio.Event()

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/carriers/{name}/watch", self._watch)
        app.router.add_get("/carriers/{name}/dialect", self._dialect)
        app.on_shutdown.append(self._end)

    async def _end(self, _app: web.Application) -> None:
        self._ends.set()

    def _user(self, request: web.Request) -> str:
        """Who asks, by their own word; that they may, the key says. Raises HTTPForbidden."""
        try:
            local = ipaddress.ip_address(request.remote or "").is_loopback
        except ValueError:
            local = False
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        right = hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._key)
        if not (local and right and self._key):
            raise web.HTTPForbidden(reason="the key of operators.key is asked for, on this machine")
        return request.headers.get("X-Text911-User", "")

    async def _dialect(self, request: web.Request) -> web.Response:
        """Counts only, so nothing of it is for the health log."""
        self._user(request)
        name = request.match_info["name"]
        if self._carriers.begun(name, "") is None:
            raise web.HTTPNotFound(reason="there is no such carrier")
        octets = msgspec.json.encode(self._lookout.dialect(name).figures())
        return web.Response(body=octets, content_type="application/json")

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        user, name = self._user(request), request.match_info["name"]
        try:
            scope = Scope(request.query.get("scope", Scope.HIDDEN.value))
        except ValueError:
            raise web.HTTPBadRequest(reason="scope is hidden, words or tests") from None
        still = _seconds(request.query.get("still", ""))
        kind = await asyncio.get_running_loop().run_in_executor(None, _watcher)
        begun = self._carriers.begun(name, scope.value)
        if begun is None:
            raise web.HTTPNotFound(reason="there is no such carrier")
        awake = asyncio.Event()
        tests = frozenset(one.encode("latin-1") for one in begun.tests)
        ours = tests | {one.encode("latin-1") for one in begun.short_codes}
        watcher = kind(name, scope, ours, tests, awake.set)
        if not self._lookout.watch(watcher):
            raise web.HTTPTooManyRequests(reason="too many watch already; let one of them end")
        self._say(Happened.CARRIER_WATCHED, begun, user)
        try:
            response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
            await response.prepare(request)
            with suppress(ConnectionError, TimeoutError):
                await self._stream(response, begun, watcher, awake, still)
            return response
        finally:
            self._lookout.leave(watcher)
            self._say(Happened.CARRIER_WATCH_ENDED, begun, user)

    async def _stream(
        self,
        response: web.StreamResponse,
        begun: Begun,
        watcher: Watcher,
        awake: asyncio.Event,
        still: float,
    ) -> None:
        await self._write(response, [begun])
        while not self._ends.is_set():
            awake.clear()
            lines = watcher.take(BATCH)
            if not lines and not await self._wakes(awake, still):
                binds = self._carriers.binds(begun.carrier)
                lines = [Still(self._utc(), binds)]
            if lines:
                await self._write(response, lines)
                await asyncio.sleep(PACE)

    async def _wakes(self, awake: asyncio.Event, still: float) -> bool:
        """Whether something came before it was time to say that nothing did."""
        waits = {asyncio.ensure_future(one.wait()) for one in (awake, self._ends)}
        done, left = await asyncio.wait(waits, timeout=still, return_when=asyncio.FIRST_COMPLETED)
        for one in left:
            one.cancel()
        return bool(done)

    async def _write(self, response: web.StreamResponse, lines: Sequence[Line]) -> None:
        octets = b"".join([encode(line) for line in lines])
        await asyncio.wait_for(response.write(octets), TAKE_WITHIN)

    def _say(self, what: Happened, begun: Begun, user: str) -> None:
        seen = {
            Scope.HIDDEN.value: "without words and numbers",
            Scope.WORDS.value: "with callers' words and numbers",
            Scope.TESTS.value: "the tests only",
        }[begun.scope]
        verb = "are watched" if what is Happened.CARRIER_WATCHED else "are no longer watched"
        words = f"The binds of {begun.display} {verb}, {seen}"
        self._changed(what, words, carrier=begun.carrier, user=user, kind=begun.scope)


def _watcher() -> type[Watcher]:
    """What works out what may be shown is for nobody else: the first who watches loads it, beside
    the loop, and no start waits for it."""
    from ..onboarding.watcher import Watcher

    return Watcher


def _seconds(asked: str) -> float:
    try:
        return min(STILL_MAX, max(STILL_MIN, float(asked or STILL_EVERY)))
    except ValueError:
        raise web.HTTPBadRequest(reason="still is a number of seconds") from None
