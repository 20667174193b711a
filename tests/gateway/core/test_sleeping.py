"""Dialogues that sleep since the start: to whoever asks there is no difference to one rebuilt."""

from __future__ import annotations

from math import inf
from random import Random

import pytest
from msgspec import MsgspecError
from msgspec.structs import replace

from text911.gateway.core import memory as memories
from text911.gateway.core.encoding import VERSION, Held
from text911.gateway.core.facts import (
    LocationFailed,
    PsapAnswered,
    PsapBlocked,
    PsapEnded,
    PsapShown,
    ReceiptTaken,
)
from text911.gateway.core.memory import Memory, Unreadable
from text911.gateway.core.sleeping import Sleepers
from text911.gateway.core.snapshot import encode
from text911.gateway.core.values import CallerKey, CarrierName, DialogueId, MessageId
from text911.gateway.journal.contract import Record

from .stage import KEY, T0, A, wrote
from .world import World

OTHER = CallerKey("sms", CarrierName("elm"), "+18605550143")
THIRD = CallerKey("sms", CarrierName("elm"), "+18605550144")
D0, D1, D2 = DialogueId("d0"), DialogueId("d1"), DialogueId("d2")


def records(until: float = inf) -> list[Record]:
    """Three callers: one comes back after the end, is blocked then, and forgotten; one is answered
    and stays; the last is being located. `until`: seconds from the beginning."""
    world = World.started()

    def settle(seconds: float = 1.0) -> None:
        world.journal.sync()
        world.tick(seconds)
        world.journal.sync()

    def answered(dialogue: str) -> None:
        world.report(dialogue, LocationFailed("none"), PsapShown(A, 0, 99))
        world.report(dialogue, PsapAnswered(A, 0, "Ann"))
        settle()

    world.text(wrote("help"))
    settle()
    answered("d0")
    world.ask("d0", PsapEnded(A, 0, "k", "Ann"))
    settle()
    world.text(wrote("again"))
    world.text(wrote("other"), OTHER)
    settle()
    answered("d1")
    answered("d2")
    world.ask("d1", PsapBlocked(A, 0, "block", "Ann", world.now + 3_600, "the same words"))
    settle(700.0)
    world.report("d2", ReceiptTaken(MessageId("m-other")))
    settle()
    world.text(wrote("third"), THIRD)
    settle()
    every = [stored.record for stored in world.journal.read()]
    return [record for record in every if record.at < T0 + until]


def rebuilt(every: list[Record]) -> Memory:
    memory = Memory()
    for record in every:
        memory.apply(record)
    return memory


def asleep(every: list[Record], saved: int) -> Memory:
    """From a snapshot of the first `saved` records and the others behind it."""
    memory = Memory()
    if saved:
        memory.load(encode(*rebuilt(every[:saved]).saved()))
    for record in every[saved:]:
        memory.follow(record)
    return memory


def known(memory: Memory) -> dict[DialogueId, Held]:
    return {held.dialogue: held for held in memory}


def test_wherever_the_snapshot_was_taken_all_is_as_if_it_had_been_rebuilt_at_once() -> None:
    every = records()
    whole = rebuilt(every)
    for saved in range(len(every) + 1):
        lazy = asleep(every, saved)
        assert (lazy.at, lazy.own, lazy.policies) == (whole.at, whole.own, whole.policies)
        for key in (KEY, OTHER, THIRD):
            assert asleep(every, saved).find(key) == whole.find(key), saved
            assert asleep(every, saved).blocks.of(key, whole.at) == whole.blocks.of(key, whole.at)
        names = [DialogueId(f"d{number}") for number in range(5)]
        Random(saved).shuffle(names)
        assert [lazy.get(name) for name in names] == [whole.get(name) for name in names]
        assert lazy.is_awake
        assert known(lazy) == known(whole)
        assert len(lazy) == len(whole)


def test_nobody_is_woken_by_looking_at_who_is_there_and_everybody_by_going_through_them() -> None:
    every = records()
    memory = asleep(every, len(every))
    assert list(memory.awake()) == []
    assert not memory.is_awake
    assert len(memory.in_turn()) == len(memory) == len(known(memory))
    assert memory.is_awake


