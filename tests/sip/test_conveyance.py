"""A location within a request (RFC 6442): which one it is, what is told of it, and that nothing is
refused because of it."""

from __future__ import annotations

import pytest

from text911.sip.bodies import Part, joined
from text911.sip.calls import Located, Message, Offered
from text911.sip.conveyance import complaint, location_of
from text911.sip.message import Request

from .desk import Desk
from .wire import ANSWER, OFFER, OTHER

KIND = "application/pidf+xml"
PLACE, ELSEWHERE, BROKEN = b"<presence/>", b"<presence id='other'/>", b"<presence"
NOT_READ = '100;code="Cannot Process Location"'
NOT_FETCHED = '300;code="Dereference Failure"'


def readable(octets: bytes) -> bool:
    return octets != BROKEN


def request(named: str | None, *held: Part) -> Request:
    headers, body = joined(held, "x1")
    location = () if named is None else (("Geolocation", named),)
    return Request("UPDATE", "sip:192.0.2.1", (*headers, *location), body)


HERE = Part(KIND, PLACE, "here@h")
THERE = Part(KIND, ELSEWHERE, "there@h")
SPOILT = Part(KIND, BROKEN, "spoilt@h")
WORDS = Part("text/plain", b"hello", "here@h")


@pytest.mark.parametrize(
    ("named", "held", "found", "said"),
    [
        ("<cid:there%40h>", (HERE, THERE), ELSEWHERE, None),
        ("<https://lis.example/1>, <cid:there@h>", (HERE, THERE), ELSEWHERE, None),
        ("<https://lis.example/1>", (HERE,), PLACE, None),
        ("<cid:nowhere@h>, <cid:here@h>", (THERE, HERE), PLACE, None),
        ("<cid:nowhere@h>", (HERE,), PLACE, None),
        ("nonsense>", (HERE,), PLACE, None),
        (None, (THERE, HERE), ELSEWHERE, None),
        (None, (SPOILT,), BROKEN, None),  # nobody has announced it: nobody is told (4.4)
        (None, (WORDS,), None, None),
        ("<cid:spoilt@h>", (HERE, SPOILT), BROKEN, NOT_READ),
        ("<cid:here@h>", (WORDS,), None, NOT_READ),
        ("nonsense>", (WORDS,), None, NOT_READ),
        ("<https://lis.example/1>", (WORDS,), None, NOT_FETCHED),
        ("<sip:lis@example.com>", (), None, NOT_FETCHED),
    ],
)
def test_which_it_is_and_what_is_said_of_it(
    named: str | None, held: tuple[Part, ...], found: bytes | None, said: str | None
) -> None:
    asked = request(named, *held)
    assert location_of(asked) == found
    wanted = () if said is None else (("Geolocation-Error", said),)
    assert complaint(asked, readable) == wanted


def brings(octets: bytes, *others: Part) -> tuple[tuple[str, str], bytes]:
    """Rows and body of a message with a location in it."""
    ((name, kind),), body = joined((*others, Part(KIND, octets, "p@h")), "x1")
    return ("Geolocation: <cid:p@h>", f"{name}: {kind}"), body


def test_an_update_brings_a_place_and_keeps_the_call() -> None:
    desk = Desk(readable=readable)
    call = desk.established()
    rows, body = brings(PLACE)
    desk.say("UPDATE", 2, *rows, body=body)
    assert desk.told == [Located(call, PLACE)]
    answer = desk.response(200)
    assert answer.value("Geolocation-Error") is None
    assert answer.body == b""
    desk.say("UPDATE", 3, f"Content-Type: {KIND}", body=ELSEWHERE)
    assert desk.told == [Located(call, ELSEWHERE)]


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_another_session_and_a_place_are_both_told(method: str) -> None:
    desk = Desk(readable=readable)
    call = desk.established()
    rows, body = brings(PLACE, Part("application/sdp", OTHER))
    desk.say(method, 2, *rows, body=body)
    assert desk.told == [Located(call, PLACE), Offered(call, OTHER)]
    desk.take(desk.agent.answer_offer(call, ANSWER, desk.now))
    assert desk.response(200).value("Geolocation-Error") is None


@pytest.mark.parametrize("method", ["INVITE", "UPDATE", "MESSAGE"])
def test_a_place_that_cannot_be_read_refuses_nothing_and_its_answer_says_so(method: str) -> None:
    desk = Desk(readable=readable)
    call = desk.established()
    rows, body = brings(BROKEN)
    desk.say(method, 2, *rows, body=body)
    assert Located(call, BROKEN) in desk.told  # the gateway says it to people
    if method == "INVITE":
        desk.take(desk.agent.answer_offer(call, OFFER, desk.now))
    assert desk.response(200).value("Geolocation-Error") == NOT_READ
    assert desk.agent.standing == (call,)


def test_who_rings_is_told_that_his_place_cannot_be_read_and_is_taken() -> None:
    desk = Desk(readable=readable)
    rows, body = brings(BROKEN, Part("application/sdp", OFFER))
    call = desk.invite(*rows, body=body)
    desk.take(desk.agent.accept(call, ANSWER, desk.now))
    assert desk.response(200).value("Geolocation-Error") == NOT_READ


def test_before_the_call_is_taken_a_place_may_come_too() -> None:
    desk = Desk(readable=readable)
    call = desk.invite()
    desk.take(desk.agent.ring(call, desk.now))
    desk.to = f"To: {desk.response(180).value('To')}"
    rows, body = brings(PLACE)
    desk.say("UPDATE", 2, *rows, body=body)
    assert desk.told == [Located(call, PLACE)]
    rows, body = brings(BROKEN)
    desk.say("UPDATE", 3, *rows, body=body)
    assert desk.response(200).value("Geolocation-Error") == NOT_READ


def test_a_message_may_bring_a_place_beside_its_words() -> None:
    desk = Desk(readable=readable)
    call = desk.established()
    rows, body = brings(PLACE, Part("text/plain", b"help"))
    desk.say("MESSAGE", 2, *rows, body=body)
    assert desk.told[0] == Located(call, PLACE)
    assert isinstance(desk.told[1], Message)


def test_of_a_request_that_is_refused_at_once_nothing_is_told() -> None:
    desk = Desk(readable=readable)
    call = desk.established()
    desk.say("UPDATE", 2, body=OTHER)
    rows, body = brings(PLACE, Part("application/sdp", OTHER))
    desk.say("UPDATE", 3, *rows, body=body)  # while another offer waits: it comes again
    assert desk.seen == [500]
    assert desk.told == []
    assert desk.agent.standing == (call,)


def test_where_whom_we_have_rung_is_tells_nothing_of_a_caller() -> None:
    desk = Desk(readable=readable)
    desk.talking()
    rows, body = brings(PLACE)
    desk.said("UPDATE", 2, *rows, body=body)
    assert desk.seen == [200]
    assert desk.told == []
