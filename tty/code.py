"""The 5-bit code of TTYs (V.18 Annex A, TIA-825) as one visible table, read in both directions.

It is not ITA2 and not the US teletype's code: G is +, H is =, D is $, J is ', V is ;, Z is ", and
code 00 is backspace. Never guesses a case: which of its two readings a code has is said by the
shift before it (`shifts`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

BACKSPACE = 0x00
LINE_FEED = 0x02
SPACE = 0x04
CARRIAGE_RETURN = 0x08
FIGS = 0x1B  # what follows is figures
LTRS = 0x1F  # what follows is letters

BITS = 5  # of one code, the least significant sent first
UNASSIGNED = "\N{REPLACEMENT CHARACTER}"  # code 05 in figures case stands for nothing
SHIFT = ""  # what a shift prints


class Case(Enum):
    """Which column of the table is in force."""

    LETTERS = LTRS
    FIGURES = FIGS

    @property
    def other(self) -> Case:
        return Case.FIGURES if self is Case.LETTERS else Case.LETTERS


# code -> (in letters case, in figures case)
TABLE: tuple[tuple[str, str], ...] = (
    ("\b", "\b"),         # 00  erases one character; not NUL
    ("E", "3"),           # 01
    ("\n", "\n"),         # 02
    ("A", "-"),           # 03
    (" ", " "),           # 04  does not shift back to letters
    ("S", UNASSIGNED),    # 05
    ("I", "8"),           # 06
    ("U", "7"),           # 07
    ("\r", "\r"),         # 08
    ("D", "$"),           # 09
    ("R", "4"),           # 0A
    ("J", "'"),           # 0B
    ("N", ","),           # 0C
    ("F", "!"),           # 0D
    ("C", ":"),           # 0E
    ("K", "("),           # 0F
    ("T", "5"),           # 10
    ("Z", '"'),           # 11
    ("L", ")"),           # 12
    ("W", "2"),           # 13
    ("H", "="),           # 14
    ("Y", "6"),           # 15
    ("P", "0"),           # 16
    ("Q", "1"),           # 17
    ("O", "9"),           # 18
    ("B", "?"),           # 19
    ("G", "+"),           # 1A
    (SHIFT, SHIFT),       # 1B  FIGS
    ("M", "."),           # 1C
    ("X", "/"),           # 1D
    ("V", ";"),           # 1E
    (SHIFT, SHIFT),       # 1F  LTRS
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """How one character is sent: its code, and the case it needs; None: either will do."""

    code: int
    case: Case | None


def _written() -> dict[str, Written]:
    table: dict[str, Written] = {}
    for code, (letter, figure) in enumerate(TABLE):
        if letter == SHIFT:
            continue
        if letter == figure:
            table[letter] = Written(code, None)
            continue
        table[letter] = Written(code, Case.LETTERS)
        if figure != UNASSIGNED:
            table[figure] = Written(code, Case.FIGURES)
    return table


WRITTEN: dict[str, Written] = _written()
# Everything a TTY can print or do: A-Z, 0-9, 15 marks, space, CR, LF and backspace.
REPERTOIRE: frozenset[str] = frozenset(WRITTEN)


def printable(text: str) -> str:
    """`text`, of the repertoire; ValueError with what of it no TTY has."""
    foreign = sorted(set(text) - REPERTOIRE)
    if foreign:
        named = " ".join(repr(one) for one in foreign[:10])
        raise ValueError(f"no TTY can print {named}; write capitals, figures and - $ ' , ! : (")
    return text


def written(character: str) -> Written:
    """How `character` is sent. ValueError: no TTY has it, `spelling` has not been asked first."""
    found = WRITTEN.get(character)
    if found is None:
        raise ValueError(f"no TTY can print {character!r}; spell the text first (tty/spelling.py)")
    return found


def reading(code: int, case: Case) -> str:
    """What `code` (0 to 31) prints in `case`: one character, or SHIFT."""
    letter, figure = TABLE[code]
    return letter if case is Case.LETTERS else figure


def bits(code: int) -> tuple[int, ...]:
    """The five data bits of `code` in the order of the wire; 1 is mark, 0 is space."""
    return tuple(code >> place & 1 for place in range(BITS))


def code_of(data: tuple[int, ...]) -> int:
    """The code of five data bits in the order of the wire."""
    if len(data) != BITS:
        raise ValueError(f"a code has {BITS} data bits, not {len(data)}")
    return sum(bit << place for place, bit in enumerate(data))
