"""Any text in what a TTY can print: by meaning, letter by letter accounted for, the original kept.

Nothing is lost in silence: what cannot be said is named as unreadable, and every piece of the
result knows the piece of the original it stands for. The spelled form is never meant to be shown or
recorded alone: the original belongs beside it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, groupby

from .code import REPERTOIRE
from .meanings import NO_TURN, PICTURES, ROMAN, SAME, SOUNDED, TOGETHER, WORDS

NEW_LINE = "\r\n"
JOINER = "\N{ZERO WIDTH JOINER}"

_LINE = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"]*[^\s<>\".,;:!?')\]]", re.IGNORECASE)
_TOGETHER = re.compile("|".join(re.escape(key) for key in TOGETHER))
_TURN = re.compile(r"(?<![A-Z0-9])(?:SKSK|GA|SK)(?![A-Z0-9])")
_ENDING = re.compile(r"(?:(?<=\s)|^)(?:(?:QQ?|GA|SK|SKSK)(?:\s+|$))+$")
_ZIP = re.compile(r"[,.]?\s+\d{5}(?!\d)")
_CLOSES = " \r\n.,!?;:)"  # no space goes before these

# Bare spelling of one piece; the word says whether it stands apart from its neighbours.
_Bare = tuple[str, str, bool]  # original, spelled, apart


@dataclass(frozen=True, slots=True)
class Piece:
    """`spelled` is sent for `original`. Empty `spelled`: what shows nothing (a joiner, a mark of
    direction), or a repeat that is counted in the piece before it."""

    original: str
    spelled: str


@dataclass(frozen=True, slots=True)
class Spelling:
    """A text as it is sent. The pieces' originals in a row are the text that was given."""

    pieces: tuple[Piece, ...]

    @property
    def original(self) -> str:
        return "".join(piece.original for piece in self.pieces)

    @property
    def text(self) -> str:
        """What is sent; every character of it is in the repertoire."""
        return "".join(piece.spelled for piece in self.pieces)

    @property
    def changed(self) -> tuple[Piece, ...]:
        """The pieces that are sent as something else than their own capitals."""
        return tuple(one for one in self.pieces if one.spelled != one.original.upper())


def spell(text: str, *, ends_turns: bool = False) -> Spelling:
    """`text` for a TTY. A stand-alone GA, SK or SKSK in it never reads as the end of a turn.

    `ends_turns`: the writer knows TTYs (a call-taker), so those at the very end are meant, unless a
    comma before them makes a place of them."""
    pieces = _apart(_counted(_pieces(text)))
    return Spelling(tuple(_without_turns(pieces, ends_turns=ends_turns)))


def _pieces(text: str) -> Iterator[_Bare]:
    at = 0
    while at < len(text):
        piece = _taken(text, at)
        yield piece
        at += len(piece[0])


def _taken(text: str, at: int) -> _Bare:
    if line := _LINE.match(text, at):
        return line[0], NEW_LINE, False
    if link := _LINK.match(text, at):
        return link[0], _link(link[0]), True
    if text[at] == "#" and at + 1 < len(text) and text[at + 1].isalnum():
        return "#", "NUMBER" if text[at + 1].isdecimal() else "HASHTAG", True
    if together := _TOGETHER.match(text, at):
        # "<3" is a heart, "<30" is not
        heart = together[0] == "<3" and text[at + 2 : at + 3].isdecimal()
        if not heart:
            return together[0], WORDS[together[0]], True
    cluster = text[at : _cluster_end(text, at)]
    spelled, apart = _cluster(cluster)
    return cluster, spelled, apart


def _link(link: str) -> str:
    """Scheme dropped, every mark that a TTY has kept, the others as words in brackets."""
    bare = re.sub(r"^https?://", "", link, flags=re.IGNORECASE)
    said: list[str] = []
    for character in bare:
        spelled, apart = _cluster(character)
        said.append(f"({spelled.strip('()')})" if apart else spelled)
    return f"(LINK: {''.join(said)})"


def _cluster_end(text: str, at: int) -> int:
    """Where what is drawn as one ends: marks, skin tones, what a joiner joins, halves of a flag."""
    end = at + 1
    if _is_flag_half(text[at]) and _is_flag_half(text[end : end + 1]):
        return end + 1
    picture = unicodedata.category(text[at]) == "So"
    while end < len(text):
        if _clings(text[end]):
            end += 1
        elif picture and text[end] == JOINER and _is_picture(text[end + 1 : end + 2]):
            end += 2
        else:
            break
    return end


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _is_picture(character: str) -> bool:
    return bool(character) and unicodedata.category(character) == "So"


def _clings(character: str) -> bool:
    return (
        unicodedata.category(character).startswith("M")
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= character <= "\U000e007f"  # the region of a flag
    )


