"""SMPP servers of others, installed by their own package managers under build/."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.journeys import tools

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "peers"
INSTALL_WITHIN = 300.0  # s

TWISTED3 = ("smpp.twisted3==0.8", "smpp.pdu3==0.6", "twisted==23.10.0")


class CannotInstall(Exception):
    """What is missing, in words."""


def twisted3() -> Path:
    """The interpreter that has smpp.twisted3."""
    return environment("twisted3", TWISTED3)


def node_smpp() -> Path:
    """The folder of packages that holds node-smpp: the one that the journeys use."""
    if why := tools.ensure_node_packages():
        raise CannotInstall(why)
    return tools.node_modules()


def environment(name: str, packages: Sequence[str], within: float = INSTALL_WITHIN) -> Path:
    """The interpreter of a virtual environment with these in it. `within`: seconds for each step.
    Raises CannotInstall."""
    python, note = FOLDER / name / "bin" / "python", FOLDER / f"{name}.versions"
    if note.is_file() and note.read_text().split() == list(packages):
        return python
    quietly = ["--quiet", "--disable-pip-version-check", "--no-input"]
    for command in (
        [sys.executable, "-m", "venv", str(FOLDER / name)],
        [str(python), "-m", "pip", "install", *quietly, *packages],
    ):
        try:
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL, cwd=ROOT, timeout=within)
        except (OSError, subprocess.SubprocessError) as cause:
            raise CannotInstall(f"{' '.join(command[:4])} ... failed: {cause}") from cause
    # Last, so that what was installed by half is installed again.
    note.write_text("\n".join(packages) + "\n")
    return python
