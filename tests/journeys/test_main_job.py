"""The main job, end to end, on real input: Kannel is the carrier, Chromium is the console.

A person texts 911; the alarm sounds at the right PSAP; F1 answers; the reply reaches the handset's
carrier, and the page says how far it got; a receipt goes back; a last text ends the dialogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from load_tests.gateway import PASSWORD, PERSON, Carrier, Gateway

from .kannel import Kannel, Text
from .tools import need, program

PSAP = "hartford-region"
HARTFORD = {
    "source": "profile",
    "default_latitude": 41.7637,
    "default_longitude": -72.6851,
    "default_radius": 500.0,
}
CALLER = "+18605550177"
SEE_WITHIN = 15_000  # ms for something to appear on the page
DELIVERED = 1  # Kannel's dlr-mask


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    need("kannel", "chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program("chromium"),
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        yield chromium
        chromium.close()


def log_in(page: Page, gateway: Gateway) -> None:
    page.goto(f"http://127.0.0.1:{gateway.ports.console}/{PSAP}/")
    expect(page.locator("input[name=user]")).to_be_focused()
    page.keyboard.type(PERSON)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#link")).to_contain_text("Gateway", timeout=SEE_WITHIN)


def test_a_text_from_a_carrier_is_answered_in_a_browser_and_the_answer_reaches_the_handset(
    browser: Browser, tmp_path: Path
) -> None:
    expect.set_options(timeout=SEE_WITHIN)
    gateway = Gateway(tmp_path / "gateway", [Carrier("kannel", "kan-911", location=HARTFORD)])
    kannel = Kannel(tmp_path / "kannel", gateway.ports.smpp, "kannel", "kan-911")
    with gateway:
        gateway.start()
        with kannel, browser.new_context() as context:
            page = context.new_page()
            complaints: list[str] = []
            page.on("pageerror", lambda error: complaints.append(str(error)))
            log_in(page, gateway)
            kannel.wait_bound()
            converse(page, kannel)
            assert complaints == []
        assert gateway.stop() == 0


def converse(page: Page, kannel: Kannel) -> None:
    words = "my house is on fire <b>please</b> \u2014 26 Elm Street, 2nd floor"
    kannel.send(words, CALLER, tag="first", ucs2=True)

    card = page.locator("#ringing .card")
    expect(card).to_have_count(1)
    expect(card).to_contain_text("my house is on fire")
    expect(page.locator("#alarm")).to_have_js_property("paused", False)
    expect(page).to_have_title(re.compile("1 WAITING"))
    kannel.wait_receipt("first", DELIVERED)

    page.keyboard.press("F1")
    expect(page.locator("#alarm")).to_have_js_property("paused", True)
    expect(page.locator("#number")).to_have_text("(860) 555-0177")
    expect(page.locator("#log .caller .words").first).to_have_text(words)
    expect(page.locator("#text")).to_be_focused()

    reply = "Fire trucks are coming. Are you out of the house?"
    page.keyboard.type(reply)
    page.keyboard.press("Enter")
    kannel.wait_text(Text("911", CALLER, reply))
    expect(page.locator("#log .ours").first).to_contain_text("with carrier")

    kannel.send("yes we are outside now", CALLER)
    expect(page.locator("#log .caller .words").last).to_have_text("yes we are outside now")

    page.keyboard.press("F10")
    expect(page.locator("#end-text")).to_be_focused()
    closing = page.locator("#end-text").input_value()
    assert closing
    page.keyboard.press("Control+Enter")
    expect(page.locator("#bar")).to_contain_text("over")
    kannel.wait_text(Text("911", CALLER, closing))
