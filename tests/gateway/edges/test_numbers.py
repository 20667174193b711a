"""Numbers as carriers write them, as we keep them, as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.core.values import CallerKey, CarrierName
from text911.gateway.edges.numbers import normalised, on_the_wire, readable


@pytest.mark.parametrize(
    ("address", "ton", "kept"),
    [
        ("18605550142", 1, "+18605550142"),
        ("+18605550142", 1, "+18605550142"),
        ("+18605550142", 0, "+18605550142"),
        ("8605550142", 2, "+18605550142"),
        ("8605550142", 0, "+18605550142"),
        ("18605550142", 0, "+18605550142"),
        (" 8605550142 ", 0, "+18605550142"),
        ("447700900123", 1, "+447700900123"),
        ("72404", 0, "72404"),
        ("72404", 3, "72404"),
        ("MyBank", 5, "MyBank"),
        ("12345", 5, "12345"),
        ("MyBank", 0, "MyBank"),
        ("", 0, ""),
    ],
)
def test_every_spelling_of_a_number_is_kept_the_same_way(address: str, ton: int, kept: str) -> None:
    assert normalised(address, ton) == kept


@given(st.integers(2_000_000_000, 9_999_999_999))
def test_a_north_american_number_finds_one_dialogue_however_it_is_written(number: int) -> None:
    spellings = {
        normalised(f"{number}", 2),
        normalised(f"{number}", 0),
        normalised(f"1{number}", 1),
        normalised(f"1{number}", 0),
        normalised(f"+1{number}", 0),
    }
    assert spellings == {f"+1{number}"}


def test_what_is_kept_goes_back_on_the_wire_with_its_type() -> None:
    assert on_the_wire("+18605550142") == ("18605550142", 1, 1)
    assert on_the_wire("72404") == ("72404", 0, 0)
    assert on_the_wire("MyBank") == ("MyBank", 5, 0)


def test_a_telecommunicator_reads_a_number_as_people_write_it() -> None:
    assert readable("+18605550142") == "(860) 555-0142"
    assert readable("+447700900123") == "+447700900123"
    assert readable("72404") == "72404"


@pytest.mark.parametrize(
    ("number", "is_person"), [("+18605550142", True), ("72404", False), ("MyBank", False)]
)
def test_only_a_telephone_number_is_a_person(number: str, is_person: bool) -> None:
    assert CallerKey("sms", CarrierName("a"), number).is_person is is_person
