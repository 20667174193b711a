"""Both pages as they look: at the usual sizes of screens nothing is cut and no word is broken."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiohttp.web import AppRunner
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect

from tests.gateway.operations.statuses import NOW, STATUS
from text911.gateway.operations.metrics import Metrics
from text911.gateway.operations.pages import build, start
from text911.gateway.operations.settings import OperationsSettings
from text911.gateway.operations.status import CarrierStatus, DialogueStatus, PsapStatus

from .night import REPLIES, fall, stage_for, write_to_the_father
from .page import Desk, Stage

THEMES = ("dark", "light")
SIZES = ((1024, 768), (1440, 900), (1920, 1080))

# Of each of these the words that do not fit: wider than its box, or below its lower edge.
CUT = """(selector) => [...document.querySelectorAll(selector)].filter((one) =>
  one.checkVisibility() && (one.scrollWidth > one.clientWidth + 1
    || one.scrollHeight > one.clientHeight + 1)
).map((one) => one.textContent)"""
# Words (what no space is in) that stand on more than one line.
BROKEN = """(selector) => [...document.querySelectorAll(selector)].flatMap((one) => {
  const found = [];
  const texts = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    for (const word of texts.currentNode.data.matchAll(/[^\\s-]+/g)) {
      const range = document.createRange();
      range.setStart(texts.currentNode, word.index);
      range.setEnd(texts.currentNode, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
      if (lines.size > 1) found.push(word[0]);
    }
  }
  return found;
})"""
# What stands to the right of its panel's edge.
OUTSIDE = """() => [...document.querySelectorAll(".panel")].filter((one) =>
  one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent.slice(0, 60))"""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    one = stage_for(tmp_path)
    yield one
    one.close()


def test_a_night_at_the_console_is_readable_whole(
    stage: Stage, desks: Callable[..., Desk], shots: Path
) -> None:
    """Canned replies above all: who cannot read one to its end does not know what is sent."""
    desks().log_in("op12")
    page = desks().log_in()
    stage.run(lambda: fall(stage))
    write_to_the_father(page)
    for theme in THEMES:
        for wide, high in SIZES:
            page.set_viewport_size({"width": wide, "height": high})
            name = f"{theme}, {wide} wide"
            expect(page.locator(".canned-text")).to_have_text([text for _, text in REPLIES])
            page.screenshot(path=shots / f"night-{theme}-{wide}.png")
            assert page.evaluate(CUT, "#canned button, .canned-text, #head, #bar") == [], name
            assert page.evaluate(BROKEN, ".canned-text, #log .words, #facts dd") == [], name
            assert page.evaluate("document.documentElement.scrollWidth") <= wide, name
        page.keyboard.press("Alt+T")


# --- the operators' page --------------------------------------------------------------------------

BUSY = replace(
    STATUS,
    carriers=(*STATUS.carriers, CarrierStatus("c", "Southern New England Telephone")),
    psaps=(
        *STATUS.psaps,
        PsapStatus(
            "hartford-region", "Hartford Region", "console", True, 12, 34, 5, 0, "",
            ("Capitol East", "Northwest Hills", "Statewide backup (CSECC)"),
        ),
    ),
    dialogues=(
        DialogueStatus("0006B02C1A800001", "Southington", "offered", "Hartford Region",
                       NOW - 90_061, waiting=True),
        DialogueStatus("0006B02C1A800002", "North Stonington", "active", "Thames Quinebaug",
                       NOW - 4_208),
        DialogueStatus("0006B02C1A800003", "", "closing", "", NOW - 208),
    ),
)  # fmt: skip


@pytest.fixture
def operators() -> Iterator[str]:
    """The address of the page, on a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    settings = OperationsSettings()

    async def begin() -> tuple[AppRunner, int]:
        runner = await start(build(settings, lambda: BUSY, Metrics()), settings.host, 0)
        return runner, runner.addresses[0][1]

    runner, port = asyncio.run_coroutine_threadsafe(begin(), loop).result(20)
    yield f"http://127.0.0.1:{port}/"
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def operator(browser: Browser, address: str, theme: str) -> Page:
    page = browser.new_page(color_scheme="light" if theme == "light" else "dark")
    page.goto(address)
    expect(page.locator("#dialogues tr")).to_have_count(len(BUSY.dialogues))
    return page


def test_the_page_of_operators_breaks_no_word_and_hides_no_column(
    browser: Browser, operators: str, shots: Path
) -> None:
    for theme in THEMES:
        page = operator(browser, operators, theme)
        for wide, high in SIZES:
            page.set_viewport_size({"width": wide, "height": high})
            name = f"{theme}, {wide} wide"
            page.screenshot(path=shots / f"operators-{theme}-{wide}.png", full_page=True)
            assert page.evaluate(BROKEN, "td, th, h1, h2, #say, .hop") == [], name
            assert page.evaluate(OUTSIDE) == [], name
            assert page.evaluate("document.documentElement.scrollWidth") <= wide, name
        page.close()


def test_one_of_a_thing_is_told_as_one(browser: Browser, operators: str) -> None:
    page = operator(browser, operators, "dark")
    expect(page.locator("#binds-note")).to_have_text("3 carriers, 1 bind")
    page.close()