def test_what_nobody_has_answered_is_taken_up_first_and_of_that_the_oldest() -> None:
    world = World.started()
    for number in range(4):
        key = replace(KEY, number=f"+1860555020{number}")
        world.text(wrote(f"text {number}"), key)
        world.journal.sync()
        world.tick(0.5)
    world.report("d1", LocationFailed("none"), PsapShown(A, 0, 99), PsapAnswered(A, 0, "Ann"))
    world.journal.sync()
    every = [stored.record for stored in world.journal.read()]
    wanted = ["d0", "d2", "d3", "d1"]
    assert rebuilt(every).in_turn() == wanted
    assert asleep(every, len(every)).in_turn() == wanted
    memory = asleep(every, len(every))
    memory.get(DialogueId("d3"))
    assert memory.in_turn() == wanted
    assert sorted(asleep(every, len(every) // 2).in_turn()) == ["d0", "d1", "d2", "d3"]
    young = asleep(every, 0)
    assert young.in_turn() == ["d0", "d1", "d2", "d3"], "that it was answered sleeps too"


def test_a_text_is_known_while_its_dialogue_sleeps() -> None:
    every = records()
    last = asleep(every, 0)
    name = last.find(THIRD)
    assert name is not None
    assert asleep(every, 0).knows_text(name, MessageId("m-third"))
    assert not asleep(every, 0).knows_text(name, MessageId("m-other"))


def test_a_snapshot_of_sleepers_is_a_snapshot_of_all() -> None:
    every = records()
    assert [*asleep(every, 9).saved()[1]] == [*rebuilt(every).saved()[1]]


def test_forgetting_one_that_sleeps_gives_the_caller_the_one_before() -> None:
    every = records(until=60.0)
    whole, lazy = rebuilt(every), asleep(every, len(every))
    for memory in (whole, lazy):
        assert memory.find(KEY) == D1
        memory.forget(D1)
        assert memory.find(KEY) == D0
        assert memory.get(D1) is None


# --- what cannot be read ------------------------------------------------------------------------


def spoilt(every: list[Record], dialogue: str, number: int, payload: bytes) -> list[Record]:
    return [
        replace(one, payload=payload) if (one.dialogue, one.number) == (dialogue, number) else one
        for one in every
    ]


def test_a_record_that_cannot_be_read_is_named_and_keeps_no_other_dialogue_asleep() -> None:
    every = spoilt(records(), "d2", 1, b"\xc1")
    memory = asleep(every, 0)
    for _ in range(2):
        with pytest.raises(Unreadable, match="dialogue d2 cannot be rebuilt at its record 1"):
            memory.get(D2)
    assert memory.get(DialogueId("d3")) is not None
    assert memory.find(OTHER) is None, "its caller is heard all the same, in a new dialogue"
    assert not memory.is_awake, "so no snapshot is taken that would be without it"
    with pytest.raises(Unreadable, match="d2"):
        list(memory)


def test_octets_of_a_snapshot_that_are_no_dialogue_are_named_as_well() -> None:
    octets = encode(*rebuilt(records(until=60.0)).saved())
    at = octets.index(b"\xa2d1")
    memory = Memory()
    memory.load(octets[:at] + b"\xc1" + octets[at + 1 :])
    with pytest.raises(Unreadable, match="dialogue d1"):
        memory.get(D1)


def test_a_record_of_later_rules_that_cannot_be_read_is_found_at_once() -> None:
    every = [replace(one, version=VERSION + 1) for one in records()]
    assert known(asleep(every, 0)) == known(rebuilt(records()))
    with pytest.raises(MsgspecError):
        asleep(spoilt(every, "d2", 1, b"\xc1"), 0)


@pytest.mark.parametrize("number", [0, 3])
def test_a_dialogue_without_its_beginning_is_found_at_once(number: int) -> None:
    every = records()
    stray = replace(
        next(one for one in every if (one.dialogue, one.number) == ("d0", 1)),
        dialogue="stray",
        number=number,
    )
    with pytest.raises(AssertionError, match="cannot begin with"):
        asleep([*every, stray], 0)


def test_more_records_than_may_sleep_are_applied_as_they_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memories, "ASLEEP_MAX", 4)
    every = records()
    memory = asleep(every, 0)
    assert list(memory.awake()) != []
    assert known(memory) == known(rebuilt(every))


# --- one caller, two dialogues ------------------------------------------------------------------


def test_of_two_that_sleep_the_caller_has_the_one_opened_last_in_whatever_order_they_lie() -> None:
    every = records(until=60.0)
    saved, view = rebuilt(every).saved()
    for lying in ([*view], [*reversed([*view])]):
        memory = Memory()
        memory.load(encode(saved, lying))
        assert memory.find(KEY) == D1
        woken = Memory()
        woken.load(encode(saved, lying))
        woken.get(D0)
        assert woken.find(KEY) == D1, "waking the older one does not bring it back"


# --- the sleepers themselves --------------------------------------------------------------------


def test_those_behind_the_snapshot_are_counted_once_and_gone_when_they_leave() -> None:
    sleepers = Sleepers()
    first = records()[0]

    def make(name: str, number: int) -> Record:
        return replace(first, dialogue=name, number=number)

    for one in (make("a", 0), make("a", 1), make("b", 0)):
        sleepers.follow(one)
    assert (len(sleepers), sleepers.records, list(sleepers)) == (2, 3, ["a", "b"])
    assert sleepers.rank(DialogueId("a")) == (first.at, True)
    held, behind = sleepers.look(DialogueId("a"))
    assert held is None
    assert [one.number for one in behind] == [0, 1]
    sleepers.leave(DialogueId("a"))
    sleepers.leave(DialogueId("nobody"))
    assert (len(sleepers), sleepers.records, DialogueId("a") in sleepers) == (1, 1, False)
    sleepers.leave(DialogueId("b"))
    assert not sleepers
