"""The words by which people on TTYs take turns: GA, SK, SKSK, QQ, HD, XXX, and VCO, HCO.

Whole words only: a GARAGE hands nothing over. Never decides whose turn it is; `turns` does.
"""

from __future__ import annotations

import re
from enum import Enum


class Token(Enum):
    GA = "go ahead"
    SK = "ready to close"
    SKSK = "closed"
    QQ = "a question"
    HD = "hold"
    XXX = "the word before was an error"
    VCO = "the caller speaks and reads"
    HCO = "the caller hears and types"


# As typed, and as printed when the shift before was lost: in figures case GA is +-, SK has no S.
_SPELLINGS: tuple[tuple[re.Pattern[str], Token], ...] = (
    (re.compile(r"GA|\+-"), Token.GA),
    (re.compile("SK|\N{REPLACEMENT CHARACTER}\\("), Token.SK),
    (re.compile("SKSK|(?:\N{REPLACEMENT CHARACTER}\\(){2}"), Token.SKSK),
    (re.compile("QQ?"), Token.QQ),
    (re.compile("HD"), Token.HD),
    (re.compile("XXX+"), Token.XXX),
    (re.compile("VCO"), Token.VCO),
    (re.compile("HCO"), Token.HCO),
)
TURN_ENDS = frozenset({Token.GA, Token.SK, Token.SKSK})
_MARKS = ".,!?:;'\""

# A place may be named after these, and GA is then the state: 12 MAIN ST AUGUSTA GA.
_STREETS = frozenset(
    {"ST", "STREET", "AVE", "AVENUE", "RD", "ROAD", "DR", "DRIVE", "LN", "LANE", "BLVD", "HWY",
     "HIGHWAY", "CT", "COURT", "PL", "PLACE", "PKWY"}
)  # fmt: skip
_TOWN_WORDS_MAX = 3  # words of a town's name between the street and its state


def token(word: str) -> Token | None:
    """What `word` says about turns; marks around it do not matter."""
    # A + or - is a letter of a garbled GA, so marks are stripped, not everything that is no letter.
    bare = word.strip(_MARKS)
    return next((said for pattern, said in _SPELLINGS if pattern.fullmatch(bare)), None)


def turn_end(said: str) -> Token | None:
    """The token by which `said`, all that one side typed in this turn, hands the line over.

    None also where GA is more likely the state: after a comma, or after a street and a town. The
    turn then passes when the line has been quiet, a few seconds later."""
    words = said.split()
    if not words:
        return None
    last = token(words[-1])
    before = words[:-1]
    if last is Token.SK and before and token(before[-1]) is Token.SK:
        return Token.SKSK
    if last is Token.GA and _is_address(before):
        return None
    return last if last in TURN_ENDS else None


def _is_address(before: list[str]) -> bool:
    if before and before[-1].endswith(","):
        return True
    # Straight after the street it is a turn: I AM AT 12 MAIN ST GA.
    near = before[-1 - _TOWN_WORDS_MAX : -1]
    return any(word.strip(_MARKS) in _STREETS for word in near)
