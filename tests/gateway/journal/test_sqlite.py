from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from threading import Event

import pytest

from text911.gateway import faults
from text911.gateway.journal import reading, snapshots, writer
from text911.gateway.journal.contract import JournalBroken, JournalDamaged, Snapshot
from text911.gateway.journal.sqlite import SqliteJournal
from text911.gateway.journal.verifying import verify

from .bench import SqliteBench, opened, story
from .conformance import Conformance, NewBench, Told, record, stored


class TestSqliteJournal(Conformance):
    @pytest.fixture
    def new_bench(self, tmp_path: Path) -> Iterator[NewBench]:
        built: list[SqliteBench] = []
        names = count()

        def new() -> SqliteBench:
            built.append(SqliteBench(tmp_path / f"{next(names)}" / "journal"))
            return built[-1]

        yield new
        for bench in built:
            bench.mend_disk()
            bench.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[SqliteBench]:
    with opened(tmp_path / "journal" / "text911.journal") as bench:
        yield bench


@pytest.fixture
def disarmed() -> Iterator[None]:
    yield
    faults.replace(None)


def test_all_outcomes_of_a_commit_come_in_one_call(bench: SqliteBench, disarmed: None) -> None:
    """While the first commit is held up the others collect; they are committed together."""
    told, entered, go_on = Told(), Event(), Event()

    def hold(name: str) -> None:
        if name == "before_commit" and not entered.is_set():
            entered.set()
            go_on.wait()

    faults.replace(hold)
    bench.journal.append([record("d", 0)], told.of("0"))
    entered.wait()
    for number in range(1, 41):
        bench.journal.append([record("d", number)], told.of(str(number)))
    go_on.set()
    bench.calls.get(timeout=60)()
    assert told.good in (["0"], [str(n) for n in range(41)])
    bench.settle()
    assert told.good == [str(n) for n in range(41)]
    assert bench.calls.qsize() <= 1  # two commits, two calls


def test_nobody_is_told_before_the_commit(bench: SqliteBench, disarmed: None) -> None:
    seen: list[tuple[str, int]] = []

    def look(name: str) -> None:
        with sqlite3.connect(bench.path) as other:
            seen.append((name, other.execute("SELECT count(*) FROM records").fetchone()[0]))
        other.close()

    faults.replace(look)
    bench.write([record("d", 0), record("d", 1)])
    assert seen == [("before_commit", 0), ("after_commit_before_ack", 2)]


@pytest.mark.parametrize(("point", "there"), [("before_commit", 1), ("after_commit_before_ack", 2)])
def test_the_outcome_of_a_failed_commit_is_unknown_until_it_is_read(
    bench: SqliteBench, disarmed: None, point: str, there: int
) -> None:
    told = Told()
    bench.write([record("d", 0)])
    faults.arm(f"{point}=fail@1")
    bench.journal.append([record("d", 1)], told.of("unknown"))
    bench.settle()
    assert told.bad == ["unknown"]
    assert "[Errno 5]" in str(told.outcomes[0][1])
    bench.journal.reopen()
    assert len(stored(bench)) == there
    bench.write([record("d", there)])
    assert verify(bench.path).good


def test_reopen_calls_everything_outstanding_first(bench: SqliteBench, disarmed: None) -> None:
    told = Told()
    faults.arm("before_commit=fail@1")
    bench.journal.append([record("d", 0)], told.of("0"))
    while True:
        try:
            bench.journal.append([], told.of("more"))
        except JournalBroken:
            break
    bench.journal.reopen()
    assert told.outcomes
    assert bench.journal.outstanding == 0
    assert "0" in told.bad


def test_a_mistake_of_ours_in_the_writer_is_told_too(bench: SqliteBench) -> None:
    told = Told()
    wrong = record("d", 0, payload="text")  # type: ignore[arg-type]
    bench.journal.append([wrong], told.of("wrong"))
    bench.settle()
    outcome = told.outcomes[0][1]
    assert "made a mistake" in str(outcome)
    assert isinstance(outcome, JournalBroken)
    assert isinstance(outcome.__cause__, TypeError)


