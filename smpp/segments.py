"""Our own texts on the wire: the smallest honest alphabet, cut where a reader does not mind.

Pure. What the console's composer counts and what goes to the carrier come from the one function
`compose`, so that they cannot differ.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Literal

from msgspec import Struct

from . import gsm7
from .alphabets import UNREADABLE, Alphabet

PARTS_MAX = 255  # the header counts parts in one octet

# Units (septets, or 16-bit units) of a text in one part, and of each part of several: 140 octets,
# of which a header with an 8-bit reference takes 6 (3GPP TS 23.040, 9.2.3.24.1).
_GSM7_LIMITS = (160, 153)
_UCS2_LIMITS = (70, 67)

# How far back a cut is moved to fall behind a space, in units: about the longest common word.
_WORD = 30

_LONE_HALF = re.compile("[\ud800-\udfff]")
_JOINER = "\u200d"


class Composed(Struct, frozen=True, gc=False):
    """A text as it goes on the wire. `segments` are user data without header, one per part."""

    alphabet: Literal["GSM-7", "UCS-2"]
    data_coding: int
    as_sent: str  # the text after replacement of what the alphabet lacks
    segments: tuple[bytes, ...]
    left: int  # units that still fit into the last part


def compose(text: str, default: Alphabet = "gsm7") -> Composed:
    """`default` is what data_coding 0 means on the account: septets as such, or the same
    characters in ASCII or Latin-1, which the carrier turns into septets.

    Raises ValueError for a text of more than 255 parts.
    """
    plain = gsm7.normalised(text)
    encode = None if gsm7.lacks(plain) else _encoder(plain, default)
    if encode is not None:
        pieces, used, limit = _cut(plain, gsm7.septets, *_GSM7_LIMITS)
        return Composed("GSM-7", 0, plain, tuple(map(encode, pieces)), limit - used)
    whole = _LONE_HALF.sub(UNREADABLE, text)
    pieces, used, limit = _cut(whole, _units, *_UCS2_LIMITS)
    segments = tuple(piece.encode("utf-16-be") for piece in pieces)
    return Composed("UCS-2", 8, whole, segments, limit - used)


def _encoder(plain: str, default: Alphabet) -> Callable[[str], bytes] | None:
    """How data_coding 0 writes this text on the account; None when it cannot."""
    match default:
        case "gsm7" | "packed":  # packed where the header is put before it
            return gsm7.encode
        case "ascii":
            return str.encode if plain.isascii() else None
        case "latin1":
            return _latin1 if max(plain, default="") <= "\xff" else None
        case _:
            return None


def _latin1(text: str) -> bytes:
    return text.encode("latin-1")


def _units(text: str) -> int:
    """16-bit units: a character beyond the basic plane takes two."""
    return len(text.encode("utf-16-be")) // 2


def _cut(
    text: str, size: Callable[[str], int], alone: int, each: int
) -> tuple[list[str], int, int]:
    """The pieces, the units used of the last one, and how many it may have."""
    whole = size(text)
    if whole <= alone:
        return [text], whole, alone
    pieces: list[str] = []
    piece: list[str] = []
    used = 0
    for cluster in _clusters(text, size, each):
        units = size(cluster)
        if used + units > each:
            rest = _back_to_space(piece, size)
            pieces.append("".join(piece))
            piece, used = rest, sum(map(size, rest))
        piece.append(cluster)
        used += units
    pieces.append("".join(piece))
    if len(pieces) > PARTS_MAX:
        raise ValueError(f"the text needs {len(pieces)} parts, at most {PARTS_MAX} are possible")
    return pieces, used, each


def _back_to_space(piece: list[str], size: Callable[[str], int]) -> list[str]:
    """Take the beginning of a word off the end of a piece; [] when the word is very long."""
    back = 0
    for at in range(len(piece) - 1, 0, -1):
        if piece[at] in (" ", "\n"):
            rest = piece[at + 1 :]
            del piece[at + 1 :]
            return rest
        back += size(piece[at])
        if back > _WORD:
            break
    return []


def _clusters(text: str, size: Callable[[str], int], each: int) -> Iterator[str]:
    """The characters a reader sees, each with its marks; one longer than a part falls apart. The
    text is not empty."""
    cluster = ""
    for character in text:
        too_long = size(cluster + character) > each
        if cluster and (too_long or not _belongs(cluster, character)):
            yield cluster
            cluster = ""
        cluster += character
    yield cluster


def _belongs(cluster: str, character: str) -> bool:
    """Whether a character continues what is before it (a small part of Unicode's UAX 29: marks,
    joined emoji, skin tones, flags, tags, and CR LF)."""
    last = cluster[-1]
    if character < "\u0300":
        return last == "\r" and character == "\n"
    if unicodedata.category(character) in ("Mn", "Mc", "Me") or character == _JOINER:
        return True
    if last == _JOINER or "\U0001f3fb" <= character <= "\U0001f3ff":
        return True
    if "\U000e0020" <= character <= "\U000e007f":
        return True
    return len(cluster) == 1 and _is_flag_letter(last) and _is_flag_letter(character)


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
