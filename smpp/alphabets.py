"""From octets to text. Says in words what it had to mend.

Text may come from a person in danger: whatever can be read is read, nothing is guessed silently,
what cannot be read is shown as octets, and the caller of these functions keeps the octets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from . import gsm7
from .codings import ALPHABETS, NO_TEXT, Alphabet, coding_of
from .counting import counted
from .national import LANGUAGES, LOCKING, SINGLE
from .septets import unpack

__all__ = ["Alphabet", "Decoded", "alphabet_of", "decode", "in_hex", "with_tables"]

BIG_ENDIAN_MARK = b"\xfe\xff"
LITTLE_ENDIAN_MARK = b"\xff\xfe"
_MARKS = (BIG_ENDIAN_MARK, LITTLE_ENDIAN_MARK)
UNREADABLE = "\ufffd"
HEX_MAX = 140  # octets that are written out, what one short message holds; the record keeps all

# Eight-bit sets and those of several octets, as the interpreter names them. For EUC-KR and the
# like its widest relative: what a handset adds is then read too.
_CODECS: dict[str, tuple[str, str]] = {
    "latin1": ("latin-1", "Latin-1"),
    "cyrillic": ("iso8859-5", "Cyrillic (ISO-8859-5)"),
    "hebrew": ("iso8859-8", "Hebrew (ISO-8859-8)"),
    "iso2022jp": ("iso2022_jp_ext", "ISO-2022-JP"),
    "eucjp": ("euc_jp", "EUC-JP (JIS X 0212)"),
    "ksc5601": ("cp949", "Korean (KS C 5601)"),
}
_DATA = {"octets": "data", "pictograms": "pictograms", "compressed": "compressed text"}
_KANA = frozenset(b"\x24\x25")  # rows of JIS X 0208: hiragana and katakana
_KANA_MIN = 2  # one alone may be a price in dollars
_PRIVATE = re.compile("[\ue000-\uf8ff]")  # where cp932 puts what Shift_JIS does not have
_JAPANESE_ESCAPE = b"\x1b"


class Decoded(Struct, frozen=True, gc=False):
    """`remarks` say in words what could not be read as it came; () when everything could."""

    text: str
    remarks: tuple[str, ...] = ()


def alphabet_of(data_coding: int, default: Alphabet) -> Alphabet:
    """What the octets are written in. `default` is the meaning of 0 on this account; one that
    packs its septets packs them under every coding that is GSM-7."""
    alphabet = coding_of(data_coding).alphabet or default
    return "packed" if alphabet == "gsm7" and default == "packed" else alphabet


def with_tables(locking: int, single: int) -> str:
    """The name under which `decode` knows GSM-7 with these national language identifiers."""
    return f"gsm7/{locking}.{single}" if locking or single else "gsm7"


def decode(octets: bytes, alphabet: str) -> Decoded:
    """The text of octets; never raises for octets. `alphabet` is one of `Alphabet`, or what
    `with_tables` gave; ValueError for any other name. What is no text is shown in brackets."""
    match alphabet:
        case "gsm7":
            return _septets(octets, gsm7.decode(octets))
        case "packed":
            return decode(unpack(octets), "gsm7")
        case "ascii":
            text = octets.decode("latin-1")
            return Decoded(text) if octets.isascii() else Decoded(text, (_not_seven_bit("ASCII"),))
        case "ucs2":
            return _utf_16(octets)
        case "jis":
            return _japanese(octets)
        case _ if alphabet in _CODECS:
            return _by_codec(octets, *_CODECS[alphabet])
        case _ if alphabet in NO_TEXT:
            return _data(octets, _DATA[alphabet])
        case _:
            return _national(octets, alphabet)


def in_one_order(parts: Sequence[bytes]) -> tuple[bytes, tuple[str, ...]]:
    """The UCS-2 of parts that follow one another, and a remark when not all had the same order.
    Some senders put a byte order mark before every part; within a text that is a character nobody
    sees."""
    if not any(part.startswith(_MARKS) for part in parts[1:]):
        return b"".join(parts), ()
    runs: list[bytearray] = [bytearray(BIG_ENDIAN_MARK)]
    for part in parts:
        if len(runs[-1]) % 2 == 0 and part.startswith(_MARKS):
            runs.append(bytearray(part))
        else:
            runs[-1] += part  # as the one before; or its first octet ends a character
    marks = {bytes(run[:2]) for run in runs if len(run) > len(BIG_ENDIAN_MARK)}
    if len(marks) == 1:
        return marks.pop() + b"".join(run[2:] for run in runs), ()
    turned = (_turned(run) if run.startswith(LITTLE_ENDIAN_MARK) else run for run in runs)
    return b"".join(run[2:] for run in turned), ("UCS-2 in both byte orders, as its marks say",)


def _turned(octets: bytearray) -> bytearray:
    whole = len(octets) & ~1
    turned = bytearray(octets)
    turned[:whole:2], turned[1:whole:2] = octets[1:whole:2], octets[:whole:2]
    return turned


def in_hex(octets: bytes) -> str:
    """Octets for a person to read, not more than a short message has."""
    written = octets[:HEX_MAX].hex(" ").upper()
    rest = len(octets) - HEX_MAX
    return f"{written} and {rest} more" if rest > 0 else written


def _data(octets: bytes, what: str) -> Decoded:
    if not octets:
        return Decoded("")
    count = counted(len(octets), "octet")
    return Decoded(f"[{count} of {what}: {in_hex(octets)}]", (f"not text: {count} of {what}",))


def _septets(octets: bytes, text: str) -> Decoded:
    return Decoded(text) if octets.isascii() else Decoded(text, (_not_seven_bit("GSM-7"),))


def _not_seven_bit(alphabet: str) -> str:
    return f"octets above 7F, which {alphabet} does not have, are read as Latin-1"


def _national(octets: bytes, alphabet: str) -> Decoded:
    name, _, tables = alphabet.partition("/")
    numbers = tables.split(".")
    if name != "gsm7" or len(numbers) != 2:
        raise ValueError(f"no alphabet is called {alphabet}; there are {', '.join(ALPHABETS)}")
    locking, single = map(int, numbers)
    remarks: tuple[str, ...] = ()
    if locking and locking not in LOCKING:
        remarks += (_no_table(locking, "locking"),)
    if single and single not in SINGLE:
        remarks += (_no_table(single, "single"),)
    read = _septets(octets, gsm7.decode(octets, locking, single))
    if UNREADABLE in read.text and octets.isascii():
        remarks += (f"{LANGUAGES[locking]} has no character for some septets: {in_hex(octets)}",)
    return Decoded(read.text, remarks + read.remarks)


def _no_table(number: int, kind: str) -> str:
    language = LANGUAGES.get(number, "unknown")
    return (
        f"no {kind} shift table has the number {number} ({language}): read with the default table"
    )


def _by_codec(octets: bytes, codec: str, name: str) -> Decoded:
    try:
        return Decoded(octets.decode(codec))
    except UnicodeDecodeError:
        text = octets.decode(codec, "replace")
        return Decoded(text, (f"not all of it is {name}: {in_hex(octets)}",))


def _japanese(octets: bytes) -> Decoded:
    """JIS X 0208 as it is found: with the escapes of ISO-2022-JP, as Shift_JIS, or in its bare two
    octets. Without escapes it is told by what fits, and said."""
    if _JAPANESE_ESCAPE in octets:
        return _by_codec(octets, *_CODECS["iso2022jp"])
    if octets.isascii():
        return _seven_bit_japanese(octets)
    text = octets.decode("cp932", "replace")
    if UNREADABLE not in text and not _PRIVATE.search(text):
        return Decoded(text, ("JIS, read as Shift_JIS",))
    read = _by_codec(octets, *_CODECS["eucjp"])
    return Decoded(read.text, ("JIS, read as EUC-JP", *read.remarks))


def _seven_bit_japanese(octets: bytes) -> Decoded:
    """Words in Japanese have their endings in kana, so half of their pairs lie in two rows; what
    does not look like that is what it looks like."""
    kana = sum(lead in _KANA for lead in octets[::2])
    if kana >= _KANA_MIN and 4 * kana >= len(octets) and not len(octets) & 1:
        text = bytes(octet | 0x80 for octet in octets).decode("euc_jp", "replace")
        if UNREADABLE not in text:
            return Decoded(text, ("read as JIS X 0208 without escapes",))
    return Decoded(octets.decode("ascii"))


def _utf_16(octets: bytes) -> Decoded:
    """UTF-16, big-endian unless a byte order mark says otherwise. A lone half of a character and
    an octet too many are shown as U+FFFD."""
    remarks: list[str] = []
    codec = "utf-16-be"
    if octets.startswith(LITTLE_ENDIAN_MARK):
        codec = "utf-16-le"
        remarks.append("little-endian UCS-2, as its byte order mark says")
    if octets.startswith(_MARKS):
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
