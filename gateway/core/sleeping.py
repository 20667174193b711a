"""Dialogues that nobody has asked for since the start: known by name, not rebuilt yet.

A dialogue sleeps as its octets in the snapshot and the records behind it. It is woken when somebody
asks for it or when its turn comes (`Engine.resume`); waking is the work that a start used to do for
all of them before the first text was taken. Nothing is decided here, and nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..journal.contract import Record
from .encoding import Held
from .snapshot import Stowed
from .values import DialogueId

# (opened at, is not over): which of one caller's dialogues counts, the larger
Rank = tuple[float, bool]


class Sleepers:
    def __init__(self) -> None:
        self.records = 0  # that wait to be replayed
        self._stowed: Stowed | None = None
        self._rows: dict[DialogueId, int] = {}  # in the snapshot's table
        self._behind: dict[DialogueId, list[Record]] = {}
        self._young = 0  # that began behind the snapshot

    def __contains__(self, dialogue: DialogueId) -> bool:
        return dialogue in self._rows or dialogue in self._behind

    def __iter__(self) -> Iterator[DialogueId]:
        yield from self._rows
        yield from (name for name in self._behind if name not in self._rows)

    def __len__(self) -> int:
        return len(self._rows) + self._young

    def __bool__(self) -> bool:
        return bool(self._rows or self._behind)

    def stow(self, stowed: Stowed) -> None:
        """All of a snapshot."""
        self._stowed = stowed
        self._rows = dict(zip(stowed.table.names, range(len(stowed.begins)), strict=False))

    def follow(self, record: Record) -> None:
        """One more record behind what there is of its dialogue; the first of a new one too."""
        dialogue = DialogueId(record.dialogue)
        behind = self._behind.get(dialogue)
        if behind is None:
            self._behind[dialogue] = [record]
            self._young += dialogue not in self._rows
        else:
            behind.append(record)
        self.records += 1

    def rank(self, dialogue: DialogueId) -> Rank:
        """As the snapshot has it; one that began behind it is taken to be open."""
        row = self._rows.get(dialogue)
        if row is None or self._stowed is None:
            return self._behind[dialogue][0].at, True
        table = self._stowed.table
        return table.opened_at[row], not table.over[row]

    def turns(self) -> Iterator[tuple[bool, float, DialogueId]]:
        """Of each: whether a person had it when the snapshot was taken, when it was opened."""
        if self._stowed is not None:
            answered, opened_at = self._stowed.table.answered, self._stowed.table.opened_at
            for name, row in self._rows.items():
                yield answered[row], opened_at[row], name
        for name, behind in self._behind.items():
            if name not in self._rows:
                yield False, behind[0].at, name

    def look(self, dialogue: DialogueId) -> tuple[Held | None, Sequence[Record]]:
        """What the snapshot says of it, if anything, and the records since. It sleeps on. Raises
        msgspec.MsgspecError when the snapshot's octets are no dialogue."""
        row = self._rows.get(dialogue)
        held = None if row is None or self._stowed is None else self._stowed.dialogue(row)
        return held, self._behind.get(dialogue, ())

    def leave(self, dialogue: DialogueId) -> None:
        """It is awake, or forgotten. With the last one the snapshot's octets are given back."""
        row = self._rows.pop(dialogue, None)
        behind = self._behind.pop(dialogue, ())
        self.records -= len(behind)
        self._young -= row is None and len(behind) > 0
        if not self._rows:
            self._stowed = None
