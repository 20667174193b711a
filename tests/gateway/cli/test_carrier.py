"""`text911 carrier` as it is typed: what reads the configuration directory alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.gateway.directories import DEMO, EXAMPLE, append, copy_of_demo
from text911.gateway.cli.carrier import add_to

app = typer.Typer()
add_to(app)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["carrier", *(str(argument) for argument in arguments)])


def test_the_sheet_is_a_page_of_words_a_table_or_an_object() -> None:
    words = run("sheet", "carrier-a", DEMO)
    assert words.exit_code == 0
    assert words.stdout.startswith("text911 demo for Carrier A (carrier-a)\n")
    assert "127.0.0.1:2775" in words.stdout
    table = run("sheet", "carrier-a", DEMO, "--markdown")
    assert table.stdout.startswith("# text911 demo for Carrier A")
    values = json.loads(run("sheet", "carrier-a", DEMO, "--json").stdout)
    assert values["connection"]["system_id"].startswith("carrier-a;")


def test_the_sheet_needs_no_secret_that_only_the_service_can_read() -> None:
    result = run("sheet", "example-carrier", EXAMPLE)
    assert result.exit_code == 0
    assert "credential" not in result.stdout


def test_no_form_of_the_sheet_holds_the_password() -> None:
    for form in ((), ("--markdown",), ("--json",)):
        assert "demo-a" not in run("sheet", "carrier-a", DEMO, *form).stdout


@pytest.mark.parametrize("name", ["nobody", "../gateway", ""])
def test_a_carrier_that_is_not_there_is_said_with_those_that_are(name: str) -> None:
    result = run("sheet", name, DEMO)
    assert result.exit_code == 2
    assert "there are: carrier-a, carrier-b" in result.stderr


def test_a_directory_without_a_gateway_is_said_with_what_to_do(tmp_path: Path) -> None:
    result = run("sheet", "carrier-a", tmp_path)
    assert result.exit_code == 2
    assert "text911 carrier sheet carrier-a DIR" in result.stderr


def test_a_faulty_file_is_left_to_check(tmp_path: Path) -> None:
    directory = copy_of_demo(tmp_path)
    append(directory / "carriers" / "carrier-a.toml", "\nnonsense = 1\n")
    result = run("sheet", "carrier-a", directory)
    assert result.exit_code == 2
    assert f"text911 check {directory}" in result.stderr
