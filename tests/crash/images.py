"""What a disk may hold after the power was cut, worked out from the log of a process's calls. Pure.

The model, as adversarial as a sound file system on a disk with a volatile cache may be:

- **Contents.** What was written before a sync of that file began, and the sync ended well before
  the cut, is there. Of all else, each sector of 512 octets shows what it held at some moment since:
  a write may be whole, absent, or torn, and the order of writes to different sectors and files is
  free. (A write cannot land in a sector without an earlier one to the same sector: the disk is
  given the page as it is.) Where a write made the file longer, the new length may be there without
  the octets: they are zeros then. Never the octets of other files: ext4 in its default mode and xfs
  see to that.
- **Truncations** of one file land in their order, and what was written behind the place where one
  cut lands only if it did: the blocks were given free and are others now.
- **Failed syncs.** What a sync that failed was to cover may never land, whatever sync succeeds
  later, unless the sector is written again: the kernel has marked the pages clean.
- **Names.** To create, rename, link, unlink a name, or make a folder, is durable once *its folder*
  was synced; to sync the file is not enough. (ext4 and xfs do more: that is not relied on.) Before
  that each may be there or not. What happened to one name lands in order, and a rename is one step
  for both its names; the order between other names and other folders is free.
- **Scratch** (sqlite's "-shm", which is mapped and never synced) holds anything at all.

Not modelled: folders that are renamed or removed while something in them is open, sparse files, and
disks that lie about having synced.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from random import Random

MAGIC = 0x54394C47
SECTOR = 512  # octets that a disk writes wholly or not at all
SCRATCH = "-shm"
_HEADER = struct.Struct("<IIQQQQIiIIII")


class Kind(IntEnum):
    """Of a call, as in shim.c."""

    WRITE = 1
    TRUNCATE = 2
    CREATE = 3
    RENAME = 4
    UNLINK = 5
    LINK = 6
    MKDIR = 7
    SYNC_BEGUN = 8
    SYNC_ENDED = 9
    RMDIR = 10
    UNKNOWN = 11


class NotModelled(ValueError):
    """The log tells of something the model does not know: no image can be made of it."""


@dataclass(frozen=True, slots=True)
class Record:
    """One call. `offset`: of a write; the size of a truncation. `error`: of a sync, 0 when good.
    `other`: the second path of a rename or link. `who`: process and thread. `at`: when it was done,
    seconds of CLOCK_MONOTONIC."""

    kind: Kind
    sequence: int
    inode: int
    path: str
    offset: int = 0
    data: bytes = b""
    other: str = ""
    error: int = 0
    who: tuple[int, int] = (0, 0)
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """What there was before the log began, durable. `content` None: a folder."""

    path: str
    inode: int
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """Paths are relative to the root. `story`: what was done to what was not synced."""

    files: Mapping[str, bytes]
    folders: frozenset[str]
    story: tuple[str, ...] = ()


def parse(octets: bytes) -> Iterator[Record]:
    """The shim's log, record by record. Raises ValueError where it is none."""
    at = 0
    while at < len(octets):
        head = _HEADER.unpack_from(octets, at)
        magic, kind, sequence, inode, offset, at_ns, process, error, path, other, size, thread = head
        if magic != MAGIC:
            raise ValueError(f"there is no record at octet {at} of the log")
        at += _HEADER.size
        paths = octets[at : at + path + other].decode()
        at += path + other
        yield Record(
            Kind(kind), sequence, inode, paths[:path], offset, octets[at : at + size],
            paths[path:], error, (process, thread), at_ns / 1e9,
        )  # fmt: skip
        at += size


# --- one file ------------------------------------------------------------------------------------


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


class _File:
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


# --- one folder ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Step:
    """What happens to names in one step: the node each then leads to, None for nothing."""

    number: int
    names: tuple[tuple[str, _File | _Folder | None], ...]


class _Folder:
    def __init__(self) -> None:
        self._synced: dict[str, _File | _Folder] = {}
        self._pending: list[_Step] = []
        self.now: dict[str, _File | _Folder] = {}
        self.count = 0

    def hold(self, name: str, node: _File | _Folder) -> None:
        """It was there before the log began."""
        self._synced[name] = self.now[name] = node

    def step(self, *names: tuple[str, _File | _Folder | None]) -> None:
        step = _Step(self.count, names)
        self.count += 1
        self._pending.append(step)
        _take(self.now, step)

    def sync(self, covered: int, good: bool) -> None:
        if not good:
            return
        for step in self._pending:
            if step.number < covered:
                _take(self._synced, step)
        self._pending = [step for step in self._pending if step.number >= covered]

    def draw(self, rng: Random) -> tuple[dict[str, _File | _Folder], str]:
        names = dict(self._synced)
        if not self._pending:
            return names, ""
        mood = rng.choice(("nothing", "everything", "each", "each"))
        for steps in _bound_together(self._pending):
            landed = {"nothing": 0, "everything": len(steps)}.get(mood)
            for step in steps[: rng.randint(0, len(steps)) if landed is None else landed]:
                _take(names, step)
        return names, f"names {mood}, {len(self._pending)} steps not synced"


def _take(names: dict[str, _File | _Folder], step: _Step) -> None:
    for name, node in step.names:
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


