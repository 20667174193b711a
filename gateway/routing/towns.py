"""The 169 towns of Connecticut: our own table of name, county and one point inside each.

Written by hand from common knowledge of the state, four decimals. It names towns and gives the
demonstration something to draw; it is no survey and no boundary.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

TOWN_COUNT = 169  # since 1921, when West Haven was the last to be set up


@dataclass(frozen=True, slots=True)
class Town:
    name: str
    county: str  # one of the eight historical counties
    latitude: float  # degrees north, WGS 84, of a point inside the town
    longitude: float  # degrees east


def _read() -> tuple[Town, ...]:
    text = (files("text911") / "gateway" / "routing" / "towns.csv").read_text("utf-8")
    towns = tuple(
        Town(row["name"], row["county"], float(row["latitude"]), float(row["longitude"]))
        for row in csv.DictReader(text.splitlines())
    )
    assert len(towns) == TOWN_COUNT
    return towns


TOWNS: Final = _read()  # in alphabetical order
TOWN_NAMES: Final = frozenset(town.name for town in TOWNS)
