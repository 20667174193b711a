"""The GSM 7-bit default alphabet and its extension (3GPP TS 23.038, 6.2.1), one septet per octet.

That is how septets travel in SMPP. Reading and writing run on tables inside the interpreter;
nothing here loops over characters on the common path.
"""

# ruff: noqa: RUF001 - look-alikes are what this page is about

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Any

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

# 6.2.1.1: the second septet of a pair, and what the pair means.
EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}

# Octets above 7F are no septets. Read as Latin-1 they are most often what was meant; the C1
# controls among them are nothing that could be shown.
_DECODING = DEFAULT + "\ufffd" * 32 + "".join(map(chr, range(0xA0, 0x100)))
_DECODING_MAP: Any = _DECODING  # a table as a string is the fast form, and unknown to the stubs
_PAIRS = {DEFAULT[septet]: character for septet, character in EXTENSION.items()}
_PAIR = re.compile(f"{ESCAPE}(.?)", re.DOTALL)

# Any: the interpreter takes octets here too, its type stubs know of numbers only.
_ENCODING: dict[int, Any] = {
    **{ord(character): septet for septet, character in enumerate(DEFAULT) if septet != 0x1B},
    **{ord(character): bytes((0x1B, septet)) for septet, character in EXTENSION.items()},
}
_OUTSIDE = re.compile("[^" + re.escape("".join(map(chr, _ENCODING))) + "]")
_PAIRED = re.compile("[" + re.escape("".join(EXTENSION.values())) + "]")

# What typewriters and word processors put in place of a plain character. Only what reads the same
# to a person: letters with an accent that the alphabet lacks are left alone, a name is a name.
_TYPOGRAPHY = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´ˊˋ`ʹʻʼ＇", "'"),
        **dict.fromkeys("“”„‟″«»＂", '"'),
        **dict.fromkeys("‹", "<"),
        **dict.fromkeys("›", ">"),
        **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
        **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007", " "),
        **dict.fromkeys("\u2008\u2009\u200a\u202f\u205f\u3000\t", " "),
        **dict.fromkeys("\u00ad\u200b\u2060\ufeff", ""),  # invisible where they stand
        **dict.fromkeys("\u2028\u2029\u0085", "\n"),
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


def decode(octets: bytes) -> str:
    """The text of unpacked septets. A pair the extension does not know shows its base character
    (6.2.1.1), an escape with nothing behind it a space."""
    text = codecs.charmap_decode(octets, "strict", _DECODING_MAP)[0]
    return _PAIR.sub(_pair, text) if ESCAPE in text else text


def encode(text: str) -> bytes:
    """The septets of a text, pairs included; UnicodeEncodeError for what the alphabet lacks."""
    return codecs.charmap_encode(text, "strict", _ENCODING)[0]


def normalised(text: str) -> str:
    """The text with typographic characters replaced by their plain equivalent."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    return composed.translate(_TYPOGRAPHY)


def lacks(text: str) -> bool:
    """Whether the alphabet lacks a character of the text."""
    return _OUTSIDE.search(text) is not None


def septets(text: str) -> int:
    """How many septets a text takes that the alphabet does not lack a character of."""
    return len(text) + len(_PAIRED.findall(text))


def _pair(found: re.Match[str]) -> str:
    second = found[1]
    if not second or second == ESCAPE:
        return " "
    return _PAIRS.get(second, second)
