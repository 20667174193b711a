"""Dialogues by name, on many small shelves. All of them as they are at one moment cost next to
nothing to keep: a `View` has the shelves, and a shelf that a view has is copied before it is
changed. So a million dialogues can be counted, or written down in another thread, while texts come.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from zlib import crc32

from .encoding import Held
from .values import DialogueId

# With a million dialogues some 250 on each: 10 us to copy.
SHELVES = 4096  # a power of two
_WHICH = SHELVES - 1


class View:
    """What was there at one moment. Immutable; may be walked in any thread."""

    __slots__ = ("_count", "_shelves")

    def __init__(self, shelves: tuple[dict[DialogueId, Held], ...], count: int) -> None:
        self._shelves = shelves
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Held]:
        return chain.from_iterable(map(dict[DialogueId, Held].values, self._shelves))


class Shelves:
    def __init__(self) -> None:
        self._shelves: list[dict[DialogueId, Held]] = [{} for _ in range(SHELVES)]
        self._is_viewed = bytearray(SHELVES)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, dialogue: DialogueId) -> bool:
        return dialogue in self._shelves[crc32(dialogue.encode()) & _WHICH]

    def get(self, dialogue: DialogueId) -> Held | None:
        return self._shelves[crc32(dialogue.encode()) & _WHICH].get(dialogue)

    def put(self, held: Held) -> bool:
        """In the place of what was there of this dialogue. Whether there was nothing of it."""
        shelf = self._own(crc32(held.dialogue.encode()) & _WHICH)
        before = len(shelf)
        shelf[held.dialogue] = held
        if len(shelf) == before:
            return False
        self._count += 1
        return True

    def take_away(self, dialogue: DialogueId) -> Held | None:
        held = self._own(crc32(dialogue.encode()) & _WHICH).pop(dialogue, None)
        self._count -= held is not None
        return held

    def view(self) -> View:
        """All there are now."""
        self._is_viewed = bytearray(b"\1" * SHELVES)
        return View(tuple(self._shelves), self._count)

    def _own(self, which: int) -> dict[DialogueId, Held]:
        """The shelf, to be changed."""
        if self._is_viewed[which]:
            self._is_viewed[which] = 0
            self._shelves[which] = self._shelves[which].copy()
        return self._shelves[which]
