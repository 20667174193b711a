"""`text911 carrier`: a carrier gets connected. What to tell its engineer (`sheet`).

The sheet reads the configuration directory and talks to nobody. No command shows a password.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..terminal import CANNOT, fail, say

if TYPE_CHECKING:
    from ..configuration.files import CarrierFile, GatewayFile

Name = Annotated[str, typer.Argument(help="The carrier: NAME of carriers/NAME.toml.")]
Directory = Annotated[Path, typer.Argument(metavar="[DIR]", help="Configuration directory.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


def add_to(app: typer.Typer) -> None:
    """Register the group on the command line's `app`."""
    carrier = typer.Typer(
        no_args_is_help=True,
        help="Getting a carrier connected.",
    )
    carrier.callback()(lambda: None)  # stays a group even with one command in it
    carrier.command("sheet")(sheet)
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
    )
    if as_objects:
        typer.echo(json.dumps(page.as_json(made)))
        return
    for line in page.markdown(made) if as_markdown else page.lines(made):
        say(line)


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
