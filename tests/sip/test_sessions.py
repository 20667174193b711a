"""Our re-INVITEs, refreshes and collisions."""

from __future__ import annotations

import pytest

from text911.sip.calls import (
    Cause,
    Declined,
    Ended,
    Offered,
    Reanswered,
    Why,
)
from text911.sip.settings import Timing

from .desk import Desk
from .wire import ANSWER, OFFER, OTHER, settings

TIMED = "Session-Expires", "120;refresher=uas"
NO_UPDATE = ("Allow", "INVITE, ACK, BYE, CANCEL")


def test_a_re_invite_is_answered_and_acknowledged() -> None:
    desk = Desk()
    call = desk.talking()
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    invite = desk.request("INVITE")
    assert (invite.value("CSeq"), invite.body) == ("2 INVITE", OTHER)
    desk.answer(invite, 100)
    desk.answer(invite, 180)
    assert (desk.out, desk.told) == ([], [])
    moved = ("Contact", "<sip:moved@192.0.2.2>")
    answer = desk.answer(invite, 200, moved, body=ANSWER)
    assert desk.told == [Reanswered(call, ANSWER)]
    ack = desk.request("ACK")
    assert (ack.uri, ack.value("CSeq")) == ("sip:moved@192.0.2.2", "2 ACK")
    desk.got(answer)
    assert desk.out == [ack]
    assert desk.told == []


def test_a_re_invite_that_is_refused_leaves_the_session_as_it_was() -> None:
    desk = Desk()
    call = desk.talking()
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    desk.answer(desk.request("INVITE"), 488)
    assert desk.told == [Declined(call, 488, "Not Acceptable Here")]
    assert desk.agent.standing == (call,)


def test_of_a_call_that_was_hung_up_meanwhile_no_refusal_is_told() -> None:
    desk = Desk()
    call = desk.talking()
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    invite = desk.request("INVITE")
    desk.take(desk.agent.hang_up(call, "", desk.now))
    desk.answer(invite, 488)
    assert desk.told == []
    assert desk.agent.standing == ()


@pytest.mark.parametrize("ours", [True, False])
def test_a_collision_is_tried_again_after_a_while(ours: bool) -> None:
    desk = Desk()
    call = desk.talking() if ours else desk.established()
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    desk.answer(desk.request("INVITE"), 491)
    assert desk.told == []
    desk.wait(2.0)
    assert (desk.seen == []) is ours  # who began the call waits from 2.1 to 4 s
    if ours:
        desk.wait(2.0)
    invite = desk.request("INVITE")
    assert invite.body == OTHER
    desk.answer(invite, 200, body=ANSWER)
    assert desk.told == [Reanswered(call, ANSWER)]


def test_collisions_without_end_are_a_refusal() -> None:
    desk = Desk()
    call = desk.established()
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    for _ in range(6):
        desk.answer(desk.request("INVITE"), 491)
        desk.wait(2.0)
    desk.answer(desk.request("INVITE"), 491)
    assert desk.told == [Declined(call, 491, "Request Pending")]


def test_what_is_wanted_meanwhile_waits_and_the_last_is_sent() -> None:
    desk = Desk()
    call = desk.talking()
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    invite = desk.request("INVITE")
    desk.take(desk.agent.reinvite(call, ANSWER, desk.now))
    desk.take(desk.agent.reinvite(call, OFFER, desk.now))
    assert desk.out == []
    desk.answer(invite, 491)
    desk.wait(4)
    invite = desk.request("INVITE")
    assert invite.body == OFFER
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    desk.answer(invite, 200, body=ANSWER)
    assert desk.seen == ["ACK", "INVITE"]
    desk.take(desk.agent.reinvite(call, ANSWER, desk.now))
    assert desk.out == []


def test_it_waits_for_the_ack_and_for_their_offer() -> None:
    desk = Desk()
    call = desk.invite()
    desk.take(desk.agent.accept(call, ANSWER, desk.now))
    to = f"To: {desk.response(200).value('To')}"
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    assert desk.out == []
    desk.ask("ACK", to=to)
    desk.answer(desk.request("INVITE"), 488)
    desk.to = to
    desk.say("INVITE", 2, body=OTHER)
    assert desk.one(Offered)
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    assert desk.out == []
    desk.take(desk.agent.refuse(call, 488, "", desk.now))
    assert desk.seen == [488, "INVITE"]


