"""The words about turns, whole and at the end only."""

from __future__ import annotations

import pytest

from text911.tty.tokens import Token, token, turn_end


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("GA", Token.GA),
        ("GA.", Token.GA),
        ("+-", Token.GA),
        ("SK", Token.SK),
        ("\N{REPLACEMENT CHARACTER}(", Token.SK),
        ("SKSK", Token.SKSK),
        ("Q", Token.QQ),
        ("QQ", Token.QQ),
        ("HD", Token.HD),
        ("XXX", Token.XXX),
        ("XXXXX", Token.XXX),
        ("VCO", Token.VCO),
        ("HCO", Token.HCO),
        ("XX", None),
        ("GARAGE", None),
        ("SAGA", None),
        ("", None),
    ],
)
def test_a_whole_word_says_something_about_turns(word: str, said: Token | None) -> None:
    assert token(word) is said


@pytest.mark.parametrize(
    ("said", "end"),
    [
        ("HELP ME GA", Token.GA),
        ("HELP ME GA \r\n", Token.GA),
        ("HELP QQ GA", Token.GA),
        ("BYE GA SK", Token.SK),
        ("SKSK", Token.SKSK),
        ("BYE SK SK", Token.SKSK),
        ("SK", Token.SK),
        ("FIRE IN GARAGE", None),
        ("GA HELP", None),
        ("WHAT QQ", None),
        ("", None),
    ],
)
def test_a_turn_ends_with_its_last_word(said: str, end: Token | None) -> None:
    assert turn_end(said) is end


@pytest.mark.parametrize(
    "said", ["I AM IN AUGUSTA, GA", "12 MAIN ST AUGUSTA GA", "4 OAK RD. FORT VALLEY TOWN GA"]
)
def test_a_state_in_an_address_ends_no_turn(said: str) -> None:
    assert turn_end(said) is None


@pytest.mark.parametrize("said", ["I AM AT 12 MAIN ST GA", "FIRE GA", "GA"])
def test_straight_after_the_street_it_does(said: str) -> None:
    assert turn_end(said) is Token.GA
