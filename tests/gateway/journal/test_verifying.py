"""Whatever is damaged is found, and what is said about it is true."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from text911.gateway.journal import chain
from text911.gateway.journal.contract import JournalBroken, JournalDamaged, Record, Snapshot
from text911.gateway.journal.reading import COLUMNS
from text911.gateway.journal.verifying import Verdict, verify

from .bench import opened, story
from .conformance import Told, record, stored

RECORDS = 60


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal of 60 records of 4 dialogues, two writer epochs and a snapshot, cleanly closed."""
    path = tmp_path_factory.mktemp("sound") / "journal"
    with opened(path) as bench:
        records = story(4, RECORDS // 4, size=200)
        for start in range(0, 40, 5):
            bench.write(records[start : start + 5])
        bench.journal.save_snapshot(Snapshot(30, b"state" * 1000), Told().of(""))
        bench.settle()
        bench.restart()
        bench.write(records[40:])
    return path


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "copy"))


@contextmanager
def tampered(path: Path) -> Generator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()


def found_at_opening(path: Path) -> str:
    """What opening the journal, or reading all of it after that, complains about."""
    try:
        with opened(path) as bench:
            try:
                stored(bench)
            except JournalDamaged as error:
                return str(error)
            return "; ".join(bench.complaints)
    except (JournalDamaged, JournalBroken) as error:
        return str(error)


def test_a_sound_journal_is_good_and_progress_is_told(copy: Path) -> None:
    steps: list[tuple[int, int]] = []
    verdict = verify(copy, lambda done, of: steps.append((done, of)))
    assert verdict.good
    assert verdict.records == RECORDS
    assert verdict.head.sequence == RECORDS
    assert steps[-1] == (RECORDS, RECORDS)
    assert found_at_opening(copy) == ""


def test_a_journal_is_verified_while_it_is_written(tmp_path: Path) -> None:
    with opened(tmp_path / "journal") as bench:
        bench.write(story())
        assert verify(bench.path).records == 20
        bench.write([record("d", 0)])
        assert verify(bench.path).records == 21


def test_an_empty_journal_is_good(tmp_path: Path) -> None:
    with opened(tmp_path / "journal"):
        pass
    assert verify(tmp_path / "journal") == Verdict(tmp_path / "journal", 0, chain.Position())


def flipped(value: Any, at: int) -> Any:
    match value:
        case bytes():
            place = at % len(value)
            return value[:place] + bytes([value[place] ^ (1 << at % 8)]) + value[place + 1 :]
        case str():
            return flipped(value.encode(), at).decode("latin-1")
        case int():
            return value ^ (1 << (at % 16))
        case _:
            return value + 1 + at


HEADER = ("epoch", "dialogue", "number", "at", "version", "digest")


@pytest.mark.no_cover  # every line of it has its own test
@settings(max_examples=120, deadline=None)
@given(
    sequence=st.integers(1, RECORDS),
    column=st.sampled_from((*HEADER, "payload", "hash")),
    at=st.integers(0, 10_000),
)
def test_a_changed_octet_of_any_column_is_found_and_named(
    sound: Path, tmp_path_factory: pytest.TempPathFactory, sequence: int, column: str, at: int
) -> None:
    path = Path(shutil.copy(sound, tmp_path_factory.mktemp("flip") / "copy"))
    with tampered(path) as connection:
        row = connection.execute(
            f"SELECT {COLUMNS} FROM records WHERE sequence = ?", (sequence,)
        ).fetchone()
        was: dict[str, Any] = dict(zip(COLUMNS.split(", "), row, strict=True))
        is_now = flipped(was[column], at)
        connection.execute(
            f"UPDATE records SET {column} = ? WHERE sequence = ?", (is_now, sequence)
        )
    verdict = verify(path)
    named = {**was, column: is_now}
    assert verdict.sequence == sequence
    assert (verdict.epoch, verdict.dialogue, verdict.number) == (
        named["epoch"],
        named["dialogue"],
        named["number"],
    )
    assert verdict.records == sequence - 1
    if sequence == RECORDS:
        assert "its payload, its header or its hash was altered" in verdict.problem
    elif column == "hash":
        assert verdict.problem.startswith("its hash was altered")
    else:
        assert verdict.problem.startswith("its payload or its header")
    assert f"record {sequence}" in found_at_opening(path)


@pytest.mark.parametrize("value", [None, "text", 99, b""])
@pytest.mark.parametrize("column", ["payload", "hash", "digest", "dialogue", "number", "at"])
def test_a_value_of_another_type_is_found(copy: Path, column: str, value: object) -> None:
    with tampered(copy) as connection:
        connection.execute("PRAGMA writable_schema = 1")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '') WHERE name = 'records'"
        )
    with tampered(copy) as connection:
        connection.execute(f"UPDATE records SET {column} = ? WHERE sequence = 31", (value,))
    verdict = verify(copy)
    assert verdict.sequence == 31
    assert "altered" in verdict.problem
    assert "record 31" in found_at_opening(copy)


