"""What one turn of the loop appends goes to the disk together, and what nobody waits for waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from threading import Event

import pytest

from text911.gateway import faults
from text911.gateway.journal import sqlite
from text911.gateway.journal.contract import Snapshot, Unawaited
from text911.gateway.journal.sqlite import SqliteJournal

from .bench import STUCK_AFTER, Counted, SqliteBench
from .conformance import Conformance, NewBench, Told, record


class Turning:
    """A loop that turns when it is told to. `due`: (after how many seconds, what). No time passes
    but what a test adds to `now`."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.due: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_soon(self, callback: Callable[[], None], /) -> None:
        self.due.append((0.0, callback))

    def call_later(self, delay: float, callback: Callable[[], None], /) -> None:
        self.due.append((delay, callback))

    def turn(self) -> None:
        """All that is due, however long it would have to wait."""
        due, self.due = self.due, []
        for _, what in due:
            what()


class Turns(SqliteBench):
    """A real journal on such a loop."""

    def __init__(self, path: Path) -> None:
        self.loop = Turning()
        super().__init__(path)

    def _open(self) -> Counted:
        return Counted(self.path, self.calls.put, self.complaints.append, loop=self.loop)

    def settle(self) -> None:
        while self.journal.outstanding:
            if self.loop.due:
                self.loop.turn()
            else:
                self.calls.get(timeout=STUCK_AFTER)()


class TestGatheringJournal(Conformance):
    @pytest.fixture
    def new_bench(self, tmp_path: Path) -> Iterator[NewBench]:
        built: list[SqliteBench] = []
        names = count()

        def new() -> SqliteBench:
            built.append(Turns(tmp_path / f"{next(names)}" / "journal"))
            return built[-1]

        yield new
        for bench in built:
            bench.mend_disk()
            bench.close()


@pytest.fixture
def turns(tmp_path: Path) -> Iterator[Turns]:
    turns = Turns(tmp_path / "journal")
    yield turns
    turns.close()


@pytest.fixture
def disarmed() -> Iterator[None]:
    yield
    faults.replace(None)


class Awaiting:
    """A journal, what it was told to do later, and what was told."""

    def __init__(self, path: Path) -> None:
        self.told = Told()
        self.commits: list[float] = []
        self.calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.loop = Turning()
        self.journal = SqliteJournal(
            path, self.calls.put, committed=self.commits.append, loop=self.loop
        )

    def crowd(self) -> None:
        """Somebody waited for a unit just now; it is out of the way."""
        self.journal.append([], lambda _: None)
        self.calls.get(timeout=STUCK_AFTER)()

    def append(self, number: int, *, awaited: bool = True) -> None:
        done = self.told.of(str(number))
        self.journal.append([record("d", number)], done if awaited else Unawaited(done))


def test_the_units_of_one_turn_are_one_commit(tmp_path: Path) -> None:
    one = Awaiting(tmp_path / "journal")
    one.crowd()
    for number in range(40):
        one.append(number)
    ((seconds, turn),) = one.loop.due  # asked for once, whatever there is
    assert seconds == 0.0
    turn()
    one.journal.close()
    assert one.told.good == [str(number) for number in range(40)]
    assert len(one.commits) == 1


def test_one_that_comes_alone_goes_at_once_with_what_nobody_waits_for(tmp_path: Path) -> None:
    one = Awaiting(tmp_path / "journal")
    for number in (0, 2):
        one.append(number, awaited=False)
        one.append(number + 1)
        one.calls.get(timeout=STUCK_AFTER)()  # although no turn has ended
        one.loop.now += 2 * sqlite.CROWDED
    assert one.told.good == ["0", "1", "2", "3"]
    one.journal.close()
    assert len(one.commits) == 2


def test_the_next_turn_is_asked_for_again(tmp_path: Path) -> None:
    one = Awaiting(tmp_path / "journal")
    one.crowd()
    one.append(0)
    one.loop.due.pop()[1]()
    one.append(1)
    one.loop.due.pop()[1]()
    one.journal.close()
    assert one.told.good == ["0", "1"]


def test_what_nobody_waits_for_goes_with_what_somebody_waits_for(tmp_path: Path) -> None:
    one = Awaiting(tmp_path / "journal")
    one.crowd()
    one.append(0, awaited=False)
    one.append(1, awaited=False)
    one.append(2)
    assert [seconds for seconds, _ in one.loop.due] == [sqlite.LINGER, 0.0]
    one.loop.due[1][1]()
    one.loop.due[0][1]()  # finds nothing any more
    one.journal.close()
    assert one.told.good == ["0", "1", "2"]
    assert len(one.commits) == 1


def test_what_nobody_waits_for_goes_by_itself_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "UNTOLD_MAX", 1)
    one = Awaiting(tmp_path / "journal")
    for number in range(2):  # the second time as the first
        one.append(number, awaited=False)
        ((seconds, linger),) = one.loop.due
        assert seconds == sqlite.LINGER
        one.loop.due.clear()
        linger()
        one.calls.get(timeout=STUCK_AFTER)()
        assert len(one.told.good) == number + 1
    one.journal.close()


def test_a_turn_without_end_does_not_hold_the_disk_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "GATHERED_MAX", 3)
    one = Awaiting(tmp_path / "journal")
    one.crowd()
    for number in range(3):
        one.append(number)
    one.calls.get(timeout=STUCK_AFTER)()  # although no turn has ended
    assert one.told.good == ["0", "1", "2"]
    one.journal.close()
    assert len(one.commits) == 1


def test_a_snapshot_comes_behind_the_records_of_its_turn(turns: Turns) -> None:
    told = Told()
    turns.journal.append([record("d", 0)], told.of("record"))
    turns.journal.save_snapshot(Snapshot(1, b"state"), told.of("snapshot"))
    turns.settle()
    assert told.good == ["record", "snapshot"]


def test_the_end_writes_what_no_turn_has_handed_over(turns: Turns) -> None:
    told = Told()
    turns.journal.append([record("d", 0)], told.of("0"))
    turns.journal.append([record("d", 1)], Unawaited(told.of("1")))
    turns.journal.close()
    assert told.good == ["0", "1"]


def test_what_was_gathered_when_the_disk_failed_is_told_before_the_journal_goes_on(
    tmp_path: Path, disarmed: None
) -> None:
    entered, go_on = Event(), Event()

    def fails(name: str) -> None:
        if name == "before_commit":
            entered.set()
            go_on.wait()
            raise OSError(5, "input/output error")

    one = Awaiting(tmp_path / "journal")
    one.crowd()
    faults.replace(fails)
    one.append(0)
    one.loop.due.pop()[1]()
    entered.wait()
    one.append(1)  # nobody knows yet
    go_on.set()
    one.calls.get(timeout=STUCK_AFTER)()
    assert one.told.bad == ["0"]
    faults.replace(None)
    one.journal.reopen()
    assert one.told.bad == ["0", "1"]
    one.append(0)
    one.journal.close()
    assert one.told.good == ["0"]
