"""Tokens, quotes, lists and parameters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.sip.grammar import (
    Malformed,
    listed,
    number,
    parameter,
    parameters,
    quoted,
    readable,
    split,
    unquoted,
    written,
)


def test_a_comma_in_quotes_or_brackets_separates_nothing() -> None:
    text = r'"a, \" b" <sip:x,y@h>;q="1,2" , , <sip:z@h>'
    assert listed(text) == [r'"a, \" b" <sip:x,y@h>;q="1,2"', "<sip:z@h>"]
    assert split("a;;b", ";") == ["a", "", "b"]
    assert listed('<sip:a"b@h>, c') == ['<sip:a"b@h>', "c"]


@pytest.mark.parametrize("text", ['"open', "<sip:a@b", '"a" <x', '"ends in \\"'])
def test_quotes_and_brackets_are_closed(text: str) -> None:
    with pytest.raises(Malformed, match="is not closed"):
        split(text, ",")


def test_parameters_keep_their_values_and_lower_their_names() -> None:
    found = parameters(["TAG = x", "", "lr", 'q="a\\"b"'])
    assert found == (("tag", "x"), ("lr", None), ("q", '"a\\"b"'))
    assert written(found) == ';tag=x;lr;q="a\\"b"'
    assert [parameter(found, name) for name in ("tag", "lr", "q", "no")] == ["x", "", 'a"b', None]
    with pytest.raises(Malformed, match="no token"):
        parameters(["a b=c"])


@pytest.mark.parametrize("text", ["", "-1", "256", "1x", "\u0661", "99999999999", "1 2"])
def test_a_number_is_digits_within_its_bound(text: str) -> None:
    with pytest.raises(Malformed, match="hops is"):
        number(text, 255, "hops")
    assert number(" 070 ", 255, "hops") == 70


@given(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])))
def test_what_is_quoted_is_read_back_and_never_splits(text: str) -> None:
    assert unquoted(quoted(text)) == text
    assert split(f"{quoted(text)},x", ",")[1] == "x"


def test_no_line_break_gets_into_quotes_and_text_without_quotes_is_itself() -> None:
    for text in ("a\nb", "a\rb"):
        with pytest.raises(ValueError, match="line break"):
            quoted(text)
    assert [unquoted(text) for text in ("ab", '"', '"ab', 'ab"')] == ["ab", '"', '"ab', 'ab"']


def test_octets_that_are_no_utf_8_are_shown_as_replacements() -> None:
    assert readable(b"J\xf6 \xc3\xb6".decode("utf-8", "surrogateescape")) == "J\ufffd \u00f6"