def test_a_second_writer_is_refused_in_words(bench: SqliteBench) -> None:
    with pytest.raises(JournalBroken, match="being written by another process") as caught:
        SqliteJournal(bench.path, bench.calls.put)
    assert str(bench.path) in str(caught.value)
    bench.write([record("d", 0)])


def test_only_its_user_may_look_into_it(bench: SqliteBench) -> None:
    bench.write([record("d", 0)])
    assert stat.S_IMODE(bench.path.parent.stat().st_mode) == 0o700
    for path in bench.path.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_file_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    with opened(tmp_path / "journal") as bench:
        bench.write([record("d", 0)])
    bench.path.chmod(0o644)
    with opened(bench.path):
        assert stat.S_IMODE(bench.path.stat().st_mode) == 0o600


def test_after_a_clean_end_the_journal_is_one_file(tmp_path: Path) -> None:
    with opened(tmp_path / "journal") as bench:
        bench.write([record("d", 0)])
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["journal", "journal.lock"]


def test_readers_never_hold_up_the_writer(bench: SqliteBench) -> None:
    bench.write(story())
    reader = bench.journal.read()
    assert next(reader).sequence == 1
    bench.write([record("later", 0)])
    assert [entry.sequence for entry in reader][-1] == 21  # a page is read, then the next one


def test_dialogues_are_listed_latest_first(bench: SqliteBench) -> None:
    bench.write([record("a", 0, at=1), record("b", 0, at=2)], [record("a", 1, at=3)])
    listed = bench.journal.dialogues(9)
    assert [(x.dialogue, x.records, x.first_at, x.last_at) for x in listed] == [
        ("a", 2, 1.0, 3.0),
        ("b", 1, 2.0, 2.0),
    ]
    assert [x.dialogue for x in bench.journal.dialogues(1)] == ["a"]
    assert [x.dialogue for x in bench.journal.dialogues(9, since=2.5)] == ["a"]
    assert bench.journal.dialogues(9, since=4) == []


def test_listing_goes_back_as_far_as_it_must(
    bench: SqliteBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 3)
    bench.write([record("old", 0, at=0)], [record("new", n, at=1) for n in range(10)])
    assert [x.dialogue for x in bench.journal.dialogues(2)] == ["new", "old"]
    assert [e.sequence for e in bench.journal.read()] == list(range(1, 12))


def test_a_dialogue_is_read_whole_whether_its_place_is_known_or_not(
    bench: SqliteBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "INDEX_BEHIND", 7)
    monkeypatch.setattr(writer, "INDEX_SLICE", 3)
    records = story(dialogues=3, each=9)
    for one in records:
        bench.write([one])
        for name in ("dialogue-0", "dialogue-1", "dialogue-2"):
            there = [entry.record for entry in bench.journal.read_dialogue(name)]
            so_far = records[: records.index(one) + 1]
            assert there == [r for r in so_far if r.dialogue == name]
    assert verify(bench.path).good


def test_numbers_are_enforced_for_dialogues_that_are_not_remembered(
    bench: SqliteBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "NUMBERS_MAX", 2)
    for number in range(3):
        for name in "abcd":
            bench.write([record(name, number)])
    told = Told()
    bench.journal.append([record("a", 2)], told.of("again"))
    bench.settle()
    assert told.bad == ["again"]


def test_the_log_is_moved_into_the_file_between_commits(
    bench: SqliteBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "LOG_MAX", 40)
    log = Path(f"{bench.path}-wal")
    for number in range(300):
        bench.write([record("d", number, payload=bytes(3000))])
    assert log.stat().st_size < 100 * 4120  # 300 commits of at least two pages were logged
    assert len(stored(bench)) == 300


