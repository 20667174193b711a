from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from text911.gateway.core.values import CarrierName, Location
from text911.gateway.location.chain import Chain, call_source, carrier_source
from text911.gateway.location.port import Answer, Question, Unknown
from text911.gateway.location.settings import CarrierLocationSettings, Source

HERE = Location(41.6, -72.6, 50, 90, "GPS", "test", 0.0)
ELSEWHERE = Location(41.7, -72.7, 50, 90, "GPS", "test", 0.0)
QUESTION = Question("d", CarrierName("alder"), "+18605550142", ((0x1501, b"41.6,-72.6,620"),))


class Says:
    """Answers at once, with everything it was given."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = answers
        self.asked = 0

    def locate(self, question: Question, answer: Callable[[Answer], None]) -> None:
        self.asked += 1
        for said in self.answers:
            answer(said)


class Later:
    """Keeps the question until the test answers it."""

    def __init__(self) -> None:
        self.answer: Callable[[Answer], None] | None = None

    def locate(self, question: Question, answer: Callable[[Answer], None]) -> None:
        self.answer = answer


def ask(*sources: Says | Later) -> list[Answer]:
    answers: list[Answer] = []
    Chain(sources).locate(QUESTION, answers.append)
    return answers


def test_the_first_that_knows_is_the_last_that_is_asked() -> None:
    third = Says(ELSEWHERE)
    assert ask(Says(Unknown("no idea")), Says(HERE), third) == [HERE]
    assert third.asked == 0


def test_when_nobody_knows_all_reasons_are_told_in_order() -> None:
    assert ask(Says(Unknown("one")), Says(Unknown("two"))) == [Unknown("one; two")]


def test_a_chain_of_nobody_says_so() -> None:
    assert ask() == [Unknown("no location source is configured")]


def test_a_second_answer_is_not_passed_on() -> None:
    assert ask(Says(HERE, ELSEWHERE)) == [HERE]
    second = Says(HERE)
    assert ask(Says(Unknown("one"), Unknown("one again")), second) == [HERE]
    assert second.asked == 1


def test_a_late_answer_is_waited_for() -> None:
    slow, answers = Later(), list[Answer]()
    Chain([slow, Says(HERE)]).locate(QUESTION, answers.append)
    assert answers == []
    assert slow.answer is not None
    slow.answer(Unknown("late"))
    assert answers == [HERE]


def of_carrier(settings: CarrierLocationSettings) -> list[Answer]:
    answers: list[Answer] = []

    def later(seconds: float, what: Callable[[], None]) -> None:
        what()

    carrier_source(settings, lambda: 3.0, later).locate(QUESTION, answers.append)
    return answers


def test_a_carrier_with_a_tlv_is_asked_there_first_and_then_by_its_default() -> None:
    settings = CarrierLocationSettings(
        source=Source.TLV, tlv_tag=0x1501, default_latitude=41.5, default_longitude=-72.5
    )
    (said,) = of_carrier(settings)
    assert isinstance(said, Location)
    assert (said.latitude, said.method) == (41.6, "Cell")
    (said,) = of_carrier(settings.model_copy(update={"tlv_tag": 0x1502}))
    assert isinstance(said, Location)
    assert (said.latitude, said.method) == (41.5, "Default")


def test_a_carrier_with_a_profile_only_has_its_default() -> None:
    assert of_carrier(CarrierLocationSettings()) == [Unknown("carrier alder has no default place")]


def test_a_simulated_carrier_always_knows() -> None:
    (said,) = of_carrier(CarrierLocationSettings(source=Source.SIMULATED))
    assert isinstance(said, Location)
    assert said.source == "simulated location source"


def test_a_call_is_where_its_object_says_and_else_at_the_default_place_of_its_line() -> None:
    settings = CarrierLocationSettings(default_latitude=41.6, default_longitude=-72.6)
    source = call_source(settings, lambda: 7.0)
    answers: list[Answer] = []
    shape = b"<Point><pos>41.7 -72.7</pos></Point>"
    held = b"<tuple><geopriv><location-info>" + shape + b"</location-info></geopriv></tuple>"
    for pidf in (b"<presence>" + held + b"</presence>", b"<nonsense", b""):
        source.locate(replace(QUESTION, pidf=pidf), answers.append)
    assert [one.latitude for one in answers if isinstance(one, Location)] == [41.7, 41.6, 41.6]
