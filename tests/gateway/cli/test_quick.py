"""The short way to `tty decode` and `serve`: the same as the long one, or not taken."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from text911.__main__ import main
from text911.gateway.cli.app import app
from text911.gateway.cli.quick import INTERRUPTED, Asked, Served, run, understood

LONG = "from text911.gateway.cli.app import app; app(prog_name='text911')"
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
    ("arguments", "asked"),
    [
        (["configs/mine"], Served(directory="configs/mine", kept=False)),
        (["--keep", "mine"], Served(directory="mine", kept=True)),
        (["mine", "--keep"], Served(directory="mine", kept=True)),
    ],
)
def test_it_understands_which_directory_is_served(arguments: list[str], asked: Served) -> None:
    assert understood(["serve", *arguments]) == asked


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["tty"], ["tty", "encode", "a.wav"], ["tty", "decode"], ["tty", "decode", "--help"],
        ["tty", "decode", "a.wav", "b.wav"], ["tty", "decode", "a.wav", "--baud"],
        ["tty", "decode", "--baud=50", "a.wav"], ["tty", "decode", ""],
        ["--version"], ["serve"], ["serve", "--help"], ["serve", ""], ["serve", "--keep"],
        ["serve", "a", "b"], ["serve", "--kept", "a"], ["serve", "--", "a"],
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


def test_both_ways_refuse_a_directory_alike(tmp_path: Path) -> None:
    command = ["serve", str(tmp_path / "none")]
    assert understood(command) is not None
    short = subprocess.run(
        [sys.executable, "-m", "text911", *command], capture_output=True, text=True, timeout=60
    )
    long = subprocess.run(
        [sys.executable, "-c", LONG, *command], capture_output=True, text=True, timeout=60
    )
    assert "there is no directory" in short.stderr
    assert short.returncode == 2
    assert (short.returncode, short.stderr, short.stdout) == (
        long.returncode,
        long.stderr,
        long.stdout,
    )


def test_who_presses_ctrl_c_before_there_is_a_loop_is_shown_no_trace(tmp_path: Path) -> None:
    """A pipe in the place of the first file holds the start until the signal is there."""
    os.mkfifo(tmp_path / "gateway.toml")
    serving = subprocess.Popen(
        [sys.executable, "-m", "text911", "serve", str(tmp_path)], stderr=subprocess.PIPE, text=True
    )
    with serving, (tmp_path / "gateway.toml").open("w"):  # open: it is being read
        serving.send_signal(signal.SIGINT)
        assert serving.wait(60) == INTERRUPTED
        assert serving.stderr is not None
        assert serving.stderr.read() == ""
