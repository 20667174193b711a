"""Our own texts, cut for the wire."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.smpp import gsm7
from text911.smpp.alphabets import Alphabet, alphabet_of
from text911.smpp.segments import coded, compose


def texts(sent_segments: tuple[bytes, ...]) -> list[str]:
    return [segment.decode("utf-16-be") for segment in sent_segments]


@pytest.mark.parametrize(
    ("text", "alphabet", "sizes", "left"),
    [
        ("", "GSM-7", [0], 160),
        ("x" * 160, "GSM-7", [160], 0),
        ("x" * 161, "GSM-7", [153, 8], 145),
        ("€" * 80, "GSM-7", [160], 0),
        ("€" * 81, "GSM-7", [152, 10], 143),  # 153 is odd, and a pair is never cut
        ("á" * 70, "UCS-2", [140], 0),
        ("á" * 71, "UCS-2", [134, 8], 63),
        ("🚑" * 36, "UCS-2", [132, 12], 61),  # 67 is odd, and a pair is never cut
    ],
)
def test_a_part_is_as_full_as_it_may_be(
    text: str, alphabet: str, sizes: list[int], left: int
) -> None:
    sent = compose(text)
    assert sent.alphabet == alphabet
    assert [len(segment) for segment in sent.segments] == sizes
    assert sent.left == left
    assert sent.data_coding == (0 if alphabet == "GSM-7" else 8)


@given(st.text(max_size=500))
def test_no_part_is_too_long_and_none_is_lost(text: str) -> None:
    sent = compose(text)
    gsm = sent.alphabet == "GSM-7"
    alone, each = (160, 153) if gsm else (140, 134)
    limit = alone if len(sent.segments) == 1 else each
    assert all(len(segment) <= limit for segment in sent.segments)
    unit = 1 if gsm else 2
    assert sent.left == (limit - len(sent.segments[-1])) // unit
    for segment in sent.segments:
        if not gsm:
            segment.decode("utf-16-be")  # no half of a pair
        assert not (gsm and segment.endswith(b"\x1b"))


def test_words_stay_whole_where_that_is_possible() -> None:
    first, second = compose("word " * 33).segments
    assert (len(first), len(second)) == (150, 15)
    first, second = compose("x" * 100 + " " + "y" * 100).segments
    assert len(first) == 153  # the word is too long to move


def test_emoji_and_marks_stay_whole_across_parts() -> None:
    family = "👨\u200d👩\u200d👧"
    flag = "🇺🇸"
    thumb = "👍🏽"
    accented = "x\u0323\u0301"
    wales = "🏴\U000e0067\U000e0062\U000e007f"
    for whole in (family, flag, thumb, accented, wales, "\r\n"):
        for before in range(60, 68):
            pieces = texts(compose("☃" * before + whole * 3).segments)
            rest = "".join(pieces).replace("☃", "")
            assert rest == whole * 3
            assert all(len(p.replace("☃", "")) % len(whole) == 0 for p in pieces)


def test_what_is_longer_than_a_part_falls_apart_between_characters() -> None:
    pieces = texts(compose("x" + "\u0301\u0323" * 60).segments)
    assert len(pieces) == 2
    assert "".join(pieces) == "x" + "\u0301\u0323" * 60


def test_typography_is_replaced_only_where_that_saves_the_alphabet() -> None:
    assert compose("“hi”").as_sent == '"hi"'
    assert compose("“🚑”").as_sent == "“🚑”"
    assert compose("a\ud800").as_sent == "a\ufffd"


@pytest.mark.parametrize(
    ("default", "text", "data_coding", "octets"),
    [
        ("gsm7", "@é", 0, b"\x00\x05"),
        ("packed", "@é", 0, b"\x00\x05"),
        ("ascii", "@", 0, b"\x00"),
        ("ascii", "é", 8, b"\x00\xe9"),
        ("latin1", "@é", 0, b"\x00\x05"),
        ("latin1", "", 0, b""),
        ("latin1", "€", 8, b"\x20\xac"),
        ("ucs2", "@", 8, b"\x00@"),
        ("octets", "@", 8, b"\x00@"),
    ],
)
def test_what_data_coding_0_cannot_write_on_an_account_is_not_said_in_it(
    default: Alphabet, text: str, data_coding: int, octets: bytes
) -> None:
    sent = compose(text, default)
    assert (sent.data_coding, sent.segments) == (data_coding, (octets,))


@pytest.mark.parametrize(
    ("default", "text", "single", "data_coding", "octets"),
    [
        ("gsm7", "@é", 0, 0, b"\x00\x05"),
        ("packed", "@é", 0, 0, b"\x80\x02"),
        ("ascii", "@", 0, 0, b"@"),
        ("latin1", "@é", 0, 0, b"@\xe9"),
        ("latin1", "", 0, 0, b""),
        ("ascii", "é", 0, 0xF1, b"\x05"),  # the account's 0 has no such letter
        ("latin1", "€", 0, 0xF1, b"\x1b\x65"),
        ("ucs2", "@", 0, 0xF1, b"\x00"),
        ("latin1", "á", 2, 0xF1, b"\x1ba"),  # a table is for septets
    ],
)
def test_septets_are_written_as_the_account_has_them(
    default: Alphabet, text: str, single: int, data_coding: int, octets: bytes
) -> None:
    assert coded(gsm7.encode(text, single), single, default, 0) == (data_coding, octets)
    assert alphabet_of(0xF1, default) in ("gsm7", "packed")


def test_octets_from_before_the_account_was_said_to_pack_go_as_they_are() -> None:
    assert coded(b"\xe9", 0, "packed", 0) == (0, b"\xe9")


@pytest.mark.parametrize(
    ("text", "alphabet", "sizes", "left"),
    [
        ("á" + "x" * 153, "GSM-7 Spanish", [155], 0),  # one of them takes two places
        ("á" + "x" * 154, "GSM-7 Spanish", [149, 7], 142),
        ("é" * 160, "GSM-7", [160], 0),
        ("áб", "UCS-2", [4], 68),  # no table has both
        ("ã", "GSM-7 Portuguese", [2], 153),
        ("ç", "GSM-7", [1], 159),  # the same letter in the default alphabet
        ("çá", "GSM-7 Spanish", [4], 151),  # which the table has by itself
        ("\u201cá\u201d", "GSM-7 Spanish", [4], 151),
        ("á" * 78, "GSM-7 Spanish", [148, 8], 141),  # 149 is odd, and a pair is never cut
    ],
)
def test_a_national_table_is_used_where_the_account_allows_it(
    text: str, alphabet: str, sizes: list[int], left: int
) -> None:
    sent = compose(text, "gsm7", (2, 3))
    assert sent.alphabet == alphabet
    assert [len(segment) for segment in sent.segments] == sizes
    assert sent.left == left
    assert compose(text, "latin1", (2, 3)).single == 0


def test_of_two_tables_the_preferred_one_is_used() -> None:
    both = "í" * 20  # Spanish and Portuguese have it
    assert compose(both, "gsm7", (3, 2)).alphabet == "GSM-7 Portuguese"
    assert compose(both, "gsm7", (2, 3)).alphabet == "GSM-7 Spanish"
    assert compose("☃" * 71, "gsm7", (2, 3)).alphabet == "UCS-2"


def test_a_table_that_would_need_more_parts_than_ucs2_is_not_used() -> None:
    words = ("á" * 60 + " ") * 8
    assert compose(words).alphabet == "UCS-2"
    tables = compose(words, "gsm7", (2,))
    assert len(tables.segments) <= len(compose(words).segments)


def test_a_part_never_begins_like_a_byte_order_mark() -> None:
    assert compose("\ufeffá\ufffe").as_sent == "á\ufffd"


def test_a_last_at_sign_that_would_be_taken_for_empty_bits_gets_a_blank() -> None:
    assert compose("1234567@", "packed").as_sent == "1234567@ "
    assert compose("1234567@").as_sent == "1234567@"
    assert compose("123456@", "packed").as_sent == "123456@"
    full = compose("x" * 159 + "@", "packed")
    assert (len(full.segments), full.as_sent[-2:]) == (2, "@ ")


def test_a_text_of_more_parts_than_can_be_counted_is_refused() -> None:
    assert len(compose("x" * 153 * 255).segments) == 255
    with pytest.raises(ValueError, match="256 parts"):
        compose("x" * (153 * 255 + 1))
