"""The code table against the letters of the standard, in both directions."""

from __future__ import annotations

import pytest

from text911.tty.code import (
    FIGS,
    LTRS,
    REPERTOIRE,
    TABLE,
    UNASSIGNED,
    Case,
    bits,
    code_of,
    reading,
    written,
)

# In the order of their codes, a dot where a code prints no letter.
LETTERS = ".E.A.SIU.DRJNFCKTZLWHYPQOBG.MXV."


def test_the_letters_are_those_of_the_standard() -> None:
    assert [
        (code, reading(code, Case.LETTERS)) for code, row in enumerate(LETTERS) if row != "."
    ] == [(code, letter) for code, letter in enumerate(LETTERS) if letter != "."]
    assert sorted(LETTERS.replace(".", "")) == sorted("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@pytest.mark.parametrize(
    ("letter", "figure"),
    list(zip("EAIUDRJNFCKTZLWHYPQOBGMXV", "3-87$4',!:(5\")2=6019?+./;", strict=True)),
)
def test_a_letter_and_its_figure_share_a_code(letter: str, figure: str) -> None:
    assert written(letter).code == written(figure).code
    assert (written(letter).case, written(figure).case) == (Case.LETTERS, Case.FIGURES)


@pytest.mark.parametrize(
    ("code", "character"), [(0x00, "\b"), (0x02, "\n"), (0x04, " "), (0x08, "\r")]
)
def test_what_moves_the_paper_is_in_both_cases(code: int, character: str) -> None:
    assert TABLE[code] == (character, character)
    assert (written(character).code, written(character).case) == (code, None)


def test_a_shift_prints_nothing_and_the_hole_in_the_table_says_so() -> None:
    assert {reading(code, case) for code in (FIGS, LTRS) for case in Case} == {""}
    assert reading(0x05, Case.FIGURES) == UNASSIGNED
    assert UNASSIGNED not in REPERTOIRE


def test_the_repertoire_is_letters_digits_fifteen_marks_and_four_movements() -> None:
    marks = set("-$',!:(\")=?+./;")
    assert len(marks) == 15
    assert set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \r\n\b") | marks == REPERTOIRE


def test_every_character_is_read_back_as_it_was_written() -> None:
    for character in REPERTOIRE:
        how = written(character)
        for case in (how.case,) if how.case else Case:
            assert reading(how.code, case) == character


@pytest.mark.parametrize("character", ["a", "@", "#", "é", "", "AB"])
def test_what_no_tty_has_is_refused_with_what_to_do(character: str) -> None:
    with pytest.raises(ValueError, match="spell the text first"):
        written(character)


def test_bits_are_sent_least_significant_first() -> None:
    assert bits(0x01) == (1, 0, 0, 0, 0)
    assert bits(0x1B) == (1, 1, 0, 1, 1)
    assert [code_of(bits(code)) for code in range(32)] == list(range(32))


def test_a_code_has_five_bits() -> None:
    with pytest.raises(ValueError, match="5 data bits, not 4"):
        code_of((1, 0, 0, 0))
