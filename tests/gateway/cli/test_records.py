from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from text911.gateway.cli.records import add_to
from text911.gateway.journal.contract import Record
from text911.gateway.journal.sqlite import SqliteJournal
from text911.gateway.journal.verifying import verify

app = typer.Typer()
add_to(app)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A configuration directory with a journal of three records."""
    (tmp_path / "gateway.toml").write_text('[journal]\npath = "state/calls.journal"\n')
    journal = SqliteJournal(tmp_path / "state" / "calls.journal", lambda call: None)
    journal.append([Record("d", n, 1.0, 1, b"", b"text %d" % n) for n in range(3)], lambda _: None)
    journal.close()
    return tmp_path


@pytest.fixture
def journal(directory: Path) -> Path:
    return directory / "state" / "calls.journal"


def damage(journal: Path, sql: str) -> None:
    with sqlite3.connect(journal) as connection:
        connection.execute(sql)
    connection.close()


def test_a_good_journal_is_named_good(directory: Path, journal: Path) -> None:
    for where in (directory, journal):
        result = run("audit", "verify", where)
        assert result.exit_code == 0
        assert "3 records, all as they were written" in result.stdout
        assert verify(journal).head.hash.hex() in result.stdout


def test_a_good_journal_for_a_program(directory: Path, journal: Path) -> None:
    told = json.loads(run("audit", "verify", directory, "--json").stdout)
    assert told["good"] is True
    assert told["records"] == told["last_sequence"] == 3
    assert told["last_hash"] == verify(journal).head.hash.hex()


def test_the_first_bad_record_is_named_and_the_exit_code_is_1(
    directory: Path, journal: Path
) -> None:
    damage(journal, "UPDATE records SET payload = x'00' WHERE sequence = 2")
    result = run("audit", "verify", directory)
    assert result.exit_code == 1
    assert "first bad record 2 of epoch 1, dialogue 'd' number 1: its payload" in result.stdout
    result = run("audit", "verify", directory, "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["epoch"], told["sequence"], told["dialogue"], told["number"]) == (1, 2, "d", 1)
    assert told["records"] == 1


def test_a_column_of_another_type_is_still_json(directory: Path, journal: Path) -> None:
    damage(journal, "UPDATE records SET dialogue = x'ff' WHERE sequence = 2")
    told = json.loads(run("audit", "verify", directory, "--json").stdout)
    assert told["dialogue"] == "b'\\xff'"


def test_damage_that_is_in_no_record_is_named(directory: Path, journal: Path) -> None:
    damage(journal, "UPDATE head SET hash = x'00'")
    result = run("audit", "verify", directory)
    assert result.exit_code == 1
    assert "BAD, the note of the last record" in result.stdout


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[journal]\npath = 7", "journal.path: "),
        ("[journal]\npaht = 'x'", "journal.paht: "),
        ("[journal", "cannot be read"),
        ("[journal]\npath = 'nothing'", "no such file"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_2(
    tmp_path: Path, toml: str, said: str
) -> None:
    (tmp_path / "gateway.toml").write_text(toml)
    for command in (["audit", "verify", tmp_path], ["backup", tmp_path, tmp_path / "copy"]):
        result = run(*command)
        assert result.exit_code == 2
        assert said in result.stderr
        assert result.stderr.count("\n") == 1
        assert result.stdout == ""


def test_a_directory_without_configuration_is_told_what_to_name(tmp_path: Path) -> None:
    result = run("audit", "verify", tmp_path)
    assert result.exit_code == 2
    assert "has no gateway.toml: name a journal file or" in result.stderr


def test_a_backup_is_a_journal_and_is_never_overwritten(
    directory: Path, journal: Path, tmp_path: Path
) -> None:
    target = tmp_path / "kept" / "copy.journal"
    result = run("backup", directory, target)
    assert result.exit_code == 0
    assert f"{target}: 3 records" in result.stdout
    assert run("audit", "verify", target).exit_code == 0
    result = run("backup", directory, target)
    assert result.exit_code == 2
    assert "never overwrites" in result.stderr
    shutil.rmtree(target.parent)
    assert json.loads(run("backup", journal, target, "--json").stdout)["path"] == str(target)


def test_a_damaged_journal_makes_no_backup(directory: Path, journal: Path, tmp_path: Path) -> None:
    damage(journal, "UPDATE records SET payload = x'00' WHERE sequence = 2")
    result = run("backup", directory, tmp_path / "copy")
    assert result.exit_code == 1
    assert "damaged (record 2)" in result.stderr
    assert not (tmp_path / "copy").exists()
    assert not (tmp_path / "copy.part").exists()


def test_before_the_first_start_it_is_said_that_a_start_makes_the_journal(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text('[journal]\npath = "calls.journal"\n')
    result = run("audit", "verify", tmp_path)
    assert result.exit_code == 2
    assert "a gateway makes it when it first starts" in result.stderr
    assert f"there is no {tmp_path / 'gone'}: " in run("audit", "verify", tmp_path / "gone").stderr


def test_of_one_record_it_is_said_that_it_is_one(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "calls.journal", lambda call: None)
    journal.append([Record("d", 0, 1.0, 1, b"", b"text")], lambda _: None)
    journal.close()
    assert ": 1 record, all as" in run("audit", "verify", tmp_path / "calls.journal").stdout