def _bound_together(steps: list[_Step]) -> list[list[_Step]]:
    """Steps that land in their order: those of one name, and of names that a rename joins."""
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            name = leader[name]
        return name

    for step in steps:
        first, *others = (name for name, _ in step.names)
        for other in others:
            leader[find(other)] = find(first)
    groups: dict[str, list[_Step]] = {}
    for step in steps:
        groups.setdefault(find(step.names[0][0]), []).append(step)
    return list(groups.values())


# --- the whole -----------------------------------------------------------------------------------


@dataclass(slots=True)
class Disk:
    """The folder `root` and what is below it, call by call. `root` itself is durable."""

    root: str
    found: Iterable[Found] = ()
    sequence: int = 0  # of the last call
    _nodes: dict[int, _File | _Folder] = field(default_factory=dict[int, "_File | _Folder"])
    _top: _Folder = field(default_factory=_Folder)
    _syncs: dict[tuple[tuple[int, int], int], tuple[_File | _Folder, int]] = field(
        default_factory=dict[tuple[tuple[int, int], int], "tuple[_File | _Folder, int]"]
    )

    def __post_init__(self) -> None:
        for one in sorted(self.found, key=lambda one: one.path):
            if one.path == self.root:
                self._nodes[one.inode] = self._top
                continue
            node = _Folder() if one.content is None else _File(one.content)
            self._nodes[one.inode] = node
            folder, name = self._place(one.path)
            folder.hold(name, node)

    def apply(self, record: Record) -> None:
        """The next call. Raises NotModelled."""
        self.sequence = record.sequence
        match record.kind:
            case Kind.WRITE | Kind.TRUNCATE:
                node = self._node(record)
                if not isinstance(node, _File):
                    raise NotModelled(f"{record.path} is written and is a folder")
                node.change(record.offset, record.data if record.kind is Kind.WRITE else None)
            case Kind.CREATE | Kind.MKDIR:
                node = _File() if record.kind is Kind.CREATE else _Folder()
                self._nodes[record.inode] = node
                folder, name = self._place(record.path)
                folder.step((name, node))
            case Kind.LINK:
                folder, name = self._place(record.other)
                folder.step((name, self._node(record)))
            case Kind.RENAME:
                self._rename(record)
            case Kind.UNLINK | Kind.RMDIR:
                folder, name = self._place(record.path)
                folder.step((name, None))
            case Kind.SYNC_BEGUN:
                node = self._node(record)
                self._syncs[record.who, record.inode] = (node, node.count)
            case Kind.SYNC_ENDED:
                node, covered = self._syncs.pop((record.who, record.inode))
                node.sync(covered, record.error == 0)
            case Kind.UNKNOWN:
                raise NotModelled(f"{record.path}: {record.other or 'a change'} is not modelled")

    def _rename(self, record: Record) -> None:
        folder, old = self._place(record.path)
        other, fresh = self._place(record.other)
        node = self._node(record)
        if other is not folder or isinstance(node, _Folder):
            raise NotModelled(f"{record.path} is renamed to {record.other}: only files, in place")
        folder.step((old, None), (fresh, node))

    def _node(self, record: Record) -> _File | _Folder:
        node = self._nodes.get(record.inode)
        if node is None:
            raise NotModelled(f"{record.path} was not there and was not created")
        return node

    def _place(self, path: str) -> tuple[_Folder, str]:
        """The folder that a path is in now, and its name there."""
        parts = path.removeprefix(f"{self.root}/").split("/")
        folder = self._top
        for part in parts[:-1]:
            inner = folder.now.get(part)
            if not isinstance(inner, _Folder):
                raise NotModelled(f"{path}: {part} is no folder that is known")
            folder = inner
        return folder, parts[-1]

    def now(self) -> Image:
        """As the running system sees it; what a kill without a power cut leaves. Of scratch files
        only what was written to them, not what was mapped."""
        files: dict[str, bytes] = {}
        folders: set[str] = set()
        stack: list[tuple[str, _Folder]] = [("", self._top)]
        while stack:
            prefix, folder = stack.pop()
            for name, node in folder.now.items():
                if isinstance(node, _File):
                    files[prefix + name] = node.now()
                else:
                    folders.add(prefix + name)
                    stack.append((f"{prefix}{name}/", node))
        return Image(files, frozenset(folders))

    def draw(self, rng: Random) -> Image:
        """One state in which the disk may be found when the power is cut now."""
        files: dict[str, bytes] = {}
        folders: set[str] = set()
        story: list[str] = []
        stack: list[tuple[str, _Folder]] = [("", self._top)]
        while stack:
            prefix, folder = stack.pop()
            names, told = folder.draw(rng)
            story += [f"{prefix or '.'}: {told}"] if told else []
            for name, node in sorted(names.items()):
                path = prefix + name
                if isinstance(node, _Folder):
                    folders.add(path)
                    stack.append((f"{path}/", node))
                    continue
                files[path], told = node.draw(rng)
                if name.endswith(SCRATCH):
                    files[path] = rng.randbytes(rng.choice((0, 100, 32_768)))
                elif told:
                    story.append(f"{path}: {told}")
        return Image(files, frozenset(folders), tuple(story))
