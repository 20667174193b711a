"""Where journeys on the console's page play: server, wire and core here, Chromium there."""

from __future__ import annotations

import asyncio
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from text911.gateway.wording import Group, measured
from text911.psap_adapters import port
from text911.psap_adapters.console.accounts import hash_password
from text911.psap_adapters.console.server import ConsoleServer
from text911.psap_adapters.console.sessions import FileSessions
from text911.psap_adapters.console.settings import (
    CannedReply,
    ConsoleListenSettings,
    ConsoleSettings,
    UserSettings,
)

from ..psap_adapters.console.core import ScriptedCore

T = TypeVar("T")
PASSWORD = "correct horse battery"
SEEN_WITHIN = 15.0  # s for something to appear on a page; the cores are shared
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
REPLIES = (
    ("where", "Where exactly?"),
    ("what", "What is happening?"),
    ("safe", "Is it safe to call?"),
    ("awake", "Awake? Breathing?"),
    ("hurt", "Is anyone hurt?"),
    ("weapons", "Are there weapons?"),
    ("quiet", "Stay quiet and keep texting."),
    ("help", "Help is on the way."),
    ("plain", "Please use plain words."),
)


def console(**more: object) -> ConsoleSettings:
    hashed = hash_password(PASSWORD)
    settings = ConsoleSettings(
        display_name="Middletown Central Dispatch",
        users=(
            UserSettings(name="op31", password_hash=hashed, position="Position 3"),
            UserSettings(name="op12", password_hash=hashed, position="Position 1"),
            UserSettings(name="chief", password_hash=hashed, role="supervisor"),
        ),
        canned=tuple(CannedReply(word=word, text=text) for word, text in REPLIES),
    )
    return settings.model_copy(update=more)


def measure(text: str, dialogue: str) -> port.Measure:
    """As the gateway measures for a carrier that has nothing special."""
    return measured(text, Group("Carrier B"))


class Cut:
    """A wire that can be cut: between browser and server, octet for octet."""

    def __init__(self, port_number: int) -> None:
        self._to = port_number
        self._wires: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.broken = False
        self.port_number = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        self.port_number = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        self._server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        for wire in self._wires:
            wire.transport.abort()

    async def _join(self, here: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        if self.broken:
            back.transport.abort()
            return
        try:
            there, forth = await asyncio.open_connection("127.0.0.1", self._to)
        except ConnectionRefusedError:
            back.transport.abort()  # the gateway is away
            return
        self._wires |= {back, forth}
        for source, sink in ((here, forth), (there, back)):
            task = asyncio.get_running_loop().create_task(self._pump(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while octets := await source.read(65536):
                sink.write(octets)
                await sink.drain()
        except ConnectionError:
            pass  # that is what a cut wire looks like from here
        finally:
            self._wires.discard(sink)
            sink.close()


class Stage:
    """Server, core and wire on a loop of their own; the test speaks to them from outside it."""

    def __init__(self, settings: ConsoleSettings, kept: Path) -> None:
        self._settings = settings
        self._kept = kept
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.server = self._built(0)
        self._await(self.server.start())
        self.wire = Cut(self.server.port_number)
        self._await(self.wire.start())
        self.address = f"http://127.0.0.1:{self.wire.port_number}"
        self.core = self.run(self._core)

    def _built(self, port_number: int) -> ConsoleServer:
        listen = ConsoleListenSettings(port=port_number, secure_cookie=False)
        keep = FileSessions(self._kept / "console-sessions.json", pytest.fail)
        return ConsoleServer({"middletown": self._settings}, listen, measure, time.time, keep)  # noqa: TID251 a real clock on purpose

    def stop_gateway(self) -> None:
        self._await(self.server.stop())

    def start_gateway(self) -> None:
        """Again, on the same port and with the same file; the core has kept what was recorded."""
        self.server = self._built(self.server.port_number)
        self._await(self.server.start())
        self.run(lambda: self.core.take_up(self.server.psap("middletown")))

    def _core(self) -> ScriptedCore:
        return ScriptedCore(self.server.psap("middletown"), time.time())  # noqa: TID251

    def _await(self, coroutine: object) -> None:
        assert asyncio.iscoroutine(coroutine)
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)

    def run(self, do: Callable[[], T]) -> T:
        """Do it on the loop, as the gateway would, and hand back what it returned."""
        done: Future[T] = Future()

        def act() -> None:
            try:
                done.set_result(do())
            except BaseException as failed:
                done.set_exception(failed)

        self._loop.call_soon_threadsafe(act)
        return done.result(20)

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        """On the loop, and from the loop only."""
        self._loop.call_later(seconds, do)

    def close(self) -> None:
        self._await(self.wire.stop())
        self._await(self.server.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Desk:
    """A telecommunicator's browser. What the browser complains about is a failure."""

    def __init__(self, browser: Browser, stage: Stage, theme: str = "dark") -> None:
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 1600, "height": 900},
            color_scheme="light" if theme == "light" else "dark",
        )
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._console)
        self.stage = stage

    def _console(self, message: object) -> None:
        text = str(getattr(message, "text", ""))
        if "Content Security Policy" in text or "Uncaught" in text:
            self.complaints.append(text)

    def log_in(self, user: str = "op31") -> Page:
        self.page.goto(f"{self.stage.address}/")
        expect(self.page.locator("input[name=user]")).to_be_focused()
        self.page.keyboard.type(user)
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(PASSWORD)
        self.page.keyboard.press("Enter")
        expect(self.page.locator("#link")).to_contain_text("Gateway")
        return self.page

    def close(self) -> None:
        self.context.close()
        assert self.complaints == []


