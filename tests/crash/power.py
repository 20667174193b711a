"""Power loss: the real daemon is recorded under load, and started again on what a disk might hold.

    python -m tests.crash power [--images N] [--seed S]       exit 1 when a promise broke

A kill alone proves nothing about syncs: the kernel writes everything sooner or later. Here each
call of the daemon on its files is logged by the shim, beside the times at which people and carriers
saw something (`ledger.py`, by the same clock). At a cut between two calls a disk may hold any of
the states of `images.py`; whatever had been seen before the cut must be recorded in each of them.

The recording is one story of three lives: a gateway that is new, killed under load; one that takes
over, with a backup, a changed configuration, a sync that fails, and an end in good order; and one
more. Snapshots and checkpoints of the log come in all of them.
"""

from __future__ import annotations

import argparse
import errno
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from load_tests.gateway import ROOT

from .bench import BYTE_CODE, Bench
from .images import SCRATCH, Disk, Found, Image, Kind, Record, parse
from .ledger import Ledger
from .load import Traffic
from .recovery import BACKUPS, Expected, examine, expected, serve
from .shim import Call, Fault, Shim, build

IMAGES = 500
TEXTS = 700  # accepted over the three lives
SERVED = 10  # on one image in so many the real daemon is started, and one is cut a second time
CUTS_AGAIN = 3  # images of one recovery that was cut itself
SYNC_MS = 2  # ms that each sync takes longer: more is in flight, and an early answer shows
WITHIN = 60.0  # s for anything to happen in the story
TRAFFIC = Traffic(rate=80.0, callers=30)
CHANGES: Mapping[str, Mapping[str, object]] = {
    "journal": {"snapshot_every_records": 1_000},
    # Images are started minutes later: what is open shall still be open then.
    "limits": {
        "ring": 20.0, "abandon": 600.0, "quiet_warning": 7200.0, "quiet_close": 14_400.0,
        "forget": 86_400.0,
    },
}  # fmt: skip
OPENER = (
    "import sys\n"
    "from pathlib import Path\n"
    "from text911.gateway.journal.sqlite import SqliteJournal\n"
    "SqliteJournal(Path(sys.argv[1]), lambda call: call()).close()\n"
)


# --- the story -----------------------------------------------------------------------------------


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


def record(folder: Path, library: Path, texts: int = TEXTS, package: Path = ROOT) -> Recording:
    """Live the story in `folder`. `package`: the folder above the text911 that is served."""
    with Bench(folder / "gateway", CHANGES, package) as bench:
        root = bench.directory.resolve()
        found = found_in(root)
        with Shim(folder / "shim", root, library, recording=True) as shim:
            shim.arm(Fault(Call.SYNC, delay_ms=SYNC_MS))
            told = _live(bench, shim, texts)
            records = tuple(parse(shim.log()))
        recording = Recording(str(root), found, records, *told)
        _check_that_the_log_explains(recording, root)
    return recording


