"""Repeats (DESIGN 9.1), each rule with its boundaries, and the marks by which they are known."""

from __future__ import annotations

import pytest

from text911.gateway.core import hearing
from text911.gateway.core.commands import GiveReceipt
from text911.gateway.core.facts import CallerRepeated, CallerWrote, RepeatSuspected
from text911.gateway.core.hearing import (
    HEARD_KEPT,
    HEARD_MAX,
    SCANNED_MAX,
    Marks,
    Rule,
    repeat_of,
    retry_of,
)
from text911.gateway.core.values import DialogueId, Mark, MessageId

from .stage import Play, mark, only, wrote


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
