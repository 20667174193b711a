"""From data_coding to an alphabet, and from octets to text. Says in words what it had to mend.

Text may come from a person in danger: whatever can be read is read, nothing is guessed silently,
and the caller of these functions keeps the octets.
"""

from __future__ import annotations

from typing import Literal, assert_never

from msgspec import Struct

from . import gsm7

Alphabet = Literal["gsm7", "ascii", "latin1", "ucs2", "octets"]

BIG_ENDIAN_MARK = b"\xfe\xff"
LITTLE_ENDIAN_MARK = b"\xff\xfe"
UNREADABLE = "\ufffd"

# SMPP v3.4, 5.2.19. Codings that are no text, or none this gateway reads, are "octets".
_CODINGS: dict[int, Alphabet] = {0x01: "ascii", 0x03: "latin1", 0x08: "ucs2"}
# 3GPP TS 23.038, section 4, bits 3-2 of the general group, which some peers pass on as it is.
_GENERAL: tuple[Alphabet, ...] = ("gsm7", "octets", "ucs2", "octets")


class Decoded(Struct, frozen=True, gc=False):
    """`remarks` say in words what could not be read as it came; () when everything could."""

    text: str
    remarks: tuple[str, ...] = ()


def alphabet_of(data_coding: int, default: Alphabet) -> Alphabet:
    """What the octets are written in. `default` is the meaning of 0 on this account."""
    if data_coding == 0:
        return default
    if data_coding < 0x10:
        return _CODINGS.get(data_coding, "octets")
    if data_coding < 0x40:
        return _GENERAL[data_coding >> 2 & 3]
    if data_coding >= 0xF0:  # data coding and message class: bit 2 set is 8-bit data
        return "octets" if data_coding & 0x04 else "gsm7"
    if data_coding >= 0xE0:  # message waiting, stored, in UCS2
        return "ucs2"
    return "gsm7" if data_coding >= 0xC0 else "octets"


def decode(octets: bytes, alphabet: Alphabet) -> Decoded:
    """The text of octets; never raises. What is no text has no text, and a remark."""
    match alphabet:
        case "gsm7":
            text = gsm7.decode(octets)
            return Decoded(text) if octets.isascii() else Decoded(text, (_not_seven_bit("GSM-7"),))
        case "ascii":
            text = octets.decode("latin-1")
            return Decoded(text) if octets.isascii() else Decoded(text, (_not_seven_bit("ASCII"),))
        case "latin1":
            return Decoded(octets.decode("latin-1"))
        case "ucs2":
            return _utf_16(octets)
        case "octets":
            return Decoded("", (f"not text: {len(octets)} octets of data",) if octets else ())
        case _:
            assert_never(alphabet)


def _not_seven_bit(alphabet: str) -> str:
    return f"octets above 7F, which {alphabet} does not have, are read as Latin-1"


def _utf_16(octets: bytes) -> Decoded:
    """UTF-16, big-endian unless a byte order mark says otherwise. A lone half of a character and
    an octet too many are shown as U+FFFD."""
    remarks: list[str] = []
    codec = "utf-16-be"
    if octets.startswith(LITTLE_ENDIAN_MARK):
        codec = "utf-16-le"
        remarks.append("little-endian UCS-2, as its byte order mark says")
    if octets.startswith((BIG_ENDIAN_MARK, LITTLE_ENDIAN_MARK)):
        octets = octets[2:]
    odd = octets[len(octets) & ~1 :]
    if odd:
        octets = octets[:-1]
        remarks.append(
            f"an odd number of octets in UCS-2: the last one, {odd.hex().upper()}, is no character"
        )
    try:
        text = octets.decode(codec)
    except UnicodeDecodeError:
        text = _with_lone_halves(octets, codec)
        remarks.append("half a character without its other half")
    return Decoded(text + UNREADABLE if odd else text, tuple(remarks))


def _with_lone_halves(octets: bytes, codec: str) -> str:
    text = octets.decode(codec, "surrogatepass")
    return "".join(UNREADABLE if "\ud800" <= c <= "\udfff" else c for c in text)
