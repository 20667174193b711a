"""The fold of the journal: who texts in which dialogue, in whatever order that is learnt."""

from __future__ import annotations

from itertools import permutations

import msgspec
import pytest

from text911.gateway.core.encoding import (
    Held,
    Saved,
    policy_hash,
    record_of,
)
from text911.gateway.core.facts import (
    GATEWAY,
    AnyFact,
    CarrierTook,
    Entry,
    GatewayStarted,
    Opened,
    PolicyInForce,
    PsapEnded,
)
from text911.gateway.core.memory import Memory
from text911.gateway.core.state import Dialogue, Line, Over, Phase, Routing
from text911.gateway.core.values import (
    CallerKey,
    CarrierName,
    DialogueId,
    MessageId,
    Previous,
)
from text911.gateway.journal.contract import Record

from .stage import KEY, NOBODY, POLICY, T0, D, Play, wrote

OTHER = CallerKey("sms", CarrierName("elm"), "+18605550143")
CLOSED = Over("ended", T0, NOBODY, 0)
D1, D2, D3 = DialogueId("d-1"), DialogueId("d-2"), DialogueId("d-3")


def held(
    name: DialogueId,
    at: float,
    phase: Phase | None = None,
    key: CallerKey = KEY,
    before: DialogueId | None = None,
) -> Held:
    previous = None if before is None else Previous(before, NOBODY, at)
    line = Line(key, "hash", at, at, 0, previous=previous)
    return Held(name, 1, Dialogue(line, Routing() if phase is None else phase))


def remembering(*every: Held) -> Memory:
    memory = Memory()
    for one in every:
        memory.hold(one)
    return memory


# --- hold and find ----------------------------------------------------------------------------


def test_an_empty_memory_knows_nobody() -> None:
    memory = Memory()
    assert (len(memory), list(memory), memory.at, memory.own) == (0, [], 0.0, 0)
    assert memory.get(D1) is None
    assert memory.find(KEY) is None
    assert not memory.knows_text(D1, MessageId("m-1"))


def test_callers_are_kept_apart() -> None:
    memory = remembering(held(D1, 1.0), held(D2, 2.0, key=OTHER))
    assert (memory.find(KEY), memory.find(OTHER)) == (D1, D2)
    assert len(memory) == 2


@pytest.mark.parametrize(
    "every",
    list(permutations((held(D1, 1.0, CLOSED), held(D2, 2.0, CLOSED), held(D3, 3.0)))),
)
def test_a_caller_s_dialogue_is_the_one_opened_last_in_whatever_order_they_come(
    every: tuple[Held, ...],
) -> None:
    assert remembering(*every).find(KEY) == D3


@pytest.mark.parametrize("every", list(permutations((held(D1, 1.0, CLOSED), held(D2, 1.0)))))
def test_of_two_opened_at_once_the_one_that_is_not_over_counts(every: tuple[Held, ...]) -> None:
    assert remembering(*every).find(KEY) == D2


def test_what_a_dialogue_has_become_replaces_what_it_was() -> None:
    memory = remembering(held(D1, 1.0), held(D1, 1.0, CLOSED))
    (one,) = memory
    assert memory.get(D1) is one
    assert one.state.phase == CLOSED
    assert memory.find(KEY) == D1, "over, but the last one this caller had"


def test_what_is_walked_does_not_change_when_something_is_forgotten_meanwhile() -> None:
    memory = remembering(held(D1, 1.0), held(D2, 2.0, key=OTHER))
    for one in memory:
        memory.forget(one.dialogue)
    assert len(memory) == 0


# --- forget -----------------------------------------------------------------------------------


def test_who_is_forgotten_is_found_no_more() -> None:
    memory = remembering(held(D1, 1.0), held(D2, 2.0, key=OTHER))
    memory.forget(D1)
    assert (memory.get(D1), memory.find(KEY)) == (None, None)
    assert memory.find(OTHER) == D2


def test_forgetting_twice_or_a_stranger_changes_nothing() -> None:
    memory = remembering(held(D1, 1.0))
    memory.forget(D2)
    memory.forget(D1)
    memory.forget(D1)
    assert len(memory) == 0


def test_forgetting_the_dialogue_before_leaves_the_present_one() -> None:
    memory = remembering(held(D1, 1.0, CLOSED), held(D2, 2.0, before=D1))
    memory.forget(D1)
    assert memory.find(KEY) == D2


def test_forgetting_the_present_one_brings_back_the_one_before_if_it_is_still_there() -> None:
    memory = remembering(held(D1, 1.0, CLOSED), held(D2, 2.0, CLOSED, before=D1))
    memory.forget(D2)
    assert memory.find(KEY) == D1
    memory.forget(D1)
    assert memory.find(KEY) is None


