"""`text911 check`: every fault on a line of its own, and an exit code a script can use."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from text911.gateway.cli.app import app
from text911.gateway.schema import generate

from ..directories import DEMO, change


def test_a_good_directory_is_said_to_be_good() -> None:
    done = CliRunner().invoke(app, ["check", str(DEMO)])
    assert (done.exit_code, done.output) == (
        0,
        f"{DEMO} is good (carriers: 2, PSAPs: 8, lines: 1).\n",
    )


def test_faults_are_lines_and_the_code_is_one(demo: Path) -> None:
    change(demo / "carriers" / "carrier-a.toml", "system_id", "sistem_id")
    done = CliRunner().invoke(app, ["check", str(demo)])
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("carriers/carrier-a.toml:7: account.sistem_id: ")
    assert lines[2] == "2 faults; the gateway would not start."


def test_one_fault_is_said_in_the_singular(demo: Path) -> None:
    change(demo / "gateway.toml", "port = 8912", "port = 8911")
    assert "1 fault; " in CliRunner().invoke(app, ["check", str(demo)]).output


def test_advice_does_not_make_it_bad(demo: Path) -> None:
    for path in (*(demo / "carriers").iterdir(), *(demo / "lines").iterdir()):
        path.unlink()
    done = CliRunner().invoke(app, ["check", str(demo)])
    assert done.exit_code == 0
    assert done.output.startswith("advice: carriers: no carrier is configured")


def test_a_program_gets_json(demo: Path) -> None:
    good = CliRunner().invoke(app, ["check", str(demo), "--json"])
    assert json.loads(good.output) == {"good": True, "faults": [], "advice": []}
    change(demo / "gateway.toml", "port = 8912", "port = 8911")
    bad = CliRunner().invoke(app, ["check", str(demo), "--json"])
    assert bad.exit_code == 1
    (fault,) = json.loads(bad.output)["faults"]
    assert (fault["file"], fault["key"]) == ("gateway.toml", "operations.port")
    assert fault["line"] > 0


def test_a_directory_that_is_not_there_cannot_be_checked(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["check", str(tmp_path / "gone")])
    assert done.exit_code == 2
    assert "name one that holds gateway.toml" in done.output


def test_without_anything_to_do_it_says_what_to_write() -> None:
    done = CliRunner().invoke(app, ["check"])
    assert (done.exit_code, "text911 check DIR" in done.output) == (2, True)


def test_schemas_are_written_where_they_are_wanted(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["check", "--write-schema", str(tmp_path / "schema")])
    assert done.exit_code == 0
    assert {path.name for path in (tmp_path / "schema").iterdir()} == set(generate())


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = CliRunner().invoke(app, ["check", "--write-schema", str(tmp_path / "file" / "x")])
    assert (done.exit_code, "cannot be written" in done.output) == (2, True)


def test_a_file_of_boundaries_that_is_none_is_a_fault_before_the_gateway_starts(
    demo: Path,
) -> None:
    routing = demo / "routing.toml"
    text = routing.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("boundaries")]
    routing.write_text('boundaries = "towns.geojson"\n' + "\n".join(lines), encoding="utf-8")
    (demo / "towns.geojson").write_text("[]", encoding="utf-8")
    result = CliRunner().invoke(app, ["check", str(demo)])
    assert result.exit_code == 1
    assert "routing.toml: boundaries: " in result.output
    assert "the gateway would not start" in result.output
