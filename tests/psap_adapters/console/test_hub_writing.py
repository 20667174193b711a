"""Replies, endings and deliveries in an answered dialogue, and when they are not taken."""

from __future__ import annotations

import pytest

from text911.psap_adapters import port
from text911.psap_adapters.console import frames

from .play import (
    ID,
    Browser,
    Room,
    heard,
    in_conversation,
    item,
    last,
    leg,
    offer,
    reply,
)


def test_a_reply_counts_when_its_line_comes_back_and_again_when_it_is_sent_again() -> None:
    room, one = in_conversation()
    write = frames.Write(ID, "k1", "Where?")
    room.say(one, write)
    room.say(one, write)  # the browser cannot know: the gateway drops it by its key
    assert room.told(port.Wrote) == [port.Wrote(leg(), "k1", "Where?", "op1")] * 2
    room.give(reply(1, "k1"))
    one.asked_again.add("k1")
    room.say(one, write)
    assert len(room.told(port.Wrote)) == 2
    said = last(one, frames.NewLine)
    assert (said.line.key, said.line.sequence) == ("k1", 1)


def test_a_reply_that_crossed_a_take_over_brings_its_writer_no_line_with_a_hole_before_it() -> None:
    """The page would go on behind that line, and never get those that it may not read now."""
    room, one = in_conversation("boss")
    write = frames.Write(ID, "k1", "Where?")
    room.say(one, write)
    room.answered("boss")
    room.give(item(1, "upstairs"))
    lines = heard(one, frames.NewLine)
    room.give(reply(2, "k1"))
    said = frames.NotTakenHere(ID, "k1", "It was sent before boss took this dialogue over.")
    assert heard(one, frames.NotTakenHere) == [said]
    one.asked_again.add("k1")
    room.say(one, write)
    assert heard(one, frames.NotTakenHere) == [said] * 2
    assert heard(one, frames.NewLine) == lines
    assert len(room.told(port.Wrote)) == 1


def test_a_reply_that_could_not_be_recorded_is_said_to_its_writer_only() -> None:
    room, one = in_conversation("boss")
    room.say(one, frames.Write(ID, "k1", "Where?"))
    room.update(port.NotTaken("k1", "The disk is full."))
    room.update(port.NotTaken("k9", "nobody asked this"))
    assert last(one, frames.NotTakenHere) == frames.NotTakenHere(ID, "k1", "The disk is full.")
    assert not heard(room.browsers["boss"], frames.NotTakenHere)


def test_who_may_not_write_is_told_why() -> None:
    room = Room()
    one, two = room.enter("op1"), room.enter("op2")

    def why(browser: Browser, frame: frames.Write | frames.End) -> str:
        room.say(browser, frame)
        said = last(browser, frames.NotTakenHere)
        return said.reason

    assert why(one, frames.Write(ID, "k", "x")).startswith("The gateway does not hold")
    room.offer(offer(item(0)))
    assert why(one, frames.Write(ID, "k", "x")) == "Answer this dialogue first."
    room.answered("op1")
    assert why(two, frames.End(ID, "k")) == "op1 has this dialogue."
    assert why(one, frames.Write(ID, "k", " \n")) == "There is nothing to send."
    room.close("ended by op1")
    assert why(one, frames.Write(ID, "k", "x")) == "This dialogue is over. ended by op1"
    assert room.told(port.Wrote) == []


def test_ending_is_reported_and_ending_again_is_harmless() -> None:
    room, one = in_conversation()
    room.say(one, frames.End(ID, "k2", "Goodbye."))
    assert room.told(port.Ended) == [port.Ended(leg(), "k2", "op1", "Goodbye.")]
    room.close("ended by op1")
    room.close("and again")
    assert one.closed[ID] == "ended by op1"
    room.say(one, frames.End(ID, "k2", "Goodbye."))
    assert len(room.told(port.Ended)) == 1
    assert last(one, frames.Closed) == frames.Closed(ID, "ended by op1")


def test_deliveries_reach_readers_and_a_browser_that_was_away() -> None:
    room, one = in_conversation("op2")
    room.give(reply(1, "k1"))
    room.leave(one)
    room.update(port.DeliveryChanged(1, port.Delivery.CARRIER, "with carrier"))
    room.update(port.DeliveryChanged(9, port.Delivery.CARRIER))
    room.enter("op1", one)
    assert (one.held[ID][1].delivery, one.held[ID][1].delivery_note) == (
        port.Delivery.CARRIER,
        "with carrier",
    )
    room.update(port.DeliveryChanged(1, port.Delivery.HANDSET))
    assert one.held[ID][1].delivery is port.Delivery.HANDSET
    assert 1 not in room.browsers["op2"].held[ID]


def test_a_quiet_dialogue_warns_until_somebody_writes() -> None:
    room, one = in_conversation()
    room.update(port.Quiet(1900.0))
    assert last(one, frames.Quiet) == frames.Quiet(ID, 1900.0)
    room.give(port.Item(1, 101.0, "event", "caller's link is weak"))
    assert last(one, frames.Quiet) == frames.Quiet(ID, 1900.0)
    room.give(item(2))
    assert last(one, frames.Quiet) == frames.Quiet(ID, 0.0)


def test_a_line_that_is_given_twice_is_shown_once_and_one_out_of_order_is_our_fault() -> None:
    room, one = in_conversation()
    room.give(item(3))
    room.give(item(3))
    assert list(one.held[ID]) == [0, 3]
    with pytest.raises(ValueError, match="line 2 came after line 3"):
        room.give(item(2))
