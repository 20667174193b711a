"""The console's page in a real browser: a telecommunicator, keyboard only, and a caller."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from text911.psap_adapters import port
from text911.psap_adapters.console.accounts import hash_password
from text911.psap_adapters.console.server import ConsoleServer
from text911.psap_adapters.console.settings import (
    CannedReply,
    ConsoleListenSettings,
    ConsoleSettings,
    UserSettings,
)

from ..psap_adapters.console.core import ScriptedCore

T = TypeVar("T")
PASSWORD = "correct horse battery"
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
    """Plain letters or UCS-2, and typographic quotes replaced: enough to see the composer react."""
    as_sent = text.replace("\u2019", "'")
    if as_sent.isascii():
        return port.Measure("GSM-7", max(1, -(-len(as_sent) // 153)), 160 - len(as_sent), as_sent)
    units = len(as_sent.encode("utf-16-le")) // 2
    if units <= 70:
        return port.Measure("UCS-2", 1, 70 - units, as_sent)
    return port.Measure("UCS-2", -(-units // 67), -units % 67, as_sent)


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
        there, forth = await asyncio.open_connection("127.0.0.1", self._to)
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

    def __init__(self, settings: ConsoleSettings) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        listen = ConsoleListenSettings(port=0, secure_cookie=False)
        self.server = ConsoleServer({"middletown": settings}, listen, measure, time.time)  # noqa: TID251 a real clock on purpose
        self._await(self.server.start())
        self.wire = Cut(self.server.port_number)
        self._await(self.wire.start())
        self.address = f"http://127.0.0.1:{self.wire.port_number}"
        self.core = self.run(self._core)

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

    def close(self) -> None:
        self._await(self.wire.stop())
        self._await(self.server.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def stage() -> Iterator[Stage]:
    one = Stage(console())
    yield one
    one.close()


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where pictures go: a folder of this run, or TEXT911_SHOTS for one to look at."""
    return Path(os.environ.get("TEXT911_SHOTS", tmp_path))


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
        self.page.keyboard.type(user)
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(PASSWORD)
        self.page.keyboard.press("Enter")
        expect(self.page.locator("#link")).to_contain_text("Gateway")
        return self.page

    def close(self) -> None:
        self.context.close()
        assert self.complaints == []


@pytest.fixture
def desks(browser: Browser, stage: Stage) -> Iterator[Callable[..., Desk]]:
    opened: list[Desk] = []

    def sit(theme: str = "dark") -> Desk:
        opened.append(Desk(browser, stage, theme))
        return opened[-1]

    yield sit
    for desk in opened:
        desk.close()


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


def texts(page: Page) -> list[str]:
    return page.locator("#log .said .words").all_inner_texts()


def test_the_main_job_by_keyboard_alone(
    stage: Stage, desks: Callable[..., Desk], shots: Path
) -> None:
    """Log in, hear the alarm, answer, read, reply with a canned text, see it delivered, end."""
    page = desks().log_in()
    core = stage.core
    expect(page.locator("#nothing")).to_contain_text("Nobody is waiting")
    page.screenshot(path=shots / "idle-dark-1600.png")

    def offer() -> port.Leg:
        first = caller_item(0, core.now - 9, "help my dad collapsed")
        return core.ring("d1", card(core.now, age=9.0), first)

    leg = stage.run(offer)
    expect(page.locator("#ringing .card")).to_have_count(1)
    expect(page.locator("#ringing .card")).to_contain_text("WAITING")
    expect(page.locator("#ringing .card")).to_contain_text("help my dad collapsed")
    page.wait_for_function("!document.getElementById('alarm').paused")
    expect(page).to_have_title(re.compile("1 WAITING"))
    page.screenshot(path=shots / "ringing-dark-1600.png")
    expect(page.locator("#banners")).to_be_empty()
    page.wait_for_function("true")
    assert stage.run(lambda: core.talks[leg].shown) == 0

    page.keyboard.press("F1")
    expect(page.locator("#number")).to_have_text("(203) 555-0142")
    page.wait_for_function("document.getElementById('alarm').paused")
    assert stage.run(lambda: core.talks[leg].owner) == "op31"
    expect(page.locator("#text")).to_be_focused()
    assert texts(page) == ["help my dad collapsed"]

    page.keyboard.type("Middletown 911. /1")
    expect(page.locator("#text")).to_have_value("Middletown 911. Where exactly?")
    expect(page.locator("#measure")).to_have_text("30 / 160 \u00b7 1 part \u00b7 plain SMS letters")
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_have_value("")
    reply = page.locator("#log .ours").first
    expect(reply).to_contain_text("recorded, not sent yet")
    stage.run(lambda: core.deliver(leg, port.Delivery.CARRIER))
    expect(reply).to_contain_text("\u2713 with carrier")
    stage.run(lambda: core.deliver(leg, port.Delivery.HANDSET))
    expect(reply).to_contain_text("\u2713\u2713 on the handset")

    page.keyboard.type("/safe")
    page.keyboard.press("Enter")  # the word becomes the reply first, and is sent by a second Enter
    expect(page.locator("#text")).to_have_value("Is it safe to call?")
    page.keyboard.press("Enter")
    stage.run(lambda: core.say(leg, "no i am deaf"))
    assert texts(page)[-1] != ""
    expect(page.locator("#log .caller").last).to_contain_text("no i am deaf")

    page.keyboard.press("F10")
    expect(page.locator("#end-text")).to_be_focused()
    page.keyboard.type(" Take care.")
    page.screenshot(path=shots / "end-dark-1600.png")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#bar")).to_contain_text("over")
    ended = stage.run(lambda: [one for one in core.reports if isinstance(one, port.Ended)])
    assert [(one.by, one.text.endswith(" Take care.")) for one in ended] == [("op31", True)]
    assert stage.run(lambda: core.talks[leg].shown) >= 3
