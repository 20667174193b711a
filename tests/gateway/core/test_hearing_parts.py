"""Concatenated texts (DESIGN 9.6), with the bounds of what waits for its parts."""

from __future__ import annotations

from itertools import permutations

import pytest
from msgspec.msgpack import encode
from msgspec.structs import replace

from text911.gateway.core.commands import Arm, GiveReceipt, Join, Part, Show, ShowCard
from text911.gateway.core.dialogue import advance
from text911.gateway.core.facts import Entry, Fact, PartsJoined
from text911.gateway.core.hearing import (
    JOINED_MAX,
    PARTIALS_MAX,
    PARTS_OCTETS_MAX,
    open_partials,
    timer_of,
)
from text911.gateway.core.state import Partial

from .stage import A, D, Play, joined, mark, only, sent_part, wrote

ORPHANS = 3_000  # the bounds hold at each of them, whatever their number


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
