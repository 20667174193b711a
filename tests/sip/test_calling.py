"""Calls of ours: what is sent, who wins, and what is left behind by forks and races."""

from __future__ import annotations

import pytest

from text911.sip.calls import Answered, Cause, Ended, Progress, Refused, Why
from text911.sip.message import Request, values
from text911.sip.uri import SipUri

from .desk import Desk, branch_of
from .wire import ANSWER, CALLER, OFFER, SOS, first_flow, settings


def test_an_invite_says_who_we_are_and_what_we_can() -> None:
    desk = Desk()
    call, invite = desk.call(("P-Asserted-Identity", "<tel:+18605550142>"))
    assert invite.uri == "sip:911@192.0.2.1:5060"
    assert invite.body == OFFER
    assert invite.value("Content-Type") == "application/sdp"
    assert invite.value("Contact") == "<sip:192.0.2.1:5060>"
    assert invite.value("P-Asserted-Identity") == "<tel:+18605550142>"
    assert (invite.value("From") or "").startswith('"A Caller" <sip:+18605550142@192.0.2.2>;tag=')
    assert invite.value("To") == "<sip:911@192.0.2.1:5060>"
    assert invite.value("Max-Forwards") == "70"
    assert invite.value("User-Agent") == "text911"
    assert "100rel" in invite.listed("Supported")
    assert invite.value("Session-Expires") is None
    assert desk.agent.standing == (call,)
    assert desk.agent.dialog_of(call) is None


def test_it_goes_by_the_proxy_that_is_set() -> None:
    for params in ((), (("lr", None),)):
        proxy = SipUri("sip", "", "192.0.2.9", 5070, params)
        desk = Desk(settings("192.0.2.1", proxy=proxy, product=""))
        _, effects = desk.agent.invite(SOS, CALLER, OFFER, desk.now)
        desk.take(effects)
        assert first_flow(effects).remote == ("192.0.2.9", 5070)
        invite = desk.request("INVITE")
        assert invite.value("Route") == "<sip:192.0.2.9:5070;lr>"
        assert invite.value("User-Agent") is None


def test_a_multipart_body_keeps_its_type() -> None:
    desk = Desk()
    _, invite = desk.call(("Content-Type", "multipart/mixed;boundary=x"))
    assert values(invite.headers, "Content-Type") == ("multipart/mixed;boundary=x",)


def test_what_belongs_to_no_request_line_is_left_out_of_it() -> None:
    desk = Desk()
    target = SipUri("sip", "a", "192.0.2.2", None, (("method", "BYE"), ("x", "1")), "Subject=y")
    desk.take(desk.agent.invite(target, CALLER, OFFER, desk.now)[1])
    assert desk.request("INVITE").uri == "sip:a@192.0.2.2;x=1"


def test_a_call_of_ours_needs_an_offer() -> None:
    with pytest.raises(ValueError, match="offer"):
        Desk().agent.invite(SOS, CALLER, b"", 0)


def test_progress_is_told_with_what_it_brings() -> None:
    desk = Desk()
    call, invite = desk.call()
    desk.answer(invite, 100)
    assert desk.told == [Progress(call, 100)]
    desk.answer(invite, 180, tag="p1")
    assert desk.told == [Progress(call, 180)]
    desk.answer(invite, 183, tag="p1", body=ANSWER)
    assert desk.told == [Progress(call, 183, ANSWER)]
    desk.answer(invite, 200, tag="p1")
    told = desk.one(Answered)
    assert (told.call, told.sdp, told.response.status) == (call, ANSWER, 200)
    assert desk.agent.dialog_of(call) == (
        invite.value("Call-ID"),
        (invite.value("From") or "").partition("tag=")[2],
        "p1",
    )


def test_a_200_is_acknowledged_along_its_route_to_its_contact() -> None:
    desk = Desk()
    _, invite = desk.call()
    rows = (
        ("Record-Route", "<sip:192.0.2.2:5071;lr>, <sip:192.0.2.2:5072;lr>"),
        ("Contact", "<sip:desk@192.0.2.2:5073>"),
    )
    answer = desk.answer(invite, 200, *rows, tag="p1", body=ANSWER)
    ack = desk.request("ACK")
    assert ack.uri == "sip:desk@192.0.2.2:5073"
    assert values(ack.headers, "Route") == ("<sip:192.0.2.2:5072;lr>", "<sip:192.0.2.2:5071;lr>")
    assert ack.value("CSeq") == "1 ACK"
    assert branch_of(ack) != branch_of(invite)
    desk.got(answer)
    assert desk.out == [ack]
    assert desk.told == []


