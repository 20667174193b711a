"""Plain letters by one key, in a real browser: why a reply is long, what it becomes, and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from text911.psap_adapters import port
from text911.smpp.segments import compose

from .page import Desk, Stage, answer_by_key, caller_item, card

LONG = (
    "Está bien. Quédese con él y no lo mueva. Los bomberos 🚒 y la ambulancia 🚑 llegan en"
    " 5\u20138 minutos a 40 Broad St, 2½ pisos. ¿Respira?"
)
PLAIN = (
    "Esta bien. Quédese con él y no lo mueva. Los bomberos (fire engine) y la ambulancia"
    " (ambulance) llegan en 5-8 minutos a 40 Broad St, 2 1/2 pisos. ¿Respira?"
)


AT_ONCE = """() => {
  const box = document.getElementById("text");
  const key = (more) => box.dispatchEvent(
    new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...more }));
  box.value = "Está ya";
  box.dispatchEvent(new Event("input", { bubbles: true }));
  key({ key: "g", code: "KeyG", altKey: true });
  key({ key: "Enter" });
}"""


def answered(stage: Stage, page: Page) -> port.Leg:
    core = stage.core
    leg = stage.run(lambda: core.ring("d1", card(core.now), caller_item(0, core.now, "ayuda")))
    answer_by_key(page)
    return leg


def wrote(stage: Stage) -> list[str]:
    return stage.run(
        lambda: [one.text for one in stage.core.reports if isinstance(one, port.Wrote)]
    )


def test_one_key_makes_three_parts_one_and_the_same_key_takes_it_back(
    stage: Stage, desks: Callable[..., Desk], shots: Path
) -> None:
    page = desks().log_in()
    answered(stage, page)
    said, text = page.locator("#plain-said"), page.locator("#text")
    expect(said).to_have_text("")
    page.keyboard.type("Esta ")
    expect(page.locator("#measure")).to_have_text("5 / 160 · 1 part · plain SMS letters")
    expect(page.locator("#plain-key")).to_be_hidden()
    text.fill(LONG)
    expect(said).to_have_text(
        "This message needs 3 parts because of á 🚒 🚑 and ½. Press Alt G to use plain letters:"
        " 1 part."
    )
    expect(said).to_have_attribute("aria-live", "polite")
    expect(page.locator("#plain-text")).to_have_text(f"In plain letters: {PLAIN}")
    page.screenshot(path=shots / "plain-offered-dark-1600.png")

    page.keyboard.press("Alt+G")
    expect(text).to_have_value(PLAIN)
    expect(text).to_be_focused()
    used = "Plain letters are used: 1 part. Press Alt G again for what you wrote."
    expect(said).to_have_text(used)
    expect(page.locator("#measure")).to_have_text(
        f"{len(PLAIN)} / 160 · 1 part · plain SMS letters"
    )
    expect(page.locator("#as-sent")).to_be_hidden()
    page.screenshot(path=shots / "plain-used-dark-1600.png")
    page.keyboard.press("Alt+G")
    expect(text).to_have_value(LONG)
    expect(said).to_contain_text("needs 3 parts")
    page.keyboard.press("Control+Z")  # the browser's own undo knows it too
    expect(text).to_have_value(PLAIN)
    expect(page.locator("#plain-key")).to_be_hidden()

    page.keyboard.press("Enter")
    expect(page.locator("#log .ours")).to_have_count(1)
    assert wrote(stage) == [PLAIN]
    assert compose(PLAIN).as_sent == PLAIN
    assert len(compose(PLAIN).segments) == 1
    assert len(compose(LONG).segments) == 3


def test_the_key_may_be_pressed_before_the_gateway_has_measured(
    stage: Stage, desks: Callable[..., Desk]
) -> None:
    page = desks().log_in()
    answered(stage, page)
    page.keyboard.type("Está")
    page.keyboard.press("Alt+G")
    expect(page.locator("#text")).to_have_value("Esta")
    page.keyboard.type(" aqui \u2019")
    page.evaluate(AT_ONCE)
    expect(page.locator("#log .ours")).to_have_count(1)
    assert wrote(stage) == ["Está ya"]  # sent at once: as it stood, not as it might have been
    expect(page.locator("#text")).to_have_value("")


def test_what_was_edited_since_is_made_plain_again_and_not_thrown_away(
    stage: Stage, desks: Callable[..., Desk]
) -> None:
    page = desks().log_in()
    answered(stage, page)
    text, said = page.locator("#text"), page.locator("#plain-said")
    page.keyboard.type("Está")
    expect(said).to_have_text(
        "Because of á a part holds 70 characters. Press Alt G to use plain letters."
    )
    page.keyboard.press("Alt+G")
    expect(text).to_have_value("Esta")
    page.keyboard.type(" así")
    page.keyboard.press("Alt+G")
    expect(text).to_have_value("Esta asi")
    page.keyboard.press("Alt+G")
    expect(text).to_have_value("Esta así")


def test_what_has_no_plain_letters_is_said_and_left_as_it_is(
    stage: Stage, desks: Callable[..., Desk]
) -> None:
    page = desks("light").log_in()
    answered(stage, page)
    text, said = page.locator("#text"), page.locator("#plain-said")
    page.keyboard.type("fine")
    page.keyboard.press("Alt+G")
    expect(said).to_have_text("These are plain letters.")
    mixed = "помощь идёт á " * 6
    text.fill(mixed)
    expect(said).to_contain_text("This message needs 2 parts because of п")
    expect(said).to_contain_text("It cannot be said in plain letters.")
    page.keyboard.press("Alt+G")
    expect(text).to_have_value(mixed)
    expect(page.locator("#plain-key")).to_be_hidden()


def test_a_mouse_finds_it_too_and_each_draft_keeps_what_was_written(
    stage: Stage, desks: Callable[..., Desk], shots: Path
) -> None:
    page = desks("light").log_in()
    core = stage.core

    def two() -> None:
        for number in ("d1", "d2"):
            core.ring(number, card(core.now, f"caller {number}"), caller_item(0, core.now, "help"))
            core.hear(port.Answered(port.Leg(number, "middletown", 0), "op31"), b"")

    stage.run(two)
    page.keyboard.press("F2")
    expect(page.locator("#number")).to_have_text("caller d1")
    text = page.locator("#text")
    text.fill(LONG)
    expect(page.locator("#plain-key")).to_be_visible()
    for wide, high in ((1600, 900), (1280, 720), (800, 450)):
        page.set_viewport_size({"width": wide, "height": high})
        page.screenshot(path=shots / f"plain-light-{wide}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= wide
    page.locator("#plain-key").click()
    expect(text).to_have_value(PLAIN)
    expect(text).to_be_focused()
    page.keyboard.press("F3")
    expect(page.locator("#number")).to_have_text("caller d2")
    expect(page.locator("#plain-said")).to_have_text("")
    page.keyboard.press("F2")
    expect(text).to_have_value(PLAIN)
    page.keyboard.press("Alt+G")
    expect(text).to_have_value(LONG)
