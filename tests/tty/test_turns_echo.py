"""Our own tones that come back are not shown, and the caller's letters are never taken for them."""

from __future__ import annotations

import pytest

from text911.tty.turn_table import State, Stop, Typed

from .turned_line import Line


def test_our_own_echo_is_no_collision() -> None:
    line = Line()
    line.write("HELLO GA")
    line.leave(5)
    line.carrier(True)
    line.hear("HELLO")
    line.leave(3)
    line.hear(" GA")
    line.carrier(False)
    assert line.state() is State.MUTED
    assert line.of(Stop) == []
    assert line.shown == ""
    assert "".join(one.character.reading for one in line.done if isinstance(one, Typed)) == (
        "HELLO GA"
    )


def test_two_letters_that_might_be_an_echo_are_the_callers_when_a_third_is_not() -> None:
    line = Line()
    line.write("HELLO")
    line.leave(3)
    line.hear("HE IS HERE")
    assert line.shown == "HE IS HERE"


def test_an_echo_that_was_sure_is_not_shown_when_the_caller_comes_in() -> None:
    line = Line()
    line.write("HELLO THERE")
    line.leave(5)
    line.hear("HELLOX")
    assert line.shown == "X"
    assert line.state() is State.STOPPING


def test_an_echo_that_lags_is_known_however_long_the_text_is() -> None:
    line = Line()
    text = "PLEASE STAY WHERE YOU ARE AND WAIT FOR THE POLICE GA"
    line.write(text)
    line.leave(2)
    for character in text[:-2]:
        line.hear(character)
        line.leave(1)
    line.wait(0.31)  # the mute is over, the echo is not
    line.hear(text[-2:])
    assert line.shown == ""
    assert line.of(Stop) == []


def test_an_echo_that_was_sure_ends_in_time() -> None:
    line = Line()
    line.write("HELLO GA")
    line.leave(8)
    line.hear("HELLO G")
    line.wait(2)
    line.hear("A")
    assert line.shown == "A"


@pytest.mark.parametrize("still_typing", [True, False])
def test_what_the_caller_types_in_the_mute_is_not_lost_when_it_might_be_an_echo(
    still_typing: bool,
) -> None:
    line = Line()
    line.write("HELLO GA")
    line.leave(8)
    line.carrier(True)
    line.hear("H")
    line.carrier(still_typing)
    line.wait(0.3)
    assert line.shown == "H"
    assert line.state() is (State.HEARING if still_typing else State.THEIRS)


def test_it_is_not_lost_either_when_the_key_is_pressed() -> None:
    line = Line()
    line.write("HELLO GA")
    line.leave(8)
    line.hear("H")
    line.write("WAIT GA", "b")
    line.interrupt()
    assert line.shown == "H"
    assert line.state() is State.SENDING


def test_the_echo_of_a_very_short_text_is_not_shown() -> None:
    line = Line()
    line.write("GA")
    line.leave(2)
    line.hear("GA")
    line.wait(0.3)
    assert line.shown == ""
    assert line.state() is State.THEIRS


def test_the_same_new_line_from_both_sides_makes_no_echo_of_the_letter_behind_it() -> None:
    line = Line()
    line.types("FIRE GA")
    line.wait(0.5)
    line.write("WHERE GA")
    line.leave(5)
    line.hear("\r\nHX")
    assert line.shown == "FIRE GA\r\nHX"
