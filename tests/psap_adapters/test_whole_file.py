"""A file is there whole or as it was before, for whom it was meant, and made durable in order."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from text911.psap_adapters.whole_file import MODE, replace_whole, sync_folder


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def open_umask() -> Any:
    before = os.umask(0o077)
    yield
    os.umask(before)


class Watched:
    """What is asked of the system, in order, with the size that a file has by then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, object]] = []
        fsync, replace = os.fsync, Path.replace

        def synced(descriptor: int) -> None:
            found = os.fstat(descriptor)
            is_folder = stat.S_ISDIR(found.st_mode)
            self.calls.append(("sync", "folder" if is_folder else found.st_size))
            fsync(descriptor)

        def renamed(path: Path, target: Path) -> Path:
            self.calls.append(("rename", target.name))
            return replace(path, target)

        monkeypatch.setattr(os, "fsync", synced)
        monkeypatch.setattr(Path, "replace", renamed)


def test_the_whole_file_is_synced_before_it_gets_its_name_and_then_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept.json"
    watched = Watched(monkeypatch)
    replace_whole(path, b"x" * 100_000)
    assert watched.calls == [("sync", 100_000), ("rename", "kept.json"), ("sync", "folder")]
    assert path.read_bytes() == b"x" * 100_000
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("asked", "mode"), [((), MODE), ((0o644,), 0o644)])
def test_the_mode_is_what_was_asked_for_whatever_the_umask_says(
    tmp_path: Path, open_umask: None, asked: tuple[int, ...], mode: int
) -> None:
    path = tmp_path / "kept"
    path.write_bytes(b"before")
    path.chmod(0o666)
    replace_whole(path, b"after", *asked)
    assert (path.read_bytes(), mode_of(path)) == (b"after", mode)


def test_it_is_never_open_to_others_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []
    fchmod = os.fchmod

    def seen(descriptor: int, mode: int) -> None:
        modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        fchmod(descriptor, mode)

    monkeypatch.setattr(os, "fchmod", seen)
    replace_whole(tmp_path / "kept", b"a secret", 0o640)
    assert modes == [0o600]


def given(monkeypatch: pytest.MonkeyPatch, answer: Callable[[], None]) -> list[tuple[int, int]]:
    asked: list[tuple[int, int]] = []

    def fchown(_descriptor: int, user: int, group: int) -> None:
        asked.append((user, group))
        answer()

    monkeypatch.setattr(os, "fchown", fchown)
    return asked


def test_mode_and_owner_can_be_those_of_the_file_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "psap.toml"
    path.write_bytes(b"before")
    path.chmod(0o640)
    asked = given(monkeypatch, lambda: None)
    replace_whole(path, b"after", mode=None)
    assert asked == [(path.stat().st_uid, path.stat().st_gid)]
    assert (path.read_bytes(), mode_of(path)) == (b"after", 0o640)


def test_who_may_not_give_files_away_keeps_the_mode_at_least(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise PermissionError(1, "Operation not permitted")

    path = tmp_path / "psap.toml"
    path.write_bytes(b"before")
    path.chmod(0o640)
    given(monkeypatch, refuse)
    replace_whole(path, b"after", mode=None)
    assert (path.read_bytes(), mode_of(path)) == (b"after", 0o640)


def test_a_file_whose_mode_is_to_be_kept_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        replace_whole(tmp_path / "psap.toml", b"after", mode=None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", ["fsync", "fchmod", "replace"])
def test_what_cannot_be_made_durable_leaves_the_old_file_and_no_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "kept"
    path.write_bytes(b"before")
    monkeypatch.setattr(Path if call == "replace" else os, call, fail)
    with pytest.raises(OSError, match="No space left"):
        replace_whole(path, b"after")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_two_who_replace_the_same_file_at_once_do_not_mix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept"
    fsync = os.fsync
    begun: list[int] = []

    def interrupted(descriptor: int) -> None:
        if not begun:
            begun.append(1)
            replace_whole(path, b"the other one")
            assert path.read_bytes() == b"the other one"
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", interrupted)
    replace_whole(path, b"this one")
    assert path.read_bytes() == b"this one"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_kill_left_behind_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    for left in ("kept.new", ".kept.new", f".kept.{os.getpid()}"):
        (tmp_path / left).write_bytes(b"cut sh")
    replace_whole(path, b"whole")
    assert path.read_bytes() == b"whole"


def test_the_same_trouble_is_told_in_the_same_words(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "kept"
    told = set[str]()
    for _ in range(2):
        with pytest.raises(FileNotFoundError) as failed:
            replace_whole(path, b"")
        told.add(str(failed.value))
    assert told == {f"[Errno 2] No such file or directory: '{path}'"}


def test_only_a_folder_is_synced_as_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    sync_folder(tmp_path)
    with pytest.raises(NotADirectoryError):
        sync_folder(tmp_path / "file")
