"""After a crash: what was written down is all that happened, and what is open is said again."""

from __future__ import annotations

import msgspec
import pytest

from text911.gateway.core.commands import Command, OfferTo, TellCaller
from text911.gateway.core.facts import (
    CarrierLost,
    CarrierTook,
    LocationFailed,
    PsapAnswered,
    PsapRefused,
    PsapShown,
    ReceiptTaken,
    TimeRanOut,
)
from text911.gateway.core.state import Active, Offered
from text911.gateway.core.values import DialogueId, MessageId
from text911.gateway.journal.contract import Snapshot

from .stage import KEY, OTHER, POLICY, T0, A, B, C, reply, sent_part, wrote
from .world import World, active, closed, facts, ringing


def test_open_dialogues_keep_their_policy_and_new_ones_take_the_new_one() -> None:
    world = World.started()
    world.text(wrote("help", "m1"))
    limits = msgspec.structs.replace(POLICY.limits, ring=5.0)
    world.engine.adopt(msgspec.structs.replace(POLICY, limits=limits))
    world.text(wrote("help", "m2"), key=OTHER)
    world.report("d0", LocationFailed("x"))
    world.report("d1", LocationFailed("x"))
    world.journal.sync()
    assert [one.until for one in world.offers()] == [T0 + 20.0, T0 + 5.0]
    again = world.after_crash()
    assert again.resume() == ["d0", "d1"]
    assert [one.until for one in again.offers()] == [T0 + 20.0, T0 + 5.0]


def test_after_a_crash_the_leg_the_clocks_and_the_receipts_are_said_again() -> None:
    world = ringing()
    world.now += 5.0
    world.report("d0", PsapShown(A, 0, 1000))
    world.journal.sync()
    again = world.after_crash()
    assert again.log == [], "restoring is silent"
    again.now += 3.0
    assert again.resume() == ["d0"]
    assert again.offers() == [OfferTo(A, 0, T0 + 20.0)]
    assert [one.message for one in again.receipts()] == ["m1"]
    assert again.timers == world.timers
    assert {name for _, name in again.timers} == {"ring", "abandon"}


def test_parts_in_flight_are_sent_once_more_marked_after_a_crash_and_nothing_else_is() -> None:
    world = active()
    world.report("d0", reply("k1", parts=2), CarrierTook(0, 0))
    world.journal.sync()
    again = world.after_crash()
    again.resume()
    again.journal.sync()
    tells = [c for c in again.commands if isinstance(c, TellCaller)]
    assert [(one.part, one.again, one.umr) for one in tells] == [(1, True, 101)]
    assert isinstance(facts(again)[-1], CarrierLost)


@pytest.mark.parametrize("landed", [0, 1, 2, 3])
def test_wherever_the_power_goes_what_was_written_down_is_all_that_happened(landed: int) -> None:
    world = ringing()
    world.text(wrote("two", "m2"))
    world.text(sent_part(1, 1, "three", name="m3"))
    world.report("d0", PsapAnswered(A, 0, "Kim"))
    again = world.after_crash(landed)
    state = again.engine.get(DialogueId("d0"))
    assert state is not None
    assert len(state.line.heard) == min(1 + landed, 3)
    assert isinstance(state.phase, Active if landed == 3 else Offered)
    again.text(wrote("after", "m9"))
    again.journal.sync()
    assert again.of("accepted") == ["m9"]


def test_a_snapshot_and_the_tail_are_as_good_as_everything() -> None:
    world = closed()
    world.text(wrote("again", "m2"))
    up_to, encode = world.engine.remember()
    octets = encode()
    world.report("d0", ReceiptTaken(MessageId("m1")))
    world.engine.adopt(msgspec.structs.replace(POLICY, media=None))
    world.text(wrote("more", "m3"))
    world.journal.sync()
    world.journal.save_snapshot(Snapshot(up_to, octets), lambda _: None)
    full = world.after_crash()
    short = World(world.journal.crash())
    read = short.engine.restore(short.journal.last_snapshot(), short.journal.read(up_to))
    assert read == len(world.journal.stored) - up_to
    assert list(short.engine) == list(full.engine)
    assert short.engine.find(KEY) == full.engine.find(KEY) == "d1"
    for one in (full, short):
        one.now = T0 - 10.0
        one.engine.start("1.1")
        one.journal.sync()
    assert short.journal.stored[-1] == full.journal.stored[-1]


def test_from_a_snapshot_alone_the_caller_finds_the_dialogue_opened_last() -> None:
    """Whatever the order in the snapshot: after a recovery the older one may stand behind."""
    world = closed()
    world.text(wrote("again", "m2"))
    world.journal.sync()
    world.report("d0", ReceiptTaken(MessageId("m1")))
    world.journal.fail()
    world.engine.recover()
    assert [held.dialogue for held in world.engine] == ["d1", "d0"]
    assert world.engine.find(KEY) == "d1"
    up_to, encode = world.engine.remember()
    short = World(world.journal.crash())
    assert short.engine.restore(Snapshot(up_to, encode()), ()) == 0
    assert short.engine.find(KEY) == "d1"


def test_a_dialogue_forgotten_while_others_resume_is_passed_over() -> None:
    world = closed()
    world.text(wrote("help", "m2"), key=OTHER)
    world.report("d1", LocationFailed("x"))
    for number, psap in enumerate((A, B, C)):
        world.report("d1", PsapRefused(psap, number, "nobody"))
    world.journal.sync()
    again = world.after_crash()
    resuming = again.engine.resume()
    assert next(resuming) == "d0"
    state = again.engine.get(DialogueId("d1"))
    assert state is not None
    (timer,) = state.line.timers
    again.report("d1", TimeRanOut(timer.name, timer.generation))
    assert list(resuming) == []


def test_a_fault_while_one_dialogue_is_resumed_keeps_no_other_from_it() -> None:
    world = World.started()
    world.text(wrote("help", "m1"))
    world.text(wrote("help", "m2"), key=OTHER)
    for name in ("d0", "d1"):
        world.report(name, LocationFailed("x"))
    world.journal.sync()
    again = world.after_crash()

    def stumbles(dialogue: DialogueId, _command: Command) -> None:
        if dialogue == "d0":
            raise RuntimeError("a fault of ours")

    again.react = stumbles
    resumed: list[DialogueId] = []
    with pytest.raises(ExceptionGroup) as caught:
        resumed.extend(again.engine.resume())
    assert len(caught.value.exceptions) == 1
    assert [one.psap for one in again.offers()] == [A, A]


def test_a_dialogue_begins_with_its_opening_and_nothing_else() -> None:
    world = closed()
    tail = [one for one in world.journal.stored if one.record.dialogue != "d0"]
    orphan = world.journal.read_dialogue("d0")[1]
    with pytest.raises(AssertionError, match="cannot begin with CallerWrote"):
        World().engine.restore(None, [*tail, orphan])
