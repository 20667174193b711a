"""Calls that ring here: rung, accepted, refused, cancelled, acknowledged or not."""

from __future__ import annotations

import pytest

from text911.sip.calls import (
    Cause,
    Confirmed,
    Ended,
    Incoming,
    Rejected,
    Send,
    Why,
)
from text911.sip.message import Request, values
from text911.sip.settings import SESSION_MIN

from .desk import CONTACT, Desk
from .messages import TO
from .wire import ANSWER, OFFER

MULTIPART = (
    b"--b1\r\nContent-Type: application/sdp\r\n\r\n" + OFFER + b"\r\n--b1\r\n"
    b"Content-Type: application/pidf+xml\r\nContent-ID: <here@h>\r\n\r\n<presence/>\r\n--b1--\r\n"
)


def test_a_call_to_the_emergency_service_is_told_with_its_offer_and_answered_100() -> None:
    desk = Desk()
    call = desk.invite("Geolocation: <cid:here@h>")
    assert desk.seen == [100]
    told = desk.one(Incoming)
    assert (told.call, told.sdp, told.flow) == (call, OFFER, desk.flow)
    assert told.request.value("Geolocation") == "<cid:here@h>"
    assert told.request.octets == desk.last
    assert desk.agent.standing == (call,)


def test_an_offer_beside_a_location_is_found() -> None:
    desk = Desk()
    desk.invite("Content-Type: multipart/mixed; boundary=b1", body=MULTIPART)
    assert desk.one(Incoming).sdp == OFFER


def test_it_is_rung_accepted_and_confirmed() -> None:
    desk = Desk()
    call = desk.invite("Record-Route: <sip:p1;lr>, <sip:p2;lr>")
    desk.take(desk.agent.ring(call, desk.now))
    ringing = desk.response(180)
    desk.take(desk.agent.accept(call, ANSWER, desk.now))
    answer = desk.response(200)
    for one in (ringing, answer):
        assert one.value("To") == ringing.value("To") != TO.partition(": ")[2]
        assert values(one.headers, "Record-Route") == ("<sip:p1;lr>, <sip:p2;lr>",)
        assert one.value("Contact") == "<sip:192.0.2.1:5060>"
    assert (answer.body, answer.value("Content-Type")) == (ANSWER, "application/sdp")
    assert "UPDATE" in answer.listed("Allow")
    assert "timer" in answer.listed("Supported")
    desk.ask("ACK", to=f"To: {answer.value('To')}")
    assert desk.told == [Confirmed(call)]
    desk.wait(100)
    assert desk.out == []


def test_ringing_is_said_again_once_a_minute_and_whenever_it_is_wanted() -> None:
    desk = Desk()
    call = desk.invite()
    desk.take(desk.agent.ring(call, desk.now))
    desk.take(desk.agent.ring(call, desk.now))
    assert desk.seen == [180]
    desk.wait(125)
    assert desk.seen == [180, 180]
    desk.take(desk.agent.accept(call, ANSWER, desk.now))
    desk.take(desk.agent.ring(call, desk.now))
    assert desk.seen == []


def test_the_200_goes_out_until_the_ack_comes() -> None:
    desk = Desk(transport="TCP")
    call = desk.invite()
    desk.take(desk.agent.accept(call, ANSWER, desk.now))
    to = f"To: {desk.response(200).value('To')}"
    desk.wait(3.6)
    assert desk.seen == [200, 200, 200]  # 0.5, 1.5, 3.5: of streams too
    desk.wait(8)
    assert desk.seen == [200, 200]  # every T2
    desk.ask("ACK", to=to, cseq=9)
    desk.ask("ACK", to="To: <urn:service:sos>;tag=other")
    assert desk.told == []
    desk.ask("ACK", to=to)
    assert desk.told == [Confirmed(call)]
    desk.ask("ACK", to=to)
    assert desk.told == []
    desk.wait(100)
    assert desk.out == []


def test_a_200_that_nobody_acknowledges_ends_the_call_with_bye() -> None:
    desk = Desk()
    call = desk.invite()
    desk.take(desk.agent.accept(call, ANSWER, desk.now))
    desk.wait(32)
    assert desk.told == [Ended(call, Cause(Why.TIMEOUT, "no ACK came"))]
    assert desk.seen[-1] == "BYE"
    desk.wait(100)
    assert desk.agent.census.calls == 0


def test_who_hangs_up_before_the_ack_says_bye_after_it() -> None:
    desk = Desk()
    call = desk.invite()
    desk.take(desk.agent.accept(call, ANSWER, desk.now))
    to = f"To: {desk.response(200).value('To')}"
    desk.take(desk.agent.hang_up(call, "enough", desk.now))
    assert desk.told == [Ended(call, Cause(Why.HUNG_UP, "enough"))]
    assert desk.out == []
    assert desk.agent.standing == ()
    desk.ask("ACK", to=to)
    bye = desk.request("BYE")
    assert desk.told == []
    desk.answer(bye, 200)
    desk.wait(100)
    assert desk.agent.census.calls == 0


