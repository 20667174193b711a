"""Texts from a carrier: which dialogue each belongs to, and which was there before."""

from __future__ import annotations

import msgspec
import pytest

from text911.gateway.core.commands import Forget, OfferTo
from text911.gateway.core.facts import (
    CallerRepeated,
    CallerSentPart,
    CallerWrote,
    CarrierTook,
    HandsetReported,
    Opened,
    ReceiptTaken,
    RepeatSuspected,
)
from text911.gateway.core.hearing import SCANNED_MAX
from text911.gateway.core.values import MessageId

from .stage import KEY, OTHER, A, sent_part, wrote
from .world import World, closed, facts, ringing


def test_in_a_long_dialogue_a_new_text_and_a_repeat_are_told_apart() -> None:
    world = ringing()
    for n in range(SCANNED_MAX):
        world.text(wrote(f"text {n}", f"n{n}"))
    world.text(wrote("a new one", "new"))
    world.text(wrote("a new one", "new"))
    world.journal.sync()
    heard = facts(world)
    assert sum(isinstance(one, CallerWrote) for one in heard) == SCANNED_MAX + 2
    assert [one.message for one in heard if isinstance(one, CallerRepeated)] == ["new"]


def test_texts_of_one_caller_are_one_dialogue_and_of_two_callers_two() -> None:
    world = World.started()
    world.text(wrote("one", "m1"))
    world.text(wrote("two", "m2"))
    world.text(wrote("three", "m3"), key=OTHER)
    world.journal.sync()
    assert world.texts() == ["one", "two", "three"]
    assert world.engine.find(KEY) == "d0"
    assert world.engine.find(OTHER) == "d1"


def test_a_repeat_gets_the_first_message_id_and_is_recorded_and_not_shown() -> None:
    world = ringing()
    world.text(wrote("help", "m1"))
    text = CallerWrote(MessageId("m9"), "help", wrote("help", "m1").mark)
    world.text(text)
    world.journal.sync()
    assert world.of("accepted") == ["m1", "m1", "m1"]
    assert world.texts() == ["help"]
    assert facts(world)[-1] == CallerRepeated(MessageId("m1"), "a")


@pytest.mark.parametrize("proven", [True, False])
def test_on_another_link_it_is_a_new_text_if_the_first_answer_had_provably_left(
    proven: bool,
) -> None:
    world = ringing()
    asked = list[object]()

    def was_proven(first: object) -> bool:
        asked.append(first)
        return proven

    world.proven = was_proven
    first = wrote("help", "m1")
    other = msgspec.structs.replace(first.mark, link="L2")
    world.text(msgspec.structs.replace(first, message=MessageId("m2"), mark=other))
    world.journal.sync()
    assert asked == [first.mark]
    assert world.texts() == ["help", "help"], "suspected or new, it is never dropped"
    if proven:
        assert world.of("accepted") == ["m1", "m2"]
        assert isinstance(facts(world)[-1], CallerWrote)
    else:
        assert world.of("accepted") == ["m1", "m1"]
        assert facts(world)[-1] == RepeatSuspected(MessageId("m1"), "help")


def test_of_a_part_it_is_recorded_that_its_text_had_been_shown_without_it() -> None:
    world = ringing()
    world.text(sent_part(1, 3))
    world.text(sent_part(3, 3))
    world.journal.sync()
    world.tick(8.0)
    world.text(sent_part(1, 2, join="8:8:2"))
    world.text(sent_part(2, 3))
    world.journal.sync()
    parts = [one for one in facts(world) if isinstance(one, CallerSentPart)]
    assert [(one.number, one.late) for one in parts] == [
        (1, False),
        (3, False),
        (1, False),
        (2, True),
    ]
    assert world.texts() == ["help", "part1.part3.", "part2."]


def test_a_repeat_after_the_end_is_recorded_there_and_opens_nothing() -> None:
    world = closed()
    world.text(wrote("help", "m1"))
    world.journal.sync()
    assert facts(world)[-1] == CallerRepeated(MessageId("m1"), "a")
    assert len(world.engine) == 1


def test_after_the_end_a_suspicion_is_not_enough_the_text_opens_a_dialogue() -> None:
    world = closed()
    world.proven = lambda _: False
    first = wrote("help", "m1")
    other = msgspec.structs.replace(first.mark, link="L2")
    world.text(msgspec.structs.replace(first, message=MessageId("m2"), mark=other))
    world.journal.sync()
    assert world.engine.find(KEY) == "d1"


def test_a_text_after_the_end_opens_a_linked_dialogue_at_the_same_psap() -> None:
    world = closed()
    world.now += 59.0
    world.text(wrote("again", "m2"))
    world.journal.sync()
    assert world.offers()[-1] == OfferTo(A, 0, world.now + 20.0)
    opened = facts(world, "d1")[0]
    assert isinstance(opened, Opened)
    assert opened.previous is not None
    assert (opened.previous.dialogue, opened.previous.psap) == ("d0", A)


def test_the_closed_dialogue_does_not_take_the_caller_back_whatever_it_hears() -> None:
    world = closed()
    world.text(wrote("again", "m2"))
    world.report("d0", ReceiptTaken(MessageId("m1")), CarrierTook(0, 0))
    world.journal.sync()
    assert world.engine.find(KEY) == "d1"
    again = world.after_crash()
    assert again.engine.find(KEY) == "d1"
    again.text(wrote("third", "m3"))
    again.journal.sync()
    assert again.engine.find(KEY) == "d1"
    assert len(again.engine) == 2


def test_a_forgotten_dialogue_leaves_the_callers_newer_one_alone() -> None:
    world = closed()
    world.now += 300.0
    world.text(wrote("again", "m2"))
    world.journal.sync()
    world.tick(300.0)
    world.journal.sync()
    assert [held.dialogue for held in world.engine] == ["d1"]
    assert world.engine.find(KEY) == "d1"
    assert world.after_crash().engine.find(KEY) == "d1"


def test_nothing_is_written_down_behind_forget() -> None:
    """A receipt that comes between Forget and its commit would make the journal unreadable."""
    world = closed()
    world.tick(600.0)
    assert not any(isinstance(command, Forget) for command in world.commands)
    world.report("d0", ReceiptTaken(MessageId("m1")), HandsetReported(True, umr=100))
    world.journal.sync()
    assert isinstance(world.commands[-1], Forget)
    assert len(world.engine) == 0
    assert world.engine.find(KEY) is None
    assert list(world.after_crash().engine) == []


def test_after_forgetting_a_text_opens_a_dialogue_without_a_past() -> None:
    world = closed()
    world.tick(600.0)
    world.text(wrote("years later", "m2"))
    world.journal.sync()
    opened = facts(world, "d1")[0]
    assert isinstance(opened, Opened)
    assert opened.previous is None