def _cluster(cluster: str) -> tuple[str, bool]:
    """Spelled, and whether it stands apart."""
    first = cluster[0]
    kind = unicodedata.category(first)
    if first in WORDS:
        return WORDS[first], True
    if _is_flag_half(first):
        halves = (ord(half) - 0x1F1E6 for half in cluster if _is_flag_half(half))
        return f"(FLAG {''.join(chr(ord('A') + half) for half in halves)})", True
    if first in SAME or first.lower() in SAME:
        return SAME.get(first) or SAME[first.lower()], False
    if kind == "Cf" or "\ufe00" <= first <= "\ufe0f":
        return "", False  # nothing that anybody sees
    if kind == "No":
        return _counted_mark(first)
    if kind in ("So", "Sk"):
        return _picture(cluster), True
    letters = _letters(first)
    return (letters, False) if letters else (f"({_named(first)})", True)


def _counted_mark(character: str) -> tuple[str, bool]:
    """A half is 1/2, a small or circled 2 is (2): never a digit of the number beside it."""
    plain = unicodedata.normalize("NFKD", character).replace("\u2044", "/").strip("()")
    if not plain or not REPERTOIRE.issuperset(plain):
        return f"({_named(character)})", True
    return (plain, True) if "/" in plain else (f"({plain})", False)


def _picture(cluster: str) -> str:
    """A picture in brackets by its short name; of a joined one every part, without skin tones."""
    parts = [one for one in cluster if unicodedata.category(one) in ("So", "Sk")]
    seen = [one for one in parts if not "\U0001f3fb" <= one <= "\U0001f3ff"] or parts
    return f"({', '.join(PICTURES.get(one) or _named(one) for one in seen)})"


def _letters(character: str) -> str:
    """In letters, digits and marks that a TTY has; empty when that cannot be done."""
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    name = unicodedata.name(character, "")
    for script in SOUNDED:
        if name.startswith(script):
            return name.removeprefix(script)
    if roman := ROMAN.get(character.lower()):
        return roman
    said: list[str] = []
    for part in unicodedata.normalize("NFKD", character):
        small = part.lower()
        if unicodedata.category(part).startswith("M"):
            continue
        plain = ROMAN.get(small) or SAME.get(small) or part.upper()
        if not REPERTOIRE.issuperset(plain):
            return ""
        said.append(plain)
    return "".join(said)


def _named(character: str) -> str:
    """The name of a mark; of a letter only that it cannot be read and its script."""
    name = unicodedata.name(character, "")
    if not name:
        return f"UNREADABLE U+{ord(character):04X}"
    if unicodedata.category(character)[0] in "SP":
        return name
    return f"UNREADABLE {name.partition(' ')[0].partition('-')[0]}"


def _counted(pieces: Iterator[_Bare]) -> list[_Bare]:
    """The same word several times in a row is said once, with how often."""
    counted: list[_Bare] = []
    for (spelled, apart), group in groupby(pieces, key=lambda one: one[1:]):
        run = list(group)
        if apart and len(run) > 1 and spelled not in ("NUMBER", "HASHTAG"):
            inside = spelled.endswith(")")
            times = f"{spelled[:-1]} X{len(run)})" if inside else f"{spelled} X{len(run)}"
            counted.append(("".join(one[0] for one in run), times, True))
        else:
            counted.extend(run)
    return counted


def _apart(bare: list[_Bare]) -> list[Piece]:
    """Exactly one space between a word that stands apart and what is beside it."""
    pieces: list[Piece] = []
    before = ""  # the last character sent
    for at, (original, spelled, apart) in enumerate(bare):
        if apart:
            after = next((one[1][0] for one in bare[at + 1 :] if one[1]), " ")
            lead = " " if before and before not in " \r\n(" else ""
            spelled = lead + spelled + ("" if after in _CLOSES else " ")
        pieces.append(Piece(original, spelled))
        before = spelled[-1:] or before
    return pieces


def _without_turns(pieces: list[Piece], *, ends_turns: bool) -> list[Piece]:
    """The pieces, with no token in them that would hand the line over unmeant."""
    text = "".join(piece.spelled for piece in pieces)
    kept_from = len(text)
    ending = _ENDING.search(text) if ends_turns else None
    if ending and not text[: ending.start()].rstrip().endswith(","):
        kept_from = ending.start()
    for turn in reversed(list(_TURN.finditer(text, 0, kept_from))):
        pieces = _replaced(pieces, turn.start(), turn.end(), text)
    return pieces


def _replaced(pieces: list[Piece], start: int, end: int, text: str) -> list[Piece]:
    """The token at `start` to `end` of `text` written out; the pieces it spans become one."""
    ends = list(accumulate(len(piece.spelled) for piece in pieces))
    first, last = bisect_right(ends, start), bisect_left(ends, end)
    spanned = pieces[first : last + 1]
    original = "".join(piece.original for piece in spanned)
    spelled = "".join(piece.spelled for piece in spanned)
    begun = ends[first] - len(pieces[first].spelled)
    in_address, elsewhere = NO_TURN[text[start:end]]
    comma = text[:start].rstrip().endswith(",")
    address = comma or _ZIP.match(text, end) or "GA" in original or "Ga" in original
    said = in_address if address else elsewhere
    whole = spelled[: start - begun] + said + spelled[end - begun :]
    return [*pieces[:first], Piece(original, whole), *pieces[last + 1 :]]