def test_the_session_that_was_offered_last_is_the_session() -> None:
    desk = Desk(settings("192.0.2.1", session=120))
    call = desk.talking(("Session-Expires", "120;refresher=uac"), NO_UPDATE)
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    desk.answer(desk.request("INVITE"), 200, ("Session-Expires", "120;refresher=uac"), body=ANSWER)
    desk.wait(60)
    assert desk.request("INVITE").body == OTHER


def test_a_re_invite_needs_an_offer_and_an_offer_an_answer() -> None:
    desk = Desk()
    call = desk.talking()
    with pytest.raises(ValueError, match="offer"):
        desk.agent.reinvite(call, b"", 0)
    with pytest.raises(ValueError, match="description"):
        desk.agent.answer_offer(call, b"", 0)


def test_481_says_that_the_call_is_no_more() -> None:
    desk = Desk()
    call = desk.talking()
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    desk.answer(desk.request("INVITE"), 481)
    assert desk.told == [Ended(call, Cause(481, "the other side knows nothing of the call"))]
    assert desk.seen == ["ACK"]
    desk.wait(100)
    assert desk.agent.census.calls == 0


def test_silence_declines_an_offer_and_ends_no_call() -> None:
    desk = Desk()
    call = desk.talking()
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    desk.wait(33)
    assert desk.told == [Declined(call, 408, "Request Timeout")]
    assert desk.agent.standing == (call,)


def test_an_answer_after_the_call_is_over_is_acknowledged_and_not_told() -> None:
    desk = Desk()
    call = desk.talking()
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    invite = desk.request("INVITE")
    desk.take(desk.agent.hang_up(call, "", desk.now))
    bye = desk.request("BYE")
    desk.answer(invite, 200, body=ANSWER)
    assert desk.seen == ["ACK"]
    assert desk.told == []
    desk.answer(bye, 200)
    desk.answer(invite, 200, tag="elsewhere", body=ANSWER)
    assert (desk.out, desk.told) == ([], [])


# --- session timers (RFC 4028) -------------------------------------------------------------------


def test_we_refresh_what_is_ours_to_refresh_by_update() -> None:
    desk = Desk(settings("192.0.2.1", session=120))
    call = desk.established("Allow: UPDATE, INVITE", "Supported: timer")
    desk.wait(60)
    update = desk.request("UPDATE")
    assert update.value("Session-Expires") == "120;refresher=uac"
    assert update.body == b""
    desk.answer(update, 100)
    desk.answer(update, 200, ("Session-Expires", "120;refresher=uac"))
    desk.wait(59)
    assert (desk.out, desk.told) == ([], [])
    desk.wait(1)
    desk.wait(28)
    assert desk.one(Ended) == Ended(call, Cause(Why.SESSION_TIMER, "the session was not refreshed"))
    assert desk.seen[-1] == "BYE"


def test_or_by_re_invite_where_update_is_not_known() -> None:
    desk = Desk(settings("192.0.2.1", session=120))
    call = desk.established("Allow: INVITE, BYE")
    desk.wait(60)
    invite = desk.request("INVITE")
    assert invite.body == ANSWER
    desk.answer(invite, 200, body=OFFER)
    assert desk.told == [Reanswered(call, OFFER)]
    desk.wait(1_000)  # it said no timer: there is none any more
    assert (desk.out, desk.told) == ([], [])


@pytest.mark.parametrize("status", [405, 501])
def test_who_refuses_update_gets_a_re_invite(status: int) -> None:
    desk = Desk(settings("192.0.2.1", session=120))
    desk.established("Allow: UPDATE")
    desk.wait(60)
    desk.answer(desk.request("UPDATE"), status)
    assert desk.request("INVITE").value("Session-Expires") == "120;refresher=uac"


