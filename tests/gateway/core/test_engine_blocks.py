"""Blocks in the engine, through the journal: what is durable of them holds, and nothing else."""

from __future__ import annotations

import msgspec

from text911.gateway.core.commands import Command, OfferTo, Show, TellCaller
from text911.gateway.core.encoding import decode_fact, policy_hash
from text911.gateway.core.facts import (
    GATEWAY,
    CarrierTook,
    LocationFailed,
    Opened,
    PsapAnswered,
    PsapShown,
    PsapUnblocked,
)
from text911.gateway.core.replaying import replay
from text911.gateway.core.state import Active, Offered
from text911.gateway.core.values import CarrierName, DialogueId
from text911.gateway.journal.contract import Snapshot

from .stage import HOUR, KEY, OTHER, POLICY, A, B, block, wrote
from .world import World


def ringing(world: World | None = None, name: str = "m1") -> World:
    world = world or World.started()
    world.text(wrote("help", name))
    world.journal.sync()
    world.report(str(world.engine.find(KEY)), LocationFailed("no source"))
    world.journal.sync()
    return world


def blocking() -> World:
    world = ringing()
    world.ask("d0", block())
    world.journal.sync()
    return world


def next_opened(world: World, name: str) -> Opened:
    dialogue = world.engine.find(KEY)
    assert dialogue is not None
    first = world.journal.read_dialogue(dialogue)[0]
    fact, _ = decode_fact(first.record.payload)
    assert isinstance(fact, Opened), name
    return fact


def kinds(world: World) -> list[type[Command]]:
    return [type(command) for command in world.commands]


def test_the_next_dialogue_of_a_blocked_caller_holds_the_block_and_ends_in_a_bounce_back() -> None:
    world = blocking()
    world.log.clear()
    world.now += 30.0
    ringing(world, "m2")
    assert ("accepted", "m2") in world.log
    assert [held.psap for held in next_opened(world, "m2").blocked] == [A]
    assert OfferTo not in kinds(world)
    assert [c.by for c in world.commands if isinstance(c, Show) and c.kind == "automatic"] == ["M1"]
    assert TellCaller in kinds(world)


def test_replay_decides_the_same_without_the_memory() -> None:
    world = blocking()
    ringing(world, "m2")
    dialogue = world.engine.find(KEY)
    assert dialogue is not None
    policies = {policy_hash(POLICY): POLICY}
    for name in (DialogueId("d0"), dialogue):
        records = [stored.record for stored in world.journal.read_dialogue(name)]
        assert [step.difference for step in replay(records, policies)] == [""] * len(records)


def test_a_block_survives_a_power_cut_and_binds_only_its_caller_and_psap() -> None:
    world = blocking().after_crash()
    assert [(key, held.psap) for key, held in world.engine.blocks(A)] == [(KEY, A)]
    assert world.engine.blocks(B) == []
    world.resume()
    ringing(world, "m2")
    assert OfferTo not in kinds(world)
    world.text(wrote("help", "m3"), OTHER)
    world.journal.sync()
    world.report(str(world.engine.find(OTHER)), LocationFailed("no source"))
    world.journal.sync()
    assert [offer.psap for offer in world.offers()] == [A]


def test_a_block_that_was_not_durable_did_not_happen() -> None:
    world = ringing()
    world.ask("d0", block())
    after = world.after_crash(landed=0)
    assert after.engine.blocks(A) == []
    landed = ringing()
    landed.ask("d0", block())
    assert len(landed.after_crash(landed=1).engine.blocks(A)) == 1


def test_a_block_survives_in_a_snapshot_and_ends_by_itself() -> None:
    world = blocking()
    up_to, state = world.engine.remember()
    journal = world.journal.crash()
    after = World(journal, name="e")
    after.engine.restore(Snapshot(up_to, state()), journal.read(up_to))
    after.now = world.now
    assert len(after.engine.blocks(A)) == 1
    after.now += HOUR
    assert after.engine.blocks(A) == []
    after.resume()
    ringing(after, "m2")
    assert [offer.psap for offer in after.offers()] == [A]


def lift(world: World, dialogue: str = "d0") -> list[object]:
    answers: list[object] = []
    world.engine.unblock(A, DialogueId(dialogue), "Ann", b"frame", answers.append)
    return answers


def test_a_lifted_block_is_a_fact_and_is_over_also_after_a_restart() -> None:
    world = blocking()
    answers = lift(world)
    assert answers == []
    world.journal.sync()
    assert answers == [None]
    own = [decode_fact(s.record.payload) for s in world.journal.read_dialogue(GATEWAY)]
    assert own[-1] == (PsapUnblocked(A, DialogueId("d0"), "Ann"), b"frame")
    assert world.engine.blocks(A) == []
    after = world.after_crash()
    assert after.engine.blocks(A) == []
    after.resume()
    ringing(after, "m2")
    assert [offer.psap for offer in after.offers()] == [A]


def test_lifting_what_is_over_already_needs_nothing() -> None:
    world = blocking()
    assert lift(world, "d7") == [None]
    assert not world.journal.waiting


def test_a_lift_that_could_not_be_recorded_leaves_the_block() -> None:
    world = blocking()
    answers = lift(world)
    world.journal.fail()
    assert answers[0] is not None
    assert len(world.engine.blocks(A)) == 1
    assert lift(world) == [world.engine.broken]
    world.engine.recover()
    assert len(world.engine.blocks(A)) == 1


def test_a_lift_on_a_broken_handle_is_refused() -> None:
    world = blocking()
    world.journal.broken = "closed"
    assert str(lift(world)[0]) == "closed"
    assert len(world.engine.blocks(A)) == 1


def test_a_lift_that_landed_after_all_counts_also_when_its_dialogue_is_read_again() -> None:
    world = blocking()
    lift(world)
    world.report("d0", CarrierTook(0, 0, "id"))  # the dialogue's fate is unknown as well
    world.journal.fail(landed=1)
    assert world.engine.broken is not None
    world.engine.recover()
    assert world.engine.blocks(A) == []


def test_a_block_whose_record_failed_is_known_again_when_it_landed() -> None:
    world = ringing()
    world.ask("d0", block())
    world.journal.fail(landed=1)
    assert world.engine.blocks(A) == []
    world.engine.recover()
    world.journal.sync()
    assert len(world.engine.blocks(A)) == 1
    lost = ringing()
    lost.ask("d0", block())
    lost.journal.fail()
    lost.engine.recover()
    assert lost.engine.blocks(A) == []
    state = lost.engine.get(DialogueId("d0"))
    assert state is not None
    assert isinstance(state.phase, Offered)


def test_a_block_outlives_the_dialogue_it_was_decided_in() -> None:
    world = blocking()
    world.report("d0", CarrierTook(0, 0, "id"))
    world.tick(POLICY.limits.forget + 1.0)
    world.journal.sync()
    assert world.engine.get(DialogueId("d0")) is None
    assert len(world.engine.blocks(A)) == 1


def test_the_answered_caller_of_another_group_is_another_caller() -> None:
    world = blocking()
    elsewhere = msgspec.structs.replace(KEY, group=CarrierName("oak"))
    world.text(wrote("help", "m2"), elsewhere)
    world.journal.sync()
    dialogue = str(world.engine.find(elsewhere))
    world.report(dialogue, LocationFailed("no"), PsapShown(A, 0, 9), PsapAnswered(A, 0, "Kim"))
    state = world.engine.get(DialogueId(dialogue))
    assert state is not None
    assert isinstance(state.phase, Active)
