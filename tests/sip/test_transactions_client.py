"""Client transactions of RFC 3261, 17.1 and RFC 6026, row by row."""

from __future__ import annotations

import pytest

from text911.sip.effects import Send
from text911.sip.message import Request, values
from text911.sip.replies import reply
from text911.sip.transactions import Unanswered

from .layer import NOTHING, TRANSPORTS, Layer, asked
from .messages import request
from .wire import message

# --- INVITE ---


def test_an_invite_that_nobody_answers_goes_out_seven_times_and_is_given_up() -> None:
    layer = Layer()
    layer.ask(asked())
    assert layer.wait(0.4) == []
    assert layer.wait(31.5) == ["INVITE"] * 6
    assert layer.wait(0.1) == ["Unanswered"]
    assert layer.left == NOTHING


def test_over_a_stream_it_goes_out_once() -> None:
    layer = Layer("TCP")
    layer.ask(asked())
    assert layer.wait(31.9) == []
    assert layer.wait(0.1) == ["Unanswered"]


def test_after_a_provisional_answer_it_waits_for_ever() -> None:
    layer = Layer()
    invite = asked()
    layer.ask(invite)
    assert layer.heard(invite, 100) == ["Heard"]
    assert layer.heard(invite, 180) == ["Heard"]
    assert layer.wait(1_000) == []
    assert layer.left == (0, 1, None)


@TRANSPORTS
@pytest.mark.parametrize("provisional", [True, False])
def test_a_refusal_is_acknowledged_each_time_and_told_once(
    transport: str, provisional: bool
) -> None:
    layer = Layer(transport)
    invite = asked()
    layer.ask(invite)
    if provisional:
        layer.heard(invite, 180)
    assert layer.heard(invite, 486) == ["ACK", "Heard"]
    if transport == "UDP":
        assert layer.heard(invite, 486) == ["ACK"]
        assert layer.heard(invite, 180) == []
        assert layer.heard(invite, 200) == []
        assert layer.wait(31.9) == []
    layer.wait(0.1)
    assert layer.left == NOTHING
    assert layer.heard(invite, 486) == []


def test_the_ack_of_a_refusal_goes_the_way_of_the_invite_and_names_who_refused() -> None:
    layer = Layer()
    route = "Route: <sip:p1;lr>", "Route: <sip:p2;lr>"
    invite = message(request(*route, start="INVITE sip:911@192.0.2.1 SIP/2.0"))
    assert isinstance(invite, Request)
    layer.ask(invite)
    outcome = layer.all.heard(reply(invite, 486, tag="t9"), 0)[0]
    assert isinstance(outcome, Send)
    ack = message(outcome.octets)
    assert isinstance(ack, Request)
    assert (ack.method, ack.uri) == ("ACK", invite.uri)
    assert values(ack.headers, "Via") == values(invite.headers, "Via")
    assert values(ack.headers, "Route") == ("<sip:p1;lr>", "<sip:p2;lr>")
    assert ack.value("To") == "<urn:service:sos>;tag=t9"
    assert ack.value("CSeq") == "1 ACK"
    assert outcome.flow == layer.flow


@TRANSPORTS
def test_every_2xx_is_told_for_as_long_as_forks_may_answer(transport: str) -> None:
    layer = Layer(transport)
    invite = asked()
    layer.ask(invite)
    assert layer.heard(invite, 200) == ["Heard"]
    assert layer.heard(invite, 200, "other") == ["Heard"]
    assert layer.heard(invite, 486) == []
    assert layer.wait(31.9) == []
    assert layer.heard(invite, 200) == ["Heard"]
    assert layer.wait(0.2) == ["Settled"]
    assert layer.left == NOTHING


def test_an_invite_may_be_given_up_while_it_waits_and_not_afterwards() -> None:
    layer = Layer()
    for heard in ((), (180,)):
        invite = asked()
        key = layer.ask(invite)
        for status in heard:
            layer.heard(invite, status)
        assert layer.all.give_up(key, 0) == (Unanswered(key, 408),)
        assert layer.all.give_up(key, 0) == ()
    invite = asked()
    key = layer.ask(invite)
    layer.heard(invite, 200)
    assert layer.all.give_up(key, 0) == ()


# --- the others ---


def test_another_request_goes_out_up_to_every_t2_and_is_given_up() -> None:
    layer = Layer()
    layer.ask(asked("OPTIONS"))
    assert layer.wait(7.6) == ["OPTIONS"] * 4  # 0.5, 1.5, 3.5, 7.5
    assert layer.wait(24.3) == ["OPTIONS"] * 6
    assert layer.wait(0.2) == ["Unanswered"]
    assert layer.left == NOTHING


def test_a_provisional_answer_slows_it_down_and_buys_no_time() -> None:
    layer = Layer()
    bye = asked("BYE")
    layer.ask(bye)
    assert layer.heard(bye, 100) == ["Heard"]
    assert layer.heard(bye, 100) == ["Heard"]
    assert layer.wait(4.4) == ["BYE"]  # at 0.5, then every 4 s
    assert layer.wait(4.0) == ["BYE"]
    assert layer.wait(23.7)[-1] == "Unanswered"


@TRANSPORTS
@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize("provisional", [True, False])
def test_its_answer_is_told_once(transport: str, status: int, provisional: bool) -> None:
    layer = Layer(transport)
    bye = asked("BYE")
    layer.ask(bye)
    if provisional:
        layer.heard(bye, 100)
    assert layer.heard(bye, status) == ["Heard"]
    assert layer.heard(bye, status) == []
    assert layer.heard(bye, 100) == []
    assert layer.wait(5.0) == []
    assert layer.left == NOTHING
