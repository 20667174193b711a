"""Callers on lines in the simulated world: they are heard, and what breaks a promise is seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from text911.gateway.core.commands import Show
from text911.gateway.core.values import DialogueId, PsapName
from text911.gateway.simulation.line_door import Log
from text911.gateway.simulation.lines import Lines
from text911.gateway.simulation.scenario import Cut
from text911.gateway.simulation.shadow import Told
from text911.gateway.simulation.stage import Broken
from text911.gateway.simulation.storm import run
from text911.gateway.simulation.world import World

ONLY = Cut(only=frozenset({"line_callers"}))
NOBODY = PsapName("")


def seed_with_callers() -> int:
    return next(seed for seed in range(100) if World(seed, ONLY).lines.callers)


def test_callers_type_and_are_heard_and_every_promise_is_kept() -> None:
    outcome = run(seed_with_callers(), ONLY, told_max=100_000)
    assert not outcome.broken
    said = "\n".join(outcome.last)
    assert "TYPISTA: rings, time 1" in said
    assert "CallerTyped" in said


def test_a_world_without_that_fault_has_nobody_on_a_line() -> None:
    assert World(1, Cut(only=frozenset())).lines.callers == []


def judged(log: Log, told: Told) -> None:
    world = World(1, Cut(only=frozenset()))
    lines = Lines(world)
    lines.logs.append(log)
    world.shadow.dialogues[log.dialogue] = told
    lines.at_the_end()


def whole() -> tuple[Log, Told]:
    """A call of two letters and a reply, as it should be."""
    process = World(1, Cut(only=frozenset())).process
    log = Log(DialogueId("d"), process, "HI", accepted=True, over=True, whole={"reply-0"})  # type: ignore[arg-type]
    told = Told(heard="HI", texts={8: ["HI"]}, delivery={16: "typed"}, typing={0: "OK"})
    told.lines[8] = Show(NOBODY, 0, 8, 0.0, "caller", "H")
    told.lines[16] = Show(NOBODY, 0, 16, 0.0, "psap", "ok", reply=0)
    return log, told


def test_what_is_as_it_should_be_is_no_breach() -> None:
    judged(*whole())


@pytest.mark.parametrize(
    ("changes", "promise"),
    [
        ({"heard": "IH"}, "was typed in this order"),
        ({"heard": "H"}, "every letter that was heard is recorded"),
        ({"texts": {}}, "every letter stands in the transcript, once"),
        ({"texts": {8: ["HIHI"]}}, "every letter stands in the transcript, once"),
        ({"delivery": {16: "held"}}, "a reply is typed, or said not to be"),
        ({"delivery": {16: "lost"}}, "what was typed is not called lost"),
    ],
)
def test_every_breach_is_named(changes: dict[str, object], promise: str) -> None:
    log, told = whole()
    for name, value in changes.items():
        setattr(told, name, value)
    with pytest.raises(Broken, match=promise):
        judged(log, told)


def test_a_call_that_was_answered_and_is_nowhere_is_a_breach() -> None:
    log, _ = whole()
    world = World(1, Cut(only=frozenset()))
    world.lines.logs.append(log)
    with pytest.raises(Broken, match="a call that was answered is recorded"):
        world.lines.at_the_end()
    world = World(1, Cut(only=frozenset()))
    world.lines.logs.append(replace(log, accepted=False))
    world.lines.at_the_end()


def test_a_reply_that_is_called_typed_and_was_not_is_a_breach() -> None:
    log, told = whole()
    log.whole.clear()
    with pytest.raises(Broken, match="a reply is typed, or said not to be"):
        judged(log, told)
