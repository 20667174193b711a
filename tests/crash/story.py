"""The story that is recorded for power cuts: three lives of the real daemon under load.

A gateway that is new, killed under load; one that takes over, with a backup, a changed
configuration, a sync that fails, and an end in good order; and one more, killed. Snapshots and
checkpoints of the log come in all of them. Every call on the daemon's files is in the log of the
shim, beside the times at which people and carriers saw something (`ledger.py`, the same clock).
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from load_tests.gateway import ROOT

from .bench import BYTE_CODE, Bench
from .images import SCRATCH, Disk, Found, Record, parse
from .ledger import Ledger
from .load import Traffic
from .recovery import BACKUPS, Expected, expected
from .shim import Call, Fault, Shim

TEXTS = 700  # accepted over the three lives
SYNC_MS = 2  # ms that each sync takes longer: more is in flight, and an early answer shows
WITHIN = 60.0  # s for anything to happen in the story
TRAFFIC = Traffic(rate=40.0, callers=30)
CHANGES: Mapping[str, Mapping[str, object]] = {
    "journal": {"snapshot_every_records": 1_000},
    # Images are started minutes later: what is open shall still be open then.
    "limits": {
        "ring": 20.0, "abandon": 600.0, "quiet_warning": 7200.0, "quiet_close": 14_400.0,
        "forget": 86_400.0,
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Story:
    """`texts`: accepted over the three lives, at least. `package`: the folder above the text911
    that is served. `failing_sync`: not in a gateway that does not sync."""

    texts: int = TEXTS
    package: Path = ROOT
    failing_sync: bool = True


@dataclass(frozen=True, slots=True)
class Recording:
    """`found`: the directory before the first life. `killed`: positions in the log at the kills."""

    root: str
    found: tuple[Found, ...]
    records: tuple[Record, ...]
    ledger: Ledger
    ready_at: float
    backups: Mapping[str, float]
    killed: tuple[int, ...]

    def disk(self) -> Disk:
        return Disk(self.root, self.found)

    def expected(self, cut: int) -> Expected:
        """What had been seen when so many calls had been made."""
        before = self.records[cut].at if cut < len(self.records) else float("inf")
        return expected(self.ledger, before, self.ready_at, dict(self.backups))


def found_in(root: Path) -> tuple[Found, ...]:
    return tuple(
        Found(str(path), path.lstat().st_ino, None if path.is_dir() else path.read_bytes())
        for path in (root, *sorted(root.rglob("*")))
    )


def record(folder: Path, library: Path, story: Story) -> Recording:
    """Live the story in `folder`, with the shim `library`."""
    with Bench(folder / "gateway", CHANGES, story.package) as bench:
        root = bench.directory.resolve()
        found = found_in(root)
        with Shim(folder / "shim", root, library, recording=True) as shim:
            shim.arm(Fault(Call.SYNC, delay_ms=SYNC_MS))
            told = _live(bench, shim, story)
            records = tuple(parse(shim.log()))
        recording = Recording(str(root), found, records, *told)
        _check_that_the_log_explains(recording, root)
    return recording


def _live(
    bench: Bench, shim: Shim, story: Story
) -> tuple[Ledger, float, Mapping[str, float], tuple[int, ...]]:
    bench.start(shim.environment)
    ready_at = time.monotonic()
    third = story.texts // 3
    backups: dict[str, float] = {}
    killed: list[int] = []
    with bench.load(TRAFFIC) as load:
        load.more_accepted(third, WITHIN)
        bench.kill()
        killed.append(shim.sequence)
        bench.start(shim.environment)
        load.more_accepted(third // 3, WITHIN)
        backups["one.journal"] = _backup(bench, shim, "one.journal", story.package)
        _reload(bench)
        load.more_accepted(third // 3, WITHIN)
        if story.failing_sync:
            slot = shim.arm(Fault(Call.SYNC, error=errno.EIO, count=1, suffix="-wal"))
            load.wait("a sync fails", lambda: shim.hits(slot), WITHIN)
            shim.disarm(slot)
        load.more_accepted(third // 3, WITHIN)
        if code := bench.stop():
            raise RuntimeError(f"the daemon ended with {code}\n{bench.gateway.program.tail()}")
        # A reader of a journal that nobody has open leaves an empty log, made by itself, behind it.
        _command(shim, story.package, "audit", "verify", str(bench.directory))
        bench.start(shim.environment)
        load.more_accepted(third, WITHIN)
        bench.kill()
        killed.append(shim.sequence)
    return load.ledger, ready_at, backups, tuple(killed)


def _backup(bench: Bench, shim: Shim, name: str, package: Path) -> float:
    """`text911 backup` beside the daemon, into a folder that is not there yet. When it was done."""
    target = bench.directory / BACKUPS / name
    _command(shim, package, "backup", str(bench.directory), str(target))
    return time.monotonic()


def _command(shim: Shim, package: Path, *arguments: str) -> None:
    """`text911 ARGUMENTS...` to its good end."""
    subprocess.run(
        [sys.executable, "-m", "text911", *arguments],
        cwd=package,
        env={**os.environ, **shim.environment, "PYTHONPYCACHEPREFIX": str(BYTE_CODE)},
        stdout=subprocess.DEVNULL,
        check=True,
    )


def _reload(bench: Bench) -> None:
    file = bench.directory / "gateway.toml"
    old = file.read_text()
    new = old.replace("ring = 20.0", "ring = 25.0")
    if new == old:
        raise ValueError(f"{file} does not say what is to be changed")
    file.write_text(new)
    bench.gateway.reload()


def _check_that_the_log_explains(recording: Recording, root: Path) -> None:
    """Nothing was changed but by calls that are in the log: else the images would prove nothing."""
    disk = recording.disk()
    for one in recording.records:
        disk.apply(one)
    now = disk.now().files
    there = {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}
    for name in sorted(there.keys() | now.keys()):
        if name.endswith(SCRATCH) or name == "gateway.toml":
            continue  # mapped; and changed by us
        if name not in there or name not in now or there[name].read_bytes() != now[name]:
            raise RuntimeError(f"the log does not explain what is in {name}")
