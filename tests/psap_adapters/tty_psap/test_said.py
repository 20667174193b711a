"""What the PSAP types becomes words for the caller."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.psap_adapters.tty_psap.said import TURN_MAX, Said, Turn
from text911.tty.code import REPERTOIRE
from text911.tty.shifts import receive, send
from text911.tty.tokens import Token


def turn(text: str, *, plainly: bool = True) -> Turn | None:
    said = Said(plainly=plainly)
    for character in receive(code for codes in send(text) for code in codes):
        said.add(character)
    return said.take()


@pytest.mark.parametrize(
    ("typed", "text", "ends"),
    [
        ("WHERE ARE YOU QQ GA", "WHERE ARE YOU?", Token.GA),
        ("WHERE ARE YOU? Q GA", "WHERE ARE YOU?", Token.GA),
        ("HELP IS COMMING XXX COMING GA", "HELP IS COMMING XXX COMING", Token.GA),
        ("BYE GA SK", "BYE", Token.SK),
        ("BYE SKSK", "BYE", Token.SKSK),
        ("GA", "", Token.GA),
        ("QQ GA", "", Token.GA),
        ("STAY THERE", "STAY THERE", None),
        ("12 MAIN ST AUGUSTA GA", "12 MAIN ST AUGUSTA GA", None),
        ("ARE YOU\r\n HURZ\bT Q", "ARE YOU HURT?", None),
    ],
)
def test_who_has_no_tty_is_told_what_was_meant(typed: str, text: str, ends: Token | None) -> None:
    found = turn(typed)
    assert found is not None
    assert (found.text, found.ends) == (text, ends)


def test_who_has_a_tty_is_told_as_it_was_typed() -> None:
    found = turn("WHERE ARE YOU QQ GA", plainly=False)
    assert found is not None
    assert found.text == "WHERE ARE YOU QQ GA"


def test_the_record_has_every_letter_and_every_code() -> None:
    found = turn("EEZ\b")
    assert found is not None
    assert found.raw == b"EEZ\b\n1f01011100"


def test_nothing_typed_is_no_turn() -> None:
    said = Said(plainly=True)
    assert said.take() is None
    assert not said.is_long


@given(st.text(st.sampled_from(sorted(REPERTOIRE)), max_size=80))
def test_no_word_is_lost_but_those_about_turns(typed: str) -> None:
    found = turn(typed, plainly=False)
    if not typed:
        assert found is None
        return
    paper = ""
    for letter in typed:
        paper = paper[:-1] if letter == "\b" else paper + letter
    assert found is not None
    assert found.text == " ".join(paper.split())


def test_a_long_turn_goes_out_at_the_end_of_a_word() -> None:
    said = Said(plainly=True)
    text = "E" * (TURN_MAX - 1) + "EE E"
    found: list[bool] = []
    for character in receive(code for codes in send(text) for code in codes):
        said.add(character)
        found.append(said.is_long)
    assert found.count(True) == 1
    assert found.index(True) == len(found) - 2
