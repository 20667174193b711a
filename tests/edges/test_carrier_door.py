"""The door to a carrier's binds over real HTTP: who may, what comes, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from tests.gateway.onboarding.test_lookout import TEXT, Link
from text911.gateway.onboarding import lookout as lookout_module
from text911.gateway.onboarding.lines import Begun, Bind, Line, Seen, Still, decode
from text911.gateway.onboarding.lookout import Lookout
from text911.gateway.operations.carrier_door import CarrierDoor
from text911.gateway.operations.metrics import Metrics
from text911.gateway.operations.pages import build, start
from text911.gateway.operations.settings import OperationsSettings

from ..gateway.operations.statuses import STATUS
from .test_operator_pages import free_port

KEY = "the-key"
OPENS = {"Authorization": f"Bearer {KEY}", "X-Text911-User": "ann"}
BINDS = (Bind("x-1", "transceiver", 1.0, 0x34),)


class Carriers:
    def begun(self, name: str, scope: str) -> Begun | None:
        if name != "one":
            return None
        return Begun(1.0, "one", "One", scope, "gsm7", ("911",), ("9110",), BINDS)

    def binds(self, name: str) -> tuple[Bind, ...]:
        return BINDS


class Stage:
    """`url` and `session` are there while `work` runs."""

    def __init__(self, key: str = KEY) -> None:
        self.lookout = Lookout(lambda: 5.0)
        self.link = Link()
        self.lookout.binds([("one", self.link)])
        self.log: list[tuple[str, dict[str, Any]]] = []
        self.key = key
        self.url = ""
        self.session: aiohttp.ClientSession
        self.stop: Callable[[], Awaitable[None]]

    def changed(self, what: Any, words: str, **fields: Any) -> None:
        self.log.append((str(what), {"words": words, **fields}))

    def run(self, work: Callable[[], Awaitable[None]]) -> None:
        async def story() -> None:
            port = free_port()
            settings = OperationsSettings(port=port)
            app = build(settings, lambda: STATUS, Metrics())
            door = CarrierDoor(self.key, Carriers(), self.lookout, self.changed, lambda: 5.0)
            door.add_to(app)
            runner = await start(app, settings.host, port)
            self.url, self.stop = f"http://127.0.0.1:{port}/carriers", runner.cleanup
            try:
                async with aiohttp.ClientSession() as self.session:
                    await work()
            finally:
                await runner.cleanup()

        asyncio.run(story())

    async def answer(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
        given = OPENS if headers is None else headers
        async with self.session.get(f"{self.url}/{path}", headers=given) as answer:
            return answer.status, await answer.text()


async def line_of(answer: aiohttp.ClientResponse) -> Line:
    return decode(await answer.content.readline())


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer other"},
        {"Authorization": KEY[1:]},
    ],
)
def test_without_the_key_there_is_nothing_to_see(headers: dict[str, str]) -> None:
    stage = Stage()

    async def work() -> None:
        for path in ("one/watch", "one/dialect", "nobody/watch"):
            code, words = await stage.answer(path, headers)
            assert code == 403
            assert "operators.key" in words

    stage.run(work)
    assert stage.log == []


def test_a_gateway_without_a_key_lets_nobody_in() -> None:
    stage = Stage(key="")

    async def work() -> None:
        assert (await stage.answer("one/watch", {"Authorization": "Bearer "}))[0] == 403

    stage.run(work)


def test_what_is_asked_wrongly_is_said() -> None:
    stage = Stage()

    async def work() -> None:
        assert (await stage.answer("nobody/watch"))[0] == 404
        assert (await stage.answer("nobody/dialect"))[0] == 404
        assert (await stage.answer("one/watch?scope=all"))[0] == 400
        assert (await stage.answer("one/watch?still=soon"))[0] == 400

    stage.run(work)
    assert stage.log == []


def test_the_stream_begins_goes_on_and_says_when_there_is_nothing() -> None:
    stage = Stage()

    async def work() -> None:
        path = f"{stage.url}/one/watch?scope=words&still=0.2"
        async with stage.session.get(path, headers=OPENS) as answer:
            assert answer.headers["Content-Type"] == "application/x-ndjson"
            begun = await line_of(answer)
            assert isinstance(begun, Begun)
            assert (begun.scope, begun.binds) == ("words", BINDS)
            stage.link.ear.heard([TEXT])
            seen = await line_of(answer)
            while isinstance(seen, Still):
                seen = await line_of(answer)
            assert isinstance(seen, Seen)
            assert bytes.fromhex(seen.octets) == TEXT
            assert await line_of(answer) == Still(5.0, BINDS)
        assert stage.log[0] == (
            "carrier_watched",
            {
                "words": "The binds of One are watched, with callers' words and numbers",
                "carrier": "one",
                "user": "ann",
                "kind": "words",
            },
        )

    stage.run(work)
    assert [what for what, _ in stage.log] == ["carrier_watched", "carrier_watch_ended"]
    assert len(stage.lookout) == 0


def test_the_end_of_the_gateway_ends_the_stream_at_once() -> None:
    stage = Stage()

    async def work() -> None:
        async with stage.session.get(f"{stage.url}/one/watch", headers=OPENS) as answer:
            await line_of(answer)
            stopping = asyncio.ensure_future(stage.stop())
            assert await answer.content.readline() == b""
            await stopping

    stage.run(work)
    assert len(stage.lookout) == 0


def test_one_too_many_is_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout_module, "WATCHERS_MAX", 1)
    stage = Stage()

    async def work() -> None:
        async with stage.session.get(f"{stage.url}/one/watch", headers=OPENS) as answer:
            await line_of(answer)
            assert (await stage.answer("one/watch"))[0] == 429

    stage.run(work)
    assert len(stage.log) == 2


def test_the_dialect_is_figures_without_a_word() -> None:
    stage = Stage()
    stage.link.ear.heard([TEXT])

    async def work() -> None:
        code, text = await stage.answer("one/dialect")
        assert code == 200
        assert '"looked_at":1' in text
        assert "help" not in text
        assert "860555" not in text

    stage.run(work)
