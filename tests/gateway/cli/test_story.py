"""`audit show`, `audit list` and `replay` on journals and files: what they say, how they end."""

from __future__ import annotations

import json
import sqlite3
import stat
from pathlib import Path

import msgspec
import pytest
import typer
from typer.testing import CliRunner, Result

from text911.gateway.cli import records, replay
from text911.gateway.core.encoding import policy_hash, record_of
from text911.gateway.core.facts import CharactersLeft, LocationFailed, PsapEnded, TurnPassed
from text911.gateway.journal.contract import Record
from text911.gateway.journal.sqlite import SqliteJournal
from text911.gateway.recording import parse, sealed

from ..core.stage import POLICY, A, CallPlay, letters, reply, typed_reply, wrote
from ..recorded import OWN, Recorded

app = typer.Typer()
records.add_to(app)
replay.add_to(app)

HOSTILE = "\x1b[2Jhelp\x07 \u202eback\nlast line"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def played(name: str, at: float, *, over: bool = True) -> list[Record]:
    play = Recorded(name)
    play.at = at
    play.take(wrote(HOSTILE))
    play.hear(reply("k1"))
    if over:
        play.hear(PsapEnded(A, 0, "end", "Kim"))
    return play.records(b"the raw frame")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A configuration directory with a journal of three dialogues, one of which rings nowhere."""
    (tmp_path / "gateway.toml").write_text('[journal]\npath = "calls.journal"\n')
    journal = SqliteJournal(tmp_path / "calls.journal", lambda call: None)
    one, two = played("one", 1_795_262_000.0), played("two", 1_795_262_100.0, over=False)
    first = Recorded("new")
    first.at = 1_795_262_200.0
    first.open(wrote("hello"))
    journal.append([OWN, *one, *two, *first.records()], lambda _: None)
    journal.close()
    return tmp_path


def damage(directory: Path, sql: str) -> None:
    with sqlite3.connect(directory / "calls.journal") as connection:
        connection.execute(sql)
    connection.close()


def differing(directory: Path) -> None:
    """A journal that is sound, of rules that put another digest into an entry."""
    journal = SqliteJournal(directory / "other.journal", lambda call: None)
    story = played("one", 1_795_262_000.0)
    digest = bytes(16)
    kept = story[2]
    story[2] = Record(kept.dialogue, kept.number, kept.at, kept.version, digest, kept.payload)
    journal.append([OWN, *story], lambda _: None)
    journal.close()


# --- audit show --------------------------------------------------------------------------------


def test_the_story_is_told_in_words(directory: Path) -> None:
    result = run("audit", "show", "one", directory, "--zone", "America/New_York")
    assert result.exit_code == 0
    assert "Dialogue one: +18605550142, carrier group elm" in result.stdout
    assert "Over 2026-11-21 11:53:20.000 UTC (2026-11-21 06:53:20 EST)" in result.stdout
    assert "Route: ansonia, then bethel, then csecc (town Ansonia), because" in result.stdout
    assert "- Ringing ansonia (offer 1), gives up at 2026-11-21 06:53:40 EST" in result.stdout
    assert "the raw frame" not in result.stdout


def test_letters_of_a_call_that_follow_each_other_are_one_sentence(directory: Path) -> None:
    call = CallPlay()
    call.opening = msgspec.structs.replace(call.opening, policy=policy_hash(POLICY))
    call.take_call()
    call.hear(*(letters(one) for one in "FIRE AT 12"))
    call.hear(TurnPassed("theirs", "GA"), typed_reply("k1", "STAY OUT GA"), TurnPassed("sending"))
    call.hear(*(CharactersLeft(0, left, False) for left in range(1, 8)))
    call.hear(CharactersLeft(0, 11, True))
    steps = zip(call.entries, call.steps, strict=True)
    journal = SqliteJournal(directory / "tty.journal", lambda _: None)
    journal.append([OWN, *(record_of(entry, b"", *step) for entry, step in steps)], lambda _: None)
    journal.close()
    told = run("audit", "show", call.id, directory / "tty.journal").stdout
    every = run("audit", "show", call.id, directory / "tty.journal", "--raw").stdout
    assert 'The caller typed "IRE AT 12" (entries ' in told
    assert told.count("The caller typed") == 2, "the first letter begins a line of the transcript"
    assert "So far 7 characters of reply 1 have left the line (entries " in told
    assert "All characters of reply 1 have left the line" in told
    assert every.count("The caller typed") == 10
    assert every.count("So far ") == 7


def test_an_id_may_be_typed_in_small_letters(directory: Path) -> None:
    journal = SqliteJournal(directory / "more.journal", lambda _: None)
    journal.append([OWN, *played("VB9Y-ET4B", 1_795_262_000.0)], lambda _: None)
    journal.close()
    small = run("audit", "show", "vb9y-et4b", directory / "more.journal")
    assert small.exit_code == 0
    assert small.stdout == run("audit", "show", "VB9Y-ET4B", directory / "more.journal").stdout


def test_hostile_text_does_nothing_to_the_terminal(directory: Path) -> None:
    for extra in ((), ("--raw",), ("--json",)):
        said = run("audit", "show", "one", directory, *extra).stdout
        assert not set("\x1b\x07\u202e") & set(said)
    assert "\ufffd[2Jhelp\ufffd \ufffdback\N{RETURN SYMBOL}last line" in (
        run("audit", "show", "one", directory).stdout
    )


def test_the_raw_octets_are_shown_when_asked_for(directory: Path) -> None:
    said = run("audit", "show", "one", directory, "--raw").stdout
    assert "the raw frame" in said
    assert "record 2 of epoch 1, hash" in said


def test_the_story_for_a_program(directory: Path) -> None:
    told = json.loads(run("audit", "show", "one", directory, "--json").stdout)
    assert told["identical"] is True
    assert told["entries"][1]["fact"]["text"] == HOSTILE
    assert told["entries"][1]["cause"] == b"the raw frame".hex()
    assert [entry["number"] for entry in told["entries"]] == list(range(len(told["entries"])))


def test_a_story_whose_consequences_differ_says_from_where(directory: Path) -> None:
    differing(directory)
    result = run("audit", "show", "one", directory / "other.journal")
    assert result.exit_code == 0
    assert "From entry 2 on, what the gateway did (the lines with a dash)" in result.stdout
    told = json.loads(run("audit", "show", "one", directory / "other.journal", "--json").stdout)
    assert told["identical"] is False
    assert "entry 2 (LocationFailed)" in told["difference"]


def test_a_story_that_cannot_be_told_to_its_end_is_bad(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "calls.journal", lambda call: None)
    journal.append(played("one", 1_795_262_000.0), lambda _: None)  # the policy is missing
    journal.close()
    result = run("audit", "show", "one", tmp_path / "calls.journal")
    assert result.exit_code == 1
    assert "the story ends here: dialogue one, entry 0 (Opened): the policy" in result.stderr


@pytest.mark.parametrize("name", ["three", "gateway"])
def test_a_dialogue_that_is_not_there_is_exit_code_2(directory: Path, name: str) -> None:
    for command in (["audit", "show", name, directory], ["replay", name, directory]):
        result = run(*command)
        assert result.exit_code == 2
        assert f"has no dialogue {name}: text911 audit list" in result.stderr


def test_a_damaged_record_is_exit_code_1(directory: Path) -> None:
    damage(directory, "UPDATE records SET payload = x'00' WHERE sequence = 3")
    for command in (
        ["audit", "show", "one", directory],
        ["audit", "list", directory],
        ["replay", "one", directory],
        ["replay", directory, "--all"],
        ["replay", "--export", "one", directory],
    ):
        result = run(*command)
        assert result.exit_code == 1, command
        assert "record 3 (dialogue one, number 1) is not what was written" in result.stderr


def test_a_record_of_a_newer_version_is_said_in_one_line(tmp_path: Path) -> None:
    own = msgspec.structs.replace(OWN, payload=msgspec.msgpack.encode(({"type": "Sang"}, b"")))
    journal = SqliteJournal(tmp_path / "calls.journal", lambda call: None)
    journal.append([own, *played("one", 1_795_262_000.0)], lambda _: None)
    journal.close()
    for command in (["audit", "show"], ["replay"], ["replay", "--export"]):
        result = run(*command, "one", tmp_path / "calls.journal")
        assert result.exit_code == 1
        assert "what this version of text911 does not know: " in result.stderr
        assert "Sang" in result.stderr


def test_no_journal_is_exit_code_2(tmp_path: Path) -> None:
    for command in (
        ["audit", "show", "one", tmp_path],
        ["audit", "list", tmp_path],
        ["replay", "one", tmp_path],
        ["replay", tmp_path, "--all"],
    ):
        assert run(*command).exit_code == 2


def test_a_time_zone_that_is_none_is_exit_code_2(directory: Path) -> None:
    result = run("audit", "list", directory, "--zone", "Nowhere/Else")
    assert result.exit_code == 2
    assert "there is no time zone Nowhere/Else" in result.stderr


# --- audit list --------------------------------------------------------------------------------


def test_the_latest_dialogues_come_first(directory: Path) -> None:
    result = run("audit", "list", directory, "--zone", "UTC")
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["dialogue", "new", "two", "one"]
    assert "ansonia" in lines[2]
    assert "active" in lines[2]
    assert "locating" in lines[1]
    assert "2026-11-21 11:53:20 UTC  11:53:20  +18605550142  Ansonia  ansonia" in lines[3]


def test_the_list_is_cut_by_number_and_by_time(directory: Path) -> None:
    rows = json.loads(run("audit", "list", directory, "--limit", "2", "--json").stdout)
    assert [row["dialogue"] for row in rows] == ["new", "two"]
    for since in ("2026-11-21T11:54:30", "2026-11-21T06:54:30-05:00"):
        command = ("audit", "list", directory, "--zone", "UTC", "--json", "--since", since)
        assert [row["dialogue"] for row in json.loads(run(*command).stdout)] == ["new", "two"]


def test_since_how_long_ago(directory: Path) -> None:
    result = run("audit", "list", directory, "--since", "0.001s")
    assert result.stdout == "No dialogue was written to in that time.\n"
    assert run("audit", "list", directory, "--since", "yesterday").exit_code == 2


def test_an_empty_journal_has_no_dialogue(tmp_path: Path) -> None:
    SqliteJournal(tmp_path / "calls.journal", lambda call: None).close()
    result = run("audit", "list", tmp_path / "calls.journal")
    assert (result.exit_code, result.stdout) == (0, "No dialogue yet.\n")


def test_a_dialogue_that_cannot_be_run_is_listed_all_the_same(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "calls.journal", lambda call: None)
    journal.append(played("one", 1_795_262_000.0), lambda _: None)
    journal.close()
    (row,) = json.loads(run("audit", "list", tmp_path / "calls.journal", "--json").stdout)
    assert row["phase"] == "unknown"
    assert "the policy" in row["difference"]


# --- replay ------------------------------------------------------------------------------------


def test_the_same_comes_out(directory: Path) -> None:
    result = run("replay", "one", directory)
    count = len(played("one", 0.0))
    assert (result.exit_code, result.stdout) == (0, f"identical: {count} records\n")
    assert json.loads(run("replay", "one", directory, "--json").stdout)["good"] is True


def test_a_difference_is_shown_with_its_place_and_what_came_out(directory: Path) -> None:
    differing(directory)
    result = run("replay", "one", directory / "other.journal")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith("DIFFERENT: dialogue one, entry 2 (LocationFailed): state or")
    assert '   "reason": "no source"' in lines
    assert any('"phase": {' in line for line in lines)
    told = json.loads(run("replay", "one", directory / "other.journal", "--json").stdout)
    assert told["difference"]["number"] == 2
    assert told["difference"]["fact"] == LocationFailed.__name__
    assert told["difference"]["state"]["line"]["key"]["number"] == "+18605550142"


def test_rules_that_cannot_be_run_at_all_are_a_difference(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "calls.journal", lambda call: None)
    journal.append(played("one", 1_795_262_000.0), lambda _: None)  # the policy is missing
    journal.close()
    result = run("replay", "one", tmp_path / "calls.journal")
    assert result.exit_code == 1
    assert "DIFFERENT: dialogue one, entry 0 (Opened): the policy" in result.stdout
    assert "Now these come out" not in result.stdout


def test_every_dialogue_and_the_rate(directory: Path) -> None:
    result = run("replay", "--all", directory)
    assert result.exit_code == 0
    assert result.stdout.startswith("identical: 3 dialogues, ")
    assert "dialogues/s" in result.stdout
    assert json.loads(run("replay", "--all", directory, "--json").stdout)["dialogues"] == 3


def test_of_every_dialogue_those_that_differ_are_named(directory: Path) -> None:
    differing(directory)
    result = run("replay", "--all", directory / "other.journal")
    assert result.exit_code == 1
    assert "DIFFERENT: dialogue one, entry 2" in result.stdout
    assert "1 of 1 dialogue differs; " in result.stdout
    result = run("replay", "--all", directory / "other.journal", "--json")
    assert len(json.loads(result.stdout)["differences"]) == 1


def test_a_long_list_of_differences_is_cut_but_counted(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "SHOWN_MAX", 0)
    differing(directory)
    assert "DIFFERENT: 1 more" in run("replay", "--all", directory / "other.journal").stdout


# --- recordings --------------------------------------------------------------------------------


def test_an_export_is_a_file_for_its_owner_only_and_runs(directory: Path) -> None:
    file = directory / "case.json"
    assert run("replay", "--export", "one", directory, "--out", file).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run("replay", "--export", "one", directory).stdout == file.read_text()
    result = run("replay", file)
    assert result.exit_code == 0
    assert result.stdout.startswith("identical: ")
    assert "only the journal can show" in result.stdout
    result = run("replay", file, directory)
    assert result.exit_code == 0
    assert "every record is the one that the journal has in its place" in result.stdout
    assert json.loads(run("replay", file, "--json").stdout)["good"] is True


def test_an_export_never_overwrites(directory: Path) -> None:
    file = directory / "case.json"
    file.write_text("kept")
    result = run("replay", "--export", "one", directory, "--out", file)
    assert (result.exit_code, file.read_text()) == (2, "kept")
    result = run("replay", "--export", "one", directory, "--out", directory / "no" / "case.json")
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_an_anonymised_export_is_no_evidence(directory: Path) -> None:
    file = directory / "case.json"
    run("replay", "--export", "one", directory, "--out", file, "--anonymise")
    assert parse(file.read_bytes()).anonymised
    assert "no evidence of anything that happened" in run("replay", file).stdout
    assert run("replay", file, directory).exit_code == 2


def test_what_cannot_be_run_is_not_exported(directory: Path) -> None:
    differing(directory)
    result = run("replay", "--export", "one", directory / "other.journal", "--anonymise")
    assert result.exit_code == 1
    assert "cannot be anonymised" in result.stderr


def test_an_altered_file_is_named_with_its_place(directory: Path) -> None:
    file = directory / "case.json"
    run("replay", "--export", "one", directory, "--out", file)
    plain = json.loads(file.read_text())
    plain["records"][1]["fact"]["text"] = "no help needed"
    file.write_text(json.dumps(plain))
    result = run("replay", file)
    assert result.exit_code == 1
    assert f"{file}: altered or damaged at entry 1 (record 3 of the journal): " in result.stderr


def test_a_file_of_another_journal_is_told_from_this_ones(directory: Path) -> None:
    differing(directory)
    file = directory / "case.json"
    run("replay", "--export", "one", directory, "--out", file)
    result = run("replay", file, directory / "other.journal")
    assert result.exit_code == 1
    assert "entry 2 of one (record 4) is not what the journal has in that place" in result.stderr


def test_a_file_that_differs_shows_where(directory: Path) -> None:
    differing(directory)
    file = directory / "case.json"
    run("replay", "--export", "one", directory / "other.journal", "--out", file)
    result = run("replay", file)
    assert result.exit_code == 1
    assert "DIFFERENT: dialogue one, entry 2" in result.stdout


def test_a_file_with_another_transcript_says_which_line(directory: Path) -> None:
    file = directory / "case.json"
    run("replay", "--export", "one", directory, "--out", file)
    kept = parse(file.read_bytes())
    forged = sealed(msgspec.structs.replace(kept, transcript=kept.transcript[1:]))
    file.write_bytes(msgspec.json.encode(forged))
    result = run("replay", file)
    assert result.exit_code == 1
    assert "entry 1, line 8 of the transcript: recorded {" in result.stderr


def test_a_file_that_is_not_there_is_exit_code_2(tmp_path: Path) -> None:
    result = run("replay", tmp_path / "case.json")
    assert result.exit_code == 2
    assert "cannot be read: No such file" in result.stderr


def test_options_that_do_not_go_together_are_refused(directory: Path) -> None:
    for command in (
        ["replay", "one", directory, "--anonymise"],
        ["replay", "one", directory, "--out", "x"],
        ["replay", directory, "--all", "--export"],
        ["replay", "one", directory, "--all"],
    ):
        result = run(*command)
        assert result.exit_code == 2
        assert result.stderr.count("\n") == 1
