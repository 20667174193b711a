"""Spelling: by meaning, nothing lost in silence, and no turn handed over unmeant."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.tty.code import REPERTOIRE
from text911.tty.meanings import PICTURES, ROMAN, SAME, WORDS
from text911.tty.spelling import Piece, spell

TURN = re.compile(r"(?<![A-Z0-9])(GA|SK|SKSK)(?![A-Z0-9])")
# Much of what breaks spellings, beside everything there is.
awkward = st.lists(
    st.one_of(
        st.text(max_size=5),
        st.sampled_from(
            ["GA", "ga", "Sk", " ", ",", "g", "a", "\u200d", "\ufe0f", "\u0301", "\U0001f525",
             "\U0001f3fd", "\U0001f1fa", "#", "5", "<3", "https://x.y/", "\n", "\u304c", "*", "@"]
        ),
    ),
    max_size=12,
).map("".join)  # fmt: skip


@given(awkward, st.booleans())
def test_every_text_can_be_sent_and_its_original_is_kept(text: str, ends_turns: bool) -> None:
    spelling = spell(text, ends_turns=ends_turns)
    assert spelling.original == text
    assert set(spelling.text) <= REPERTOIRE - {"\b"}


@given(awkward)
def test_no_text_of_a_caller_holds_a_turn(text: str) -> None:
    assert TURN.search(spell(text).text) is None


@given(st.text(alphabet="ABCDEFHIJLMNOPQRTUVWXYZ0123456789 .,?!'-:;()/+=$\"", max_size=80))
def test_what_a_tty_has_is_sent_as_it_is(text: str) -> None:
    assert spell(text).text == text
    assert spell(text).changed == ()


@given(st.text(min_size=1, max_size=20))
def test_what_sends_nothing_shows_nothing(text: str) -> None:
    for piece in spell(text).pieces:
        if not piece.spelled:
            assert re.fullmatch(r"[\u200b-\u206f\ufeff\ufe00-\ufe0f\W]+", piece.original)


def test_all_tables_are_of_the_repertoire() -> None:
    for table in (WORDS, SAME, PICTURES, ROMAN):
        for spelled in table.values():
            assert spelled
            assert REPERTOIRE.issuperset(spelled)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("me@example.org", "ME AT EXAMPLE.ORG"),
        ("meet me @ home", "MEET ME AT HOME"),
        ("apt #5", "APT NUMBER 5"),
        ("apt#5", "APT NUMBER 5"),
        ("#help #", "HASHTAG HELP NUMBER SIGN"),
        ("##5", "NUMBER SIGN NUMBER 5"),
        ("50% & more", "50 PERCENT AND MORE"),
        ("a_b", "A UNDERLINE B"),
        ("****", "STAR X4"),
        ("[x] {y}", "(X) (Y)"),
        ("a<b", "A LESS THAN B"),
        ("i <3 u", "I (HEART) U"),
        ("<30", "LESS THAN 30"),
        ("a->b", "A TO B"),
        ("\u20ac5 \u00a32", "EUR 5 GBP 2"),
        ("98\u00b0F", "98 DEG F"),
        ("\u201chi\u201d \u2013 it\u2019s\u2026", "\"HI\" - IT'S..."),
        ("se\u00f1or Stra\u00dfe \u00d8re", "SENOR STRASSE ORE"),
        ("n\u0303", "N"),
        ("\u00bd cup, 10\u00b2, \u2460", "1/2 CUP, 10(2), (1)"),
        ("5\u00bd", "5 1/2"),
        ("\uff19\uff11\uff11 \u0669\u0661\u0661", "911 911"),
        ("\u00a8", "(DIAERESIS)"),
        ("\U0001f525", "(FIRE)"),
        ("help\U0001f525\U0001f525\U0001f525now", "HELP (FIRE X3) NOW"),
        ("\U0001f44d\U0001f3fd", "(YES THUMB UP)"),
        ("\U0001f3fd", "(EMOJI MODIFIER FITZPATRICK TYPE-4)"),
        ("\U0001f468\u200d\U0001f692", "(MAN, FIRE TRUCK)"),
        ("\U0001f468\u200dx", "(MAN) X"),
        ("\U0001f1fa\U0001f1f8!", "(FLAG US)!"),
        ("\U0001f1e6\ufe00", "(FLAG A)"),
        ("\u2764\ufe0f", "(HEART)"),
        ("1\ufe0f\u20e3", "1"),
        ("\ufe0fa\u200bb", "AB"),
        ("one\ntwo\r\nthree\u2028four", "ONE\r\nTWO\r\nTHREE\r\nFOUR"),
        ("a\tb\u00a0c", "A B C"),
        ("x\x07\b", "X (UNREADABLE U+0007) (ERASE)"),
        ("\u041f\u043e\u0436\u0430\u0440 \u0439", "POZHAR Y"),
        ("\u03b2\u03bf\u03ae\u03b8\u03b5\u03b9\u03b1", "VOITHEIA"),
        ("\uc548\ub155 \u304c\u30ab", "ANNYEONG GAKA"),
        ("\u4f60\u597d", "(UNREADABLE CJK X2)"),
        ("\u0661\u0645\u0631\u0662", "1 (UNREADABLE ARABIC X2) 2"),
        ("\U00010107", "(UNREADABLE AEGEAN)"),
        ("\ue000\ud800", "(UNREADABLE U+E000) (UNREADABLE U+D800)"),
    ],
)  # fmt: skip
def test_by_meaning(text: str, sent: str) -> None:
    assert spell(text).text == sent


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("https://maps.ex/?q=41.7,-72&z=a_b.", "(LINK: MAPS.EX/?Q=41.7,-72(AND)Z=A(UNDERLINE)B)."),
        ("see www.example.org/a, ok", "SEE (LINK: WWW.EXAMPLE.ORG/A), OK"),
        ("(http://x.y)", "((LINK: X.Y))"),
        ("http:// ", "HTTP:// "),
    ],
)  # fmt: skip
def test_links_are_spelled_out(text: str, sent: str) -> None:
    assert spell(text).text == sent


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Atlanta, GA 30303", "ATLANTA, GEORGIA 30303"),
        ("atlanta ga 30303", "ATLANTA GEORGIA 30303"),
        ("macon, ga", "MACON, GEORGIA"),
        ("macon Ga.", "MACON GEORGIA."),
        ("lady ga ga", "LADY G A G A"),
        ("SK at noon", "S K AT NOON"),
        ("regina, sk", "REGINA, SASKATCHEWAN"),
        ("SKSK", "S K S K"),
        ("G\u200bA", "G A"),
        ("\uff27\uff21", "G A"),
        ("\u304c", "G A"),
        ("garage skate", "GARAGE SKATE"),
        ("SMOGA GA5", "SMOGA GA5"),
    ],
)
def test_a_state_never_reads_as_a_turn(text: str, sent: str) -> None:
    assert spell(text).text == sent
    assert spell(text).original == text


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("where are you qq ga", "WHERE ARE YOU QQ GA"),
        ("bye GA SK ", "BYE GA SK "),
        ("SKSK", "SKSK"),
        ("is it augusta, GA", "IS IT AUGUSTA, GEORGIA"),
        ("atlanta GA is far GA", "ATLANTA GEORGIA IS FAR GA"),
    ],
)
def test_a_call_takers_last_token_is_meant(text: str, sent: str) -> None:
    assert spell(text, ends_turns=True).text == sent


def test_what_was_changed_is_listed_with_its_original() -> None:
    assert spell("fire \U0001f525\U0001f525 at 5").changed == (
        Piece("\U0001f525\U0001f525", "(FIRE X2)"),
    )
