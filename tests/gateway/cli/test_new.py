"""`text911 new`: what was installed is what there is to fill in, and nothing is written over."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from text911.gateway.cli.app import app
from text911.gateway.config import ConfigurationErrors, load

EXAMPLE = Path(__file__).parents[3] / "configs" / "example"


def new(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["new", *map(str, arguments)])


def written(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_the_example_is_written_and_lacks_only_the_carrier_s_password(tmp_path: Path) -> None:
    made = tmp_path / "etc" / "text911"
    done = new(made)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == f"Then: text911 check {made}"
    assert written(made) == written(EXAMPLE)
    with pytest.raises(ConfigurationErrors) as raised:
        load(made, {})
    assert [fault.key for fault in raised.value.faults] == ["account.passwords[1]"]


def test_the_unit_starts_what_was_installed_with_that_directory(tmp_path: Path) -> None:
    unit = tmp_path / "text911.service"
    assert new(tmp_path / "conf", "--unit", unit).exit_code == 0
    (start,) = [line for line in unit.read_text().splitlines() if line.startswith("ExecStart=")]
    assert start.endswith(f" serve --keep {tmp_path / 'conf'}")
    assert start.startswith("ExecStart=/")


@pytest.mark.parametrize("in_the_way", ["file", "directory", "unit"])
def test_nothing_is_written_over(tmp_path: Path, in_the_way: str) -> None:
    place, unit = tmp_path / "conf", tmp_path / "unit"
    if in_the_way == "file":
        place.write_text("mine")
    elif in_the_way == "directory":
        place.mkdir()
        (place / "mine").write_text("mine")
    else:
        unit.write_text("mine")
    before = written(tmp_path)
    done = new(place, "--unit", unit)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert written(tmp_path) == before


def test_an_empty_directory_is_good_and_one_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    assert new(tmp_path).exit_code == 0
    done = new(tmp_path / "README.md" / "below")
    assert done.exit_code == 2
    assert "cannot be written (Not a directory)" in done.stderr
