"""The GSM 7-bit alphabet (3GPP TS 23.038, 6.2.1): the default one with its extension, and those of
the national languages. One septet per octet, as septets travel in SMPP; `septets` packs them.

Reading and writing run on tables inside the interpreter; nothing here loops over characters on the
common path.
"""

# ruff: noqa: RUF001 - look-alikes are what this page is about

from __future__ import annotations

import codecs
import re
import unicodedata
from functools import cache
from typing import Any, NamedTuple

from .national import EXTENSION as EXTENSION
from .national import LOCKING, SINGLE

ESCAPE = "\x1b"

# 6.2.1, table 1, in the order of the septets.
DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)

# Octets above 7F are no septets. Read as Latin-1 they are most often what was meant; the C1
# controls among them are nothing that could be shown.
_ABOVE = "\ufffd" * 32 + "".join(map(chr, range(0xA0, 0x100)))
_DECODING_MAP: Any = DEFAULT + _ABOVE  # a table as a string is the fast form, unknown to the stubs
_PAIRS = {DEFAULT[septet]: character for septet, character in EXTENSION.items()}
_PAIR = re.compile(f"{ESCAPE}(.?)", re.DOTALL)
_PIECE = re.compile(rb"\x1b(.?)|[^\x1b]+", re.DOTALL)


class _Writing(NamedTuple):
    encoding: dict[int, Any]  # the interpreter takes octets too, its type stubs know of numbers
    outside: re.Pattern[str]
    paired: re.Pattern[str]


@cache
def _writing(single: int) -> _Writing:
    pairs = {character: bytes((0x1B, at)) for at, character in _extension(single).items()}
    encoding: dict[int, Any] = {ord(character): pair for character, pair in pairs.items()}
    encoding |= {ord(character): at for at, character in enumerate(DEFAULT) if at != 0x1B}
    paired = "".join(character for character in pairs if character not in DEFAULT)
    return _Writing(
        encoding,
        re.compile("[^" + re.escape("".join(map(chr, encoding))) + "]"),
        re.compile("[" + re.escape(paired) + "]"),
    )


def _extension(single: int) -> dict[int, str]:
    return dict(SINGLE.get(single, EXTENSION))


def _known(locking: int, single: int) -> tuple[int, int]:
    """At most so many pairs of tables are ever built."""
    return locking if locking in LOCKING else 0, single if single in SINGLE else 0


@cache
def _reading(locking: int, single: int) -> tuple[Any, dict[int, str]]:
    return LOCKING.get(locking, DEFAULT) + _ABOVE, _extension(single)


# What typewriters and word processors put in place of a plain character. Only what reads the same
# to a person: letters with an accent that the alphabet lacks are left alone, a name is a name.
_TYPOGRAPHY: dict[int, str] = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´ˊˋ`ʹʻʼ＇", "'"),
        **dict.fromkeys("“”„‟″«»＂", '"'),
        **dict.fromkeys("‹", "<"),
        **dict.fromkeys("›", ">"),
        **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
        **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007", " "),
        **dict.fromkeys("\u2008\u2009\u200a\u202f\u205f\u3000\t", " "),
        **dict.fromkeys("\u00ad\u200b\u2060\ufeff", ""),  # invisible where they stand
        **dict.fromkeys("\r\u2028\u2029\u0085", "\n"),
        **dict.fromkeys("•‣∙·", "*"),
        "…": "...",
        "⁄": "/",
        "∕": "/",
        "ˆ": "^",
        "˜": "~",
        "‼": "!!",
        "⁇": "??",
        "⁈": "?!",
        "⁉": "!?",
        "ﬀ": "ff",
        "ﬁ": "fi",
        "ﬂ": "fl",
        "ç": "Ç",  # the same letter; handsets show this septet as either
    }
)


def decode(octets: bytes, locking: int = 0, single: int = 0) -> str:
    """The text of unpacked septets. A pair the extension does not know shows its base character
    (6.2.1.1), an escape with nothing behind it a space. `locking` and `single` are national
    language identifiers; for one without such a table the default holds, as 6.2.1.2.4 has it."""
    if locking in LOCKING or single in SINGLE:
        return _national(octets, locking, single)
    text = codecs.charmap_decode(octets, "strict", _DECODING_MAP)[0]
    return _PAIR.sub(_pair, text) if ESCAPE in text else text


def encode(text: str, single: int = 0) -> bytes:
    """The septets of a text, pairs included; UnicodeEncodeError for what the alphabet lacks."""
    return codecs.charmap_encode(text, "strict", _writing(single).encoding)[0]


def composed(text: str) -> str:
    """The text with letter and accent in one where Unicode has them so, and plain line ends."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n"))


def typographic(character: str) -> str:
    """What reads the same to a person and stands in the alphabet; else the character itself."""
    return _TYPOGRAPHY.get(ord(character), character)


def normalised(text: str, single: int = 0) -> str:
    """The text with typographic characters replaced by their plain equivalent, as far as the
    alphabet lacks them."""
    return composed(text).translate(_replacing(single))


@cache
def _replacing(single: int) -> dict[int, str]:
    own = frozenset(_extension(single).values())
    return {code: plain for code, plain in _TYPOGRAPHY.items() if chr(code) not in own}


def lacks(text: str, single: int = 0) -> bool:
    """Whether the alphabet lacks a character of the text."""
    return _writing(single).outside.search(text) is not None


def septets(text: str, single: int = 0) -> int:
    """How many septets a text takes that the alphabet does not lack a character of."""
    return len(text) + len(_writing(single).paired.findall(text))


def _pair(found: re.Match[str]) -> str:
    second = found[1]
    if not second or second == ESCAPE:
        return " "
    return _PAIRS.get(second, second)


def _national(octets: bytes, locking: int, single: int) -> str:
    table, extension = _reading(*_known(locking, single))
    pieces: list[str] = []
    for piece in _PIECE.finditer(octets):
        second = piece[1]
        if second is None:
            pieces.append(codecs.charmap_decode(piece[0], "strict", table)[0])
        elif second in (b"", b"\x1b"):
            pieces.append(" ")
        else:
            pieces.append(extension.get(second[0]) or table[second[0]])
    return "".join(pieces)