def test_or_when_no_ack_comes() -> None:
    desk = Desk()
    call = desk.invite()
    desk.take(desk.agent.accept(call, ANSWER, desk.now))
    desk.take(desk.agent.hang_up(call, "", desk.now))
    desk.wait(32)
    assert desk.told == []
    assert desk.seen[-1] == "BYE"


def test_a_call_without_an_offer_gets_ours_and_its_answer_comes_with_the_ack() -> None:
    desk = Desk()
    call = desk.invite(body=b"")
    assert desk.one(Incoming).sdp == b""
    desk.take(desk.agent.accept(call, OFFER, desk.now))
    to = f"To: {desk.response(200).value('To')}"
    desk.ask("ACK", to=to, body=ANSWER)
    assert desk.told == [Confirmed(call, ANSWER)]


def test_a_refusal_says_what_it_is_told_and_ends_the_call() -> None:
    desk = Desk()
    call = desk.invite()
    wait = (("Retry-After", "5"),)
    desk.take(desk.agent.refuse(call, 486, "All\r\nbusy", desk.now, wait))
    refusal = desk.response(486)
    assert (refusal.reason, refusal.value("Retry-After")) == ("All busy", "5")
    assert desk.told == [Ended(call, Cause(486, "All busy"))]
    desk.ask("ACK", to=f"To: {refusal.value('To')}", branch="z9hG4bKpeer1")
    desk.wait(100)
    assert desk.out == []
    assert desk.agent.census.servers == 0


def test_hanging_up_before_it_was_accepted_refuses_it() -> None:
    desk = Desk()
    for reason, said in (("", "Temporarily Unavailable"), ("closing", "closing")):
        call = desk.invite(branch=f"z9hG4bK{said[:4]}", call_id=f"Call-ID: {said[:4]}")
        desk.take(desk.agent.hang_up(call, reason, desk.now))
        assert desk.response(480).reason == said
        assert desk.told == [Ended(call, Cause(480, said))]


@pytest.mark.parametrize("rung", [True, False])
def test_cancel_is_answered_and_its_invite_refused(rung: bool) -> None:
    desk = Desk()
    call = desk.invite(branch="z9hG4bKx")
    if rung:
        desk.take(desk.agent.ring(call, desk.now))
    desk.ask("CANCEL", 'Reason: SIP;cause=487;text="gone home"', branch="z9hG4bKx")
    assert desk.seen == [200, 487]
    assert desk.out[0].value("To") == desk.out[1].value("To")
    assert desk.told == [Ended(call, Cause(Why.CANCEL, "gone home"))]
    assert desk.agent.accept(call, ANSWER, desk.now) == ()
    desk.ask("CANCEL", branch="z9hG4bKx")
    assert desk.seen == [200]


def test_a_cancel_that_comes_after_the_200_changes_nothing() -> None:
    desk = Desk()
    call = desk.invite(branch="z9hG4bKx")
    desk.take(desk.agent.accept(call, ANSWER, desk.now))
    to = f"To: {desk.response(200).value('To')}"
    desk.ask("CANCEL", branch="z9hG4bKx")
    assert desk.seen == [200]
    assert desk.told == []
    desk.ask("ACK", to=to)
    assert desk.told == [Confirmed(call)]


def test_a_cancel_of_what_nobody_knows_is_481() -> None:
    desk = Desk()
    desk.ask("CANCEL")
    assert desk.seen == [481]
    assert desk.agent.census.servers == 0


def test_the_reason_of_a_cancel_may_be_a_number_or_missing() -> None:
    desk = Desk()
    for row, said in (
        ("Reason: Q.850;cause=16", "16"),
        ("Reason: SIP", ""),
        ("X: y", ""),
        ('Reason: "', ""),
    ):
        call = desk.invite(branch=f"z9hG4bK{len(row)}", call_id=f"Call-ID: {len(row)}")
        desk.ask("CANCEL", row, branch=f"z9hG4bK{len(row)}", call_id=f"Call-ID: {len(row)}")
        assert desk.told == [Ended(call, Cause(Why.CANCEL, said))]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"v=1\r\n", "cannot be read"),
        (OFFER.replace(b"0 8", b"18").replace(b"RTP/AVP", b"UDP"), "no use"),
        (OFFER.replace(b"audio 4000", b"video 4000"), "no use"),
    ],
)
def test_an_offer_that_can_carry_no_call_is_488_and_one_line(body: bytes, why: str) -> None:
    desk = Desk()
    desk.ask("INVITE", CONTACT, body=body)
    assert desk.seen == [488]
    assert desk.response(488).value("Accept") is not None
    rejected = desk.one(Rejected)
    assert rejected.remote == ("192.0.2.2", 5060)
    assert why in rejected.why
    assert desk.agent.standing == ()


