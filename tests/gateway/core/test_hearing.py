"""Repeats (DESIGN 9.1) and concatenated texts (9.6), each with its boundaries."""

from __future__ import annotations

from itertools import permutations

import pytest
from msgspec.msgpack import encode
from msgspec.structs import replace

from text911.gateway.core import hearing
from text911.gateway.core.commands import Arm, GiveReceipt, Join, Part, Show, ShowCard
from text911.gateway.core.dialogue import advance
from text911.gateway.core.facts import (
    CallerRepeated,
    CallerWrote,
    Entry,
    Fact,
    PartsJoined,
    RepeatSuspected,
)
from text911.gateway.core.hearing import (
    HEARD_KEPT,
    HEARD_MAX,
    JOINED_MAX,
    PARTIALS_MAX,
    PARTS_OCTETS_MAX,
    SCANNED_MAX,
    Marks,
    Rule,
    open_partials,
    repeat_of,
    retry_of,
    timer_of,
)
from text911.gateway.core.state import Partial
from text911.gateway.core.values import DialogueId, Mark, MessageId

from .stage import A, D, Play, joined, mark, only, sent_part, wrote

ORPHANS = 3_000  # the bounds hold at each of them, whatever their number


def after(first: Mark, second: Mark, seconds: float) -> Rule | None:
    """By which rule `second` repeats `first` so much later."""
    play = Play()
    play.take(CallerWrote(MessageId("m1"), "help", first))
    found = repeat_of(play.line, second, play.at + seconds)
    assert found is None or found[0].message == "m1"
    return None if found is None else found[1]


# --- repeats ---


@pytest.mark.parametrize(
    ("second", "seconds", "rule"),
    [
        (mark(), 0.0, "a"),
        (mark(), 60.0, "a"),
        (mark(), 60.1, None),
        (mark(sequence_number=2), 0.0, None),
        (mark(sequence_number=2), 60.0, None),
        (mark("other"), 0.0, None),
        (mark(link="L2"), 0.0, "d"),
        (mark(link="L2"), 60.0, "d"),
        (mark(link="L2"), 60.1, None),
        (mark(link="L2", sequence_number=9), 30.0, "d"),
        (mark("other", link="L2"), 30.0, None),
    ],
)
def test_rules_a_and_d_with_their_limits(second: Mark, seconds: float, rule: Rule | None) -> None:
    assert after(mark(), second, seconds) == rule


@pytest.mark.parametrize(
    ("second", "seconds", "rule"),
    [
        (mark(umr=7, sequence_number=2), 300.0, "b"),
        (mark(umr=7, sequence_number=2), 300.1, None),
        (mark(umr=7, link="L2"), 300.0, "b"),
        (mark(umr=7, link="L2"), 300.1, "d"),
        (mark(umr=7, link="L2"), 86_400.0, "d"),
        (mark(umr=8, link="L2"), 300.1, None),
        (mark(umr=8, sequence_number=2), 0.0, None),
        (mark(sequence_number=2), 0.0, None),
        (mark("other", umr=7, sequence_number=2), 0.0, None),
    ],
)
def test_rule_b_the_same_user_message_reference(
    second: Mark, seconds: float, rule: Rule | None
) -> None:
    assert after(mark(umr=7), second, seconds) == rule


@pytest.mark.parametrize(
    ("second", "seconds", "rule"),
    [
        (mark(part="8:7:2:1", sequence_number=2), 300.0, "c"),
        (mark(part="8:7:2:1", sequence_number=2), 300.1, None),
        (mark(part="8:7:2:1", link="L2", sequence_number=2), 100.0, "c"),
        (mark(part="8:7:2:2", sequence_number=2), 0.0, None),
        (mark(part="8:7:2:2", link="L2"), 0.0, None),
        (mark(sequence_number=2), 0.0, None),
        (mark(link="L2"), 0.0, "d"),
        (mark("other", part="8:7:2:1", sequence_number=2), 0.0, None),
    ],
)
def test_rule_c_the_same_part_and_another_part_is_never_a_repeat(
    second: Mark, seconds: float, rule: Rule | None
) -> None:
    assert after(mark(part="8:7:2:1"), second, seconds) == rule


def test_the_same_words_twice_are_two_messages() -> None:
    play = Play()
    play.take(wrote("help", "m1"))
    play.hear(CallerWrote(MessageId("m2"), "help", mark("help", sequence_number=2)))
    assert play.texts() == ["help", "help"]


