"""The named fault points act exactly where a seed has armed them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from text911.gateway import faults
from text911.gateway.faults import POINTS
from text911.gateway.simulation.points import PASSINGS, REAL_ONLY, Points, ProcessDied
from text911.gateway.simulation.scenario import Cut
from text911.gateway.simulation.stage import Stage
from text911.gateway.simulation.storm import run
from text911.gateway.simulation.world import World


def armed(action: str, died: list[str], stood_still: list[float]) -> Points:
    stage = next(one for one in map(Stage, range(100)) if action in one.faults)
    stage.faults = frozenset({action})
    return Points(stage, died.append, stood_still.append)


def pass_all(points: Points) -> int:
    """Every point so often that whatever is armed acts. How many times something was raised."""
    raised = 0
    for _ in range(4 * max(PASSINGS)):
        for name in POINTS:
            try:
                points.act(name)
            except (OSError, ProcessDied):
                raised += 1
    return raised


def test_a_death_ends_what_the_process_was_doing() -> None:
    died, stood_still = list[str](), list[float]()
    points = armed("point_kill", died, stood_still)
    assert pass_all(points) == len(died) > 0
    assert set(died) <= POINTS.keys() - REAL_ONLY
    assert stood_still == []


def test_only_a_disk_fails() -> None:
    died, stood_still = list[str](), list[float]()
    assert pass_all(armed("point_fail", died, stood_still)) > 0
    assert (died, stood_still) == ([], [])


def test_a_slow_point_lets_the_process_stand_still_and_raises_nothing() -> None:
    died, stood_still = list[str](), list[float]()
    assert pass_all(armed("point_slow", died, stood_still)) == 0
    assert stood_still
    assert died == []


def test_nothing_acts_once_the_stage_has_healed() -> None:
    died, stood_still = list[str](), list[float]()
    points = armed("point_kill", died, stood_still)
    vars(points)["_stage"].healed = True
    assert pass_all(points) == 0


def test_some_dozen_seeds_pass_every_point_that_a_simulated_process_has() -> None:
    passed: set[str] = set()
    for seed in range(1, 40):
        world = World(seed)
        faults.replace(world.points.act)
        try:
            world.begin()
            for caller in world.callers.people:
                world.stage.later(1.0, writing(world, caller.name))
            world.stage.later(9.0, world.crash)
            world.stage.later(25.0, full(world, "no space"))
            world.stage.later(27.0, full(world, None))
            world.stage.run(60.0)
        finally:
            faults.replace(None)
        passed |= world.points.passed
        if passed == POINTS.keys() - REAL_ONLY:
            break
    assert passed == POINTS.keys() - REAL_ONLY


def writing(world: World, name: str) -> Callable[[], None]:
    caller = next(one for one in world.callers.people if one.name == name)

    def write() -> None:
        for _ in range(4):
            world.callers.write(caller)

    return write


def full(world: World, refuses: str | None) -> Callable[[], None]:
    def strike() -> None:
        world.store.refuses = refuses
        for caller in world.callers.people:
            world.callers.write(caller)

    return strike


@pytest.mark.no_cover  # it plays the whole gateway, which proves no line of it
@pytest.mark.parametrize("action", ["point_kill", "point_fail", "point_slow"])
def test_a_run_tells_where_a_point_acted(action: str) -> None:
    told = (
        line
        for seed in range(1, 100)
        for line in run(seed, Cut(only=frozenset({action}), texts=2), 1000).last
    )
    assert any(f"point: {action} at " in line for line in told)
