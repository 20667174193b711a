"""Whose turn it is to type: ours on a free line, theirs until GA or until they are silent."""

from __future__ import annotations

import pytest

from text911.tty.tokens import Token
from text911.tty.turn_table import Heard, Left, State, Type

from .turned_line import Line


def test_on_a_free_line_what_is_written_leaves_at_once() -> None:
    line = Line()
    assert Type("a", "HI GA") in line.write("HI GA")
    line.leave(5)
    assert line.of(Left)[-1] == Left("a", 5, whole=True)
    assert line.state() is State.MUTED
    line.wait(0.3)
    assert line.state() is State.THEIRS


def test_without_ga_the_turn_stays_ours() -> None:
    line = Line()
    line.write("HI")
    line.leave(2)
    line.wait(0.3)
    assert line.state() is State.OURS


def test_a_second_text_follows_on_the_same_carrier() -> None:
    line = Line()
    line.write("HI", "a")
    line.write("GA", "b")
    line.leave(2)
    assert line.done[-1] == Type("b", "GA")
    line.leave(2)
    assert line.state() is State.MUTED


def test_while_the_caller_types_what_is_written_is_held_until_ga() -> None:
    line = Line()
    line.carrier(True)
    line.hear("FIRE GA")
    assert not any(isinstance(one, Type) for one in line.write("WHERE GA"))
    line.carrier(False)
    line.wait(0.39)
    assert line.of(Type) == []
    assert Type("a", "\r\nWHERE GA") in line.wait(0.02)
    assert line.of(Heard) == [Heard(Token.GA)]


def test_without_ga_the_line_is_free_after_a_silence() -> None:
    line = Line()
    line.types("FIRE")
    line.write("WHERE GA")
    line.wait(2.9)
    assert line.of(Type) == []
    line.wait(0.2)
    assert line.of(Type) == [Type("a", "\r\nWHERE GA")]


@pytest.mark.parametrize("text", ["I AM IN AUGUSTA, GA", "FIRE IN THE GARAGE"])
def test_a_state_or_a_part_of_a_word_hands_nothing_over(text: str) -> None:
    line = Line()
    line.types(text)
    line.wait(1.0)
    assert line.state() is State.THEIRS
    assert line.of(Heard) == []


def test_ga_and_more_after_it_is_no_turn() -> None:
    line = Line()
    line.types("FIRE GA")
    line.wait(0.2)
    line.types("RAGE")
    line.wait(1.0)
    assert line.state() is State.THEIRS


def test_what_was_erased_counts_no_more() -> None:
    line = Line()
    line.types("FIRE GAX\b")
    line.wait(0.5)
    assert line.state() is State.OURS
    assert line.shown == "FIRE GAX\b"


@pytest.mark.parametrize("end", ["SK", "SKSK", "SK SK", "GA SK"])
def test_after_sk_the_line_stays_open(end: str) -> None:
    line = Line()
    line.types(f"BYE {end}")
    line.wait(60)
    assert line.state() is State.OURS
    assert Type("a", "\r\nARE YOU SAFE GA") in line.write("ARE YOU SAFE GA")


def test_words_about_turns_are_told_as_they_end() -> None:
    line = Line()
    line.carrier(True)
    line.hear("WHAT QQ HD GIRL XXX BOY  QQ")
    assert line.of(Heard) == [Heard(Token.QQ), Heard(Token.HD), Heard(Token.XXX)]
    line.carrier(False)
    line.wait(4)
    assert line.of(Heard)[-1] == Heard(Token.QQ)


def test_our_turn_begins_a_line_behind_what_the_caller_typed_and_is_told_without_it() -> None:
    line = Line()
    line.types("FIRE GA")
    line.wait(0.5)
    line.write("WHERE GA")
    line.write("NOW", "b")
    line.leave(2)
    assert line.of(Left) == []
    line.leave(8)
    assert line.of(Type) == [Type("a", "\r\nWHERE GA"), Type("b", "NOW")]
    assert line.of(Left)[-1] == Left("a", 8, whole=True)


@pytest.mark.parametrize("ending", ["\r\n", "\n\r"])
def test_unless_the_caller_has_begun_one(ending: str) -> None:
    line = Line()
    line.types(f"FIRE GA{ending}")
    line.wait(0.5)
    line.write("WHERE GA")
    assert line.of(Type) == [Type("a", "WHERE GA")]


@pytest.mark.parametrize(("said", "lead"), [("NO", "\r\n"), ("NO\r\n", "")])
def test_a_new_line_that_was_cut_off_is_made_anew_where_one_is_needed(said: str, lead: str) -> None:
    line = Line()
    line.types("FIRE GA")
    line.wait(0.5)
    line.write("WHERE GA")
    line.leave(1)
    line.types(said)
    line.stopped()
    line.wait(10)
    assert line.of(Type)[-1] == Type("a", f"{lead}WHERE GA")


def test_a_carrier_without_characters_does_not_hold_the_line_for_ever() -> None:
    line = Line()
    line.carrier(True)
    line.write("HELLO GA")
    line.wait(9)
    assert line.of(Type) == []
    line.wait(2)
    assert line.of(Type) == [Type("a", "HELLO GA")]
