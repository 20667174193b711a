"""`text911 replay`: the rules of today over what was recorded, compared by digest; and recordings.

Changes nothing. Exit codes: 0 identical, 1 different or damaged, 2 it cannot be done.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from ...smpp.counting import counted
from .. import recording
from ..anonymising import anonymised
from ..comparing import Difference, compare_all
from ..core.facts import GATEWAY
from ..journal import reading
from ..recording import BadRecording, Recording
from ..terminal import BAD, fail, say
from .named_journal import journal_path
from .story import HERE, Found, find, journal_errors, named, told_difference

SHOWN_MAX = 20  # dialogues that differ are named, up to here; all are counted
KEY_OCTETS = 32


def add_to(app: typer.Typer) -> None:
    """Register the command on the command line's `app`."""
    app.command("replay")(replay)


def replay(
    what: Annotated[
        str,
        typer.Argument(
            metavar="DIALOGUE|FILE|DIR",
            help="A dialogue's id, a recording (*.json), or with --all where the journal is.",
        ),
    ],
    where: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR",
            help="Configuration directory, or the journal itself; else the current directory.",
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every dialogue.")] = False,
    export: Annotated[
        bool, typer.Option("--export", help="Write the dialogue as a recording.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="The recording's file; it must not exist. Else stdout.")
    ] = None,
    anonymise: Annotated[
        bool,
        typer.Option("--anonymise", help="Other numbers, names, texts and places; no evidence."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The outcome for a program.")] = False,
) -> None:
    """Run the rules over the record: state and commands must come out as they did at the time.

    With a FILE and a DIR the recording's records are also compared with those of that journal.
    """
    if (out is not None or anonymise) and not export:
        fail("--out and --anonymise go with --export")
    if everything:
        if export or where is not None:
            fail("--all takes one DIR and no --export")
        _everything(Path(what), as_json=as_json)
    elif export:
        with journal_errors():
            _export(find(journal_path(where or HERE), what), what, out, anonymise=anonymise)
    elif what.endswith(".json") or Path(what).is_file():
        _file(Path(what), where, as_json=as_json)
    else:
        with journal_errors():
            found = find(journal_path(where or HERE), what)
            first = found.compare().first
        _outcome(what, len(found.entries), first, "", as_json=as_json)


def _outcome(
    what: str, records: int, first: Difference | None, remark: str, *, as_json: bool
) -> None:
    """Say it, and end with 1 when there is a difference that `remark` does not allow."""
    bad = first is not None and not remark
    if as_json:
        typer.echo(json.dumps(_as_json(what, records, first, remark), indent=1))
    elif first is None or remark:
        say(f"identical: {counted(records, 'record')}" + (f"; {remark}" if remark else ""))
    else:
        for line in told_difference(first):
            say(line)
    if bad:
        raise typer.Exit(BAD)


def _as_json(what: str, records: int, first: Difference | None, remark: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "what": what,
        "good": first is None or bool(remark),
        "records": records,
        "remark": remark,
        "difference": None,
    }
    if first is not None:
        one = first.replayed
        told["difference"] = {
            "dialogue": first.dialogue,
            "number": first.number,
            "at": first.at,
            "fact": first.fact,
            "sentence": first.sentence,
            "recorded_by": first.recorded_by,
            "commands": None if one is None else named(one.commands),
            "questions": None if one is None else named(one.questions),
            "state": None if one is None else named(one.state),
        }
    return told


# --- every dialogue ----------------------------------------------------------------------------


def _everything(where: Path, *, as_json: bool) -> None:
    records = 0
    good = 0
    differences: list[Difference] = []
    began = time.perf_counter()
    with journal_errors():
        path = journal_path(where)
        with reading.reader(path) as connection:

            def walked() -> Any:
                nonlocal records
                for one in reading.walk(connection, path, 0):
                    records += 1
                    yield one.record

            for found in compare_all(walked()):
                if found is None:
                    good += 1
                else:
                    differences.append(found)
    seconds = max(time.perf_counter() - began, 1e-9)
    dialogues = good + len(differences)
    rate = f"{dialogues / seconds:.0f} dialogues/s, {records / seconds:.0f} records/s"
    if as_json:
        told = {
            "good": not differences,
            "dialogues": dialogues,
            "records": records,
            "seconds": seconds,
            "differences": [one.in_words() for one in differences],
        }
        typer.echo(json.dumps(told, indent=1))
    elif differences:
        for one in differences[:SHOWN_MAX]:
            say(f"DIFFERENT: {one.in_words()}")
        if more := len(differences[SHOWN_MAX:]):
            say(f"DIFFERENT: {more} more")
        verb = "differs" if len(differences) == 1 else "differ"
        say(
            f"{len(differences)} of {counted(dialogues, 'dialogue')} {verb}; "
            f"{counted(records, 'record')} ({rate})"
        )
    else:
        what = f"{counted(dialogues, 'dialogue')}, {counted(records, 'record')}"
        say(f"identical: {what} ({rate})")
    if differences:
        raise typer.Exit(BAD)


# --- recordings --------------------------------------------------------------------------------


def _export(found: Found, dialogue: str, out: Path | None, *, anonymise: bool) -> None:
    program = f"text911 {version('text911')}"
    try:
        made = recording.recording_of(dialogue, found.entries, found.own, program)
        if anonymise:
            made = anonymised(made, secrets.token_bytes(KEY_OCTETS))
    except BadRecording as error:
        fail(str(error), BAD)
    text = json.dumps(msgspec.to_builtins(made), indent=1) + "\n"
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        # A caller's number and words: nobody else on this machine may read them.
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
    except FileExistsError:
        fail(f"{out} exists already; choose another name")
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}")
    say(f"{out}: {counted(len(made.records), 'record')} of dialogue {dialogue}")


def _file(file: Path, where: Path | None, *, as_json: bool) -> None:
    try:
        kept = recording.parse(file.read_bytes())
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}")
    except BadRecording as error:
        fail(f"{file}: {error}", BAD)
    verdict = recording.run(kept)
    if verdict.transcript:
        fail(f"{file}: {verdict.transcript}", BAD)
    if verdict.good and where is not None:
        _in_journal(kept, where)
    _outcome(str(file), len(kept.records), verdict.first, verdict.remark, as_json=as_json)
    if not as_json:
        say(_what_it_shows(kept, where))


def _in_journal(kept: Recording, where: Path) -> None:
    """Whether the journal has every one of these records."""
    if kept.anonymised:
        fail("an anonymised recording has nothing to compare with a journal")
    with journal_errors():
        found = find(journal_path(where), kept.dialogue)
    there = {one.sequence: one.hash.hex() for _, one in (*found.entries, *found.own)}
    for stream, name in ((kept.records, kept.dialogue), (kept.policies, GATEWAY)):
        for one in stream:
            if there.get(one.sequence) != one.hash:
                fail(
                    f"entry {one.number} of {name} (record {one.sequence}) is not what the journal"
                    " has in that place: this recording is not of that journal, or was altered",
                    BAD,
                )


def _what_it_shows(kept: Recording, where: Path | None) -> str:
    if kept.anonymised:
        return "anonymised: shows what the rules do, no evidence of anything that happened"
    if where is not None:
        return "every record is the one that the journal has in its place"
    return (
        "every record is what its own hash says; that it is the gateway's, only the journal can"
        " show: text911 replay FILE DIR"
    )
