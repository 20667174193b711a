"""One rule for the exit codes of all commands (docs/operating.md): 0 done and good, 1 done and what
was looked at is bad, 2 not done."""

from __future__ import annotations

import shutil
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner, Result

from text911.gateway.cli import carrier, geo, records, replay, simulate, smpp, tty
from text911.gateway.cli.app import LATER, app

from ..directories import DEMO

# What each command is asked here that cannot be done: what it names is not there, or in the way, or
# it cannot be meant. {gone}: no directory; {here}: a directory with a file "taken" in it.
CANNOT = {
    "serve": "{gone}",
    "demo": "--check",
    "new": "{here}",
    "check": "{gone}",
    "status": "{gone}",
    "user add": "{gone} csecc ann --password-stdin",
    "user list": "{gone}",
    "user password": "{gone} csecc ann --password-stdin",
    "user remove": "{gone} csecc ann",
    "carrier sheet": "carrier-a {gone}",
    "carrier watch": "carrier-a {gone}",
    "carrier certify": "carrier-a {gone}",
    "carrier dialect": "carrier-a {gone}",
    "geo import": "{here}/taken --into {gone}",
    "geo where": "41.5950 -72.5850 {gone}",
    "audit verify": "{gone}",
    "audit show": "0006B02C1A800001 {gone}",
    "audit list": "{gone}",
    "replay": "--all {gone}",
    "backup": "{gone} {here}/taken",
    "simulate": "--only no-such-fault",
    "smpp decode": "{gone}",
    "smpp conform": "127.0.0.1 2775 --system-id x --password-file {gone}",
    "tty encode": "hello --out {gone}/hello.wav",
    "tty decode": "{gone}",
}
# These need a configuration, and say in the same words that there is none.
NEEDS_DIRECTORY = tuple(
    one
    for one in CANNOT
    if one.partition(" ")[0] in ("serve", "check", "status", "user", "carrier", "geo")
)


def leaves(command: Any, above: str = "") -> Iterator[str]:
    """The commands that do something, by the words they are called with."""
    if not isinstance(command, TyperGroup):
        yield above
        return
    for name, below in command.commands.items():
        yield from leaves(below, f"{above} {name}".strip())


def all_commands() -> set[str]:
    later = typer.Typer()
    for part in (carrier, geo, records, replay, simulate, smpp, tty):
        part.add_to(later)
    return {*leaves(get_command(later)), *(set(leaves(get_command(app))) - set(LATER))}


def asked(command: str, folder: Path) -> Result:
    here = folder / "here"
    here.mkdir(exist_ok=True)
    (here / "taken").touch()
    words = CANNOT[command].format(gone=folder / "gone", here=here).split()
    return CliRunner().invoke(app, [*command.split(), *words], input="correct horse 911\n")


def test_every_command_stands_in_the_table() -> None:
    assert set(CANNOT) == all_commands()


@pytest.mark.parametrize("command", CANNOT)
def test_what_cannot_be_done_is_two_and_one_sentence(command: str, tmp_path: Path) -> None:
    done = asked(command, tmp_path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("text911: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", CANNOT)
def test_what_a_command_takes_is_named_in_capitals(command: str) -> None:
    """As everybody writes it; what may be left out is put in brackets by the parser, once."""
    done = CliRunner().invoke(app, [*command.split(), "--help"])
    usage = done.stdout.splitlines()[0].partition(f"{command} [OPTIONS]")[2]
    assert done.exit_code == 0
    assert usage.replace(".wav", "") == usage.replace(".wav", "").upper()
    assert "[[" not in usage


@pytest.mark.parametrize("command", NEEDS_DIRECTORY)
def test_a_directory_that_is_not_there_is_said_in_the_same_words(
    command: str, tmp_path: Path
) -> None:
    words = f"text911: there is no directory {tmp_path / 'gone'}; name one that holds gateway.toml"
    assert asked(command, tmp_path).stderr.strip().startswith(words)


@pytest.mark.parametrize("command", CANNOT)
def test_what_cannot_be_understood_is_two(command: str) -> None:
    done = CliRunner().invoke(app, [*command.split(), "--no-such-option"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{command} --help' for help." in done.stderr


@pytest.mark.parametrize("command", ["check", "serve"])
def test_a_configuration_that_is_looked_at_and_bad_is_one(command: str, tmp_path: Path) -> None:
    directory = tmp_path / "conf"
    shutil.copytree(DEMO, directory)
    (directory / "routing.toml").unlink()
    done = CliRunner().invoke(app, [command, str(directory)])
    assert done.exit_code == 1
    assert "routing.toml: this file is missing" in done.output


@pytest.mark.parametrize(
    "command",
    [
        "geo where 41.5950 -72.5850 {}",
        "user list {}",
        "user add {} csecc ann --password-stdin",
        "carrier sheet carrier-a {}",
        "audit list {}",
        "status {}",
    ],
)
def test_who_only_needs_the_configuration_and_finds_it_bad_has_not_done_it(
    command: str, tmp_path: Path
) -> None:
    directory = tmp_path / "conf"
    shutil.copytree(DEMO, directory)
    for file in (*directory.rglob("*.toml"),):
        file.write_text("nonsense")
    done = CliRunner().invoke(app, command.format(directory).split(), input="correct horse 911\n")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("text911: ")


@pytest.mark.parametrize(
    "command",
    ["smpp decode 00000010 00000015 00000000 0000", "tty decode {}/silent.wav", "replay {}/x.json"],
)
def test_what_is_looked_at_and_bad_is_one(command: str, tmp_path: Path) -> None:
    with wave.open(f"{tmp_path}/silent.wav", "wb") as silent:
        silent.setnchannels(1)
        silent.setsampwidth(2)
        silent.setframerate(8000)
        silent.writeframes(bytes(8000))
    (tmp_path / "x.json").write_text("{}")
    assert CliRunner().invoke(app, command.format(tmp_path).split()).exit_code == 1
