from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from text911.gateway.routing.polygons import Boundaries, BoundariesRefused, normalised
from text911.gateway.routing.settings import Problem, RoutingSettings
from text911.gateway.routing.source import boundaries, boundary_problems

ROUTING = Path(__file__).resolve().parents[3] / "configs" / "demo" / "routing.toml"
DEMO = RoutingSettings.model_validate(tomllib.loads(ROUTING.read_text("utf-8")))
FROM_FILE = DEMO.model_copy(update={"boundaries": "towns.geojson"})


def test_the_demonstration_needs_no_file(tmp_path: Path, demo: Boundaries) -> None:
    assert boundaries(DEMO, tmp_path).version == demo.version
    assert boundary_problems(DEMO, tmp_path) == []


def test_a_file_is_found_beside_routing_toml(tmp_path: Path, demo: Boundaries) -> None:
    (tmp_path / "towns.geojson").write_bytes(normalised(demo))
    assert boundaries(FROM_FILE, tmp_path).version == demo.version


def test_a_file_that_is_not_there_is_a_problem_in_words(tmp_path: Path) -> None:
    path = tmp_path / "towns.geojson"
    with pytest.raises(BoundariesRefused, match="cannot be read: No such file"):
        boundaries(FROM_FILE, tmp_path)
    assert boundary_problems(FROM_FILE, tmp_path) == [
        Problem("boundaries", f"{path} cannot be read: No such file or directory.")
    ]
