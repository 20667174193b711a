"""The hub: who is rung, who is shown what, who has it, and what happens when somebody is gone."""

from __future__ import annotations

import pytest

from text911.psap_adapters import port
from text911.psap_adapters.console import frames
from text911.psap_adapters.console.frames import FrameError

from .play import PSAP, Browser, Room, card, item, leg, measure, offer, reply, settings

ID = "d1/0"


def in_conversation(*more: str) -> tuple[Room, Browser]:
    """op1 has the dialogue d1 with one line, and so do the browsers of `more` look on."""
    room = Room()
    one = room.enter("op1")
    for user in more:
        room.enter(user)
    room.offer(offer(item(0)))
    room.say(one, frames.Answer(ID))
    room.answered("op1")
    return room, one


def last(browser: Browser, kind: type[frames.ToClient]) -> frames.ToClient:
    return [one for one in browser.heard if isinstance(one, kind)][-1]


# --- ringing -----------------------------------------------------------------------------------


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
    assert isinstance(words, frames.Words)
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


# --- on the way back ---------------------------------------------------------------------------

NOBODY = port.Availability(PSAP, False, 0, 0, "nobody is logged in at the console")
AWAITED = port.Availability(PSAP, True, 0, 0, "everybody is on the way back")


def test_the_only_one_reloading_the_page_loses_nothing_that_rings() -> None:
    room = Room()
    one = room.enter("op1")
    room.offer(offer(item(0)))
    room.leave(one)
    assert room.told(port.Availability)[-1] == AWAITED
    room.offer(offer(item(0, "me too"), of=leg("d2")))
    room.wait(7.9)
    assert room.told(port.Refused) == []
    assert room.told(port.Shown) == []
    room.enter("op1", one)
    assert (one.texts(ID), one.texts("d2/0")) == (["help"], ["me too"])
    room.wait(100.0)
    assert room.told(port.Refused) == []
    assert room.told(port.Availability)[-1] == port.Availability(PSAP, True, 1)


def test_what_rings_is_passed_on_when_nobody_has_come_back_in_time() -> None:
    room = Room()
    one, two = room.enter("op1"), room.enter("op2")
    room.offer(offer(item(0)))
    room.leave(one)
    room.wait(5.0)
    room.leave(two)
    room.wait(7.9)  # op1 is given up meanwhile, op2 is not
    assert room.told(port.Refused) == []
    room.wait(0.1)
    reason = "nobody has come back to the console"
    assert room.told(port.Refused) == [port.Refused(leg(), reason)]
    assert room.told(port.Availability)[-1] == NOBODY
    assert room.hub.wakes_at() is None
    room.offer(offer(item(0), of=leg("d2")))
    assert room.told(port.Refused)[-1] == port.Refused(leg("d2"), NOBODY.reason)
    room.enter("op1", one)
    assert one.closed[ID] == f"Passed on: {reason}."


def test_a_link_that_goes_with_its_session_is_not_waited_for() -> None:
    room = Room()
    one = room.enter("op1")
    room.offer(offer(item(0)))
    room.leave(one, logged_in=False)
    assert len(room.told(port.Refused)) == 1
    assert room.told(port.Availability)[-1] == NOBODY


def test_an_account_that_changes_while_its_browser_is_away_is_not_waited_for() -> None:
    room = Room()
    one = room.enter("op1")
    room.offer(offer(item(0)))
    room.leave(one)
    users = tuple(user for user in settings().users if user.name != "op1")
    terms = settings().model_copy(update={"users": users}).terms()
    room.carry(room.hub.replace(terms, room.now))
    assert room.ended_sessions == ["op1"]
    assert len(room.told(port.Refused)) == 1
    assert room.told(port.Availability)[-1] == NOBODY


def test_after_a_restart_who_was_logged_in_is_awaited_and_then_rung() -> None:
    room = Room(logged_in=("op1", "somebody whose account is gone"))
    assert room.told(port.Availability) == [AWAITED]
    room.offer(offer(item(0)))
    room.wait(7.9)
    one = room.enter("op1")
    assert one.texts(ID) == ["help"]
    assert (room.told(port.Refused), room.told(port.Shown)) == ([], [])
    room.say(one, frames.Seen({ID: 0}))
    assert room.told(port.Shown) == [port.Shown(leg(), 0)]


def test_after_a_restart_nobody_is_awaited_for_ever() -> None:
    room = Room(logged_in=("op1", "op2"))
    room.offer(offer(item(0)))
    room.wait(8.0)
    assert len(room.told(port.Refused)) == 1
    assert room.told(port.Availability) == [AWAITED, NOBODY]


