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

from .contents import File

MAGIC = 0x54394C47
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
        magic, kind, sequence, inode, offset, at_ns, process, error, path, other, size, thread = (
            head
        )
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


# --- one folder ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Step:
    """What happens to names in one step: the node each then leads to, None for nothing."""

    number: int
    names: tuple[tuple[str, File | _Folder | None], ...]


class _Folder:
    def __init__(self) -> None:
        self._synced: dict[str, File | _Folder] = {}
        self._pending: list[_Step] = []
        self.now: dict[str, File | _Folder] = {}
        self.count = 0

    def hold(self, name: str, node: File | _Folder) -> None:
        """It was there before the log began."""
        self._synced[name] = self.now[name] = node

    def step(self, *names: tuple[str, File | _Folder | None]) -> None:
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

    def draw(self, rng: Random) -> tuple[dict[str, File | _Folder], str]:
        names = dict(self._synced)
        if not self._pending:
            return names, ""
        mood = rng.choice(("nothing", "everything", "each", "each"))
        for steps in _bound_together(self._pending):
            landed = {"nothing": 0, "everything": len(steps)}.get(mood)
            for step in steps[: rng.randint(0, len(steps)) if landed is None else landed]:
                _take(names, step)
        return names, f"names {mood}, {len(self._pending)} steps not synced"


def _take(names: dict[str, File | _Folder], step: _Step) -> None:
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
    _nodes: dict[int, File | _Folder] = field(default_factory=dict[int, "File | _Folder"])
    _top: _Folder = field(default_factory=_Folder)
    _syncs: dict[tuple[tuple[int, int], int], tuple[File | _Folder, int]] = field(
        default_factory=dict[tuple[tuple[int, int], int], "tuple[File | _Folder, int]"]
    )

    def __post_init__(self) -> None:
        for one in sorted(self.found, key=lambda one: one.path):
            if one.path == self.root:
                self._nodes[one.inode] = self._top
                continue
            node = _Folder() if one.content is None else File(one.content)
            self._nodes[one.inode] = node
            folder, name = self._place(one.path)
            folder.hold(name, node)

    def apply(self, record: Record) -> None:
        """The next call. Raises NotModelled."""
        self.sequence = record.sequence
        match record.kind:
            case Kind.WRITE | Kind.TRUNCATE:
                node = self._node(record)
                if not isinstance(node, File):
                    raise NotModelled(f"{record.path} is written and is a folder")
                node.change(record.offset, record.data if record.kind is Kind.WRITE else None)
            case Kind.CREATE | Kind.MKDIR:
                node = File() if record.kind is Kind.CREATE else _Folder()
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

    def _node(self, record: Record) -> File | _Folder:
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
                if isinstance(node, File):
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
