"""The load tests of single parts that run as programs of their own and print JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PARTS = ("codec", "journal", "routing")
RUN_WITHIN = 600.0  # s


@dataclass(frozen=True, slots=True)
class Part:
    """`code` is its own verdict: 0 held, 1 missed, anything else: it did not run."""

    name: str
    code: int
    figures: dict[str, Any]
    error: str = ""

    @property
    def verdict(self) -> str:
        if self.code == 1:
            return "fail"
        if self.code:
            return "did not run"
        missed = "budget.met False" in words(self.figures)
        return "reported, over its budget" if missed else "pass"


def run(name: str) -> Part:
    program = Path(__file__).with_name(f"{name}.py")
    done = subprocess.run(
        [sys.executable, str(program), "--json"],
        capture_output=True,
        text=True,
        timeout=RUN_WITHIN,
        check=False,
    )
    try:
        figures: dict[str, Any] = json.loads(done.stdout)
    except json.JSONDecodeError:
        return Part(name, 2, {}, done.stderr.strip()[-2000:] or "printed no JSON")
    return Part(name, done.returncode, figures)


def words(figures: dict[str, Any], prefix: str = "") -> list[str]:
    """Every figure as "name = value", nested names joined by dots."""
    out: list[str] = []
    for name, value in figures.items():
        if isinstance(value, dict):
            inside: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
            out += words(inside, f"{prefix}{name}.")
        else:
            shown = f"{value:.4g}" if isinstance(value, float) else str(value)
            out.append(f"{prefix}{name} {shown}")
    return out