def test_a_restart_without_sessions_or_only_of_removed_people_refuses_in_the_same_call() -> None:
    for logged_in in ((), ("somebody whose account is gone",)):
        room = Room(logged_in=logged_in)
        room.offer(offer(item(0)))
        assert len(room.told(port.Refused)) == 1


def test_who_was_quicker_than_the_start_is_here_and_not_awaited() -> None:
    room = Room()
    one = room.enter("op1")
    room.carry(room.hub.start(room.now, ("op1",)))
    room.offer(offer(item(0)))
    assert room.hub.wakes_at() is None
    room.leave(one, logged_in=False)
    assert len(room.told(port.Refused)) == 1


def test_an_owner_who_does_not_return_counts_from_the_restart_not_from_the_offer() -> None:
    room = Room(logged_in=("op1", "op2"))
    two = room.enter("op2")
    room.wait(10.0)
    room.offer(offer(item(0), answered_by="op1"))
    room.wait(4.9)
    assert not [one for one in two.heard if isinstance(one, frames.Stalled)]
    room.wait(0.1)
    assert last(two, frames.Stalled) == frames.Stalled(ID, True)


def test_a_suspended_psap_refuses_also_while_somebody_is_awaited() -> None:
    room = Room(suspended="flood", logged_in=("op1",))
    room.offer(offer(item(0)))
    assert room.told(port.Refused) == [port.Refused(leg(), "suspended: flood")]
    assert room.told(port.Availability) == [
        port.Availability(PSAP, False, 0, 0, "suspended: flood")
    ]


# --- answering ---------------------------------------------------------------------------------


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
    said = [frame for frame in one.heard if isinstance(frame, frames.NewOwner)]
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
    assert isinstance(seen, frames.NewCard)
    assert (seen.card.town, seen.card.place) == ("Portland", None)
    heard = len(two.heard)
    moved = port.Card("(203) 555-0142", "Carrier B", "sms", 100.0, "Portland", "new fix")
    room.update(port.CardChanged(moved))
    assert len(two.heard) == heard


def test_a_colleague_cannot_take_a_dialogue_from_somebody_who_is_there() -> None:
    room, _ = in_conversation("op2")
    room.say(room.browsers["op2"], frames.Answer(ID, takeover=True))
    assert len(room.told(port.Answered)) == 1
    said = last(room.browsers["op2"], frames.NotPossible)
    assert isinstance(said, frames.NotPossible)
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
    assert isinstance(said, frames.NotPossible)
    assert said.reason == (
        "no answer within 120 s" if known else "The gateway does not hold this dialogue for you."
    )
    assert room.told(port.Answered) == []


# --- writing and ending ------------------------------------------------------------------------


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
    assert isinstance(said, frames.NewLine)
    assert (said.line.key, said.line.sequence) == ("k1", 1)


def test_a_reply_that_crossed_a_take_over_brings_its_writer_no_line_with_a_hole_before_it() -> None:
    """The page would go on behind that line, and never get those that it may not read now."""
    room, one = in_conversation("boss")
    write = frames.Write(ID, "k1", "Where?")
    room.say(one, write)
    room.answered("boss")
    room.give(item(1, "upstairs"))
    lines = [frame for frame in one.heard if isinstance(frame, frames.NewLine)]
    room.give(reply(2, "k1"))
    said = frames.NotTakenHere(ID, "k1", "It was sent before boss took this dialogue over.")
    assert [frame for frame in one.heard if isinstance(frame, frames.NotTakenHere)] == [said]
    one.asked_again.add("k1")
    room.say(one, write)
    assert [frame for frame in one.heard if isinstance(frame, frames.NotTakenHere)] == [said] * 2
    assert [frame for frame in one.heard if isinstance(frame, frames.NewLine)] == lines
    assert len(room.told(port.Wrote)) == 1


def test_a_reply_that_could_not_be_recorded_is_said_to_its_writer_only() -> None:
    room, one = in_conversation("boss")
    room.say(one, frames.Write(ID, "k1", "Where?"))
    room.update(port.NotTaken("k1", "The disk is full."))
    room.update(port.NotTaken("k9", "nobody asked this"))
    assert last(one, frames.NotTakenHere) == frames.NotTakenHere(ID, "k1", "The disk is full.")
    assert not [f for f in room.browsers["boss"].heard if isinstance(f, frames.NotTakenHere)]


def test_who_may_not_write_is_told_why() -> None:
    room = Room()
    one, two = room.enter("op1"), room.enter("op2")

    def why(browser: Browser, frame: frames.Write | frames.End) -> str:
        room.say(browser, frame)
        said = last(browser, frames.NotTakenHere)
        assert isinstance(said, frames.NotTakenHere)
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


# --- coming back -------------------------------------------------------------------------------


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


# --- gone --------------------------------------------------------------------------------------


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
    heard = len(room.reports)
    room.carry(room.hub.tick(room.now + 1.0))
    assert len(room.reports) == heard


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


