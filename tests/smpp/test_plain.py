"""A reply in plain letters: by meaning, no digit changed, nothing left out unsaid."""

# ruff: noqa: RUF001 - look-alikes are what this page is about

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.smpp import gsm7
from text911.smpp.alphabets import Alphabet
from text911.smpp.plain import in_plain_letters, lacking, repertoire
from text911.smpp.segments import compose


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("help", "help"),
        ("Señor Pérez, ¿dónde está?", "Señor Pérez, ¿donde esta?"),
        ("María Muñoz à Zürich", "Maria Muñoz à Zürich"),
        ("Þór Łukasz Đặng Őry œuvre ﬁre ĳ", "THor Lukasz Dang Öry oeuvre fire ij"),
        ("“Don’t move…” – he said", '"Don\'t move..." - he said'),
        ("a\u00a0b\u2009c\u200bd\ufe0f", "a b cd"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("ΒΟΉΘΕΙΑ τώρα, φωτιά στο σπίτι", "BOHΘEIA TΩPA, ΦΩTIA ΣTO ΣΠITI"),
        ("𝗛𝗲𝗹𝗽 ＮＯＷ ²", "Help NOW ^2"),
        ("٣٤ or ９１１ or 𝟗𝟏𝟏", "34 or 911 or 911"),
        ("2½ miles, ½ mile, 3½5", "2 1/2 miles, 1/2 mile, 3 1/2 5"),
        ("10² 10① 5₂ H₂O 5 m²", "10^2 10(1) 5 2 H2O 5 m^2"),
        ("40°C × 2 ≤ 80 → go", "40 degC x 2 <= 80 -> go"),
        ("fire🔥now", "fire(fire)now"),
        ("🚑 🚒 🆘 👍🏽 ❤️ ❗ ⚠️ ☎️", "(ambulance) (fire engine) (SOS) (thumbs up sign) (heart) !"
         " (warning) (telephone)"),
        ("👨‍👩‍👧 🇺🇸 1️⃣2️⃣ ✅", "(man, woman, girl) (flag US) 12 (yes)"),
        ("x\u0301y ❤️\u200d🔥", "xy (heart, fire)"),
        ("⬅️ ➡️ ↑ ☹", "<- -> (up) (frowning face)"),
    ],
)  # fmt: skip
def test_what_has_a_plain_form_is_said_so(typed: str, plain: str) -> None:
    assert in_plain_letters(typed) == plain
    assert compose(plain).alphabet == "GSM-7"
    assert compose(plain).as_sent == plain


@pytest.mark.parametrize(
    "typed", ["🏽", "⠁", "火", "помощь", "help 救", "नमस्ते", "\x07", "\ue000", "a🇺b🕐火"]
)
def test_what_has_none_is_not_left_out(typed: str) -> None:
    assert in_plain_letters(typed) is None


@pytest.mark.parametrize(
    ("typed", "default", "plain"),
    [
        ("Señor ß Ω", "latin1", None),
        ("Señor ß €5", "latin1", "Señor ß EUR5"),
        ("Señor ¿qué? ß", "ascii", "Senor ?que? ss"),
        ("garçon", "ascii", "garcon"),
        ("garçon", "gsm7", "garÇon"),
        ("a|b", "packed", "a|b"),
    ],
)
def test_an_account_that_has_fewer_letters_gets_plainer_ones(
    typed: str, default: Alphabet, plain: str | None
) -> None:
    assert in_plain_letters(typed, default) == plain
    if plain is not None:
        assert compose(plain, default).alphabet == "GSM-7"


def test_where_data_coding_0_is_no_form_of_gsm7_there_are_no_plain_letters() -> None:
    assert repertoire("ucs2") == frozenset()
    assert in_plain_letters("a", "ucs2") is None
    assert lacking("aá", "ucs2") == ()


@pytest.mark.parametrize(
    ("typed", "default", "because"),
    [
        ("it’s “fine” – ok…", "gsm7", ()),
        ("está así", "gsm7", ("á", "í")),
        ("á🚑á👨‍👩‍👧🚑", "gsm7", ("á", "🚑", "👨‍👩‍👧")),
        ("→ 🇺🇸", "gsm7", ("→", "🇺🇸")),
        ("é€", "latin1", ("€",)),
        ("garçon", "gsm7", ()),
        ("garçon", "ascii", ("ç",)),
        ("cafe\u0301", "gsm7", ()),
    ],
)
def test_what_makes_a_text_long_is_named(
    typed: str, default: Alphabet, because: tuple[str, ...]
) -> None:
    assert lacking(typed, default) == because


def digits(text: str) -> str:
    return "".join(str(value) for one in text if (value := unicodedata.decimal(one, -1)) >= 0)


LETTERS = st.text(st.characters(codec="utf-8", exclude_categories=["No"])) | st.text(
    "aáñ9１٣ç ’–🔥🚑👨‍👩🏽️⃣🇺🇸→"
)
ACCOUNTS = st.sampled_from(["gsm7", "packed", "ascii", "latin1"])


@given(LETTERS, ACCOUNTS)
def test_plain_letters_are_gsm7_and_every_digit_stays_what_it_is(
    text: str, default: Alphabet
) -> None:
    plain = in_plain_letters(text, default)
    if plain is None:
        return
    assert not gsm7.lacks(plain)
    assert set(plain) <= repertoire(default)
    assert digits(plain) == digits(text)
    assert in_plain_letters(plain, default) == plain
    assert lacking(plain, default) == ()


@given(st.text("0123456789½¼²³₂① a", max_size=8))
def test_a_number_never_runs_into_another(text: str) -> None:
    plain = in_plain_letters(text)
    assert plain is not None
    whole = text.translate(dict.fromkeys(map(ord, "½¼²³₂① a"), " ")).split()
    found = iter("".join(one if one.isdecimal() else " " for one in plain).split())
    assert all(run in found for run in whole)  # in this order, each whole


@given(st.text(gsm7.DEFAULT.replace("\x1b", "").replace("\r", "")), ACCOUNTS)
def test_what_needs_no_change_gets_none(text: str, default: Alphabet) -> None:
    if set(text) <= repertoire(default):
        assert in_plain_letters(text, default) == text
        assert lacking(text, default) == ()


@given(st.text())
def test_what_is_named_is_why_it_is_long_and_nothing_else(text: str) -> None:
    composed = compose(text)
    assert bool(lacking(text)) == (composed.alphabet == "UCS-2")
