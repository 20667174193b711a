"""The national language tables: the standard's counts, known letters, and reading with them."""

# ruff: noqa: RUF001 - look-alikes are what this page is about

from __future__ import annotations

from unicodedata import name

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.smpp import gsm7
from text911.smpp.national import HOLE, LANGUAGES, LOCKING, SINGLE

ESCAPE_AT = 0x1B
SCRIPTS = {
    4: "BENGALI",
    5: "GUJARATI",
    6: "DEVANAGARI",
    7: "KANNADA",
    8: "MALAYALAM",
    9: "ORIYA",
    10: "GURMUKHI",
    11: "TAMIL",
    12: "TELUGU",
    13: "ARABIC",
}


def test_thirteen_languages_have_a_single_shift_table_and_all_but_spanish_a_locking_one() -> None:
    assert sorted(LANGUAGES) == sorted(SINGLE) == list(range(1, 14))
    assert set(LANGUAGES) - set(LOCKING) == {2}


@pytest.mark.parametrize("number", sorted(LOCKING))
def test_a_locking_table_has_128_places_and_no_character_twice(number: int) -> None:
    table = LOCKING[number]
    assert len(table) == 128
    assert (table[0x0A], table[0x0D], table[0x20], table[ESCAPE_AT]) == ("\n", "\r", " ", "\x1b")
    letters = table.replace(HOLE, "")
    assert len(set(letters)) == len(letters)


# 128 places less those the standard leaves empty.
@pytest.mark.parametrize(
    ("number", "locking", "single"),
    [
        (1, 128, 17),
        (2, 0, 19),
        (3, 128, 37),
        (4, 115, 82),
        (5, 121, 70),
        (6, 128, 88),
        (7, 121, 73),
        (8, 121, 82),
        (9, 117, 75),
        (10, 111, 76),
        (11, 103, 77),
        (12, 121, 78),
        (13, 128, 90),
    ],
)
def test_so_many_places_are_taken(number: int, locking: int, single: int) -> None:
    assert len(LOCKING.get(number, "").replace(HOLE, "")) == locking
    assert len(SINGLE[number]) == single


@pytest.mark.parametrize("number", sorted(SCRIPTS))
def test_what_is_beyond_latin_belongs_to_the_script(number: int) -> None:
    letters = set(LOCKING[number]) | set(SINGLE[number].values())
    beyond = {letter for letter in letters if letter > "\u02ff"} - {HOLE, "€"}
    assert len(beyond) > 70
    shared = {"DEVANAGARI DANDA", "DEVANAGARI DOUBLE DANDA"}
    for letter in beyond:
        called = name(letter)
        assert SCRIPTS[number] in called or called in shared


def test_every_extension_keeps_the_ten_signs() -> None:
    for table in SINGLE.values():
        assert gsm7.EXTENSION.items() <= table.items()
        assert ESCAPE_AT not in table


@pytest.mark.parametrize(
    ("octets", "locking", "single", "text"),
    [
        (b"a\x0ba\x0c \x07", 1, 0, "aĞağ ı"),
        (b"\x1bs\x1bS\x1be", 0, 1, "şŞ€"),
        (b"d\x1bias \x1bU", 0, 2, "días Ú"),
        (b"\x1b{\x1b|", 0, 3, "ãõ"),
        (b"n{o ", 3, 0, "não "),
        (b"\x2f\x0c", 6, 0, "न\u090d"),
        (b"\x1b\x19\x1b\x1c", 6, 6, "।०"),
        (b"\x1b\x19\x1b\x1c", 4, 4, "০২"),
        (b"\x24\x2c", 7, 0, "ಡ,"),
        (b"\x45\x52\x42", 13, 0, "ف\u06bcط"),
        (b"\x00\x1be", 2, 99, "@€"),  # neither has a table: the default
        (b"\x1b\x0b", 1, 1, "Ğ"),  # a pair nobody knows shows its base character
        (b"\x1b\x1b\x0b\x1b", 1, 1, " Ğ "),
        (b"\xe9\x80", 1, 0, "é\ufffd"),
    ],
)
def test_septets_are_read_with_the_tables_of_the_header(
    octets: bytes, locking: int, single: int, text: str
) -> None:
    assert gsm7.decode(octets, locking, single) == text


@given(st.sampled_from(sorted(LOCKING)), st.data())
def test_every_text_of_a_locking_table_is_read_back(number: int, data: st.DataObject) -> None:
    table = LOCKING[number]
    places = [at for at, letter in enumerate(table) if letter not in (HOLE, "\x1b")]
    taken = data.draw(st.lists(st.sampled_from(places)))
    assert gsm7.decode(bytes(taken), number) == "".join(table[at] for at in taken)


@given(st.sampled_from([0, *SINGLE]), st.data())
def test_every_text_with_a_single_shift_comes_back(number: int, data: st.DataObject) -> None:
    letters = gsm7.DEFAULT.replace("\x1b", "") + "".join(SINGLE.get(number, {}).values())
    text = data.draw(st.text(letters))
    assert not gsm7.lacks(text, number)
    octets = gsm7.encode(text, number)
    assert gsm7.septets(text, number) == len(octets)
    assert gsm7.decode(octets, 0, number) == text


@given(st.binary(), st.integers(0, 255), st.integers(0, 255))
def test_any_octets_can_be_read_with_any_numbers(octets: bytes, locking: int, single: int) -> None:
    assert len(gsm7.decode(octets, locking, single)) <= len(octets)
