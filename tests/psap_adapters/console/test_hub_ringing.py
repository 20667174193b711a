"""What rings at the console: who is rung, what counts as shown, and when it is passed on."""

from __future__ import annotations

from text911.psap_adapters import port
from text911.psap_adapters.console import frames

from .play import (
    ID,
    PSAP,
    Room,
    item,
    last,
    leg,
    offer,
    reply,
)


def test_nobody_logged_in_is_a_refusal_in_the_same_call() -> None:
    room = Room()
    room.offer(offer(item(0)))
    assert room.told(port.Refused) == [port.Refused(leg(), "nobody is logged in at the console")]


def test_a_suspended_psap_refuses_with_its_reason_and_the_page_says_so() -> None:
    room = Room(suspended="flood in the building")
    one = room.enter("op1")
    room.offer(offer(item(0)))
    assert room.told(port.Refused) == [port.Refused(leg(), "suspended: flood in the building")]
    assert room.told(port.Availability)[-1] == port.Availability(
        PSAP, False, 1, 0, "suspended: flood in the building"
    )
    words = last(one, frames.Words)
    assert words.suspended == "flood in the building"
    assert words.canned == (frames.Canned("where", "Where exactly?"),)


def test_a_ringing_dialogue_is_read_by_everybody_and_shown_when_one_says_so() -> None:
    room = Room()
    one, two = room.enter("op1"), room.enter("op2")
    room.offer(offer(item(0), item(1, "upstairs")))
    assert one.texts(ID) == two.texts(ID) == ["help", "upstairs"]
    assert room.told(port.Shown) == []
    room.say(two, frames.Seen({ID: 1}))
    assert room.told(port.Shown) == [port.Shown(leg(), 1)]
    assert room.causes[-1] == b"raw"
    room.say(one, frames.Seen({ID: 1}))
    assert len(room.told(port.Shown)) == 1


def test_of_a_frame_about_many_legs_each_dialogue_keeps_what_is_said_of_its_own() -> None:
    room = Room()
    one = room.enter("op1")
    room.offer(offer(item(0)))
    room.offer(offer(item(0), of=leg("d2")))
    room.say(one, frames.Seen({ID: 0, "d2/0": 0}))
    assert room.told(port.Shown) == [port.Shown(leg(), 0), port.Shown(leg("d2"), 0)]
    kept = [frames.decode(cause, 100) for cause in room.causes[-2:]]
    assert kept == [frames.Seen({ID: 0}), frames.Seen({"d2/0": 0})]


def test_who_acknowledges_their_own_words_says_nothing_new_to_the_gateway() -> None:
    room = Room()
    one = room.enter("op1")
    room.offer(offer(item(0), answered_by="op1"))
    room.say(one, frames.Seen({ID: 0}))
    room.give(reply(8, "k-1"))
    room.say(one, frames.Seen({ID: 8}))
    assert room.told(port.Shown) == [port.Shown(leg(), 0)]
    room.give(item(16, "upstairs"))
    room.say(one, frames.Seen({ID: 16}))
    assert room.told(port.Shown) == [port.Shown(leg(), 0), port.Shown(leg(), 16)]


def test_that_a_leg_is_on_a_screen_is_said_though_the_caller_has_said_nothing() -> None:
    room = Room()
    one = room.enter("op1")
    room.offer(offer(port.Item(0, 100.0, "event", "Ringing")))
    room.say(one, frames.Seen({ID: 0}))
    assert room.told(port.Shown) == [port.Shown(leg(), 0)]


def test_nothing_is_shown_that_was_never_given() -> None:
    room = Room()
    one = room.enter("op1")
    room.offer(offer(item(0)))
    room.say(one, frames.Seen({ID: 77, "unknown/0": 3}))
    room.say(one, frames.Seen({ID: 0}))
    assert room.told(port.Shown) == [port.Shown(leg(), 0)]


def test_the_last_one_logging_out_gives_the_ringing_ones_back_at_once() -> None:
    room = Room()
    one, two = room.enter("op1"), room.enter("op2")
    room.offer(offer(item(0)))
    room.say(one, frames.LogOut())
    assert room.told(port.Refused) == []
    room.say(two, frames.LogOut())
    reason = "the last person here has left the console"
    assert room.told(port.Refused) == [port.Refused(leg(), reason)]
    room.give(item(1, "too late for this leg"))
    room.update(port.AnsweredBy("op1", 1.0))
    again = room.enter("op1", one)
    assert again.closed[ID] == f"Passed on: {reason}."
    assert again.owner[ID] == ""
    room.offer(offer(item(0), item(1, "still here")))
    assert again.texts(ID) == ["help", "still here"]
    assert ID not in again.closed
