"""What was over before the gateway restarted is still on the page, and says how it ended."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from text911.psap_adapters import port

from .page import Desk, Stage, caller_item, card


def test_how_a_dialogue_ended_outlasts_a_restart_of_the_gateway(
    stage: Stage, desks: Callable[..., Desk]
) -> None:
    page = desks().log_in()
    core = stage.core

    def talk(dialogue: str, caller: str) -> None:
        leg = core.ring(dialogue, card(core.now, caller), caller_item(0, core.now, "help"))
        core.hear(port.Answered(leg, "op31"), b"")

    stage.run(lambda: talk("d1", "(203) 555-0142"))
    stage.run(lambda: talk("d2", "(860) 555-0177"))
    expect(page.locator("#mine .card")).to_have_count(2)
    leg = port.Leg("d1", "middletown", 0)
    stage.run(lambda: core.hear(port.Ended(leg, "end", "op31", ""), b""))
    over = page.locator("#over .card")
    expect(over).to_contain_text("Ended by op31.")
    stage.stop_gateway()
    expect(page.locator("#link")).to_contain_text("NO LINK")
    stage.start_gateway()
    expect(page.locator("#link")).to_contain_text("Gateway")
    # Behind whatever the gateway said to the page that came back.
    stage.run(lambda: core.say(port.Leg("d2", "middletown", 0), "still here"))
    expect(page.locator("#mine .card")).to_contain_text("still here")
    expect(over).to_have_count(1)
    expect(over).to_contain_text("Ended by op31.")
    over.click()
    expect(page.locator("#log .caller")).to_contain_text("help")
