"""A text of a test goes the way of every text, and meets no dialogue and no PSAP of callers."""

from __future__ import annotations

from dataclasses import replace

from text911.gateway.core.commands import Question, Route
from text911.gateway.core.facts import PartsJoined, RouteChosen
from text911.gateway.core.state import Line
from text911.gateway.edges.answers import Answers
from text911.gateway.onboarding.settings import CertificationSettings
from text911.smpp.pdu import BindTransmitter, DeliverSm, SubmitSmResp
from text911.smpp.receipt import report_of
from text911.smpp.status import Status

from .world import CARRIER, HARTFORD, Peer, World

TESTS = "9110"


class Titles:
    def title(self, psap: str) -> str:
        return psap.title()


class Lab(World):
    """The carrier has an address for tests. `psap`: who is shown them."""

    def __init__(self, psap: str = "") -> None:
        super().__init__()
        tests = CertificationSettings(short_codes=[TESTS], psap=psap)
        self.carriers.replace([replace(CARRIER, certification=tests)])
        self._answers = Answers(Titles(), self.metrics, {"one/tests": psap})  # type: ignore[arg-type]

    def answer(self, line: Line, question: Question) -> RouteChosen | PartsJoined:
        if isinstance(question, Route) and line.key.group == "one/tests":
            return self._answers.answer(line, question)
        return super().answer(line, question)

    def bound(self) -> Peer:
        peer = self.bind()
        peer.read()
        return peer


def texts(peer: Peer) -> list[DeliverSm]:
    return [pdu for pdu, _ in peer.delivered()]


def test_a_test_is_recorded_answered_and_bounced_from_its_own_address() -> None:
    world = Lab()
    peer = world.bound()
    peer.text(b"T1 hello", destination_addr=TESTS, registered_delivery=1)
    world.settle()
    world.wait(1)
    answers = peer.read()
    assert isinstance(answers[0][0], SubmitSmResp)
    assert answers[0][1] == Status.ROK
    given = [pdu for pdu, _, _ in answers if isinstance(pdu, DeliverSm)]
    assert {one.source_addr for one in given} == {TESTS}
    states = [found.state for one in given if (found := report_of(one, "gsm7"))]
    assert states == ["UNDELIV"]
    assert any(one.short_message == b"no text-to-911" for one in given)
    assert world.hartford.offers == world.csecc.offers == []


def test_a_test_is_no_part_of_the_same_numbers_emergency() -> None:
    world = Lab()
    peer = world.bound()
    peer.text(b"T1 hello", destination_addr=TESTS)
    world.settle()
    peer.text(b"help")
    world.settle()
    (offer,) = world.hartford.offers
    said = [item.text for item in offer.items if item.kind == "caller"]
    assert said == ["help"]


def test_the_answer_in_an_emergency_is_not_from_the_address_for_tests() -> None:
    world = Lab()
    peer = world.bound()
    peer.text(b"T1 hello", destination_addr=TESTS)
    world.settle()
    peer.text(b"help")
    world.settle()
    leg = world.hartford.answer()
    peer.read()
    world.hartford.write(leg, "we are coming")
    world.settle()
    assert [(one.source_addr, one.short_message) for one in texts(peer)] == [
        ("911", b"we are coming")
    ]


def test_a_retransmission_of_a_test_is_recognised() -> None:
    world = Lab()
    peer = world.bound()
    number = peer.text(b"T8 again", destination_addr=TESTS)
    world.settle()
    peer.text(b"T8 again", destination_addr=TESTS, sequence_number=number)
    world.settle()
    ids = [pdu.message_id for pdu, _, _ in peer.read() if isinstance(pdu, SubmitSmResp)]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_a_psap_for_tests_is_offered_them_and_writes_back_from_their_address() -> None:
    world = Lab(psap=HARTFORD)
    peer = world.bound()
    peer.text(b"T1 hello", destination_addr=TESTS)
    world.settle()
    leg = world.hartford.answer()
    peer.read()
    world.hartford.write(leg, "seen")
    world.settle()
    assert [(one.source_addr, one.short_message) for one in texts(peer)] == [(TESTS, b"seen")]


def test_when_nobody_is_at_the_psap_for_tests_no_other_is_rung() -> None:
    world = Lab(psap=HARTFORD)
    world.hartford.people = False
    peer = world.bound()
    peer.text(b"T1 hello", destination_addr=TESTS)
    world.wait(15)
    assert world.csecc.offers == []
    assert [one.short_message for one in texts(peer)] == [b"no text-to-911"]


def test_what_waits_for_a_bind_that_receives_leaves_with_the_next_one() -> None:
    world = Lab()
    transmitter = world.connect()
    transmitter.send(BindTransmitter("one", "secret"))
    transmitter.text(b"T1 hello", destination_addr=TESTS)
    world.settle()
    assert world.carriers.waiting()["one/tests"] == 1
    receiver = world.bind()
    world.settle()
    assert [one.source_addr for one in texts(receiver)] == [TESTS]