def _live(
    bench: Bench, shim: Shim, texts: int
) -> tuple[Ledger, float, Mapping[str, float], tuple[int, ...]]:
    bench.start(shim.environment)
    ready_at = time.monotonic()
    third = texts // 3
    backups: dict[str, float] = {}
    killed: list[int] = []
    with bench.load(TRAFFIC) as load:
        load.more_accepted(third, WITHIN)
        bench.kill()
        killed.append(shim.sequence)
        bench.start(shim.environment)
        load.more_accepted(third // 3, WITHIN)
        backups["one.journal"] = _backup(bench, shim, "one.journal")
        _reload(bench)
        load.more_accepted(third // 3, WITHIN)
        slot = shim.arm(Fault(Call.SYNC, error=errno.EIO, count=1, suffix="-wal"))
        load.wait("a sync fails", lambda: shim.hits(slot), WITHIN)
        shim.disarm(slot)
        load.more_accepted(third // 3, WITHIN)
        if code := bench.stop():
            raise RuntimeError(f"the daemon ended with {code}\n{bench.gateway.program.tail()}")
        bench.start(shim.environment)
        load.more_accepted(third, WITHIN)
        bench.kill()
        killed.append(shim.sequence)
    return load.ledger, ready_at, backups, tuple(killed)


def _backup(bench: Bench, shim: Shim, name: str) -> float:
    """`text911 backup` beside the daemon, into a folder that is not there yet. When it was done."""
    target = bench.directory / BACKUPS / name
    subprocess.run(
        [sys.executable, "-m", "text911", "backup", str(bench.directory), str(target)],
        cwd=ROOT,
        env={**os.environ, **shim.environment, "PYTHONPYCACHEPREFIX": str(BYTE_CODE)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.monotonic()


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


# --- the cuts ------------------------------------------------------------------------------------

_NAMES = {Kind.CREATE, Kind.RENAME, Kind.UNLINK, Kind.LINK, Kind.MKDIR}
_SYNCS = {Kind.SYNC_BEGUN, Kind.SYNC_ENDED}


def cuts(recording: Recording, count: int, rng: random.Random) -> list[int]:
    """How many calls had been made at each of the cuts, in order: some anywhere, most beside syncs,
    beside changes of names, and in the first moments of a new journal."""
    records = recording.records
    near = [range(len(records) + 1), _beside(records, _SYNCS), _beside(records, _NAMES)]
    near.append([n for n, one in enumerate(records) if one.at < recording.ready_at])
    chosen = rng.choices(near, weights=(5, 8, 4, 3), k=count)
    return sorted(rng.choice(places) for places in chosen)


def _beside(records: Sequence[Record], kinds: set[Kind]) -> Sequence[int]:
    return [n + shift for n, one in enumerate(records) if one.kind in kinds for shift in (0, 1)]


@dataclass(frozen=True, slots=True)
class Cut:
    number: int
    calls: int
    image: Image


def drawn(recording: Recording, count: int, seed: int) -> Iterator[Cut]:
    """The same seed and the same recording give the same images."""
    places = cuts(recording, count, random.Random(f"cuts {seed}"))
    disk, done = recording.disk(), 0
    for number, calls in enumerate(places):
        for one in recording.records[done:calls]:
            disk.apply(one)
        done = calls
        yield Cut(number, calls, disk.draw(random.Random(f"image {seed} {number}")))


def lay_out(image: Image, folder: Path) -> None:
    folder.mkdir()
    for name in sorted(image.folders):
        (folder / name).mkdir(parents=True)
    for name, octets in image.files.items():
        (folder / name).write_bytes(octets)


# --- the verdict ---------------------------------------------------------------------------------


@dataclass(slots=True)
class Verdict:
    """`defects`: by kind, how many images have it; `examples`: the first of each, in words."""

    images: int = 0
    served: int = 0
    cut_again: int = 0
    accepted: int = 0
    calls: int = 0
    syncs: int = 0
    bad: int = 0
    first_bad: int = 0  # how many images it took to find the first
    defects: Counter[str] = field(default_factory=Counter[str])
    examples: dict[str, str] = field(default_factory=dict[str, str])

    def take(self, where: str, sentences: Sequence[str]) -> None:
        self.images += 1
        if not sentences:
            return
        self.bad += 1
        self.first_bad = self.first_bad or self.images
        for kind in {sentence.partition(":")[0] for sentence in sentences}:
            self.defects[kind] += 1
            example = next(one for one in sentences if one.startswith(kind))
            self.examples.setdefault(kind, f"{where}: {example}")

    def in_words(self) -> str:
        told = (
            f"{self.images} images ({self.served} served by the daemon, {self.cut_again} cut again"
            f" during recovery) of {self.calls} calls with {self.syncs} syncs and {self.accepted}"
            f" accepted texts: {self.bad} bad"
        )
        counted = [f"{times} x {kind}" for kind, times in self.defects.most_common()]
        return "\n".join([told, *counted, *self.examples.values()])


def try_all(
    recording: Recording, folder: Path, library: Path, count: int, seed: int, served: int = SERVED
) -> Verdict:
    """Start the product on `count` images; `folder`: for them. `served`: one in so many is served
    by the real daemon too, another one is cut a second time; 0 for none."""
    verdict = Verdict(
        accepted=len(recording.ledger.accepted()),
        calls=len(recording.records),
        syncs=sum(one.kind is Kind.SYNC_ENDED for one in recording.records),
    )
    for cut in drawn(recording, count, seed):
        wanted = recording.expected(cut.calls)
        with tempfile.TemporaryDirectory(dir=folder) as name:
            image = Path(name) / "image"
            lay_out(cut.image, image)
            sentences: list[str] = []
            if served and cut.number % served == 0:
                verdict.served += 1
                with Bench(Path(name) / "gateway", CHANGES) as bench:
                    sentences += serve(image, Path(name) / "copy", wanted, bench)
            if served and cut.number % served == served // 2:
                verdict.cut_again += 1
                sentences += _again(image, Path(name), library, wanted, f"{seed} {cut.number}")
            sentences += examine(image, wanted, look_first=cut.number % 2 == 0)
        verdict.take(_where(recording, cut, seed), sentences)
    return verdict


def _where(recording: Recording, cut: Cut, seed: int) -> str:
    before = recording.records[max(0, cut.calls - 1)]
    drawn_how = "; ".join(cut.image.story) or "all was synced"
    return (
        f"image {cut.number} of seed {seed}, cut after call {cut.calls} ({before.kind.name} of"
        f" {before.path.removeprefix(recording.root)}; {drawn_how})"
    )


def _again(image: Path, folder: Path, library: Path, wanted: Expected, seed: str) -> Iterator[str]:
    """The power is cut once more while the journal recovers from the first time."""
    first = folder / "again"
    shutil.copytree(image, first)
    found = found_in(first)
    with Shim(folder / "shim", first, library, recording=True) as shim:
        subprocess.run(
            [sys.executable, "-c", OPENER, str(first / "journal" / "text911.journal")],
            cwd=ROOT,
            env={**os.environ, **shim.environment, "PYTHONPYCACHEPREFIX": str(BYTE_CODE)},
            check=True,
        )
        records = list(parse(shim.log()))
    rng = random.Random(f"again {seed}")
    disk, done = Disk(str(first), found), 0
    for number, calls in enumerate(sorted(rng.choices(range(len(records) + 1), k=CUTS_AGAIN))):
        for one in records[done:calls]:
            disk.apply(one)
        done = calls
        second = folder / f"again{number}"
        lay_out(disk.draw(rng), second)
        for sentence in examine(second, wanted, look_first=number % 2 == 0):
            yield f"{sentence} (the power was cut again, after call {calls} of the recovery)"


def run(images: int, seed: int, texts: int = TEXTS, package: Path = ROOT) -> Verdict:
    """The whole of it in folders of its own."""
    with tempfile.TemporaryDirectory(prefix="text911-power-") as name:
        folder = Path(name)
        library = build(folder)
        recording = record(folder / "story", library, texts, package)
        (folder / "images").mkdir()
        return try_all(recording, folder / "images", library, images, seed)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash power", description=__doc__)
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    verdict = run(options.images, options.seed)
    sys.stdout.write(verdict.in_words() + "\n")
    return 1 if verdict.bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
