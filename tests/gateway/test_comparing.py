"""Differences between a record and the rules of today: named with their place, never raised."""

from __future__ import annotations

import msgspec
import pytest

from text911.gateway.comparing import Difference, compare, compare_all
from text911.gateway.core.encoding import VERSION, encode_fact, policy_hash
from text911.gateway.core.facts import GatewayStarted, PsapEnded, TimeRanOut
from text911.gateway.core.policy import Limits
from text911.gateway.journal.contract import Record

from .core.stage import POLICY, A, reply, wrote
from .recorded import OWN, Recorded

POLICIES = {policy_hash(POLICY): POLICY}


def story(name: str = "d-1", *, forgotten: bool = True) -> list[Record]:
    play = Recorded(name)
    play.take(wrote("help"))
    play.hear(reply("k1"), PsapEnded(A, 0, "end", "Kim"))
    if forgotten:
        play.wait(600.0)
    return play.records()


def first(records: list[Record]) -> Difference:
    found = compare(records, POLICIES).first
    assert found is not None
    return found


def test_the_same_comes_out() -> None:
    compared = compare(story(), POLICIES)
    assert (compared.first, compared.stopped) == (None, False)
    assert len(compared.entries) == len(story())


def test_another_limit_is_a_difference_where_it_was_first_used() -> None:
    """The route is the fact that begins the ringing."""
    other = msgspec.structs.replace(POLICY, limits=Limits(ring=21.0))
    compared = compare(story(), {policy_hash(POLICY): other})
    assert compared.first is not None
    assert not compared.stopped
    assert compared.first.fact == "RouteChosen"
    assert compared.first.in_words() == (
        f"dialogue d-1, entry {compared.first.number} (RouteChosen): "
        "state or commands differ from what the gateway recorded at the time"
    )
    assert compared.first.replayed is not None
    assert len(compared.entries) == len(story())


@pytest.mark.parametrize("payload", [b"\xc1", b"\x92\x81\xa4type\xa1\xff\xc4\x00"])
def test_a_payload_that_is_no_fact_is_named(payload: bytes) -> None:
    records = story()
    records[2] = msgspec.structs.replace(records[2], payload=payload)
    found = first(records)
    assert (found.number, found.fact, found.replayed) == (2, "", None)
    assert "entry 2 (no fact of ours): the payload is not a fact of ours" in found.in_words()
    assert compare(records, POLICIES).stopped


def test_a_policy_that_is_not_there_is_named() -> None:
    found = compare(story(), {}).first
    assert found is not None
    assert found.fact == "Opened"
    assert f"the policy '{policy_hash(POLICY)}' that it lives under is not" in found.sentence


@pytest.mark.parametrize("fact", [GatewayStarted("1"), TimeRanOut("tea", 1)])
def test_a_fact_the_rules_cannot_take_is_named(
    fact: GatewayStarted | TimeRanOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    def waited_for(*_: object) -> bool:
        return True

    monkeypatch.setattr("text911.gateway.core.turn.Turn.ran_out", waited_for)
    records = story()
    records[3] = msgspec.structs.replace(records[3], payload=encode_fact(fact, b""))
    found = first(records)
    assert (found.number, found.fact) == (3, type(fact).__name__)
    assert "the rules cannot be run over it: " in found.sentence
    assert f"recorded by rules version {VERSION}" in found.sentence


def test_the_first_of_two_differences_is_kept_when_the_second_stops_the_rules() -> None:
    records = story()
    records[2] = msgspec.structs.replace(records[2], digest=bytes(16))
    records[4] = msgspec.structs.replace(records[4], payload=b"")
    compared = compare(records, POLICIES)
    assert compared.first is not None
    assert (compared.first.number, compared.stopped) == (2, True)
    assert len(compared.entries) == 4


# --- a whole journal ---------------------------------------------------------------------------


def mixed(*streams: list[Record]) -> list[Record]:
    """One record of each in turn, as a journal holds dialogues that go on at the same time."""
    rows = [OWN]
    for at in range(max(map(len, streams))):
        rows += [stream[at] for stream in streams if at < len(stream)]
    return rows


def test_dialogues_that_are_mixed_are_told_apart() -> None:
    rows = mixed(story("a"), story("b", forgotten=False), story("c"))
    assert list(compare_all(rows)) == [None, None, None]


def test_the_first_difference_of_each_dialogue_is_told_once() -> None:
    bad = story("b")
    bad[2] = msgspec.structs.replace(bad[2], digest=bytes(16))
    bad[4] = msgspec.structs.replace(bad[4], digest=bytes(16))
    found = list(compare_all(mixed(story("a"), bad, story("c"))))
    assert [one.in_words() for one in found if one] == [
        "dialogue b, entry 2 (LocationFailed): state or commands differ from what the gateway"
        " recorded at the time"
    ]
    assert found.count(None) == 2


def test_a_dialogue_that_cannot_be_run_is_told_once() -> None:
    bad = story("b")
    bad[2] = msgspec.structs.replace(bad[2], payload=b"\xc1")
    found = list(compare_all(mixed(bad)))
    assert len(found) == 1
    assert found[0] is not None
    assert found[0].number == 2


def test_a_record_behind_the_end_of_its_dialogue_is_a_difference() -> None:
    rows = story("a")
    extra = msgspec.structs.replace(rows[3], number=len(rows))
    found = list(compare_all([OWN, *rows, extra]))
    assert found[0] is None
    assert found[1] is not None
    assert found[1].number == len(rows)


def test_a_damaged_record_of_the_gateways_own_stream_is_told() -> None:
    own = msgspec.structs.replace(OWN, payload=b"\xc1")
    found = list(compare_all([own, own, *story("a")]))
    assert found[0] is not None
    assert found[0].dialogue == "gateway"
    assert found[1] is not None
    assert found[1].dialogue == "a"


def test_other_facts_of_the_gateways_own_stream_change_nothing() -> None:
    started = msgspec.structs.replace(OWN, payload=encode_fact(GatewayStarted("1"), b""))
    assert list(compare_all([started, *mixed(story("a"))])) == [None]
