"""What every command shares with a terminal: one-line errors, exit codes, harmless output."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path
from typing import NoReturn

# The exit codes of all commands (docs/operating.md); ended by a signal it is 128 and its number.
GOOD = 0  # done, and what was looked at is good
BAD = 1  # done, and what was looked at is bad
CANNOT = 2  # not done: asked wrongly, not there, in the way, or it failed

# Control and format characters, lone surrogates, private and unassigned ones, line and paragraph
# separators.
_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def harmless(text: str) -> str:
    """`text` without anything that moves a cursor, rings, or turns the writing direction."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(letter) in _HARMFUL else letter
        for letter in text
    )


def say(line: str) -> None:
    """One line to standard output."""
    import typer  # here, because who only wants what is harmless need not wait for it

    typer.echo(harmless(line))


def complain(sentence: str) -> None:
    """One line to standard error, which says what to do."""
    sys.stderr.write(f"text911: {harmless(sentence)}\n")


def fail(sentence: str, code: int = CANNOT) -> NoReturn:
    """End the command with one line that says what to do."""
    import typer

    complain(sentence)
    raise typer.Exit(code)


def no_directory(directory: Path) -> str:
    """Why a configuration directory cannot be looked at that is none."""
    return f"there is no directory {directory}; name one that holds gateway.toml"


def need_directory(directory: Path) -> None:
    """End the command where there is no such directory."""
    if not directory.is_dir():
        fail(no_directory(directory))


def table(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows as aligned lines; the first row is the heading."""
    widths = [max(len(harmless(row[column])) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            harmless(cell).ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
