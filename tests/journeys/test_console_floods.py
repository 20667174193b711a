"""Floods on the page, in a real browser: one noisy caller, many with one voice, and blocking."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from text911.psap_adapters import port

from .page import Desk, Stage, card, until

TEXTS = 1000  # of one caller


def ring(stage: Stage, dialogue: str, caller: str, *texts: str, age: float = 5.0) -> port.Leg:
    def offer() -> port.Leg:
        stage.core.now = now = time.time()  # noqa: TID251 - the page has the real clock too
        items = [port.Item(at, now - age, "caller", text) for at, text in enumerate(texts)]
        return stage.core.ring(dialogue, card(now, caller, age=age), *items)

    return stage.run(offer)


class Traffic:
    """What comes over the page's WebSocket: messages and their octets."""

    def __init__(self, page: Page) -> None:
        self.messages: list[str] = []
        page.on("websocket", lambda socket: socket.on("framereceived", self._take))

    def _take(self, message: str | bytes) -> None:
        self.messages.append(message if isinstance(message, str) else message.decode())

    def frames(self, kind: str) -> list[dict[str, Any]]:
        found = [frame for message in self.messages for frame in json.loads(message)]
        return [frame for frame in found if frame["type"] == kind]


def numbers(page: Page) -> list[int]:
    """The numbers of the caller's texts that are in the log, from top to bottom."""
    return [int(text.split()[1]) for text in page.locator("#log .caller .words").all_inner_texts()]


def test_five_hundred_texts_a_second_from_one_caller_are_one_card_and_none_is_lost(
    stage: Stage, desks: Callable[..., Desk], shots: Path
) -> None:
    desk = desks()
    traffic = Traffic(desk.page)
    page = desk.log_in("op31")
    leg = ring(stage, "d1", "(203) 555-0199", "text 0")
    other = ring(stage, "d2", "(203) 555-0142", "my dad collapsed", age=9.0)
    expect(page.locator("#ringing .card")).to_have_count(2)

    sent = 1

    def ten() -> None:
        nonlocal sent
        stage.core.now = time.time()  # noqa: TID251 - as above
        for _ in range(10):
            stage.core.say(leg, f"text {sent}")
            sent += 1
        if sent < TEXTS:
            stage.later(0.02, ten)

    stage.run(ten)
    noisy = page.locator("#ringing .card", has_text="(203) 555-0199")
    expect(noisy.locator(".state")).to_contain_text(re.compile(r"\d+ texts in 20 s"))
    page.keyboard.press("F1")  # the flood holds nobody up: the other one has waited longer
    expect(page.locator("#number")).to_have_text("(203) 555-0142")
    page.keyboard.type("Is he breathing?")
    page.keyboard.press("Enter")
    expect(page.locator("#log .ours .words")).to_have_text("Is he breathing?")
    expect(noisy).to_contain_text(f"{TEXTS + 1} texts", timeout=20_000)
    page.screenshot(path=shots / "flood-one-card.png")
    until(lambda: stage.run(lambda: stage.core.talks[leg].shown) == TEXTS)
    assert stage.run(lambda: stage.core.talks[other].owner) == "op31"

    came = traffic.frames("burst")
    seconds = TEXTS / 500
    assert len(traffic.frames("line")) <= 20
    assert len(came) <= 4 * seconds + 20  # the machine may be slow; twice a second is the rule
    assert sum(len(json.dumps(one)) for one in came) < 100 * TEXTS  # by lines it is far more

    page.keyboard.press("F1")
    expect(page.locator("#number")).to_have_text("(203) 555-0199")
    fold = page.locator("#log .fold")
    expect(fold).to_have_count(1)
    there = numbers(page)
    tail = there[10:]
    assert there[:10] == list(range(10))
    assert 1 <= len(tail) <= 20
    assert tail == list(range(TEXTS + 1 - len(tail), TEXTS + 1))
    expect(fold).to_contain_text(f"{TEXTS + 1 - len(there)} more texts from this caller")
    page.screenshot(path=shots / "flood-folded.png")
    fold.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#log .caller")).to_have_count(len(there) + 200)
    assert numbers(page) == [*range(10), *range(TEXTS - 199 - len(tail), TEXTS + 1)]
    while fold.count():
        before = len(numbers(page))
        fold.click()
        expect(page.locator("#log .caller")).not_to_have_count(before)
    assert numbers(page) == list(range(TEXTS + 1))


def test_forty_callers_with_one_voice_are_one_card_below_the_one_who_says_something_else(
    stage: Stage, desks: Callable[..., Desk], shots: Path
) -> None:
    desk = desks("light")
    traffic = Traffic(desk.page)
    page = desk.log_in("op31")
    voices = (
        "Fire at the mall!",
        "theres a fire at the mall",
        "FIRE IN THE MALL HELP",
        "mall fire",
    )
    for number in range(40):
        text = voices[number % 4]
        ring(stage, f"m{number:02}", f"(860) 555-{number:04}", text, age=40 - number / 2)
    ring(stage, "alone", "(203) 555-0142", "my dad collapsed", age=2.0)
    cards = page.locator("#ringing .card")
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text("my dad collapsed")
    group = cards.last
    expect(group).to_contain_text("40 callers")
    expect(group).to_contain_text("with similar words")
    expect(group).to_contain_text("\u201cFire at the mall!\u201d")
    expect(page.locator("#waiting")).to_contain_text("41 waiting")
    expect(page).to_have_title(re.compile("41 WAITING"))
    expect(page.locator("#groups-said")).to_contain_text("callers with similar words")
    page.screenshot(path=shots / "flood-similar.png")
    talks = stage.core.talks
    until(lambda: stage.run(lambda: all(one.shown >= 0 for one in talks.values())))
    # The first ones came as cards of their own; the others are a count until somebody looks.
    assert len({one["leg"] for one in traffic.frames("leg")}) <= 7
    assert all(one["card"]["chart"] is None for one in traffic.frames("leg"))

    group.focus()
    page.keyboard.press("Enter")
    expect(cards).to_have_count(42)
    expect(group).to_have_attribute("class", re.compile("wait"))
    page.screenshot(path=shots / "flood-similar-open.png")
    page.keyboard.press("F1")
    expect(page.locator("#number")).to_have_text("(203) 555-0142")
    page.keyboard.press("F1")  # now whoever of the group waits longest
    expect(page.locator("#number")).to_have_text("(860) 555-0000")
    page.locator("#ringing .card", has_text="(860) 555-0017").click()
    expect(page.locator("#number")).to_have_text("(860) 555-0017")
    expect(page.locator("#ringing .card.group")).to_contain_text("38 callers")
    expect(page.locator("#mine .card")).to_have_count(3)
    owners = [one.leg.dialogue for one in stage.run(lambda: list(talks.values())) if one.owner]
    assert sorted(owners) == ["alone", "m00", "m17"]

    colleague = desks().log_in("op12")
    expect(colleague.locator("#ringing .card.group")).to_contain_text("38 callers")
    expect(colleague.locator("#others .card")).to_have_count(3)


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
    expect(chief.locator("#block-reason")).to_be_focused()
    chief.keyboard.type("jest")
    stage.run(lambda: setattr(stage.core, "full", True))
    chief.locator("#block-yes").click()
    expect(chief.locator("#banners")).to_contain_text("is not blocked: ")
    expect(chief.locator("#ringing .card")).to_have_count(1)
