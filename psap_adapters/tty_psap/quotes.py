"""What people at a PSAP's TTY have said lately: so that it can be quoted to them when something has
become of it. Pure.
"""

from __future__ import annotations

from typing import TypeVar

KEPT = 20  # that are remembered: what becomes of older words is told without them
K = TypeVar("K", str, int)


class Quotes:
    """`name`: a prefix for keys that no leg has had, also over restarts."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._keys = 0
        self._reported: dict[str, str] = {}  # key -> words
        self._recorded: dict[int, str] = {}  # sequence in the transcript -> words

    def key(self) -> str:
        """One that nothing has had."""
        self._keys += 1
        return f"{self._name}-{self._keys}"

    def report(self, words: str) -> str:
        """The key under which they are reported."""
        key = self.key()
        self._reported[key] = words
        _forget(self._reported)
        return key

    def record(self, sequence: int, words: str) -> None:
        """They stand in the transcript."""
        self._recorded[sequence] = words
        _forget(self._recorded)

    def at(self, sequence: int) -> str:
        """Empty for what is not theirs, or was long ago."""
        return self._recorded.get(sequence, "")

    def refused(self, key: str) -> str:
        """What was reported under this key was not taken; empty for what was long ago, or was told
        of before."""
        return self._reported.pop(key, "")


def _forget(kept: dict[K, str]) -> None:
    """The oldest beyond KEPT."""
    while len(kept) > KEPT:
        del kept[next(iter(kept))]
