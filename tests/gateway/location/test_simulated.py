from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.core.values import CarrierName, Location
from text911.gateway.location.port import Answer, Question
from text911.gateway.location.simulated import (
    JITTER_MAX_M,
    SATELLITE_WITHIN_M,
    SimulatedSource,
    place_of,
)
from text911.gateway.routing.plane import metres_between
from text911.gateway.routing.towns import TOWNS

QUESTION = Question("d", CarrierName("alder"), "+18605550142")
RECORDED = Location(41.766029, -72.750546, 35.0, 90, "GPS", "simulated location source", 5.0)


class Clock:
    """Keeps what is to be done later until the test says that the time has come."""

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Callable[[], None]]] = []

    def later(self, seconds: float, what: Callable[[], None]) -> None:
        self.waiting.append((seconds, what))


def test_the_answer_comes_after_the_delay_and_only_then() -> None:
    clock, answers = Clock(), list[Answer]()
    SimulatedSource(911, 0.4, clock.later, lambda: 5.0).locate(QUESTION, answers.append)
    assert answers == []
    ((seconds, due),) = clock.waiting
    due()
    assert seconds == 0.4
    assert answers == [place_of("+18605550142", 911, TOWNS, 5.0)]


def test_without_a_delay_the_answer_comes_at_once() -> None:
    clock, answers = Clock(), list[Answer]()
    SimulatedSource(911, 0, clock.later, lambda: 5.0).locate(QUESTION, answers.append)
    assert clock.waiting == []
    assert isinstance(answers[0], Location)


def test_the_place_of_a_number_never_changes() -> None:
    # Recorded: the demonstration's story is told with these places.
    assert place_of("+18605550142", 911, TOWNS, 5.0) == RECORDED


@given(st.text(max_size=20), st.integers())
def test_every_place_is_near_the_point_of_a_town(number: str, seed: int) -> None:
    place = place_of(number, seed, TOWNS, 1.0)
    nearest = min(
        metres_between(place.latitude, place.longitude, town.latitude, town.longitude)
        for town in TOWNS
    )
    assert nearest <= JITTER_MAX_M + 1
    assert (place.method == "GPS") is (place.radius <= SATELLITE_WITHIN_M)
    assert place == place_of(number, seed, TOWNS, 1.0)


def test_numbers_spread_over_the_towns() -> None:
    places = {
        (place.latitude, place.longitude)
        for place in (place_of(f"+1860555{n:04}", 911, TOWNS, 0.0) for n in range(500))
    }
    assert len(places) == 500
