"""Nothing leaves before it is durable; what is stored happened, what is not did not."""

from __future__ import annotations

import msgspec
import pytest

from text911.gateway.core.commands import (
    Arm,
    Command,
    Forget,
    OfferTo,
    TellCaller,
)
from text911.gateway.core.encoding import decode_fact, policy_hash
from text911.gateway.core.facts import (
    GATEWAY,
    CallerRepeated,
    CallerSentPart,
    CallerWrote,
    CarrierLost,
    CarrierTook,
    GatewayStarted,
    HandsetReported,
    LocationFailed,
    Opened,
    PolicyInForce,
    PsapAnswered,
    PsapEnded,
    PsapRefused,
    PsapShown,
    ReceiptTaken,
    RepeatSuspected,
    TimeRanOut,
)
from text911.gateway.core.hearing import SCANNED_MAX
from text911.gateway.core.state import Active, Offered, Over
from text911.gateway.core.values import DialogueId, MessageId
from text911.gateway.journal.contract import JournalBroken, Snapshot

from .slow_journal import SlowJournal
from .stage import KEY, POLICY, T0, A, B, C, reply, sent_part, wrote
from .world import World


def ringing() -> World:
    world = World.started()
    world.text(wrote("help", "m1"))
    world.report("d0", LocationFailed("no source"))
    world.journal.sync()
    return world


def active() -> World:
    world = ringing()
    world.report("d0", PsapShown(A, 0, 1000), PsapAnswered(A, 0, "Kim"))
    world.journal.sync()
    return world


def closed() -> World:
    world = active()
    world.report("d0", PsapEnded(A, 0, "end", "Kim"))
    world.journal.sync()
    return world


def facts(world: World, dialogue: str = "d0") -> list[object]:
    stored = world.journal.read_dialogue(dialogue)
    return [decode_fact(one.record.payload)[0] for one in stored]


# --- long dialogues ---


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


# --- durable first ---


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


# --- texts from a carrier ---


def test_texts_of_one_caller_are_one_dialogue_and_of_two_callers_two() -> None:
    world = World.started()
    world.text(wrote("one", "m1"))
    world.text(wrote("two", "m2"))
    other = msgspec.structs.replace(KEY, number="+12035550143")
    world.text(wrote("three", "m3"), key=other)
    world.journal.sync()
    assert world.texts() == ["one", "two", "three"]
    assert world.engine.find(KEY) == "d0"
    assert world.engine.find(other) == "d1"


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


# --- policies ---


def test_open_dialogues_keep_their_policy_and_new_ones_take_the_new_one() -> None:
    world = World.started()
    world.text(wrote("help", "m1"))
    limits = msgspec.structs.replace(POLICY.limits, ring=5.0)
    world.engine.adopt(msgspec.structs.replace(POLICY, limits=limits))
    other = msgspec.structs.replace(KEY, number="+12035550143")
    world.text(wrote("help", "m2"), key=other)
    world.report("d0", LocationFailed("x"))
    world.report("d1", LocationFailed("x"))
    world.journal.sync()
    assert [one.until for one in world.offers()] == [T0 + 20.0, T0 + 5.0]
    again = world.after_crash()
    assert again.resume() == ["d0", "d1"]
    assert [one.until for one in again.offers()] == [T0 + 20.0, T0 + 5.0]


# --- after a crash ---


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
    other = msgspec.structs.replace(KEY, number="+12035550143")
    world.text(wrote("help", "m2"), key=other)
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
    other = msgspec.structs.replace(KEY, number="+12035550143")
    world.text(wrote("help", "m1"))
    world.text(wrote("help", "m2"), key=other)
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


# --- a broken journal ---


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


def test_recovery_fails_while_the_store_does_and_can_be_tried_again() -> None:
    world = ringing()
    world.report("d0", PsapAnswered(A, 0, "Kim"))
    world.journal.fail()
    world.journal.refuses_to_reopen = "no space left"
    for _ in range(2):
        with pytest.raises(JournalBroken, match="no space left"):
            world.engine.recover()
        assert world.engine.broken is not None
    world.journal.refuses_to_reopen = ""
    world.engine.recover()
    world.journal.sync()
    state = world.engine.get(DialogueId("d0"))
    assert state is not None
    assert isinstance(state.phase, Active)


