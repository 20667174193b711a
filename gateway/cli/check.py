"""`text911 check DIR`: every fault of a configuration directory in one run; writes the schemas."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...smpp.counting import counted
from ..terminal import BAD, GOOD, fail, need_directory, say

if TYPE_CHECKING:
    from ..config import Fault


utc = time.time  # noqa: TID251 - whether a certificate has run out is asked of today


def add_to(app: typer.Typer) -> None:
    app.command("check")(check)


def check(
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="Configuration directory.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
    write_schema: Annotated[
        Path | None,
        typer.Option(help="Write the JSON Schema of every kind of file into this directory."),
    ] = None,
) -> None:
    """Check a configuration directory: all faults at once.

    Exit code 0: good. 1: faults. 2: there is no such directory.
    """
    if directory is None and write_schema is None:
        fail("name the configuration directory: text911 check DIR")
    if write_schema is not None:
        _write_schema(write_schema)
    if directory is not None:
        raise typer.Exit(_check(directory, as_json=as_json))


def _write_schema(directory: Path) -> None:
    from ..schema import write

    try:
        names = write(directory)
    except OSError as cause:
        fail(f"{directory} cannot be written ({cause.strerror}); name a directory of yours")
    say(f"wrote {', '.join(names)} to {directory}")


def _check(directory: Path, *, as_json: bool) -> int:
    from ..config import ConfigurationErrors, load

    need_directory(directory)
    try:
        configuration = load(directory)
    except ConfigurationErrors as errors:
        _refuse(tuple(errors.faults), as_json=as_json)
        return BAD
    from ..configuration.certificates import out_of_date
    from ..configuration.faults import Fault
    from ..routing.source import boundary_problems

    bad = (
        *(fault for _, fault in out_of_date(configuration.tls, utc())),
        *(
            fault
            for line in configuration.lines
            for _, fault in out_of_date(line.tls, utc(), f"lines/{line.name}.toml")
        ),
        *(
            Fault("routing.toml", problem.key, problem.sentence)
            for problem in boundary_problems(configuration.routing, configuration.directory)
        ),
    )
    if bad:
        _refuse(bad, as_json=as_json)
        return BAD
    _report((), configuration.advice, as_json=as_json)
    if not as_json:
        say(
            f"{directory} is good (carriers: {len(configuration.carriers)}, "
            f"PSAPs: {len(configuration.psaps)}, lines: {len(configuration.lines)})."
        )
    return GOOD


def _refuse(faults: tuple[Fault, ...], *, as_json: bool) -> None:
    _report(faults, (), as_json=as_json)
    if not as_json:
        say(f"{counted(len(faults), 'fault')}; the gateway would not start.")


def _report(faults: tuple[Fault, ...], advice: tuple[Fault, ...], *, as_json: bool) -> None:
    if as_json:
        answer = {
            "good": not faults,
            "faults": [_plain(fault) for fault in faults],
            "advice": [_plain(fault) for fault in advice],
        }
        typer.echo(json.dumps(answer))
        return
    for fault in faults:
        say(str(fault))
    for fault in advice:
        say(f"advice: {fault}")


def _plain(fault: Fault) -> dict[str, str | int]:
    return {"file": fault.file, "line": fault.line, "key": fault.key, "what": fault.what}
