"""While the journal is broken nothing is taken, and afterwards nothing is lost or heard twice."""

from __future__ import annotations

import msgspec

from text911.gateway.core.commands import TellCaller
from text911.gateway.core.facts import (
    CallerRepeated,
    CallerWrote,
    CarrierLost,
    CarrierTook,
    PsapAnswered,
    PsapRefused,
    PsapShown,
)
from text911.gateway.core.state import Active
from text911.gateway.core.values import DialogueId, MessageId

from .stage import KEY, A, B, reply, wrote
from .world import World, active, closed, facts, ringing


def test_while_the_journal_is_broken_texts_are_refused_and_after_it_they_are_taken() -> None:
    world = ringing()
    world.text(wrote("two", "m2"))
    world.journal.fail()
    assert world.engine.broken is not None
    assert world.of("denied") == ["m2"]
    world.text(wrote("three", "m3"))
    assert world.of("denied") == ["m2", "m3"]
    world.engine.recover()
    assert world.engine.broken is None
    world.text(wrote("two", "m2"))
    world.text(wrote("three", "m3"))
    world.journal.sync()
    assert world.of("accepted") == ["m1", "m2", "m3"]
    assert world.texts() == ["help", "two", "three"]


def test_a_text_refused_and_yet_recorded_is_shown_once_when_the_carrier_brings_it_again() -> None:
    world = ringing()
    world.text(wrote("two", "m2"))
    world.journal.fail(landed=1)
    assert world.of("denied") == ["m2"]
    world.engine.recover()
    assert world.texts() == ["help", "two"], "it is there, so it happened"
    retried = msgspec.structs.replace(wrote("two", "m2").mark, sequence_number=2)
    text = CallerWrote(MessageId("m7"), "two", retried, receipt=True)
    world.text(text)
    world.journal.sync()
    assert world.of("accepted") == ["m1", "m2"]
    assert facts(world)[-1] == CallerRepeated(MessageId("m2"), "n", retried)
    later = msgspec.structs.replace(retried, sequence_number=3)
    world.text(CallerWrote(MessageId("m8"), "two", later))
    world.journal.sync()
    assert world.texts() == ["help", "two", "two"], "typed again, it is a message of its own"


def test_the_same_words_before_the_retry_of_a_refused_text_are_two_messages() -> None:
    """The second text is taken for the retry; then the retry itself is no repeat of the first."""
    world = ringing()
    refused = wrote("help me", "m2")
    world.text(refused)
    world.journal.fail(landed=1)
    world.engine.recover()
    typed_again = msgspec.structs.replace(refused.mark, sequence_number=2)
    world.text(CallerWrote(MessageId("m3"), "help me", typed_again))
    world.text(CallerWrote(MessageId("m4"), "help me", refused.mark))
    world.text(CallerWrote(MessageId("m5"), "help me", typed_again))
    world.journal.sync()
    assert world.texts() == ["help", "help me", "help me"]
    assert world.of("accepted") == ["m1", "m2", "m4", "m2"], "the last is a repeat of the second"


def test_if_the_journal_breaks_again_under_the_retry_it_is_still_known_the_next_time() -> None:
    world = ringing()
    world.text(wrote("two", "m2"))
    world.journal.fail(landed=1)
    world.engine.recover()
    again = msgspec.structs.replace(wrote("two", "m2").mark, sequence_number=2)
    for _ in range(2):
        world.text(CallerWrote(MessageId("m7"), "two", again))
        world.journal.fail()
        world.engine.recover()
    assert world.of("denied") == ["m2", "m2", "m2"]
    world.text(CallerWrote(MessageId("m7"), "two", again))
    world.journal.sync()
    assert world.texts() == ["help", "two"]


def test_a_first_text_that_was_not_recorded_leaves_no_trace() -> None:
    world = World.started()
    world.text(wrote("help", "m1"))
    world.journal.fail()
    world.engine.recover()
    assert len(world.engine) == 0
    assert world.engine.find(KEY) is None
    assert world.commands == []


