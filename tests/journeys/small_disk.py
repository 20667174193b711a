"""A small file system of its own, for tests of a full one. Only root may mount it."""

from __future__ import annotations

import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

BLOCK = b"x" * 65_536


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Generator[Path]:
    """A file system in memory at `folder`, with nothing of its own kind beside it."""
    folder.mkdir(parents=True)
    size = f"size={megabytes}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "text911-test", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(file: Path) -> None:
    """Write to the end of `file` until nothing more fits."""
    with file.open("ab", buffering=0) as stuff:
        block = BLOCK
        while True:
            try:
                stuff.write(block)
            except OSError:
                if len(block) == 1:
                    return
                block = block[: len(block) // 2]
