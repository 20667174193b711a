"""`text911 smpp conform` as far as it goes without a server. The rest is in tests/journeys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from text911.gateway.cli.smpp import add_to

app = typer.Typer()
add_to(app)


def run(*arguments: object, variables: dict[str, str] | None = None) -> Result:
    words = ["smpp", "conform", "127.0.0.1", "1", *(str(one) for one in arguments)]
    return CliRunner().invoke(app, words, env=variables)


def test_what_would_be_done_is_listed_without_a_server_and_without_a_password() -> None:
    result = run("--system-id", "x", "--list")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert len(lines) > 350
    assert "length.0x0: submit_sm with command_length 0x0" in lines
    assert not any(line.startswith("accepted.") for line in lines)


def test_texts_that_are_to_be_accepted_come_with_a_destination_only() -> None:
    result = run("--system-id", "x", "--list", "--to", "911", "--only", "accepted", "--json")
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(told) > 20
    assert all(one["id"].startswith("accepted.") for one in told)
    nothing = run("--system-id", "x", "--list", "--only", "accepted")
    assert nothing.exit_code == 2
    assert "no case fits accepted" in nothing.stderr


def test_a_case_that_is_named_is_listed_even_when_it_is_slow() -> None:
    assert run("--system-id", "x", "--list", "--only", "slow.silent").exit_code == 0
    assert "slow." not in run("--system-id", "x", "--list").stdout
    assert "slow.silent" in run("--system-id", "x", "--list", "--slow").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "say where the password is: --password-file PATH or --password-env NAME"),
        (["--password-env", "TEXT911_NONE"], "there is no variable TEXT911_NONE"),
        (["--password-env", "TEXT911_PW", "--password-file", "x"], "say where the password is"),
        (["--password-file", "/does/not/exist"], "/does/not/exist cannot be read"),
        (["--password-env", "TEXT911_LONG"], "the password has 9 characters; SMPP allows 8"),
        (["--password-env", "TEXT911_PW", "--bind", "both"], "--bind both is not known"),
        (["--password-env", "TEXT911_PW"], "127.0.0.1:1 cannot be reached"),
    ],
)
def test_what_cannot_be_done_is_one_line_that_says_what_to_do(
    arguments: list[str], words: str
) -> None:
    variables = {"TEXT911_PW": "secret1", "TEXT911_LONG": "123456789"}
    result = run("--system-id", "x", *arguments, variables=variables)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("text911: ")
    assert words in line


def test_a_system_id_has_its_limits() -> None:
    result = run("--system-id", "x" * 16, "--list")
    assert result.exit_code == 2
    assert "1 to 15 characters" in result.stderr


def test_a_password_file_may_end_with_a_line(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("12345678\n")
    result = run("--system-id", "x", "--password-file", file)
    assert "cannot be reached" in result.stderr
