"""The user agent as a whole: who is heard, what is refused, how much is kept, races of two ends."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from text911.sip.calls import (
    Answered,
    Cause,
    Confirmed,
    Declined,
    Effect,
    Effects,
    Ended,
    Endpoint,
    Incoming,
    Offered,
    Reanswered,
    Refused,
    Rejected,
    Send,
    Why,
)
from text911.sip.digest import read_challenge, respond
from text911.sip.flows import Flow
from text911.sip.message import values
from text911.sip.settings import Account
from text911.sip.uri import SipUri

from .desk import CONTACT, Desk
from .messages import FROM, TO, request
from .wire import ANSWER, CALLER, OFFER, OTHER, Dice, End, Fate, Wire, message, settings

STRANGER = Flow("UDP", ("192.0.2.1", 5060), ("203.0.113.9", 5060))


# --- who is heard ------------------------------------------------------------------------------


def test_a_stranger_is_403_each_time_and_one_line() -> None:
    desk = Desk()
    desk.flow = STRANGER
    desk.ask("INVITE", CONTACT, body=OFFER)
    assert desk.seen == [403]
    assert ";tag=" in (desk.response(403).value("To") or "")
    first = desk.out
    assert desk.told == [Rejected(("203.0.113.9", 5060), "403: no peer of ours")]
    desk.got(desk.last)
    assert desk.out == first
    assert desk.told == []
    desk.ask("ACK")
    assert (desk.out, desk.told) == ([], [])
    desk.wait(61)
    desk.ask("OPTIONS")
    assert desk.one(Rejected).unsaid == 2
    assert desk.agent.census.servers == 0


def test_whom_we_have_rung_may_hang_up_although_no_call_may_come_from_there() -> None:
    wire = Wire(theirs=settings("192.0.2.2", peers=()))
    call = wire.call()
    wire.run(0.1)
    (rung,) = wire.gateway.of(Incoming)
    wire.do(wire.gateway, wire.gateway.agent.accept(rung.call, ANSWER, wire.now))
    wire.run(1)
    wire.do(wire.gateway, wire.gateway.agent.hang_up(rung.call, "", wire.now))
    wire.run(1)
    assert wire.trunk.of(Ended) == [Ended(call, Cause(Why.BYE, "the other side hung up"))]
    assert wire.statuses("192.0.2.2", "BYE") == [200]
    target = SipUri("sip", "", "192.0.2.2", 5060)
    wire.do(wire.gateway, wire.gateway.agent.invite(target, CALLER, OFFER, wire.now)[1])
    wire.run(1)
    assert wire.statuses("192.0.2.2", "INVITE") == [403]


def test_what_a_stranger_cannot_even_say_is_not_answered() -> None:
    desk = Desk()
    desk.flow = STRANGER
    desk.got(request("no header"))
    assert desk.out == []
    assert desk.one(Rejected).why == "403: no peer of ours"


def test_octets_that_are_no_message_are_400_where_an_answer_is_possible() -> None:
    desk = Desk()
    desk.got(request("no header"))
    answer = desk.response(400)
    assert (answer.value("Via") or "").endswith("branch=z9hG4bKtrunk1")
    assert ";tag=" in (answer.value("To") or "")
    assert desk.one(Rejected).why.startswith("400: this is no header")
    desk.got(b"\x00\x01\x02")
    assert desk.out == []
    assert desk.told == []


def test_keep_alives_are_answered_on_streams_alone() -> None:
    desk = Desk()
    assert desk.agent.received(b"\r\n\r\n", desk.flow, 0) == ()
    desk = Desk(transport="TCP")
    assert desk.agent.received(b"\r\n\r\n", desk.flow, 0) == (Send(b"\r\n", desk.flow),)
    assert desk.agent.received(b"\r\n", desk.flow, 0) == ()


def test_answers_go_to_the_address_a_request_came_from() -> None:
    desk = Desk()
    flow = Flow("UDP", ("192.0.2.1", 5060), ("192.0.2.7", 5099))
    for via, port in (
        ("Via: SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bKa1", 5070),
        ("Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa2", 5060),
        ("Via: SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bKa3;rport", 5099),
        ("Via: SIP/2.0/UDP 10.0.0.1;maddr=203.0.113.1;branch=z9hG4bKa4", 5060),
    ):
        usual = (via, FROM, TO, f"Call-ID: {via[-2:]}", "CSeq: 1 OPTIONS")
        octets = request(start="OPTIONS sip:h SIP/2.0", usual=usual)
        (send,) = desk.agent.received(octets, flow, 0)
        assert isinstance(send, Send)
        assert send.flow.remote == ("192.0.2.7", port)
        assert b"received=192.0.2.7" in send.octets


def test_a_message_may_be_handed_in_read() -> None:
    desk = Desk()
    desk.ask("OPTIONS")
    first = desk.out
    desk.take(desk.agent.received(message(desk.last), desk.flow, desk.now))
    assert desk.out == first


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["REGISTER", "REFER", "SUBSCRIBE", "NOTIFY", "FROB"])
def test_what_is_not_served_is_405_or_501_with_what_is(method: str) -> None:
    desk = Desk()
    desk.ask(method)
    status = 501 if method == "FROB" else 405
    assert "INVITE" in desk.response(status).listed("Allow")
    assert desk.one(Rejected).why.startswith(str(status))


@pytest.mark.parametrize("method", ["BYE", "UPDATE", "PRACK", "INFO"])
def test_what_only_a_call_has_is_481_without_one(method: str) -> None:
    desk = Desk()
    desk.ask(method)
    assert desk.seen == [481]
    desk.ask("INVITE", to=TO + ";tag=unknown", body=OFFER)
    assert desk.seen == [481]


def test_text_outside_a_call_is_405() -> None:
    desk = Desk()
    desk.ask("MESSAGE", "Content-Type: text/plain", body=b"help")
    assert desk.response(405).listed("Allow") == ["INVITE", "ACK", "CANCEL", "OPTIONS"]


def test_options_say_what_we_can() -> None:
    desk = Desk()
    desk.ask("OPTIONS", uri="sip:192.0.2.1")
    answer = desk.response(200)
    assert "application/sdp" in answer.listed("Accept")
    assert "UPDATE" in answer.listed("Allow")
    assert "timer" in answer.listed("Supported")


def test_the_same_call_by_two_ways_is_told_once() -> None:
    desk = Desk()
    desk.invite()
    desk.ask("INVITE", CONTACT, body=OFFER)
    assert desk.seen == [482]
    assert desk.told == []


def test_a_request_of_ours_that_comes_back_is_482() -> None:
    desk = Desk()
    _, invite = desk.call()
    desk.got(invite)
    assert desk.seen == [482]


# --- accounts ----------------------------------------------------------------------------------


def test_a_trunk_with_accounts_proves_one() -> None:
    desk = Desk(settings("192.0.2.1", accounts=(Account("trunk", "secret"),)))
    desk.ask("INVITE", CONTACT, body=OFFER)
    asked = [read_challenge(one) for one in values(desk.response(401).headers, "WWW-Authenticate")]
    assert [one.algorithm for one in asked] == ["SHA-256", "MD5"]
    assert desk.told == []
    answer = respond(asked[0], "trunk", "secret", "INVITE", "urn:service:sos", "c", 1)
    desk.ask("INVITE", CONTACT, f"Authorization: {answer}", cseq=2, body=OFFER)
    assert desk.one(Incoming)
    desk.ask("INVITE", f"Authorization: {answer}", cseq=3, call_id="Call-ID: again", body=OFFER)
    (again, _) = values(desk.response(401).headers, "WWW-Authenticate")
    assert read_challenge(again).stale


def test_its_keep_alives_need_not() -> None:
    desk = Desk(settings("192.0.2.1", accounts=(Account("trunk", "secret"),)))
    desk.ask("OPTIONS")
    assert desk.seen == [200]
    desk.ask("MESSAGE", "Content-Type: text/plain", body=b"x", call_id="Call-ID: 2")
    assert desk.seen == [401]


# --- how much is kept --------------------------------------------------------------------------


def test_more_calls_than_can_be_kept_are_503_and_those_that_stand_go_on() -> None:
    desk = Desk(settings("192.0.2.1", calls_max=1))
    call = desk.established()
    to = desk.to
    desk.ask("INVITE", CONTACT, body=OFFER, call_id="Call-ID: second")
    assert desk.response(503).value("Retry-After") == "10"
    assert desk.one(Rejected).why == "503: more than can be kept"
    desk.ask("OPTIONS", call_id="Call-ID: third")
    assert desk.seen == [200]
    desk.to = to
    desk.say("INVITE", 2, body=OTHER)
    assert desk.one(Offered).call == call
    assert desk.agent.census.calls == 1


def test_more_requests_than_can_be_kept_are_503_and_a_call_has_twice_the_room() -> None:
    desk = Desk(settings("192.0.2.1", transactions_max=3))
    desk.established()
    for at in range(2):
        desk.ask("OPTIONS", call_id=f"Call-ID: {at}")
        assert desk.seen == [200]
    desk.ask("OPTIONS", call_id="Call-ID: more")
    assert desk.seen == [503]
    for at in range(3):
        desk.say("INFO", 2 + at)
        assert desk.seen == [200]
    desk.say("INFO", 9)
    assert desk.seen == [503]
    assert desk.agent.census.servers == 6


# --- the transport -----------------------------------------------------------------------------


def test_a_call_outlives_its_stream() -> None:
    desk = Desk(transport="TCP")
    desk.flow = Flow("TCP", ("192.0.2.1", 5060), ("192.0.2.2", 49_152), 3)
    call = desk.established()
    desk.take(desk.agent.lost(desk.flow, desk.now))
    assert desk.told == []
    effects = desk.agent.hang_up(call, "", desk.now)
    (send,) = (one for one in effects if isinstance(one, Send))
    assert send.flow == Flow("TCP", ("192.0.2.1", 5060), ("192.0.2.2", 5060))


def test_a_peer_that_speaks_by_a_new_stream_is_answered_there() -> None:
    desk = Desk(transport="TCP")
    call = desk.established()
    desk.take(desk.agent.lost(desk.flow, desk.now))
    desk.flow = Flow("TCP", ("192.0.2.1", 5060), ("192.0.2.2", 49_999), 8)
    desk.say("INFO", 2)
    effects = desk.agent.hang_up(call, "", desk.now)
    assert [one.flow for one in effects if isinstance(one, Send)] == [desk.flow]


def test_what_is_said_within_a_call_goes_by_its_stream() -> None:
    desk = Desk(transport="TCP")
    call = desk.established()
    effects = desk.agent.hang_up(call, "", desk.now)
    assert [one.flow for one in effects if isinstance(one, Send)] == [desk.flow]


def test_nothing_due_is_no_time_to_wake() -> None:
    agent = Endpoint(settings("192.0.2.1"), Dice(1))
    assert agent.wakes_at is None
    assert agent.tick(5) == ()


# --- our mistakes ------------------------------------------------------------------------------


def test_verbs_that_make_no_sense_are_errors() -> None:
    desk = Desk()
    call, _ = desk.call()
    with pytest.raises(ValueError, match="ours"):
        desk.agent.ring(call, 0)
    with pytest.raises(ValueError, match="ours"):
        desk.agent.accept(call, ANSWER, 0)
    with pytest.raises(ValueError, match="description"):
        desk.agent.accept(call, b"", 0)
    with pytest.raises(ValueError, match="300 to 699"):
        desk.agent.refuse(call, 200, "", 0)


def test_settings_that_make_no_sense_are_errors() -> None:
    for wrong in ({"session": 30}, {"ping": 0}, {"calls_max": 0}):
        with pytest.raises(ValueError, match=r"."):
            settings("192.0.2.1", **wrong)


def test_verbs_on_a_call_that_is_over_do_nothing() -> None:
    desk = Desk()
    call = desk.established()
    desk.say("BYE", 2)
    agent = desk.agent
    assert agent.ring(call, 0) == agent.accept(call, ANSWER, 0) == agent.cancel(call, 0) == ()
    assert agent.refuse(call, 486, "", 0) == agent.reinvite(call, OTHER, 0) == ()
    assert agent.answer_offer(call, ANSWER, 0) == agent.hang_up(call, "", 0) == ()
    assert agent.dialog_of(call) is None


def test_verbs_in_a_phase_without_a_place_for_them_do_nothing() -> None:
    desk = Desk()
    call = desk.established()
    agent = desk.agent
    assert agent.ring(call, 0) == agent.accept(call, ANSWER, 0) == ()
    assert agent.refuse(call, 486, "", 0) == agent.answer_offer(call, ANSWER, 0) == ()


# --- two ends ----------------------------------------------------------------------------------


def lost(_: bytes) -> Fate:
    return Fate(())


def begun(transport: str = "UDP") -> tuple[Wire, Incoming]:
    wire = Wire(transport="TCP" if transport == "TCP" else "UDP")
    wire.call()
    wire.run(0.1)
    (incoming,) = wire.gateway.of(Incoming)
    return wire, incoming


def test_a_call_from_end_to_end() -> None:
    wire, incoming = begun()
    gateway, trunk = wire.gateway, wire.trunk
    wire.do(gateway, gateway.agent.ring(incoming.call, wire.now))
    wire.do(gateway, gateway.agent.accept(incoming.call, ANSWER, wire.now))
    wire.run(1)
    assert gateway.of(Confirmed)
    (answered,) = trunk.of(Answered)
    wire.do(trunk, trunk.agent.hang_up(answered.call, "", wire.now))
    wire.run(1)
    assert [one.cause.what for one in gateway.of(Ended)] == [Why.BYE]
    assert [one.cause.what for one in trunk.of(Ended)] == [Why.HUNG_UP]
    assert wire.requests("192.0.2.2") == ["INVITE", "ACK", "BYE"]


def test_cancel_and_200_cross_and_both_ends_agree() -> None:
    wire, incoming = begun()
    gateway, trunk = wire.gateway, wire.trunk
    (call,) = trunk.agent.standing
    wire.do(gateway, gateway.agent.accept(incoming.call, ANSWER, wire.now))
    wire.do(trunk, trunk.agent.cancel(call, wire.now))
    wire.run(1)
    assert wire.requests("192.0.2.2") == ["INVITE", "CANCEL", "ACK", "BYE"]
    assert wire.statuses("192.0.2.1", "CANCEL") == [200]
    assert [one.cause.what for one in trunk.of(Ended)] == [Why.CANCEL]
    assert [one.cause.what for one in gateway.of(Ended)] == [Why.BYE]
    wire.run(100)
    assert gateway.agent.census == trunk.agent.census == Endpoint(settings("h"), Dice(1)).census


def test_re_invites_that_meet_are_both_taken_in_turn() -> None:
    wire, incoming = begun()
    gateway, trunk = wire.gateway, wire.trunk
    wire.do(gateway, gateway.agent.accept(incoming.call, ANSWER, wire.now))
    wire.run(1)
    (call,) = trunk.agent.standing

    def take(end: End, effect: Effect) -> Effects:
        if isinstance(effect, Offered):
            return end.agent.answer_offer(effect.call, ANSWER, wire.now)
        return ()

    wire.react = take
    wire.do(gateway, gateway.agent.reinvite(incoming.call, OTHER, wire.now))
    wire.do(trunk, trunk.agent.reinvite(call, OTHER, wire.now))
    wire.run(10)
    assert wire.statuses("192.0.2.1", "INVITE") == [200, 491, 200]
    assert wire.statuses("192.0.2.2", "INVITE") == [491, 200]
    for end in (gateway, trunk):
        assert len(end.of(Reanswered)) == len(end.of(Offered)) == 1
        assert end.of(Declined) == []


def test_the_session_timer_ends_a_call_whose_other_end_is_gone() -> None:
    wire = Wire(settings("192.0.2.1", session=90), settings("192.0.2.2", session=90))
    wire.call()
    wire.run(0.1)
    (incoming,) = wire.gateway.of(Incoming)
    call = incoming.call
    wire.do(wire.gateway, wire.gateway.agent.accept(call, ANSWER, wire.now))
    wire.run(300)
    assert wire.gateway.of(Ended) == wire.trunk.of(Ended) == []
    wire.fate = lost
    wire.run(100)
    expected = [Cause(Why.SESSION_TIMER, "the session was not refreshed")]
    for end in (wire.gateway, wire.trunk):
        assert [one.cause for one in end.of(Ended)] == expected


def test_a_call_into_silence_is_refused() -> None:
    wire = Wire(fate=lost)
    call = wire.call()
    wire.run(33)
    assert wire.trunk.of(Refused) == [Refused(call, 408, "Request Timeout")]


def test_who_is_no_peer_of_the_other_is_refused() -> None:
    wire = Wire(settings("192.0.2.1", peers=(ip_network("198.51.100.0/24"),)))
    call = wire.call()
    wire.run(1)
    assert wire.trunk.of(Refused) == [Refused(call, 403, "Forbidden")]
    assert len(wire.gateway.of(Rejected)) == 1
    wire.run(100)
    assert wire.trunk.agent.census.clients == 0