@pytest.mark.parametrize("sequence", [1, 17, RECORDS - 1])
def test_a_deleted_record_is_named(copy: Path, sequence: int) -> None:
    with tampered(copy) as connection:
        connection.execute("DELETE FROM records WHERE sequence = ?", (sequence,))
    verdict = verify(copy)
    assert verdict.problem == f"record {sequence} is missing"
    assert verdict.sequence == sequence
    assert f"record {sequence} is missing" in found_at_opening(copy)


def test_several_deleted_records_are_named(copy: Path) -> None:
    with tampered(copy) as connection:
        connection.execute("DELETE FROM records WHERE sequence BETWEEN 5 AND 9")
    assert verify(copy).problem == "records 5 to 9 are missing"


@pytest.mark.parametrize("kept", [0, 39, RECORDS - 1])
def test_records_missing_at_the_end_are_found_by_the_note_of_the_last(
    copy: Path, kept: int
) -> None:
    with tampered(copy) as connection:
        connection.execute("DELETE FROM records WHERE sequence > ?", (kept,))
    verdict = verify(copy)
    assert f"record {kept + 1} and all after it are missing" in verdict.problem
    assert "was written before" in found_at_opening(copy)


def test_a_tail_cut_with_its_note_is_seen_when_a_later_writer_had_begun(copy: Path) -> None:
    with tampered(copy) as connection:
        connection.execute("DELETE FROM records WHERE sequence > 30")
        connection.execute(
            "UPDATE head SET sequence = 30,"
            " hash = (SELECT hash FROM records WHERE sequence = 30), indexed = 0"
        )
        connection.execute("DELETE FROM places")
    assert "record 31 and all after it are missing" in verify(copy).problem
    assert "40 was written before" in found_at_opening(copy)


def swap(connection: sqlite3.Connection, one: int, other: int) -> None:
    for old, new in ((one, -1), (other, one), (-1, other)):
        connection.execute("UPDATE records SET sequence = ? WHERE sequence = ?", (new, old))


@pytest.mark.parametrize(("one", "other"), [(7, 8), (7, 20), (1, 2), (59, 60), (30, 31)])
def test_two_records_in_each_others_place_are_named(copy: Path, one: int, other: int) -> None:
    with tampered(copy) as connection:
        swap(connection, one, other)
    verdict = verify(copy)
    assert verdict.sequence == one
    assert verdict.problem == (
        f"the order was altered: what stands here was written as record {other}"
    )
    assert f"record {one}" in found_at_opening(copy)


def test_a_record_taken_out_and_the_rest_renumbered_is_found(copy: Path) -> None:
    with tampered(copy) as connection:
        connection.execute("DELETE FROM records WHERE sequence = 10")
        connection.execute("UPDATE records SET sequence = -sequence WHERE sequence > 10")
        connection.execute("UPDATE records SET sequence = -sequence - 1 WHERE sequence < 0")
    verdict = verify(copy)
    assert verdict.sequence == 10
    assert "taken out and the rest renumbered" in verdict.problem


def rechained(path: Path, change: Callable[[int, Record], Record]) -> None:
    """Forge: change records and give all of them hashes that fit."""
    with tampered(path) as connection:
        previous = chain.GENESIS
        rows = connection.execute(f"SELECT {COLUMNS} FROM records ORDER BY sequence").fetchall()
        for epoch, sequence, *columns, _ in rows:
            forged = change(sequence, Record(*columns))
            previous = chain.hash_of(previous, epoch, sequence, forged)
            connection.execute(
                "UPDATE records SET dialogue = ?, number = ?, hash = ? WHERE sequence = ?",
                (forged.dialogue, forged.number, previous, sequence),
            )
        connection.execute("UPDATE head SET hash = ?", (previous,))


def test_a_number_that_is_not_dense_is_found_behind_sound_hashes(copy: Path) -> None:
    rechained(
        copy,
        lambda sequence, r: (
            Record(r.dialogue, 9, r.at, r.version, r.digest, r.payload) if sequence == 5 else r
        ),
    )
    verdict = verify(copy)
    assert (verdict.sequence, verdict.number) == (5, 9)
    assert verdict.problem == "the number should be 1"
    with opened(copy) as bench, pytest.raises(JournalDamaged, match="number that should be 1"):
        bench.journal.read_dialogue("dialogue-0")