def test_a_second_dialogue_that_was_not_recorded_gives_the_caller_the_first_one_back() -> None:
    world = closed()
    world.text(wrote("again", "m2"))
    assert world.engine.find(KEY) == "d1"
    world.journal.fail()
    assert world.engine.find(KEY) == "d0"
    world.engine.recover()
    world.text(wrote("again", "m2"))
    world.journal.sync()
    assert world.offers()[-1].psap == A, "still within its grace window"
    assert world.engine.find(KEY) == "d2"


def test_a_second_dialogue_that_was_recorded_after_all_is_found() -> None:
    world = closed()
    world.text(wrote("again", "m2"))
    world.journal.fail(landed=1)
    world.engine.recover()
    assert world.engine.find(KEY) == "d1"


def test_reports_are_kept_while_the_journal_is_broken_and_heard_again_in_order() -> None:
    world = ringing()
    world.report("d0", PsapShown(A, 0, 1000))
    world.journal.fail()
    world.report("d0", PsapAnswered(A, 0, "Kim"))
    assert world.receipts() == []
    world.engine.recover()
    world.journal.sync()
    assert [one.message for one in world.receipts()] == ["m1"]
    state = world.engine.get(DialogueId("d0"))
    assert state is not None
    assert isinstance(state.phase, Active)


def test_a_report_that_was_recorded_after_all_is_not_heard_twice() -> None:
    """Else a part whose link was lost would go out a third time."""
    world = active()
    world.report("d0", reply("k1"))
    world.journal.sync()
    lost = CarrierLost(0, 0, "bind lost")
    world.report("d0", lost)
    world.journal.fail(landed=1)
    world.engine.recover()
    world.journal.sync()
    assert facts(world).count(lost) == 1
    tells = [c for c in world.commands if isinstance(c, TellCaller)]
    assert [one.again for one in tells] == [False, True]
    world.report("d0", lost, lost)
    world.journal.fail(landed=1)
    world.engine.recover()
    world.journal.sync()
    assert facts(world).count(lost) == 3, "two more happened, and two more were heard"


def test_a_sender_who_waits_is_told_no_and_nothing_is_kept_for_it() -> None:
    world = active()
    world.ask("d0", reply("k1"))
    world.journal.fail()
    world.ask("d0", reply("k2"))
    assert world.of("not done") == [reply("k1"), reply("k2")]
    world.engine.recover()
    world.journal.sync()
    assert not [c for c in world.commands if isinstance(c, TellCaller)]


def test_a_reply_refused_and_yet_recorded_goes_out_once_though_it_is_asked_for_again() -> None:
    world = active()
    world.ask("d0", reply("k1"))
    world.journal.fail(landed=1)
    world.engine.recover()
    world.ask("d0", reply("k1"))
    world.journal.sync()
    assert len([c for c in world.commands if isinstance(c, TellCaller)]) == 1
    assert world.of("done") == [reply("k1")]


def test_what_the_broken_handle_refuses_at_once_is_handled_alike() -> None:
    world = active()
    world.journal.broken = "the disk is full"
    world.report("d0", PsapRefused(A, 0, "gone"))
    world.ask("d0", reply("k1"))
    assert world.engine.broken is not None
    assert world.of("not done") == [reply("k1")]
    world.engine.recover()
    world.journal.sync()
    assert world.offers()[-1].psap == B


def test_what_is_told_as_durable_after_the_handle_broke_still_has_its_commands() -> None:
    """The thread that writes has stored a reply and failed at the next unit; of that a later fact
    hears first. The dialogue is out of memory then, and the reply must leave all the same."""
    world = active()
    world.ask("d0", reply("k1"))
    world.ask("d0", reply("k2"))
    world.journal.broken = "the disk is full"
    world.report("d0", PsapShown(A, 0, 1001))
    world.journal.sync()
    assert world.of("done") == [reply("k1"), reply("k2")], "they are stored"
    assert not [c for c in world.commands if isinstance(c, TellCaller)]
    world.engine.recover()
    world.journal.sync()
    assert [c.reply for c in world.commands if isinstance(c, TellCaller)] == [0]
    world.report("d0", CarrierTook(0, 0, "id"))
    world.journal.sync()
    assert [c.reply for c in world.commands if isinstance(c, TellCaller)] == [0, 1]
    assert facts(world).count(PsapShown(A, 0, 1001)) == 1