# --- logging out -------------------------------------------------------------------------------


def test_logging_out_with_an_open_dialogue_needs_a_hand_over() -> None:
    room, one = in_conversation("op2")
    two = room.browsers["op2"]
    room.say(one, frames.LogOut())
    said = last(one, frames.NotPossible)
    assert isinstance(said, frames.NotPossible)
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
    assert isinstance(said, frames.NotPossible)
    assert said.reason.startswith("You have 2 open dialogues.")
    room.close(of=leg("d2"))
    room.say(one, frames.LogOut())
    said = last(one, frames.NotPossible)
    assert isinstance(said, frames.NotPossible)
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
    assert not [f for f in boss.heard if isinstance(f, frames.HandOverAsked)]


# --- settings and rules of the link -------------------------------------------------------------


def test_people_whose_account_changed_must_log_in_again_and_others_get_the_new_words() -> None:
    room, one = in_conversation("op2")
    old = settings()
    new = old.model_copy(
        update={
            "users": tuple(user for user in old.users if user.name != "op1"),
            "closing_text": "Bye.",
        }
    )
    room.carry(room.hub.replace(new.terms(), room.now))
    assert one.ended == [(frames.NO_SESSION, "Your account was changed. Log in again.")]
    assert room.ended_sessions == ["op1"]
    words = last(room.browsers["op2"], frames.Words)
    assert isinstance(words, frames.Words)
    assert words.closing_text == "Bye."
    with pytest.raises(FrameError, match="removed"):
        room.enter("op1")
    del room.browsers["op1"]
    room.carry(room.hub.replace(new.terms(), room.now))
    assert room.ended_sessions == ["op1"]


def test_a_link_begins_with_one_hello_of_the_right_version() -> None:
    room = Room()
    with pytest.raises(FrameError, match="first frame must be hello"):
        room.hub.hear("op1", frames.Ping(1.0), b"", room.now)
    with pytest.raises(FrameError, match="protocol version 2"):
        room.hub.greet("op1", "op1", frames.Hello(2), room.now)
    one = room.enter("op1")
    with pytest.raises(FrameError, match="second hello"):
        room.say(one, frames.Hello(1))
    with pytest.raises(FrameError, match="second hello"):
        room.enter("op1", one)


def test_welcome_says_who_you_are_and_people_who_is_here() -> None:
    room = Room()
    one = room.enter("op1")
    room.enter("boss")
    assert isinstance(one.heard[0], frames.Welcome)
    assert (one.heard[0].user, one.heard[0].role) == ("op1", "telecommunicator")
    people = last(one, frames.People)
    assert isinstance(people, frames.People)
    assert [(one.name, one.role) for one in people.people] == [
        ("boss", "supervisor"),
        ("op1", "telecommunicator"),
    ]


def test_a_ping_comes_back_with_the_gateways_time() -> None:
    room = Room()
    one = room.enter("op1")
    room.say(one, frames.Ping(5.5))
    assert one.heard[-1] == frames.Pong(5.5, 1000.0)


@pytest.mark.parametrize(
    ("text", "parts", "room_in_part"),
    [("Where?", 1, 160), ("", 1, 160), ("wo bist dü? 🔥", 1, 70), ("x" * 200, 2, 0)],
)
def test_a_measure_says_how_much_one_part_holds(text: str, parts: int, room_in_part: int) -> None:
    room = Room()
    one = room.enter("op1")
    room.say(one, frames.MeasureThis(7, "a/b/0", text))
    said = one.heard[-1]
    assert isinstance(said, frames.Measured)
    assert (said.id, said.parts, said.room) == (7, parts, room_in_part)
    assert said.left == measure(text, "a/b").left


def test_what_nobody_holds_any_more_is_silently_done_with() -> None:
    room = Room()
    heard = len(room.reports)
    room.close()
    room.give(item(0))
    room.update(port.Quiet(1.0))
    room.carry(room.hub.leave("nobody", 1.0, logged_in=True))
    assert len(room.reports) == heard


def test_only_the_last_closed_dialogues_are_remembered() -> None:
    room = Room()
    one = room.enter("op1")
    for number in range(202):
        which = leg(f"d{number}")
        room.offer(offer(item(0), of=which))
        room.close(of=which)
    room.leave(one)
    late = room.enter("op2")
    assert len(late.held) == 200
    assert "d0/0" not in late.held
    assert "d201/0" in late.held


def test_holds_is_whether_a_person_has_an_open_dialogue() -> None:
    room, _ = in_conversation()
    assert (room.hub.holds("op1"), room.hub.holds("op2")) == (True, False)
    room.close()
    assert not room.hub.holds("op1")
