"""`text911 carrier` as it is typed: what reads the configuration directory alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.edges.test_operator_pages import free_port
from tests.gateway.directories import DEMO, EXAMPLE, append, change, copy_of_demo
from text911.gateway.cli.carrier import add_to
from text911.gateway.onboarding.certificate import Certificate, Done, encode

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


# --- without a gateway ---------------------------------------------------------------------------


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    made = copy_of_demo(tmp_path)
    append(made / "carriers" / "carrier-a.toml", '\n[certification]\nshort_codes = ["9110"]\n')
    return made


@pytest.mark.parametrize("command", ["watch", "certify", "dialect"])
def test_where_no_gateway_was_started_the_command_says_how(command: str, directory: Path) -> None:
    result = run(command, "carrier-a", directory)
    assert result.exit_code == 2
    assert f"text911 serve {directory} starts one" in result.stderr


def test_a_gateway_that_is_not_there_any_more_is_told_from_one_that_never_was(
    directory: Path,
) -> None:
    port = free_port()
    change(directory / "gateway.toml", "port = 8912", f"port = {port}")
    (directory / "journal").mkdir()
    (directory / "journal" / "operators.key").write_text("key\n")
    result = run("dialect", "carrier-a", directory)
    assert result.exit_code == 2
    assert f"no gateway answers at http://127.0.0.1:{port}" in result.stderr


def test_tests_without_an_address_for_them_are_refused_with_what_to_write(
    directory: Path,
) -> None:
    result = run("certify", "carrier-b", directory)
    assert result.exit_code == 2
    assert '[certification] short_codes = ["..."]' in result.stderr


def test_the_report_before_the_first_test_says_all_that_is_to_do(directory: Path) -> None:
    result = run("certify", "carrier-a", directory, "--report")
    assert result.exit_code == 1
    assert "0 of 14 steps passed" in result.stdout
    assert not (directory / "journal").exists()
    values = json.loads(run("certify", "carrier-a", directory, "--report", "--json").stdout)
    assert {one["verdict"] for one in values["steps"]} == {"not seen"}


def test_what_was_passed_is_read_back_and_forgotten_when_asked(directory: Path) -> None:
    (directory / "journal").mkdir()
    kept = directory / "journal" / "tests-carrier-a.json"
    done = Certificate("carrier-a", 1.0, {"text": Done(True, "read as sent", 2.0)})
    kept.write_bytes(encode(done))
    assert "1 of 14 steps" in run("certify", "carrier-a", directory, "--report").stdout
    assert "0 of 14" in run("certify", "carrier-a", directory, "--report", "--anew").stdout
    kept.write_text("{")
    result = run("certify", "carrier-a", directory, "--report")
    assert result.exit_code == 2
    assert "--anew" in result.stderr
