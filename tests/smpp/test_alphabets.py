"""data_coding to alphabet, octets to text, and what is said about octets that do not fit."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.smpp.alphabets import Alphabet, alphabet_of, decode, in_hex, with_tables

CODINGS: list[tuple[int, Alphabet]] = [
    (0x00, "latin1"),
    (0x01, "ascii"),
    (0x02, "octets"),
    (0x03, "latin1"),
    (0x04, "octets"),
    (0x05, "jis"),
    (0x08, "ucs2"),
    (0x09, "pictograms"),
    (0x0B, "latin1"),
    (0x10, "gsm7"),
    (0x14, "octets"),
    (0x18, "ucs2"),
    (0x1C, "latin1"),
    (0x20, "compressed"),
    (0x40, "gsm7"),
    (0xBF, "latin1"),
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
    packed = {"gsm7": "packed", "latin1": "latin1" if data_coding == 3 else "packed"}
    assert alphabet_of(data_coding, "packed") == packed.get(alphabet, alphabet)


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
        (b"\x01\xa2", "octets", "[2 octets of data: 01 A2]", "not text: 2 octets"),
        (b"\x01", "pictograms", "[1 octet of pictograms: 01]", "not text: 1 octet"),
        (b"\x01", "compressed", "[1 octet of compressed text: 01]", "not text"),
        (b"", "octets", "", ""),
        (b"\xe8\x32\x9b\xfd\x06", "packed", "hello", ""),
        ("помогите".encode("iso8859-5"), "cyrillic", "помогите", ""),
        ("הצילו".encode("iso8859-8"), "hebrew", "הצילו", ""),
        (b"ab\xff", "hebrew", "ab\ufffd", "not all of it is Hebrew (ISO-8859-8): 61 62 FF"),
        ("助けて".encode("iso2022_jp"), "iso2022jp", "助けて", ""),
        ("助けて".encode("euc_jp"), "eucjp", "助けて", ""),
        ("도와주세요".encode("euc_kr"), "ksc5601", "도와주세요", ""),
        (b"\xb5\xb5\xff", "ksc5601", "도\ufffd", "not all of it is Korean"),
        ("助けて".encode("iso2022_jp"), "jis", "助けて", ""),
        ("助けて".encode("shift_jis"), "jis", "助けて", "read as Shift_JIS"),
        (b"\xbd\xf5\xa4\xb1\xff", "jis", "助け\ufffd", "not all of it is EUC-JP"),
        (b"\x3d\x75\x24\x31\x24\x46", "jis", "助けて", "JIS X 0208 without escapes"),
        (b"help", "jis", "help", ""),
        (b"$100", "jis", "$100", ""),
        (b"$1$F$", "jis", "$1$F$", ""),
        (b"$1$\x7f", "jis", "$1$\x7f", ""),
        (b"a\x0b", "gsm7/1.0", "aĞ", ""),
        (b"\x1be\x1bS", "gsm7/0.1", "€Ş", ""),
        (b"\x00", "gsm7/2.0", "@", "no locking shift table has the number 2 (Spanish)"),
        (b"\x00", "gsm7/0.77", "@", "no single shift table has the number 77 (unknown)"),
        (b"\x0c", "gsm7/7.0", "\ufffd", "Kannada has no character for some septets: 0C"),
        (b"\x80", "gsm7/7.0", "\ufffd", "octets above 7F"),
    ],
)
def test_what_does_not_fit_is_kept_visible_and_said_in_words(
    octets: bytes, alphabet: str, text: str, remark: str
) -> None:
    read = decode(octets, alphabet)
    assert read.text == text
    assert remark in "".join(read.remarks)
    assert bool(read.remarks) is bool(remark)


@pytest.mark.parametrize("alphabet", ["gsm8", "gsm7/1", "morse", "ucs2/1.1"])
def test_an_alphabet_that_nobody_knows_is_our_own_mistake(alphabet: str) -> None:
    with pytest.raises(ValueError, match="no alphabet is called"):
        decode(b"x", alphabet)


def test_tables_are_part_of_the_name_and_no_tables_are_the_plain_one() -> None:
    assert (with_tables(0, 0), with_tables(0, 3), with_tables(6, 6)) == (
        "gsm7",
        "gsm7/0.3",
        "gsm7/6.6",
    )


def test_octets_are_written_out_as_far_as_a_short_message_goes() -> None:
    assert in_hex(b"\x0a" * 140) == " ".join(["0A"] * 140)
    assert in_hex(b"\x0a" * 150).endswith("0A and 10 more")


@given(st.binary(), st.sampled_from([*get_args(Alphabet), "gsm7/6.6", "gsm7/200.1"]))
def test_any_octets_in_any_alphabet_can_be_read_and_octets_never_vanish(
    octets: bytes, alphabet: str
) -> None:
    read = decode(octets, alphabet)
    read.text.encode("utf-8")
    if alphabet in ("octets", "pictograms", "compressed") and octets:
        assert octets[:140].hex(" ").upper() in read.text


def test_nothing_at_all_is_read_as_nothing() -> None:
    for alphabet in get_args(Alphabet):
        assert decode(b"", alphabet).text == ""
