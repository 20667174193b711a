from __future__ import annotations

from collections import Counter

from text911.gateway.routing.plane import shapely
from text911.gateway.routing.polygons import Boundaries
from text911.gateway.routing.towns import TOWN_COUNT, TOWN_NAMES, TOWNS


def test_there_are_169_towns_with_different_names_in_alphabetical_order() -> None:
    names = [town.name for town in TOWNS]
    assert len(names) == len(TOWN_NAMES) == TOWN_COUNT == 169
    assert names == sorted(names)


def test_every_county_has_its_towns() -> None:
    assert Counter(town.county for town in TOWNS) == {
        "Fairfield": 23,
        "Hartford": 29,
        "Litchfield": 26,
        "Middlesex": 15,
        "New Haven": 27,
        "New London": 21,
        "Tolland": 13,
        "Windham": 15,
    }


def test_every_point_lies_inside_its_real_town(census: Boundaries) -> None:
    polygons = {boundary.town: boundary.geometry for boundary in census.towns}
    outside = [
        town.name
        for town in TOWNS
        if not polygons[town.name].contains(shapely.Point(town.longitude, town.latitude))
    ]
    assert outside == []