def test_a_dialogue_before_that_is_gone_is_not_brought_back() -> None:
    memory = remembering(held(D2, 2.0, CLOSED, before=D1))
    memory.forget(D2)
    assert memory.find(KEY) is None


# --- records ----------------------------------------------------------------------------------


def own(number: int, fact: AnyFact, at: float = T0) -> Record:
    return record_of(Entry(GATEWAY, number, at, fact), b"", None, (), ())


def of(play: Play) -> list[Record]:
    return [
        record_of(entry, b"", step.dialogue, step.commands, step.questions)
        for entry, step in zip(play.entries, play.steps, strict=True)
    ]


def with_policy() -> Memory:
    memory = Memory()
    memory.apply(own(0, GatewayStarted("1.2.3")))
    memory.apply(own(1, PolicyInForce("hash", POLICY)))
    return memory


def test_the_gateway_s_own_facts_count_its_stream_and_name_policies() -> None:
    memory = with_policy()
    assert memory.own == 2
    assert memory.policies == {"hash": POLICY}
    assert len(memory) == 0, "the gateway is no caller"


def test_a_conversation_that_is_read_back_is_the_one_that_was_held() -> None:
    play = Play()
    play.take(wrote())
    memory = with_policy()
    said = [command for record in of(play) for command in memory.apply(record)]
    assert said == play.said
    assert memory.get(D) == Held(D, len(play.entries), play.dialogue)
    assert memory.find(KEY) == D
    assert memory.knows_text(D, MessageId("m-help"))
    assert not memory.knows_text(D, MessageId("m-other"))
    assert memory.policy_of(play.dialogue, wrote()) == POLICY


def test_what_the_past_forgot_is_forgotten() -> None:
    play = Play()
    play.take(wrote())
    play.hear(PsapEnded(*play.leg, "e1", "Kim"))
    play.hear(*(CarrierTook(reply.number, 0) for reply in play.line.outbox))
    play.wait(POLICY.limits.forget + 1)
    memory = with_policy()
    for record in of(play):
        memory.apply(record)
    assert len(memory) == 0
    assert memory.find(KEY) is None


def test_time_never_goes_back() -> None:
    memory = with_policy()
    memory.apply(own(2, GatewayStarted("1.2.3"), at=T0 - 100))
    assert memory.at == T0
    memory.apply(own(3, GatewayStarted("1.2.3"), at=T0 + 100))
    assert memory.at == T0 + 100


def test_a_dialogue_that_does_not_begin_with_its_opening_is_our_mistake() -> None:
    memory = with_policy()
    stray = record_of(Entry(D, 0, T0, wrote()), b"", None, (), ())
    with pytest.raises(AssertionError, match="cannot begin with CallerWrote"):
        memory.apply(stray)


def test_a_policy_that_nobody_named_is_no_policy() -> None:
    opening = Opened(KEY, "unheard of", 100)
    with pytest.raises(KeyError, match="unheard of"):
        with_policy().policy_of(None, opening)


# --- snapshots --------------------------------------------------------------------------------


def whole(memory: Memory) -> Saved:
    saved, view = memory.saved()
    return msgspec.structs.replace(saved, held=list(view))


def test_what_was_saved_is_remembered_whole() -> None:
    play = Play()
    play.take(wrote())
    memory = with_policy()
    for record in of(play):
        memory.apply(record)
    memory.hold(held(D3, T0 + 5, CLOSED, key=OTHER))
    again = Memory()
    again.load(msgspec.msgpack.encode(whole(memory)))
    assert list(again) == list(memory)
    assert (again.at, again.own, again.policies) == (memory.at, memory.own, memory.policies)
    assert (again.find(KEY), again.find(OTHER)) == (D, D3)
    assert whole(again) == whole(memory)


def test_a_snapshot_finds_the_latest_dialogue_of_a_caller_whatever_its_order() -> None:
    for every in permutations((held(D1, 1.0, CLOSED), held(D2, 2.0, CLOSED, before=D1))):
        again = Memory()
        again.load(msgspec.msgpack.encode(whole(remembering(*every))))
        assert again.find(KEY) == D2


def test_what_happens_after_the_saving_is_not_in_it() -> None:
    memory = with_policy()
    saved, view = memory.saved()
    memory.hold(held(D1, T0))
    memory.apply(own(2, PolicyInForce(policy_hash(POLICY), POLICY)))
    assert (list(view), len(view)) == ([], 0)
    assert set(saved.policies) == {"hash"}
