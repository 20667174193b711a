"""Configuration directories for tests: a good one to spoil, key by key."""

from __future__ import annotations

import shutil
from pathlib import Path

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
