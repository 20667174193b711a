"""Limits and sizes are watched: what is late, or grows, is seen in a world without any fault."""

from __future__ import annotations

import pytest

from text911.gateway.core import ringing
from text911.gateway.core.facts import TimeRanOut
from text911.gateway.edges.clock import DialogueClock
from text911.gateway.edges.transcripts import Transcripts
from text911.gateway.simulation.places import LIMITS
from text911.gateway.simulation.scenario import Cut
from text911.gateway.simulation.stage import Broken
from text911.gateway.simulation.world import World


@pytest.fixture
def calm() -> World:
    """No faults, every PSAP open, the carriers bound."""
    world = World(1, Cut(only=frozenset()))
    world.begin()
    world.stage.run(5.0)
    return world


def write(world: World) -> None:
    world.callers.write(world.callers.people[0])


def nothing(*_anything: object) -> None:
    pass


def phases(world: World) -> list[str]:
    assert world.process is not None
    return [one.state.name_of_phase for one in world.process.engine]


def nobody_shows_anything(world: World) -> None:
    for room in world.rooms.values():
        room.hear = lambda link, user, raw: None  # type: ignore[method-assign]


def pages_get_nothing(world: World) -> None:
    for browser in world.everybody():
        browser.push = lambda link, frame: None  # type: ignore[method-assign]


def test_a_caller_who_is_neither_shown_nor_told_within_ten_seconds_is_noticed(
    calm: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ringing, "bounce", nothing)
    nobody_shows_anything(calm)
    pages_get_nothing(calm)
    write(calm)
    with pytest.raises(Broken, match="a first text reaches a page or its caller is told"):
        calm.stage.run(calm.stage.now() + LIMITS.reach + 10.0)


def test_without_a_bind_nobody_can_be_told_and_the_limit_waits_for_one(calm: World) -> None:
    nobody_shows_anything(calm)
    pages_get_nothing(calm)
    write(calm)
    calm.stage.run(calm.stage.now() + 1.0)
    for carrier in calm.carriers:
        for link in list(carrier.links):
            link.drop()
        vars(carrier)["_open"] = lambda: None
    calm.stage.run(calm.stage.now() + LIMITS.reach + 30.0)
    assert calm.stage.breach is None


def test_a_timer_that_never_rings_is_noticed(calm: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DialogueClock, "carry", nothing)
    write(calm)
    with pytest.raises(Broken, match="timers ring in time"):
        calm.stage.run(calm.stage.now() + LIMITS.quiet_close + 10.0)


def test_a_caller_whom_nobody_answers_is_given_up_at_120_s_and_not_before(calm: World) -> None:
    for browser in calm.everybody():
        vars(browser)["_rings"] = nothing
    write(calm)
    began = calm.stage.now()
    calm.stage.run(began + LIMITS.abandon - 1.0)
    assert phases(calm) == ["offered"]
    calm.stage.run(began + LIMITS.abandon + 2.0)
    assert phases(calm) == ["abandoned"]


def test_who_is_given_up_too_early_is_noticed(calm: World) -> None:
    for browser in calm.everybody():
        vars(browser)["_rings"] = nothing
    write(calm)
    process = calm.process
    assert process is not None
    calm.stage.run(calm.stage.now() + 1.0)
    (held,) = process.engine
    abandon = next(one for one in held.state.line.timers if one.name == "abandon")
    process.enter(
        lambda: process.engine.hear(held.dialogue, TimeRanOut("abandon", abandon.generation))
    )
    with pytest.raises(Broken, match="nobody is given up before 120 s"):
        calm.stage.run(calm.stage.now() + 3.0)


def test_what_grows_with_the_past_is_noticed(calm: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Transcripts, "forget", nothing)
    write(calm)
    with pytest.raises(Broken, match="memory and queues are bounded: transcripts: 1, and 0"):
        calm.stage.run(calm.stage.now() + LIMITS.quiet_close + LIMITS.forget + 30.0)


def test_the_largest_sizes_are_kept_for_the_report(calm: World) -> None:
    write(calm)
    calm.stage.run(calm.stage.now() + 5.0)
    assert calm.bounds.most["dialogues in memory"] == 1
    assert calm.bounds.most["texts remembered of a dialogue"] == 1
