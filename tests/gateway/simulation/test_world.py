from __future__ import annotations

import pytest

from text911.gateway.simulation.places import LIMITS
from text911.gateway.simulation.scenario import Cut
from text911.gateway.simulation.world import World


@pytest.fixture
def calm() -> World:
    """No faults, every PSAP open, the carriers bound."""
    world = World(1, Cut(only=frozenset()))
    world.begin()
    world.stage.run(5.0)
    return world


def told(world: World) -> list[str]:
    """The automatic messages that are durable."""
    world.shadow.catch_up()
    lines = [line for one in world.shadow.dialogues.values() for line in one.lines.values()]
    return [line.by for line in lines if line.kind == "automatic"]


def nobody_shows_anything(world: World) -> None:
    """Links that look alive and are not: what is sent there comes to nothing."""
    for room in world.rooms.values():
        room.hear = lambda link, user, raw: None  # type: ignore[method-assign]


def test_a_text_in_a_calm_world_is_shown_and_answered(calm: World) -> None:
    calm.callers.write(calm.callers.people[0])
    calm.stage.run(60.0)
    assert calm.witness.shown
    assert all(one.accepted_at > 0 for one in calm.submissions)


@pytest.mark.parametrize("when", ["before", "meanwhile", "before a restart"])
def test_a_bounce_is_on_time_when_utc_is_set_back_by_an_hour(calm: World, when: str) -> None:
    nobody_shows_anything(calm)
    calm.callers.write(calm.callers.people[0])
    calm.stage.run(calm.stage.now() + LIMITS.reach + 1.0)
    assert told(calm) == ["M1"]
    if when != "meanwhile":
        calm.stage.step(-3600.0)
    if when == "before a restart":
        calm.crash()
        calm.stage.run(calm.stage.now() + 15.0)
        nobody_shows_anything(calm)
    calm.stage.run(calm.stage.now() + LIMITS.automatic_spacing + 5.0)
    calm.callers.write(calm.callers.people[0])
    calm.stage.run(calm.stage.now() + 1.0)
    if when == "meanwhile":
        calm.stage.step(-3600.0)
    calm.stage.run(calm.stage.now() + LIMITS.reach + 1.0)
    assert told(calm) == ["M1", "M1"]
