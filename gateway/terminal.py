"""What every command shares with a terminal: one-line errors, exit codes, harmless output."""

from __future__ import annotations

import unicodedata
from typing import NoReturn

GOOD = 0
BAD = 1  # the thing that was checked is bad
CANNOT = 2  # it could not be done

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


def fail(sentence: str, code: int = CANNOT) -> NoReturn:
    """End the command with one line that says what to do."""
    import typer

    typer.echo(f"text911: {harmless(sentence)}", err=True)
    raise typer.Exit(code)


def table(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows as aligned lines; the first row is the heading."""
    widths = [max(len(harmless(row[column])) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            harmless(cell).ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
