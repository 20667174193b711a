"""How texts and replies say themselves whose they are, so that whoever sees one knows. Pure."""

from __future__ import annotations

from random import Random
from string import ascii_lowercase

BYE = "bye"
_HEAD = "text"
_REPLY = "reply"


def text_of(caller: int, index: int, last: bool) -> str:
    """Every caller says something else: who says the same would ring as one group."""
    return f"{_HEAD} {caller} {index} {_matter(caller)}{f' {BYE}' if last else ''}"


def _matter(caller: int) -> str:
    """Five words that no other caller of the first million uses in this way."""
    chance = Random(caller)
    return " ".join("".join(chance.choices(ascii_lowercase, k=6)) for _ in range(5))


def identity(words: str) -> tuple[int, int] | None:
    """(caller, index) of a text of ours, or None for anything else."""
    match words.split(" ", 3):
        case [head, caller, index, _] if head == _HEAD and caller.isdigit() and index.isdigit():
            return int(caller), int(index)
        case _:
            return None


def reply_of(caller: int, key: str, words: str) -> str:
    return f"{_REPLY} {caller} {key} {words}"


def reply_identity(words: str) -> tuple[int, str] | None:
    """(caller, key) of a reply of ours, or None for an automatic message."""
    match words.split(" ", 3):
        case [head, caller, key, _] if head == _REPLY and caller.isdigit():
            return int(caller), key
        case _:
            return None


def number_of(run: int, caller: int) -> str:
    """Digits only, for an address of type international."""
    return f"1860{run % 10:d}{caller:06d}"
