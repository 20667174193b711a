"""Nothing leaves before it is durable; what is stored happened, what is not did not."""

from __future__ import annotations

import msgspec

from text911.gateway.core.encoding import decode_fact, policy_hash
from text911.gateway.core.facts import (
    GATEWAY,
    CarrierTook,
    GatewayStarted,
    PolicyInForce,
    PsapEnded,
    PsapShown,
)
from text911.gateway.core.state import Offered
from text911.gateway.core.values import DialogueId

from .stage import KEY, POLICY, T0, A, reply, wrote
from .world import World, active, facts, ringing


def test_nothing_leaves_before_the_journal_has_it_then_the_answer_and_then_the_commands() -> None:
    world = World.started()
    world.text(wrote("help", "m1"))
    assert world.log == []
    world.journal.sync()
    assert world.log[0] == ("accepted", "m1")
    assert {dialogue for dialogue, _ in world.log[1:]} == {"d0"}
    assert world.texts() == ["help"]


def test_units_leave_in_the_order_in_which_they_were_heard() -> None:
    world = World.started()
    for number in range(5):
        world.text(wrote(f"text {number}", f"m{number}"))
    for number in range(5):
        world.journal.sync(1)
        assert world.of("accepted") == [f"m{n}" for n in range(number + 1)]
        assert world.texts() == [f"text {n}" for n in range(number + 1)]


def test_the_cause_stands_beside_the_fact_and_the_answers_to_questions_have_none() -> None:
    world = ringing()
    causes = [decode_fact(one.record.payload) for one in world.journal.read_dialogue("d0")]
    assert [(type(fact).__name__, cause) for fact, cause in causes] == [
        ("Opened", b""),
        ("CallerWrote", b"pdu"),
        ("LocationFailed", b""),
        ("RouteChosen", b""),
    ]


def test_the_gateways_own_stream_says_that_it_runs_and_under_which_policy() -> None:
    world = World.started()
    assert facts(world, GATEWAY) == [
        GatewayStarted("1.0"),
        PolicyInForce(policy_hash(POLICY), POLICY),
    ]


def test_what_may_be_asked_of_it() -> None:
    world = ringing()
    assert len(world.engine) == 1
    assert [held.dialogue for held in world.engine] == ["d0"]
    assert world.engine.find(KEY) == "d0"
    state = world.engine.get(DialogueId("d0"))
    assert state is not None
    assert isinstance(state.phase, Offered)
    assert world.engine.get(DialogueId("other")) is None


def test_a_sender_who_waits_is_told_when_it_is_durable() -> None:
    world = active()
    world.ask("d0", reply("k1"))
    assert world.of("done") == []
    world.journal.sync()
    kinds = [kind for kind, _ in world.log]
    assert kinds.index("done") < len(kinds) - 2, "before its commands"
    assert world.of("done") == [reply("k1")]


def test_a_dialogue_nobody_knows_hears_nothing() -> None:
    world = World.started()
    world.report("gone", CarrierTook(0, 0))
    world.ask("gone", CarrierTook(0, 0))
    assert world.of("done") == [CarrierTook(0, 0)]
    assert not world.journal.waiting


def test_the_journals_clock_never_goes_back() -> None:
    world = World.started()
    world.text(wrote("one", "m1"))
    world.now -= 3600.0
    world.text(wrote("two", "m2"))
    world.engine.adopt(msgspec.structs.replace(POLICY, media=None))
    world.journal.sync()
    assert [one.record.at for one in world.journal.stored][-3:] == [T0, T0, T0]
    again = world.after_crash()
    again.now = T0 - 3600.0
    again.text(wrote("three", "m3"))
    again.journal.sync()
    assert again.journal.stored[-1].record.at == T0


def test_receipts_leave_exactly_once_per_message_in_a_life_without_crashes() -> None:
    world = active()
    world.text(wrote("two", "m2"))
    world.report("d0", PsapShown(A, 0, 1000), PsapShown(A, 0, 1000))
    world.text(wrote("three", "m3"))
    world.report("d0", PsapEnded(A, 0, "end", "Kim"), PsapShown(A, 0, 1000))
    world.journal.sync()
    assert [(one.message, one.delivered) for one in world.receipts()] == [
        ("m1", True),
        ("m2", True),
        ("m3", False),
    ]
