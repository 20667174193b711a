"""What the PSAP types, turn by turn: letters in, the words for the caller out. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...tty.shifts import Character
from ...tty.tokens import TURN_ENDS, Token, token, turn_end

# A caller need not wait for the GA of a long turn: from so many letters on it goes out at a word's
# end. Some 50 s of typing, two parts of a text.
TURN_MAX = 300


@dataclass(frozen=True, slots=True)
class Turn:
    """`text`: what the caller is told, "" for nothing. `ends`: GA, SK or SKSK at its end. `raw`:
    all letters as they came and, behind a line feed, their codes in hexadecimal."""

    text: str
    ends: Token | None
    raw: bytes


class Said:
    """One turn as it grows. `plainly`: the caller knows no TTY, so that what only says whose turn
    it is is left out."""

    def __init__(self, *, plainly: bool) -> None:
        self._plainly = plainly
        self._text = ""
        self._raw = ""
        self._codes = bytearray()

    def add(self, character: Character) -> None:
        self._codes.append(character.code & 0xFF)
        self._raw += character.reading
        if character.reading == "\b":
            self._text = self._text[:-1]
        else:
            self._text += character.reading

    @property
    def is_long(self) -> bool:
        """Whether what there is should go out although the turn goes on."""
        return len(self._text) >= TURN_MAX and self._text[-1].isspace()

    def take(self) -> Turn | None:
        """The turn so far, which begins anew; None when nothing came."""
        if not self._codes:
            return None
        text = re.sub(r"\s+", " ", self._text).strip()
        ends = turn_end(text)
        raw = f"{self._raw}\n{self._codes.hex()}".encode()
        self._text = self._raw = ""
        self._codes.clear()
        return Turn(plain(text) if self._plainly else text, ends, raw)


def plain(text: str) -> str:
    """Without the words by which people on TTYs take turns; a question gets its mark."""
    words = text.split()
    if turn_end(text.upper()) is not None:
        while words and token(words[-1].upper()) in TURN_ENDS:
            words.pop()
    if words and token(words[-1].upper()) is Token.QQ:
        words.pop()
        if words and words[-1][-1].isalnum():
            words[-1] += "?"
    return " ".join(words)
