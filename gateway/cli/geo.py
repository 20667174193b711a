"""`text911 geo`: bring town boundaries in, and ask where a text from a place would go.

`import` checks a GeoJSON file whole and puts it into a configuration directory; it never edits
routing.toml. `where` answers from the same code that routes callers, without a running gateway.
Exit codes: 0 good, 1 the file to import is bad, 2 it cannot be done.
"""

from __future__ import annotations

import json
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError

from ...psap_adapters.whole_file import replace_whole
from ..core.commands import Route
from ..core.values import CarrierName, Location
from ..routing.grid import Grid
from ..routing.plane import is_on_earth
from ..routing.polygons import FILE_SIZE_MAX, BoundariesRefused, normalised, read
from ..routing.router import Router, routing_table
from ..routing.settings import DEMO, Problem, RoutingSettings, problems
from ..routing.source import boundaries
from ..terminal import BAD, CANNOT, complain, no_directory

IMPORTED = "boundaries.geojson"  # where `import` puts the towns, beside routing.toml
MODE = 0o644  # no secret; the gateway runs as another user
DEMONSTRATION = Path(__file__).resolve().parents[2] / "configs" / "demo"
RADIUS_DEFAULT = 50.0  # metres; what `where` assumes of a point given by hand

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


def add_to(app: typer.Typer) -> None:
    """Hang `geo` below the command line."""
    geo = typer.Typer(no_args_is_help=True, help="Town boundaries and routing by place.")
    geo.command("import", short_help="Put town polygons into a configuration.")(_import)
    # Longitudes in Connecticut begin with a minus: that is no option.
    geo.command(
        "where",
        short_help="Which PSAPs serve a place, and why.",
        context_settings={"ignore_unknown_options": True},
    )(_where)
    app.add_typer(geo, name="geo")


def _import(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="GeoJSON FeatureCollection of the 169 towns.")
    ],
    into: Annotated[Path, typer.Option("--into", help="Configuration directory.")],
    name_property: Annotated[
        str, typer.Option(help="Property that names the town, when it is not a usual one.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Check town polygons and put them into a configuration directory, whole or not at all."""
    if not into.is_dir():
        _stop(CANNOT, [no_directory(into)], as_json)
    try:
        with file.open("rb") as opened:
            # One octet more than allowed is enough for `read` to refuse the rest.
            octets = opened.read(FILE_SIZE_MAX + 1)
    except OSError as cause:
        _stop(CANNOT, [f"{file} cannot be read: {cause.strerror}."], as_json)
    try:
        reading = read(octets, name_property=name_property)
    except BoundariesRefused as refused:
        _stop(BAD, [f"{file}: {problem}" for problem in refused.problems], as_json)
    target = into / IMPORTED
    try:
        replace_whole(target, normalised(reading.boundaries), MODE)
    except OSError as cause:
        _stop(CANNOT, [f"{target} cannot be written: {cause.strerror}."], as_json)
    line = f'boundaries = "{IMPORTED}"'
    version = reading.boundaries.version
    if as_json:
        _say_json(
            {
                "file": str(target),
                "towns": len(reading.boundaries.towns),
                "version": version,
                "notes": reading.notes,
                "routing_toml": line,
            }
        )
        return
    for note in reading.notes:
        typer.echo(f"Note: {note}")
    typer.echo(f"Wrote {target}: {len(reading.boundaries.towns)} towns, version {version[:16]}.")
    typer.echo(f"To use it, {into / 'routing.toml'} must say: {line}")


def _where(
    latitude: Annotated[float, typer.Argument(help="Degrees north, 41.7637.", metavar="LAT")],
    longitude: Annotated[float, typer.Argument(help="Degrees east, -72.6851.", metavar="LON")],
    directory: Annotated[
        Path | None,
        typer.Argument(help="Configuration directory; the demonstration's.", metavar="DIR"),
    ] = None,
    radius: Annotated[
        float, typer.Option(min=0, max=500_000, help="Metres of uncertainty.")
    ] = RADIUS_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Say which PSAPs a text from a place goes to, in the order of trying, and why."""
    if not is_on_earth(latitude, longitude):
        sentence = f"{latitude:g}, {longitude:g} is no place on earth; give LAT LON in degrees."
        _stop(CANNOT, [sentence], as_json)
    found = _read_directory(directory or DEMONSTRATION, as_json)
    try:
        grid = Grid(boundaries(found.settings, found.directory))
    except BoundariesRefused as refused:
        _stop(CANNOT, [f"boundaries: {problem}" for problem in refused.problems], as_json)
    router = Router(grid, routing_table(found.settings, titles=found.titles))
    place = Location(latitude, longitude, radius, 100, "Manual", "the command line", 0.0)
    chosen = router.choose(Route(place, ""), CarrierName(""))
    if as_json:
        _say_json(
            {
                "latitude": latitude,
                "longitude": longitude,
                "town": chosen.town,
                "psaps": [{"name": psap, "title": router.title(psap)} for psap in chosen.psaps],
                "reason": chosen.reason,
                "boundaries": {"source": found.settings.boundaries, "version": grid.version},
            }
        )
        return
    chain = ", then ".join(router.title(psap) for psap in chosen.psaps)
    typer.echo(f"Town:   {chosen.town or 'none'}")
    typer.echo(f"PSAPs:  {chain or 'none: the caller is told that text-to-911 is not available'}")
    typer.echo(f"Reason: {chosen.reason}")
    if directory is None:
        typer.echo("The town cells and PSAPs of the demonstration are rough and invented.")
    elif found.settings.boundaries == DEMO:
        typer.echo(f"These town cells are rough: text911 geo import FILE --into {directory}")


@dataclass(frozen=True, slots=True)
class _Directory:
    directory: Path
    settings: RoutingSettings
    titles: dict[str, str]  # PSAP -> how people call it


def _read_directory(directory: Path, as_json: bool) -> _Directory:
    if not directory.is_dir():
        _stop(CANNOT, [no_directory(directory)], as_json)
    path = directory / "routing.toml"
    try:
        settings = RoutingSettings.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as cause:
        _stop(CANNOT, [f"{path} cannot be read: {cause.strerror}."], as_json)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        _stop(CANNOT, [f"{path} is not TOML: {cause}."], as_json)
    except ValidationError as cause:
        _stop(
            CANNOT,
            [
                f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}."
                for fault in cause.errors()
            ],
            as_json,
        )
    titles = _titles(directory)
    # Without files of PSAPs the names in routing.toml are all that is known of them.
    names = titles.keys() or {settings.statewide_default, *settings.psaps, *settings.overflow}
    faults: list[Problem] = problems(settings, names)
    if faults:
        _stop(CANNOT, [f"{path}: {fault.key}: {fault.sentence}" for fault in faults], as_json)
    return _Directory(directory, settings, titles)


def _titles(directory: Path) -> dict[str, str]:
    """Name -> `display` of the PSAPs' files. `text911 check` judges them; here a file that cannot
    be read only has no title."""
    titles: dict[str, str] = {}
    for path in sorted((directory / "psaps").glob("*.toml")):
        titles[path.stem] = ""
        with suppress(OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
            titles[path.stem] = str(tomllib.loads(path.read_text("utf-8")).get("display", ""))
    return titles


def _stop(code: int, sentences: list[str], as_json: bool) -> NoReturn:
    if as_json:
        _say_json({"problems": sentences})
    for sentence in sentences:
        complain(sentence)
    raise typer.Exit(code)


def _say_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, indent=2))
