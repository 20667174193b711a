"""The directory of a gateway that is started for a measurement. Nothing is started here."""

from __future__ import annotations

from pathlib import Path

import pytest

from load_tests.gateway import Gateway


def test_a_directory_named_from_here_is_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    gateway = Gateway(Path("run"), [])
    monkeypatch.chdir("/")
    assert (gateway.directory / "gateway.toml").is_file()
    assert gateway.log.parent == tmp_path / "run"
