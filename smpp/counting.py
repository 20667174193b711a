"""How many of something, as people write it: one is never "1 texts". Pure."""

from __future__ import annotations


def counted(number: int, one: str, more: str = "") -> str:
    """A text of "1 text", "2 texts", "0 texts". `more`: what several are called where that is not
    `one` with an s, as in "replies"."""
    return f"{number} {one if number == 1 else more or f'{one}s'}"
