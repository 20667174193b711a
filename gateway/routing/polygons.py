"""Town boundaries from GeoJSON (RFC 7946): read, checked as a whole, accepted whole or not at all.

Repairs nothing: a ring that crosses itself is named, not guessed at. Reads octets, opens no file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, cast

import msgspec

from .plane import Geometry, shapely, square_metres
from .settings import suggestion
from .towns import TOWN_NAMES

FILE_SIZE_MAX = 64 * 1024 * 1024  # octets; the state's own survey-grade file is some 20 MB
FEATURES_MAX = 1_000
POSITIONS_MAX = 2_000_000  # over all features; 10 times the most detailed file known
# Square metres that two towns may share: one hectare. Borders drawn twice differ by a few metres.
OVERLAP_MAX_M2 = 10_000.0
GAP_MIN_M2 = 10_000.0  # smaller holes between towns are not worth a note
PROBLEMS_SHOWN_MAX = 50

NAME_PROPERTIES = ("town", "name", "NAME", "TOWN", "Name", "Town")
# WGS 84 by its two names, and NAD 83, which differs from it by less than 2 m here.
CRS_ACCEPTED = ("CRS84", "EPSG::4326", "EPSG:4326", "EPSG::4269", "EPSG:4269")


@dataclass(frozen=True, slots=True)
class Boundary:
    town: str
    geometry: Geometry


@dataclass(frozen=True, slots=True)
class Boundaries:
    """`version` is the SHA-256 (hex) of `normalised(boundaries)`; towns in alphabetical order."""

    version: str
    towns: tuple[Boundary, ...] = field(repr=False)  # a state's worth of corners helps nobody


@dataclass(frozen=True, slots=True)
class Reading:
    """`notes`: what is odd but acceptable, in sentences."""

    boundaries: Boundaries
    notes: tuple[str, ...]


class BoundariesRefused(ValueError):
    """The file is not accepted. `problems`: one sentence each, naming feature, ring, position."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        shown = list(self.problems[:PROBLEMS_SHOWN_MAX])
        if len(self.problems) > PROBLEMS_SHOWN_MAX:
            shown.append(f"And {len(self.problems) - PROBLEMS_SHOWN_MAX} more.")
        super().__init__("\n".join(shown))


def boundaries_of(geometries: dict[str, Geometry]) -> Boundaries:
    """From town -> geometry (valid, WGS 84)."""
    towns = tuple(Boundary(town, geometries[town]) for town in sorted(geometries))
    return Boundaries(sha256(_octets(towns)).hexdigest(), towns)


def normalised(boundaries: Boundaries) -> bytes:
    """The boundaries as GeoJSON: only names and polygons, towns in order, no digit lost. Reading it
    gives the same boundaries with the same version."""
    return _octets(boundaries.towns)


def read(
    octets: bytes, *, name_property: str = "", known_towns: Collection[str] = TOWN_NAMES
) -> Reading:
    """`name_property`: which property names the town; empty: the first of `NAME_PROPERTIES` that a
    feature has. Raises BoundariesRefused with everything that is wrong."""
    features = _features(octets)
    found: list[str] = []
    geometries: dict[str, Geometry] = {}
    spelling = {town.casefold(): town for town in known_towns}
    positions = 0
    for number, feature in enumerate(features, 1):
        walk = _Walk(f"Feature {number}", found)
        town = _town_name(walk, feature, name_property, spelling)
        geometry = walk.geometry(feature)
        positions += walk.positions
        if positions > POSITIONS_MAX:
            raise BoundariesRefused(
                [f"The file has more than {POSITIONS_MAX} positions; simplify it first."]
            )
        if town in geometries:
            found.append(
                f"{walk.where}: {town} has a polygon already; make one MultiPolygon of both."
            )
        elif town and geometry is not None:
            geometries[town] = geometry
    if not found:
        found += [
            f"{town} has no polygon; every town needs one."
            for town in sorted(set(known_towns) - geometries.keys())
        ]
    if not found:
        found += _overlaps(geometries)
    if found:
        raise BoundariesRefused(found)
    return Reading(boundaries_of(geometries), tuple(_gaps(geometries)))


