"""What comes within a call: its end, other sessions, text; and what comes too early or late."""

from __future__ import annotations

import pytest

from text911.sip.calls import Cause, Confirmed, Ended, Message, Offered, Why

from .desk import Desk
from .wire import ANSWER, OFFER, OTHER, settings


def test_bye_ends_a_call_however_often_it_comes() -> None:
    desk = Desk()
    call = desk.established()
    desk.say("BYE", 2)
    assert desk.seen == [200]
    assert desk.told == [Ended(call, Cause(Why.BYE, "the other side hung up"))]
    desk.got(desk.last)
    assert desk.seen == [200]
    desk.say("BYE", 3)
    assert desk.seen == [481]
    assert desk.agent.hang_up(call, "", desk.now) == ()


def test_bye_before_the_call_was_accepted_refuses_it() -> None:
    desk = Desk()
    call = desk.invite()
    desk.take(desk.agent.ring(call, desk.now))
    desk.to = f"To: {desk.response(180).value('To')}"
    desk.say("BYE", 2)
    assert desk.seen == [200, 487]
    assert desk.one(Ended).cause.what is Why.BYE


def test_byes_that_cross_are_both_answered() -> None:
    desk = Desk()
    call = desk.established()
    desk.take(desk.agent.hang_up(call, "", desk.now))
    bye = desk.request("BYE")
    desk.say("BYE", 2)
    assert desk.seen == [200]
    assert desk.told == []
    desk.answer(bye, 481)
    desk.wait(100)
    assert desk.agent.census.calls == 0


def test_bye_from_who_has_not_accepted_is_481() -> None:
    desk = Desk()
    _, invite = desk.call()
    desk.answer(invite, 180, tag="p1")
    desk.ours = f"To: {invite.value('From')}"
    desk.theirs = f"From: {invite.value('To')};tag=p1"
    desk.id = f"Call-ID: {invite.value('Call-ID')}"
    desk.said("BYE", 1)
    assert desk.seen == [481]
    desk.said("UPDATE", 2)
    assert desk.response(200).value("Contact") is not None
    desk.said("UPDATE", 3, body=OFFER)
    assert desk.seen == [491]
    desk.said("INFO", 4)
    assert desk.seen == [200]


def test_a_request_older_than_the_last_is_500() -> None:
    desk = Desk()
    desk.established()
    desk.say("INFO", 7)
    assert desk.seen == [200]
    desk.say("INFO", 6)
    assert desk.seen == [500]
    assert desk.told == []


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_another_session_is_offered_and_taken(method: str) -> None:
    desk = Desk()
    call = desk.established()
    desk.say(method, 2, "Contact: <sip:moved@192.0.2.2>", body=OTHER)
    assert desk.told == [Offered(call, OTHER)]
    assert desk.seen == ([100] if method == "INVITE" else [])
    desk.take(desk.agent.answer_offer(call, ANSWER, desk.now))
    answer = desk.response(200)
    assert (answer.body, answer.value("Contact")) == (ANSWER, "<sip:192.0.2.1:5060>")
    if method == "INVITE":
        desk.wait(0.6)
        assert desk.seen == [200]
        desk.ask("ACK", to=desk.to, cseq=2)
        assert desk.told == []
    desk.wait(100)
    assert desk.out == []
    desk.take(desk.agent.hang_up(call, "", desk.now))
    assert desk.request("BYE").uri in ("sip:moved@192.0.2.2", "sip:trunk@192.0.2.2")


def test_or_declined_and_the_call_goes_on() -> None:
    desk = Desk()
    call = desk.established()
    desk.say("INVITE", 2, body=OTHER)
    desk.take(desk.agent.refuse(call, 488, "no\r\nmore", desk.now))
    assert desk.response(488).reason == "no more"
    assert desk.told == []
    assert desk.agent.standing == (call,)
    desk.take(desk.agent.refuse(call, 488, "", desk.now))
    desk.take(desk.agent.answer_offer(call, ANSWER, desk.now))
    assert (desk.out, desk.told) == ([], [])


def test_an_offer_of_ours_may_be_asked_for() -> None:
    desk = Desk()
    call = desk.established()
    desk.say("INVITE", 2)
    assert desk.told == [Offered(call, b"")]
    desk.take(desk.agent.answer_offer(call, OTHER, desk.now))
    assert desk.response(200).body == OTHER
    desk.ask("ACK", to=desk.to, cseq=2, body=ANSWER)
    assert desk.told == [Confirmed(call, ANSWER)]


def test_a_re_invite_whose_200_nobody_acknowledges_ends_the_call() -> None:
    desk = Desk()
    call = desk.established()
    desk.say("INVITE", 2, body=OTHER)
    desk.take(desk.agent.answer_offer(call, ANSWER, desk.now))
    desk.wait(32)
    assert desk.told == [Ended(call, Cause(Why.TIMEOUT, "no ACK came"))]
    assert desk.seen[-1] == "BYE"


