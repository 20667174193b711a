"""The load tests of single parts, which are programs of their own beside this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# name -> its arguments, so that it takes seconds and, where it can, prints JSON
PARTS: Mapping[str, tuple[str, ...]] = {
    "codec": ("--json",),
    "journal": ("--records", "20000"),
    "routing": ("--json",),
    "restart": (
        "--json", "--records", "40000", "--dialogues", "4000", "--tail", "2400", "--rounds", "1",
    ),
    "flood": ("--json", "--quick"),
}  # fmt: skip
FULL: Mapping[str, tuple[str, ...]] = {
    "flood": ("--json",),
    "restart": ("--json",),
}  # with --full, instead of those above
ROOT = Path(__file__).resolve().parent.parent
RUN_WITHIN = 600.0  # s


@dataclass(frozen=True, slots=True)
class Part:
    """`code` is its own verdict: 0 held, 1 missed, anything else: it did not run. `words`: what it
    printed, its JSON as "name value"."""

    name: str
    code: int
    words: tuple[str, ...]

    @property
    def verdict(self) -> str:
        if self.code == 1:
            return "fail"
        if self.code:
            return "did not run"
        return "reported, over its budget" if "budget.met False" in self.words else "pass"


def run(name: str, disk: Path, full: bool = False) -> Part:
    """Run it with `disk` as the folder for what it writes."""
    arguments = FULL.get(name, PARTS[name]) if full else PARTS[name]
    with subprocess.Popen(
        [sys.executable, "-m", f"load_tests.{name}", *arguments],
        cwd=disk,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as part:
        try:
            said, complained = part.communicate(timeout=RUN_WITHIN)
        except BaseException:
            part.terminate()  # it takes its folder away, and whom it has started
            raise
    lines = (said + complained[-2000:]).strip().splitlines()
    try:
        figures: dict[str, Any] = json.loads(said)
    except json.JSONDecodeError:
        return Part(name, part.returncode, tuple(" ".join(line.split()) for line in lines))
    return Part(name, part.returncode, tuple(_words(figures)))


def _words(figures: dict[str, Any], prefix: str = "") -> list[str]:
    """Every figure as "name value", nested names joined by dots."""
    out: list[str] = []
    for name, value in figures.items():
        if isinstance(value, dict):
            inside: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
            out += _words(inside, f"{prefix}{name}.")
        else:
            shown = f"{value:.4g}" if isinstance(value, float) else str(value)
            out.append(f"{prefix}{name} {shown}")
    return out
