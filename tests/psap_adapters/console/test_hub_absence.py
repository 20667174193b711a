"""Who was away gets what was missed, and an owner who stays away alarms the others."""

from __future__ import annotations

from text911.psap_adapters import port
from text911.psap_adapters.console import frames

from .play import (
    ID,
    PSAP,
    Room,
    in_conversation,
    item,
    last,
    leg,
    offer,
)

# --- coming back ---


def test_a_browser_that_was_away_gets_what_it_missed_and_nothing_twice() -> None:
    room, one = in_conversation("op2")
    room.leave(one)
    room.give(item(1, "upstairs"))
    room.close("closed after 30 min")
    room.enter("op1", one)
    assert one.texts(ID) == ["help", "upstairs"]
    assert one.closed[ID] == "closed after 30 min"
    fresh = room.enter("op1", name="second")
    assert ID not in fresh.held  # over, and it had an owner: nothing to do any more


def test_an_unanswered_dialogue_that_was_withdrawn_stays_flagged_for_who_comes_later() -> None:
    room = Room()
    room.enter("op2")
    room.offer(offer(item(0)))
    room.close("no answer within 120 s")
    assert room.enter("op1").closed[ID] == "no answer within 120 s"


def test_a_dialogue_the_gateway_does_not_know_is_taken_up_when_it_is_offered_later() -> None:
    """After a restart a browser may be back before the gateway has offered what was open."""
    _, one = in_conversation()
    room = Room()
    room.enter("op1", one)
    assert one.closed[ID].startswith("The gateway does not hold")
    room.offer(offer(item(0), item(1, "upstairs"), answered_by="op1", shown=0))
    assert one.texts(ID) == ["help", "upstairs"]
    assert one.owner[ID] == "op1"
    room.say(one, frames.Seen({ID: 0}))
    assert room.told(port.Shown) == []
    room.say(one, frames.Seen({ID: 1}))
    assert room.told(port.Shown) == [port.Shown(leg(), 1)]


def test_an_answered_dialogue_is_kept_over_a_restart_until_its_owner_had_time_to_return() -> None:
    room = Room()
    room.offer(offer(item(0), answered_by="op1"))
    assert room.told(port.Refused) == []
    room.wait(29.0)
    assert room.told(port.Refused) == []
    room.wait(1.0)
    assert room.told(port.Refused) == [port.Refused(leg(), "nobody is left at the console")]


def test_a_repeated_offer_brings_only_what_is_new() -> None:
    room, one = in_conversation("op2")
    room.offer(offer(item(0), item(1, "upstairs"), answered_by="op1"))
    assert one.texts(ID) == ["help", "upstairs"]
    assert room.browsers["op2"].texts(ID) == ["help"]


def test_another_offer_number_is_a_leg_of_its_own() -> None:
    room, one = in_conversation()
    room.offer(offer(item(0), of=leg(offer=2)))
    assert one.texts("d1/2") == ["help"]


# --- gone ---


def test_an_owner_gone_for_15_s_alarms_colleagues_who_may_take_over() -> None:
    room, one = in_conversation("op2")
    two = room.browsers["op2"]
    room.give(item(1, "upstairs"))
    room.leave(one)
    room.wait(14.9)
    assert room.told(port.Availability)[-1] == port.Availability(PSAP, True, 1)
    room.wait(0.1)
    assert room.told(port.Availability)[-1] == port.Availability(PSAP, True, 1, stalled=1)
    assert last(two, frames.Stalled) == frames.Stalled(ID, True)
    room.say(two, frames.Answer(ID, takeover=True))
    assert room.told(port.Answered)[-1] == port.Answered(leg(), "op2", takeover=True)
    room.answered("op2")
    assert two.texts(ID) == ["help", "upstairs"]
    assert room.told(port.Availability)[-1] == port.Availability(PSAP, True, 1)
    room.enter("op1", one)
    assert one.owner[ID] == "op2"
    room.wait(100.0)
    assert room.told(port.Refused) == []


def test_a_timer_that_fires_too_early_does_nothing() -> None:
    room, one = in_conversation("op2")
    room.leave(one)
    so_far = len(room.reports)
    room.carry(room.hub.tick(room.now + 1.0))
    assert len(room.reports) == so_far


def test_an_owner_who_returns_ends_the_alarm() -> None:
    room, one = in_conversation("op2")
    room.leave(one)
    room.wait(20.0)
    room.enter("op1", one)
    assert last(room.browsers["op2"], frames.Stalled) == frames.Stalled(ID, False)
    assert room.told(port.Availability)[-1] == port.Availability(PSAP, True, 2)


def test_one_of_two_links_going_is_not_somebody_gone() -> None:
    room, one = in_conversation("op2")
    room.enter("op1", name="second screen")
    room.leave(one)
    assert room.hub.wakes_at() is None
    assert room.told(port.Availability)[-1] == port.Availability(PSAP, True, 2)


def test_nobody_left_for_30_s_gives_answered_dialogues_back() -> None:
    room, one = in_conversation()
    room.leave(one)
    room.wait(31.0)
    assert room.told(port.Refused) == [port.Refused(leg(), "nobody is left at the console")]
    assert room.hub.wakes_at() is None
    room.enter("op1", one)
    assert one.closed[ID] == "Passed on: nobody is left at the console."


def test_a_winner_who_is_gone_is_noticed() -> None:
    room = Room()
    one = room.enter("op1")
    room.enter("op2")
    room.offer(offer(item(0)))
    room.say(one, frames.Answer(ID))
    room.leave(one)
    room.answered("op1")
    room.wait(15.0)
    assert last(room.browsers["op2"], frames.Stalled) == frames.Stalled(ID, True)
