"""Floods on the page, in a real browser: one noisy caller, many with one voice, and blocking."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from text911.psap_adapters import port

from .page import Desk, Stage, card


def ring(stage: Stage, dialogue: str, caller: str, *texts: str, age: float = 5.0) -> port.Leg:
    def offer() -> port.Leg:
        stage.core.now = now = time.time()  # noqa: TID251 - the page has the real clock too
        items = [port.Item(at, now - age, "caller", text) for at, text in enumerate(texts)]
        return stage.core.ring(dialogue, card(now, caller, age=age), *items)

    return stage.run(offer)


def test_a_caller_is_blocked_for_a_reason_and_the_block_is_lifted_again(
    stage: Stage, desks: Callable[..., Desk], shots: Path
) -> None:
    operator = desks().log_in("op31")
    chief = desks("light").log_in("chief")
    ring(stage, "d1", "(203) 555-0199", "lol 911", "lol 911", "lol 911")
    expect(operator.locator("#ringing .card")).to_have_count(1)
    expect(operator.get_by_role("button", name="Block")).to_have_count(0)

    chief.get_by_role("button", name="Block (203) 555-0199").click()
    dialog = chief.locator("#block-dialog")
    expect(dialog).to_contain_text("Nobody has answered yet")
    expect(dialog).to_contain_text("make a voice call to 911")
    expect(dialog).to_contain_text("Other PSAPs are not bound by it")
    expect(chief.locator("#block-reason")).to_be_focused()
    expect(chief.locator("#block-text")).to_be_hidden()
    chief.keyboard.press("Enter")  # without a reason nothing happens
    expect(dialog).to_be_visible()
    chief.keyboard.type("400 times the same words, nothing else")
    chief.locator("#block-minutes").fill("45")
    chief.screenshot(path=shots / "block-dialog.png")
    chief.locator("#block-yes").click()

    for page in (operator, chief):
        expect(page.locator("#ringing .card")).to_have_count(0)
        expect(page.locator("#over .card")).to_contain_text("chief blocked this caller")
    expect(chief.locator("#blocks li")).to_contain_text("(203) 555-0199")
    expect(chief.locator("#blocks li")).to_contain_text(re.compile(r"another 4[45]:\d\d"))
    expect(operator.locator("#blocked")).to_be_hidden()
    (block,) = [one for one in stage.core.reports if isinstance(one, port.Blocked)]
    assert (block.by, block.seconds, block.text) == ("chief", 2700.0, "")
    chief.screenshot(path=shots / "blocked.png")

    chief.locator("#blocks button").click()
    expect(chief.locator("#ask-words")).to_contain_text("400 times the same words")
    chief.get_by_role("button", name="Lift the block").click()
    expect(chief.locator("#blocked")).to_be_hidden()
    assert [one.id for one in stage.core.reports if isinstance(one, port.Unblocked)] == ["d1"]


def test_an_answered_caller_is_blocked_by_key_with_closing_words(
    stage: Stage, desks: Callable[..., Desk]
) -> None:
    chief = desks().log_in("chief")
    ring(stage, "d1", "(203) 555-0199", "lol 911")
    expect(chief.locator("#ringing .card")).to_have_count(1)
    chief.keyboard.press("F1")
    expect(chief.locator("#text")).to_be_focused()
    chief.keyboard.press("Alt+b")
    expect(chief.locator("#block-dialog")).to_contain_text("chief has answered this caller")
    chief.keyboard.type("jest")
    chief.locator("#block-text").fill("This line is for emergencies.")
    chief.locator("#block-reason").press("Enter")
    expect(chief.locator("#bar")).to_contain_text("over")
    expect(chief.locator("#log .ours .words")).to_have_text("This line is for emergencies.")


def test_a_block_that_cannot_be_recorded_is_said_not_to_be_one(
    stage: Stage, desks: Callable[..., Desk]
) -> None:
    chief = desks().log_in("chief")
    ring(stage, "d1", "(203) 555-0199", "lol 911")
    chief.get_by_role("button", name="Block (203) 555-0199").click()
    chief.keyboard.type("jest")
    stage.run(lambda: setattr(stage.core, "full", True))
    chief.locator("#block-yes").click()
    expect(chief.locator("#banners")).to_contain_text("is not blocked: ")
    expect(chief.locator("#ringing .card")).to_have_count(1)
