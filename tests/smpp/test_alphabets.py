"""data_coding to alphabet, octets to text, and what is said about octets that do not fit."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.smpp.alphabets import Alphabet, alphabet_of, decode

CODINGS: list[tuple[int, Alphabet]] = [
    (0x00, "latin1"),
    (0x01, "ascii"),
    (0x02, "octets"),
    (0x03, "latin1"),
    (0x04, "octets"),
    (0x05, "octets"),
    (0x08, "ucs2"),
    (0x09, "octets"),
    (0x10, "gsm7"),
    (0x14, "octets"),
    (0x18, "ucs2"),
    (0x1C, "octets"),
    (0x40, "octets"),
    (0xBF, "octets"),
    (0xC8, "gsm7"),
    (0xD0, "gsm7"),
    (0xE0, "ucs2"),
    (0xF0, "gsm7"),
    (0xF4, "octets"),
    (0xF5, "octets"),
]


@pytest.mark.parametrize(("data_coding", "alphabet"), CODINGS)
def test_data_coding_names_the_alphabet_and_0_is_the_accounts(
    data_coding: int, alphabet: Alphabet
) -> None:
    assert alphabet_of(data_coding, "latin1") == alphabet


@given(st.integers(0, 255), st.binary())
def test_every_coding_of_any_octets_can_be_read(data_coding: int, octets: bytes) -> None:
    read = decode(octets, alphabet_of(data_coding, "gsm7"))
    read.text.encode("utf-8")  # whole characters only


@given(st.text(st.characters(exclude_categories=["Cs"])).filter(lambda t: t[:1] != "\ufeff"))
def test_ucs2_is_utf_16_and_comes_back_without_a_remark(text: str) -> None:
    read = decode(text.encode("utf-16-be"), "ucs2")
    if text[:1] == "\ufffe":
        assert read.remarks
    else:
        assert (read.text, read.remarks) == (text, ())


@pytest.mark.parametrize(
    ("octets", "alphabet", "text", "remark"),
    [
        (b"\xfe\xff\x00h", "ucs2", "h", ""),
        (b"\xff\xfeh\x00", "ucs2", "h", "little-endian"),
        (b"\x00h\x41", "ucs2", "h\ufffd", "odd number of octets in UCS-2: the last one, 41"),
        (b"\xd8\x3d\x00h", "ucs2", "\ufffdh", "half a character"),
        (b"\x00h\xd8\x3d", "ucs2", "h\ufffd", "half a character"),
        (b"\xde\x91", "ucs2", "\ufffd", "half a character"),
        (b"\xd8\x3d\xde\x91", "ucs2", "🚑", ""),
        (b"caf\xe9", "ascii", "café", "ASCII"),
        (b"cafe", "ascii", "cafe", ""),
        (b"caf\xe9", "gsm7", "café", "GSM-7"),
        (b"cafe", "gsm7", "cafe", ""),
        (b"caf\xe9", "latin1", "café", ""),
        (b"\x01\x02", "octets", "", "not text: 2 octets"),
        (b"", "octets", "", ""),
    ],
)
def test_what_does_not_fit_is_kept_visible_and_said_in_words(
    octets: bytes, alphabet: Alphabet, text: str, remark: str
) -> None:
    read = decode(octets, alphabet)
    assert read.text == text
    assert remark in "".join(read.remarks)
    assert bool(read.remarks) is bool(remark)


def test_nothing_at_all_is_read_as_nothing() -> None:
    for alphabet in get_args(Alphabet):
        assert decode(b"", alphabet).text == ""
