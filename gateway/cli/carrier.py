"""`text911 carrier`: a carrier gets connected. What to tell its engineer (`sheet`), what its binds
carry (`watch`).

The sheet reads the configuration directory and talks to nobody, the others talk to the gateway that
is served from it. No command shows a password.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..terminal import BAD, CANNOT, GOOD, complain, fail, need_directory, say
from .carrier_stream import Door

if TYPE_CHECKING:
    from ..configuration.files import CarrierFile, GatewayFile

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="The carrier: NAME of carriers/NAME.toml.")
]
Directory = Annotated[Path, typer.Argument(metavar="DIR", help="Configuration directory.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


def add_to(app: typer.Typer) -> None:
    """Register the group on the command line's `app`."""
    carrier = typer.Typer(
        no_args_is_help=True,
        help="Getting a carrier connected.",
    )
    carrier.callback()(lambda: None)  # stays a group even with one command in it
    carrier.command("sheet", short_help="One page for the carrier's engineer.")(sheet)
    carrier.command("watch", short_help="The PDUs of its binds, live.")(watch)
    carrier.command("certify", short_help="The tests a carrier goes through, judged.")(certify)
    carrier.command("dialect", short_help="How it writes, and the settings that fit.")(dialect)
    app.add_typer(carrier, name="carrier")


def sheet(
    name: Name,
    directory: Directory = Path(),
    as_markdown: Annotated[bool, typer.Option("--markdown", help="As Markdown.")] = False,
    as_objects: AsJson = False,
) -> None:
    """One page for the carrier's engineer: all that is agreed, and what our answers mean.

    Reads the directory only. Exit code 0: here it is. 2: there is no such carrier.
    """
    from ..onboarding import sheet as page

    files = files_of(directory, name)
    location = files.carrier.location
    made = page.sheet(
        files.gateway.gateway.name,
        name,
        files.carrier.display,
        files.carrier.account,
        files.gateway.smpp,
        location,
        files.gateway.limits.limits(),
        tuple(files.carrier.certification.short_codes),
        files.carrier.connect,
    )
    if as_objects:
        typer.echo(json.dumps(page.as_json(made)))
        return
    for line in page.markdown(made) if as_markdown else page.lines(made):
        say(line)


def watch(
    name: Name,
    directory: Directory = Path(),
    words: Annotated[
        bool, typer.Option("--words", help="Also callers' words and numbers: personal data.")
    ] = False,
    whole: Annotated[bool, typer.Option("--all", help="Every field of every PDU.")] = False,
    duration: Annotated[
        str, typer.Option("--for", help="How long: 20s, 5m. Without it, until Ctrl-C.")
    ] = "",
    as_objects: Annotated[
        bool, typer.Option("--json", help="The lines as they come: JSON, one an object.")
    ] = False,
) -> None:
    """The PDUs of a carrier's binds as they come and go, with what is wrong in them.

    Whoever may read the journal may watch; who did stands in the health log. No password is
    shown. Exit code 0: it was watched. 2: it cannot be.
    """
    from ..onboarding.lines import Begun, Still, encode
    from ..onboarding.showing import Showing
    from .durations import seconds_of

    showing = Showing(whole=whole)
    seconds = seconds_of(duration) if duration else None
    nothing = True
    try:
        for line in Door(directory).stream(name, "words" if words else "hidden", _gone, seconds):
            if as_objects:
                typer.echo(encode(line).decode(), nl=False)
                continue
            nothing &= isinstance(line, Begun | Still)
            for one in showing.lines(line):
                say(one)
    except KeyboardInterrupt:
        raise typer.Exit from None
    if nothing and not as_objects:
        say("Nothing came or went in that time.")


def certify(
    name: Name,
    directory: Directory = Path(),
    report: Annotated[
        bool, typer.Option("--report", help="Only say what came of the tests so far.")
    ] = False,
    anew: Annotated[bool, typer.Option("--anew", help="Forget what was passed before.")] = False,
    duration: Annotated[
        str, typer.Option("--for", help="How long to look: 20s, 5m. Without it, until all passed.")
    ] = "",
    as_objects: AsJson = False,
) -> None:
    """The tests a carrier goes through: what its engineer does, and whether it was done well.

    Looks at the running gateway; Ctrl-C ends it and the next time goes on. Texts go to the
    addresses of [certification] and never to a PSAP that serves callers.

    Exit code 0: all passed. 1: something failed or was not seen. 2: it cannot be done.
    """
    from .carrier_tests import Tests
    from .durations import seconds_of

    files = files_of(directory, name)
    tests = Tests(directory, name, files.carrier, anew=anew)
    if not report:
        seconds = seconds_of(duration) if duration else None
        tests.run(seconds, _gone, aloud=not as_objects)
    raise typer.Exit(tests.tell(as_objects=as_objects))


def dialect(
    name: Name,
    directory: Directory = Path(),
    as_objects: AsJson = False,
) -> None:
    """How the carrier writes SMPP, counted since it was first seen, and what settings fit that.

    Changes nothing. Exit code 0: nothing to change. 1: there is a proposal. 2: nobody can say.
    """
    import msgspec

    from ..onboarding.dialect import Figures
    from ..onboarding.proposing import lines, proposals

    files = files_of(directory, name)
    try:
        figures = msgspec.convert(Door(directory).ask(f"/carriers/{name}/dialect"), Figures)
    except msgspec.ValidationError:
        fail("the gateway answers otherwise than this version expects; is it the same version?")
    found = proposals(figures, files.carrier.account)
    if as_objects:
        settings = [{"setting": one.setting, "because": one.because} for one in found]
        typer.echo(json.dumps({**msgspec.to_builtins(figures), "proposals": settings}))
    else:
        for line in lines(figures, found):
            say(line)
    raise typer.Exit(BAD if any(one.setting for one in found) else GOOD)


def _gone(words: str) -> None:
    complain(f"{words}; trying again")


# --- the directory -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Files:
    gateway: GatewayFile
    carrier: CarrierFile


def files_of(directory: Path, name: str) -> Files:
    """gateway.toml and the carrier's file. No secret is looked up: those of a service can be read
    by the service only."""
    from ..configuration.files import NAME_PATTERN, CarrierFile, GatewayFile

    gateway = GatewayFile  # the models, named once
    need_directory(directory)
    if not (directory / "gateway.toml").is_file():
        fail(f"{directory} holds no gateway.toml; give DIR: text911 carrier sheet {name} DIR")
    known = sorted(path.stem for path in (directory / "carriers").glob("*.toml"))
    if not NAME_PATTERN.fullmatch(name) or name not in known:
        fail(f"no carrier is called {name}; there are: {', '.join(known) or 'none'}")
    return Files(
        _model(directory, "gateway.toml", gateway),
        _model(directory, f"carriers/{name}.toml", CarrierFile),
    )


def _model(directory: Path, path: str, model: type[Any]) -> Any:
    import tomllib

    from pydantic import ValidationError

    try:
        raw: Mapping[str, Any] = tomllib.loads((directory / path).read_text(encoding="utf-8"))
        return model.model_validate(raw)
    except OSError as cause:
        fail(f"{directory / path} cannot be read ({cause.strerror})", CANNOT)
    except (ValidationError, ValueError):
        fail(f"{directory / path} has faults; run: text911 check {directory}", CANNOT)
