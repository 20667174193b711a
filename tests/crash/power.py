"""Power loss: the real daemon is recorded under load, and started again on what a disk might hold.

    python -m tests.crash power [--images N] [--seed S]       exit 1 when a promise broke
    python -m tests.crash power --altered                     exit 1 when the lab missed something

A kill alone proves nothing about syncs: the kernel writes everything sooner or later. Here each
call of the daemon on its files is logged by the shim, beside the times at which people and carriers
saw something (`ledger.py`, by the same clock). At a cut between two calls a disk may hold any of
the states of `images.py`; whatever had been seen before the cut must be recorded in each of them.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from load_tests.gateway import ROOT
from load_tests.scratch import undo_on_sigterm

from .altered import ALTERATIONS, Alteration, altered
from .bench import BYTE_CODE, Bench
from .images import Disk, Image, Kind, Record, parse
from .recovery import Expected, examine, serve
from .shim import Shim, build
from .story import CHANGES, Recording, Story, found_in, record
from .story import TEXTS as TEXTS

IMAGES = 500
SERVED = 10  # on one image in so many the real daemon is started, and one is cut a second time
TOLD_EVERY = 50  # images; the whole takes minutes
CUTS_AGAIN = 3  # images of one recovery that was cut itself
# A file system in memory, where there is one: to sync is nothing there, and journals are opened by
# the hundred. What a disk may lose is the model's business, never this file system's.
MEMORY = Path("/dev/shm")
OPENER = (
    "import sys\n"
    "from pathlib import Path\n"
    "from text911.gateway.journal.sqlite import SqliteJournal\n"
    "SqliteJournal(Path(sys.argv[1]), lambda call: call()).close()\n"
)


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
    defects: Counter[str] = field(default_factory=Counter[str])
    examples: dict[str, str] = field(default_factory=dict[str, str])

    def take(self, where: str, sentences: Sequence[str]) -> None:
        self.images += 1
        if not sentences:
            return
        self.bad += 1
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


@dataclass(frozen=True, slots=True)
class Trial:
    """What is done with `images` images. One in `served` is served by the real daemon too, one in
    `cut_again` is cut a second time; 0 for none."""

    images: int = IMAGES
    seed: int = 1
    served: int = SERVED
    cut_again: int = SERVED


def try_all(recording: Recording, folder: Path, library: Path, trial: Trial) -> Verdict:
    """Start the product on the images of a recording; `folder`: for them."""
    seed = trial.seed
    verdict = Verdict(
        accepted=len(recording.ledger.accepted()),
        calls=len(recording.records),
        syncs=sum(one.kind is Kind.SYNC_ENDED for one in recording.records),
    )
    for cut in drawn(recording, trial.images, seed):
        wanted = recording.expected(cut.calls)
        with tempfile.TemporaryDirectory(dir=folder) as name:
            image = Path(name) / "image"
            lay_out(cut.image, image)
            sentences: list[str] = []
            if trial.served and cut.number % trial.served == 0:
                verdict.served += 1
                with Bench(Path(name) / "gateway", CHANGES) as bench:
                    sentences += serve(image, Path(name) / "copy", wanted, bench)
            if trial.cut_again and cut.number % trial.cut_again == trial.cut_again // 2:
                verdict.cut_again += 1
                sentences += _again(image, Path(name), library, wanted, f"{seed} {cut.number}")
            sentences += examine(image, wanted, look_first=cut.number % 2 == 0)
        verdict.take(_where(recording, cut, seed), sentences)
        if verdict.images % TOLD_EVERY == 0:
            sys.stderr.write(f"{verdict.images} of {trial.images} images, {verdict.bad} bad\n")
    return verdict


def killed_alone(recording: Recording, folder: Path) -> list[str]:
    """What is wrong after the kills of the story, had the power stayed: everything was written."""
    sentences: list[str] = []
    disk, done = recording.disk(), 0
    for number, calls in enumerate(recording.killed):
        for one in recording.records[done:calls]:
            disk.apply(one)
        done = calls
        image = folder / f"killed{number}"
        lay_out(disk.now(), image)
        sentences += examine(image, recording.expected(calls), look_first=True)
    return sentences


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


@contextmanager
def workshop() -> Generator[tuple[Path, Path]]:
    """(a folder with a folder "images" in it, the shim's library)."""
    place = MEMORY if os.access(MEMORY, os.W_OK | os.X_OK) else None
    with tempfile.TemporaryDirectory(prefix="text911-power-", dir=place) as name:
        folder = Path(name)
        (folder / "images").mkdir()
        yield folder, build(folder)


def run(images: int = IMAGES, seed: int = 1, texts: int = TEXTS, served: int = SERVED) -> Verdict:
    """The whole of it in folders of its own."""
    with workshop() as (folder, library):
        recording = record(folder / "story", library, Story(texts))
        return try_all(recording, folder / "images", library, Trial(images, seed, served))


def found_out(
    alteration: Alteration, images: int, seed: int, texts: int = TEXTS
) -> tuple[Verdict, list[str]]:
    """Of an altered gateway: what the images say, and what the kills alone."""
    with workshop() as (folder, library):
        package = altered(folder / "package", alteration)
        story = Story(texts, package, failing_sync=False)
        recording = record(folder / "story", library, story)
        trial = Trial(images, seed, served=0, cut_again=0)
        verdict = try_all(recording, folder / "images", library, trial)
        return verdict, killed_alone(recording, folder)


def main(arguments: Sequence[str]) -> int:
    undo_on_sigterm()
    parser = argparse.ArgumentParser(prog="python -m tests.crash power", description=__doc__)
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--altered", action="store_true")
    options = parser.parse_args(arguments)
    if not options.altered:
        verdict = run(options.images, options.seed)
        sys.stdout.write(verdict.in_words() + "\n")
        return 1 if verdict.bad else 0
    missed = 0
    for alteration in ALTERATIONS:
        verdict, by_kill = found_out(alteration, options.images, options.seed)
        missed += not verdict.bad
        kills = "found" if by_kill else "not found"
        images = f"{verdict.bad} of {verdict.images} images are bad"
        sys.stdout.write(f"{alteration.name}: {images}; by the kills alone {kills}\n")
        sys.stdout.writelines(f"  {words}\n" for words in verdict.examples.values())
        sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
