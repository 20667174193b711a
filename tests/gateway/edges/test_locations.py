"""Who is asked where a caller is, what they are told, and what becomes of the answer."""

from __future__ import annotations

import pytest

from text911.gateway.core.commands import Locate
from text911.gateway.core.encoding import decode_fact
from text911.gateway.core.facts import LocationFailed, LocationFound
from text911.gateway.core.state import Locating
from text911.gateway.core.values import CarrierName, DialogueId
from text911.gateway.location.port import Answer, Question, Unknown

from .world import CALLER, PLACE, Peer, Slow, World

VENDOR_TLV = (0x1403, b"41.76,-72.67")


def asking(place: Slow | None = None) -> tuple[World, Peer]:
    """A caller has written and the source has not answered yet."""
    world = World()
    world.source = place or Slow(None)
    world.dispatch.locations.sources = {"one": world.source}
    peer = world.bind()
    peer.text(tlvs=(VENDOR_TLV,))
    world.settle()
    return world, peer


def found(world: World) -> list[LocationFound | LocationFailed]:
    facts = [decode_fact(one.record.payload)[0] for one in world.journal.read()]
    return [fact for fact in facts if isinstance(fact, LocationFound | LocationFailed)]


def test_the_source_is_told_who_by_whom_and_what_the_carrier_sent_along() -> None:
    world, _ = asking()
    ((question, _),) = world.source.asked
    (held,) = world.engine
    assert question == Question(held.dialogue, CarrierName("one"), f"+{CALLER}", (VENDOR_TLV,))
    assert isinstance(held.state.phase, Locating)


@pytest.mark.parametrize(
    ("answer", "fact"),
    [
        (PLACE, LocationFound(PLACE)),
        (Unknown("the cell is not in the table"), LocationFailed("the cell is not in the table")),
    ],
)
def test_an_answer_is_recorded_as_it_came(
    answer: Answer, fact: LocationFound | LocationFailed
) -> None:
    world, _ = asking()
    world.source.asked[0][1](answer)
    world.settle()
    assert found(world) == [fact]
    assert len(world.hartford.offers) + len(world.csecc.offers) == 1


def test_a_source_that_answers_at_once_is_as_good() -> None:
    world, _ = asking(Slow(PLACE))
    assert found(world) == [LocationFound(PLACE)]


@pytest.mark.parametrize("answer", [PLACE, Unknown("no idea")])
def test_how_long_the_source_took_is_counted_whatever_it_said(answer: Answer) -> None:
    world, _ = asking()
    world.wait(1.5)
    assert sum(world.metrics.location.counts) == 0
    world.source.asked[0][1](answer)
    assert sum(world.metrics.location.counts) == 1
    assert world.metrics.location.total == pytest.approx(1.5)


def test_only_the_first_text_of_a_dialogue_asks() -> None:
    world, peer = asking()
    peer.text(b"second floor")
    world.settle()
    assert len(world.source.asked) == 1


def test_a_dialogue_that_is_not_known_any_more_is_not_asked_about() -> None:
    world, _ = asking()
    world.dispatch.locations.carry(DialogueId("gone"), Locate(()))
    assert len(world.source.asked) == 1


def test_an_answer_that_comes_after_its_dialogue_was_forgotten_changes_nothing() -> None:
    world, peer = asking()
    world.hartford.people = world.csecc.people = False
    world.wait(4.0)
    for _, number in peer.delivered():
        peer.take(number)
    world.wait(700.0)
    assert len(world.engine) == 0
    before = list(world.journal.read())
    world.source.asked[0][1](PLACE)
    world.settle()
    assert list(world.journal.read()) == before


def test_after_a_restart_the_question_is_asked_again() -> None:
    world, _ = asking()
    again = world.restarted()
    again.source.place = None
    again.resume()
    assert [question for question, _ in again.source.asked] == [world.source.asked[0][0]]


def test_without_a_source_the_location_fails_in_words() -> None:
    world = World()
    world.dispatch.locations.sources = {}
    world.hartford.people = False
    peer = world.bind()
    peer.text()
    world.settle()
    assert found(world) == [LocationFailed("no location source is configured for one")]
    assert world.csecc.offers[0].card.place is None
    reason = world.csecc.offers[0].card.routed_because
    assert reason == "test: no location source is configured for one"