@pytest.mark.parametrize("allow", ["UPDATE", "INVITE"])
def test_who_refuses_a_refresh_is_there_and_the_call_goes_on(allow: str) -> None:
    desk = Desk(settings("192.0.2.1", session=300))
    call = desk.established(f"Allow: {allow}")
    for _ in range(5):
        desk.wait(150)
        asked = desk.request("UPDATE" if allow == "UPDATE" else "INVITE")
        desk.answer(asked, 500)
    assert desk.agent.standing == (call,)


@pytest.mark.parametrize("answer", [True, False])
def test_who_does_not_answer_one_is_asked_again_while_there_is_time(answer: bool) -> None:
    desk = Desk(settings("192.0.2.1", session=300))
    call = desk.established("Allow: UPDATE")
    desk.wait(150)
    if answer:
        desk.answer(desk.request("UPDATE"), 408)
        assert (desk.out, desk.told) == ([], [])
    desk.wait(32)
    assert len({one.value("CSeq") for one in desk.out}) == (1 if answer else 2)
    desk.wait(90)
    assert desk.told == [Ended(call, Cause(Why.SESSION_TIMER, "the session was not refreshed"))]


def test_a_refresh_that_meets_481_ends_the_call() -> None:
    desk = Desk(settings("192.0.2.1", session=120))
    call = desk.established("Allow: UPDATE")
    desk.wait(60)
    desk.answer(desk.request("UPDATE"), 481)
    assert desk.one(Ended).call == call


def test_no_refresh_is_begun_while_another_offer_is_out() -> None:
    desk = Desk(settings("192.0.2.1", session=300))
    call = desk.established("Allow: INVITE")
    desk.wait(149)
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    desk.answer(desk.request("INVITE"), 100)
    desk.wait(2)
    assert "UPDATE" not in desk.seen


def test_a_call_that_waits_for_its_ack_is_neither_refreshed_nor_expired() -> None:
    slow = Timing(t1=2.0)  # 128 s until nobody waits for the ACK any more
    desk = Desk(settings("192.0.2.1", session=90, timing=slow))
    call = desk.invite("Allow: UPDATE")
    desk.take(desk.agent.accept(call, ANSWER, desk.now))
    desk.wait(100)
    assert set(desk.seen) == {200}
    assert desk.told == []
    desk.wait(30)
    assert desk.one(Ended).cause.what is Why.TIMEOUT


def test_a_longer_session_that_is_demanded_is_asked_for() -> None:
    desk = Desk(settings("192.0.2.1", session=90))
    _, invite = desk.call()
    desk.answer(invite, 422, ("Min-SE", "600"), tag="p1")
    again = desk.request("INVITE")
    assert again.value("Session-Expires") == "600"
    assert again.value("Min-SE") == "600"
    assert again.value("CSeq") == "2 INVITE"
    assert again.value("Call-ID") == invite.value("Call-ID")
    assert again.value("From") == invite.value("From")


def test_and_for_a_refresh() -> None:
    desk = Desk(settings("192.0.2.1", session=120))
    desk.established("Allow: UPDATE")
    desk.wait(60)
    desk.answer(desk.request("UPDATE"), 422, ("Min-SE", "600"))
    again = desk.request("UPDATE")
    assert again.value("Session-Expires") == "600;refresher=uac"
    assert again.value("CSeq") == "2 UPDATE"


def test_they_refresh_what_is_theirs() -> None:
    desk = Desk(settings("192.0.2.1", session=120))
    desk.talking(TIMED)
    desk.wait(80)
    assert desk.out == []
    desk.said("UPDATE", 1, "Session-Expires: 120;refresher=uac", "Supported: timer")
    desk.wait(87)
    assert (desk.out, desk.told) == ([], [])
    desk.wait(1)
    assert desk.seen == ["BYE"]


def test_a_re_invite_says_who_refreshes_in_its_own_roles() -> None:
    desk = Desk(settings("192.0.2.1", session=120))
    call = desk.talking(TIMED)
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    assert desk.request("INVITE").value("Session-Expires") == "120;refresher=uas"
