"""The thread that writes: what goes into one commit, who is told when, and what stops it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from text911.gateway import faults
from text911.gateway.journal import reading, writer
from text911.gateway.journal.contract import JournalBroken, Record, Snapshot
from text911.gateway.journal.opening import open_for_writing
from text911.gateway.journal.snapshots import Keep
from text911.gateway.journal.writer import ROWS_EXACT, ROWS_MAX, Outcome, Unit, Writer

from .conformance import Told, record


def refuse_to_complain(words: str) -> None:
    raise AssertionError(words)


class Written:
    """A writer on a real file. Everything put before `run` is pending when its thread begins."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told = Told()
        self.calls: list[int] = []  # outcomes per report
        self.commits: list[float] = []
        opened = open_for_writing(path, refuse_to_complain)
        self.writer = Writer(path, opened, self.report, self.commits.append)

    def report(self, outcomes: Sequence[Outcome]) -> None:
        self.calls.append(len(outcomes))
        for done, broken in outcomes:
            done(broken)

    def put(self, name: str, *records: Record) -> None:
        self.writer.put([Unit(records, self.told.of(name))])

    def keep(self, name: str, snapshot: Snapshot) -> None:
        self.writer.put(Keep(snapshot, self.told.of(name)))

    def run(self) -> Written:
        """To the end of what was put; the connection is closed then."""
        self.writer.start()
        self.writer.stop()
        return self

    def numbers(self, dialogue: str = "d") -> list[int]:
        """As another process reads and checks them."""
        with reading.reader(self.path) as connection:
            every = [one.record for one in reading.walk(connection, self.path, 0)]
        return [one.number for one in every if one.dialogue == dialogue]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def disarmed() -> Iterator[None]:
    yield
    faults.replace(None)


def reason(one: Written) -> str:
    """The one reason that everybody was given."""
    (only,) = {str(broken) for _, broken in one.told.outcomes if broken is not None}
    return only


EDGES = (1, 8, ROWS_EXACT, ROWS_MAX)
SIZES = sorted({rows + more for rows in EDGES for more in (-1, 0, 1)} | {sum(EDGES)})


@pytest.mark.parametrize("size", SIZES)
def test_however_many_rows_a_statement_takes_every_record_is_there_in_order(
    path: Path, size: int
) -> None:
    one = Written(path)
    one.put("unit", *(record("d", number) for number in range(size)))
    one.run()
    assert one.numbers() == list(range(size))
    assert one.writer.position.sequence == size
    assert one.told.good == ["unit"]


def test_everything_that_was_put_before_the_stop_is_written_and_told(path: Path) -> None:
    one = Written(path)
    for number in range(5):
        one.put(str(number), record("d", number))
    one.run()
    assert one.told.good == ["0", "1", "2", "3", "4"]
    assert one.numbers() == [0, 1, 2, 3, 4]


def test_what_is_pending_together_is_one_commit_and_one_report(path: Path) -> None:
    one = Written(path)
    for number in range(40):
        one.put(str(number), record("d", number))
    one.run()
    assert one.calls == [40]
    assert len(one.commits) == 1
    assert one.commits[0] > 0.0


def test_a_flood_is_cut_so_that_its_first_are_not_held_up_by_all(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "UNITS_MAX", 2)
    one = Written(path)
    for number in range(5):
        one.put(str(number), record("d", number))
    one.run()
    assert one.calls == [2, 2, 1]
    assert len(one.commits) == 3


def test_a_unit_of_nothing_is_told_without_a_commit(path: Path) -> None:
    one = Written(path)
    one.put("nothing")
    one.run()
    assert (one.told.good, one.commits) == (["nothing"], [])


def test_units_before_one_that_does_not_fit_are_kept_and_all_behind_it_are_refused(
    path: Path,
) -> None:
    one = Written(path)
    for name, number in (("a", 0), ("b", 1), ("gap", 3), ("behind", 2)):
        one.put(name, record("d", number))
    one.put("other", record("e", 0))
    one.run()
    assert one.told.outcomes[:2] == [("a", None), ("b", None)]
    assert one.told.bad == ["gap", "behind", "other"]
    assert "dialogue d was given number 3 and the next is 2" in reason(one)
    assert reason(one) == one.writer.broken
    assert one.numbers() == [0, 1]
    assert one.numbers("e") == []


def test_a_unit_is_taken_whole_or_not_at_all(path: Path) -> None:
    one = Written(path)
    one.put("torn", record("d", 0), record("d", 1), record("d", 3))
    one.run()
    assert one.told.bad == ["torn"]
    assert one.numbers() == []
    assert one.writer.position.sequence == 0


def test_after_a_failure_whoever_still_comes_gets_the_same_reason_and_nothing_is_written(
    path: Path, monkeypatch: pytest.MonkeyPatch, disarmed: None
) -> None:
    monkeypatch.setattr(writer, "UNITS_MAX", 1)
    faults.arm("before_commit=fail@2")
    one = Written(path)
    for number in range(4):
        one.put(str(number), record("d", number))
    one.run()
    assert (one.told.good, one.told.bad) == (["0"], ["1", "2", "3"])
    assert reason(one).startswith(f"{path}: [Errno 5]")
    assert len(one.commits) == 1
    assert one.numbers() == [0]
    causes = [broken.__cause__ for _, broken in one.told.outcomes if broken is not None]
    assert all(isinstance(cause, OSError) for cause in causes)


def test_a_snapshot_that_waits_when_it_breaks_is_told_so_too(path: Path, disarmed: None) -> None:
    faults.arm("before_commit=fail@1")
    one = Written(path)
    one.put("text", record("d", 0))
    one.keep("snapshot", Snapshot(0, b"state"))
    one.run()
    assert sorted(one.told.bad) == ["snapshot", "text"]
    assert all(isinstance(broken, JournalBroken) for _, broken in one.told.outcomes)


def test_a_snapshot_goes_on_to_its_last_piece_before_the_thread_ends(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("text911.gateway.journal.snapshots.PIECE", 10)
    one = Written(path)
    one.put("text", record("d", 0))
    one.run()
    two = Written(path)
    two.keep("snapshot", Snapshot(1, bytes(45)))
    two.run()
    assert two.told.good == ["snapshot"]
    assert len(two.commits) == 5
    with reading.reader(path) as connection:
        found = reading.latest_snapshot(connection, path, refuse_to_complain)
    assert found is not None
    assert found[0] == Snapshot(1, bytes(45))


def test_at_the_start_every_record_gets_its_place_slice_by_slice(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Written(path)
    for number in range(20):
        one.put(str(number), record("d", number), record("e", number))
    one.run()
    monkeypatch.setattr(writer, "INDEX_SLICE", 7)
    two = Written(path)
    two.put("next", record("d", 20))
    two.run()
    assert two.told.good == ["next"], "the next number is found by its place"
    with reading.reader(path) as connection:
        assert connection.execute("SELECT count(*) FROM places").fetchone()[0] >= 40
        assert reading.head(connection, path)[1] >= 40


def test_each_opening_goes_on_where_the_one_before_ended(path: Path) -> None:
    for number in range(3):
        one = Written(path)
        assert one.writer.position.sequence == number
        one.put("unit", record("d", number))
        one.run()
        assert one.told.good == ["unit"]
        assert one.numbers() == list(range(number + 1))
