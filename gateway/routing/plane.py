"""Degrees, metres and shapely: what all geography here shares. Pure arithmetic.

shapely ships no types; this module is the one place that says so, the others take `shapely` and
`Geometry` from here. Distances are for a state of some 180 km: the sphere is good to 0.5 percent.
"""

from __future__ import annotations

from math import asin, cos, isfinite, radians, sin, sqrt
from typing import Any, Final, TypeAlias

import shapely as _shapely

shapely: Final[Any] = _shapely
Geometry: TypeAlias = Any  # a shapely Polygon or MultiPolygon, x = degrees east, y = degrees north

# The compiled predicate itself: the public function around it looks for arrays first, which takes
# as long as the answer. Falls back to the public one should it ever move.
intersects_xy: Final[Any] = getattr(_shapely.lib, "intersects_xy", _shapely.intersects_xy)

EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG
M_PER_DEGREE = 111_195.08  # of latitude, on that sphere
# Degrees. The middle of Connecticut; at it a degree of longitude is shortened by MIDDLE_COS.
MIDDLE_LATITUDE = 41.6
MIDDLE_COS = cos(radians(MIDDLE_LATITUDE))


def is_on_earth(latitude: float, longitude: float) -> bool:
    """False for NaN, infinities and everything outside the range of WGS 84."""
    return (
        isfinite(latitude)
        and isfinite(longitude)
        and -90 <= latitude <= 90
        and -180 <= longitude <= 180
    )


def metres_between(lat_1: float, lon_1: float, lat_2: float, lon_2: float) -> float:
    """Great circle (haversine)."""
    a = (
        sin(radians(lat_2 - lat_1) / 2) ** 2
        + cos(radians(lat_1)) * cos(radians(lat_2)) * sin(radians(lon_2 - lon_1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(a)))


def squeezed(geometries: Geometry, factor: float = MIDDLE_COS) -> Geometry:
    """x times `factor`: into a plane where a degree is equally long in both directions; with
    1 / MIDDLE_COS back."""

    def times(points: Any) -> Any:
        return points * (factor, 1.0)

    return shapely.transform(geometries, times)


def square_metres(square_degrees: float) -> float:
    """An area in degrees, near the middle of the state."""
    return square_degrees * M_PER_DEGREE * M_PER_DEGREE * MIDDLE_COS


def distance_in_words(metres: float) -> str:
    """As a telecommunicator says it: "620 m", "3.4 km", "62 km"."""
    if metres < 100:
        return f"{metres:.0f} m"
    if metres < 995:  # from there on it would read "1000 m"
        return f"{round(metres / 10) * 10} m"
    km = metres / 1_000
    return f"{km:.1f} km" if km < 9.95 else f"{km:.0f} km"
