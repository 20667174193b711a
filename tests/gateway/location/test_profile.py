from __future__ import annotations

from text911.gateway.core.values import CarrierName, Location
from text911.gateway.location.port import Answer, Question, Unknown
from text911.gateway.location.profile import ProfileSource
from text911.gateway.location.settings import CarrierLocationSettings

QUESTION = Question("d", CarrierName("alder"), "+18605550142")


def ask(settings: CarrierLocationSettings) -> list[Answer]:
    answers: list[Answer] = []
    ProfileSource(settings, lambda: 7.0).locate(QUESTION, answers.append)
    return answers


def test_the_default_place_is_answered_as_a_default() -> None:
    settings = CarrierLocationSettings(
        default_latitude=41.6, default_longitude=-72.7, default_radius=60_000
    )
    assert ask(settings) == [
        Location(41.6, -72.7, 60_000, 95, "Default", "default place of carrier alder", 7.0)
    ]


def test_without_a_default_place_the_answer_says_so() -> None:
    assert ask(CarrierLocationSettings()) == [Unknown("carrier alder has no default place")]