def test_a_certain_rule_wins_over_a_suspicion_and_the_newest_suspect_is_named() -> None:
    play = Play()
    play.take(CallerWrote(MessageId("m1"), "help", mark(link="L1", umr=7)))
    play.hear(CallerWrote(MessageId("m2"), "help", mark(link="L2", umr=8)))
    play.hear(CallerWrote(MessageId("m3"), "help", mark(link="L3", umr=9)))
    found = repeat_of(play.line, mark(link="L4", umr=7), play.at)
    assert found is not None
    assert (found[0].message, found[1]) == ("m1", "b")
    found = repeat_of(play.line, mark(link="L4"), play.at)
    assert found is not None
    assert (found[0].message, found[1]) == ("m3", "d")


def test_marks_are_forgotten_after_five_minutes_and_never_more_than_a_bound_are_kept() -> None:
    play = Play()
    play.take(wrote("0"))
    play.wait(200.0)
    play.hear(wrote("1"))
    play.wait(100.0)
    play.hear(wrote("2"))
    assert [one.message for one in play.line.heard] == ["m-0", "m-1", "m-2"]
    play.wait(0.1)
    play.hear(wrote("3"))
    assert [one.message for one in play.line.heard] == ["m-1", "m-2", "m-3"]
    for n in range(2 * HEARD_MAX):
        play.hear(wrote(f"flood {n}"))
        assert min(n, HEARD_KEPT) <= len(play.line.heard) <= HEARD_MAX


def test_a_suspected_repeat_is_a_line_of_its_own_marked_and_gets_no_second_receipt() -> None:
    play = Play()
    play.take(wrote("help", "m1"))
    (shown,) = play.hear(RepeatSuspected(MessageId("m1"), "help"))
    line = play.transcript[-1]
    assert shown == line
    assert line.suspected_repeat
    assert line.notes == ("perhaps sent twice by the carrier",)
    assert not only(GiveReceipt, play.show_all())


def test_what_was_refused_and_yet_recorded_is_known_when_the_carrier_brings_it_again() -> None:
    play = Play()
    play.take(CallerWrote(MessageId("m1"), "help", mark(sequence_number=1)))
    again, denied = mark(sequence_number=2), {MessageId("m1"): None}
    found = retry_of(play.line, again, play.at + 300.0, denied)
    assert found is not None
    assert (found[0].message, found[1]) == ("m1", "n")
    assert retry_of(play.line, again, play.at + 300.1, denied) is None
    assert retry_of(play.line, again, play.at, {}) is None
    assert retry_of(play.line, again, play.at, {MessageId("m2"): None}) is None
    assert retry_of(play.line, mark("other"), play.at, denied) is None
    assert retry_of(play.line, mark(part="8:1:2:1"), play.at, denied) is None


# --- remarks, receipts and what is unshown ---


def test_what_the_decoder_had_to_do_is_said_with_the_text() -> None:
    play = Play()
    play.ring(wrote("help", remarks=("one octet was no character",)))
    assert play.transcript[0].notes == ("one octet was no character",)


def test_of_texts_that_want_no_receipt_only_the_last_is_remembered_as_unshown() -> None:
    play = Play()
    play.ring(wrote("0", receipt=False))
    play.hear(*(wrote(f"flood {n}", receipt=False) for n in range(100)))
    assert [one.sequence for one in play.line.unshown] == [play.laws.sequence]
    play.hear(wrote("with", "m1"), wrote("without", receipt=False), wrote("with", "m2"))
    assert [one.messages for one in play.line.unshown] == [("m1",), ("m2",)]
    play.show_all()
    assert play.line.unshown == ()


# --- parts ---


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_parts_in_any_order_become_one_text_with_every_receipt_exactly_once(
    order: tuple[int, ...],
) -> None:
    play = Play()
    play.ring(sent_part(order[0], 3))
    play.hear(*(sent_part(number, 3) for number in order[1:]))
    assert play.texts() == ["part1.part2.part3."]
    assert not [timer for timer in play.line.timers if timer.name.startswith("parts")]
    said = only(GiveReceipt, play.show_all())
    assert sorted(one.message for one in said) == [
        f"p-8:7:3-{number}-part{number}." for number in (1, 2, 3)
    ]
    assert all(one.delivered for one in said)


def test_the_first_part_offers_the_dialogue_and_redraws_the_card_of_a_leg() -> None:
    play = Play()
    play.ring(sent_part(1, 2))
    assert play.leg == (A, 0)
    said = play.hear(sent_part(1, 2, join="8:8:2"))
    assert only(ShowCard, said) == [ShowCard(A, 0)]
    assert only(Arm, said) == [Arm("parts 8:8:2", play.line.generation, play.at + 8.0)]


