"""Whether sqlite's write-ahead log ends where it should.

On recovery sqlite takes the log's frames up to the first whose checksum is wrong, and says nothing
about the rest: right after a power cut in the middle of a commit, and a silent loss when a
committed frame was damaged. The two differ: a commit is begun only when the one before it is
synced, so frames of *two* transactions behind the end mean that something durable was damaged.
Damage to the last commit alone looks like a cut commit and cannot be told from it.

Format: https://www.sqlite.org/fileformat2.html, "The Write-Ahead Log", and walformat.html.

Changes nothing, on purpose: a connection that may write would empty and remove a log that it found
damaged when it is closed, and the next opening would see a sound journal with records missing.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import struct
from pathlib import Path
from urllib.parse import quote

from .contract import JournalDamaged

_HEADER = struct.Struct(">8I")  # magic, version, page size, checkpoint, 2 salts, 2 checksums
_FRAME = struct.Struct(">6I")  # page, size of the file after a commit or 0, 2 salts, 2 checksums
_MAGIC = 0x377F0682  # the lowest bit says that checksums are of big-endian words
_FRAMES_AT = 16  # of the index beside the log: how many frames are valid, in the machine's order


def check(path: Path) -> None:
    """Raises JournalDamaged when records that were durable cannot be recovered from the log.

    Only for a journal that nobody has open in this process: file locks do not survive the look at
    sqlite's index. Says nothing about a journal that another process writes; that one checked it.
    """
    try:
        descriptor = os.open(f"{path}-wal", os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        _check(descriptor, path)
    finally:
        os.close(descriptor)


def is_written(path: Path) -> bool:
    """Whether a process has the journal open for writing (see `opening.Lock`)."""
    try:
        descriptor = os.open(f"{path}.lock", os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _recovered(path: Path) -> int:
    """How many frames sqlite takes from the log."""
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    connection = sqlite3.connect(uri, uri=True)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        index = Path(f"{path}-shm").read_bytes()
    finally:
        connection.close()
    (frames,) = struct.unpack_from("=I", index, _FRAMES_AT)
    return int(frames)


def _check(descriptor: int, path: Path) -> None:
    size = os.fstat(descriptor).st_size
    start = os.pread(descriptor, _HEADER.size, 0)
    if size <= _HEADER.size or not any(start):
        return
    magic, _, page_size, _, *salts, sum1, sum2 = _HEADER.unpack(start)
    if magic & ~1 != _MAGIC or _checksum(start[:24], magic & 1) != (sum1, sum2):
        raise JournalDamaged(
            f"{path}-wal: the log's first octets are damaged, the records in it cannot be read:"
            " keep both files and restore a backup"
        )
    frames = _recovered(path)
    width = _FRAME.size + page_size
    committed = False
    for number in range(frames, (size - _HEADER.size) // width):
        frame = os.pread(descriptor, _FRAME.size, _HEADER.size + number * width)
        _, file_size, *frame_salts, _, _ = _FRAME.unpack(frame)
        if frame_salts != salts:
            continue
        if committed:
            raise JournalDamaged(
                f"{path}-wal: the log is damaged in frame {frames + 1} and goes on behind it:"
                " records that were durable are lost. Keep both files and restore a backup"
            )
        committed = file_size != 0


def _checksum(octets: bytes, big_endian: int) -> tuple[int, int]:
    words = struct.unpack(f"{'>' if big_endian else '<'}{len(octets) // 4}I", octets)
    first = second = 0
    for one, two in zip(words[::2], words[1::2], strict=True):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + two + first) & 0xFFFFFFFF
    return first, second
