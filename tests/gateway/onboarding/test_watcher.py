"""Who watches is shown what is right, and loses what is too much."""

from __future__ import annotations

import pytest

from tests.gateway.onboarding.test_lookout import TEST, TEXT, Link, Stage
from text911.gateway.onboarding import watcher
from text911.gateway.onboarding.lines import Lost, Seen
from text911.gateway.onboarding.watched import Scope
from text911.gateway.onboarding.watcher import addresses
from text911.smpp.codec import encode as pdu_octets
from text911.smpp.pdu import (
    BindTransceiver,
    DeliverSm,
    EnquireLink,
    EnquireLinkResp,
    SubmitSm,
    SubmitSmResp,
)


def test_both_directions_are_seen_with_words_and_numbers_hidden() -> None:
    stage = Stage()
    stage.link.ear.heard([TEXT])
    stage.link.ear.said([pdu_octets(SubmitSmResp("m1"), 7)])
    stage.link.ear.said([])
    first, second = stage.lines()
    assert isinstance(first, Seen)
    assert isinstance(second, Seen)
    assert (first.heard, first.bind, first.at, first.is_hidden) == (True, "x-1", 100.0, True)
    assert b"help" not in bytes.fromhex(first.octets)
    assert b"860555" not in bytes.fromhex(first.octets)
    assert (second.heard, second.is_hidden) == (False, False)


def test_on_a_bind_that_we_made_the_carrier_is_the_message_centre() -> None:
    stage = Stage()
    ours = Link("x-9", is_ours=True)
    stage.lookout.binds([("one", stage.link), ("one", ours)])
    ours.ear.heard([pdu_octets(DeliverSm(destination_addr="911"), 1)])
    (one,) = stage.lines()
    assert isinstance(one, Seen)
    assert (one.ours, one.heard) == (True, True)


def test_with_words_the_octets_are_those_of_the_wire_but_never_a_password() -> None:
    stage = Stage(Scope.WORDS)
    stage.link.ear.heard([TEXT, pdu_octets(BindTransceiver("one", "secret"), 9)])
    text, bind = stage.lines()
    assert isinstance(text, Seen)
    assert isinstance(bind, Seen)
    assert bytes.fromhex(text.octets) == TEXT
    assert (len(bytes.fromhex(bind.octets)), bind.withheld) == (16, 16)


def test_who_looks_at_tests_sees_those_whole_and_nothing_of_callers() -> None:
    stage = Stage(Scope.TESTS)
    ear = stage.link.ear
    ear.heard([TEXT, TEST, pdu_octets(EnquireLink(), 9)])
    ear.said([pdu_octets(SubmitSmResp("m1"), n) for n in (7, 8)])
    ear.said([pdu_octets(EnquireLinkResp(), 9)])
    ear.said([pdu_octets(DeliverSm(source_addr="9110", destination_addr="18605550142"), 1)])
    ear.said([pdu_octets(DeliverSm(source_addr="911", destination_addr="18605550142"), 2)])
    numbers = [(int.from_bytes(one[4:8]), int.from_bytes(one[12:16])) for one in stage.octets()]
    assert numbers == [(4, 8), (0x15, 9), (0x80000004, 8), (0x80000015, 9), (5, 1)]


def test_both_responses_to_a_retransmission_are_seen() -> None:
    stage = Stage(Scope.TESTS)
    stage.link.ear.heard([TEST, TEST])
    stage.link.ear.said([pdu_octets(SubmitSmResp("m1"), 8)] * 3)
    assert len(stage.octets()) == 4


def test_the_tests_that_wait_for_a_response_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "ASKED_MAX", 2)
    stage = Stage(Scope.TESTS)
    stage.link.ear.heard([TEST[:12] + n.to_bytes(4) + TEST[16:] for n in (1, 2, 3)])
    stage.link.ear.said([pdu_octets(SubmitSmResp("m"), n) for n in (1, 2, 3)])
    assert [int.from_bytes(one[12:16]) for one in stage.octets()] == [1, 2, 3, 2, 3]


def test_a_slow_watcher_loses_lines_and_is_told_how_many() -> None:
    stage = Stage()
    stage.link.ear.heard([TEXT] * (watcher.WAITING_MAX + 5))
    first = stage.watcher.take(10)
    assert len(first) == 10
    rest = stage.lines()
    assert len(rest) == watcher.WAITING_MAX - 10 + 1
    assert rest[-1] == Lost(5)
    assert stage.lines() == []


def test_in_a_flood_without_end_the_loss_is_said_where_it_was() -> None:
    stage = Stage()
    stage.link.ear.heard([TEXT] * (watcher.WAITING_MAX + 5))
    stage.watcher.take(10)
    stage.link.ear.heard([TEXT] * 20)
    lines = stage.lines()
    assert lines[watcher.WAITING_MAX - 10] == Lost(5)
    assert lines[-1] == Lost(20 - 9)
    assert len(lines) == watcher.WAITING_MAX + 1


def test_octets_are_bounded_too() -> None:
    stage = Stage()
    large = pdu_octets(SubmitSm(tlvs=((0x0424, b"x" * 60_000),)), 1)
    stage.link.ear.heard([large] * 40)
    assert stage.lines()[-1] == Lost(40 - watcher.OCTETS_MAX // len(large))
    stage.link.ear.heard([large])
    assert len(stage.lines()) == 1


def test_a_watcher_is_woken_once_for_what_waits() -> None:
    stage = Stage()
    stage.link.ear.heard([TEXT])
    stage.link.ear.heard([TEXT])
    stage.link.ear.heard([])
    assert len(stage.woken) == 1


def test_a_peer_that_comes_and_goes_without_end_costs_no_memory() -> None:
    stage = Stage()
    for _ in range(2 * watcher.WAITING_MAX + 3):
        stage.lookout.tell("one", "bind_up", "One has bound")
    assert stage.lines()[-1] == Lost(3)


def test_addresses_are_read_without_the_rest() -> None:
    assert addresses(TEST) == (b"18605550142", b"9110")
    for octets in (TEST[:20], pdu_octets(EnquireLink(), 1), pdu_octets(SubmitSmResp("m"), 1)):
        assert addresses(octets) == ()
