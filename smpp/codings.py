"""From data_coding to an alphabet (SMPP v3.4, 5.2.19, and 3GPP TS 23.038, section 4), as a table.

Every one of the 256 values means something here: what a standard leaves open is read as the
account's default, which is what TS 23.038 asks for, and is said to be so.
"""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct

# "packed" is GSM-7 with eight septets in seven octets; whoever takes a message apart unpacks it.
Alphabet = Literal[
    "gsm7",
    "packed",
    "ascii",
    "latin1",
    "cyrillic",
    "hebrew",
    "jis",
    "iso2022jp",
    "eucjp",
    "ksc5601",
    "ucs2",
    "octets",
    "pictograms",
    "compressed",
]
ALPHABETS: tuple[Alphabet, ...] = get_args(Alphabet)
NO_TEXT: frozenset[Alphabet] = frozenset({"octets", "pictograms", "compressed"})

# SMPP v3.4, 5.2.19. 0 is the account's, 0B, 0C and 0F are reserved.
_SMPP: dict[int, Alphabet] = {
    0x01: "ascii",
    0x02: "octets",
    0x03: "latin1",
    0x04: "octets",
    0x05: "jis",
    0x06: "cyrillic",
    0x07: "hebrew",
    0x08: "ucs2",
    0x09: "pictograms",
    0x0A: "iso2022jp",
    0x0D: "eucjp",
    0x0E: "ksc5601",
}
# TS 23.038, section 4: bits 3-2 of the general groups. The fourth is reserved.
_GENERAL: tuple[Alphabet, ...] = ("gsm7", "octets", "ucs2")
_COMPRESSED = 0x20
_HAS_CLASS = 0x10
_DELETED = 0x40
_WAITING = ("voicemail", "fax", "e-mail", "another message")
_ACTIVE = 0x08

# Class 1 in the default alphabet: GSM-7 whatever an account takes 0 for; handsets store it as ever.
GSM7_CLASS_1 = 0xF1

FLASH = "sent as a flash message (class 0)"
DELETED = "marked by its sender for automatic deletion"
COMPRESSED = "compressed text (3GPP TS 23.042), which cannot be read here"


class Coding(Struct, frozen=True, gc=False):
    """`alphabet` None is the account's default. `reserved`: no standard says what it means."""

    alphabet: Alphabet | None
    remarks: tuple[str, ...] = ()
    reserved: bool = False


def coding_of(data_coding: int) -> Coding:
    """What a data_coding (0 to 255) says of its octets."""
    return _CODINGS[data_coding]


def _coding(data_coding: int) -> Coding:
    if data_coding == 0:
        return Coding(None)
    if data_coding < 0x10:
        alphabet = _SMPP.get(data_coding)
        return Coding(alphabet) if alphabet else _reserved(data_coding)
    if data_coding < 0x80:
        return _general(data_coding)
    if data_coding < 0xC0:
        return _reserved(data_coding)
    if data_coding < 0xF0:
        state = "active" if data_coding & _ACTIVE else "over"
        kind = _WAITING[data_coding & 0x03]
        waiting = (f"message waiting indication: {kind}, {state}",)
        return Coding("ucs2" if data_coding >= 0xE0 else "gsm7", waiting)
    flash = (FLASH,) if data_coding & 0x03 == 0 else ()
    return Coding("octets" if data_coding & 0x04 else "gsm7", flash)


def _general(data_coding: int) -> Coding:
    remarks: tuple[str, ...] = (DELETED,) if data_coding & _DELETED else ()
    if data_coding & _HAS_CLASS and data_coding & 0x03 == 0:
        remarks += (FLASH,)
    if data_coding & _COMPRESSED:
        return Coding("compressed", (*remarks, COMPRESSED))
    kind = data_coding >> 2 & 3
    if kind == len(_GENERAL):
        return _reserved(data_coding, remarks)
    return Coding(_GENERAL[kind], remarks)


def _reserved(data_coding: int, remarks: tuple[str, ...] = ()) -> Coding:
    said = f"data_coding {data_coding:02X} is reserved: read in the carrier's default alphabet"
    return Coding(None, (*remarks, said), reserved=True)


_CODINGS = tuple(map(_coding, range(256)))