def test_an_epoch_nobody_opened_is_found(copy: Path) -> None:
    with tampered(copy) as connection:
        connection.execute("UPDATE writers SET after = 50 WHERE epoch = 2")
    verdict = verify(copy)
    assert verdict.problem == "writer epoch 2 is not one that wrote here"
    assert verdict.sequence == 41


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE head SET hash = x'00'", "table head"),
        ("UPDATE head SET sequence = 59", "table head"),
        ("UPDATE head SET sequence = 'x'", "table head"),
        ("DELETE FROM head", "table head"),
        ("DROP TABLE head", "no such table"),
        ("DROP TABLE records", "no such table"),
        ("DELETE FROM places WHERE number = 3", "index of dialogues does not lead to it"),
        ("UPDATE places SET sequence = 1 WHERE number = 3", "index of dialogues"),
        ("INSERT INTO places VALUES ('nobody', 0, 1)", "lead to no record"),
        ("INSERT INTO records SELECT 0, epoch, dialogue, number, at, version, digest, payload,"
         " hash FROM records WHERE sequence = 1", "a record 0 before the first"),
        ("PRAGMA application_id = 5", "not a text911 journal"),
        ("DELETE FROM schema_version", "schema_version"),
    ],
)  # fmt: skip
def test_damage_outside_the_records_is_named(copy: Path, sql: str, said: str) -> None:
    with tampered(copy) as connection:
        connection.execute("UPDATE head SET indexed = sequence")
        connection.execute("DELETE FROM places")
        connection.execute("INSERT INTO places SELECT dialogue, number, sequence FROM records")
        connection.execute(sql)
    verdict = verify(copy)
    assert said in verdict.problem
    assert not verdict.good


def pages(path: Path) -> int:
    return path.stat().st_size // 4096


@pytest.mark.parametrize("part", range(12))
def test_a_file_cut_anywhere_is_found(copy: Path, part: int) -> None:
    size = copy.stat().st_size
    with copy.open("r+b") as file:
        file.truncate(size * part // 12 + (part * 37) % 100)
    assert not verify(copy).good
    assert str(copy) in found_at_opening(copy)


def test_a_zeroed_page_is_found_whichever_it_is(sound: Path, tmp_path: Path) -> None:
    assert pages(sound) > 8
    for page in range(pages(sound)):
        path = Path(shutil.copy(sound, tmp_path / f"page-{page}"))
        octets = bytearray(path.read_bytes())
        if not any(octets[page * 4096 : (page + 1) * 4096]):
            continue
        octets[page * 4096 : (page + 1) * 4096] = bytes(4096)
        path.write_bytes(octets)
        verdict = verify(path)
        assert not verdict.good, page
        assert verdict.problem, page


@pytest.mark.no_cover  # every line of it has its own test
@settings(max_examples=80, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_in_the_file_is_found_or_harms_nothing(
    sound: Path, tmp_path_factory: pytest.TempPathFactory, place: float, bit: int
) -> None:
    """A bit in an unused part of a page holds nothing: then every record is as it was."""
    path = Path(shutil.copy(sound, tmp_path_factory.mktemp("bit") / "copy"))
    octets = bytearray(path.read_bytes())
    octets[int(place * len(octets))] ^= 1 << bit
    path.write_bytes(octets)
    try:
        verdict = verify(path)
    except JournalBroken:
        return  # the version is one from the future: refused in words
    if verdict.good:
        with opened(sound) as whole, opened(path) as bench:
            assert stored(bench) == stored(whole)


def test_a_name_in_the_schema_that_is_no_text_any_more_is_damage(
    sound: Path, tmp_path: Path
) -> None:
    """sqlite3 decodes such names out of the file, and stumbles over them in its own way."""
    path = Path(shutil.copy(sound, tmp_path / "copy"))
    octets = path.read_bytes()
    at = octets.index(b"CREATE TABLE records") + len(b"CREATE TABLE ")
    path.write_bytes(octets[:at] + b"\xe1" + octets[at + 1 :])
    assert not verify(path).good
    assert str(path) in found_at_opening(path)


def test_a_list_of_writers_that_holds_no_numbers_is_damage(sound: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(sound, tmp_path / "copy"))
    with tampered(path) as connection:
        connection.execute("UPDATE writers SET after = 'x'")
    assert "table writers" in verify(path).problem


def test_what_is_not_a_database_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, " * 1000)
    assert "not a database" in verify(path).problem
    assert str(path) in found_at_opening(path)
    assert path.read_text().startswith("Dear diary")


def test_another_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other"
    with tampered(path) as connection:
        connection.execute("CREATE TABLE mine (x)")
    assert "is not a text911 journal" in verify(path).problem
    assert "is not a text911 journal" in found_at_opening(path)
    with tampered(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("mine",)]


def test_a_file_that_is_not_there_cannot_be_verified(tmp_path: Path) -> None:
    with pytest.raises(JournalBroken, match="no such file"):
        verify(tmp_path / "nothing")
