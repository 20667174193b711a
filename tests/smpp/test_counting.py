"""Of one thing nobody says "1 texts"."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from text911.smpp.counting import counted

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("number", "one", "more", "words"),
    [
        (0, "text", "", "0 texts"),
        (1, "text", "", "1 text"),
        (2, "text", "", "2 texts"),
        (1, "reply", "replies", "1 reply"),
        (3, "reply", "replies", "3 replies"),
        (1, "more was", "more were", "1 more was"),
    ],
)
def test_one_is_one_and_all_else_is_more(number: int, one: str, more: str, words: str) -> None:
    assert counted(number, one, more) == words


def test_nobody_chooses_between_one_and_more_by_hand() -> None:
    """What asks for it itself forgets it in the next sentence."""
    by_hand = re.compile(r"""\{'s?' if |\{'' if .* == 1 else 's'\}|"1 \w+" if \w|\w\(s\)[ ."']""")
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for room in ("smpp", "gateway")
        for path in sorted((ROOT / room).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if by_hand.search(line)
    ]
    assert found == []
