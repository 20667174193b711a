"""Calls in the engine: one dialogue each, and what the next call of the same number knows."""

from __future__ import annotations

import msgspec

from text911.gateway.core.facts import (
    LineEnded,
    LocationFailed,
    PsapAnswered,
    PsapEnded,
    PsapShown,
)
from text911.gateway.core.state import by_ani
from text911.gateway.core.values import DialogueId
from text911.gateway.journal.contract import JournalBroken, Snapshot

from .stage import ANI, CALL, A, letters
from .world import World


def ring(world: World, leg: str = "leg-1", ani: str = ANI) -> DialogueId:
    def begun(dialogue: DialogueId, broken: JournalBroken | None) -> None:
        world.log.append(("begun" if broken is None else "denied", dialogue))

    world.now += 1.0
    dialogue = world.engine.hear_call(msgspec.structs.replace(CALL, number=leg), ani, b"", begun)
    world.journal.sync()
    return dialogue


def answered(world: World) -> DialogueId:
    dialogue = ring(world)
    world.report(dialogue, LocationFailed("no"), PsapShown(A, 0, 99), PsapAnswered(A, 0, "Kim"))
    world.report(dialogue, letters("HELP"))
    world.journal.sync()
    return dialogue


def previous(world: World, dialogue: DialogueId) -> str:
    state = world.engine.get(dialogue)
    assert state is not None
    return "" if state.line.previous is None else state.line.previous.dialogue


def test_each_call_is_a_dialogue_and_begins_when_it_is_durable() -> None:
    world = World.started()
    first = ring(world)
    assert world.of("begun") == [first]
    second = ring(world, "leg-2")
    assert second != first
    assert previous(world, second) == "", "the line of the other stands: another person perhaps"


def test_the_next_call_knows_of_one_that_somebody_still_has_and_of_one_that_is_over() -> None:
    world = World.started()
    first = answered(world)
    world.report(first, LineEnded("the caller hung up"))
    second = ring(world, "leg-2")
    assert previous(world, second) == first
    state = world.engine.get(second)
    assert state is not None
    assert state.line.previous is not None
    assert state.line.previous.psap == A
    world.report(second, LineEnded("again"))
    third = ring(world, "leg-3")
    assert previous(world, third) == second
    world.report(first, PsapEnded(A, 0, "e", "Kim"))
    assert previous(world, ring(world, "leg-4", ani="")) == ""


def test_the_number_is_known_after_a_restart_from_records_and_from_a_snapshot() -> None:
    world = World.started()
    first = answered(world)
    up_to, encode = world.engine.remember()
    snapshot = Snapshot(up_to, encode())
    for how in (None, snapshot):
        again = World(world.journal.crash(0), name="e")
        again.now = world.now
        after = 0 if how is None else how.up_to
        again.engine.restore(how, again.journal.read(after))
        held = again.engine.latest(by_ani(ANI))
        assert held is not None
        assert held.dialogue == first
        again.engine.start("next")
        again.resume()
        again.journal.sync()
        assert previous(again, ring(again, "leg-9")) == first


def test_a_call_that_cannot_be_recorded_is_told_so() -> None:
    world = World.started()
    world.journal.fail(landed=0)
    dialogue = ring(world)
    assert world.of("denied") == [dialogue]
    world.engine.recover()
    assert world.engine.get(dialogue) is None
