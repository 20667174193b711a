"""A play without a socket and without a clock: what is sent when, and when it is over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest

from text911.smpp.conformance.judging import judge
from text911.smpp.conformance.making import N, answered, case, nacked, taken
from text911.smpp.conformance.octets import (
    ALERT,
    BIND_RX,
    BIND_TRX,
    DELIVER,
    ENQUIRE,
    NACK,
    OUTBIND,
    RESPONSE,
    SUBMIT,
    UNBIND,
    c,
    pdu,
)
from text911.smpp.conformance.playing import GOODBYE, PROBE, PROBE_AGAIN, SETUP, TRY_LATER, Play
from text911.smpp.conformance.rules import RESPONSE_DUE
from text911.smpp.conformance.suite import suite
from text911.smpp.conformance.values import (
    Await,
    Case,
    Due,
    End,
    Heard,
    Probe,
    Send,
    Setup,
    Step,
)

from .ideal import ACCESS, answer, dues, heard

PATIENCE = 3.0  # s
BIND_RESP = BIND_TRX | RESPONSE

Request = tuple[int, int, bytes]  # command_id, sequence_number, the whole PDU
Answer = Callable[[Request], Iterable[bytes]]


def pdus(octets: bytes) -> list[Request]:
    found: list[Request] = []
    while len(octets) >= 16 and 16 <= int.from_bytes(octets[:4]) <= len(octets):
        one = octets[: int.from_bytes(octets[:4])]
        found.append((int.from_bytes(one[4:8]), int.from_bytes(one[12:16]), one))
        octets = octets[len(one) :]
    return found


def polite(request: Request) -> Iterable[bytes]:
    """Says yes to everything that is asked."""
    command_id, number, _ = request
    if not command_id & RESPONSE:
        body = c("mc") if command_id in (1, 2, 9) else c("1") if command_id == SUBMIT else b""
        yield pdu(command_id | RESPONSE, number, body)


@dataclass
class Stage:
    """One play against `says`, with a clock that goes when nothing else happens."""

    play: Play
    says: Answer
    now: float = 0.0
    sent: list[bytes] = field(default_factory=list[bytes])
    asked: list[Request] = field(default_factory=list[Request])
    held: bytes = b""

    def turn(self) -> None:
        """What is due is sent and answered; else time goes on."""
        segments = self.play.take(self.now)
        if not segments:
            self.now = max(self.now, self.play.wakes_at())
            self.play.tick(self.now)
            return
        self.sent += segments
        self.held += b"".join(segments)
        for request in pdus(self.held):
            self.held = self.held[len(request[2]) :]
            self.asked.append(request)
            for octets in self.says(request):
                self.play.receive(octets, self.now)

    def end(self) -> Heard:
        for _ in range(10_000):
            if self.play.is_done:
                return self.play.heard
            self.turn()
        raise AssertionError("it never ends")


def staged(one: Case, says: Answer = polite, steps: tuple[Step, ...] | None = None) -> Stage:
    play = Play(one, one.steps if steps is None else steps, ACCESS, 0.0, PATIENCE)
    return Stage(play, says)


def enquiring(
    due: Due | tuple[Due, ...] | None = None,
    *,
    setup: Setup = Setup.TRX,
    end: End = End.KEPT,
    sends: bytes | tuple[Step, ...] = pdu(ENQUIRE, N),
    probe: Probe | None = None,
    within: float = 0.0,
) -> Case:
    return case("a.case", "", setup, sends, due, RESPONSE_DUE, end=end, probe=probe, within=within)


def numbers(stage: Stage) -> list[int]:
    return [number for _, number, _ in stage.asked]


# --- the way it goes -----------------------------------------------------------------------------


def test_a_bind_the_octets_two_probes_and_a_good_bye() -> None:
    stage = staged(enquiring(taken(ENQUIRE)))
    said = stage.end()
    assert numbers(stage) == [SETUP, N, PROBE, PROBE_AGAIN, GOODBYE]
    assert [command for command, _, _ in stage.asked] == [9, ENQUIRE, ENQUIRE, ENQUIRE, UNBIND]
    assert [reply.number for reply in said.replies] == [N]
    assert said.end is End.KEPT
    assert stage.now == 0.0, "a server that answers costs no time"


def test_before_the_bind_the_probe_is_a_bind() -> None:
    stage = staged(enquiring(taken(ENQUIRE), setup=Setup.OPEN))
    assert stage.end().end is End.KEPT
    assert [(command, number) for command, number, _ in stage.asked[:3]] == [
        (ENQUIRE, N),
        (BIND_TRX, PROBE),
        (ENQUIRE, PROBE_AGAIN),
    ]


@pytest.mark.parametrize(("setup", "kind"), [(Setup.TX, 2), (Setup.RX, BIND_RX)])
def test_the_bind_is_of_the_kind_that_the_case_wants(setup: Setup, kind: int) -> None:
    stage = staged(enquiring(taken(ENQUIRE), setup=setup))
    stage.end()
    assert stage.asked[0][0] == kind


def test_pieces_are_sent_by_themselves_and_at_their_time() -> None:
    octets = pdu(ENQUIRE, N)
    stage = staged(enquiring(taken(ENQUIRE), sends=(Send(octets, each=8, every=2.0),)))
    said = stage.end()
    assert stage.sent[1:3] == [octets[:8], octets[8:]]
    assert stage.now == 4.0, "the probe comes behind the last piece"
    assert len(said.replies) == 1


def test_a_step_waits_for_the_answer_to_the_one_before() -> None:
    first, second = pdu(ENQUIRE, N), pdu(ENQUIRE, N + 1)
    steps = (Send(first), Await(N), Send(second))
    stage = staged(enquiring((taken(ENQUIRE), taken(ENQUIRE, N + 1)), sends=steps))
    stage.turn()
    stage.turn()
    assert stage.sent[-1] == first
    stage.turn()
    assert second in stage.sent
    assert len(stage.end().replies) == 2


def test_a_step_that_waits_in_vain_goes_on_after_patience() -> None:
    def deaf(request: Request) -> Iterable[bytes]:
        return [] if request[1] == N else polite(request)

    steps = (Send(pdu(ENQUIRE, N)), Await(N), Send(pdu(ENQUIRE, N + 1)))
    one = enquiring((taken(ENQUIRE), taken(ENQUIRE, N + 1)), sends=steps)
    said = staged(one, deaf).end()
    assert [reply.number for reply in said.replies] == [N + 1]
    assert said.end is End.KEPT


def test_an_answer_that_comes_behind_the_probes_is_waited_for() -> None:
    """What is made durable is answered later than an enquire_link."""
    late: list[bytes] = []

    def slow(request: Request) -> Iterable[bytes]:
        if request[0] == SUBMIT:
            late.extend(polite(request))
            return []
        return polite(request)

    stage = staged(enquiring(answered(SUBMIT), sends=pdu(SUBMIT, N)), slow)
    while PROBE_AGAIN not in numbers(stage):
        stage.turn()
    assert not stage.play.is_done
    for octets in late:
        stage.play.receive(octets, stage.now)
    said = stage.end()
    assert len(said.replies) == 1
    assert said.end is End.KEPT


def test_an_answer_that_never_comes_costs_patience_and_no_more() -> None:
    def deaf(request: Request) -> Iterable[bytes]:
        return [] if request[0] == SUBMIT else polite(request)

    stage = staged(enquiring(answered(SUBMIT), sends=pdu(SUBMIT, N)), deaf)
    said = stage.end()
    assert said == Heard((), End.KEPT)
    assert stage.now == PATIENCE


# --- the other ends ------------------------------------------------------------------------------


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


# --- what the server says by itself --------------------------------------------------------------


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


# --- all of them ---------------------------------------------------------------------------------


def test_every_case_played_against_a_faultless_server_passes_and_ends() -> None:
    found = {one.id: judge(one, faultlessly(one)) for one in suite(ACCESS, slow=True)}
    assert {name: verdict for name, verdict in found.items() if not verdict.is_passed} == {}


def faultlessly(one: Case) -> Heard:
    """Played against a server that waits for the whole of the case, says what is due, and closes
    where that is due."""
    replies = [answer(due.good[0]).octets for due in dues(one)]
    closes = heard(one).end is End.CLOSED
    stage = staged(one, lambda request: [])
    said = 0
    while not stage.play.is_done:
        if closes and not replies and one.octets in b"".join(stage.sent):
            stage.play.closed(stage.now)
            continue
        stage.turn()
        whole = b"".join(stage.sent)
        for _, number, octets in pdus(b"".join(stage.sent[said:])):
            if number in (SETUP, PROBE, PROBE_AGAIN, GOODBYE):
                for back in polite((int.from_bytes(octets[4:8]), number, octets)):
                    stage.play.receive(back, stage.now)
        said = len(stage.sent)
        if one.octets[:16] in whole:
            for octets in replies:
                stage.play.receive(octets, stage.now)
            replies = []
    return stage.play.heard
