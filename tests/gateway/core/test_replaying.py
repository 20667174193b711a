"""Replay: the same rules over the recorded facts come out the same, or the difference is named."""

from __future__ import annotations

import msgspec
import pytest

from text911.gateway.core.encoding import VERSION, encode_fact, policy_hash, record_of
from text911.gateway.core.facts import GatewayStarted, PsapAnswered, PsapEnded, PsapShown
from text911.gateway.core.replaying import policies_in, replay
from text911.gateway.journal.contract import Record

from .stage import POLICY, A, Play, reply, sent_part, wrote
from .world import World


def story() -> list[Record]:
    play = Play()
    play.take(wrote("help"), sent_part(1, 2), sent_part(2, 2))
    play.hear(reply("k1", parts=2), PsapEnded(A, 0, "end", "Kim"))
    return [
        record_of(entry, b"cause", *step)
        for entry, step in zip(play.entries, play.steps, strict=True)
    ]


def differences(records: list[Record]) -> list[str]:
    return [one.difference for one in replay(records, {"hash": POLICY})]


def test_a_recorded_dialogue_comes_out_as_it_was() -> None:
    records = story()
    replayed = list(replay(records, {"hash": POLICY}))
    assert [one.difference for one in replayed] == [""] * len(records)
    assert {one.cause for one in replayed} == {b"cause"}
    assert replayed[-1].state.name_of_phase == "closing"
    assert [one.entry.number for one in replayed] == list(range(len(records)))


def test_what_the_engine_wrote_replays_with_the_policies_of_its_own_stream() -> None:
    world = World.started()
    world.text(wrote("help", "m1"))
    world.tick(3.0)
    world.report("d0", PsapShown(A, 0, 1000), PsapAnswered(A, 0, "Kim"), reply("k1"))
    world.journal.sync()
    policies = policies_in(one.record for one in world.journal.read_dialogue("gateway"))
    assert policies == {policy_hash(POLICY): POLICY}
    records = [one.record for one in world.journal.read_dialogue("d0")]
    assert [one.difference for one in replay(records, policies)] == [""] * len(records)


def test_a_changed_digest_is_named_at_its_place() -> None:
    records = story()
    records[3] = msgspec.structs.replace(records[3], digest=bytes(16))
    found = differences(records)
    assert found[3] == "state or commands differ from what the gateway recorded at the time"
    assert [bool(one) for one in found].count(True) == 1


def test_another_version_of_the_rules_is_told_from_a_damaged_record() -> None:
    records = story()
    old = msgspec.structs.replace(records[3], digest=bytes(16), version=VERSION + 1)
    records[3] = old
    assert differences(records)[3] == (
        f"state or commands differ: recorded by rules version {VERSION + 1}, "
        f"replayed by version {VERSION}"
    )


def test_a_gap_is_named() -> None:
    records = story()
    del records[4]
    assert differences(records)[4] == "entry 5 where 4 was expected: the record has a gap"


def test_a_fact_of_the_gateways_own_stream_is_no_part_of_a_dialogue() -> None:
    records = story()
    payload = encode_fact(GatewayStarted("1.0"), b"")
    records[2] = msgspec.structs.replace(records[2], payload=payload)
    with pytest.raises(ValueError, match="GatewayStarted is not a fact of a dialogue"):
        differences(records)


def test_a_policy_that_is_not_there_is_named() -> None:
    with pytest.raises(KeyError, match="hash"):
        list(replay(story(), {}))


def test_a_record_that_does_not_begin_at_the_beginning_has_no_policy() -> None:
    with pytest.raises(KeyError):
        list(replay(story()[1:], {"hash": POLICY}))