def test_a_re_invite_may_be_cancelled() -> None:
    desk = Desk()
    call = desk.established()
    desk.say("INVITE", 2, body=OTHER, branch="z9hG4bKre")
    desk.ask("CANCEL", to=desk.to, cseq=2, branch="z9hG4bKre")
    assert desk.seen == [200, 487]
    desk.take(desk.agent.answer_offer(call, ANSWER, desk.now))
    assert desk.out == []
    assert desk.agent.standing == (call,)
    desk.say("INVITE", 3, body=OTHER, branch="z9hG4bKre2")
    desk.take(desk.agent.answer_offer(call, ANSWER, desk.now))
    desk.ask("CANCEL", to=desk.to, cseq=3, branch="z9hG4bKre2")
    assert desk.seen == [200]


def test_a_call_that_ends_leaves_no_offer_without_an_answer() -> None:
    for end in ("BYE", "hang up"):
        desk = Desk()
        call = desk.established()
        desk.say("INVITE", 2, body=OTHER)
        if end == "BYE":
            desk.say("BYE", 3)
            assert desk.seen == [200, 487]
        else:
            desk.take(desk.agent.hang_up(call, "", desk.now))
            assert desk.seen == [487, "BYE"]
            desk.say("INVITE", 3, body=OTHER)
            assert desk.seen == [481]


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_a_second_offer_before_the_first_was_answered_is_500(method: str) -> None:
    desk = Desk()
    desk.established()
    desk.say("INVITE", 2, body=OTHER)
    desk.say(method, 3, body=OTHER)
    assert 0 <= int(desk.response(500).value("Retry-After") or "-1") <= 10


def test_and_before_the_call_was_accepted_or_acknowledged() -> None:
    desk = Desk()
    call = desk.invite()
    desk.take(desk.agent.ring(call, desk.now))
    desk.to = f"To: {desk.response(180).value('To')}"
    desk.say("UPDATE", 2, body=OTHER)
    assert desk.seen == [500]
    desk.say("UPDATE", 3)
    assert desk.response(200).value("Session-Expires") is None
    desk.take(desk.agent.accept(call, ANSWER, desk.now))
    desk.say("INVITE", 4, body=OTHER)
    assert desk.seen == [500]
    desk.ask("ACK", to=desk.to, cseq=1)
    desk.say("INVITE", 5, body=OTHER)
    assert desk.told == [Offered(call, OTHER)]


def test_an_offer_while_ours_is_out_is_491() -> None:
    desk = Desk()
    call = desk.established()
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    desk.say("INVITE", 2, body=OTHER)
    assert desk.seen == [491]
    desk.say("UPDATE", 3, body=OTHER)
    assert desk.seen == [491]


def test_another_session_that_can_carry_nothing_is_488_and_one_too_short_422() -> None:
    desk = Desk()
    call = desk.established()
    desk.say("INVITE", 2, body=b"v=1\r\n")
    assert desk.seen == [488]
    desk.say("UPDATE", 3, "Session-Expires: 30", "Supported: timer")
    assert desk.seen == [422]
    desk.say("UPDATE", 4, "Session-Expires: soon")
    assert desk.seen == [400]
    assert desk.agent.standing == (call,)


def test_a_refresh_without_an_offer_is_answered_at_once() -> None:
    desk = Desk()
    call = desk.established()
    desk.say("UPDATE", 2, "Session-Expires: 120;refresher=uac", "Supported: timer")
    answer = desk.response(200)
    assert answer.value("Session-Expires") == "120;refresher=uac"
    assert "timer" in answer.listed("Require")
    assert desk.told == []
    desk.wait(88)
    assert desk.one(Ended) == Ended(call, Cause(Why.SESSION_TIMER, "the session was not refreshed"))


@pytest.mark.parametrize("method", ["INFO", "MESSAGE"])
def test_text_within_a_call_is_told(method: str) -> None:
    desk = Desk()
    call = desk.established()
    desk.say(method, 2, "Content-Type: text/plain", body=b"help")
    assert desk.seen == [200]
    told = desk.one(Message)
    assert (told.call, told.request.body) == (call, b"help")
    desk.take(desk.agent.hang_up(call, "", desk.now))
    desk.say(method, 3, "Content-Type: text/plain", body=b"too late")
    assert desk.seen == [200]
    assert desk.told == []


def test_an_info_package_is_unknown_here() -> None:
    desk = Desk()
    desk.established()
    desk.say("INFO", 2, "Info-Package: conference")
    assert desk.response(469).value("Recv-Info") == ""


def test_options_within_a_call_are_answered() -> None:
    desk = Desk(settings("192.0.2.1", product=""))
    desk.established()
    desk.say("OPTIONS", 2)
    assert "INVITE" in desk.response(200).listed("Allow")
    assert desk.response(200).value("Server") is None


def test_the_other_side_of_our_call_may_do_all_this_too() -> None:
    desk = Desk()
    call = desk.talking()
    desk.said("INVITE", 1, body=OTHER)
    assert desk.told == [Offered(call, OTHER)]
    desk.take(desk.agent.answer_offer(call, ANSWER, desk.now))
    desk.ask("ACK", to=desk.ours, sender=desk.theirs, call_id=desk.id, cseq=1)
    desk.said("BYE", 2)
    assert desk.seen == [200]
    assert desk.one(Ended).cause.what is Why.BYE
