"""Peers that are asked whether they are there."""

from __future__ import annotations

import pytest

from text911.sip.calls import Reachable, Unreachable
from text911.sip.digest import Challenge
from text911.sip.settings import Account
from text911.sip.uri import SipUri

from .desk import Desk
from .wire import settings

PSAP = SipUri("sip", "", "192.0.2.2")


def watching(**more: object) -> Desk:
    desk = Desk(settings("192.0.2.1", ping=60.0, **more))
    desk.take(desk.agent.watch(PSAP, desk.now))
    return desk


def test_a_peer_is_asked_at_once_and_then_from_time_to_time() -> None:
    desk = watching()
    first = desk.request("OPTIONS")
    assert first.uri == "sip:192.0.2.2"
    desk.answer(first, 100)
    assert desk.told == []
    desk.answer(first, 200)
    flow = desk.one(Reachable).flow
    assert flow.remote == ("192.0.2.2", 5060)
    desk.wait(59)
    assert desk.out == []
    desk.wait(1)
    second = desk.request("OPTIONS")
    assert second.value("Call-ID") != first.value("Call-ID")
    desk.answer(second, 200)
    assert desk.told == []


@pytest.mark.parametrize("status", [404, 405, 481, 486, 500])
def test_any_answer_is_a_sign_of_life(status: int) -> None:
    desk = watching()
    desk.answer(desk.request("OPTIONS"), status)
    assert desk.one(Reachable)


def test_silence_and_503_are_told_once_and_its_return_too() -> None:
    desk = watching()
    desk.wait(32)
    told = desk.one(Unreachable)
    assert (told.flow.remote, told.text) == (("192.0.2.2", 5060), "408 Request Timeout")
    desk.wait(60)
    desk.answer(desk.request("OPTIONS"), 503)
    assert desk.told == []
    desk.wait(60)
    desk.answer(desk.request("OPTIONS"), 200)
    assert desk.one(Reachable)
    desk.wait(60)
    desk.answer(desk.request("OPTIONS"), 503)
    assert desk.one(Unreachable).text == "503 Service Unavailable"


def test_nothing_piles_up_while_nobody_answers() -> None:
    desk = watching()
    desk.wait(3_000)
    assert desk.agent.census.clients <= 1
    assert desk.agent.census.asked <= 1


def test_a_peer_that_asks_who_we_are_is_told() -> None:
    desk = watching(login=Account("gateway", "secret"))
    asked = ("WWW-Authenticate", str(Challenge("psap", "n1")))
    desk.answer(desk.request("OPTIONS"), 401, asked)
    again = desk.request("OPTIONS")
    assert again.value("Authorization") is not None
    desk.answer(again, 401, asked)
    assert desk.one(Reachable)


def test_two_peers_are_told_apart() -> None:
    desk = watching()
    first = desk.request("OPTIONS")
    other = SipUri("sip", "", "192.0.2.3")
    desk.take(desk.agent.watch(other, desk.now))
    second = desk.request("OPTIONS")
    desk.answer(second, 200)
    assert desk.one(Reachable).flow.remote[0] == "192.0.2.3"
    desk.answer(first, 200)
    assert desk.one(Reachable).flow.remote[0] == "192.0.2.2"
