"""SMPP servers of others, installed by their own package managers under build/peers/."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "peers"
INSTALL_WITHIN = 300.0  # s

TWISTED3 = ("smpp.twisted3==0.8", "smpp.pdu3==0.6", "twisted==23.10.0")
NODE_SMPP = "smpp@0.5.1"


class CannotInstall(Exception):
    """What is missing, in words."""


def twisted3() -> Path:
    """The interpreter that has smpp.twisted3."""
    python = FOLDER / "twisted3" / "bin" / "python"
    if not _is_there("twisted3", TWISTED3):
        _run([sys.executable, "-m", "venv", str(FOLDER / "twisted3")])
        quietly = ["--quiet", "--disable-pip-version-check", "--no-input"]
        _run([str(python), "-m", "pip", "install", *quietly, *TWISTED3])
        _note("twisted3", TWISTED3)
    return python


def node_smpp() -> Path:
    """The folder whose node_modules holds node-smpp."""
    folder = FOLDER / "node"
    if shutil.which("node") is None:
        raise CannotInstall("node is not installed; run: apt-get install nodejs npm")
    if not _is_there("node", (NODE_SMPP,)):
        npm = shutil.which("npm")
        if npm is None:
            raise CannotInstall("npm is not installed; run: apt-get install npm")
        folder.mkdir(parents=True, exist_ok=True)
        quietly = ["--silent", "--no-audit", "--no-fund"]
        _run([npm, "install", *quietly, "--prefix", str(folder), NODE_SMPP])
        _note("node", (NODE_SMPP,))
    return folder


def _is_there(name: str, versions: Sequence[str]) -> bool:
    note = FOLDER / f"{name}.versions"
    return note.is_file() and note.read_text().split() == list(versions)


def _note(name: str, versions: Sequence[str]) -> None:
    """Last, so that what was installed by half is installed again."""
    (FOLDER / f"{name}.versions").write_text("\n".join(versions) + "\n")


def _run(command: list[str]) -> None:
    try:
        subprocess.run(
            command, check=True, stdin=subprocess.DEVNULL, cwd=ROOT, timeout=INSTALL_WITHIN
        )
    except (OSError, subprocess.CalledProcessError, subprocess.TimeoutExpired) as cause:
        raise CannotInstall(f"{' '.join(command[:4])} ... failed: {cause}") from cause
