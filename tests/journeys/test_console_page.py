"""The console's page in a real browser: a telecommunicator, keyboard only, and a caller."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, expect

from text911.psap_adapters import port

from .page import (
    CHROMIUM,
    PASSWORD,
    Desk,
    Stage,
    answer_by_key,
    caller_item,
    card,
    console,
    shows,
    story,
    texts,
    until,
)


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
    until(lambda: stage.run(lambda: core.talks[leg].shown) == 0)

    page.keyboard.press("F1")
    expect(page.locator("#number")).to_have_text("(203) 555-0142")
    page.wait_for_function("document.getElementById('alarm').paused")
    assert stage.run(lambda: core.talks[leg].owner) == "op31"
    expect(page.locator("#text")).to_be_focused()
    shows(page, ["help my dad collapsed"])

    page.keyboard.type("Middletown 911. /1")
    expect(page.locator("#text")).to_have_value("Middletown 911. Where exactly?")
    expect(page.locator("#measure")).to_have_text("30 / 160 \u00b7 1 part \u00b7 plain SMS letters")
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_have_value("")
    reply = page.locator("#log .ours").first
    expect(reply).to_contain_text("recorded, the carrier has not taken it yet")
    stage.run(lambda: core.deliver(leg, port.Delivery.CARRIER))
    expect(reply).to_contain_text("\u2713 with carrier")
    stage.run(lambda: core.deliver(leg, port.Delivery.HANDSET))
    expect(reply).to_contain_text("\u2713\u2713 on the handset")

    page.keyboard.type("/safe")
    page.keyboard.press("Enter")  # the word becomes the reply first, and is sent by a second Enter
    expect(page.locator("#text")).to_have_value("Is it safe to call?")
    page.keyboard.press("Enter")
    stage.run(lambda: core.say(leg, "no i am deaf"))
    expect(page.locator("#log .caller").last).to_contain_text("no i am deaf")

    page.keyboard.press("F10")
    expect(page.locator("#end-text")).to_be_focused()
    page.keyboard.type(" Take care.")
    page.screenshot(path=shots / "end-dark-1600.png")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#bar")).to_contain_text("over")
    ended = stage.run(lambda: [one for one in core.reports if isinstance(one, port.Ended)])
    assert [(one.by, one.text.endswith(" Take care.")) for one in ended] == [("op31", True)]
    until(lambda: stage.run(lambda: core.talks[leg].shown) == 3)  # the caller's last line


def test_a_busy_night_looks_right_in_both_themes_and_two_sizes(
    stage: Stage, desks: Callable[..., Desk], shots: Path
) -> None:
    """Three dialogues, one waiting, one of a colleague: nothing overlaps, nothing is cut off."""
    page = desks().log_in()
    core = stage.core

    def night() -> port.Leg:
        core.ring(
            "d2", card(core.now, "(860) 555-0110", "Cromwell", 362), *story(core.now - 362, 2)
        )
        leg = core.ring("d1", card(core.now, age=208.0), *story(core.now - 208, 3))
        core.ring(
            "d4", card(core.now, "(959) 555-0125", "Portland", 115), *story(core.now - 115, 1)
        )
        for number, by in (("d2", "op31"), ("d1", "op31"), ("d4", "op12")):
            core.hear(port.Answered(port.Leg(number, "middletown", 0), by), b"")
        return leg

    leg = stage.run(night)
    page.keyboard.press("F2")
    expect(page.locator("#number")).to_have_text("(860) 555-0110")
    page.keyboard.press("F3")
    for text in ("Middletown 911. Where is the emergency?", "Can you safely make a voice call?"):
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    expect(page.locator("#log .ours")).to_have_count(2)

    def states() -> None:
        core.deliver(leg, port.Delivery.HANDSET, 0)
        core.deliver(leg, port.Delivery.SENT_AGAIN, 1)
        core.say(leg, "no i am deaf", notes=("part 2 of 2 is missing",))
        core.say(leg, "no i am deaf", suspected_repeat=True)
        core.ring(
            "d3",
            card(core.now, "(860) 555-0177", "Portland", 8),
            caller_item(0, core.now, "someone is in my house im in the closet"),
        )
        core.hear(port.Wrote(leg, "x", "OK. Help is on the way. Keep texting.", "op31"), b"")
        core.deliver(leg, port.Delivery.FAILED)
        core.psap.give(leg, port.Item(90, core.now, "event", "New location: 620 m, cell tower"))

    stage.run(states)
    page.keyboard.type("Don\u2019t move. Watch his chest. How old is he?")
    expect(page.locator("#as-sent")).to_contain_text("Don't move.")
    for theme in ("dark", "light"):
        for wide, high in ((1600, 900), (1280, 720), (800, 450)):
            page.set_viewport_size({"width": wide, "height": high})
            page.screenshot(path=shots / f"busy-{theme}-{wide}.png")
            assert page.evaluate("document.documentElement.scrollWidth") <= wide
        page.keyboard.press("Alt+T")
    page.set_viewport_size({"width": 1600, "height": 900})
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#help-dialog")).to_be_visible()
    page.screenshot(path=shots / "help-dark-1600.png")
    page.keyboard.press("Escape")
    expect(page.locator("#help-dialog")).to_be_hidden()


def test_hostile_text_is_only_text(stage: Stage, desks: Callable[..., Desk], shots: Path) -> None:
    """Markup, control characters and bidirectional tricks of a caller change nothing but words."""
    page = desks().log_in()
    core = stage.core
    hostile = (
        "<img src=x onerror=\"document.body.dataset.owned='1'\">",
        "<script>document.body.dataset.owned='1'</script>",
        "pay \u202egnp.exe\u202c now\u0007\u0000\u009b31m",
        "https://evil.example/?q=1 javascript:alert(1)",
        "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334" * 30,
    )

    def offer() -> port.Leg:
        nasty = card(core.now, "<b>911</b>", "\u202eTown<script>")
        leg = core.ring("d1", nasty, *(caller_item(n, core.now, t) for n, t in enumerate(hostile)))
        return leg

    stage.run(offer)
    answer_by_key(page)
    expect(page.locator("#number")).to_have_text("<b>911</b>")
    shown = texts(page)
    assert shown[0] == hostile[0]
    assert shown[1] == hostile[1]
    assert shown[2] == "pay U+202Egnp.exeU+202C nowU+0007U+0000U+009B31m"
    assert page.locator("#log img, #log script, #log a, #number b").count() == 0
    assert page.evaluate("document.body.dataset.owned") is None
    assert "\u202e" not in page.locator("body").inner_text()
    page.screenshot(path=shots / "hostile-dark-1600.png")


def test_a_cut_wire_loses_nothing_and_doubles_nothing(
    stage: Stage, desks: Callable[..., Desk], shots: Path
) -> None:
    page = desks().log_in()
    core, wire = stage.core, stage.wire
    leg = stage.run(
        lambda: core.ring("d1", card(core.now), caller_item(0, core.now, "help my dad collapsed"))
    )
    answer_by_key(page)
    page.keyboard.type("Where exactly?")
    page.keyboard.press("Enter")
    expect(page.locator("#log .ours")).to_contain_text("recorded")

    def cut() -> None:
        wire.broken = True
        wire.cut()

    stage.run(cut)
    expect(page.locator("#banners")).to_contain_text("NO LINK TO THE GATEWAY")
    expect(page.locator("#waiting")).to_have_text("Waiting: not known")
    page.keyboard.type("Is he awake?")
    page.keyboard.press("Enter")
    expect(page.locator("#log .unsent")).to_contain_text("waiting for the link")
    expect(page.locator("#banners")).to_contain_text("1 unsent reply is kept")
    page.keyboard.type("draft")
    page.screenshot(path=shots / "cut-dark-1600.png")
    stage.run(lambda: core.say(leg, "apt 3b 40 broad st"))
    stage.run(lambda: core.deliver(leg, port.Delivery.CARRIER))

    def mend() -> None:
        wire.broken = False

    stage.run(mend)
    expect(page.locator("#link")).to_contain_text("Gateway", timeout=15_000)
    expect(page.locator("#log .unsent")).to_have_count(0)
    expect(page.locator("#banners")).to_be_empty()
    shows(
        page,
        ["help my dad collapsed", "Where exactly?", "apt 3b 40 broad st", "Is he awake?"],
    )
    expect(page.locator("#log .ours").first).to_contain_text("with carrier")
    expect(page.locator("#text")).to_have_value("draft")
    wrote = stage.run(lambda: [item.text for item in core.talks[leg].items if item.kind == "psap"])
    assert wrote == ["Where exactly?", "Is he awake?"]


def test_the_page_comes_back_by_itself_after_a_restart_of_the_gateway(
    stage: Stage, desks: Callable[..., Desk]
) -> None:
    """No password, no key: what rings rings, each line is there once, a reply goes out once."""
    page = desks().log_in()
    core = stage.core
    leg = stage.run(lambda: core.ring("d1", card(core.now), caller_item(0, core.now, "help")))
    answer_by_key(page)
    page.keyboard.type("Where?")
    page.keyboard.press("Enter")
    expect(page.locator("#log .ours")).to_contain_text("recorded")
    waiting = card(core.now, "(860) 555-0177", "Portland", 8)
    ringing = stage.run(lambda: core.ring("d2", waiting, caller_item(0, core.now, "fire")))
    expect(page.locator("#ringing .card")).to_have_count(1)
    until(lambda: stage.run(lambda: core.talks[ringing].shown) == 0)
    for _ in range(2):
        stage.stop_gateway()
        expect(page.locator("#link")).to_contain_text("NO LINK")
        page.keyboard.type("Still there?")
        page.keyboard.press("Enter")
        expect(page.locator("#log .unsent")).to_contain_text("waiting for the link")
        stage.run(lambda: core.say(leg, "upstairs"))
        stage.run(lambda: core.say(ringing, "hurry"))
        stage.start_gateway()
        expect(page.locator("#link")).to_contain_text("Gateway")
        expect(page.locator("#log .unsent")).to_have_count(0)
        expect(page.locator("#ringing .card")).to_have_count(1)
        # The caller's last line: what stands behind it is ours.
        until(lambda: stage.run(lambda: core.talks[leg].shown == len(core.talks[leg].items) - 2))
    shows(page, ["help", "Where?", *2 * ["upstairs", "Still there?"]])
    assert stage.run(lambda: [one.text for one in core.talks[leg].items]) == texts(page)
    until(lambda: stage.run(lambda: core.talks[ringing].shown) == 2)
    assert not stage.run(lambda: [one for one in core.reports if isinstance(one, port.Refused)])
    page.keyboard.press("F1")
    expect(page.locator("#number")).to_have_text("(860) 555-0177")
    shows(page, ["fire", "hurry", "hurry"])


def test_the_only_one_reloading_the_page_turns_nobody_away(
    stage: Stage, desks: Callable[..., Desk]
) -> None:
    page = desks().log_in()
    core = stage.core
    leg = stage.run(lambda: core.ring("d1", card(core.now), caller_item(0, core.now, "help")))
    expect(page.locator("#ringing .card")).to_have_count(1)
    page.reload()
    expect(page.locator("#ringing .card")).to_have_count(1)
    answer_by_key(page)
    shows(page, ["help"])
    assert stage.run(lambda: core.talks[leg].owner) == "op31"
    assert not stage.run(lambda: [one for one in core.reports if isinstance(one, port.Refused)])
    people = stage.run(lambda: [one for one in core.reports if isinstance(one, port.Availability)])
    assert [(one.people, one.reachable) for one in people] == [
        (0, False), (1, True), (0, True), (1, True)
    ]  # fmt: skip


def test_of_two_who_answer_one_has_it_and_the_other_is_told(
    stage: Stage, desks: Callable[..., Desk]
) -> None:
    one, two = desks().log_in("op31"), desks("light").log_in("op12")
    core = stage.core
    stage.run(lambda: core.ring("d1", card(core.now), caller_item(0, core.now, "help")))
    expect(two.locator("#ringing .card")).to_have_count(1)
    answer_by_key(one)
    expect(one.locator("#number")).to_have_text("(203) 555-0142")
    expect(two.locator("#others .card")).to_contain_text("op31")
    expect(two.locator("#others .card")).not_to_contain_text("help")
    two.wait_for_function("document.getElementById('alarm').paused")
    two.keyboard.press("F1")
    expect(two.locator("#head")).to_be_hidden()
    assert two.evaluate("document.documentElement.dataset.theme") == "light"


def test_drafts_stay_with_their_dialogue_and_the_meter_tells_what_goes_out(
    stage: Stage, desks: Callable[..., Desk]
) -> None:
    page = desks().log_in()
    core = stage.core

    def two() -> None:
        for number in ("d1", "d2"):
            core.ring(number, card(core.now, f"caller {number}"), caller_item(0, core.now, "help"))
            core.hear(port.Answered(port.Leg(number, "middletown", 0), "op31"), b"")

    stage.run(two)
    page.keyboard.press("F2")
    expect(page.locator("#number")).to_have_text("caller d1")
    page.keyboard.type("first \U0001f525")
    expect(page.locator("#measure")).to_contain_text("8 / 70")
    expect(page.locator("#measure")).to_contain_text("UCS-2: emoji")
    page.keyboard.press("F3")
    expect(page.locator("#number")).to_have_text("caller d2")
    expect(page.locator("#text")).to_have_value("")
    page.keyboard.type("second")
    page.keyboard.press("F2")
    expect(page.locator("#text")).to_have_value("first \U0001f525")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("y" * 70)
    expect(page.locator("#measure")).to_contain_text("2 parts \u00b7 UCS-2: emoji")


def test_a_reply_that_is_not_recorded_says_so_and_can_be_tried_again(
    stage: Stage, desks: Callable[..., Desk]
) -> None:
    page = desks().log_in()
    core = stage.core
    stage.run(lambda: core.ring("d1", card(core.now), caller_item(0, core.now, "help")))
    answer_by_key(page)
    core.full = True
    page.keyboard.type("Where?")
    page.keyboard.press("Enter")
    expect(page.locator("#log .unsent")).to_contain_text("not sent: The gateway cannot record it")
    core.full = False
    page.get_by_role("button", name="Try again").press("Enter")
    expect(page.locator("#log .unsent")).to_have_count(0)
    expect(page.locator("#log .ours")).to_contain_text("recorded, the carrier has not taken it yet")


def test_leaving_with_an_open_dialogue_hands_it_over(
    stage: Stage, desks: Callable[..., Desk], shots: Path
) -> None:
    one, two = desks().log_in("op31"), desks().log_in("op12")
    core = stage.core
    leg = stage.run(lambda: core.ring("d1", card(core.now), caller_item(0, core.now, "help")))
    answer_by_key(one)
    expect(one.locator("#number")).to_have_text("(203) 555-0142")
    one.keyboard.press("Alt+L")
    expect(one.locator("#ask-dialog")).to_contain_text("Who takes them over?")
    one.keyboard.press("Enter")
    expect(two.locator("#banners")).to_contain_text("op31 wants to log out")
    two.screenshot(path=shots / "handover-dark-1600.png")
    two.keyboard.press("Alt+Y")
    expect(two.locator("#mine .card")).to_have_count(1)
    expect(one.locator("input[name=user]")).to_be_visible()
    assert stage.run(lambda: core.talks[leg].owner) == "op12"


def test_a_supervisor_reads_along_and_takes_over(
    stage: Stage, desks: Callable[..., Desk], shots: Path
) -> None:
    one, chief = desks().log_in("op31"), desks().log_in("chief")
    core = stage.core
    leg = stage.run(lambda: core.ring("d1", card(core.now), caller_item(0, core.now, "help")))
    answer_by_key(one)
    expect(one.locator("#number")).to_have_text("(203) 555-0142")
    chief.locator("#others .card").press("Enter")
    shows(chief, ["help"])
    expect(chief.locator("#composer")).to_be_hidden()
    chief.keyboard.press("Alt+O")
    chief.get_by_role("button", name="Take over").last.press("Enter")
    expect(chief.locator("#text")).to_be_focused()
    expect(one.locator("#banners")).to_contain_text("chief has taken (203) 555-0142 over from you")
    assert stage.run(lambda: core.talks[leg].owner) == "chief"
    chief.screenshot(path=shots / "chief-dark-1600.png")


def test_a_browser_that_blocks_sound_is_told_off_loudly(
    browser: Browser, stage: Stage, shots: Path
) -> None:
    """No click, no sound: a page that was only loaded may not play, and must say so."""
    strict = browser.browser_type.launch(
        executable_path=CHROMIUM,
        args=["--no-sandbox", "--autoplay-policy=user-gesture-required"],
    )
    try:
        desk = Desk(strict, stage)
        answer = desk.context.request.post(
            f"{stage.address}/middletown/login",
            form={"user": "op31", "password": PASSWORD},
            headers={"Origin": stage.address},
        )
        assert answer.ok
        desk.page.goto(f"{stage.address}/middletown/")
        expect(desk.page.locator("#banners")).to_contain_text("THE BROWSER BLOCKS SOUND")
        desk.page.screenshot(path=shots / "blocked-dark-1600.png")
        desk.page.keyboard.press("F12")
        expect(desk.page.locator("#sound")).to_contain_text("Sound on")
        expect(desk.page.locator("#banners")).to_be_empty()
        desk.close()
    finally:
        strict.close()


def test_a_suspended_psap_says_so_on_its_page(stage: Stage, desks: Callable[..., Desk]) -> None:
    page = desks().log_in()
    stage.run(lambda: stage.server.replace({"middletown": console(suspended="Flooded.")}))
    expect(page.locator("input[name=user]")).to_be_visible()  # new hashes: everybody logs in again
    page = desks().log_in()
    expect(page.locator("#banners")).to_contain_text("SUSPENDED")
    expect(page.locator("#banners")).to_contain_text("Flooded.")
