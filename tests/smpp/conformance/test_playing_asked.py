"""What the server says by itself is answered, and what is no PDU is kept for the judge."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from text911.smpp.conformance.making import N, taken
from text911.smpp.conformance.octets import (
    ALERT,
    DELIVER,
    ENQUIRE,
    NACK,
    OUTBIND,
    RESPONSE,
    UNBIND,
    pdu,
)
from text911.smpp.conformance.playing import GOODBYE, PROBE, PROBE_AGAIN, SETUP, TRY_LATER
from text911.smpp.conformance.values import End, Send

from .stage import Request, enquiring, numbers, polite, staged


@pytest.mark.parametrize(
    ("request_", "answer_"),
    [
        (pdu(ENQUIRE, 7), pdu(ENQUIRE | RESPONSE, 7)),
        (pdu(UNBIND, 7), pdu(UNBIND | RESPONSE, 7)),
        (pdu(DELIVER, 7, b"x" * 30), pdu(DELIVER | RESPONSE, 7, b"\0", TRY_LATER)),
        (pdu(0x77, 7), pdu(NACK, 7, b"", 3)),
        (pdu(ALERT, 7), None),
        (pdu(OUTBIND, 7), None),
    ],
    ids=["enquire_link", "unbind", "deliver_sm", "unknown", "alert_notification", "outbind"],
)
def test_what_the_server_asks_is_answered_and_is_no_part_of_the_case(
    request_: bytes, answer_: bytes | None
) -> None:
    def asks(request: Request) -> Iterable[bytes]:
        return [request_, *polite(request)] if request[1] == N else polite(request)

    stage = staged(enquiring(taken(ENQUIRE)), asks)
    said = stage.end()
    assert [reply.number for reply in said.replies] == [N]
    assert [octets for octets in stage.sent if octets == answer_] == [answer_] * (
        answer_ is not None
    )


def test_a_courtesy_never_stands_within_a_pdu_that_is_sent_in_pieces() -> None:
    octets = pdu(ENQUIRE, N)
    stage = staged(enquiring(taken(ENQUIRE), sends=(Send(octets, each=8, every=2.0),)))
    while octets[:8] not in stage.sent:
        stage.turn()
    stage.play.receive(pdu(ENQUIRE, 7), stage.now)
    stage.end()
    assert numbers(stage) == [SETUP, N, PROBE, 7, PROBE_AGAIN, GOODBYE]


def test_a_server_that_only_asks_is_silent_all_the_same() -> None:
    stage = staged(enquiring(taken(ENQUIRE)), polite)
    stage.turn()
    stage.says = lambda request: []
    for second in range(10):
        if stage.play.is_done:
            break
        stage.play.take(float(second))
        stage.play.receive(pdu(ENQUIRE, 7), float(second))
        stage.play.take(float(second))
        stage.play.tick(float(second))
    assert stage.play.heard.end is End.SILENT
    assert stage.play.is_done


def test_answers_may_come_cut_anywhere() -> None:
    def drips(request: Request) -> Iterable[bytes]:
        for octets in polite(request):
            yield from (octets[at : at + 1] for at in range(len(octets)))

    said = staged(enquiring(taken(ENQUIRE)), drips).end()
    assert [reply.number for reply in said.replies] == [N]
    assert said.end is End.KEPT


def test_what_is_no_pdu_is_kept_for_the_judge() -> None:
    def http(request: Request) -> Iterable[bytes]:
        return [b"HTTP/1.1 400 Bad Request\r\n\r\n"] if request[1] == N else polite(request)

    said = staged(enquiring(taken(ENQUIRE)), http).end()
    assert said.unreadable.startswith(b"HTTP/1.1 400")
    assert said.end is End.SILENT


def test_half_an_answer_before_the_end_is_kept_for_the_judge() -> None:
    stage = staged(enquiring(taken(ENQUIRE)))
    stage.turn()
    stage.play.receive(pdu(ENQUIRE | RESPONSE, N)[:20] + b"\0\0\0", 0.0)
    stage.play.closed(0.0)
    assert stage.play.heard.unreadable == b"\0\0\0"
    assert stage.play.heard.end is End.CLOSED


def test_a_second_answer_to_a_probe_changes_nothing() -> None:
    def twice(request: Request) -> Iterable[bytes]:
        return [octets for octets in polite(request) for _ in range(2)]

    stage = staged(enquiring((taken(ENQUIRE), taken(ENQUIRE))), twice)
    said = stage.end()
    assert numbers(stage) == [SETUP, N, PROBE, PROBE_AGAIN, GOODBYE]
    assert len(said.replies) == 2
