"""How a play ends: closed, silent, hindered at the bind, or waited for where an end is due."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from text911.smpp.conformance.judging import judge
from text911.smpp.conformance.making import N, nacked, taken
from text911.smpp.conformance.octets import ENQUIRE, NACK, pdu
from text911.smpp.conformance.playing import GOODBYE, PROBE, PROBE_AGAIN, SETUP, Play
from text911.smpp.conformance.values import Case, End, Heard, Setup

from .ideal import ACCESS
from .stage import BIND_RESP, PATIENCE, Answer, Request, enquiring, numbers, polite, staged


def closes(number: int) -> tuple[Answer, list[Play]]:
    """A server that closes when it is sent this number."""
    plays: list[Play] = []

    def answers(request: Request) -> Iterable[bytes]:
        if request[1] == number:
            plays[0].closed(0.0)
            return []
        return polite(request)

    return answers, plays


def ended(one: Case, number: int) -> Heard:
    answers, plays = closes(number)
    stage = staged(one, answers)
    plays.append(stage.play)
    return stage.end()


def test_a_connection_that_is_closed_is_heard_at_once() -> None:
    assert ended(enquiring(taken(ENQUIRE)), N) == Heard((), End.CLOSED)
    assert ended(enquiring(taken(ENQUIRE)), PROBE).end is End.CLOSED
    assert ended(enquiring(taken(ENQUIRE)), PROBE_AGAIN).end is End.CLOSED
    assert ended(enquiring(taken(ENQUIRE)), GOODBYE).end is End.KEPT


def test_a_bind_as_probe_that_is_refused_may_close_the_connection() -> None:
    one = enquiring(taken(ENQUIRE), setup=Setup.OPEN)
    assert ended(one, PROBE_AGAIN).end is End.KEPT
    assert ended(one, PROBE).end is End.CLOSED


def test_a_server_that_answers_nothing_is_silent() -> None:
    def deaf(request: Request) -> Iterable[bytes]:
        return polite(request) if request[1] == SETUP else []

    stage = staged(enquiring(taken(ENQUIRE)), deaf)
    assert stage.end() == Heard((), End.SILENT)
    assert stage.now == PATIENCE


def test_where_an_end_is_due_nothing_is_sent_behind_before_the_answer() -> None:
    def nacks(request: Request) -> Iterable[bytes]:
        return [pdu(NACK, N, b"", 2)] if request[1] == N else polite(request)

    one = enquiring(nacked(2), end=End.CLOSED)
    stage = staged(one, nacks)
    stage.turn()
    stage.turn()
    assert numbers(stage) == [SETUP, N]
    said = stage.end()
    assert said.end is End.KEPT, "it answers the probe as if nothing had happened"
    assert PROBE in numbers(stage)
    assert not judge(one, said).is_passed


def test_where_only_an_end_is_due_it_is_waited_for_without_a_probe() -> None:
    def deaf(request: Request) -> Iterable[bytes]:
        return []

    one = enquiring(None, setup=Setup.OPEN, end=End.CLOSED, sends=b"GET /", within=20.0)
    stage = staged(one, deaf)
    assert stage.end() == Heard((), End.SILENT)
    assert stage.now == 20.0
    assert stage.sent == [b"GET /"]


def test_where_both_ends_are_right_and_no_answer_is_due_the_probe_comes_at_once() -> None:
    stage = staged(enquiring((), setup=Setup.OPEN, end=End.EITHER, sends=pdu(NACK, N)))
    assert stage.end().end is End.KEPT
    assert stage.now == 0.0


@pytest.mark.parametrize("status", [0, 5])
def test_a_bind_that_is_not_accepted_is_a_hindrance(status: int) -> None:
    def refuses(request: Request) -> Iterable[bytes]:
        return [pdu(BIND_RESP, request[1], b"", status)] if status else []

    stage = staged(enquiring(taken(ENQUIRE)), refuses)
    said = stage.end()
    words = "refused with 0x5 (ESME_RALYBND)" if status else "not answered"
    assert words in said.hindrance
    assert said.refused == status
    assert numbers(stage) == [SETUP]


def test_a_status_without_a_name_is_told_as_its_number() -> None:
    said = staged(
        enquiring(taken(ENQUIRE)), lambda request: [pdu(BIND_RESP, request[1], b"", 0x4A1)]
    ).end()
    assert said.hindrance.endswith("refused with 0x4a1")


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"HTTP/1.0 400 Bad Request\r\n\r\n", "it speaks HTTP, not SMPP"),
        (b"\x15\x03\x03\0\2\2\x46" + bytes(9), "it speaks TLS"),
        (b"220 mail.example.net\r\n", "what comes is no SMPP, 32 32 30 20 6d 61 69 6c"),
    ],
)
def test_who_speaks_something_else_at_the_bind_is_a_hindrance(octets: bytes, words: str) -> None:
    said = staged(enquiring(taken(ENQUIRE)), lambda _: [octets]).end()
    assert words in said.hindrance
    assert said.unreadable == octets


def test_what_is_said_before_the_end_at_the_bind_is_told() -> None:
    play = Play(enquiring(taken(ENQUIRE)), (), ACCESS, 0.0, PATIENCE)
    play.receive(b"\x15\x03\x01\0\2\2\x46", 0.0)
    play.closed(0.0)
    assert play.heard.hindrance.endswith("instead of answering the bind: it speaks TLS")


def test_a_connection_closed_at_the_bind_is_a_hindrance() -> None:
    assert "closes the connection" in ended(enquiring(taken(ENQUIRE)), SETUP).hindrance


def test_a_good_bye_that_is_not_answered_is_not_held_against_anybody() -> None:
    def curt(request: Request) -> Iterable[bytes]:
        return [] if request[1] == GOODBYE else polite(request)

    stage = staged(enquiring(taken(ENQUIRE)), curt)
    assert stage.end().end is End.KEPT
    assert stage.now == 1.0
