"""Real processes: killed while they append, and with a disk that is really full."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from text911.gateway.journal.contract import JournalBroken
from text911.gateway.journal.sqlite import SqliteJournal
from text911.gateway.journal.verifying import verify

from .bench import opened
from .conformance import record

ROOT = Path(__file__).parents[3]
APPENDER = Path(__file__).parent / "appender.py"


@contextmanager
def appender(
    journal: Path, size: int = 100, window: int = 20, faults: str = "", file_size: int = -1
) -> Generator[subprocess.Popen[str]]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, resource.RLIM_INFINITY))

    process = subprocess.Popen(
        [sys.executable, str(APPENDER), str(journal), str(size), str(window)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TEXT911_FAULTS": faults},
        preexec_fn=limit,
    )
    try:
        with process:
            yield process
    finally:
        process.kill()
        process.wait()


def acknowledged(lines: list[str]) -> set[str]:
    return {line.strip() for line in lines if line.endswith("\n")}


def assert_nothing_lost_and_nothing_torn(path: Path, told: set[str]) -> None:
    verdict = verify(path)
    assert verdict.good, verdict.problem
    with opened(path) as bench:
        numbers: dict[str, list[int]] = {}
        for entry in bench.journal.read():
            numbers.setdefault(entry.record.dialogue, []).append(entry.record.number)
        assert told <= numbers.keys()
        assert all(there == [0, 1, 2] for there in numbers.values())
        bench.write([record("life goes on", 0)])
    assert verify(path).good


@pytest.mark.parametrize("after", [1, 40, 700])
def test_everything_acknowledged_before_a_kill_is_there_and_no_unit_is_torn(
    tmp_path: Path, after: int
) -> None:
    path = tmp_path / "journal"
    with appender(path) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(after)]
        process.kill()
        lines += process.stdout.readlines()
    assert len(acknowledged(lines)) >= after
    assert_nothing_lost_and_nothing_torn(path, acknowledged(lines))


@pytest.mark.parametrize("point", ["before_commit", "after_commit_before_ack"])
def test_a_kill_at_the_commit_itself_loses_nothing_acknowledged(tmp_path: Path, point: str) -> None:
    path = tmp_path / "journal"
    with appender(path, window=1, faults=f"{point}=kill@4") as process:
        assert process.stdout is not None
        lines = process.stdout.readlines()
        assert process.wait() == -9
    assert len(acknowledged(lines)) == 3
    there = verify(path).records // 3
    assert there == (3 if point == "before_commit" else 4)
    assert_nothing_lost_and_nothing_torn(path, acknowledged(lines))


def test_killed_again_and_again_the_chain_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    told: set[str] = set()
    for _ in range(4):
        with appender(path, faults="before_commit=kill@9") as process:
            assert process.stdout is not None
            told |= acknowledged(process.stdout.readlines())
    assert_nothing_lost_and_nothing_torn(path, told)


def test_another_process_that_writes_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with appender(path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(JournalBroken, match=f"by another process \\(id {process.pid}\\)"):
            SqliteJournal(path, lambda call: None)
        assert verify(path).good  # reading beside it is no trouble


def fill_and_recover(process: subprocess.Popen[str], path: Path) -> None:
    """The process has run out of space; `make_room` was called between the two halves."""
    assert process.stdin is not None
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        if line.startswith("broken"):
            assert str(path) in line
            break
        lines.append(line)
    assert lines, "it never wrote anything"
    make_room(process, path)
    process.stdin.write("go on\n")
    process.stdin.flush()
    assert process.stdout.readline().startswith("reopened ")
    assert process.stdout.readline() == "None\n"  # the unit after it was acknowledged
    assert process.wait() == 0
    assert_nothing_lost_and_nothing_torn(path, acknowledged(lines) | {"after"})


def make_room(process: subprocess.Popen[str], path: Path) -> None:
    ballast = path.parent / "ballast"
    if ballast.exists():
        ballast.unlink()
    else:
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, unlimited)


@contextmanager
def small_disk(at: Path) -> Generator[Path]:
    """A file system of 8 MB; skips when this machine does not let us mount one."""
    libc = ctypes.CDLL(None, use_errno=True)
    at.mkdir()
    if libc.mount(b"tmpfs", bytes(at), b"tmpfs", 0, b"size=8m") != 0:
        pytest.skip(f"no mount here: {os.strerror(ctypes.get_errno())}; the size limit is tested")
    try:
        yield at
    finally:
        libc.umount2(bytes(at), 2)  # MNT_DETACH


def test_a_disk_that_is_really_full_stops_the_answers_and_room_brings_them_back(
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        (disk / "ballast").write_bytes(bytes(4_000_000))
        with appender(disk / "journal", size=5_000) as process:
            fill_and_recover(process, disk / "journal")
        assert shutil.disk_usage(disk).free > 0


def test_a_limit_on_the_file_stops_the_answers_and_lifting_it_brings_them_back(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal"
    with appender(path, size=5_000, file_size=2_000_000) as process:
        fill_and_recover(process, path)
