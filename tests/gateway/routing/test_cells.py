from __future__ import annotations

import pytest

from text911.gateway.routing.cells import OUTLINE, cells
from text911.gateway.routing.plane import shapely, square_metres
from text911.gateway.routing.polygons import Boundaries
from text911.gateway.routing.towns import TOWNS, Town


def test_every_town_has_a_cell_around_its_point(demo: Boundaries) -> None:
    polygons = {boundary.town: boundary.geometry for boundary in demo.towns}
    assert len(polygons) == len(TOWNS)
    for town in TOWNS:
        assert polygons[town.name].contains(shapely.Point(town.longitude, town.latitude))


def test_the_cells_fill_the_outline_and_do_not_overlap(demo: Boundaries) -> None:
    state = square_metres(shapely.Polygon(OUTLINE).area)
    total = sum(square_metres(boundary.geometry.area) for boundary in demo.towns)
    union = square_metres(shapely.union_all([b.geometry for b in demo.towns]).area)
    assert total == pytest.approx(state, rel=1e-9)
    assert union == pytest.approx(state, rel=1e-9)
    # Connecticut has some 14,360 square kilometres with its inner waters.
    assert 12_500e6 < state < 15_500e6


def test_the_outline_is_a_simple_polygon_of_few_corners() -> None:
    assert shapely.is_valid(shapely.Polygon(OUTLINE))
    assert 20 <= len(OUTLINE) <= 60


def test_the_cells_are_the_same_every_time(demo: Boundaries) -> None:
    assert cells().version == demo.version


def test_a_point_outside_the_outline_is_a_mistake_that_shows() -> None:
    inland = Town("Inland", "X", 41.6, -72.6)
    at_sea = Town("At Sea", "X", 40.0, -72.6)
    with pytest.raises(AssertionError, match="At Sea"):
        cells((inland, at_sea))