def _features(octets: bytes) -> list[Any]:
    if len(octets) > FILE_SIZE_MAX:
        raise BoundariesRefused(
            [f"The file has {len(octets)} octets; the limit is {FILE_SIZE_MAX}. Simplify it first."]
        )
    try:
        document = msgspec.json.decode(octets)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise BoundariesRefused([f"The file is not JSON: {cause}."]) from cause
    table = _table(document)
    if table.get("type") != "FeatureCollection":
        raise BoundariesRefused(['The file is not a GeoJSON object of type "FeatureCollection".'])
    crs = table.get("crs")
    if crs is not None and not str(crs).rstrip("}' ").endswith(CRS_ACCEPTED):
        raise BoundariesRefused(
            [f"The coordinates are in {str(crs)[:120]}; convert the file to WGS 84 (EPSG:4326)."]
        )
    features = _list(table.get("features"))
    if not features:
        raise BoundariesRefused(['"features" is not a list of at least one feature.'])
    if len(features) > FEATURES_MAX:
        raise BoundariesRefused(
            [f"The file has {len(features)} features; the limit is {FEATURES_MAX}."]
        )
    return features


def _town_name(walk: _Walk, feature: object, name_property: str, spelling: dict[str, str]) -> str:
    """Our spelling of the feature's town, or "" after saying what is wrong."""
    properties = _table(_table(feature).get("properties"))
    wanted = (name_property,) if name_property else NAME_PROPERTIES
    name = next((properties[key] for key in wanted if key in properties), None)
    if not isinstance(name, str):
        walk.say(f"no property {' or '.join(repr(key) for key in wanted)} names the town")
        return ""
    name = " ".join(name.split())
    walk.where += f" ({name[:64]})"
    town = spelling.get(name.casefold(), "")
    if not town:
        hint = suggestion(name, spelling.values())
        walk.problems.append(f'{walk.where}: "{name[:64]}" is not a known town.{hint}')
    return town


class _Walk:
    """Goes through one feature's geometry; owns its list of problems and where it is."""

    def __init__(self, where: str, problems: list[str]) -> None:
        self.where = where
        self.problems = problems
        self.positions = 0

    def say(self, what: str) -> None:
        self.problems.append(f"{self.where}: {what}.")

    def geometry(self, feature: object) -> Geometry | None:
        """The polygon, or None after saying what is wrong."""
        stated = _table(_table(feature).get("geometry"))
        match stated.get("type"):
            case "Polygon":
                parts = [stated.get("coordinates")]
            case "MultiPolygon":
                parts = _list(stated.get("coordinates"))
            case other:
                self.say(f'the geometry is {str(other)[:32]}, not "Polygon" or "MultiPolygon"')
                return None
        if not parts:
            self.say("the geometry has no polygon")
            return None
        polygons = [self._polygon(part, number) for number, part in enumerate(parts, 1)]
        if any(polygon is None for polygon in polygons):
            return None
        whole = polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
        if not shapely.is_valid(whole):
            self.say(f"its polygons do not fit together: {shapely.is_valid_reason(whole)}")
            return None
        return whole

    def _polygon(self, part: object, number: int) -> Geometry | None:
        stated = _list(part)
        if not stated:
            self.say(f"polygon {number} has no ring")
            return None
        rings = [
            self._ring(ring, f"polygon {number}, ring {index}")
            for index, ring in enumerate(stated, 1)
        ]
        if any(ring is None for ring in rings):
            return None
        polygon = shapely.Polygon(rings[0], rings[1:])
        if not shapely.is_valid(polygon):
            self.say(
                f"polygon {number}: its rings do not fit together: "
                f"{shapely.is_valid_reason(polygon)}"
            )
            return None
        return polygon

    def _ring(self, ring: object, which: str) -> list[tuple[float, float]] | None:
        stated = _list(ring)
        if len(stated) < 4:
            self.say(f"{which} has fewer than four positions")
            return None
        self.positions += len(stated)
        points: list[tuple[float, float]] = []
        for index, position in enumerate(stated, 1):
            fault = _position_fault(position)
            if fault:
                self.say(f"{which}, position {index}: {fault}")
                return None
            points.append((float(position[0]), float(position[1])))
        if points[0] != points[-1]:
            self.say(f"{which} is not closed: it begins at {points[0]} and ends at {points[-1]}")
            return None
        alone = shapely.Polygon(points)
        if not shapely.is_valid(alone):
            self.say(f"{which} crosses or touches itself: {shapely.is_valid_reason(alone)}")
            return None
        return points


