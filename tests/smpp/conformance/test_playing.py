"""A play without a socket and without a clock: what is sent when, and when it is over."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from text911.smpp.conformance.judging import judge
from text911.smpp.conformance.making import N, answered, taken
from text911.smpp.conformance.octets import BIND_RX, BIND_TRX, ENQUIRE, SUBMIT, UNBIND, pdu
from text911.smpp.conformance.playing import GOODBYE, PROBE, PROBE_AGAIN, SETUP
from text911.smpp.conformance.suite import suite
from text911.smpp.conformance.values import Await, Case, End, Heard, Send, Setup

from .ideal import ACCESS, answer, dues, heard
from .stage import PATIENCE, Request, enquiring, numbers, pdus, polite, staged

# --- the way it goes ---


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


# --- all of them ---


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
