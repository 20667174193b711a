"""The national language tables of the GSM 7-bit alphabet (3GPP TS 23.038, annex A), as data.

A text's header names up to two of them (TS 23.040, 9.2.3.24.15 and .16): a locking shift table
takes the place of the default alphabet, a single shift table that of the extension behind an
escape. Data only: reading and writing with them is `gsm7`.
"""

# ruff: noqa: RUF001 - look-alikes are what this page is about

from __future__ import annotations

from collections.abc import Mapping

# TS 23.038, 6.2.1.2.4: the national language identifier.
LANGUAGES = {
    1: "Turkish",
    2: "Spanish",
    3: "Portuguese",
    4: "Bengali and Assamese",
    5: "Gujarati",
    6: "Hindi",
    7: "Kannada",
    8: "Malayalam",
    9: "Oriya",
    10: "Punjabi",
    11: "Tamil",
    12: "Telugu",
    13: "Urdu",
}
# The same by one word, as a person writes it down.
NUMBERS = {name.split()[0].lower(): number for number, name in LANGUAGES.items()}
HOLE = "\ufffd"  # a place of a locking table that has no character

# 6.2.1.1: the second septet of a pair, and what the pair means. Every
# national single shift table has these ten too (A.2).
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

# A.3.1 and A.3.3. Only Turkish and Portuguese have a locking table of their own among the first
# three; Spanish has none.
_TURKISH = (
    "@£$¥€éùıòÇ\nĞğ\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bŞşßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "İABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "çabcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
_PORTUGUESE = (
    "@£$¥êéúíóç\nÔô\rÁá"
    "Δ_ªÇÀ∞^\\€Ó|\x1bÂâÊÉ"
    " !\"#º%&'()*+,-./"
    "0123456789:;<=>?"
    "ÍABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÃÕÚÜ§"
    "~abcdefghijklmno"
    "pqrstuvwxyzãõ`üà"
)

_LOWER = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"


def _letters(codes: str) -> str:
    """The characters of hexadecimal code points; `-` is a hole."""
    return "".join(HOLE if code == "-" else chr(int(code, 16)) for code in codes.split())


def _framed(letters: str) -> str:
    """A.3.4 to A.3.13 share a frame: 75 places for letters, in order, between the line ends, the
    escape, the blank, the signs, the digits and the small Latin letters."""
    take = iter(letters)

    def some(count: int) -> str:
        return "".join(next(take) for _ in range(count))

    table = (
        some(10) + "\n" + some(2) + "\r" + some(2) + some(11) + "\x1b" + some(4)
        + " !" + some(6) + ")(" + some(2) + "," + some(1) + "." + some(1)
        + _DIGITS + ":;" + some(3) + "?" + some(33) + _LOWER + some(5)
    )  # fmt: skip
    return table


# Of a block of Unicode that follows ISCII: the code points, from the block's first, that fill the
# first 69 places of the frame.
_ISCII = (*range(0x01, 0x04), *range(0x05, 0x3A), 0x3C, 0x3D, *range(0x3E, 0x4E))


def _iscii(block: int, holes: str, rest: str) -> str:
    """`holes`: which places have no character, as low octets; `rest`: what fills the last six."""
    empty = {int(code, 16) for code in holes.split()}
    low = block & 0xFF  # a block begins at 00 or 80
    letters = (HOLE if low + code in empty else chr(block + code) for code in _ISCII)
    return _framed("".join(letters) + _letters(rest))


# A.3: by national language identifier. Two places where printed copies differ from each other are
# as handsets have them: 2C is a comma in all, and 24 of Kannada is the letter DDA.
LOCKING: Mapping[int, str] = {
    1: _TURKISH,
    3: _PORTUGUESE,
    4: _iscii(
        0x0980,
        "8D 8E 91 92 A9 B1 B3 B4 B5 C5 C6 C9 CA",
        "9CE 9D7 9DC 9DD 9F0 9F1",
    ),
    5: _iscii(0x0A80, "8E 92 A9 B1 B4 C6 CA", "AD0 AE0 AE1 AE2 AE3 AF1"),
    6: _iscii(0x0900, "", "950 972 97B 97C 97E 97F"),
    7: _iscii(0x0C80, "81 8D 91 A9 B4 C5 C9", "CD5 CD6 CE0 CE1 CE2 CE3"),
    8: _iscii(0x0D00, "01 0D 11 29 3C 45 49", "D57 D60 D61 D62 D63 D79"),
    9: _iscii(0x0B00, "0D 0E 11 12 29 31 34 45 46 49 4A", "B56 B57 B60 B61 B62 B63"),
    10: _iscii(
        0x0A00,
        "0B 0C 0D 0E 11 12 29 31 34 37 3D 43 44 45 46 49 4A",
        "A51 A70 A71 A72 A73 A74",
    ),
    11: _iscii(
        0x0B80,
        "81 8B 8C 8D 91 96 97 98 9B 9D A0 A1 A2 A5 A6 A7 AB AC AD BC BD C3 C4 C5 C9",
        "BD0 BD7 BF0 BF1 BF2 BF9",
    ),
    12: _iscii(0x0C00, "0D 11 29 34 3C 45 49", "C55 C56 C60 C61 C62 C63"),
    13: _framed(
        _letters(
            "627 622 628 67B 680 67E 6A6 62A 6C2 67F 679 67D 67A 67C"
            " 62B 62C 681 684 683 685 686 687 62D 62E 62F 68C 688 689 68A"
            " 68F 68D 630 631 691 693 699 632 696 698 69A 633 634"
            " 635 636 637 638 639 641 642 6A9 6AA 6AB 6AF 6B3 6B1 644 645 646"
            " 6BA 6BB 6BC 648 6C4 6D5 6C1 6BE 621 6CC 6D0 6D2 64D 650 64F 657"
            " 654 655 651 653 656 670"
        )
    ),
}

_UPPER = {0x41 + place: chr(0x41 + place) for place in range(26)}
# The signs that A.2.4 to A.2.13 have before the letters, from place 0.
_PUNCTUATION = "@£$¥¿\"¤%&'\f*+-/<=>¡^¡_#*"
_PUNCTUATED = (*range(0x0D), 0x0E, 0x0F, *range(0x10, 0x19))
# Where letters and signs of the script stand in them: two, ten digits, and the rest.
_SCRIPT = (0x19, 0x1A, *range(0x1C, 0x28), *range(0x2A, 0x2F), *range(0x30, 0x3C), 0x3F)


def _extension(codes: str) -> dict[int, str]:
    """A.2.4 to A.2.13."""
    script = zip(_SCRIPT, _letters(codes), strict=False)
    own = {place: letter for place, letter in script if letter != HOLE}
    return {**dict(zip(_PUNCTUATED, _PUNCTUATION, strict=True)), **EXTENSION, **_UPPER, **own}


def _digits(first: int) -> str:
    return " ".join(f"{code:X}" for code in range(first, first + 10))


_DANDAS = "964 965 "

# A.2: by national language identifier, what the second septet of a pair means.
SINGLE: Mapping[int, Mapping[int, str]] = {
    1: EXTENSION | {0x47: "Ğ", 0x49: "İ", 0x53: "Ş", 0x63: "ç", 0x67: "ğ", 0x69: "ı", 0x73: "ş"},
    2: EXTENSION
    | {0x09: "ç", 0x41: "Á", 0x49: "Í", 0x4F: "Ó", 0x55: "Ú"}
    | {0x61: "á", 0x69: "í", 0x6F: "ó", 0x75: "ú"},
    3: EXTENSION
    | {0x05: "ê", 0x09: "ç", 0x0B: "Ô", 0x0C: "ô", 0x0E: "Á", 0x0F: "á"}
    | {0x12: "Φ", 0x13: "Γ", 0x15: "Ω", 0x16: "Π", 0x17: "Ψ", 0x18: "Σ", 0x19: "Θ", 0x1F: "Ê"}
    | {0x41: "À", 0x49: "Í", 0x4F: "Ó", 0x55: "Ú", 0x5B: "Ã", 0x5C: "Õ"}
    | {0x61: "Â", 0x69: "í", 0x6F: "ó", 0x75: "ú", 0x7B: "ã", 0x7C: "õ", 0x7F: "â"},
    4: _extension(  # no dandas: its digits begin where those are elsewhere
        _digits(0x09E6) + " 9DF 9E0 9E1 9E2 9E3 9F2 9F3 9F4 9F5 9F6 9F7 9F8 9F9 9FA"
    ),
    5: _extension(_DANDAS + _digits(0x0AE6)),
    6: _extension(
        _DANDAS
        + _digits(0x0966)
        + " 951 952 953 954 958 959 95A 95B 95C 95D 95E 95F 960 961 962 963 970 971"
    ),
    7: _extension(_DANDAS + _digits(0x0CE6) + " CDE CF1 CF2"),
    8: _extension(_DANDAS + _digits(0x0D66) + " D70 D71 D72 D73 D74 D75 D7A D7B D7C D7D D7E D7F"),
    9: _extension(_DANDAS + _digits(0x0B66) + " B5C B5D B5F B70 B71"),
    10: _extension(_DANDAS + _digits(0x0A66) + " A59 A5A A5B A5C A5E A75"),
    11: _extension(_DANDAS + _digits(0x0BE6) + " BF3 BF4 BF5 BF6 BF7 BF8 BFA"),
    12: _extension("- - " + _digits(0x0C66) + " C58 C59 C78 C79 C7A C7B C7C C7D C7E C7F"),
    13: _extension(
        "600 601 "
        + _digits(0x06F0)
        + " 60C 60D 60E 60F 610 611 612 613 614 61B 61F 640 652 658 66B 66C 672 673 6CD 6D4"
    ),
}
