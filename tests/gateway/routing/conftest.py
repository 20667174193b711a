"""Two sets of boundaries for all tests of routing: our demonstration cells, and, where it lies
beside the repository, the census file, which is never part of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from text911.gateway.routing.cells import cells
from text911.gateway.routing.grid import Grid
from text911.gateway.routing.polygons import Boundaries, read

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def demo() -> Boundaries:
    return cells()


@pytest.fixture(scope="session")
def census_file() -> Path:
    shared = Path(os.environ.get("TEXT911_SHARED", REPOSITORY.parent / "shared"))
    path = shared / "data" / "ct-towns.geojson"
    if not path.exists():
        pytest.skip(
            f"NOT CHECKED against real town borders: {path} is absent. Put a GeoJSON file of the "
            "169 towns there, or say where by TEXT911_SHARED."
        )
    return path


@pytest.fixture(scope="session")
def census(census_file: Path) -> Boundaries:
    return read(census_file.read_bytes()).boundaries


@pytest.fixture(scope="session")
def demo_grid(demo: Boundaries) -> Grid:
    return Grid(demo)


@pytest.fixture(scope="session")
def census_grid(census: Boundaries) -> Grid:
    return Grid(census)