def test_the_first_of_several_200s_is_the_call_and_the_others_are_ended() -> None:
    desk = Desk()
    call, invite = desk.call()
    desk.answer(invite, 180, tag="p1")
    desk.answer(invite, 180, tag="p2")
    desk.answer(invite, 200, tag="p2", body=ANSWER)
    assert desk.one(Answered).call == call
    other = desk.answer(invite, 200, tag="p1", body=ANSWER)
    assert desk.seen == ["ACK", "BYE"]
    assert all((one.value("To") or "").endswith(";tag=p1") for one in desk.out)
    assert desk.told == []
    desk.answer(desk.request("BYE"), 200)
    desk.got(other)
    assert desk.seen == ["ACK"]
    desk.wait(100)
    assert desk.agent.standing == (call,)
    assert desk.agent.census.dialogs == 1


def test_a_refusal_is_told_and_leaves_nothing() -> None:
    desk = Desk()
    call, invite = desk.call()
    desk.answer(invite, 180, tag="p1")
    desk.answer(invite, 486, tag="p1")
    assert desk.told == [Refused(call, 486, "Busy Here")]
    assert desk.seen == ["ACK"]
    desk.wait(100)
    assert desk.agent.census.calls == desk.agent.census.dialogs == desk.agent.census.asked == 0


def test_nobody_there_is_408_and_nothing_sendable_503() -> None:
    desk = Desk()
    call, _ = desk.call()
    desk.wait(32)
    assert desk.told == [Refused(call, 408, "Request Timeout")]
    call, effects = desk.agent.invite(SOS, CALLER, OFFER, desk.now)
    desk.take(desk.agent.lost(first_flow(effects), desk.now))
    assert desk.told == [Refused(call, 503, "Service Unavailable")]


def test_a_200_without_a_description_is_no_call() -> None:
    desk = Desk()
    call, invite = desk.call()
    desk.answer(invite, 200, tag="p1")
    assert desk.seen == ["ACK", "BYE"]
    assert desk.one(Refused).status == 488
    assert desk.one(Refused).call == call
    assert desk.agent.standing == ()


def test_an_answer_that_nobody_can_follow_is_as_good_as_a_refusal() -> None:
    desk = Desk()
    call, invite = desk.call()
    route = ("Record-Route", "<nowhere>")
    desk.answer(invite, 183, route, ("Require", "100rel"), ("RSeq", "1"), tag="p1", body=ANSWER)
    assert (desk.out, desk.told) == ([], [])
    desk.answer(invite, 200, route, tag="p1", body=ANSWER)
    assert desk.out == []
    assert desk.one(Refused).call == call
    assert desk.one(Refused).status == 500
    desk.answer(invite, 200, route, tag="p2", body=ANSWER)
    assert (desk.out, desk.told) == ([], [])
    desk.wait(33)
    assert desk.agent.census.asked == desk.agent.census.dialogs == 0


def test_more_200s_than_any_proxy_forks_are_passed_over() -> None:
    desk = Desk()
    _, invite = desk.call()
    for at in range(40):
        desk.answer(invite, 200, tag=f"p{at}", body=ANSWER)
        assert ("ACK" in desk.seen) is (at < 32)


def test_a_fork_that_nobody_can_follow_does_not_harm_the_one_that_was_taken() -> None:
    desk = Desk()
    call, invite = desk.call()
    desk.answer(invite, 200, tag="p1", body=ANSWER)
    desk.answer(invite, 200, ("Record-Route", "<nowhere>"), tag="p2", body=ANSWER)
    assert (desk.out, desk.told) == ([], [])
    assert desk.agent.standing == (call,)


def test_what_stands_beside_a_200_may_be_unreadable() -> None:
    desk = Desk()
    call, invite = desk.call()
    rows = (("Session-Expires", "soon"), ("Allow", '"'), ("Contact", "*"))
    desk.answer(invite, 200, *rows, tag="p1", body=ANSWER)
    assert desk.one(Answered).call == call
    assert desk.request("ACK").uri == "sip:911@192.0.2.1:5060"


def test_more_forks_than_can_be_told_apart_are_passed_over() -> None:
    desk = Desk()
    _, invite = desk.call()
    for at in range(40):
        desk.answer(invite, 180, tag=f"p{at}")
        assert bool(desk.told) is (at < 32)
    desk.answer(invite, 200, tag="p39", body=ANSWER)
    assert desk.one(Answered)


# --- giving up ---------------------------------------------------------------------------------


def test_cancel_goes_out_when_the_peer_has_shown_that_it_knows_the_call() -> None:
    desk = Desk()
    call, invite = desk.call()
    desk.take(desk.agent.cancel(call, desk.now, "too late"))
    assert desk.told == [Ended(call, Cause(Why.CANCEL, "too late"))]
    assert desk.out == []
    desk.answer(invite, 100)
    cancel = desk.request("CANCEL")
    assert cancel.uri == invite.uri
    assert branch_of(cancel) == branch_of(invite)
    assert cancel.value("CSeq") == "1 CANCEL"
    assert cancel.value("To") == invite.value("To")
    desk.answer(invite, 180, tag="p1")
    assert desk.out == []
    desk.answer(cancel, 200)
    desk.answer(invite, 487, tag="p1")
    assert desk.seen == ["ACK"]
    assert desk.told == []
    desk.wait(100)
    assert desk.agent.census.calls == 0


