"""The command line as a whole: quick to help, clear about what it cannot do."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version

import pytest
import typer
from typer.testing import CliRunner

from text911.gateway.cli import carrier, geo, records, replay, simulate, smpp, tty
from text911.gateway.cli.app import LATER, app
from text911.gateway.cli.durations import seconds_of

HEAVY = ("twisted", "shapely", "numpy", "aiohttp", "pydantic", "argon2", "sqlite3", "rich")

PROBE = """
import json, sys
from text911.__main__ import main
sys.argv = ["text911", *sys.argv[1:]]
code = 0
try:
    main()
except SystemExit as end:
    code = end.code
sys.stderr.write(json.dumps({"code": code, "modules": sorted(sys.modules)}))
"""


def probe(*arguments: str) -> tuple[int, str, set[str]]:
    """Exit code, output and loaded modules of a fresh process that ran this command."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True, check=True
    )
    told = json.loads(done.stderr)
    return told["code"], done.stdout, set(told["modules"])


def test_help_loads_nothing_that_computes_or_talks() -> None:
    code, out, modules = probe("--help")
    assert code == 0
    assert "Text-to-911 gateway" in out
    assert modules.isdisjoint(HEAVY)


def test_the_version_is_that_of_the_package() -> None:
    code, out, modules = probe("--version")
    assert (code, out) == (0, f"text911 {version('text911')}\n")
    assert modules.isdisjoint(HEAVY)


def test_checking_a_configuration_brings_no_loop() -> None:
    code, _, modules = probe("check", "configs/demo")
    assert code == 0
    assert "twisted.internet.reactor" not in modules
    assert "aiohttp" not in modules


@pytest.mark.parametrize("command", ["serve", "demo", "new", "check", "status", "user", *LATER])
def test_help_names_every_command(command: str) -> None:
    assert f"\n  {command} " in CliRunner().invoke(app, ["--help"]).output


def test_every_command_that_is_loaded_later_is_known_by_its_name() -> None:
    names: set[str] = set()
    for part in (carrier, geo, records, replay, simulate, smpp, tty):
        commands = typer.Typer()
        part.add_to(commands)
        names |= {str(one.name) for one in commands.registered_commands}
        names |= {str(one.name) for one in commands.registered_groups}
    assert names == set(LATER)


@pytest.mark.parametrize("command", LATER)
def test_a_command_that_is_loaded_later_explains_itself(command: str) -> None:
    done = CliRunner().invoke(app, [command, "--help"])
    assert done.exit_code == 0
    assert f"Usage: text911 {command}" in done.output


@pytest.mark.parametrize(
    "arguments", [["serv"], ["geo", "wher"], ["check", "--jso"], ["check"], ["demo", "--for", "x"]]
)
def test_what_cannot_be_understood_ends_with_two(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [("20s", 20.0), ("20", 20.0), ("1.5m", 90.0), ("500ms", 0.5), ("1h", 3600.0)],
)
def test_durations_are_read(duration: str, seconds: float) -> None:
    assert seconds_of(duration) == seconds


@pytest.mark.parametrize("duration", ["", "s", "-3s", "3 weeks", "1e3", "\uff13s\x1b"])
def test_what_is_no_duration_is_refused(duration: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        seconds_of(duration)
    assert "write for example 20s" in capsys.readouterr().err
