from __future__ import annotations

import pytest

from text911.gateway import faults
from text911.gateway.journal.contract import JournalBroken, Snapshot
from text911.gateway.journal.memory import MemoryJournal

from .conformance import Conformance, NewBench, Told, record


class MemoryBench:
    def __init__(self) -> None:
        self.journal = MemoryJournal()

    def settle(self) -> None:
        self.journal.sync()

    def break_disk(self) -> None:
        self.journal.store.refuses = "no space"

    def mend_disk(self) -> None:
        self.journal.store.refuses = None

    def restart(self) -> None:
        self.journal.close()
        self.journal = MemoryJournal(self.journal.store)

    def close(self) -> None:
        self.journal.close()


class TestMemoryJournal(Conformance):
    @pytest.fixture
    def new_bench(self) -> NewBench:
        return MemoryBench


def test_nothing_is_durable_before_the_sync() -> None:
    journal, told = MemoryJournal(), Told()
    journal.append([record("d", 0)], told.of("one"))
    assert list(journal.read()) == []
    assert journal.pending == 1
    assert journal.sync() == 1
    assert told.good == ["one"]


def test_a_sync_may_stop_in_between() -> None:
    journal, told = MemoryJournal(), Told()
    for number in range(4):
        journal.append([record("d", number)], told.of(str(number)))
    assert journal.sync(units=3) == 3
    assert told.good == ["0", "1", "2"]
    assert journal.pending == 1


@pytest.mark.parametrize("landed", [0, 1, 2])
def test_after_a_failure_anything_may_have_landed_and_nobody_knows(landed: int) -> None:
    journal, told = MemoryJournal(), Told()
    journal.append([record("d", 0), record("d", 1)], told.of("one"))
    journal.append([record("d", 2)], told.of("two"))
    journal.fail("input/output error", landed)
    assert told.bad == ["one", "two"]
    journal.reopen()
    assert [e.record.number for e in journal.read()] == [0, 1, 2][: (0, 2, 3)[landed]]
    assert journal.is_sound()


def test_power_loss_tells_nobody_and_keeps_what_was_synced() -> None:
    journal, told = MemoryJournal(), Told()
    journal.append([record("d", 0)], told.of("kept"))
    journal.sync()
    journal.append([record("d", 1)], told.of("landed"))
    journal.append([record("d", 2)], told.of("gone"))
    after = journal.lose_power(landed=1)
    assert told.outcomes == [("kept", None)]
    assert [e.record.number for e in after.read()] == [0, 1]
    assert [e.epoch for e in after.read()] == [1, 1]
    after.append([record("d", 2)], told.of("next"))
    after.sync()
    assert [e.epoch for e in after.read()] == [1, 1, 2]
    with pytest.raises(JournalBroken, match="power"):
        journal.append([record("d", 3)], told.of("ghost"))


def test_a_broken_journal_is_closed_without_a_sync() -> None:
    journal, told = MemoryJournal(), Told()
    journal.fail("input/output error")
    journal.close()
    assert list(journal.read()) == []
    assert told.outcomes == []


def test_what_has_landed_is_told_so_whatever_another_done_does() -> None:
    """All of a commit is durable before anybody is told, as in the journal on a disk."""
    journal, told = MemoryJournal(), Told()
    journal.append([record("d", 0)], lambda _: journal.fail("input/output error"))
    journal.append([record("d", 1)], told.of("second"))
    assert journal.sync() == 2
    assert told.good == ["second"]
    with pytest.raises(JournalBroken):
        journal.append([record("d", 2)], told.of("third"))


@pytest.mark.parametrize(
    ("point", "landed"), [("before_commit", 0), ("after_commit_before_ack", 1)]
)
def test_a_disk_that_fails_at_a_named_point_tells_everybody_no(point: str, landed: int) -> None:
    def fails(name: str) -> None:
        if name == point:
            raise OSError(f"at {name}")

    journal, told = MemoryJournal(), Told()
    journal.append([record("d", 0)], told.of("in the commit"))
    journal.append([record("d", 1)], told.of("behind it"))
    faults.replace(fails)
    try:
        assert journal.sync(1) == 0
    finally:
        faults.replace(None)
    assert told.bad == ["in the commit", "behind it"]
    assert len(journal.store.records) == landed
    journal.reopen()
    journal.append([record("d", landed)], told.of("after it"))
    journal.sync()
    assert told.good == ["after it"]


def test_a_changed_record_is_noticed() -> None:
    journal, told = MemoryJournal(), Told()
    journal.append([record("d", 0), record("d", 1)], told.of("one"))
    journal.sync()
    journal.store.records.pop(0)
    assert not journal.is_sound()


def test_dialogues_are_listed_latest_first() -> None:
    journal, told = MemoryJournal(), Told()
    journal.append([record("a", 0, at=1), record("b", 0, at=2), record("a", 1, at=3)], told.of(""))
    journal.append([record("c", 0, at=4)], told.of(""))
    journal.sync()
    assert [(x.dialogue, x.records) for x in journal.dialogues(2)] == [("c", 1), ("a", 2)]
    assert [x.dialogue for x in journal.dialogues(9, since=3)] == ["c", "a"]
    journal.save_snapshot(Snapshot(4, b"x"), told.of("snapshot"))
    journal.sync()
    assert journal.last_snapshot() == Snapshot(4, b"x")