def test_at_once_when_it_has() -> None:
    desk = Desk(settings("192.0.2.1", proxy=SipUri("sip", "", "192.0.2.2")))
    call, invite = desk.call()
    desk.answer(invite, 180, tag="p1")
    desk.take(desk.agent.hang_up(call, "", desk.now))
    assert values(desk.request("CANCEL").headers, "Route") == ("<sip:192.0.2.2;lr>",)
    assert desk.agent.cancel(call, desk.now) == ()


def test_a_200_that_crosses_our_cancel_is_acknowledged_and_ended() -> None:
    desk = Desk()
    call, invite = desk.call()
    desk.answer(invite, 180, tag="p1")
    desk.take(desk.agent.cancel(call, desk.now))
    desk.answer(invite, 200, tag="p1", body=ANSWER)
    assert desk.seen == ["ACK", "BYE"]
    assert desk.told == []
    desk.answer(desk.request("BYE"), 200)
    desk.wait(100)
    assert desk.agent.census.calls == 0


def test_a_cancel_that_nobody_honours_is_not_waited_for() -> None:
    desk = Desk()
    call, invite = desk.call()
    desk.answer(invite, 180, tag="p1")
    desk.take(desk.agent.cancel(call, desk.now))
    desk.answer(desk.request("CANCEL"), 200)
    desk.wait(33)
    assert desk.told == []
    assert desk.agent.census.calls == 0
    assert desk.agent.census.clients == 0


def test_a_cancelled_call_that_nobody_answers_is_forgotten() -> None:
    desk = Desk()
    call, _ = desk.call()
    desk.take(desk.agent.cancel(call, desk.now))
    desk.wait(33)
    assert desk.told == []
    assert desk.agent.census.calls == 0


def test_a_call_that_was_answered_cannot_be_cancelled_but_hung_up() -> None:
    desk = Desk()
    call = desk.talking()
    desk.take(desk.agent.cancel(call, desk.now, "enough"))
    bye = desk.request("BYE")
    assert bye.value("CSeq") == "2 BYE"
    assert bye.value("Reason") == 'SIP;text="enough"'
    assert desk.told == [Ended(call, Cause(Why.HUNG_UP, "enough"))]


# --- answers that must arrive (RFC 3262) --------------------------------------------------------


def test_a_reliable_answer_gets_its_prack_once_and_in_order() -> None:
    desk = Desk()
    call, invite = desk.call()
    rel = ("Require", "100rel")
    desk.answer(invite, 183, rel, ("RSeq", "7"), tag="p1", body=ANSWER)
    prack = desk.request("PRACK")
    assert prack.value("RAck") == "7 1 INVITE"
    assert prack.value("CSeq") == "2 PRACK"
    assert prack.uri == "sip:psap@192.0.2.2"
    assert desk.told == [Progress(call, 183, ANSWER)]
    desk.answer(invite, 183, rel, ("RSeq", "7"), tag="p1", body=ANSWER)
    desk.answer(invite, 180, rel, ("RSeq", "9"), tag="p1")
    desk.answer(invite, 180, rel, tag="p1")
    assert (desk.out, desk.told) == ([], [])
    desk.answer(invite, 180, rel, ("RSeq", "8"), tag="p1")
    assert desk.request("PRACK").value("CSeq") == "3 PRACK"
    desk.answer(prack, 200)
    desk.answer(invite, 200, tag="p1")
    assert desk.one(Answered).sdp == ANSWER
    desk.take(desk.agent.hang_up(call, "", desk.now))
    assert desk.request("BYE").value("CSeq") == "4 BYE"


def test_a_prack_that_is_refused_changes_nothing() -> None:
    desk = Desk()
    call, invite = desk.call()
    desk.answer(invite, 183, ("Require", "100rel"), ("RSeq", "7"), tag="p1")
    desk.answer(desk.request("PRACK"), 481)
    assert (desk.out, desk.told) == ([], [])
    assert desk.agent.standing == (call,)


def test_a_stream_is_asked_for_where_the_target_says_so() -> None:
    desk = Desk()
    for params, scheme, transport, port in (
        ((("transport", "tcp"),), "sip", "TCP", 5060),
        ((("transport", "TLS"),), "sip", "TLS", 5061),
        ((), "sips", "TLS", 5061),
    ):
        target = SipUri(scheme, "911", "[2001:db8::1]", None, params)
        _, effects = desk.agent.invite(target, CALLER, OFFER, desk.now)
        flow = first_flow(effects)
        assert (flow.transport, flow.remote) == (transport, ("2001:db8::1", port))
        desk.take(effects)
        invite = desk.request("INVITE")
        assert isinstance(invite, Request)
        assert f"transport={transport.lower()}" in (invite.value("Contact") or "")
        assert (invite.value("Via") or "").startswith(f"SIP/2.0/{transport} ")
