"""Configuration directories for tests: a good one to spoil, key by key, and what is then said."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from text911.gateway.config import ConfigurationErrors, Fault, load

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "configs" / "demo"
EXAMPLE = ROOT / "configs" / "example"


def copy_of_demo(tmp_path: Path) -> Path:
    """A directory without a fault, to be changed at will."""
    directory = tmp_path / "conf"
    shutil.copytree(DEMO, directory)
    return directory


def change(path: Path, old: str, new: str) -> None:
    """Replace `old`, which must stand there exactly once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def faults(directory: Path, environ: dict[str, str] | None = None) -> tuple[Fault, ...]:
    """Why it cannot be used."""
    with pytest.raises(ConfigurationErrors) as raised:
        load(directory, environ or {})
    return raised.value.faults


def only(directory: Path) -> Fault:
    """The one reason why it cannot be used."""
    (fault,) = faults(directory)
    return fault
