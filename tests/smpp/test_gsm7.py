"""The GSM 7-bit default alphabet and its extension."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.smpp import gsm7

SMPPLIB_GSM: Any = importlib.import_module("smpplib.gsm")
ALPHABET = gsm7.DEFAULT.replace("\x1b", "") + "".join(gsm7.EXTENSION.values())


def test_the_alphabet_has_128_places_and_no_character_twice() -> None:
    assert len(gsm7.DEFAULT) == 128
    assert len(set(ALPHABET)) == 127 + 10


@given(st.text(ALPHABET))
def test_every_text_of_the_alphabet_comes_back(text: str) -> None:
    assert not gsm7.lacks(text)
    octets = gsm7.encode(text)
    assert gsm7.decode(octets) == text
    assert gsm7.septets(text) == len(octets)
    assert octets.isascii()


@given(st.text(sorted({*ALPHABET} - {*"\f§"})))  # smpplib's table lacks these two
def test_smpplib_writes_the_same_septets(text: str) -> None:
    assert SMPPLIB_GSM.gsm_encode(text) == gsm7.encode(text)


@given(st.binary())
def test_any_octets_can_be_read(octets: bytes) -> None:
    assert len(gsm7.decode(octets)) <= len(octets)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"\x00\x11\x40", "@_¡"),
        (b"\x1b\x65 \x1b\x28\x1b\x29", "€ {}"),
        (b"\x1bA", "A"),  # a pair nobody knows shows its base character
        (b"a\x1b", "a "),
        (b"\x1b\x1bA", " A"),
        (b"\x1b\x0a", "\f"),
        (b"caf\xe9", "café"),
        (b"\x80", "\ufffd"),
    ],
)
def test_septets_are_read_as_the_standard_has_it(octets: bytes, text: str) -> None:
    assert gsm7.decode(octets) == text


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("it\u2019s \u201chere\u201d", 'it\'s "here"'),
        ("wait\u2026 5\u201310 min\u00a0\u2014 ok", "wait... 5-10 min - ok"),
        ("cafe\u0301 Ñandú", "café Ñandú"),
        ("a\r\nb\u2028c\td\u200b", "a\nb\nc d"),
        ("garçon \u212b", "garÇon Å"),
    ],
)
def test_typography_becomes_plain_and_letters_stay_what_they_are(typed: str, sent: str) -> None:
    assert gsm7.normalised(typed) == sent


def test_what_the_alphabet_lacks_is_named_and_not_encoded() -> None:
    assert gsm7.lacks("á")
    assert gsm7.lacks("\x1b")
    assert gsm7.lacks("🚑")
    with pytest.raises(UnicodeEncodeError):
        gsm7.encode("á")