def test_a_command_answered_at_once_during_recovery_finds_every_dialogue_whole() -> None:
    """An adapter refuses within the call: its report must not be numbered into the past."""
    world = World.started()
    world.text(wrote("help", "m1"))
    world.journal.sync()
    world.report("d0", LocationFailed("x"))
    world.text(wrote("two", "m2"))
    world.react = lambda dialogue, command: (
        world.report(dialogue, PsapRefused(command.psap, command.offer, "nobody"))
        if isinstance(command, OfferTo)
        else None
    )
    world.journal.fail(landed=2)
    world.engine.recover()
    world.journal.sync()
    assert [one.psap for one in world.offers()] == [A, B, C]
    state = world.engine.get(DialogueId("d0"))
    assert state is not None
    assert isinstance(state.phase, Over)
    assert world.texts() == ["help", "two"]


def test_no_timer_is_lost_when_the_journal_breaks_under_it() -> None:
    world = ringing()
    world.tick(3.0)
    assert ("d0", "shown") not in world.timers
    world.journal.fail()
    world.engine.recover()
    world.journal.sync()
    assert world.offers()[-1].psap == B
    state = world.engine.get(DialogueId("d0"))
    assert state is not None
    armed = {timer.name: (timer.generation, timer.due) for timer in state.line.timers}
    assert {name: one for (_, name), one in world.timers.items()} == armed


def test_the_timers_of_what_was_recorded_after_all_are_armed() -> None:
    world = ringing()
    world.report("d0", PsapRefused(A, 0, "x"))
    world.journal.fail(landed=1)
    world.engine.recover()
    assert isinstance([c for c in world.commands if isinstance(c, Arm)][-1], Arm)
    state = world.engine.get(DialogueId("d0"))
    assert state is not None
    armed = {timer.name: (timer.generation, timer.due) for timer in state.line.timers}
    assert {name: one for (_, name), one in world.timers.items()} == armed


def test_forget_that_was_recorded_after_all_forgets() -> None:
    world = closed()
    world.tick(600.0)
    world.journal.fail(landed=1)
    world.engine.recover()
    assert len(world.engine) == 0
    world.text(wrote("new", "m2"))
    world.journal.sync()
    assert world.of("accepted")[-1] == "m2"


def test_forget_that_was_not_recorded_forgets_when_the_timer_is_heard_again() -> None:
    world = closed()
    world.tick(600.0)
    world.journal.fail()
    world.engine.recover()
    world.journal.sync()
    assert len(world.engine) == 0
    assert isinstance(world.commands[-1], Forget)


def test_the_policy_is_said_again_when_the_journal_lost_it() -> None:
    world = World.started()
    new = msgspec.structs.replace(POLICY, media=None)
    world.engine.adopt(new)
    world.journal.fail()
    assert world.engine.broken is not None
    world.engine.recover()
    world.journal.sync()
    assert facts(world, GATEWAY)[-1] == PolicyInForce(policy_hash(new), new)
    world.engine.recover()
    assert not world.journal.waiting, "once is enough"


def test_a_policy_that_the_journal_refuses_at_once_is_said_after_recovery() -> None:
    world = World.started()
    world.journal.broken = "the disk is full"
    new = msgspec.structs.replace(POLICY, media=None)
    with pytest.raises(JournalBroken, match="disk is full"):
        world.engine.adopt(new)
    assert world.engine.broken is not None
    world.engine.recover()
    world.text(wrote("help", "m1"))
    world.journal.sync()
    assert facts(world, GATEWAY)[-1] == PolicyInForce(policy_hash(new), new)
    assert len(world.after_crash().engine) == 1


def test_an_empty_store_is_started_anew_after_a_failure() -> None:
    world = World(SlowJournal())
    world.engine.start("1.0")
    world.journal.fail()
    world.engine.recover()
    world.journal.sync()
    assert [type(fact).__name__ for fact in facts(world, GATEWAY)] == ["PolicyInForce"]


def test_a_dialogue_begins_with_its_opening_and_nothing_else() -> None:
    world = closed()
    tail = [one for one in world.journal.stored if one.record.dialogue != "d0"]
    orphan = world.journal.read_dialogue("d0")[1]
    with pytest.raises(AssertionError, match="cannot begin with CallerWrote"):
        World().engine.restore(None, [*tail, orphan])


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
