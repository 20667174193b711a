from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from text911.gateway.cli.geo import add_to
from text911.gateway.routing.cells import cells
from text911.gateway.routing.polygons import normalised

ROUTING = Path(__file__).resolve().parents[3] / "configs" / "demo" / "routing.toml"
PORTLAND = ("41.5950", "-72.5850")


def text911() -> typer.Typer:
    app = typer.Typer()
    add_to(app)

    @app.callback()
    def whole() -> None:  # pyright: ignore[reportUnusedFunction]
        """So that `geo` is a command of several, as in the real command line."""

    return app


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(text911(), ["geo", *words])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    shutil.copy(ROUTING, tmp_path / "routing.toml")
    return tmp_path


@pytest.fixture
def towns(tmp_path: Path) -> Path:
    path = tmp_path / "towns.geojson"
    path.write_bytes(normalised(cells()))
    return path


def with_psaps(directory: Path) -> Path:
    (directory / "psaps").mkdir()
    for name in (
        "northwest-hills",
        "hartford-region",
        "capitol-east",
        "thames-quinebaug",
        "valley-shore",
        "elm-harbor",
        "southwest-shore",
    ):
        (directory / "psaps" / f"{name}.toml").write_text("this is no TOML")
    (directory / "psaps" / "csecc.toml").write_text('display = "CSECC"\n')
    return directory


def test_where_tells_town_chain_and_reason_in_words(directory: Path) -> None:
    code, out, err = run("where", *PORTLAND, str(with_psaps(directory)))
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "Town:   Portland",
        "PSAPs:  Capitol East, then Valley Shore, then CSECC",
        "Reason: Portland, by a location entered by hand within 50 m; overflow Valley Shore, then "
        "CSECC",
        f"These town cells are rough: text911 geo import FILE --into {directory}",
    ]


def test_where_without_a_directory_asks_the_demonstration() -> None:
    code, out, _ = run("where", *PORTLAND, "--radius", "3500")
    assert code == 0
    assert "Town:   Portland" in out
    assert "the caller may also be in Cromwell" in out
    assert "The town cells and PSAPs of the demonstration are rough and invented." in out


def test_where_answers_programs_too(directory: Path) -> None:
    code, out, _ = run("where", "41.2", "-72.7", str(directory), "--json")
    told = json.loads(out)
    assert code == 0
    assert told["town"] == "Branford"
    assert told["psaps"][0] == {"name": "elm-harbor", "title": "Elm Harbor"}
    assert told["psaps"][-1]["name"] == "csecc"
    assert told["reason"].startswith("On the water or just outside the state, ")
    assert told["boundaries"] == {"source": "demo", "version": cells().version}


def test_where_says_when_a_caller_would_be_told_that_there_is_no_service(directory: Path) -> None:
    path = directory / "routing.toml"
    path.write_text(path.read_text().replace('"statewide default"\n', '"bounce"\n'))
    code, out, _ = run("where", "40.7128", "-74.0060", str(directory))
    assert code == 0
    assert "Town:   none" in out
    assert "PSAPs:  none: the caller is told that text-to-911 is not available" in out


def test_where_asks_imported_boundaries(directory: Path, towns: Path) -> None:
    assert run("import", str(towns), "--into", str(directory))[0] == 0
    path = directory / "routing.toml"
    path.write_text(path.read_text().replace('= "demo"', '= "boundaries.geojson"'))
    code, out, _ = run("where", *PORTLAND, str(directory))
    assert code == 0
    assert "rough" not in out


@pytest.mark.parametrize(("lat", "lon"), [("91", "-72"), ("41.6", "-190"), ("nan", "-72")])
def test_where_refuses_what_is_no_place(lat: str, lon: str) -> None:
    code, out, err = run("where", lat, lon)
    assert (code, out) == (2, "")
    assert "is no place on earth; give LAT LON in degrees." in err


def test_where_tells_what_is_wrong_with_the_configuration(directory: Path) -> None:
    path = directory / "routing.toml"
    good = path.read_text()
    for bad, told in (
        ("[psaps", "is not TOML"),
        ("statewide_defalt = 7", "statewide_default: Field required."),
        (good.replace('"Portland",', '"Portlnd",'), 'Did you mean "Portland"?'),
        (good.replace('= "demo"', '= "none.geojson"'), "none.geojson cannot be read"),
    ):
        path.write_text(bad)
        code, out, err = run("where", *PORTLAND, str(directory))
        assert (code, out) == (2, "")
        assert told in err


def test_where_without_a_routing_file_cannot_be_done(tmp_path: Path) -> None:
    code, out, err = run("where", *PORTLAND, str(tmp_path), "--json")
    assert code == 2
    assert [f"text911: {one}" for one in json.loads(out)["problems"]] == [err.strip()]
    assert "routing.toml cannot be read: No such file or directory." in err


def test_import_writes_the_boundaries_and_says_which_line_to_set(
    directory: Path, towns: Path
) -> None:
    code, out, err = run("import", str(towns), "--into", str(directory))
    target = directory / "boundaries.geojson"
    assert (code, err) == (0, "")
    assert target.read_bytes() == towns.read_bytes()
    assert out.splitlines() == [
        f"Wrote {target}: 169 towns, version {cells().version[:16]}.",
        f'To use it, {directory / "routing.toml"} must say: boundaries = "boundaries.geojson"',
    ]
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert sorted(path.name for path in directory.iterdir()) == [
        "boundaries.geojson",
        "routing.toml",
        "towns.geojson",
    ]


def test_import_answers_programs_and_tells_of_gaps(directory: Path, towns: Path) -> None:
    document = json.loads(towns.read_bytes())
    portland = next(f for f in document["features"] if f["properties"]["town"] == "Portland")
    portland["geometry"]["coordinates"] = [
        [[[-72.59, 41.59], [-72.58, 41.59], [-72.58, 41.6], [-72.59, 41.59]]]
    ]
    towns.write_text(json.dumps(document))
    code, out, _ = run("import", str(towns), "--into", str(directory), "--json")
    told = json.loads(out)
    assert code == 0
    assert told["towns"] == 169
    assert told["routing_toml"] == 'boundaries = "boundaries.geojson"'
    assert told["notes"][0].startswith("A gap of ")
    assert "Note: A gap of " in run("import", str(towns), "--into", str(directory))[1]


def test_import_of_a_bad_file_changes_nothing_and_names_the_faults(
    directory: Path, towns: Path
) -> None:
    before = (directory / "boundaries.geojson").write_bytes(b"the old one")
    towns.write_bytes(towns.read_bytes().replace(b'"Portland"', b'"Portlnd"'))
    code, out, err = run("import", str(towns), "--into", str(directory))
    assert (code, out) == (1, "")
    assert '"Portlnd" is not a known town. Did you mean "Portland"?' in err
    assert (directory / "boundaries.geojson").stat().st_size == before


def test_import_that_cannot_be_done_says_why(directory: Path, towns: Path) -> None:
    code, _, err = run("import", str(directory / "none.geojson"), "--into", str(directory))
    assert code == 2
    assert "none.geojson cannot be read: No such file or directory." in err
    code, _, err = run("import", str(towns), "--into", str(directory / "none"))
    assert code == 2
    assert "there is no directory " in err


def test_import_that_cannot_be_written_leaves_no_rest(directory: Path, towns: Path) -> None:
    (directory / "boundaries.geojson").mkdir()
    code, _, err = run("import", str(towns), "--into", str(directory))
    assert code == 2
    assert "boundaries.geojson cannot be written: " in err
    assert not list(directory.glob(".boundaries*"))