def test_a_missing_part_is_waited_for_eight_seconds_and_named() -> None:
    play = Play()
    play.take(wrote())
    play.hear(sent_part(1, 3), sent_part(3, 3))
    play.wait(7.9)
    assert play.texts() == ["help"]
    said = play.wait(0.1)
    assert play.questions[-1] == Join(
        "8:7:3", "latin-1", 3, (Part(1, b"part1."), Part(3, b"part3."))
    )
    assert play.texts() == ["help", "part1.part3."]
    assert play.transcript[-1].notes == ("part 2 of 3 is missing",)
    assert only(ShowCard, said)


def test_the_limit_of_one_long_text_leaves_the_others_waiting() -> None:
    play = Play()
    play.take(wrote())
    play.hear(sent_part(1, 2, "a1", join="x"))
    play.wait(4.0)
    play.hear(sent_part(1, 2, "b1", join="y"))
    play.wait(4.0)
    assert play.texts() == ["help", "a1"]
    play.wait(4.0)
    assert play.texts() == ["help", "a1", "b1"]


def test_a_late_part_is_a_line_of_its_own() -> None:
    play = Play()
    play.take(wrote())
    play.hear(sent_part(1, 2))
    play.wait(8.0)
    play.hear(sent_part(2, 2))
    assert play.texts()[-1] == "part2."
    assert play.transcript[-1].notes == ("late part 2/2",)
    assert len(play.line.unshown) == 2


def test_two_different_parts_under_one_number_are_both_there() -> None:
    play = Play()
    play.take(wrote())
    play.hear(sent_part(1, 2, "one"), sent_part(1, 2, "other"))
    assert play.texts()[-1] == "other"
    assert play.transcript[-1].notes == ("another part 1/2",)
    play.hear(sent_part(2, 2, " two"))
    assert play.texts()[-1] == "one two"


def test_two_long_texts_at_once_do_not_mix() -> None:
    play = Play()
    play.take(wrote())
    play.hear(sent_part(1, 2, "a1", join="x"), sent_part(1, 2, "b1", join="y"))
    play.hear(sent_part(2, 2, "b2", join="y"), sent_part(2, 2, "a2", join="x"))
    assert play.texts()[1:] == ["b1b2", "a1a2"]


def test_a_text_of_one_part_is_joined_at_once() -> None:
    play = Play()
    play.take(sent_part(1, 1, "all"))
    assert play.texts() == ["all"]


def test_parts_then_a_whole_text_stand_in_the_order_in_which_they_were_complete() -> None:
    play = Play()
    play.take(sent_part(1, 2))
    play.hear(wrote("whole"))
    play.hear(sent_part(2, 2))
    assert play.texts() == ["whole", "part1.part2."]


def test_of_a_flood_of_first_parts_the_oldest_is_shown_as_it_is() -> None:
    play = Play()
    play.take(*(sent_part(1, 2, f"t{n}", join=f"j{n}") for n in range(PARTIALS_MAX)))
    assert play.texts() == []
    play.hear(sent_part(1, 2, "more", join="more"))
    assert play.texts() == ["t0"]
    assert len(open_partials(play.line)) == PARTIALS_MAX
    assert timer_of("j0") not in {timer.name for timer in play.line.timers}


def test_long_parts_are_kept_up_to_a_bound_and_then_shown_as_they_are() -> None:
    play = Play()
    long = "x" * 60_000
    play.take(sent_part(1, 9, long, join="a"), sent_part(1, 9, long, join="b"))
    play.hear(sent_part(2, 9, long, join="b"), sent_part(3, 9, long, join="b"))
    assert play.texts() == []
    play.hear(sent_part(4, 9, long, join="b"))
    assert [len(text) for text in play.texts()] == [60_000]
    play.hear(sent_part(5, 9, long, join="b"))
    assert [len(text) for text in play.texts()] == [60_000, 300_000]
    play.hear(sent_part(6, 9, "late", join="b"))
    assert play.texts()[2:] == ["late"]
    assert open_partials(play.line) == ()


def test_a_flood_of_parts_without_siblings_takes_bounded_memory() -> None:
    play = Play()
    play.take(wrote())
    state, number, shown, half = play.state, play.number, 0, 0
    held: list[Partial] = []
    sample = sent_part(1, 255, "x" * 134, receipt=False)
    for count in range(ORPHANS):
        part = replace(sample, join=f"udh16:{count}", mark=mark(str(count), part=str(count)))
        facts: list[Fact] = [part]
        while facts:
            step = advance(state, Entry(D, number, play.at, facts.pop(0)), play.policy)
            facts += [joined(one) for one in step.questions if isinstance(one, Join)]
            shown += len(only(Show, step.commands))
            state, number = step.dialogue, number + 1
        assert state is not None
        held = [one for one in state.line.partials if not one.joined]
        assert len(held) <= PARTIALS_MAX
        assert len(state.line.partials) <= PARTIALS_MAX + JOINED_MAX + 1
        if count == ORPHANS // 2:
            half = len(encode(state))
    assert state is not None
    assert sum(len(part.octets) for one in held for part in one.parts) <= PARTS_OCTETS_MAX
    assert shown == ORPHANS - PARTIALS_MAX  # and nothing vanished
    assert len(state.line.timers) <= PARTIALS_MAX + 5
    assert len(encode(state)) < 1.1 * half


