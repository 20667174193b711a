"""How long a route decision takes, location known: DESIGN 7 asks for p99 <= 20 us.

    .venv/bin/python load_tests/routing.py [--boundaries FILE.geojson] [--json]

One process, one thread, every decision timed by itself; the cost of the clock is measured too.
Exit 1 when the budget is missed and LOAD_QUIET=1 says that the machine is quiet; absolute times on
a busy machine are only reported.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from text911.gateway.core.commands import Route
from text911.gateway.core.values import CarrierName, Location
from text911.gateway.routing.cells import cells
from text911.gateway.routing.chart import chart
from text911.gateway.routing.grid import Grid
from text911.gateway.routing.polygons import Boundaries, read
from text911.gateway.routing.router import Router, routing_table
from text911.gateway.routing.settings import RoutingSettings

BUDGET_P99_US = 20.0  # DESIGN 7, route decision, location known
DECISIONS = 30_000
WARM_UP = 2_000
ROUTING = Path(__file__).resolve().parents[1] / "configs" / "demo" / "routing.toml"


def timed_us(work: Callable[[Any], object], inputs: Sequence[Any]) -> list[float]:
    """Microseconds of each call, sorted."""
    for value in inputs[:WARM_UP]:
        work(value)
    clock = time.perf_counter_ns
    took: list[float] = []
    for value in inputs:
        begun = clock()
        work(value)
        took.append((clock() - begun) / 1_000)
    return sorted(took)


def percentiles(took: list[float]) -> dict[str, float]:
    def at(share: float) -> float:
        return round(took[min(len(took) - 1, int(len(took) * share))], 2)

    return {
        "p50": at(0.5),
        "p90": at(0.9),
        "p99": at(0.99),
        "p99.9": at(0.999),
        "max": round(took[-1], 2),
        "mean": round(sum(took) / len(took), 2),
    }


def measure(boundaries: Boundaries, seed: int) -> dict[str, Any]:
    begun = time.perf_counter()
    grid = Grid(boundaries)
    build = time.perf_counter() - begun
    settings = RoutingSettings.model_validate(tomllib.loads(ROUTING.read_text("utf-8")))
    router = Router(grid, routing_table(settings))
    inside, water = places(grid, random.Random(seed))
    carrier = CarrierName("carrier")

    def decide(question: Route) -> object:
        return router.choose(question, carrier)

    def lookup(question: Route) -> object:
        assert question.location is not None
        return grid.town_at(question.location.latitude, question.location.longitude)

    def draw(question: Route) -> object:
        assert question.location is not None
        place = question.location
        return chart(boundaries, place.latitude, place.longitude, place.radius)

    return {
        "build_s": round(build, 3),
        "clock_us": percentiles(timed_us(lambda _: None, inside)),
        "town_at_us": percentiles(timed_us(lookup, inside)),
        "route_us": percentiles(timed_us(decide, inside)),
        "route_nearest_us": percentiles(timed_us(decide, water)),
        "chart_us": percentiles(timed_us(draw, inside[: DECISIONS // 30])),
    }


def places(grid: Grid, chance: random.Random) -> tuple[list[Route], list[Route]]:
    """Questions evenly over the state, and on the water or just over the border. Radii as a carrier
    gives them: mostly cells, one in ten wide."""
    inside: list[Route] = []
    outside: list[Route] = []
    while len(inside) < DECISIONS:
        lat, lon = chance.uniform(40.95, 42.08), chance.uniform(-73.76, -71.75)
        radius = chance.choice((20, 50, 150, 300, 620, 620, 900, 1_200, 1_800, 3_500))
        question = Route(Location(lat, lon, float(radius), 90, "Cell", "load test", 0.0), "")
        if grid.town_at(lat, lon) is not None:
            inside.append(question)
        elif len(outside) < DECISIONS // 10:
            outside.append(question)
    return inside, outside


def main() -> int:
    parser = argparse.ArgumentParser(description="Percentiles of one route decision.")
    parser.add_argument("--boundaries", type=Path, help="GeoJSON of the towns; else demo cells")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--seed", type=int, default=911)
    given = parser.parse_args()
    used = read(given.boundaries.read_bytes()).boundaries if given.boundaries else cells()
    result = measure(used, given.seed)
    met = result["route_us"]["p99"] <= BUDGET_P99_US
    result["budget"] = {"route_us p99": BUDGET_P99_US, "met": met}
    if given.json:
        sys.stdout.write(json.dumps(result, indent=2) + "\n")
    else:
        for name, value in result.items():
            sys.stdout.write(f"{name:18} {value}\n")
    return 1 if not met and os.environ.get("LOAD_QUIET") == "1" else 0


if __name__ == "__main__":
    sys.exit(main())
