"""A text in plain letters: what GSM-7 (or an account's part of it) lacks, said by meaning. Pure.

For a person who asks for it by a key and sees the result before it is sent. A digit stays the digit
it is, two numbers never run into one, and what has no plain form is not left out: then there is no
plain text at all.
"""

# ruff: noqa: RUF001 - look-alikes are what this page is about

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Set
from functools import cache

from . import gsm7
from .codings import Alphabet

# Letters that are no accented form of another one, and signs, by meaning.
# fmt: off
_BY_MEANING = {
    "ő": "ö", "Ő": "Ö", "ű": "ü", "Ű": "Ü",
    "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "ß": "ss", "ẞ": "SS",
    "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "TH", "ł": "l", "Ł": "L",
    "ı": "i", "ħ": "h", "Ħ": "H", "ŧ": "t", "Ŧ": "T", "ŋ": "ng", "Ŋ": "NG", "ə": "e", "Ə": "E",
    "Å": "A", "å": "a", "ª": "a", "º": "o", "µ": "u", "ĸ": "k", "ŉ": "'n",
    "¿": "?", "¡": "!", "£": "GBP", "¥": "JPY", "¤": "currency", "§": "section", "€": "EUR",
    "¢": " cents", "₹": "INR", "©": "(c)", "®": "(R)", "™": "(TM)", "№": "No.",
    "°": " deg", "×": "x", "÷": "/", "±": "+/-", "−": "-", "≈": "about ", "≠": " not = ",
    "≤": "<=", "≥": ">=", "¦": "|", "∞": "infinite", "†": "+", "√": "root ",
    "→": "->", "➡": "->", "←": "<-", "⬅": "<-", "↔": "<->", "⇒": "=>", "¬": "not ",
    "↑": "(up)", "⬆": "(up)", "↓": "(down)", "⬇": "(down)",
    "❗": "!", "❕": "!", "❓": "?", "❔": "?", "🆘": "(SOS)", "✔": "(yes)", "✅": "(yes)",
    "☑": "(yes)", "✓": "(yes)", "❌": "(no)", "✗": "(no)", "✘": "(no)", "❤": "(heart)",
    "♥": "(heart)", "[": "(", "]": ")", "{": "(", "}": ")", "~": "-", "`": "'", "´": "'",
}
# fmt: on
# Capital Greek is how Greek is written in GSM-7: ten letters of its own, Latin ones for the others.
_GREEK = dict(zip("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ", "ABΓΔEZHΘIKΛMNΞOΠPΣTYΦXΨΩ", strict=True))

# Signs that stand for nothing by themselves: variation selectors, direction, joiners, skin tones.
_SELECTORS = "\ufe0e\ufe0f\u20e3"
_UNSEEN = frozenset(
    _SELECTORS + "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u034f\u061c"
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_FLAGS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))
_TONE = "[\U0001f3fb-\U0001f3ff]"
_FLAG = "[\U0001f1e6-\U0001f1ff]"
_LETTER_OF_FLAG = 0x1F1E6 - ord("A")
# Pictures, by block: arrows to miscellaneous symbols, and those beyond the basic plane.
_PICTURE = "[\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
_ONE = f"{_PICTURE}\ufe0f?{_TONE}?"
_PICTURES = re.compile(f"(?:{_FLAG}{{2}}|{_ONE}(?:\u200d{_ONE})*)")
# In these blocks of old symbols the name tells how the printing looks, not what is meant.
_OLD_SYMBOLS = range(0x2190, 0x2C00)
_PRINTING = re.compile(r"^(?:(?:BLACK|WHITE|HEAVY) )+(?=.)|(?: SYMBOL| SIGN)$")


@cache
def repertoire(default: Alphabet) -> frozenset[str]:
    """The characters that data_coding 0 writes on an account: those of GSM-7 with its extension,
    and of them what the account's `default` has. None when that is no form of GSM-7."""
    every = "".join((gsm7.DEFAULT, *gsm7.EXTENSION.values()))
    has = frozenset(every) - {gsm7.ESCAPE, "\r"}  # a line ends with a line feed
    match default:
        case "gsm7" | "packed":
            return has
        case "ascii":
            return frozenset(one for one in has if one.isascii())
        case "latin1":
            return frozenset(one for one in has if one <= "\xff")
        case _:
            return frozenset()


