"""The key beside the journal: new with every start, and nobody else's to read."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from text911.gateway.operations.door_key import path_beside, read, renew


def test_a_key_is_written_for_its_owner_only_and_read_back(tmp_path: Path) -> None:
    path = path_beside(tmp_path / "text911.journal")
    key = renew(path)
    assert path.parent == tmp_path
    assert len(key) >= 43  # 32 octets of chance
    assert read(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_every_start_has_another_key(tmp_path: Path) -> None:
    path = tmp_path / "operators.key"
    keys = {renew(path) for _ in range(3)}
    assert len(keys) == 3
    assert read(path) in keys
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        renew(tmp_path / "nowhere" / "operators.key")
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "operators.key")
