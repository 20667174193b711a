"""A busy night at a PSAP, as the console's page shows it: for the tests of how it looks, and for
the picture of it that the documentation has.

    python -m tests.journeys.night docs/console.png       takes that picture (make picture)
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, expect, sync_playwright

from text911.psap_adapters import port
from text911.psap_adapters.console.settings import CannedReply

from ..psap_adapters.console.core import Talk
from .page import CHROMIUM, Desk, Stage, caller_item, card, console

# As long as those of a PSAP are, the first five those of configs/demo.
REPLIES = (
    ("where", "Where are you? Give the address, or what you see around you."),
    ("safe", "Are you safe where you are now?"),
    ("call", "Can you make a voice call to 911?"),
    ("coming", "Help is on its way. Stay with this conversation."),
    ("quiet", "Silence your phone if its sound could give you away."),
    ("cpr", "Put him flat on his back. Push hard and fast in the middle of his chest."),
    ("plain", "Please use plain words, no abbreviations and no pictures: some do not arrive here."),
)  # fmt: skip
TALK: tuple[tuple[int, Literal["caller", "psap"], str], ...] = (
    (0, "caller", "my dad collapsed hes not waking up"),
    (11, "psap", "This is 911. Where are you? Give the address, or what you see around you."),
    (24, "caller", "14 Orchard Lane the yellow house"),
    (27, "caller", "back door is open"),
    (36, "psap", "Help is on its way. Is he breathing? Watch his chest."),
    (51, "caller", "a little. his lips are blue"),
    (60, "psap", "Push hard and fast in the middle of his chest. Do not stop."),
    (78, "caller", "ok doing it"),
)
DRAFT = "The ambulance is two minutes away. Is the"


def stage_for(folder: Path) -> Stage:
    canned = tuple(CannedReply(word=word, text=text) for word, text in REPLIES)
    return Stage(console(canned=canned), folder)


def fall(stage: Stage) -> None:
    """One waits, three are ours (one of them types on a TTY), one is a colleague's, one is over."""
    core = stage.core
    now = core.now

    def item(sequence: int, after: int, kind: Literal["caller", "psap"], text: str) -> port.Item:
        if kind == "caller":
            return port.Item(sequence, now - 92 + after, kind, text)
        there = port.Delivery.HANDSET
        return port.Item(sequence, now - 92 + after, kind, text, by="op31", delivery=there)

    def took(dialogue: str, by: str) -> None:
        core.hear(port.Answered(port.Leg(dialogue, "middletown", 0), by), b"")

    begun = now - 92
    lines = [
        port.Item(0, begun, "event", "Route: Middletown, by cell location within 620 m"),
        port.Item(1, begun, "event", "Ringing Middletown Central Dispatch"),
        *(item(at, *said) for at, said in enumerate(TALK, 2)),
    ]
    core.ring("father", card(now, "(860) 555-0147", age=92.0), *lines)
    took("father", "op31")

    silent = card(now, "(203) 555-0193", "Cromwell", 61.0)
    core.ring("closet", silent, *(caller_item(n, now - 61 + 20 * n, text) for n, text in enumerate(
        ("someone is in my house", "cant talk im in the", "bedroom closet")
    )))  # fmt: skip
    took("closet", "op31")

    call = port.Card(
        "(860) 555-0110", "TTY line North", "tty", now - 34, "Portland",
        "The line serves Portland; Portland callers go to Middletown Central Dispatch.",
    )  # fmt: skip
    leg = port.Leg("tty", "middletown", 0)
    typed = port.Item(0, now - 21, "caller", "SMOKE IN HALL OF 2ND FLOOR GA")
    core.talks[leg] = Talk(leg, call, [typed])
    core.psap.offer(port.Offer(leg, call, (typed,), line=port.LineState("ours", "GA")))
    took("tty", "op31")

    core.ring(
        "kitchen",
        card(now, "(959) 555-0125", "Portland", 180.0),
        *[caller_item(0, now - 180, "grease fire, it is out now")],
    )
    took("kitchen", "op12")

    core.ring(
        "over",
        card(now, "(475) 555-0108", "Middletown", 900.0),
        *[caller_item(0, now - 900, "wrong number sorry")],
    )
    took("over", "op31")
    core.hear(port.Ended(port.Leg("over", "middletown", 0), "end", "op31", ""), b"")

    core.ring(
        "fire", card(now, "(203) 555-0161", "Cromwell", 4.0),
        caller_item(0, now - 4, "Fire in our basement!! smoke is coming up the stairs"),
    )  # fmt: skip


def write_to_the_father(page: Page) -> None:
    """His dialogue is open, and the next words are being written."""
    page.locator("#mine .card", has_text="(860) 555-0147").click()
    expect(page.locator("#number")).to_have_text("(860) 555-0147")
    page.locator("#text").fill(DRAFT)
    expect(page.locator("#measure")).to_contain_text(f"{len(DRAFT)} / 160")


def main(target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        stage = stage_for(Path(folder))
        try:
            desk, colleague = Desk(browser, stage), Desk(browser, stage)
            colleague.log_in("op12")
            page = desk.log_in()
            stage.run(lambda: fall(stage))
            write_to_the_father(page)
            page.screenshot(path=target)
            desk.close()
            colleague.close()
        finally:
            stage.close()
            browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
