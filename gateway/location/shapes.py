"""The shapes of RFC 5491, 5.2, each as the circle around it: a centre and metres.

Arithmetic alone, on a plane that touches the earth at the shape: what is further than RADIUS_MAX
from its own centre is no place a caller can be sought at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, isfinite, radians, sin

from ..routing.plane import M_PER_DEGREE, is_on_earth

RADIUS_MAX = 500_000.0  # metres; a circle larger than New England says nothing
Place = tuple[float, float]  # degrees north, degrees east


class NoShape(Exception):
    """Why a shape is none, in words."""


@dataclass(frozen=True, slots=True)
class Circle:
    """`radius` None: the shape says nothing of its uncertainty."""

    latitude: float
    longitude: float
    radius: float | None


def circle(centre: Place, radius: float | None) -> Circle:
    """Checked as all that comes out of here is. Raises NoShape."""
    latitude, longitude = centre
    if not is_on_earth(latitude, longitude):
        raise NoShape(f"{latitude:g}, {longitude:g} is no place on earth")
    if latitude == 0 and longitude == 0:
        raise NoShape("0, 0 is what a location server says when it knows nothing")
    if radius is not None and not (isfinite(radius) and 0 <= radius <= RADIUS_MAX):
        raise NoShape(f"a radius of {radius:g} m is not within 0 and {RADIUS_MAX:g}")
    return Circle(latitude, longitude, radius)


def arc_band(centre: Place, inner: float, outer: float, start: float, opening: float) -> Circle:
    """Around the centre of gravity of a piece of a ring, as an antenna's sector is one. `start` in
    degrees clockwise from north, `opening` from there. Raises NoShape."""
    circle(centre, outer)
    if not 0 <= inner <= outer:
        raise NoShape(f"an arc band from {inner:g} to {outer:g} m")
    if not 0 < opening <= 360 or not isfinite(start):
        raise NoShape(f"an arc band of {opening:g} degrees")
    half = radians(opening) / 2
    # RFC 7459, 5.1: the centroid lies on the bisector; where the ring has no width, on its arc.
    square = inner * inner + inner * outer + outer * outer
    out = 2 * sin(half) * square / (3 * half * (inner + outer)) if outer else 0.0
    bearing = radians(start) + half
    # Farther than the corners nothing is: on each arc the distance grows with the angle.
    corners = [hypot(arm * cos(half) - out, arm * sin(half)) for arm in (inner, outer)]
    north, east = out * cos(bearing), out * sin(bearing)
    return circle(_moved(centre, north, east), max(corners))


def polygon(corners: Sequence[Place]) -> Circle:
    """Around the centre of gravity of an area. The last corner may repeat the first. Raises
    NoShape."""
    ring = list(corners[:-1] if len(corners) > 1 and corners[0] == corners[-1] else corners)
    if len(ring) < 3:
        raise NoShape(f"a polygon of {len(ring)} corners")
    for corner in ring:
        circle(corner, 0)
    first = ring[0]
    east_by = M_PER_DEGREE * cos(radians(first[0]))
    flat = [((lat - first[0]) * M_PER_DEGREE, (lon - first[1]) * east_by) for lat, lon in ring]
    doubled = north = east = 0.0
    for (y_1, x_1), (y_2, x_2) in zip(flat, [*flat[1:], flat[0]], strict=True):
        cross = x_1 * y_2 - x_2 * y_1
        doubled += cross
        north += (y_1 + y_2) * cross
        east += (x_1 + x_2) * cross
    if abs(doubled) < 1.0:  # square metres: all corners on a line
        north, east = (sum(values) / len(ring) for values in zip(*flat, strict=True))
    else:
        north, east = north / (3 * doubled), east / (3 * doubled)
    radius = max(hypot(y - north, x - east) for y, x in flat)
    return circle(_moved(first, north, east), radius)


def _moved(place: Place, north: float, east: float) -> Place:
    latitude, longitude = place
    shortened = max(cos(radians(latitude)), 1e-6)
    return latitude + north / M_PER_DEGREE, longitude + east / (M_PER_DEGREE * shortened)
