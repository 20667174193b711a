"""The short way to `tty decode`: the same as the long one, or not taken."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from text911.__main__ import main
from text911.gateway.cli.app import app
from text911.gateway.cli.quick import Asked, run, understood

PLAIN = Asked(file="a.wav", as_objects=False, baud="", unshift_on_space=False)


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (["a.wav"], PLAIN),
        (["--json", "a.wav"], {**PLAIN, "as_objects": True}),
        (["-", "--baud", "50"], {**PLAIN, "file": "-", "baud": "50"}),
        (["a.wav", "--unshift-on-space"], {**PLAIN, "unshift_on_space": True}),
    ],
)
def test_what_it_understands_is_what_was_asked(arguments: list[str], asked: Asked) -> None:
    assert understood(["tty", "decode", *arguments]) == asked


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["tty"], ["tty", "encode", "a.wav"], ["tty", "decode"], ["tty", "decode", "--help"],
        ["tty", "decode", "a.wav", "b.wav"], ["tty", "decode", "a.wav", "--baud"],
        ["tty", "decode", "--baud=50", "a.wav"], ["tty", "decode", ""],
        ["--version"],
    ],
)  # fmt: skip
def test_everything_else_is_for_the_parser(arguments: list[str]) -> None:
    assert understood(arguments) is None


@pytest.mark.parametrize("arguments", [["--baud", "51"], []])
def test_both_ways_say_and_exit_alike(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    command = ["tty", "decode", str(tmp_path / "none.wav"), *arguments]
    long = CliRunner().invoke(app, command)
    asked = understood(command)
    assert asked is not None
    assert run(asked) == long.exit_code == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == (long.stdout, long.stderr)
    monkeypatch.setattr(sys, "argv", ["text911", *command])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == said.err
