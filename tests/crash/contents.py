"""The content of one file between two syncs, and what of it may be found after a power cut. Pure.

The rules are those of `images.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

SECTOR = 512  # octets that a disk writes wholly or not at all


@dataclass(slots=True)
class _Change:
    """A write, or a truncation to `offset` (`data` None)."""

    number: int
    offset: int
    data: bytes | None
    must: bool = False  # a sync covered it: it is there
    doubtful: bool = False  # a sync that failed covered it

    def sectors(self) -> range:
        assert self.data is not None
        return range(self.offset // SECTOR, -(-(self.offset + len(self.data)) // SECTOR))


def _put(content: bytearray, offset: int, data: bytes) -> None:
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def _resize(content: bytearray, size: int) -> None:
    if size < len(content):
        del content[size:]
    else:
        content.extend(bytes(size - len(content)))


class File:
    def __init__(self, content: bytes = b"") -> None:
        self._synced = bytearray(content)
        self._pending: list[_Change] = []
        self.count = 0  # changes ever

    def change(self, offset: int, data: bytes | None) -> None:
        self._pending.append(_Change(self.count, offset, data))
        self.count += 1

    def sync(self, covered: int, good: bool) -> None:
        """A sync has ended that began when there were `covered` changes."""
        for change in self._pending:
            if change.number >= covered:
                break
            if good and not change.doubtful:
                change.must = True
            elif not good and not change.must:
                change.doubtful = True
        self._settle()

    def _settle(self) -> None:
        """What is doubtful and was written over by what must be there no longer matters; what must
        be there, with nothing doubtful before it, is synced."""
        hard: set[int] = set()
        kept = None  # octets that the last truncation that must be there left of what was before
        for change in reversed(self._pending):
            if change.data is None:
                if change.doubtful and kept is not None and change.offset >= kept:
                    change.must = True  # what it left is cut again: it makes no difference
                if change.must:
                    kept = change.offset if kept is None else min(kept, change.offset)
                continue
            sectors = change.sectors()
            if change.must:
                hard.update(sectors)
            elif change.doubtful:
                gone = kept is not None and change.offset >= kept
                change.must = gone or hard.issuperset(sectors)
        settled = 0
        for change in self._pending:
            if not change.must:
                break
            self._apply(self._synced, change)
            settled += 1
        del self._pending[:settled]

    @staticmethod
    def _apply(content: bytearray, change: _Change) -> None:
        if change.data is None:
            _resize(content, change.offset)
        else:
            _put(content, change.offset, change.data)

    def now(self) -> bytes:
        """As the running system sees it."""
        if not self._pending:
            return bytes(self._synced)
        content = bytearray(self._synced)
        for change in self._pending:
            self._apply(content, change)
        return bytes(content)

    def draw(self, rng: Random) -> tuple[bytes, str]:
        """One content that may be found after the cut, and how it was drawn."""
        if not self._pending:
            return bytes(self._synced), ""
        mood = rng.choice(_MOODS)
        fate = _Fate(mood, rng, self._pending)
        content = bytearray(self._synced)
        cut: int | None = None  # where a truncation that did not land would have cut
        for change in self._pending:
            if change.data is None:
                if change.must or (cut is None and change.number < fate.size_until):
                    _resize(content, change.offset)
                    cut = None
                else:
                    cut = change.offset if cut is None else min(cut, change.offset)
                continue
            for offset, piece in _pieces(change):
                end = offset + len(piece)
                if change.must:
                    _put(content, offset, piece)
                elif cut is not None and end > cut:
                    continue
                elif fate.lands(change, offset // SECTOR):
                    _put(content, offset, piece)
                elif end > len(content) and change.number < fate.size_until:
                    _resize(content, end)
        return bytes(content), f"{mood}, {len(self._pending)} changes not synced"


def _pieces(change: _Change) -> Iterator[tuple[int, bytes]]:
    """A write, cut where sectors end."""
    assert change.data is not None
    at = 0
    while at < len(change.data):
        offset = change.offset + at
        size = SECTOR - offset % SECTOR
        yield offset, change.data[at : at + size]
        at += size


_MOODS = ("nothing", "everything", "first", "last", "pages", "sectors", "sectors")
_PAGE_SECTORS = 8  # sectors of a page of 4096 octets


class _Fate:
    """Up to which moment each sector of a file has reached the disk.

    "first": all shows the same moment. "pages", "sectors": each a moment of its own. "last": what
    was written first is missing, as far as nothing later went to the same sector.
    """

    def __init__(self, mood: str, rng: Random, pending: list[_Change]) -> None:
        self._mood = mood
        self._rng = rng
        self._numbers = [change.number for change in pending]
        self._until: dict[int, int] = {}
        self._least: dict[int, int] = {}  # sector -> after the last write that must be there
        for change in pending:
            if change.must and change.data is not None:
                self._least.update((sector, change.number + 1) for sector in change.sectors())
        self._end = self._numbers[-1] + 1
        self._moment = self._some()
        self._newest: dict[int, int] = {}  # sector -> its last write, for "last"
        if mood == "last":
            for change in pending:
                if change.data is not None:
                    self._newest.update((sector, change.number) for sector in change.sectors())
        match mood:
            case "nothing":
                self.size_until = 0
            case "everything":
                self.size_until = self._end
            case "first":
                self.size_until = self._moment
            case _:
                self.size_until = self._some()

    def _some(self) -> int:
        """A moment: before everything, after everything, or after one of the changes."""
        numbers = self._numbers
        return self._rng.choice((0, self._end, self._rng.choice(numbers) + 1))

    def lands(self, change: _Change, sector: int) -> bool:
        key = sector // _PAGE_SECTORS if self._mood == "pages" else sector
        if key not in self._until:
            self._until[key] = self._drawn(sector)
        return change.number < max(self._until[key], self._least.get(sector, 0))

    def _drawn(self, sector: int) -> int:
        match self._mood:
            case "nothing":
                return 0
            case "everything":
                return self._end
            case "first":
                return self._moment
            case "last":
                return self._end if self._newest.get(sector, 0) >= self._moment else 0
            case _:
                return self._some()
