from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.smpp.explaining.hexadecimal import NotHexadecimal, parse

ENQUIRY = bytes.fromhex("00000010 00000015 00000000 00000001")
LONG = bytes(range(40))

XXD = """\
00000000: 0001 0203 0405 0607 0809 0a0b 0c0d 0e0f  ................
00000010: 1011 1213 1415 1617 1819 1a1b 1c1d 1e1f  ................
00000020: 2021 2223 2425 2627                       !"#$%&'
"""
HEXDUMP = """\
00000000  00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f  |................|
00000010  10 11 12 13 14 15 16 17  18 19 1a 1b 1c 1d 1e 1f  |................|
00000020  20 21 22 23 24 25 26 27                           | !"#$%&'|
00000028
"""
TSHARK = """\
0000  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f   ................
0010  10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f   ................
0020  20 21 22 23 24 25 26 27                            !"#$%&'
"""


@pytest.mark.parametrize(
    "text",
    [
        "00000010000000150000000000000001",
        "00 00 00 10 00 00 00 15 00 00 00 00 00 00 00 01",
        "00:00:00:10:00:00:00:15:00:00:00:00:00:00:00:01",
        "0x00000010 0x00000015 0x00000000 0x00000001",
        "0x0, 0x0, 0x0, 0x10, 0x0, 0x0, 0x0, 0x15, 00000000, 000000, 0x1",
        '"\\x00\\x00\\x00\\x10\\x00\\x00\\x00\\x15\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x01"',
        "00000010\n00000015\n00000000\n00000001\n",
        "00000010  00000015\n00000000  00000001",
        "<000000 100000 001500 000000 000000 01>",
    ],
)
def test_bare_hexadecimal_is_read_however_it_is_divided(text: str) -> None:
    assert parse(text) == [ENQUIRY]


@pytest.mark.parametrize("dump", [XXD, HEXDUMP, TSHARK], ids=["xxd", "hexdump", "tshark"])
def test_a_dump_is_read_without_its_offsets_and_characters(dump: str) -> None:
    assert parse(dump) == [LONG]
    assert parse(f"\n{dump.upper()}\n") == [LONG]


def test_characters_that_are_digits_are_not_read() -> None:
    text = "00000000: 6162 6364 6566 6061 6263 6465 6660 6162  abcdef`abcdef`ab\n"
    assert parse(text) == [bytes.fromhex("6162636465666061626364656660 6162")]
    assert parse("0000  61 62                     ab\n") == [b"ab"]
    assert parse("0000  61 62\n0002: 63 64 :-)\n") == [b"abcd"]


def test_every_dump_is_one_run() -> None:
    assert parse(TSHARK + "\n" + TSHARK) == [LONG, LONG]


def test_an_excerpt_may_begin_anywhere() -> None:
    assert parse("".join(XXD.splitlines(keepends=True)[1:])) == [LONG[16:]]


def test_what_was_put_together_of_frames_is_not_read_twice() -> None:
    text = f"Frame (40 bytes):\n{TSHARK}\nReassembled TCP (80 bytes):\n{TSHARK}{TSHARK}\n"
    assert parse(text) == [LONG]


@given(st.binary(min_size=1, max_size=200))
def test_what_is_dumped_is_read_again(octets: bytes) -> None:
    rows = [octets[at : at + 16] for at in range(0, len(octets), 16)]
    letters = ["".join(chr(o) if 0x20 < o < 0x7F else "." for o in row) for row in rows]
    dump = "\n".join(
        f"{16 * n:04x}  {row.hex(' '):<47}   {text}"
        for n, (row, text) in enumerate(zip(rows, letters, strict=True))
    )
    assert parse(dump) == [octets]
    assert parse(octets.hex(" ")) == [octets]


@given(st.text(max_size=80) | st.text("0123456789abcdef: x\n|", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(NotHexadecimal):
        assert 2 * sum(map(len, parse(text))) <= len(text) + text.lower().count("x")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("00 0g", "line 1, column 5 is no hexadecimal digit"),
        ("00\n00 hello", "line 2, column 4 is no hexadecimal digit"),
        ("001", "3 hexadecimal digits are half an octet too many"),
        (XXD.replace("00000020", "00000030"), "line 3 has offset 00000030, and 32 octets stand"),
        (XXD + "and so on\n", "line 4 is no row of a dump"),
        (HEXDUMP.replace("00000028\n", "00000029\n"), "line 4 is no row of a dump"),
    ],
)
def test_what_is_no_hexadecimal_is_said_with_its_place(text: str, said: str) -> None:
    with pytest.raises(NotHexadecimal, match=said):
        parse(text)


def test_nothing_is_nothing() -> None:
    assert parse("") == parse(" \n") == [b""]
