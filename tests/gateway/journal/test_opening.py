from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from text911.gateway.journal import opening, reading, schema
from text911.gateway.journal.chain import Position
from text911.gateway.journal.contract import JournalBroken, JournalDamaged, Snapshot
from text911.gateway.journal.opening import Lock, open_for_writing
from text911.gateway.journal.schema import VERSION
from text911.gateway.journal.settings import JournalSettings

from .bench import opened, story
from .conformance import Told, record, stored


def sql(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def made(path: Path) -> Path:
    with opened(path) as bench:
        bench.write(story())
    return path


def test_a_newer_version_is_refused_in_words_and_left_alone(tmp_path: Path) -> None:
    path = made(tmp_path / "journal")
    sql(path, f"INSERT INTO schema_version VALUES ({VERSION + 1})")
    before = path.read_bytes()
    said = f"has journal version {VERSION + 1}.*newer text911"
    with pytest.raises(JournalBroken, match=said), opened(path):
        pass
    assert path.read_bytes() == before


def as_version_0(path: Path) -> Path:
    """A version that never was: without `places`, with the digest under another name."""
    sql(
        path,
        "DROP TABLE places",
        "ALTER TABLE records RENAME COLUMN digest TO sum",
        "UPDATE schema_version SET version = 0",
    )
    return path


def from_0(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE records RENAME COLUMN sum TO digest")
    connection.execute(
        "CREATE TABLE places (dialogue TEXT NOT NULL, number INTEGER NOT NULL,"
        " sequence INTEGER NOT NULL, PRIMARY KEY (dialogue, number)) WITHOUT ROWID"
    )
    connection.execute("UPDATE head SET indexed = 0")


def test_an_older_version_is_migrated_and_says_so(tmp_path: Path) -> None:
    path = as_version_0(made(tmp_path / "journal"))
    handle = open_for_writing(path, print, steps={0: from_0})
    versions = handle.connection.execute("SELECT version FROM schema_version").fetchall()
    handle.connection.close()
    assert versions == [(0,), (1,)]
    with opened(path) as bench:
        assert stored(bench) == story()
        bench.write([record("dialogue-0", 5)])


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = as_version_0(made(tmp_path / "journal"))

    def half(connection: sqlite3.Connection) -> None:
        from_0(connection)
        connection.execute("no such statement")

    with pytest.raises(JournalDamaged, match="syntax error"):
        open_for_writing(path, print, steps={0: half})
    handle = open_for_writing(path, print, steps={0: from_0})
    handle.connection.close()
    with opened(path) as bench:
        assert stored(bench) == story()


def test_a_version_without_a_way_to_ours_is_refused(tmp_path: Path) -> None:
    path = as_version_0(made(tmp_path / "journal"))
    with pytest.raises(JournalBroken, match="no way to 1"), opened(path):
        pass


def test_an_empty_file_is_never_taken_for_a_new_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.touch()
    with pytest.raises(JournalDamaged, match="is empty, which a journal never is"), opened(path):
        pass


def test_a_journal_that_vanished_from_beside_its_log_is_not_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    Path(f"{path}-wal").write_bytes(b"x" * 5000)
    with pytest.raises(JournalDamaged, match="missing and its log"), opened(path):
        pass


def test_a_creation_that_was_cut_off_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "journal.new").write_bytes(b"half")
    with opened(tmp_path / "journal") as bench:
        bench.write([record("d", 0)])
    assert not (tmp_path / "journal.new").exists()


def test_a_place_nobody_may_write_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "journal"
    with pytest.raises(JournalBroken, match=r"journal\.lock cannot be made"), opened(path):
        pass


def test_a_directory_in_the_place_of_the_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    with pytest.raises(JournalBroken), opened(tmp_path / "journal"):
        pass


def test_the_lock_is_free_again_after_a_refusal(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.touch()
    with pytest.raises(JournalDamaged), opened(path):
        pass
    path.unlink()
    with opened(path) as bench:
        bench.write([record("d", 0)])
    Lock(path).release()


def test_only_the_tail_behind_the_last_snapshot_is_checked_on_opening(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with opened(path) as bench:
        bench.write(story())
        bench.journal.save_snapshot(Snapshot(10, b"state"), Told().of(""))
        bench.settle()
    sql(path, "UPDATE records SET payload = x'00' WHERE sequence = 10")
    with opened(path) as bench:
        assert bench.complaints == []
        with pytest.raises(JournalDamaged, match="record 10 "):
            stored(bench)
    sql(path, "UPDATE records SET payload = x'00' WHERE sequence = 11")
    with pytest.raises(JournalDamaged, match="record 11 "), opened(path):
        pass


def test_two_records_with_one_number_are_found_on_opening(tmp_path: Path) -> None:
    path = made(tmp_path / "journal")
    sql(
        path,
        "UPDATE head SET indexed = 0",
        "INSERT OR REPLACE INTO places VALUES ('dialogue-1', 0, 9)",
    )
    with pytest.raises(JournalDamaged, match="UNIQUE"), opened(path):
        pass


@pytest.mark.parametrize("indexed", ["'x'", "-1", "21"])
def test_a_damaged_head_is_found_on_opening(tmp_path: Path, indexed: str) -> None:
    path = made(tmp_path / "journal")
    sql(path, f"UPDATE head SET indexed = {indexed}")
    with pytest.raises(JournalDamaged, match="head"), opened(path):
        pass


def test_a_busy_reader_delays_nothing_but_a_repair(tmp_path: Path) -> None:
    """Starting never waits for an auditor; after a failed sync the log must be moved first."""
    path = tmp_path / "journal"
    with opened(path) as bench:
        bench.write(story())
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM records").fetchone()
        bench.write([record("d", 0)])
    handle = open_for_writing(path, bench.complaints.append)
    handle.connection.close()
    assert "a reader keeps the log in use" in bench.complaints[0]
    with pytest.raises(JournalBroken, match="a reader keeps the log in use"):
        open_for_writing(path, print, Position(handle.position.sequence, handle.position.hash))
    other.close()
    with opened(path) as again:
        assert len(stored(again)) == 21


def test_errors_of_the_disk_are_no_damage_and_lost_pages_are(tmp_path: Path) -> None:
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    assert isinstance(reading.explained(full, tmp_path, "opening"), JournalBroken)
    short = sqlite3.OperationalError("disk I/O error")
    short.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHORT_READ
    assert isinstance(reading.explained(short, tmp_path, "opening"), JournalDamaged)


def test_migration_steps_lead_to_the_version_we_write() -> None:
    assert set(schema.STEPS) <= set(range(VERSION))
    assert 4 * JournalSettings().snapshot_every_records <= opening.TAIL_MAX


# --- what was read for the check is handed on ---------------------------------------------------


def behind_a_snapshot(path: Path) -> None:
    with opened(path) as bench:
        bench.write(story())
        bench.journal.save_snapshot(Snapshot(10, b"state"), Told().of(""))
        bench.settle()


def test_a_start_reads_the_snapshot_and_the_tail_once_and_later_reads_see_the_file(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal"
    behind_a_snapshot(path)
    with opened(path) as bench:
        whole = stored(bench)
        bench.write([record("late", 0)])
        sql(path, "UPDATE records SET payload = x'00' WHERE sequence = 15", "DELETE FROM snapshots")
        assert bench.journal.last_snapshot() == Snapshot(10, b"state")
        assert bench.journal.last_snapshot() is None
        tail = list(bench.journal.read(10))
        assert [one.record for one in tail[:-1]] == whole[10:]
        assert tail[-1].record.dialogue == "late", "what came since the opening follows"
        with pytest.raises(JournalDamaged, match="record 15 "):
            list(bench.journal.read(10))


def test_what_was_handed_on_is_no_answer_once_there_is_a_newer_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    behind_a_snapshot(path)
    with opened(path) as bench:
        bench.journal.save_snapshot(Snapshot(12, b"newer"), Told().of(""))
        bench.settle()
        assert bench.journal.last_snapshot() == Snapshot(12, b"newer")


def test_of_a_longer_tail_the_end_is_checked_on_opening_and_the_rest_when_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "TAIL_MAX", 5)
    monkeypatch.setattr(opening, "LAST", 3)
    path = tmp_path / "journal"
    behind_a_snapshot(path)
    sql(path, "UPDATE records SET payload = x'00' WHERE sequence = 15")
    with opened(path) as bench, pytest.raises(JournalDamaged, match="record 15 "):
        list(bench.journal.read(10))
    sql(path, "UPDATE records SET payload = x'00' WHERE sequence = 19")
    with pytest.raises(JournalDamaged, match="record 19 "), opened(path):
        pass
