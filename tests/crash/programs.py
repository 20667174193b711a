"""A program whose every call a disk hears of, and all that may be left of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from tests.crash.images import Disk, Found, Image, Kind, Record

ROOT = "/root"
SEEDS = range(60)


@dataclass
class Program:
    """A program and the disk that hears of its calls."""

    disk: Disk = field(default_factory=lambda: Disk(ROOT, [Found(ROOT, 1)]))
    inodes: dict[str, int] = field(default_factory=lambda: {"": 1})
    next_inode: int = 2
    calls: int = 0

    def call(
        self, kind: Kind, name: str, offset: int = 0, data: bytes = b"", other: str = "",
        error: int = 0, who: int = 1,
    ) -> None:  # fmt: skip
        self.calls += 1
        path = f"{ROOT}/{name}".rstrip("/")
        to = f"{ROOT}/{other}" if other else ""
        inode = self.inodes.get(name, 999)
        self.disk.apply(Record(kind, self.calls, inode, path, offset, data, to, error, (who, who)))

    def create(self, name: str, kind: Kind = Kind.CREATE) -> None:
        self.inodes[name] = self.next_inode
        self.next_inode += 1
        self.call(kind, name)

    def write(self, name: str, offset: int, data: bytes) -> None:
        self.call(Kind.WRITE, name, offset, data)

    def truncate(self, name: str, size: int) -> None:
        self.call(Kind.TRUNCATE, name, size)

    def rename(self, name: str, other: str) -> None:
        self.call(Kind.RENAME, name, other=other)
        self.inodes[other] = self.inodes.pop(name)

    def link(self, name: str, other: str) -> None:
        self.call(Kind.LINK, name, other=other)
        self.inodes[other] = self.inodes[name]

    def unlink(self, name: str) -> None:
        self.call(Kind.UNLINK, name)
        del self.inodes[name]

    def sync(self, *names: str, error: int = 0) -> None:
        for name in names:
            self.call(Kind.SYNC_BEGUN, name)
            self.call(Kind.SYNC_ENDED, name, error=error)

    def images(self) -> list[Image]:
        return [self.disk.draw(Random(seed)) for seed in SEEDS]

    def contents(self, name: str) -> set[bytes | None]:
        """All that a file was found to hold; None where it was not there."""
        return {image.files.get(name) for image in self.images()}


def with_file(octets: bytes = b"") -> Program:
    """A durable file called "file"."""
    program = Program()
    program.create("file")
    if octets:
        program.write("file", 0, octets)
    program.sync("file", "")
    return program
