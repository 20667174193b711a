"""Logging out: with open dialogues only once a colleague has taken them over."""

from __future__ import annotations

from text911.psap_adapters import port
from text911.psap_adapters.console import frames

from .play import (
    ID,
    heard,
    in_conversation,
    item,
    last,
    leg,
    offer,
)


def test_logging_out_with_an_open_dialogue_needs_a_hand_over() -> None:
    room, one = in_conversation("op2")
    two = room.browsers["op2"]
    room.say(one, frames.LogOut())
    said = last(one, frames.NotPossible)
    assert said.reason.startswith("You have 1 open dialogue.")
    room.say(one, frames.HandOver("op2"))
    assert last(two, frames.HandOverAsked) == frames.HandOverAsked("op1", (ID,))
    room.say(two, frames.AcceptHandOver("op1", True))
    assert last(one, frames.HandOverAnswered) == frames.HandOverAnswered("op2", True)
    assert room.told(port.Answered)[-1] == port.Answered(leg(), "op2", takeover=True)
    room.answered("op2")
    room.say(one, frames.LogOut())
    assert isinstance(one.heard[-1], frames.LoggedOut)
    assert one.ended == [(frames.NO_SESSION, "Logged out.")]
    assert room.ended_sessions == ["op1"]
    room.carry(room.hub.leave("op1", room.now, logged_in=False))


def test_two_open_dialogues_are_counted_in_the_refusal() -> None:
    room, one = in_conversation()
    room.offer(offer(item(0), of=leg("d2"), answered_by="op1"))
    room.say(one, frames.LogOut())
    said = last(one, frames.NotPossible)
    assert said.reason.startswith("You have 2 open dialogues.")
    room.close(of=leg("d2"))
    room.say(one, frames.LogOut())
    said = last(one, frames.NotPossible)
    assert said.reason.startswith("You have 1 open dialogue.")


def test_a_hand_over_may_be_declined_taken_back_or_come_to_nothing() -> None:
    room, one = in_conversation("op2")
    two = room.browsers["op2"]
    room.say(one, frames.HandOver("op2"))
    room.say(two, frames.AcceptHandOver("op1", False))
    assert last(one, frames.HandOverAnswered) == frames.HandOverAnswered("op2", False)
    room.say(one, frames.HandOver("op2"))
    room.say(one, frames.HandOver(""))
    assert last(two, frames.HandOverAsked) == frames.HandOverAsked("op1", ())
    room.say(two, frames.AcceptHandOver("op1", True))
    assert last(two, frames.NotPossible) == frames.NotPossible(
        "accept_hand_over", "", "op1 does not ask you any more."
    )
    for nobody in ("op1", "boss"):
        room.say(one, frames.HandOver(nobody))
        assert last(one, frames.NotPossible) == frames.NotPossible(
            "hand_over", "", f"{nobody} is not connected. Ask another colleague."
        )
    room.say(one, frames.HandOver("op2"))
    assert last(room.enter("op2", name="again"), frames.HandOverAsked) == frames.HandOverAsked(
        "op1", (ID,)
    )
    room.leave(room.browsers["again"])
    room.leave(two)
    assert last(one, frames.HandOverAnswered) == frames.HandOverAnswered("op2", False)
    room.enter("op2", two)
    room.say(one, frames.HandOver("op2"))
    room.leave(one)
    assert last(two, frames.HandOverAsked) == frames.HandOverAsked("op1", ())
    assert len(room.told(port.Answered)) == 1


def test_a_hand_over_asked_of_somebody_else_is_not_shown_on_entering() -> None:
    room, one = in_conversation("op2")
    room.say(one, frames.HandOver("op2"))
    boss = room.enter("boss")
    assert not heard(boss, frames.HandOverAsked)
