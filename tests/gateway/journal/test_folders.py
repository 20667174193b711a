"""What is made stays made: every new name is synced in the folder that it stands in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from text911.gateway.journal.backup import backup
from text911.gateway.journal.folders import make_folder
from text911.gateway.journal.opening import Lock, open_for_writing

from .bench import opened, story


class Synced:
    """The files and folders that were synced, by inode, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.inodes: list[int] = []
        fsync = os.fsync

        def noted(descriptor: int) -> None:
            fsync(descriptor)
            self.inodes.append(os.fstat(descriptor).st_ino)

        monkeypatch.setattr(os, "fsync", noted)

    def has(self, *paths: Path) -> bool:
        return all(path.stat().st_ino in self.inodes for path in paths)


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> Synced:
    return Synced(monkeypatch)


def test_every_folder_that_is_made_is_durable_in_the_one_above(
    tmp_path: Path, synced: Synced
) -> None:
    make_folder(tmp_path / "one" / "two" / "three")
    assert (tmp_path / "one" / "two" / "three").is_dir()
    assert synced.has(tmp_path, tmp_path / "one", tmp_path / "one" / "two")
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_was_made_by_somebody_who_was_killed_is_made_durable(
    tmp_path: Path, synced: Synced
) -> None:
    (tmp_path / "one").mkdir()
    make_folder(tmp_path / "one")
    assert synced.has(tmp_path)


def refusing(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """As root everything may be read: the kernel's answer to others is given for it."""
    really = os.open

    def answered(path: Path, flags: int, mode: int = 0o777) -> int:
        if path == folder:
            raise PermissionError(13, "Permission denied", str(path))
        return really(path, flags, mode)

    monkeypatch.setattr(os, "open", answered)


def test_a_folder_of_ours_in_one_that_we_may_not_read_is_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one").mkdir()
    refusing(monkeypatch, tmp_path)
    make_folder(tmp_path / "one")


def test_a_new_folder_that_cannot_be_made_durable_is_no_place_for_a_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(monkeypatch, tmp_path)
    with pytest.raises(PermissionError):
        make_folder(tmp_path / "one")


def test_a_new_journal_is_durable_with_its_folder_before_anything_is_accepted(
    tmp_path: Path, synced: Synced
) -> None:
    path = tmp_path / "new" / "text911.journal"
    lock = Lock(path)
    opened_now = open_for_writing(path, print)
    assert synced.has(tmp_path, path.parent)
    synced.inodes.clear()
    opened_now.connection.close()
    open_for_writing(path, print).connection.close()
    lock.release()
    assert synced.has(path.parent), "whoever made it may have been killed before that"


def test_a_backup_is_durable_with_its_folder(tmp_path: Path, synced: Synced) -> None:
    with opened(tmp_path / "journal") as bench:
        bench.write(story())
        synced.inodes.clear()
        target = tmp_path / "backups" / "monday"
        backup(tmp_path / "journal", target)
    assert synced.has(tmp_path, target.parent, target)