def test_texts_go_on_while_a_large_snapshot_is_kept(
    bench: SqliteBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "PIECE", 1_000)
    told = Told()
    bench.write([record("d", 0)])

    def more(number: int) -> None:
        def done(outcome: JournalBroken | None) -> None:
            told.of("text")(outcome)
            more(number + 1)

        if "snapshot" not in told.good:
            bench.journal.append([record("d", number)], done)

    bench.journal.save_snapshot(Snapshot(1, b"s" * 200_000), told.of("snapshot"))
    more(1)
    bench.settle()
    assert told.bad == []
    assert told.good.index("snapshot") > 10  # texts were answered before the 200 pieces were down
    assert bench.journal.last_snapshot() == Snapshot(1, b"s" * 200_000)


def test_two_snapshots_are_kept_and_older_pieces_go(bench: SqliteBench) -> None:
    bench.write([record("d", 0)])
    told = Told()
    for number in range(5):
        bench.journal.save_snapshot(Snapshot(1, bytes([number]) * 600_000), told.of(""))
    bench.settle()
    bench.restart()
    with reading.reader(bench.path) as connection:
        assert connection.execute("SELECT id FROM snapshots").fetchall() == [(4,), (5,)]
    assert bench.journal.last_snapshot() == Snapshot(1, b"\4" * 600_000)


@pytest.mark.parametrize("column", ["up_to", "chain", "size", "hash", "octets"])
def test_a_damaged_snapshot_is_named_and_the_one_before_it_is_taken(
    bench: SqliteBench, column: str
) -> None:
    bench.write([record("d", 0), record("d", 1)])
    told = Told()
    bench.journal.save_snapshot(Snapshot(1, b"older"), told.of(""))
    bench.journal.save_snapshot(Snapshot(2, b"newer"), told.of(""))
    bench.settle()
    bench.close()
    table = "snapshot_parts" if column == "octets" else "snapshots"
    key = "snapshot" if column == "octets" else "id"
    value: object = 1 if column in ("up_to", "size") else b"other"
    with sqlite3.connect(bench.path) as other:
        other.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = 2", (value,))
    other.close()
    with opened(bench.path) as again:
        assert again.journal.last_snapshot() == Snapshot(1, b"older")
        assert any("snapshot 2 is ignored" in said for said in again.complaints)
    verdict = verify(bench.path)
    assert "snapshot 2 is damaged" in verdict.problem


def test_without_any_sound_snapshot_everything_is_replayed(bench: SqliteBench) -> None:
    bench.write([record("d", 0)])
    bench.journal.save_snapshot(Snapshot(1, b"x"), Told().of(""))
    bench.settle()
    bench.close()
    with sqlite3.connect(bench.path) as other:
        other.execute("UPDATE snapshots SET hash = x'00'")
    other.close()
    with opened(bench.path) as again:
        assert again.journal.last_snapshot() is None
        assert again.complaints
        assert len(stored(again)) == 1


def test_a_loss_behind_the_last_answer_is_damage_when_reopening(
    bench: SqliteBench, disarmed: None
) -> None:
    bench.write([record("d", n) for n in range(5)])
    faults.arm("before_commit=fail@1")
    bench.journal.append([record("d", 5)], Told().of(""))
    bench.settle()
    with sqlite3.connect(bench.path) as other:
        other.execute("UPDATE records SET hash = x'00' WHERE sequence = 5")
    other.close()
    with pytest.raises(JournalDamaged, match="record 5, which was durable"):
        bench.journal.reopen()


def test_a_dialogue_is_found_without_looking_at_every_record(
    bench: SqliteBench,
) -> None:
    plans: list[str] = []
    bench.write(story())
    with reading.reader(bench.path) as connection:
        queries: list[str] = []
        connection.set_trace_callback(queries.append)
        reading.dialogue_records(connection, bench.path, "dialogue-1")
        connection.set_trace_callback(None)
        (query,) = [one for one in queries if "places" in one]
        for row in connection.execute(f"EXPLAIN QUERY PLAN {query}"):
            plans.append(row[3])
    assert any("SEARCH places" in step for step in plans)
    assert not any(step.startswith("SCAN") for step in plans)
