"""Our own texts on the wire: the smallest honest alphabet, cut where a reader does not mind.

Pure. What the console's composer counts and what goes to the carrier come from the one function
`compose`, so that they cannot differ.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from msgspec import Struct

from . import gsm7
from .alphabets import UNREADABLE, Alphabet
from .codings import GSM7_CLASS_1
from .national import LANGUAGES
from .septets import fill_bits, pack

PARTS_MAX = 255  # the header counts parts in one octet

OCTETS = 140  # of user data in one short message (3GPP TS 23.040, 9.2.3.24)
_CONCATENATED = 5  # octets of the element that joins parts, with an 8-bit reference
_SHIFTED = 3  # octets of the element that names a single shift table
_UNITS = 2  # octets of a 16-bit unit

# How far back a cut is moved to fall behind a space, in units: about the longest common word.
_WORD = 30

_LONE_HALF = re.compile("[\ud800-\udfff]")
_JOINER = "\u200d"
# At the beginning of a part a reader would take these for byte order marks; both say nothing.
_MARKS = str.maketrans({"\ufeff": "", "\ufffe": UNREADABLE})
_AT = gsm7.encode("@")
_BEYOND_ASCII = {"ascii": "\x80", "latin1": "\u0100"}  # the first character that 0 cannot write


class Composed(Struct, frozen=True, gc=False):
    """A text as it goes on the wire. `segments` are user data without header, one per part: 16-bit
    units, or, where data_coding is 0, septets with one in each octet, whatever 0 means on the
    account (`coded` turns them into that)."""

    alphabet: str  # "GSM-7", "GSM-7 Spanish" with a national table, or "UCS-2"
    data_coding: int
    as_sent: str  # the text after replacement of what the alphabet lacks
    segments: tuple[bytes, ...]
    left: int  # units that still fit into the last part
    room: int  # units that a part holds
    single: int = 0  # the national language identifier of a single shift table (TS 23.038, A.2)


def compose(text: str, default: Alphabet = "gsm7", shifts: Iterable[int] = ()) -> Composed:
    """The fewest parts; of equals GSM-7 before a national table before UCS-2.

    `default` is what data_coding 0 means on the account: septets, as such or packed, or the same
    characters in ASCII or Latin-1, which the carrier turns into septets. `shifts` are the single
    shift tables that may be used there, the preferred one first.

    Raises ValueError for a text of more than 255 parts.
    """
    plain = _plain(text, default)
    if plain is not None:
        found = [_in_septets(plain, default, 0)]
    else:
        found = [*_shifted(text, default, shifts), _in_units(text)]
    fewest = min(found, key=lambda one: len(one.segments))
    parts = len(fewest.segments)
    if parts > PARTS_MAX:
        raise ValueError(f"the text needs {parts} parts, at most {PARTS_MAX} are possible")
    return fewest


def coded(octets: bytes, single: int, default: Alphabet, fill: int) -> tuple[int, bytes]:
    """Septets of a segment as an account has them: its data_coding and the user data behind a
    header that leaves `fill` bits. An account whose data_coding 0 lacks one of the characters gets
    the septets under F1, which is the default alphabet of TS 23.038 by any reading of 0."""
    match default:
        case "gsm7":
            return 0, octets
        case "packed":
            return 0, pack(octets, fill) if octets.isascii() else octets
        case "ascii" | "latin1" if not single:
            text = gsm7.decode(octets)
            if max(text, default="") < _BEYOND_ASCII[default]:
                return 0, text.encode("latin-1")
        case _:
            pass
    return GSM7_CLASS_1, octets


def limits(units: int, single: int = 0) -> tuple[int, int]:
    """How many units of so many bits one part holds that stands alone, and each of several."""
    shift = _SHIFTED if single else 0
    alone = shift + 1 if shift else 0
    return (
        (OCTETS - alone) * 8 // units,
        (OCTETS - shift - _CONCATENATED - 1) * 8 // units,
    )


def _plain(text: str, default: Alphabet) -> str | None:
    """The text in GSM-7, when that and data_coding 0 of the account can write it."""
    plain = gsm7.normalised(text)
    if gsm7.lacks(plain):
        return None
    if default in _BEYOND_ASCII:
        return plain if max(plain, default="") < _BEYOND_ASCII[default] else None
    return plain if default in ("gsm7", "packed") else None


def _shifted(text: str, default: Alphabet, shifts: Iterable[int]) -> Iterator[Composed]:
    """The text with each table that has what it needs. Only septets have tables."""
    for single in shifts if default in ("gsm7", "packed") else ():
        plain = gsm7.normalised(text, single)
        if not gsm7.lacks(plain, single):
            yield _in_septets(plain, default, single)


def _in_septets(plain: str, default: Alphabet, single: int) -> Composed:
    size = partial(gsm7.septets, single=single)
    pieces, used, limit = _cut(plain, size, *limits(7, single))
    segments = tuple(gsm7.encode(piece, single) for piece in pieces)
    if default == "packed" and segments[-1].endswith(_AT):
        header = udh_size(len(pieces), single)
        if (fill_bits(header) + 7 * used) % 8 == 0:
            # Who unpacks cannot tell this from seven bits left over: a blank makes it plain.
            return _in_septets(plain + " ", default, single)
    name = f"GSM-7 {LANGUAGES[single]}" if single else "GSM-7"
    return Composed(name, 0, plain, segments, limit - used, limit, single)


def _in_units(text: str) -> Composed:
    whole = _LONE_HALF.sub(UNREADABLE, text).translate(_MARKS)
    pieces, used, limit = _cut(whole, _units, *limits(8 * _UNITS))
    segments = tuple(piece.encode("utf-16-be") for piece in pieces)
    return Composed("UCS-2", 8, whole, segments, limit - used, limit)


def udh_size(parts: int, single: int) -> int:
    """Octets of the header of one of our parts, its length octet included; 0 for none."""
    elements = (_CONCATENATED if parts > 1 else 0) + (_SHIFTED if single else 0)
    return elements + 1 if elements else 0


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
