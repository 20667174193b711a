"""Shifts: which of a code's two readings is meant, sending and receiving.

Sending prints the same on receivers whose shift is sticky (TTYs) and on those that fall back to
letters at a space (radio teletype): an explicit shift at the start of every carrier, again before
the 73rd character, and after every space that was sent in figures case. Receiving never throws a
reading away: a code is certain where its case is not, so every character carries both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .code import BACKSPACE, CARRIAGE_RETURN, FIGS, LINE_FEED, LTRS, SPACE, Case, reading, written

# One lost shift garbles all that follows it, so it is said again (V.18 A, TIA-825: 72).
CHARACTERS_PER_SHIFT_MAX = 72

_FRESH_LINE = (SPACE, CARRIAGE_RETURN, LINE_FEED)


@dataclass(frozen=True, slots=True)
class Sending:
    """What the far receiver is known to be in. A new one for every carrier: `Sending()`.

    `careful` is for a line that is known to be bad: a shift is said at the start of every word."""

    careful: bool = False
    case: Case | None = None  # None: no shift has been sent on this carrier
    since: int = 0  # characters since the last shift
    doubtful: bool = False  # some receivers have gone back to letters, others have not

    def send(self, character: str) -> tuple[tuple[int, ...], Sending]:
        """The codes that print `character`, one or two, and what holds afterwards."""
        how = written(character)
        needed = how.case or self.case or Case.LETTERS
        shifts = (
            needed is not self.case
            or self.since >= CHARACTERS_PER_SHIFT_MAX
            or (self.doubtful and how.case is not None)
        )
        codes = (needed.value, how.code) if shifts else (how.code,)
        return codes, replace(
            self,
            case=needed,
            since=1 if shifts else self.since + 1,
            doubtful=self._doubtful_after(how.code, needed, said=shifts),
        )

    def _doubtful_after(self, code: int, case: Case, *, said: bool) -> bool:
        if code in _FRESH_LINE and self.careful:
            return True
        if code == SPACE and case is Case.FIGURES:
            return True
        # A backspace or a new line settles nothing; a shift does.
        unsettling = code in (BACKSPACE, *_FRESH_LINE)
        return self.doubtful and unsettling and not said


def send(text: str, state: Sending | None = None) -> tuple[tuple[int, ...], ...]:
    """The codes of each character of `text` on one carrier, shifts before what they are for.

    `text` is of the repertoire; a member has one code, or two when a shift goes before it."""
    state = state or Sending()
    sent: list[tuple[int, ...]] = []
    for character in text:
        codes, state = state.send(character)
        sent.append(codes)
    return tuple(sent)


@dataclass(frozen=True, slots=True)
class Character:
    """One code as it was received, with both things it can mean. For the record and the page.

    `reading` is what the shift in force makes of it and `other` what the other case would; both are
    the same for space, CR, LF and backspace, and empty for a shift. `confidence` is the receiver's,
    0 to 1; `at` the last sample of its stop bit, from the first of the call."""

    code: int
    case: Case
    reading: str
    other: str
    confidence: float = 1.0
    at: int = 0

    @property
    def certain(self) -> bool:
        """Whether no shift that was lost or made up could have changed what it says."""
        return self.reading == self.other


@dataclass(frozen=True, slots=True)
class Receiving:
    """The shift in force. A new one for every carrier: `Receiving()`; it starts in letters.

    `falls_back` is for a sender of radio teletype habits, who says no LTRS after a space."""

    falls_back: bool = False
    case: Case = Case.LETTERS

    def receive(
        self, code: int, confidence: float = 1.0, at: int = 0
    ) -> tuple[Character, Receiving]:
        """The character of `code` (0 to 31), shifts included, and what holds afterwards."""
        case = Case(code) if code in (LTRS, FIGS) else self.case
        here, there = reading(code, case), reading(code, case.other)
        character = Character(code, case, here, there, confidence, at)
        fallen = self.falls_back and code == SPACE
        after = Case.LETTERS if fallen else case
        return character, self if after is self.case else replace(self, case=after)


def receive(codes: Iterable[int], state: Receiving | None = None) -> tuple[Character, ...]:
    """The characters of one carrier, one per code."""
    state = state or Receiving()
    heard: list[Character] = []
    for code in codes:
        character, state = state.receive(code)
        heard.append(character)
    return tuple(heard)


def text_of(characters: Iterable[Character]) -> str:
    """What a sheet of paper would show, backspaces as they came."""
    return "".join(character.reading for character in characters)
