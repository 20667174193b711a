"""Shifts: two kinds of receivers print what was meant, and both readings are kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from text911.tty.code import FIGS, LTRS, REPERTOIRE, SPACE, Case, written
from text911.tty.shifts import (
    CHARACTERS_PER_SHIFT_MAX,
    Receiving,
    Sending,
    receive,
    send,
    text_of,
)

texts = st.text(alphabet=sorted(REPERTOIRE), max_size=300)


def flat(text: str, state: Sending | None = None) -> list[int]:
    return [code for codes in send(text, state) for code in codes]


def codes_of(letters: str) -> list[int]:
    return [written(letter).code for letter in letters]


@given(texts, st.booleans())
def test_a_sticky_receiver_prints_what_was_sent(text: str, careful: bool) -> None:
    assert text_of(receive(flat(text, Sending(careful=careful)))) == text


@given(texts, st.booleans())
def test_a_receiver_that_falls_back_at_a_space_prints_the_same(text: str, careful: bool) -> None:
    state = Receiving(falls_back=True)
    assert text_of(receive(flat(text, Sending(careful=careful)), state)) == text


@given(texts.filter(bool))
def test_every_carrier_begins_with_a_shift(text: str) -> None:
    assert flat(text)[0] in (LTRS, FIGS)


@given(texts)
def test_a_shift_is_never_more_than_72_characters_away(text: str) -> None:
    since = 0
    for code in flat(text):
        since = 0 if code in (LTRS, FIGS) else since + 1
        assert since <= CHARACTERS_PER_SHIFT_MAX


@given(texts)
def test_a_receiver_that_comes_late_prints_right_after_the_next_shift(text: str) -> None:
    codes = flat(text)
    places = [at for at, code in enumerate(codes) if code in (LTRS, FIGS)]
    for at in places[-3:]:
        rest = text_of(receive(codes[at:]))
        assert text.endswith(rest)


def test_a_plain_text_costs_one_shift() -> None:
    assert flat("HELP") == [LTRS, *codes_of("HELP")]


def test_72_letters_have_one_shift_and_73_have_two() -> None:
    assert flat("E" * 72).count(LTRS) == 1
    assert [len(codes) for codes in send("E" * 73)] == [2, *[1] * 71, 2]


def test_after_a_space_in_figures_the_next_character_has_its_shift() -> None:
    assert flat("4 5") == [FIGS, 0x0A, SPACE, FIGS, 0x10]
    assert flat("4 \r\n  T") == [FIGS, 0x0A, SPACE, 0x08, 0x02, SPACE, SPACE, LTRS, 0x10]


def test_after_a_space_in_letters_nothing_is_said_again() -> None:
    assert flat("A B") == [LTRS, *codes_of("A B")]


def test_a_careful_sender_shifts_at_every_word_and_line() -> None:
    assert flat("A B\r\nC", Sending(careful=True)) == [
        LTRS, *codes_of("A "), LTRS, *codes_of("B\r\n"), LTRS, *codes_of("C"),
    ]  # fmt: skip


def test_what_moves_the_paper_first_is_sent_in_letters() -> None:
    assert flat("\r\n5") == [LTRS, 0x08, 0x02, FIGS, 0x10]


def test_both_readings_of_a_character_are_kept() -> None:
    shift, three, space, letter = receive([FIGS, 0x01, SPACE, 0x05])
    assert (shift.reading, shift.other, shift.certain) == ("", "", True)
    assert (three.reading, three.other, three.case) == ("3", "E", Case.FIGURES)
    assert not three.certain
    assert (space.reading, space.other, space.certain) == (" ", " ", True)
    assert (letter.reading, letter.other) == ("\N{REPLACEMENT CHARACTER}", "S")


def test_a_carrier_without_a_shift_is_read_as_letters() -> None:
    assert text_of(receive(codes_of("HELP"))) == "HELP"


@given(st.lists(st.integers(0, 31)), st.booleans())
def test_the_codes_are_in_the_record_whatever_came(codes: list[int], falls_back: bool) -> None:
    heard = receive(codes, Receiving(falls_back=falls_back))
    assert [character.code for character in heard] == codes