def test_a_session_that_is_too_short_is_422() -> None:
    desk = Desk()
    desk.ask("INVITE", CONTACT, "Supported: timer", "Session-Expires: 60", body=OFFER)
    assert desk.response(422).value("Min-SE") == str(SESSION_MIN)
    assert desk.told == []


def test_a_session_timer_that_cannot_be_read_is_400() -> None:
    desk = Desk()
    desk.ask("INVITE", CONTACT, "Session-Expires: soon", body=OFFER)
    assert desk.seen == [400]
    assert desk.one(Rejected).why.startswith("400")
    assert desk.agent.census.calls == 0


@pytest.mark.parametrize(
    ("remote", "transport", "uri"),
    [
        ("192.0.2.2", "UDP", "sip:192.0.2.2:5060"),
        ("192.0.2.2", "TCP", "sip:192.0.2.2:5060;transport=tcp"),
    ],
)
def test_a_caller_without_contact_is_reached_where_it_called_from(
    remote: str, transport: str, uri: str
) -> None:
    desk = Desk(transport="TCP" if transport == "TCP" else "UDP")
    desk.ask("INVITE", body=OFFER)
    call = desk.one(Incoming).call
    desk.take(desk.agent.accept(call, ANSWER, desk.now))
    desk.ask("ACK", to=f"To: {desk.response(200).value('To')}")
    desk.take(desk.agent.hang_up(call, "", desk.now))
    assert desk.request("BYE").uri == uri


def test_a_route_that_nobody_can_follow_is_400_and_one_that_leads_nowhere_is_not() -> None:
    desk = Desk()
    desk.ask("INVITE", CONTACT, "Record-Route: <nowhere>", body=OFFER)
    assert desk.seen == [400]
    call = desk.established("Record-Route: <tel:+1>", call_id="Call-ID: 2")
    effects = desk.agent.hang_up(call, "", desk.now)
    assert [one.flow for one in effects if isinstance(one, Send)] == [desk.flow]


@pytest.mark.parametrize("row", ['Allow: "', 'Require: "', 'Supported: "', 'Min-SE: "'])
def test_a_list_that_cannot_be_read_is_400(row: str) -> None:
    desk = Desk()
    desk.ask("INVITE", CONTACT, row, body=OFFER)
    assert desk.seen == [400]
    assert desk.agent.census.calls == 0


# --- ringing that must arrive (RFC 3262) --------------------------------------------------------


def reliable() -> tuple[Desk, Request, str]:
    desk = Desk()
    call = desk.invite("Require: 100rel")
    desk.take(desk.agent.ring(call, desk.now))
    ringing = desk.response(180)
    assert ringing.value("Require") == "100rel"
    desk.to = f"To: {ringing.value('To')}"
    rseq = ringing.value("RSeq")
    assert rseq is not None
    desk.take(desk.agent.ring(call, desk.now))
    assert desk.seen == []
    return desk, Request("", ""), rseq


def test_ringing_that_must_arrive_goes_out_until_prack_comes() -> None:
    desk, _, rseq = reliable()
    desk.wait(4)
    assert desk.seen == [180, 180, 180]  # 0.5, 1.5, 3.5
    desk.say("PRACK", 2, "RAck: 7 1 INVITE")
    assert desk.seen == [481]
    desk.say("PRACK", 3, "RAck: nonsense")
    assert desk.seen == [400]
    desk.say("PRACK", 4, f"RAck: {rseq} 1 INVITE", body=OFFER)
    assert desk.seen == [488]
    desk.say("PRACK", 5, f"RAck: {rseq} 1 INVITE")
    assert desk.seen == [200]
    desk.say("PRACK", 6, f"RAck: {rseq} 1 INVITE")
    assert desk.seen == [481]
    desk.wait(100)
    assert desk.out == []


def test_without_prack_the_call_is_refused() -> None:
    desk, _, _ = reliable()
    (call,) = desk.agent.standing
    desk.wait(32)
    assert desk.told == [Ended(call, Cause(504, "no PRACK came"))]
    assert desk.seen[-1] == 504


def test_a_200_ends_the_ringing_and_its_prack() -> None:
    desk, _, _ = reliable()
    (call,) = desk.agent.standing
    desk.take(desk.agent.accept(call, ANSWER, desk.now))
    desk.ask("ACK", to=f"To: {desk.response(200).value('To')}")
    desk.wait(100)
    assert desk.out == []
    assert desk.agent.standing == (call,)


def test_ringing_that_would_have_to_hold_our_offer_is_not_said() -> None:
    desk = Desk()
    call = desk.invite("Require: 100rel", body=b"")
    desk.take(desk.agent.ring(call, desk.now))
    assert desk.seen == []
    desk.take(desk.agent.accept(call, OFFER, desk.now))
    assert desk.seen == [200]
