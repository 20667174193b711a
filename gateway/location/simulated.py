"""The demonstration's location source: invents a place from the caller's number and a seed.

Same number, same seed, same place, on every machine and in every run. Never for real callers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from math import cos, pi, radians, sin, sqrt

from ..core.values import Location
from ..routing.plane import M_PER_DEGREE
from ..routing.towns import TOWNS, Town
from .port import Answer, Question

JITTER_MAX_M = 900.0  # metres from the town's point: mostly, not always, in the same town
RADII = (35.0, 90.0, 250.0, 620.0, 1_100.0, 2_600.0)  # metres; from a satellite fix to a wide cell
SATELLITE_WITHIN_M = 100.0  # a fix as good as this comes from satellites

Later = Callable[[float, Callable[[], None]], object]  # (seconds, what to do then)


def place_of(number: str, seed: int, towns: Sequence[Town], at: float) -> Location:
    """Pure: number and seed decide everything but the time."""
    octets = sha256(f"{seed}:{number}".encode()).digest()
    which, bearing, distance, size = (
        int.from_bytes(octets[start : start + 8]) / 2**64 for start in (0, 8, 16, 24)
    )
    town = towns[int(which * len(towns))]
    metres = JITTER_MAX_M * sqrt(distance)  # the root spreads evenly over the disc
    north = metres * cos(2 * pi * bearing) / M_PER_DEGREE
    east = metres * sin(2 * pi * bearing) / M_PER_DEGREE / cos(radians(town.latitude))
    radius = RADII[int(size * len(RADII))]
    return Location(
        round(town.latitude + north, 6),
        round(town.longitude + east, 6),
        radius,
        90,
        "GPS" if radius <= SATELLITE_WITHIN_M else "Cell",
        "simulated location source",
        at,
    )


class SimulatedSource:
    """Answers after `delay` seconds through `later`; with a delay of 0 at once. `now`: UTC
    seconds."""

    __slots__ = ("_delay", "_later", "_now", "_seed", "_towns")

    def __init__(
        self,
        seed: int,
        delay: float,
        later: Later,
        now: Callable[[], float],
        towns: Sequence[Town] = TOWNS,
    ) -> None:
        self._seed = seed
        self._delay = delay
        self._later = later
        self._now = now
        self._towns = towns

    def locate(self, question: Question, answer: Callable[[Answer], None]) -> None:
        def found() -> None:
            answer(place_of(question.number, self._seed, self._towns, self._now()))

        if self._delay > 0:
            self._later(self._delay, found)
        else:
            found()
