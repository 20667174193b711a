"""Who has a dialogue: every click is reported, one wins, and the others read no further."""

from __future__ import annotations

import pytest

from text911.psap_adapters import port
from text911.psap_adapters.console import frames

from .play import (
    ID,
    Room,
    card,
    heard,
    in_conversation,
    item,
    last,
    leg,
    offer,
)


def test_every_click_is_reported_and_all_are_told_the_same_winner() -> None:
    room = Room()
    one, two, boss = room.enter("op1"), room.enter("op2"), room.enter("boss")
    room.offer(offer(item(0)))
    room.say(one, frames.Answer(ID))
    room.say(two, frames.Answer(ID))
    assert room.told(port.Answered) == [
        port.Answered(leg(), "op1"),
        port.Answered(leg(), "op2"),
    ]
    room.answered("op2")
    room.answered("op2")  # the gateway answers every click
    assert one.owner[ID] == two.owner[ID] == boss.owner[ID] == "op2"
    room.say(one, frames.Answer(ID))
    room.answered("op2")
    said = heard(one, frames.NewOwner)
    assert [frame.owner for frame in said] == ["op2", "op2"]


def test_after_the_answer_only_owner_and_supervisor_read_on() -> None:
    room, one = in_conversation("op2", "boss")
    room.give(item(1, "upstairs"))
    two, boss = room.browsers["op2"], room.browsers["boss"]
    assert one.texts(ID) == boss.texts(ID) == ["help", "upstairs"]
    assert two.texts(ID) == ["help"]
    room.say(boss, frames.Seen({ID: 1}))
    room.say(two, frames.Seen({ID: 1}))
    assert room.told(port.Shown) == []
    room.say(one, frames.Seen({ID: 1}))
    assert room.told(port.Shown) == [port.Shown(leg(), 1)]


def test_somebody_elses_card_says_nothing_of_the_caller_but_that_they_are_there() -> None:
    room, _ = in_conversation()
    view = room.enter("op2").state[ID]
    assert (view.owner, view.readable, view.lines, view.card.place) == ("op1", False, (), None)
    assert view.card.routed_because == ""


def test_a_new_card_goes_to_readers_whole_and_to_others_when_they_see_a_difference() -> None:
    room, one = in_conversation("op2")
    two = room.browsers["op2"]
    room.update(port.CardChanged(card("Portland")))
    assert last(one, frames.NewCard) == frames.NewCard(ID, card("Portland"))
    seen = last(two, frames.NewCard)
    assert (seen.card.town, seen.card.place) == ("Portland", None)
    so_far = len(two.heard)
    moved = port.Card("(203) 555-0142", "Carrier B", "sms", 100.0, "Portland", "new fix")
    room.update(port.CardChanged(moved))
    assert len(two.heard) == so_far


def test_a_colleague_cannot_take_a_dialogue_from_somebody_who_is_there() -> None:
    room, _ = in_conversation("op2")
    room.say(room.browsers["op2"], frames.Answer(ID, takeover=True))
    assert len(room.told(port.Answered)) == 1
    said = last(room.browsers["op2"], frames.NotPossible)
    assert said.reason.startswith("op1 has this dialogue")


def test_a_supervisor_may_take_over_and_the_old_owner_stops_reading() -> None:
    room, one = in_conversation("boss")
    boss = room.browsers["boss"]
    room.give(item(1, "upstairs"))
    room.say(boss, frames.Seen({ID: 1}))
    room.say(boss, frames.Answer(ID, takeover=True))
    assert room.told(port.Answered)[-1] == port.Answered(leg(), "boss", takeover=True)
    assert room.told(port.Shown) == []
    room.answered("boss")
    assert room.told(port.Shown) == [port.Shown(leg(), 1)]  # the new owner had seen it
    room.give(item(2, "hurry"))
    assert one.texts(ID) == ["help", "upstairs"]
    assert boss.texts(ID) == ["help", "upstairs", "hurry"]


@pytest.mark.parametrize("known", [True, False])
def test_a_dialogue_that_is_over_cannot_be_answered(known: bool) -> None:
    room = Room()
    one = room.enter("op1")
    if known:
        room.offer(offer(item(0)))
        room.close("no answer within 120 s")
    room.say(one, frames.Answer(ID))
    said = last(one, frames.NotPossible)
    assert said.reason == (
        "no answer within 120 s" if known else "The gateway does not hold this dialogue for you."
    )
    assert room.told(port.Answered) == []