def lacking(text: str, default: Alphabet = "gsm7") -> tuple[str, ...]:
    """What of the text data_coding 0 cannot write, typography aside: each character as a reader
    sees it, once, in the order of the text. Nothing where 0 is no form of GSM-7: there no other
    letters would make it shorter."""
    has = repertoire(default)
    if not has:
        return ()
    found: dict[str, None] = {}
    for piece, is_picture in _pieces(gsm7.composed(text)):
        if is_picture:
            found[piece] = None
        else:
            found.update((one, None) for one in piece if not _fits(gsm7.typographic(one), has))
    return tuple(found)


def in_plain_letters(text: str, default: Alphabet = "gsm7") -> str | None:
    """The text in letters that data_coding 0 writes. None when something has no plain form."""
    has = repertoire(default)
    said: list[str] = []
    ends_in_number = natural = False
    for piece, is_picture in _pieces(gsm7.composed(text)):
        for was in [piece] if is_picture else piece:
            one = _picture(was, has) if is_picture else _letter(was, has)
            if one is None:
                return None
            own = not was.isdecimal()
            if ends_in_number and one[:1].isdecimal() and (own or not natural):
                said.append(" ")  # two and a half is not 21/2
            if one:
                ends_in_number, natural = one[-1].isdecimal(), not own
                said.append(one)
    return "".join(said)


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Runs of letters, and pictures, each with what belongs to it."""
    at = 0
    for found in _PICTURES.finditer(text):
        if found.start() > at:
            yield text[at : found.start()], False
        yield found[0], True
        at = found.end()
    if at < len(text):
        yield text[at:], False


def _fits(text: str, has: Set[str]) -> bool:
    return all(one in has for one in text)


def _letter(one: str, has: Set[str]) -> str | None:
    """A character in letters of `has`; "" for one that is not seen, None for what it lacks."""
    if one in has:
        return one
    if one in _UNSEEN:
        return ""
    return next((other for other in _candidates(one) if _fits(other, has)), None)


def _candidates(one: str) -> Iterator[str]:
    """What may stand for a character, the nearest first."""
    yield gsm7.typographic(one)
    if one in _BY_MEANING:
        yield _BY_MEANING[one]
    value = unicodedata.decimal(one, -1)
    if value >= 0:
        yield str(value)
    alike = _bare(unicodedata.normalize("NFKD", one))
    if alike == "":
        yield ""  # an accent of a letter that is there
    elif alike[0].upper() in _GREEK:
        yield "".join(_GREEK.get(letter, letter) for letter in alike.upper())
    else:
        yield _as_it_stands(one, alike)


def _as_it_stands(one: str, alike: str) -> str:
    """Raised, circled, a fraction: what tells a number from its neighbours is kept."""
    alike = alike.replace("\u2044", "/")
    kind = unicodedata.decomposition(one).partition(" ")[0]
    if kind == "<super>" and alike.isdecimal():
        return f"^{alike}"
    return f"({alike})" if kind == "<circle>" else alike


def _bare(text: str) -> str:
    return "".join(one for one in text if unicodedata.category(one) not in ("Mn", "Me"))


def _picture(picture: str, has: Set[str]) -> str | None:
    """An emoji or old symbol as its name, in brackets, so that it stands off the words."""
    if len(picture) == 2 and _FLAGS.issuperset(picture):
        country = "".join(chr(ord(one) - _LETTER_OF_FLAG) for one in picture)
        return f"(flag {country})"
    others = [one for one in picture[1:] if one not in _UNSEEN and one not in _TONES]
    seen = [picture[0], *others]
    plain = None if others else _letter(picture[0], has)
    if plain is not None:
        return plain
    names = list(map(_name, seen))
    said = ", ".join(names)
    return f"({said})" if all(names) and said.isascii() else None


def _name(one: str) -> str:
    """Unicode's name in small letters; "" without one, or where it would bring in a number."""
    if one in _BY_MEANING:
        return _BY_MEANING[one].strip("()")
    name = unicodedata.name(one, "")
    if ord(one) in _OLD_SYMBOLS:
        name = _PRINTING.sub("", name)
    return "" if any(map(str.isdecimal, name)) else name.lower()
