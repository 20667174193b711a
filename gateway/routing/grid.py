"""From a point to its town in about a microsecond.

The state is cut into cells. A cell that no border crosses knows its town; a cell that a border
crosses knows the few towns that may be meant, and the geometry decides. A point on a shared border,
or where two towns overlap, belongs to the alphabetically first of them, always.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Generator, Iterator
from math import cos, pi, sin
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .plane import (
    M_PER_DEGREE,
    MIDDLE_COS,
    Geometry,
    intersects_xy,
    metres_between,
    shapely,
    squeezed,
)
from .polygons import Boundaries

CELLS = 512  # per side; some 320 m by 230 m each in Connecticut
# Degrees, 0.1 mm: a border this close to a cell counts as crossing it, so that rounding cannot put
# a point into a neighbour cell that knows nothing of the border.
CLOSE = 1e-9

# Where `may_reach` looks, as fractions of the radius (north, east): eight bearings on three rings.
_RINGS = tuple(
    (ring * cos(bearing * pi / 4), ring * sin(bearing * pi / 4))
    for ring in (1.0, 2 / 3, 1 / 3)
    for bearing in range(8)
)
_RIM = _RINGS[:8]
# Metres. No town fits between the middle and the rim of a smaller circle.
RIM_ONLY_M = 5_000.0

Cells: TypeAlias = NDArray[np.int64]  # indices of cells, or of their rows or columns
_Border = tuple[tuple[str, ...], Any]  # towns in alphabetical order, array of their geometries
_Answer = str | None | _Border
ANSWERS_MAX = 1 << 16  # a cell's number has 16 bits; Connecticut needs about a thousand


class Grid:
    """Answers for one set of boundaries. Filling it takes a good part of a second; until that is
    done (`filling`) every shape is asked, which gives the same answers more slowly."""

    __slots__ = (
        "_answers",
        "_cells",
        "_geometries",
        "_is_filled",
        "_names",
        "_per_lat",
        "_per_lon",
        "_side",
        "_south",
        "_squeezed",
        "_tree",
        "_west",
        "version",
    )

    def __init__(self, boundaries: Boundaries, cells: int = CELLS, *, fill: bool = True) -> None:
        """`fill` False: somebody walks through `filling` later."""
        self.version: Final = boundaries.version
        self._names = [boundary.town for boundary in boundaries.towns]
        self._geometries = [boundary.geometry for boundary in boundaries.towns]
        shapely.prepare(self._geometries)
        west, south, east, north = shapely.total_bounds(self._geometries).tolist()
        self._west = west - CLOSE
        self._south = south - CLOSE
        self._per_lon = cells / (east + CLOSE - self._west)
        self._per_lat = cells / (north + CLOSE - self._south)
        self._side = cells
        # For `nearest`: the same shapes where a degree is equally long in both directions.
        self._squeezed = squeezed(self._geometries)
        self._tree = shapely.STRtree(self._squeezed)
        # What cells can answer, and per cell which of it; apart, because half a megabyte of small
        # numbers stays in the processor's cache and a quarter of a million pointers does not.
        anywhere: _Answer = (tuple(self._names), np.array(self._geometries))
        self._answers, self._cells = [anywhere], array("H", bytes(2 * cells * cells))
        self._is_filled = False
        if fill:
            deque(self.filling(), maxlen=0)

    def filling(self) -> Iterator[None]:
        """Fill the cells, a town a step, so that the caller can let others go in between."""
        self._answers, self._cells = yield from self._filled()
        self._is_filled = True

    def town_at(self, lat: float, lon: float) -> str | None:
        """The town that contains the point, its border included; None when there is none. Degrees
        of WGS 84, finite."""
        column = int((lon - self._west) * self._per_lon)
        row = int((lat - self._south) * self._per_lat)
        # int() rounds towards zero, so a point just west of the grid falls into column 0. No cell
        # of the rim is within a town, so the geometry decides there too.
        if not (0 <= column < self._side and 0 <= row < self._side):
            return None
        answer = self._answers[self._cells[row * self._side + column]]
        if answer is None or isinstance(answer, str):
            return answer
        towns, geometries = answer
        # One call for all of them: the way into the library costs more than a second answer.
        held: list[bool] = intersects_xy(geometries, lon, lat).tolist()
        return towns[held.index(True)] if True in held else None

    def nearest(self, lat: float, lon: float) -> tuple[str, float]:
        """The town nearest to the point and the distance in metres, 0.0 inside. Of several at the
        same distance the alphabetically first."""
        point = shapely.Point(lon * MIDDLE_COS, lat)
        first = int(self._tree.query_nearest(point, all_matches=True).min())
        (near_x, near_lat), _ = shapely.shortest_line(self._squeezed[first], point).coords
        return self._names[first], metres_between(lat, lon, near_lat, near_x / MIDDLE_COS)

    def may_reach(self, lat: float, lon: float, radius: float) -> tuple[str, ...]:
        """The towns that a circle of `radius` metres may reach into, in alphabetical order. Looks
        at eight places of the rim, of a circle larger than a town at 16 more inside it, and takes
        the whole cell for each: for a remark, not for a decision."""
        if not self._is_filled:
            return self._reached(lat, lon, radius)
        # All in cells: this runs within the budget of a route decision.
        side, cells = self._side, self._cells
        high = radius / M_PER_DEGREE * self._per_lat
        wide = radius / M_PER_DEGREE / MIDDLE_COS * self._per_lon
        mid_row = (lat - self._south) * self._per_lat
        mid_column = (lon - self._west) * self._per_lon
        looks = _RIM if radius < RIM_ONLY_M else _RINGS
        if high <= mid_row < side - high and wide <= mid_column < side - wide:
            seen = {
                cells[int(mid_row + north * high) * side + int(mid_column + east * wide)]
                for north, east in looks
            }
        else:
            seen = {
                cells[int(row) * side + int(column)]
                for north, east in looks
                if 0 <= (row := mid_row + north * high) < side
                and 0 <= (column := mid_column + east * wide) < side
            }
        towns: set[str] = set()
        for which in seen:
            answer = self._answers[which]
            if isinstance(answer, str):
                towns.add(answer)
            elif answer is not None:
                towns.update(answer[0])
        return tuple(sorted(towns))

    def _reached(self, lat: float, lon: float, radius: float) -> tuple[str, ...]:
        """`may_reach` by the shapes themselves."""
        circle = shapely.Point(lon * MIDDLE_COS, lat).buffer(radius / M_PER_DEGREE)
        towns: list[int] = self._tree.query(circle, predicate="intersects").tolist()
        return tuple(sorted(self._names[town] for town in towns))

    def _filled(self) -> Generator[None, None, tuple[list[_Answer], array[int]]]:
        side = self._side
        marks: list[Cells] = []
        for geometry in self._geometries:
            marks.append(self._crossed(geometry))
            yield
        crossed = np.zeros(side * side, dtype=np.bool_)
        for cells in marks:
            crossed[cells] = True
        answers: list[_Answer] = [None, *self._names]
        table = np.zeros(side * side, dtype=np.uint16)
        candidates: dict[int, list[int]] = {}
        own = np.zeros(side * side, dtype=np.bool_)  # crossed by the border of this very town
        for town, (geometry, cells) in enumerate(zip(self._geometries, marks, strict=True)):
            own[cells] = True
            centred = self._centred(geometry)
            covered = centred[~own[centred]]
            own[cells] = False
            whole = covered[~crossed[covered]]
            # Alphabetical: where two overlap the first keeps the cell.
            table[whole[table[whole] == 0]] = town + 1
            for cell in np.concatenate((cells, covered[crossed[covered]])).tolist():
                candidates.setdefault(cell, []).append(town)
            yield
        shared: dict[tuple[int, ...], int] = {}
        for cell, towns in candidates.items():
            key = tuple(towns)
            if key not in shared:
                shared[key] = len(answers)
                answers.append(
                    (
                        tuple(self._names[town] for town in towns),
                        np.array([self._geometries[town] for town in towns]),
                    )
                )
            table[cell] = shared[key]
        assert len(answers) <= ANSWERS_MAX
        return answers, array("H", table.tobytes())

    def _columns(self, longitudes: NDArray[np.float64]) -> Cells:
        columns: Cells = ((longitudes - self._west) * self._per_lon).astype(np.int64)
        return columns

    def _rows(self, latitudes: NDArray[np.float64]) -> Cells:
        rows: Cells = ((latitudes - self._south) * self._per_lat).astype(np.int64)
        return rows

    def _crossed(self, geometry: Geometry) -> Cells:
        """All cells that the border may touch (a few more do no harm): the border is cut into
        pieces shorter than a cell, each marks the cells of its bounding box."""
        longest = min(1 / self._per_lon, 1 / self._per_lat)
        border = shapely.segmentize(shapely.boundary(geometry), longest)
        found: list[Cells] = []
        for line in shapely.get_parts(border):
            points = shapely.get_coordinates(line)
            low = np.minimum(points[:-1], points[1:]) - CLOSE
            high = np.maximum(points[:-1], points[1:]) + CLOSE
            last = self._side - 1
            left, right = (np.clip(self._columns(x[:, 0]), 0, last) for x in (low, high))
            bottom, top = (np.clip(self._rows(y[:, 1]), 0, last) for y in (low, high))
            for down in range(3):  # a piece shorter than a cell lies in at most 3 by 3 of them
                for across in range(3):
                    row = np.minimum(bottom + down, top)
                    column = np.minimum(left + across, right)
                    found.append(row * self._side + column)
        return _distinct(np.concatenate(found))

    def _centred(self, geometry: Geometry) -> Cells:
        """All cells whose centre lies in the geometry."""
        bounds = shapely.bounds(geometry)
        left, right = self._columns(bounds[[0, 2]]).tolist()
        bottom, top = self._rows(bounds[[1, 3]]).tolist()
        column_range: Cells = np.arange(left, right + 1, dtype=np.int64)
        row_range: Cells = np.arange(bottom, top + 1, dtype=np.int64)
        columns = np.tile(column_range, len(row_range))
        rows = np.repeat(row_range, len(column_range))
        inside: NDArray[np.bool_] = shapely.contains_xy(
            geometry,
            self._west + (columns + 0.5) / self._per_lon,
            self._south + (rows + 0.5) / self._per_lat,
        )
        cells: Cells = (rows * self._side + columns)[inside]
        return cells


def _distinct(cells: Cells) -> Cells:
    """Each once, in order. (np.unique would import masked arrays, a tenth of a second.)"""
    cells.sort()
    first = np.ones(len(cells), dtype=np.bool_)
    np.not_equal(cells[1:], cells[:-1], out=first[1:])
    return cells[first]
