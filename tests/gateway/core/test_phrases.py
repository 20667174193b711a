"""What a caller types, as lines that grow: the same however it is cut into facts, nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from text911.gateway.core.commands import Show, ShowTyped
from text911.gateway.core.facts import CallerTyped, Fact, PsapEnded, TurnPassed
from text911.gateway.core.phrases import LINES_AT_ONCE, LONG, LONGEST, PAUSE
from text911.gateway.core.values import CallerKey, CarrierName, Character

from .stage import CallPlay, letters, only, typed_reply

RTT = CallerKey("rtt", CarrierName("south"), "leg-2")


def answered() -> CallPlay:
    play = CallPlay()
    play.take_call()
    return play


def test_the_first_letter_begins_a_line_and_the_others_make_it_longer() -> None:
    play = answered()
    shown, typed = play.hear(letters("F"))
    assert isinstance(shown, Show)
    assert (shown.kind, shown.text, shown.psap) == ("caller", "F", "ansonia")
    assert isinstance(typed, ShowTyped)
    assert (typed.sequence, typed.text, typed.open) == (shown.sequence, "F", True)
    (typed,) = only(ShowTyped, play.hear(letters("IRE")))
    assert (typed.sequence, typed.text, typed.open) == (shown.sequence, "FIRE", True)
    assert play.lines() == ["FIRE"]
    assert play.items[-1].open


def test_letters_that_came_badly_are_marked_where_they_stand() -> None:
    play = answered()
    play.hear(letters("FI"), letters("RE", confidence=0.6), letters(" AT"))
    play.hear(CallerTyped((Character("\ufffd", 0x05, "S", "\ufffd"),)))  # no such figure
    assert play.items[-1].text == "FIRE AT\ufffd"
    assert play.items[-1].unsure == (2, 3, 7)


def test_shifts_and_our_own_echo_are_in_the_record_and_not_on_the_page() -> None:
    play = answered()
    shift = CallerTyped((Character("", 0x1B),))
    assert play.hear(shift) == []
    assert play.hear(letters("WHAT", echo=True)) == []
    assert play.lines() == []
    assert play.call.phrase is None


@pytest.mark.parametrize("token", ["GA", "SK", "SKSK"])
def test_who_hands_over_has_ended_his_line(token: str) -> None:
    play = answered()
    play.hear(letters(f"HELP {token}"))
    (typed,) = only(ShowTyped, play.hear(TurnPassed("theirs", token)))
    assert (typed.text, typed.open) == (f"HELP {token}", False)
    play.hear(letters("HURRY"))
    assert play.lines() == [f"HELP {token}", "HURRY"]


def test_a_turn_that_passes_by_silence_ends_no_line() -> None:
    play = answered()
    play.hear(letters("I AM "), TurnPassed("ours"), letters("AT"))
    assert play.lines() == ["I AM AT"]


def test_when_we_type_what_the_caller_types_next_is_another_line() -> None:
    play = answered()
    play.hear(letters("HELP"), typed_reply("k1"), TurnPassed("sending"), letters("NO"))
    assert play.lines() == ["HELP", "NO"]
    play.hear(TurnPassed("interrupting"), letters("W"))
    assert play.lines() == ["HELP", "NOW"]


def test_a_pause_ends_a_line_and_less_does_not() -> None:
    play = answered()
    play.hear(letters("A"))
    play.wait(PAUSE)
    play.hear(letters("B"))
    play.wait(PAUSE + 0.5)
    play.hear(letters("C"))
    assert play.lines() == ["AB", "C"]
    assert [item.open for item in play.items if item.kind == "caller"] == [False, True]


def test_a_new_line_ends_a_line_once() -> None:
    play = answered()
    play.hear(letters("\r\nHELP\r\n\r\nME\u2028"))
    assert play.lines() == ["HELP", "ME"]


def test_a_long_line_ends_at_a_space_and_a_longer_one_anywhere() -> None:
    play = answered()
    play.hear(letters("A" * LONG + " B"))
    assert play.lines() == ["A" * LONG + " ", "B"]
    play = answered()
    play.hear(letters("A" * (LONGEST + 1)))
    assert play.lines() == ["A" * LONGEST, "A"]


def test_a_paste_of_many_lines_keeps_its_breaks_within_the_last() -> None:
    play = CallPlay(key=RTT)
    play.take_call()
    many = [f"line {number}" for number in range(12)]
    play.hear(letters("\u2028".join(many)))
    assert len(play.lines()) == LINES_AT_ONCE
    assert "\n".join(play.lines()).split("\n") == many
    play.hear(letters("\u2028more"))
    assert play.lines()[-1] == "more"


def test_a_paste_without_an_end_is_one_long_line_rather_than_lost() -> None:
    play = CallPlay(key=RTT)
    play.take_call()
    play.hear(letters("x" * (LONGEST * (LINES_AT_ONCE + 2))))
    assert [len(one) for one in play.lines()[:-1]] == [LONGEST] * (LINES_AT_ONCE - 1)
    assert sum(len(one) for one in play.lines()) == LONGEST * (LINES_AT_ONCE + 2)


def test_what_is_erased_is_gone_from_the_page_and_stays_in_the_record() -> None:
    play = answered()
    play.hear(letters("FIRR"), letters("X\b\bE", confidence=0.5))
    assert (play.items[-1].text, play.items[-1].unsure) == ("FIRE", (3,))
    assert "X" in str(play.entries[-1].fact)


def test_a_line_that_is_erased_to_nothing_stays_as_an_empty_one() -> None:
    play = answered()
    play.hear(letters("NO\b\b\b"))
    assert play.lines() == [""]
    play.hear(letters("YES"))
    assert play.lines() == ["YES"]


def test_erasing_a_new_line_takes_the_line_up_again() -> None:
    play = answered()
    play.hear(letters("ELM\r\n\bS"))
    assert play.lines() == ["ELMS"]


def test_erasing_after_the_turn_was_passed_takes_a_letter_of_the_last_line() -> None:
    play = answered()
    play.hear(letters("12 GA"), TurnPassed("theirs", "GA"), letters("\b\b\b3"))
    assert play.lines() == ["123"]


def test_erasing_before_anything_was_typed_is_nothing() -> None:
    assert answered().hear(letters("\b")) == []


def test_what_is_typed_when_the_dialogue_is_over_is_written_down_and_told_as_not_read() -> None:
    play = answered()
    play.hear(PsapEnded(*play.leg, "end", "Kim"), letters("W"), letters("AIT"))
    shown = [one for one in play.transcript if one.kind == "caller"]
    assert [one.notes for one in shown] == [("shown to nobody",)]
    assert play.lines() == ["WAIT"]
    assert play.automatics == ["M3", "M7"]


TEXT = st.text(st.sampled_from("AB \r\n\u2028X"), min_size=1, max_size=30)
BETWEEN: st.SearchStrategy[Fact | float] = st.one_of(
    st.sampled_from([TurnPassed("theirs", "GA"), TurnPassed("sending"), TurnPassed("hearing")]),
    st.sampled_from([1.0, 11.0]),
)
STORY = st.lists(st.one_of(TEXT, TEXT, BETWEEN), max_size=12)


@settings(max_examples=150, deadline=None)
@given(STORY)
def test_no_letter_is_lost_and_none_is_doubled(story: list[str | Fact | float]) -> None:
    play = answered()
    said = ""
    for one in story:
        if isinstance(one, str):
            play.hear(letters(one))
            said += one
        elif isinstance(one, float | int):
            play.wait(one)
        else:
            play.hear(one)

    def bare(text: str) -> str:
        return "".join(text.split("\n")).replace("\r", "").replace("\u2028", "")

    assert bare("".join(play.lines())) == bare(said)
    assert all(item.text for item in play.items)


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("AB \b\r"), min_size=1, max_size=25), st.data())
def test_it_reads_the_same_however_it_was_cut_into_ticks(text: str, data: st.DataObject) -> None:
    assume(text.count("\r") < LINES_AT_ONCE - 1)  # else some breaks stay within a line
    whole, cut = answered(), answered()
    whole.hear(letters(text))
    rest = text
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        cut.hear(letters(rest[:size]))
        rest = rest[size:]
    # One that was taken back within a tick was never seen; in several it is an empty line.
    assert [one for one in whole.lines() if one] == [one for one in cut.lines() if one]
