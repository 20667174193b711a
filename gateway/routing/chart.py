"""The map around a caller, as values for an SVG: nearby towns in metres from the caller.

Decides nothing and draws nothing. Clipped and simplified to what a screen can show.
"""

from __future__ import annotations

from math import cos, radians
from typing import Any, TypeAlias

import numpy as np

from ...psap_adapters.port import Chart, Outline
from .plane import M_PER_DEGREE, Geometry, is_on_earth, shapely
from .polygons import Boundaries, Boundary

VIEW_PER_RADIUS = 2.5  # the circle fills some 40 percent of the map
VIEW_MIN_M = 4_000.0  # metres from the centre to each side; about one town
VIEW_MAX_M = 150_000.0  # the whole state from its middle
# Metres of view per metre of simplification: a corner that moves by 1/400 of half the map is less
# than a pixel on a map 800 pixels wide.
SIMPLIFY = 400.0
LATITUDE_MAX = 85.0  # beyond it a degree of longitude is too short to project
NO_CHART = Chart((), 0)

Ring: TypeAlias = tuple[tuple[int, int], ...]


def chart(boundaries: Boundaries, lat: float, lon: float, radius: float) -> Chart:
    """Centre in degrees, `radius` of uncertainty in metres. Towns in alphabetical order; `home` is
    the one that contains the centre (on a border the alphabetically first). Far from every town
    there are no outlines; for what is no place on earth the radius is 0 as well."""
    if not (is_on_earth(lat, lon) and abs(lat) <= LATITUDE_MAX and 0 <= radius < float("inf")):
        return NO_CHART
    view = min(max(VIEW_PER_RADIUS * radius, VIEW_MIN_M), VIEW_MAX_M)
    up = view / M_PER_DEGREE
    across = up / cos(radians(lat))
    near = _near(boundaries, lat, lon, up, across)
    geometries = np.array([boundary.geometry for boundary in near])
    seen = shapely.clip_by_rect(geometries, lon - across, lat - up, lon + across, lat + up)
    tolerance = view / SIMPLIFY
    parts, owners = shapely.get_parts(
        shapely.simplify(_projected(seen, lat, lon), tolerance), return_index=True
    )
    # A clip can leave lines, points and slivers at the edge of the view: no town to be drawn.
    visible = shapely.area(parts) > tolerance * tolerance
    parts = parts[visible]
    town_of: list[int] = owners[visible].tolist()
    rings = _rings(parts, town_of)
    labels = _labels(parts, town_of)
    around = shapely.intersects_xy(geometries, lon, lat).tolist()
    home = around.index(True) if True in around else -1
    return Chart(
        tuple(
            Outline(near[town].town, tuple(rings[town]), labels[town], town == home)
            for town in dict.fromkeys(town_of)
        ),
        round(radius),
    )


def _near(
    boundaries: Boundaries, lat: float, lon: float, up: float, across: float
) -> list[Boundary]:
    """The towns whose bounding box meets the view."""
    bounds = shapely.bounds([boundary.geometry for boundary in boundaries.towns])
    near = (
        (bounds[:, 0] < lon + across)
        & (bounds[:, 2] > lon - across)
        & (bounds[:, 1] < lat + up)
        & (bounds[:, 3] > lat - up)
    )
    indices: list[int] = near.nonzero()[0].tolist()
    return [boundaries.towns[index] for index in indices]


def _projected(geometries: Geometry, lat: float, lon: float) -> Geometry:
    """Metres east and south of the centre; exact enough over a state."""
    east = M_PER_DEGREE * cos(radians(lat))

    def to_metres(points: Any) -> Any:
        return (points - (lon, lat)) * (east, -M_PER_DEGREE)

    return shapely.transform(geometries, to_metres)


def _rings(parts: Geometry, owners: list[int]) -> dict[int, list[Ring]]:
    """By town. Closed, in whole metres."""
    lines, part_of = shapely.get_rings(parts, return_index=True)
    points, line_of = shapely.get_coordinates(lines, return_index=True)
    grouped: list[list[tuple[int, int]]] = [[] for _ in range(len(lines))]
    places: list[tuple[int, int]] = np.rint(points).astype(int).tolist()
    line_indices: list[int] = line_of.tolist()
    for line, (x, y) in zip(line_indices, places, strict=True):
        grouped[line].append((x, y))
    found: dict[int, list[Ring]] = {}
    part_indices: list[int] = part_of.tolist()
    for line, part in enumerate(part_indices):
        found.setdefault(owners[part], []).append(tuple(grouped[line]))
    return found


def _labels(parts: Geometry, owners: list[int]) -> dict[int, tuple[int, int]]:
    """By town: a point inside its largest visible part, the centroid when that is inside."""
    areas = shapely.area(parts).tolist()
    largest: dict[int, int] = {}
    for index, town in enumerate(owners):
        if town not in largest or areas[index] > areas[largest[town]]:
            largest[town] = index
    chosen = parts[list(largest.values())]
    points = shapely.centroid(chosen)
    outside = ~shapely.contains(chosen, points)
    points[outside] = shapely.point_on_surface(chosen[outside])
    places = np.rint(shapely.get_coordinates(points)).astype(int).tolist()
    return {town: (x, y) for town, (x, y) in zip(largest, places, strict=True)}
