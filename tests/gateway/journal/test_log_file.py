"""The log beside the journal: a power cut is taken as it is, damage is named and left alone."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from text911.gateway.journal import log_file
from text911.gateway.journal.backup import backup
from text911.gateway.journal.contract import JournalDamaged
from text911.gateway.journal.verifying import verify

from .bench import opened
from .conformance import record, stored

FRAME = 24 + 4096  # octets: the frame's header and one page
HEADER = 32


class Logged:
    """A journal as a power cut leaves it: the file, and beside it the log of eight commits."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "cut" / "journal"
        with opened(directory / "journal") as bench:
            bench.write([record("d", 0)])
            bench.restart()
            for number in range(1, 9):
                bench.write([record("d", number, bytes(3000))])
            self.path.parent.mkdir()
            shutil.copy(bench.path, self.path)
            self.log = Path(shutil.copy(f"{bench.path}-wal", f"{self.path}-wal"))
        self.frames = (self.log.stat().st_size - HEADER) // FRAME

    def flip(self, at: int) -> None:
        octets = bytearray(self.log.read_bytes())
        octets[at] ^= 1
        self.log.write_bytes(octets)

    def last_number(self) -> int:
        with opened(self.path) as bench:
            return stored(bench)[-1].number


def test_the_log_of_a_power_cut_is_taken_whole(tmp_path: Path) -> None:
    assert Logged(tmp_path).last_number() == 8


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.8])
def test_a_log_damaged_before_its_end_is_not_a_power_cut(tmp_path: Path, part: float) -> None:
    logged = Logged(tmp_path)
    logged.flip(HEADER + int(logged.frames * part) * FRAME + 500)
    before = logged.log.read_bytes()
    for _ in range(2):  # the evidence stays, so the second start is refused as well
        with pytest.raises(JournalDamaged, match="log is damaged in frame"):
            logged.last_number()
    assert "log is damaged in frame" in verify(logged.path).problem
    with pytest.raises(JournalDamaged, match="log is damaged in frame"):
        backup(logged.path, tmp_path / "backup")
    assert logged.log.read_bytes() == before


def test_damage_in_the_last_commit_looks_like_a_cut_commit(tmp_path: Path) -> None:
    logged = Logged(tmp_path)
    logged.flip(HEADER + (logged.frames - 1) * FRAME + 500)
    assert logged.last_number() == 7


@pytest.mark.parametrize("at", [0, 9, 17, 25])
def test_damage_in_the_first_octets_of_the_log_is_named(tmp_path: Path, at: int) -> None:
    logged = Logged(tmp_path)
    logged.flip(at)
    with pytest.raises(JournalDamaged, match="log's first octets are damaged"):
        logged.last_number()


def test_a_log_cut_in_its_last_commit_loses_only_that(tmp_path: Path) -> None:
    logged = Logged(tmp_path)
    os.truncate(logged.log, logged.log.stat().st_size - 100)
    assert logged.last_number() == 7


def test_a_log_of_zeros_was_never_begun(tmp_path: Path) -> None:
    logged = Logged(tmp_path)
    logged.log.write_bytes(bytes(5000))
    with opened(logged.path) as bench:
        assert len(stored(bench)) == 1


def test_a_journal_without_a_log_has_nothing_to_lose(tmp_path: Path) -> None:
    log_file.check(tmp_path / "journal")
    logged = Logged(tmp_path)
    logged.log.unlink()
    log_file.check(logged.path)


@pytest.mark.parametrize("size", [0, 1, HEADER - 1, HEADER])
def test_a_log_without_a_single_frame_has_nothing_to_lose(tmp_path: Path, size: int) -> None:
    logged = Logged(tmp_path)
    os.truncate(logged.log, size)
    log_file.check(logged.path)


def test_frames_of_an_earlier_round_behind_the_end_are_no_damage(tmp_path: Path) -> None:
    """A log is written over from its start; what the round before left bears other salts."""
    logged = Logged(tmp_path)
    octets = bytearray(logged.log.read_bytes())
    for number in range(logged.frames // 2, logged.frames):
        octets[HEADER + number * FRAME + 8] ^= 1
    logged.log.write_bytes(octets)
    log_file.check(logged.path)
    assert logged.last_number() < 8


def test_looking_changes_neither_the_journal_nor_its_log(tmp_path: Path) -> None:
    logged = Logged(tmp_path)
    before = logged.path.read_bytes(), logged.log.read_bytes()
    log_file.check(logged.path)
    logged.flip(HEADER + 500)
    with pytest.raises(JournalDamaged, match="damaged in frame 1 and goes on"):
        log_file.check(logged.path)
    logged.flip(HEADER + 500)
    assert (logged.path.read_bytes(), logged.log.read_bytes()) == before


def test_a_journal_is_written_as_long_as_somebody_has_it_open(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    assert not log_file.is_written(path), "nobody ever had"
    with opened(path):
        assert log_file.is_written(path)
        assert log_file.is_written(path), "asking takes nothing away"
    assert not log_file.is_written(path)
