"""Where boundaries come from: the demonstration cells, or the file that `routing.toml` names.

The only module of this room that reads a file at run time.
"""

from __future__ import annotations

from pathlib import Path

from .cells import cells
from .polygons import Boundaries, BoundariesRefused, read
from .settings import DEMO, Problem, RoutingSettings


def boundaries(settings: RoutingSettings, directory: Path) -> Boundaries:
    """`directory` is where `routing.toml` lies. Raises BoundariesRefused with what is wrong with
    the file, also when it cannot be read."""
    if settings.boundaries == DEMO:
        return cells()
    path = directory / settings.boundaries
    try:
        octets = path.read_bytes()
    except OSError as cause:
        raise BoundariesRefused([f"{path} cannot be read: {cause.strerror}."]) from cause
    return read(octets).boundaries


def boundary_problems(settings: RoutingSettings, directory: Path) -> list[Problem]:
    """The same question for `text911 check`: every fault as a sentence, none when all is well."""
    try:
        boundaries(settings, directory)
    except BoundariesRefused as refused:
        return [Problem("boundaries", problem) for problem in refused.problems]
    return []