def ring_of(points: list[tuple[int, int]]) -> tuple[tuple[tuple[int, int], ...], ...]:
    return (tuple(points),)


CHART = port.Chart(
    (
        port.Outline(
            "Middletown",
            ring_of(
                [(-5200, 5600), (-5000, -2100), (-300, -1500), (300, -1700), (420, -900),
                 (900, -200), (1700, 60), (2600, 30), (3600, 900), (4200, 5600)]
            ),
            (-900, 2600),
            True,
        ),
        port.Outline(
            "Portland",
            ring_of(
                [(300, -1700), (420, -900), (900, -200), (1700, 60), (2600, 30), (3600, 900),
                 (7600, 200), (7600, -5600), (1300, -4000)]
            ),
            (1300, -620),
            False,
        ),
        port.Outline(
            "Cromwell",
            ring_of([(-5000, -2100), (-300, -1500), (300, -1700), (1300, -4000), (-5100, -5800)]),
            (-1100, -2250),
            False,
        ),
    ),
    9000,
)  # fmt: skip


def card(
    now: float, caller: str = "(203) 555-0142", town: str = "Middletown", age: float = 25.0
) -> port.Card:
    return port.Card(
        caller=caller,
        carrier="Carrier B",
        channel="sms",
        opened_at=now - age,
        town=town,
        routed_because="Cell sector centre lies in Middletown; Middletown texts go to Middletown "
        "Central Dispatch.",
        place=port.Place(
            41.559, -72.652, 620.0, 90, "Cell", "Carrier B, network location", now - age - 12.0
        ),
        chart=CHART,
    )


def caller_item(sequence: int, at: float, text: str) -> port.Item:
    return port.Item(sequence, at, "caller", text)


def story(start: float, lines: int) -> list[port.Item]:
    said = ("help my dad collapsed", "apt 3b 40 broad st", "he is breathing but not waking up")
    return [caller_item(at, start + 30 * at, text) for at, text in enumerate(said[:lines])]


def answer_by_key(page: Page) -> None:
    """F1 as soon as somebody waits; then the text field is ready to be written in."""
    expect(page.locator("#ringing .card")).not_to_have_count(0)
    page.keyboard.press("F1")
    expect(page.locator("#text")).to_be_focused()


def until(true: Callable[[], bool]) -> None:
    """Wait for something outside the browser; fails after the time playwright also gives."""
    give_up = time.monotonic() + SEEN_WITHIN
    while not true():
        assert time.monotonic() < give_up, f"it did not come true within {SEEN_WITHIN:g} s"


def shows(page: Page, words: list[str]) -> None:
    """Wait until the conversation on the page is these lines, no more and no fewer."""
    expect(page.locator("#log .said .words")).to_have_text(words, use_inner_text=True)


def texts(page: Page) -> list[str]:
    return page.locator("#log .said .words").all_inner_texts()