def test_a_part_says_when_it_is_written_otherwise_than_its_text() -> None:
    play = Play()
    play.open()
    first, second = sent_part(1, 2), sent_part(2, 2)
    play.hear(first)
    play.hear(replace(second, alphabet="ucs2", remarks=("a remark",)))
    question = next(one for one in play.questions if isinstance(one, Join))
    assert [(part.alphabet, part.remarks) for part in question.parts] == [
        ("", ()),
        ("ucs2", ("a remark",)),
    ]
    play.hear(replace(second, octets=b"other", text="other", remarks=("odd",)))
    assert only(Show, play.said)[-1].notes == ("late part 2/2", "odd")


def test_of_the_texts_already_joined_only_a_bounded_number_is_remembered() -> None:
    play = Play()
    play.take(*(sent_part(1, 1, f"t{n}", join=f"j{n}") for n in range(100)))
    assert len(play.texts()) == 100
    assert len(play.line.partials) <= JOINED_MAX + 1
    play.wait(300.1)
    play.hear(wrote("later"))
    assert play.line.partials == ()


def test_a_join_that_was_not_asked_for_or_comes_twice_changes_nothing() -> None:
    play = Play()
    play.take(sent_part(1, 1, "all"))
    assert play.hear(PartsJoined("8:7:3", "again"), PartsJoined("nothing", "x")) == []
    assert play.texts() == ["all"]


# --- what stands beside the state ---


def octets(text: str) -> bytes:
    """Those of the mark that `wrote(text)` bears."""
    return wrote(text).mark.octets


def test_a_text_that_is_not_noise_is_known_for_the_whole_of_the_longest_window() -> None:
    """20 texts in 10 s for five minutes: the first of them is still recognised."""
    play = Play()
    play.take(wrote("0"))
    for n in range(1, 600):
        play.wait(0.5)
        play.hear(wrote(f"{n}"))
    assert play.line.heard[0].message == "m-0"


def test_marks_are_looked_through_only_where_there_may_be_one() -> None:
    play, marks, name = Play(), Marks(), DialogueId("d")
    play.take(wrote("first"))
    absent = octets("never written")
    assert marks.may_know(name, play.line, absent), "few marks: looking is as cheap"
    play.hear(*(wrote(f"{n}") for n in range(SCANNED_MAX)))
    assert not marks.may_know(name, play.line, absent)
    assert marks.may_know(name, play.line, octets("first"))
    assert marks.may_know(name, play.line, octets("first")), "nothing has changed"


def test_marks_follow_what_comes_and_goes() -> None:
    play, marks, name = Play(), Marks(), DialogueId("d")
    play.take(wrote("first"))
    for n in range(HEARD_MAX + 100):
        play.hear(wrote(f"{n % 300}"))
        if n > SCANNED_MAX:
            known = {one.mark.octets for one in play.line.heard}
            for words in ("first", f"{n % 300}", "never"):
                one = octets(words)
                assert marks.may_know(name, play.line, one) is (one in known)
    play.wait(301.0)
    play.hear(wrote("much later"))
    play.hear(*(wrote(f"again {n}") for n in range(SCANNED_MAX)))
    assert not marks.may_know(name, play.line, octets("5")), "all marks are others"
    assert marks.may_know(name, play.line, octets("much later"))


def test_marks_count_anew_when_a_mark_was_moved() -> None:
    play, marks, name = Play(), Marks(), DialogueId("d")
    play.take(wrote("first"))
    play.hear(*(wrote(f"{n}") for n in range(SCANNED_MAX)))
    assert marks.may_know(name, play.line, octets("first"))
    moved = mark("other words", sequence_number=9)
    play.hear(CallerRepeated(MessageId("m-first"), "n", moved))
    assert marks.may_know(name, play.line, moved.octets)
    assert not marks.may_know(name, play.line, octets("first"))


def test_only_so_many_dialogues_are_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "FOLLOWED_MAX", 2)
    play, marks = Play(), Marks()
    play.take(wrote("first"))
    play.hear(*(wrote(f"{n}") for n in range(SCANNED_MAX)))
    for name in ("a", "b", "c", "a"):
        assert marks.may_know(DialogueId(name), play.line, octets("first"))
        assert not marks.may_know(DialogueId(name), play.line, octets("never"))
