"""The commands about what is recorded: `audit verify`, `backup`. They only read the journal.

Exit codes: 0 good, 1 the checked thing is bad, 2 it cannot be done.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ...smpp.counting import counted
from ..journal.backup import backup
from ..journal.contract import JournalBroken, JournalDamaged
from ..journal.verifying import Verdict, verify
from ..terminal import BAD, fail
from .named_journal import journal_path
from .story import add_to_audit

Where = Annotated[
    Path, typer.Argument(metavar="PATH|DIR", help="The journal, or a configuration directory.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of words.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands on the command line's `app`."""
    audit = typer.Typer(no_args_is_help=True, help="What was recorded, and whether it still is.")
    audit.command("verify", short_help="Check the chain; name the first bad record.")(audit_verify)
    add_to_audit(audit)
    app.add_typer(audit, name="audit")
    app.command("backup")(make_backup)


def audit_verify(where: Where, as_json: AsJson = False) -> None:
    """Check every record of a journal against the chain of hashes; name the first bad one.

    A tail that was cut off, or a whole file put back to an earlier copy, is a sound but shorter
    chain: compare the last record's hash with one that was kept somewhere else.
    """
    with _cannot_be_done():
        path = journal_path(where)
        with _progress("verified") as progress:
            verdict = verify(path, progress)
    typer.echo(json.dumps(_as_json(verdict)) if as_json else _in_words(verdict))
    if not verdict.good:
        raise typer.Exit(BAD)


def make_backup(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="A configuration directory, or the journal.")
    ],
    target: Annotated[
        Path, typer.Argument(metavar="TARGET", help="The file to make. It must not exist.")
    ],
    as_json: AsJson = False,
) -> None:
    """Copy the journal while the daemon works, and verify the copy.

    The copy is a journal: to restore it, stop the daemon, move the old journal and the files beside
    it away, put the copy in its place, and start the daemon.
    """
    with _cannot_be_done():
        source = journal_path(directory)
        try:
            with _progress("copied") as progress:
                verdict = backup(source, target, progress)
        except JournalDamaged as error:
            fail(str(error), BAD)
    typer.echo(
        json.dumps(_as_json(verdict))
        if as_json
        else f"{target}: {counted(verdict.records, 'record')} of {source}, verified"
    )


@contextmanager
def _cannot_be_done() -> Generator[None]:
    try:
        yield
    except JournalBroken as error:
        fail(str(error))


@contextmanager
def _progress(what: str) -> Generator[Callable[[int, int], None]]:
    """A line that counts, for a person at a terminal only; it is wiped before anything is said."""
    shown = -1

    def show(done: int, of: int) -> None:
        nonlocal shown
        percent = 100 * done // of if of else 100
        if percent != shown and sys.stderr.isatty():
            shown = percent
            typer.echo(f"\r{what} {percent} %", err=True, nl=False)

    try:
        yield show
    finally:
        if shown >= 0:
            typer.echo("\r\x1b[K", err=True, nl=False)


def _as_json(verdict: Verdict) -> dict[str, object]:
    return {
        "good": verdict.good,
        "path": str(verdict.path),
        "records": verdict.records,
        "last_sequence": verdict.head.sequence,
        "last_hash": verdict.head.hash.hex(),
        "problem": verdict.problem,
        "epoch": _plain(verdict.epoch),
        "sequence": verdict.sequence,
        "dialogue": _plain(verdict.dialogue),
        "number": _plain(verdict.number),
    }


def _plain(value: object) -> object:
    """A damaged column may be of any type: JSON takes what it can and the rest in words."""
    return value if isinstance(value, str | int | float | None) else repr(value)


def _in_words(verdict: Verdict) -> str:
    if verdict.good:
        return (
            f"{verdict.path}: {counted(verdict.records, 'record')}, all as they were written. The"
            f" last one has the hash {verdict.head.hash.hex()}; keep it elsewhere, for a tail that"
            " is cut off later cannot be seen without it"
        )
    where = ""
    if verdict.sequence is None and not verdict.records:  # it is no journal any more, or never was
        return f"{verdict.path}: BAD, {verdict.problem}"
    if verdict.sequence is not None:
        where = f" first bad record {verdict.sequence}"
        if verdict.epoch is not None:
            where += f" of epoch {verdict.epoch}"
        if verdict.dialogue is not None:
            where += f", dialogue {verdict.dialogue!r} number {verdict.number}"
        where += ":"
    return (
        f"{verdict.path}: BAD,{where} {verdict.problem}. Before it"
        f" {counted(verdict.records, 'record is as it was', 'records are as they were')} written"
    )
