"""Demonstration geography: one cell per town, every place in the cell of the nearest town point.

Looks like a map of Connecticut and is none: the outline has 47 corners, borders between towns are
halfway between two points. Never for real callers; those need `text911 geo import`.
"""

from __future__ import annotations

from .plane import MIDDLE_COS, Geometry, shapely, squeezed
from .polygons import Boundaries, boundaries_of
from .towns import TOWNS, Town

# Degrees east and north, by hand: the corners of the state as a road map shows them. The coast is
# drawn a little way out, so that beaches and piers are inside.
OUTLINE = (
    # Massachusetts, from the north-west corner, with the notch at Granby and Southwick
    (-73.487, 42.050),
    (-73.230, 42.045),
    (-73.000, 42.039),
    (-72.817, 42.037),
    (-72.814, 41.998),
    (-72.767, 42.003),
    (-72.757, 42.036),
    (-72.608, 42.031),
    (-72.583, 42.025),
    (-72.530, 42.034),
    (-72.270, 42.031),
    (-72.100, 42.028),
    (-71.950, 42.026),
    (-71.799, 42.024),
    # Rhode Island, down to the Pawcatuck
    (-71.792, 41.800),
    (-71.787, 41.650),
    (-71.797, 41.417),
    (-71.840, 41.413),
    (-71.832, 41.365),
    (-71.858, 41.308),
    # the Sound, westward
    (-71.930, 41.312),
    (-72.000, 41.300),
    (-72.100, 41.300),
    (-72.200, 41.272),
    (-72.340, 41.262),
    (-72.500, 41.255),
    (-72.620, 41.250),
    (-72.720, 41.240),
    (-72.830, 41.235),
    (-72.930, 41.230),
    (-73.040, 41.190),
    (-73.110, 41.145),
    (-73.180, 41.135),
    (-73.280, 41.110),
    (-73.370, 41.075),
    (-73.430, 41.040),
    (-73.510, 41.015),
    (-73.580, 40.995),
    (-73.655, 40.980),
    # New York: the panhandle, the oblong, and up to the corner
    (-73.660, 41.003),
    (-73.728, 41.100),
    (-73.600, 41.158),
    (-73.483, 41.213),
    (-73.551, 41.295),
    (-73.543, 41.370),
    (-73.530, 41.520),
    (-73.506, 41.800),
)


def cells(
    towns: tuple[Town, ...] = TOWNS, outline: tuple[tuple[float, float], ...] = OUTLINE
) -> Boundaries:
    """Voronoi cells of the town points, cut at the outline. A town whose point lies outside the
    outline is our mistake: AssertionError."""
    state = squeezed(shapely.Polygon(outline))
    points = [shapely.Point(town.longitude * MIDDLE_COS, town.latitude) for town in towns]
    whole = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=state)
    tree = shapely.STRtree(points)
    found: dict[str, Geometry] = {}
    for cell in shapely.get_parts(whole):
        (index,) = tree.query(cell, predicate="contains").tolist()
        owner = int(index)
        visible = shapely.intersection(cell, state)
        assert visible.contains(points[owner]), towns[owner].name
        found[towns[owner].name] = squeezed(visible, 1 / MIDDLE_COS)
    assert len(found) == len(towns)
    return boundaries_of(found)
