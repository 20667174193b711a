"""Recovery reads again what was recorded: dialogues, timers and the policy are as it says."""

from __future__ import annotations

import msgspec
import pytest

from text911.gateway.core.commands import Arm, Forget, OfferTo
from text911.gateway.core.encoding import policy_hash
from text911.gateway.core.facts import (
    GATEWAY,
    LocationFailed,
    PolicyInForce,
    PsapAnswered,
    PsapRefused,
)
from text911.gateway.core.state import Active, Over
from text911.gateway.core.values import DialogueId
from text911.gateway.journal.contract import JournalBroken

from .slow_journal import SlowJournal
from .stage import POLICY, A, B, C, wrote
from .world import World, closed, facts, ringing


def test_recovery_fails_while_the_store_does_and_can_be_tried_again() -> None:
    world = ringing()
    world.report("d0", PsapAnswered(A, 0, "Kim"))
    world.journal.fail()
    world.journal.refuses_to_reopen = "no space left"
    for _ in range(2):
        with pytest.raises(JournalBroken, match="no space left"):
            world.engine.recover()
        assert world.engine.broken is not None
    world.journal.refuses_to_reopen = ""
    world.engine.recover()
    world.journal.sync()
    state = world.engine.get(DialogueId("d0"))
    assert state is not None
    assert isinstance(state.phase, Active)


def test_a_command_answered_at_once_during_recovery_finds_every_dialogue_whole() -> None:
    """An adapter refuses within the call: its report must not be numbered into the past."""
    world = World.started()
    world.text(wrote("help", "m1"))
    world.journal.sync()
    world.report("d0", LocationFailed("x"))
    world.text(wrote("two", "m2"))
    world.react = lambda dialogue, command: (
        world.report(dialogue, PsapRefused(command.psap, command.offer, "nobody"))
        if isinstance(command, OfferTo)
        else None
    )
    world.journal.fail(landed=2)
    world.engine.recover()
    world.journal.sync()
    assert [one.psap for one in world.offers()] == [A, B, C]
    state = world.engine.get(DialogueId("d0"))
    assert state is not None
    assert isinstance(state.phase, Over)
    assert world.texts() == ["help", "two"]


def test_no_timer_is_lost_when_the_journal_breaks_under_it() -> None:
    world = ringing()
    world.tick(3.0)
    assert ("d0", "shown") not in world.timers
    world.journal.fail()
    world.engine.recover()
    world.journal.sync()
    assert world.offers()[-1].psap == B
    state = world.engine.get(DialogueId("d0"))
    assert state is not None
    armed = {timer.name: (timer.generation, timer.due) for timer in state.line.timers}
    assert {name: one for (_, name), one in world.timers.items()} == armed


def test_the_timers_of_what_was_recorded_after_all_are_armed() -> None:
    world = ringing()
    world.report("d0", PsapRefused(A, 0, "x"))
    world.journal.fail(landed=1)
    world.engine.recover()
    assert isinstance([c for c in world.commands if isinstance(c, Arm)][-1], Arm)
    state = world.engine.get(DialogueId("d0"))
    assert state is not None
    armed = {timer.name: (timer.generation, timer.due) for timer in state.line.timers}
    assert {name: one for (_, name), one in world.timers.items()} == armed


def test_forget_that_was_recorded_after_all_forgets() -> None:
    world = closed()
    world.tick(600.0)
    world.journal.fail(landed=1)
    world.engine.recover()
    assert len(world.engine) == 0
    world.text(wrote("new", "m2"))
    world.journal.sync()
    assert world.of("accepted")[-1] == "m2"


def test_forget_that_was_not_recorded_forgets_when_the_timer_is_heard_again() -> None:
    world = closed()
    world.tick(600.0)
    world.journal.fail()
    world.engine.recover()
    world.journal.sync()
    assert len(world.engine) == 0
    assert isinstance(world.commands[-1], Forget)


def test_the_policy_is_said_again_when_the_journal_lost_it() -> None:
    world = World.started()
    new = msgspec.structs.replace(POLICY, media=None)
    world.engine.adopt(new)
    world.journal.fail()
    assert world.engine.broken is not None
    world.engine.recover()
    world.journal.sync()
    assert facts(world, GATEWAY)[-1] == PolicyInForce(policy_hash(new), new)
    world.engine.recover()
    assert not world.journal.waiting, "once is enough"


def test_a_policy_that_the_journal_refuses_at_once_is_said_after_recovery() -> None:
    world = World.started()
    world.journal.broken = "the disk is full"
    new = msgspec.structs.replace(POLICY, media=None)
    with pytest.raises(JournalBroken, match="disk is full"):
        world.engine.adopt(new)
    assert world.engine.broken is not None
    world.engine.recover()
    world.text(wrote("help", "m1"))
    world.journal.sync()
    assert facts(world, GATEWAY)[-1] == PolicyInForce(policy_hash(new), new)
    assert len(world.after_crash().engine) == 1


def test_an_empty_store_is_started_anew_after_a_failure() -> None:
    world = World(SlowJournal())
    world.engine.start("1.0")
    world.journal.fail()
    world.engine.recover()
    world.journal.sync()
    assert [type(fact).__name__ for fact in facts(world, GATEWAY)] == ["PolicyInForce"]