def _table(value: object) -> dict[str, Any]:
    """The JSON object, or an empty one for anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    """The JSON array, or an empty one for anything else."""
    if not isinstance(value, list):
        return []
    return list(cast("Iterable[Any]", value))


def _position_fault(position: object) -> str:
    """What is wrong with one position, or ""."""
    numbers = _list(position)
    if len(numbers) < 2:
        return "not a list of longitude and latitude"
    longitude, latitude = numbers[0], numbers[1]
    # bool is an int to Python; `type` keeps true and false out.
    if type(longitude) not in (int, float) or type(latitude) not in (int, float):
        return "longitude and latitude are not both numbers"
    # By comparison, not by isfinite: JSON knows integers too large for a float.
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        return (
            f"longitude {str(longitude)[:16]}, latitude {str(latitude)[:16]} is outside the range "
            "of WGS 84 degrees"
        )
    return ""


def _overlaps(geometries: dict[str, Geometry]) -> list[str]:
    found: list[str] = []
    towns = sorted(geometries)
    shapes = [geometries[town] for town in towns]
    pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    for one, other in sorted(zip(*pairs.tolist(), strict=True)):
        if one < other:
            shared = shapely.intersection(shapes[one], shapes[other])
            area = square_metres(shapely.area(shared))
            if area > OVERLAP_MAX_M2:
                spot = shapely.point_on_surface(shared)
                found.append(
                    f"{towns[one]} and {towns[other]} overlap by {area / 10_000:.1f} hectares near "
                    f"latitude {spot.y:.4f}, longitude {spot.x:.4f}; "
                    f"{OVERLAP_MAX_M2 / 10_000:.0f} is the limit."
                )
    return found


def _gaps(geometries: dict[str, Geometry]) -> list[str]:
    """Holes between the towns. A caller in one of them is sent to the nearest town's PSAP."""
    notes: list[str] = []
    whole = shapely.union_all(list(geometries.values()))
    shapely.prepare(whole)
    # Faces, not inner rings: two towns that meet in points only also enclose a hole.
    faces = shapely.polygonize([shapely.node(shapely.boundary(whole))])
    for face in shapely.get_parts(faces):
        area = square_metres(shapely.area(face))
        spot = shapely.point_on_surface(face)
        if area > GAP_MIN_M2 and not shapely.intersects(whole, spot):
            notes.append(
                f"A gap of {area / 10_000:.1f} hectares lies between the towns near latitude "
                f"{spot.y:.4f}, longitude {spot.x:.4f}; callers there go to the nearest town."
            )
    return notes


def _octets(towns: tuple[Boundary, ...]) -> bytes:
    """One feature per line, so that two versions can be compared by eye."""
    lines = [
        msgspec.json.encode(
            {
                "type": "Feature",
                "properties": {"town": boundary.town},
                "geometry": _geojson(boundary.geometry),
            }
        )
        for boundary in towns
    ]
    return b'{"type":"FeatureCollection","features":[\n' + b",\n".join(lines) + b"\n]}\n"


def _geojson(geometry: Geometry) -> dict[str, object]:
    polygons = [
        [shapely.get_coordinates(ring).tolist() for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(geometry)
    ]
    return {"type": "MultiPolygon", "coordinates": polygons}
