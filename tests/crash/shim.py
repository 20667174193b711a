"""Slow and failing disks for a real process, and a log of all that it does to its files.

`shim.c` is built with gcc into a folder of our own and put before libc (LD_PRELOAD) in the process
under test. Both sides share a control file: faults come and go while the process lives, and
`sequence` says how far the log was at the moment at which somebody outside saw something.
"""

from __future__ import annotations

import ctypes
import mmap
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntFlag
from pathlib import Path

SOURCE = Path(__file__).with_name("shim.c")
MAGIC = 0x54394C47
SLOTS = 8  # faults at a time
PATH_SIZE = 1024  # octets
SUFFIX_SIZE = 64  # octets
WARNINGS = ("-Wall", "-Wextra", "-Werror")


class Call(IntFlag):
    """Which calls a fault is for."""

    WRITE = 1
    SYNC = 2
    CREATE = 4
    NAME = 8  # rename, link, unlink, mkdir, rmdir
    TRUNCATE = 16


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with `calls` on files whose path ends in `suffix`.

    `error`: an errno, 0 for none. `octets`: what a write takes at most, 0 for all of it. The first
    `skip` calls pass; `count` calls are hit, None for all of them; after `seconds` it is over, None
    for never.
    """

    calls: Call
    error: int = 0
    delay_ms: int = 0
    octets: int = 0
    skip: int = 0
    count: int | None = None
    seconds: float | None = None
    suffix: str = ""


class _Slot(ctypes.Structure):
    _fields_ = (
        ("calls", ctypes.c_uint32),
        ("error", ctypes.c_int32),
        ("delay_ms", ctypes.c_uint32),
        ("octets", ctypes.c_uint32),
        ("skip", ctypes.c_int64),
        ("remaining", ctypes.c_int64),
        ("until_ns", ctypes.c_uint64),
        ("hits", ctypes.c_uint64),
        ("suffix", ctypes.c_char * SUFFIX_SIZE),
    )


class _Control(ctypes.Structure):
    _fields_ = (
        ("magic", ctypes.c_uint32),
        ("recording", ctypes.c_uint32),
        ("lock", ctypes.c_uint32),
        ("unused", ctypes.c_uint32),
        ("sequence", ctypes.c_uint64),
        ("size", ctypes.c_uint64),
        ("directory", ctypes.c_char * PATH_SIZE),
        ("log", ctypes.c_char * PATH_SIZE),
        ("faults", _Slot * SLOTS),
    )


def build(folder: Path) -> Path:
    """The shim as a shared library in `folder`. Raises CalledProcessError when gcc refuses."""
    library = folder / "shim.so"
    subprocess.run(
        ["gcc", "-std=c11", "-O2", *WARNINGS, "-shared", "-fPIC", "-o", library, SOURCE],
        check=True,
    )
    return library


class Shim:
    """Stands before every process that is started with `environment`, for what is in `directory`.

    `folder`: for control file and log; not in `directory`. `library`: what `build` made. A context.
    """

    def __init__(
        self, folder: Path, directory: Path, library: Path, recording: bool = False
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        directory = directory.resolve(strict=True)
        self.directory = directory
        self._log = folder / "calls.log"
        self._log.touch(exist_ok=False)
        control = folder / "control"
        control.write_bytes(bytes(ctypes.sizeof(_Control)))
        with control.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        shared = _Control.from_buffer(self._map)
        shared.magic, shared.recording = MAGIC, recording
        shared.directory, shared.log = bytes(directory), bytes(self._log.resolve())
        self._control: _Control | None = shared
        self.environment: Mapping[str, str] = {
            "LD_PRELOAD": str(library.resolve()),
            "TEXT911_SHIM": str(control.resolve()),
        }

    @property
    def _shared(self) -> _Control:
        assert self._control is not None, "the shim was closed"
        return self._control

    @property
    def sequence(self) -> int:
        """Of the last call that is whole in the log."""
        return int(self._shared.sequence)

    def log(self) -> bytes:
        """All whole records, for `images.parse`."""
        with self._log.open("rb") as file:
            return file.read(int(self._shared.size))

    def record(self, wanted: bool) -> None:
        self._shared.recording = wanted

    def arm(self, fault: Fault) -> int:
        """From now on `fault` is in force; its slot. Raises ValueError when none is free."""
        free = [number for number, slot in enumerate(self._shared.faults) if slot.calls == 0]
        if not free:
            raise ValueError(f"{SLOTS} faults at a time, and all are in use: disarm one")
        number = free[0]
        slot = self._shared.faults[number]
        slot.error, slot.delay_ms, slot.octets = fault.error, fault.delay_ms, fault.octets
        slot.skip, slot.hits = fault.skip, 0
        slot.remaining = -1 if fault.count is None else fault.count
        until = 0 if fault.seconds is None else time.monotonic_ns() + int(fault.seconds * 1e9)
        slot.until_ns = until
        slot.suffix = fault.suffix.encode()
        slot.calls = fault.calls  # last: from here on it is looked at
        return number

    def hits(self, slot: int) -> int:
        """How many calls the fault in `slot` has hit so far."""
        return int(self._shared.faults[slot].hits)

    def disarm(self, slot: int) -> None:
        self._shared.faults[slot].calls = 0

    def close(self) -> None:
        """Processes that still run keep their own view of the control file."""
        if self._control is not None:
            self._control = None
            self._map.close()

    def __enter__(self) -> Shim:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
