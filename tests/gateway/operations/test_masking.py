"""Nothing a caller wrote and no whole number gets past the mask, whatever it is called."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.operations.masking import (
    COUNTS,
    SENTENCE_MAX,
    SENTENCES,
    SHAPES,
    WITHHELD,
    admit,
    mask_number,
    mask_numbers,
)

TEXT = "he has a knife, I am at 12 Elm St"


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+18605550142", "+1860***0142"),
        ("18605550142", "1860***0142"),
        ("8605550142", "860***0142"),
        ("5550142", "***42"),
        ("+4911", "+***11"),
    ],
)
def test_a_number_keeps_area_and_last_digits_only(number: str, masked: str) -> None:
    assert mask_number(number) == masked


@pytest.mark.parametrize(
    "written",
    [
        "+18605550142",
        "(860) 555-0142",
        "860.555.0142",
        "860 555 0142",
        "555-0142",
        "+1 860 5550142",
    ],
)
def test_a_number_in_a_sentence_is_masked_however_it_is_written(written: str) -> None:
    masked = mask_numbers(f"call from {written} refused")
    assert written not in masked
    assert "***" in masked
    assert masked.startswith("call from ")
    assert masked.endswith(" refused")


@pytest.mark.parametrize(
    "harmless",
    ["port 2775 is taken", "bind from 192.0.2.17 refused", "since 2026-11-21", "400 MB of 1024 MB"],
)
def test_what_is_no_number_of_a_person_stays(harmless: str) -> None:
    assert mask_numbers(harmless) == harmless


@pytest.mark.parametrize("key", sorted({*SHAPES, *COUNTS, "text", "short_message", "payload", "x"}))
def test_a_text_is_withheld_under_every_key_that_is_not_a_sentence_of_ours(key: str) -> None:
    assert admit(key, TEXT) == WITHHELD


@given(st.text(min_size=1).filter(lambda text: re.search(r"\s", text) is not None))
def test_no_key_but_the_sentence_lets_anything_with_a_blank_through(text: str) -> None:
    assert {admit(key, text) for key in (*SHAPES, *COUNTS, "text")} == {WITHHELD}


@pytest.mark.parametrize("value", [TEXT.encode(), [TEXT], {"text": TEXT}, (TEXT,), None, 3 + 4j])
@pytest.mark.parametrize("key", ["dialogue", "count", "sentence", "text"])
def test_a_text_does_not_travel_inside_another_type(key: str, value: object) -> None:
    assert admit(key, value) == WITHHELD


def test_a_caller_is_masked_and_anything_else_in_its_place_withheld() -> None:
    assert admit("caller", "+18605550142") == "+1860***0142"
    assert admit("caller", "911") == "***11"
    assert admit("caller", "+1860555-0142 help") == WITHHELD


@given(st.from_regex(r"\+?[0-9]{10,15}", fullmatch=True))
def test_no_key_lets_a_whole_number_through(number: str) -> None:
    for key in (*SHAPES, *SENTENCES, "x"):
        assert number not in str(admit(key, number)), key


def test_what_belongs_there_is_let_through() -> None:
    assert admit("dialogue", "S-7Q5A-1X") == "S-7Q5A-1X"
    assert admit("carrier", "carrier-a") == "carrier-a"
    assert admit("peer", "192.0.2.17:40112") == "192.0.2.17:40112"
    assert admit("peer", "[2001:db8::17]:40112") == "[2001:db8::17]:40112"
    assert admit("count", 3) == 3
    assert admit("seconds", 0.25) == 0.25
    assert admit("policy", "18a652a0ba88316c") == "18a652a0ba88316c"


def test_a_number_under_an_unknown_key_is_withheld() -> None:
    assert admit("caller", 18605550142) == WITHHELD
    assert admit("x", 18605550142) == WITHHELD


def test_a_count_is_not_a_place_for_a_telephone_number() -> None:
    assert admit("count", 18605550142) == WITHHELD
    assert admit("seconds", float("inf")) == WITHHELD


def test_a_sentence_is_one_short_line() -> None:
    admitted = str(admit("sentence", "first\nsecond\x1b[31m\u2028" + "x" * 1000))
    assert admitted.startswith("first second [31m x")
    assert len(admitted) == SENTENCE_MAX
