from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from text911.gateway.routing.chart import NO_CHART, VIEW_MAX_M, chart
from text911.gateway.routing.plane import M_PER_DEGREE, shapely
from text911.gateway.routing.polygons import Boundaries, boundaries_of
from text911.psap_adapters.port import Chart


def metres_east(metres: float, lat: float = 41.6) -> float:
    return metres / M_PER_DEGREE / math.cos(math.radians(lat))


def test_the_town_of_the_caller_is_marked_and_its_neighbours_are_drawn(demo: Boundaries) -> None:
    drawn = chart(demo, 41.5950, -72.5850, 620)
    assert [outline.name for outline in drawn.outlines if outline.home] == ["Portland"]
    assert {"Cromwell", "Middletown"} <= {outline.name for outline in drawn.outlines}
    assert "Greenwich" not in {outline.name for outline in drawn.outlines}
    assert drawn.radius == 620


def test_a_border_is_drawn_at_its_distance_in_metres_east_and_south() -> None:
    towns = boundaries_of(
        {
            "East": shapely.box(-72.6 + metres_east(1_000), 41.6, -72.0, 41.9),
            "West": shapely.box(-73.0, 41.3, -72.6 + metres_east(1_000), 41.6),
        }
    )
    west, east = sorted(chart(towns, 41.59, -72.6, 100).outlines, key=lambda o: o.label[0])
    assert (west.name, west.home, east.name, east.home) == ("West", True, "East", False)
    (ring,) = west.rings
    north = round(0.01 * M_PER_DEGREE)
    assert ring[0] == ring[-1]
    assert len(set(ring)) == 4
    assert min(x for x, _ in ring) == pytest.approx(-4_000, abs=2)
    assert max(x for x, _ in ring) == pytest.approx(1_000, abs=2)
    assert min(y for _, y in ring) == pytest.approx(-north, abs=2)
    assert max(y for _, y in ring) == pytest.approx(4_000, abs=2)


def test_of_two_parts_the_larger_one_bears_the_name_whichever_comes_first() -> None:
    west = shapely.box(-72.66, 41.56, -72.60, 41.64)
    east = shapely.box(-72.58, 41.59, -72.57, 41.60)
    for parts in ([west, east], [east, west]):
        (town,) = chart(
            boundaries_of({"Both": shapely.multipolygons(parts)}), 41.6, -72.6, 10
        ).outlines
        assert len(town.rings) == 2
        assert town.label[0] < 0, "west of the caller"


def test_on_a_border_only_the_alphabetically_first_town_is_home() -> None:
    towns = boundaries_of(
        {"Beta": shapely.box(-73, 41, -72.5, 42), "Alpha": shapely.box(-72.5, 41, -72, 42)}
    )
    drawn = chart(towns, 41.5, -72.5, 10)
    assert [(outline.name, outline.home) for outline in drawn.outlines] == [
        ("Alpha", True),
        ("Beta", False),
    ]


def test_a_hole_and_an_island_keep_their_rings_and_the_label_is_on_the_larger_part() -> None:
    main = shapely.box(-72.62, 41.58, -72.59, 41.62).difference(
        shapely.box(-72.61, 41.59, -72.60, 41.61)
    )
    island = shapely.box(-72.58, 41.60, -72.575, 41.605)
    (town,) = chart(
        boundaries_of({"Ringed": shapely.MultiPolygon([island, main])}), 41.6, -72.6, 100
    ).outlines
    assert len(town.rings) == 3
    x, y = town.label
    place = shapely.Point(-72.6 + metres_east(x), 41.6 - y / M_PER_DEGREE)
    assert main.contains(place)


def test_a_corner_too_small_to_be_seen_is_not_drawn() -> None:
    west, south = -72.6 + metres_east(3_995), 41.6 + 3_995 / M_PER_DEGREE
    towns = boundaries_of({"Corner": shapely.box(west, south, -72.0, 41.9)})
    assert chart(towns, 41.6, -72.6, 100).outlines == ()


def test_far_from_every_town_there_is_only_the_circle(demo: Boundaries) -> None:
    assert chart(demo, 10.0, 10.0, 50) == Chart((), 50)


@pytest.mark.parametrize(
    ("lat", "lon", "radius"),
    [
        (math.nan, -72, 10),
        (41.6, -200, 10),
        (89, -72, 10),
        (41.6, -72.6, math.inf),
        (41.6, -72.6, math.nan),
        (41.6, -72.6, -1),
    ],
)
def test_what_is_no_place_has_no_chart(
    demo: Boundaries, lat: float, lon: float, radius: float
) -> None:
    assert chart(demo, lat, lon, radius) == NO_CHART


@pytest.mark.parametrize("name", ["demo", "census"])
@given(lat=st.floats(40.9, 42.2), lon=st.floats(-73.9, -71.6), radius=st.floats(0, 100_000))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_chart_is_whole(
    name: str, request: pytest.FixtureRequest, lat: float, lon: float, radius: float
) -> None:
    boundaries: Boundaries = request.getfixturevalue(name)
    drawn = chart(boundaries, lat, lon, radius)
    view = min(max(2.5 * radius, 4_000), VIEW_MAX_M)
    names = [outline.name for outline in drawn.outlines]
    assert names == sorted(set(names))
    assert sum(outline.home for outline in drawn.outlines) <= 1
    for outline in drawn.outlines:
        assert outline.rings
        for ring in outline.rings:
            assert ring[0] == ring[-1]
            assert all(max(abs(x), abs(y)) <= view * 1.001 + 1 for x, y in ring)
        assert max(map(abs, outline.label)) <= view * 1.001 + 1
