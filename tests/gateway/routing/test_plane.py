from __future__ import annotations

import math

import pytest

from text911.gateway.routing.plane import distance_in_words, is_on_earth, metres_between


def test_the_distance_from_hartford_to_new_haven_is_that_of_the_map() -> None:
    assert metres_between(41.7637, -72.6851, 41.3083, -72.9279) == pytest.approx(54_500, rel=0.01)


def test_the_other_side_of_the_earth_is_half_its_girth_away() -> None:
    assert metres_between(0, 0, 0, 180) == pytest.approx(20_015_000, rel=0.001)


@pytest.mark.parametrize(
    ("latitude", "longitude", "there"),
    [
        (41.6, -72.7, True),
        (90, 180, True),
        (-90, -180, True),
        (90.01, 0, False),
        (0, -180.01, False),
        (math.nan, 0, False),
        (0, math.inf, False),
    ],
)
def test_a_place_is_on_earth_or_not(latitude: float, longitude: float, there: bool) -> None:
    assert is_on_earth(latitude, longitude) is there


@pytest.mark.parametrize(
    ("metres", "words"),
    [
        (0, "0 m"),
        (7.4, "7 m"),
        (624, "620 m"),
        (994, "990 m"),
        (996, "1.0 km"),
        (3_440, "3.4 km"),
        (9_960, "10 km"),
        (61_900, "62 km"),
    ],
)
def test_distances_read_as_people_say_them(metres: float, words: str) -> None:
    assert distance_in_words(metres) == words
