"""`text911 new DIR`: a configuration to fill in, copied from what was installed.

Writes into a directory that does not exist or is empty, and never over anything.
"""

from __future__ import annotations

import sys
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer

from ..terminal import fail, say


def add_to(app: typer.Typer) -> None:
    app.command("new", short_help="Write a configuration to fill in.")(new)


def new(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="A directory that is not there yet, or is empty.")
    ],
    unit: Annotated[
        Path | None,
        typer.Option("--unit", help="Also the unit for systemd, written to this file."),
    ] = None,
) -> None:
    """Write a configuration to fill in: every key is explained where it stands.

    Exit code 0: here it is. 2: something is there already, or it cannot be written.
    """
    try:
        if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            fail(f"{directory} holds something already; name a new directory")
        if unit is not None and unit.exists():
            fail(f"{unit} is there already; name another file, or take it away")
        configs = files("text911") / "configs"
        directory.mkdir(parents=True, exist_ok=True)
        _copy(configs / "example", directory)
        if unit is not None:
            text = (configs / "systemd" / "text911.service").read_text(encoding="utf-8")
            unit.write_text(_started_from(text, directory), encoding="utf-8")
    except OSError as cause:
        fail(f"{cause.filename or directory} cannot be written ({cause.strerror})")
    say(f"{directory} holds a configuration to fill in; {directory}/README.md says how.")
    if unit is not None:
        say(f'{unit} is the unit; its places marked "adjust" are yours.')
    say(f"Then: text911 check {directory}")


def _started_from(text: str, directory: Path) -> str:
    """The unit with this installation's command and that directory."""
    command = Path(sys.argv[0]).absolute()
    start = f"ExecStart={command} serve --keep {directory.absolute()}"
    return "".join(
        f"{start}\n" if line.startswith("ExecStart=") else line
        for line in text.splitlines(keepends=True)
    )


def _copy(source: Traversable, into: Path) -> None:
    for one in source.iterdir():
        if one.is_dir():
            (into / one.name).mkdir()
            _copy(one, into / one.name)
        else:
            (into / one.name).write_bytes(one.read_bytes())
