from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from text911.gateway.routing.grid import Grid
from text911.gateway.routing.plane import M_PER_DEGREE, MIDDLE_COS, Geometry, shapely, squeezed
from text911.gateway.routing.polygons import Boundaries, boundaries_of
from text911.gateway.routing.towns import TOWNS

# A strip around the state, so that outside, rim and inside all occur.
LATITUDES = st.floats(40.90, 42.10)
LONGITUDES = st.floats(-73.80, -71.70)


def by_hand(boundaries: Boundaries, lat: float, lon: float) -> str | None:
    """The rule without any grid: the alphabetically first town that contains or touches."""
    point = shapely.Point(lon, lat)
    return min((b.town for b in boundaries.towns if b.geometry.intersects(point)), default=None)


def squares(**corners: tuple[float, float, float, float]) -> Boundaries:
    return boundaries_of({name: shapely.box(*box) for name, box in corners.items()})


@given(LATITUDES, LONGITUDES)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_grid_says_what_the_demonstration_cells_say(
    demo: Boundaries, demo_grid: Grid, lat: float, lon: float
) -> None:
    assert demo_grid.town_at(lat, lon) == by_hand(demo, lat, lon)


@given(LATITUDES, LONGITUDES)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_grid_says_what_the_census_polygons_say(
    census: Boundaries, census_grid: Grid, lat: float, lon: float
) -> None:
    assert census_grid.town_at(lat, lon) == by_hand(census, lat, lon)


@pytest.mark.no_cover  # every line of it has its own test
@given(st.data(), st.floats(-2e-9, 2e-9), st.floats(-2e-9, 2e-9))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_on_corners_and_a_hair_beside_them_the_grid_and_the_polygons_agree(
    census: Boundaries, census_grid: Grid, data: st.DataObject, north: float, east: float
) -> None:
    town = data.draw(st.sampled_from(census.towns))
    corners: list[list[float]] = shapely.get_coordinates(town.geometry).tolist()
    lon, lat = data.draw(st.sampled_from(corners))
    for place in ((lat, lon), (lat + north, lon + east)):
        assert census_grid.town_at(*place) == by_hand(census, *place)


@given(
    st.integers(1, 40),
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 5), st.integers(1, 5)),
        min_size=1,
        max_size=6,
    ),
    st.integers(-2, 32),
    st.integers(-2, 32),
)
def test_overlapping_and_touching_towns_of_any_kind_go_to_the_alphabetically_first(
    cells: int, boxes: list[tuple[int, int, int, int]], north: int, east: int
) -> None:
    towns = squares(
        **{
            f"T{index}": (west / 10, south / 10, (west + wide) / 10, (south + high) / 10)
            for index, (west, south, wide, high) in enumerate(boxes)
        }
    )
    lat, lon = north / 20, east / 20
    assert Grid(towns, cells).town_at(lat, lon) == by_hand(towns, lat, lon)
    assert Grid(towns, cells, fill=False).town_at(lat, lon) == by_hand(towns, lat, lon)


def test_a_grid_that_is_not_filled_yet_asks_the_shapes() -> None:
    towns = squares(East=(-72.0, 41.5, -71.9, 41.7), West=(-72.5, 41.5, -72.4, 41.7))
    filled, grid = Grid(towns), Grid(towns, fill=False)
    places = [(41.6, -71.95), (41.6, -72.45), (41.6, -72.2), (40.0, -70.0)]
    reaches = [(lat, lon, radius) for lat, lon in places for radius in (50.0, 30_000.0)]

    def answers(of: Grid) -> tuple[list[str | None], list[tuple[str, ...]]]:
        return [of.town_at(*place) for place in places], [of.may_reach(*one) for one in reaches]

    assert answers(grid) == answers(filled)
    steps = grid.filling()
    next(steps)
    assert answers(grid) == answers(filled)
    assert len(list(steps)) == 3  # two shapes, each looked at twice
    assert answers(grid) == answers(filled)


def test_a_shared_border_belongs_to_the_alphabetically_first_town() -> None:
    towns = squares(Zeta=(0, 0, 1, 1), Alpha=(1, 0, 2, 1), Mid=(0, 1, 2, 2))
    grid = Grid(towns)
    assert grid.town_at(0.5, 1.0) == "Alpha"
    assert grid.town_at(0.5, math.nextafter(1.0, 0)) == "Zeta"
    assert grid.town_at(1.0, 0.5) == "Mid"
    assert grid.town_at(1.0, 1.0) == "Alpha"  # where all three meet


def test_two_towns_that_overlap_are_one_for_the_alphabetically_first() -> None:
    grid = Grid(squares(Beta=(0, 0, 3, 3), Alpha=(1, 1, 2, 2), Gamma=(0, 0, 3, 3)))
    assert grid.town_at(1.5, 1.5) == "Alpha"
    assert grid.town_at(0.5, 0.5) == "Beta"


