"""A PSAP blocks a caller: the end of that dialogue, and what becomes of the caller's next ones."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from text911.gateway.core.blocking import BLOCK_MAX, Blocks, by, for_how_long
from text911.gateway.core.commands import (
    BlockCaller,
    Command,
    Decline,
    EndLeg,
    GiveReceipt,
    OfferTo,
    Route,
    Show,
    TellCaller,
)
from text911.gateway.core.encoding import decode_fact, policy_hash
from text911.gateway.core.facts import (
    GATEWAY,
    CarrierTook,
    LocationFailed,
    Opened,
    PsapAnswered,
    PsapBlocked,
    PsapEnded,
    PsapRefused,
    PsapShown,
    PsapUnblocked,
    RouteChosen,
)
from text911.gateway.core.replaying import replay
from text911.gateway.core.state import Active, Offered, Over
from text911.gateway.core.values import Block, CarrierName, DialogueId, Previous, PsapName
from text911.gateway.journal.contract import Snapshot

from .stage import KEY, POLICY, T0, A, B, C, Play, only, segments, wrote
from .world import World

HOUR = 3600.0
OTHER = msgspec.structs.replace(KEY, number="+12035550143")


def block(
    leg: tuple[PsapName, int] = (A, 0), *, until: float = T0 + HOUR, text: str = "", key: str = "b"
) -> PsapBlocked:
    cut = segments(text) if text else ()
    return PsapBlocked(*leg, key, "Ann", until, "400 times the same", text, cut)


def words(play: Play) -> str:
    return "\n".join(play.texts("event"))


def automatic(play: Play) -> list[str]:
    return [line.by for line in play.transcript if line.kind == "automatic"]


# --- the dialogue in which it is decided ---


def test_a_ringing_dialogue_ends_with_the_bounce_back_and_the_reason() -> None:
    play = Play()
    play.ring()
    said = play.hear(block())
    assert isinstance(play.dialogue.phase, Over)
    assert play.dialogue.phase.how == "bounced"
    assert automatic(play) == ["M1"]
    assert only(TellCaller, said)
    assert only(EndLeg, said) == [
        EndLeg(A, 0, "Ann blocked this caller for 60 min: 400 times the same")
    ]
    made = only(BlockCaller, said)
    assert made == [BlockCaller(Block(play.id, A, "Ann", T0, T0 + HOUR, "400 times the same"))]
    assert [one.delivered for one in only(GiveReceipt, said)] == [False]


def test_what_was_shown_before_is_told_as_delivered_all_the_same() -> None:
    play = Play()
    play.ring()
    shown = play.show_all()
    assert [one.delivered for one in only(GiveReceipt, shown)] == [True]
    assert only(GiveReceipt, play.hear(block())) == []


def test_an_answered_dialogue_ends_with_closing_words_and_never_with_a_bounce_back() -> None:
    play = Play()
    play.take()
    play.hear(block(text="Do not text us in jest."))
    assert play.dialogue.phase == Over("ended", T0, A, 0, "Ann")
    assert play.texts("psap") == ["Do not text us in jest."]
    assert automatic(play) == []
    assert "Ended: Ann blocked this caller for 60 min" in words(play)


def test_without_words_of_its_own_it_ends_with_those_of_the_psap() -> None:
    play = Play()
    play.take()
    play.hear(block())
    assert automatic(play) == ["M3"]


def test_a_caller_who_was_lost_by_another_psap_is_told_so_and_not_bounced() -> None:
    play = Play()
    play.take()
    play.hear(PsapRefused(A, 0, "the link is gone"))
    play.hear(block((B, 1)))
    assert isinstance(play.dialogue.phase, Over)
    assert play.dialogue.phase.how == "lost"
    assert automatic(play) == ["M2"]


def test_texts_that_nobody_saw_are_told_as_undelivered() -> None:
    play = Play()
    play.take()
    play.hear(wrote("more"))
    said = play.hear(block(text="Goodbye."))
    assert "M7" in automatic(play)
    assert [one.delivered for one in only(GiveReceipt, said)] == [False]


def test_no_block_is_longer_than_a_day_whoever_asks() -> None:
    play = Play()
    play.ring()
    (made,) = only(BlockCaller, play.hear(block(until=T0 + 9 * BLOCK_MAX)))
    assert made.block.until == T0 + BLOCK_MAX


def over(play: Play) -> None:
    play.take()
    play.hear(PsapEnded(A, 0, "e", "Kim"))


@pytest.mark.parametrize(
    ("prepare", "leg", "why"),
    [
        (Play.ring, (B, 0), "it is ringing at ansonia now"),
        (Play.take, (B, 0), "Kim at ansonia has it now"),
        (over, (A, 0), "the dialogue is ended"),
        (Play.open, (A, 0), "it does not ring anywhere yet"),
    ],
)
def test_a_block_that_comes_too_late_or_too_early_is_declined(
    prepare: Callable[[Play], object], leg: tuple[PsapName, int], why: str
) -> None:
    play = Play()
    prepare(play)
    before = play.dialogue
    assert play.hear(block(leg)) == [Decline(*leg, "b", f"not blocked: {why}")]
    assert play.dialogue == before


@pytest.mark.parametrize("answered", [False, True])
def test_the_same_wish_again_is_not_declined(answered: bool) -> None:
    play = Play()
    play.take() if answered else play.ring()
    play.hear(block())
    assert play.hear(block()) == []


# --- the caller's next dialogue ---


def blocked(*psaps: PsapName, until: float = T0 + HOUR) -> tuple[Block, ...]:
    return tuple(
        Block(DialogueId(f"d-{psap}"), psap, "Ann", T0 - 60.0, until, "jest") for psap in psaps
    )


def opened(*psaps: PsapName, until: float = T0 + HOUR, previous: Previous | None = None) -> Play:
    play = Play(previous=previous)
    play.opening = msgspec.structs.replace(play.opening, blocked=blocked(*psaps, until=until))
    return play


def test_a_blocked_caller_gets_the_bounce_back_when_that_psap_would_be_rung_first() -> None:
    play = opened(A)
    said = play.ring()
    assert only(OfferTo, said) == []
    assert automatic(play) == ["M1"]
    reason = "Bounce-back sent: Ann at ansonia has blocked this caller, for another 60 min: jest"
    assert reason in words(play)
    assert play.texts() == ["help"]  # written down like any other


def test_other_psaps_are_not_bound_and_the_chain_goes_on_without_the_one_that_is() -> None:
    play = opened(B)
    assert [one.psap for one in only(OfferTo, play.ring())] == [A]
    assert "Not rung: Ann at ansonia" not in words(play)
    assert "Not rung: Ann at bethel has blocked this caller" in words(play)
    phase = play.dialogue.phase
    assert isinstance(phase, Offered)
    assert phase.chain == (A, C)


def test_a_block_that_is_over_by_then_changes_nothing() -> None:
    play = opened(A, until=T0)
    assert [one.psap for one in only(OfferTo, play.ring())] == [A]


def test_a_route_to_nobody_stays_one() -> None:
    play = opened(A)
    play.answer = lambda _line, _question: RouteChosen((), "out of state")
    play.ring()
    assert "Bounce-back sent: out of state" in words(play)


def test_the_grace_window_does_not_lead_back_to_the_psap_that_blocked() -> None:
    before = Previous(DialogueId("d-0"), A, T0 - 5.0)
    play = opened(A, previous=before)
    play.open()
    assert play.questions == []  # it is located anew, for another PSAP may be in charge
    play.hear(LocationFailed("no source"))
    assert [type(one) for one in play.questions] == [Route]
    other = opened(B, previous=before)
    other.open()
    assert [one.grace for one in only_routes(other)] == [A]
    phase = other.dialogue.phase
    assert isinstance(phase, Offered)
    assert phase.chain == (A, C)


def only_routes(play: Play) -> list[Route]:
    return [one for one in play.questions if isinstance(one, Route)]


def test_a_late_location_keeps_the_block_too() -> None:
    play = opened(A)
    play.open()
    play.wait(POLICY.limits.location)
    assert automatic(play) == ["M1"]


@pytest.mark.parametrize(
    ("seconds", "said"), [(1.0, "1 min"), (5400.0, "90 min"), (86400.0, "24 h"), (9000.0, "2.5 h")]
)
def test_how_long_it_lasts_is_said_so_that_it_is_understood(seconds: float, said: str) -> None:
    assert for_how_long(seconds) == said


# --- the memory of them ---


def one(
    psap: PsapName = A, dialogue: str = "d-1", since: float = T0, until: float = T0 + HOUR
) -> Block:
    return Block(DialogueId(dialogue), psap, "Ann", since, until, "jest")


def test_a_block_holds_for_its_caller_until_its_time() -> None:
    blocks = Blocks()
    blocks.add(KEY, one())
    assert blocks.of(KEY, T0 + HOUR - 1.0) == (one(),)
    assert blocks.of(KEY, T0 + HOUR) == ()
    assert blocks.of(OTHER, T0) == ()
    assert by(blocks.of(KEY, T0), B, T0) is None


def test_two_psaps_may_block_the_same_caller_and_each_lifts_its_own() -> None:
    blocks = Blocks()
    blocks.add(KEY, one(A))
    blocks.add(KEY, one(B, "d-2", T0 + 1.0))
    assert blocks.active(T0) == [(KEY, one(A)), (KEY, one(B, "d-2", T0 + 1.0))]
    blocks.lift(A, DialogueId("d-2"))
    assert len(blocks.of(KEY, T0)) == 2
    blocks.lift(A, DialogueId("d-1"))
    assert [held.psap for held in blocks.of(KEY, T0)] == [B]
    blocks.lift(B, DialogueId("d-2"))
    assert blocks.of(KEY, T0) == ()


def test_the_later_decision_stands_in_whatever_order_they_are_read() -> None:
    early, late = one(), one(A, "d-2", T0 + 60.0, T0 + 2 * HOUR)
    for order in ((early, late), (late, early)):
        blocks = Blocks()
        for each in order:
            blocks.add(KEY, each)
        assert blocks.of(KEY, T0) == (late,)


def test_what_is_over_is_forgotten_when_the_next_is_added() -> None:
    blocks = Blocks()
    blocks.add(KEY, one(until=T0 + 1.0))
    blocks.add(OTHER, one(B, "d-2", T0 + 2.0))
    assert blocks.find(A, DialogueId("d-1")) is None
    assert blocks.find(B, DialogueId("d-2")) is not None


def test_what_was_decided_in_a_dialogue_can_be_dropped_with_it() -> None:
    blocks = Blocks()
    blocks.add(KEY, one(A))
    blocks.add(OTHER, one(A, "d-2"))
    blocks.drop(DialogueId("d-1"))
    assert blocks.active(T0) == [(OTHER, one(A, "d-2"))]


# --- in the engine, through the journal ---


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
