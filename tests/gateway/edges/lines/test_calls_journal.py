"""Calls and the journal: while it is down, refused or read again, none is answered unrecorded."""

from __future__ import annotations

from text911.gateway.core.facts import LineEnded, LineLost
from text911.gateway.edges.lines.calls import NOT_RECORDED
from text911.psap_adapters.port import Delivery

from ..world import World
from .handset import ANI, Handset, answered, letters, ring


def test_a_call_that_is_cancelled_before_it_is_recorded_is_not_answered() -> None:
    world = World()
    leg, dialogue = ring(world)
    world.calls.ended(dialogue, "the caller gave up")
    world.settle()
    assert leg.asked == []
    assert len(world.calls) == 0
    assert world.facts(LineEnded, dialogue) == [LineEnded("the caller gave up")]
    assert world.hartford.offers[0].card.caller == "(860) 555-0142", "somebody rang 911"


def test_while_the_journal_is_down_a_call_is_refused_and_afterwards_taken() -> None:
    world = World()
    world.journal.fail("the disk is full")
    leg = Handset()
    assert world.calls.begin("north", ANI, "tty", None, leg) is None  # found out by this call
    assert world.calls.begin("north", ANI, "tty", None, leg) is None
    world.settle()
    assert leg.asked == []
    assert len(world.calls) == 0
    world.engine.recover()
    world.settle()
    other, _ = ring(world)
    world.settle()
    assert other.asked[0] == ("accept",)


def test_a_call_whose_refusal_was_recorded_all_the_same_is_shown_without_a_line() -> None:
    world = World()
    leg, dialogue = ring(world)
    world.journal.fail("the disk is slow", landed=1)
    world.settle()
    assert leg.asked[-1:] == [("end", NOT_RECORDED)]
    world.engine.recover()
    world.settle()
    assert world.facts(LineLost, dialogue) == [LineLost(NOT_RECORDED)]
    assert world.hartford.offers[0].card.caller == "(860) 555-0142"


def test_a_call_that_is_over_when_its_refusal_comes_is_not_refused() -> None:
    world = World()
    leg, dialogue = ring(world)
    world.calls.ended(dialogue, "the caller gave up")
    world.journal.fail("the disk is full")
    world.settle()
    world.engine.recover()
    world.settle()
    assert leg.asked == []
    assert world.engine.get(dialogue) is None
    assert world.hartford.offers == []


def test_what_is_typed_while_the_journal_is_down_is_shown_when_it_is_back() -> None:
    world = World()
    leg, dialogue = answered(world)
    world.journal.fail("the disk is full")
    for one in "HELP":
        world.calls.typed(dialogue, letters(one))
        world.settle()
    assert [item for _, item in world.hartford.items if item.kind == "caller"] == []
    world.engine.recover()
    world.settle()
    assert world.transcripts.items(dialogue)[-1].text == "HELP"
    assert len(world.calls) == 1
    assert leg.asked[-1] == ("answered", "hartford")


def test_after_a_restart_the_line_is_lost_and_the_next_call_shows_what_was_said() -> None:
    world = World()
    _, dialogue = answered(world)
    world.calls.typed(dialogue, letters("FIRE AT ELM"))
    world.hartford.write(world.hartford.offers[0].leg, "On our way")
    world.calls.turn(dialogue, "sending")
    world.calls.left(dialogue, "reply-0", 6, False)
    world.settle()
    again = world.restarted()
    again.resume()
    again.settle()
    assert again.facts(LineLost, dialogue) == [LineLost("the gateway was restarted")]
    (offer,) = again.hartford.offers
    assert (offer.answered_by, offer.leg.dialogue) == ("ann", dialogue)
    items = again.transcripts.items(dialogue)
    assert [item.text for item in items if item.kind == "caller"] == ["FIRE AT ELM"]
    lost = next(item for item in items if item.kind == "psap")
    assert (lost.delivery, lost.notes) == (Delivery.LOST, ('line lost after "ON OUR"',))

    leg, second = ring(again)
    again.settle()
    assert second != dialogue
    assert leg.asked == [("accept",)]
    offer = again.hartford.offers[-1]
    assert offer.leg.dialogue == second
    assert offer.card.previous == dialogue
    assert [item.text for item in offer.earlier if item.kind == "caller"] == ["FIRE AT ELM"]
    assert "called again" in offer.card.routed_because


def test_a_caller_who_is_back_before_the_gateway_has_taken_up_his_call_finds_it_lost() -> None:
    world = World()
    _, dialogue = answered(world)
    world.calls.typed(dialogue, letters("FIRE"))
    world.settle()
    again = world.restarted()
    ring(again)
    again.settle()
    assert [item.text for item in again.hartford.offers[-1].earlier if item.kind == "caller"] == [
        "FIRE"
    ]
    again.resume()
    again.settle()
    assert len(again.facts(LineLost, dialogue)) == 1