def test_a_hole_is_no_part_of_the_town_around_it() -> None:
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    grid = Grid(boundaries_of({"Ring": ring}))
    assert grid.town_at(1.5, 1.5) is None
    assert grid.town_at(0.5, 0.5) == "Ring"


@pytest.mark.parametrize("grid_name", ["demo_grid", "census_grid"])
def test_every_point_of_the_table_is_in_its_town(
    grid_name: str, request: pytest.FixtureRequest
) -> None:
    grid: Grid = request.getfixturevalue(grid_name)
    assert [grid.town_at(town.latitude, town.longitude) for town in TOWNS] == [
        town.name for town in TOWNS
    ]


@pytest.mark.parametrize("name", ["demo", "census"])
def test_fifty_metres_to_each_side_of_every_border_the_right_town_answers(
    name: str, request: pytest.FixtureRequest
) -> None:
    boundaries: Boundaries = request.getfixturevalue(name)
    grid: Grid = request.getfixturevalue(f"{name}_grid")
    checked = 0
    for boundary in boundaries.towns:
        for lat, lon in _beside(boundary.geometry):
            assert grid.town_at(lat, lon) == by_hand(boundaries, lat, lon)
            checked += 1
    assert checked > 200


def _beside(geometry: Geometry) -> list[tuple[float, float]]:
    """Points 50 m to the left and the right of the middle of some border segments."""
    places: list[tuple[float, float]] = []
    outline: list[list[float]] = shapely.get_coordinates(geometry).tolist()
    for (x1, y1), (x2, y2) in list(pairwise(outline))[::7]:
        squeeze = math.cos(math.radians(y1))
        along = math.hypot((x2 - x1) * squeeze, y2 - y1)
        if along == 0:
            continue
        step = 50 / M_PER_DEGREE / along
        for side in (-step, step):
            lat = (y1 + y2) / 2 + side * (x2 - x1) * squeeze
            lon = (x1 + x2) / 2 - side * (y2 - y1) / squeeze
            places.append((lat, lon))
    return places


def test_the_nearest_town_of_a_point_inside_is_its_own_at_no_distance(demo_grid: Grid) -> None:
    town, metres = demo_grid.nearest(41.5950, -72.5850)
    assert town == "Portland"
    assert metres == pytest.approx(0, abs=0.001)


def test_the_nearest_town_is_told_with_its_distance() -> None:
    grid = Grid(squares(East=(-72.0, 41.5, -71.9, 41.7), West=(-72.5, 41.5, -72.4, 41.7)))
    town, metres = grid.nearest(41.6, -72.3)
    assert town == "West"
    assert metres == pytest.approx(0.1 * M_PER_DEGREE * math.cos(math.radians(41.6)), rel=0.001)


def test_of_two_towns_equally_near_the_alphabetically_first_is_nearest() -> None:
    grid = Grid(squares(Beta=(-1, 0, -0.5, 1), Alpha=(0.5, 0, 1, 1)))
    town, _ = grid.nearest(0.5, 0.0)
    assert town == "Alpha"


@pytest.mark.no_cover  # every line of it has its own test
@given(LATITUDES, LONGITUDES)
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_nearest_town_is_one_that_no_other_is_clearly_nearer_than(
    demo: Boundaries, demo_grid: Grid, lat: float, lon: float
) -> None:
    def distance(geometry: Geometry) -> float:
        point = shapely.Point(lon * MIDDLE_COS, lat)
        return float(squeezed(geometry).distance(point)) * M_PER_DEGREE

    town, metres = demo_grid.nearest(lat, lon)
    best = min(distance(boundary.geometry) for boundary in demo.towns)
    assert metres == pytest.approx(best, rel=0.02, abs=1.0)
    mine = next(b.geometry for b in demo.towns if b.town == town)
    assert distance(mine) == pytest.approx(best, abs=0.001)


def test_a_circle_may_reach_into_the_towns_around() -> None:
    grid = Grid(
        squares(
            Centre=(-72.6, 41.5, -72.5, 41.6), East=(-72.5, 41.5, -72.4, 41.6),
            Far=(-72.3, 41.5, -72.2, 41.6), North=(-72.6, 41.6, -72.5, 41.7),
        )
    )  # fmt: skip
    assert grid.may_reach(41.55, -72.55, 500) == ("Centre",)
    assert grid.may_reach(41.55, -72.501, 3_000) == ("Centre", "East")
    assert grid.may_reach(41.55, -72.55, 12_000) == ("Centre", "East", "North")
    assert grid.may_reach(41.55, -72.55, 400_000) == ()  # nothing at any of the places looked at
    assert grid.may_reach(45.0, -72.55, 1_000) == ()


def test_a_place_on_a_border_may_be_in_both_towns() -> None:
    grid = Grid(squares(Beta=(0, 0, 1, 1), Alpha=(1, 0, 2, 1)))
    assert grid.may_reach(0.5, 1.0, 100) == ("Alpha", "Beta")
