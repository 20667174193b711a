"""What holds for every journal. A test module subclasses `Conformance` and says how to build one.

A `Bench` is one store with a journal on it, and what the outside world may do to the two.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from text911.gateway.journal.chain import GENESIS, hash_of
from text911.gateway.journal.contract import Journal, JournalBroken, Record, Snapshot, Stored


class Bench(Protocol):
    @property
    def journal(self) -> Journal: ...

    def settle(self) -> None:
        """Return when every `done` of what was appended has been called."""
        ...

    def break_disk(self) -> None:
        """From now on the disk takes nothing."""
        ...

    def mend_disk(self) -> None: ...

    def restart(self) -> None:
        """Close the journal in good order, and open it again."""
        ...

    def close(self) -> None: ...


NewBench = Callable[[], Bench]


def record(dialogue: str, number: int, payload: bytes = b"text", at: float = 1.5) -> Record:
    return Record(dialogue, number, at, 1, b"digest", payload)


class Told:
    """What the journal said, in the order in which it said it."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[str, JournalBroken | None]] = []

    def of(self, name: str) -> Callable[[JournalBroken | None], None]:
        return lambda outcome: self.outcomes.append((name, outcome))

    @property
    def good(self) -> list[str]:
        return [name for name, outcome in self.outcomes if outcome is None]

    @property
    def bad(self) -> list[str]:
        return [name for name, outcome in self.outcomes if outcome is not None]


def stored(bench: Bench) -> list[Record]:
    return [entry.record for entry in bench.journal.read()]


def assert_chained(entries: list[Stored]) -> None:
    previous = GENESIS
    for sequence, entry in enumerate(entries, start=1):
        assert entry.sequence == sequence
        assert entry.hash == hash_of(previous, entry.epoch, entry.sequence, entry.record)
        previous = entry.hash


AT_MOST = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

PAYLOADS = st.binary(max_size=300)
TIMES = st.floats(allow_nan=False, allow_infinity=False)
NAMES = st.text(min_size=1, max_size=12, alphabet=st.characters(codec="utf-8"))


class Conformance:
    """Subclasses define the fixture `new_bench`."""

    def test_done_is_called_in_the_order_of_the_appends(self, new_bench: NewBench) -> None:
        bench, told = new_bench(), Told()
        for number in range(50):
            bench.journal.append([record("d", number)], told.of(str(number)))
        bench.settle()
        assert told.good == [str(number) for number in range(50)]
        assert [r.number for r in stored(bench)] == list(range(50))

    def test_done_is_never_called_inside_append(self, new_bench: NewBench) -> None:
        bench, told = new_bench(), Told()
        bench.journal.append([record("d", 0)], told.of("first"))
        assert told.outcomes == []
        bench.settle()
        assert told.good == ["first"]

    def test_a_done_may_append_again(self, new_bench: NewBench) -> None:
        bench, told = new_bench(), Told()

        def again(outcome: JournalBroken | None) -> None:
            told.of("first")(outcome)
            bench.journal.append([record("d", 1)], told.of("second"))

        bench.journal.append([record("d", 0)], again)
        bench.settle()
        bench.settle()
        assert told.good == ["first", "second"]

    def test_an_empty_unit_is_told_in_its_turn(self, new_bench: NewBench) -> None:
        bench, told = new_bench(), Told()
        bench.journal.append([record("d", 0)], told.of("first"))
        bench.journal.append([], told.of("nothing"))
        bench.journal.append([record("d", 1)], told.of("last"))
        bench.settle()
        assert told.good == ["first", "nothing", "last"]

    def test_what_was_appended_is_read_as_it_was_and_chained(self, new_bench: NewBench) -> None:
        @AT_MOST
        @given(st.lists(st.tuples(NAMES, PAYLOADS, TIMES), max_size=30))
        def holds_for(said: list[tuple[str, bytes, float]]) -> None:
            bench, told = new_bench(), Told()
            numbers: dict[str, int] = {}
            written: list[Record] = []
            for name, payload, at in said:
                number = numbers.get(name, 0)
                numbers[name] = number + 1
                written.append(Record(name, number, at, 7, payload[:16], payload))
                bench.journal.append([written[-1]], told.of("x"))
            bench.settle()
            entries = list(bench.journal.read())
            assert [entry.record for entry in entries] == written
            assert_chained(entries)
            for name in numbers:
                whole = [entry.record for entry in bench.journal.read_dialogue(name)]
                assert whole == [r for r in written if r.dialogue == name]
            bench.close()

        holds_for()

    def test_reading_begins_after_the_sequence_that_is_given(self, new_bench: NewBench) -> None:
        bench, told = new_bench(), Told()
        bench.journal.append([record("d", n) for n in range(10)], told.of("all"))
        bench.settle()
        assert [entry.sequence for entry in bench.journal.read(after=7)] == [8, 9, 10]
        assert list(bench.journal.read(after=10)) == []

    def test_a_dialogue_nobody_wrote_to_is_empty(self, new_bench: NewBench) -> None:
        assert list(new_bench().journal.read_dialogue("nobody")) == []

    @pytest.mark.parametrize("number", [0, 3, 9, -1])
    def test_a_number_that_is_not_the_next_breaks_the_handle_there(
        self, new_bench: NewBench, number: int
    ) -> None:
        bench, told = new_bench(), Told()
        bench.journal.append([record("d", 0), record("d", 1)], told.of("good"))
        bench.journal.append([record("e", 0), record("d", number)], told.of("bad"))
        bench.settle()
        assert told.good == ["good"]
        assert told.bad == ["bad"]
        assert "dialogue d" in str(told.outcomes[-1][1])
        assert "next is 2" in str(told.outcomes[-1][1])
        with pytest.raises(JournalBroken):
            bench.journal.append([record("e", 0)], told.of("refused"))
        bench.journal.reopen()
        assert stored(bench) == [record("d", 0), record("d", 1)]  # of the bad unit nothing
        bench.journal.append([record("d", 2), record("e", 0)], told.of("again"))
        bench.settle()
        assert told.good == ["good", "again"]

    def test_numbers_are_dense_over_a_restart(self, new_bench: NewBench) -> None:
        bench, told = new_bench(), Told()
        bench.journal.append([record("d", 0)], told.of("first"))
        bench.settle()
        bench.restart()
        bench.journal.append([record("d", 0)], told.of("again"))
        bench.settle()
        assert told.bad == ["again"]
        bench.journal.reopen()
        bench.journal.append([record("d", 1)], told.of("next"))
        bench.settle()
        assert told.good == ["first", "next"]

    def test_each_opening_has_its_own_epoch_and_the_sequence_goes_on(
        self, new_bench: NewBench
    ) -> None:
        bench, told = new_bench(), Told()
        for number in range(3):
            bench.journal.append([record("d", number)], told.of(str(number)))
            bench.settle()
            bench.restart()
        entries = list(bench.journal.read())
        assert [entry.sequence for entry in entries] == [1, 2, 3]
        epochs = [entry.epoch for entry in entries]
        assert epochs == sorted(set(epochs))
        assert_chained(entries)

    def test_snapshot_and_tail_are_all_there_is(self, new_bench: NewBench) -> None:
        bench, told = new_bench(), Told()
        assert bench.journal.last_snapshot() is None
        bench.journal.append([record("d", n) for n in range(5)], told.of("records"))
        bench.settle()
        bench.journal.save_snapshot(Snapshot(5, b"state" * 200_000), told.of("snapshot"))
        bench.journal.append([record("d", 5)], told.of("tail"))
        bench.settle()
        assert sorted(told.good) == ["records", "snapshot", "tail"]
        bench.restart()
        assert bench.journal.last_snapshot() == Snapshot(5, b"state" * 200_000)
        assert [e.record.number for e in bench.journal.read(after=5)] == [5]

    def test_the_latest_snapshot_counts(self, new_bench: NewBench) -> None:
        bench, told = new_bench(), Told()
        bench.journal.append([record("d", n) for n in range(5)], told.of("records"))
        bench.settle()
        for up_to in range(6):
            bench.journal.save_snapshot(Snapshot(up_to, bytes([up_to])), told.of(str(up_to)))
            bench.settle()
            assert bench.journal.last_snapshot() == Snapshot(up_to, bytes([up_to]))
        assert bench.journal.last_snapshot() == Snapshot(5, b"\5")

    def test_the_position_counts_what_was_taken_and_a_snapshot_up_to_it_comes_behind_it(
        self, new_bench: NewBench
    ) -> None:
        bench, told = new_bench(), Told()
        assert bench.journal.position() == 0
        bench.journal.append([record("d", n) for n in range(3)], told.of("records"))
        assert bench.journal.position() == 3  # durable or not
        bench.journal.save_snapshot(Snapshot(3, b"state"), told.of("snapshot"))
        bench.settle()
        assert told.good == ["records", "snapshot"]
        bench.restart()
        assert bench.journal.position() == 3
        assert bench.journal.last_snapshot() == Snapshot(3, b"state")

    def test_a_snapshot_of_records_that_failed_fails_with_them(self, new_bench: NewBench) -> None:
        bench, told = new_bench(), Told()
        bench.journal.append([record("d", 0)], told.of("records"))
        bench.settle()
        bench.break_disk()
        bench.journal.append([record("d", 1)], told.of("lost"))
        try:
            bench.journal.save_snapshot(Snapshot(2, b"state"), told.of("lost too"))
        except JournalBroken:  # the failure may have been known by then
            told.of("lost too")(JournalBroken())
        bench.settle()
        assert told.bad == ["lost", "lost too"]
        bench.mend_disk()
        bench.journal.reopen()
        assert bench.journal.last_snapshot() is None
        assert bench.journal.position() == len(stored(bench))

    @pytest.mark.parametrize("up_to", [-1, 2, 100])
    def test_a_snapshot_of_what_was_never_appended_is_our_mistake(
        self, new_bench: NewBench, up_to: int
    ) -> None:
        bench, told = new_bench(), Told()
        bench.journal.append([record("d", 0)], told.of("one"))
        bench.settle()
        with pytest.raises(ValueError, match=f"up to {up_to}"):
            bench.journal.save_snapshot(Snapshot(up_to, b""), told.of("snapshot"))

    def test_a_broken_disk_tells_everybody_and_takes_nothing(self, new_bench: NewBench) -> None:
        bench, told = new_bench(), Told()
        bench.journal.append([record("d", 0)], told.of("before"))
        bench.settle()
        bench.break_disk()
        for number in (1, 2):
            bench.journal.append([record("d", number)], told.of(f"lost {number}"))
        bench.settle()
        assert told.good == ["before"]
        assert told.bad == ["lost 1", "lost 2"]
        with pytest.raises(JournalBroken):
            bench.journal.append([record("d", 1)], told.of("refused"))
        with pytest.raises(JournalBroken):
            bench.journal.save_snapshot(Snapshot(0, b""), told.of("refused"))
        with pytest.raises(JournalBroken):
            bench.journal.reopen()
        bench.mend_disk()
        with pytest.raises(JournalBroken):  # a failed handle is never used again by itself
            bench.journal.append([record("d", 1)], told.of("refused"))
        bench.journal.reopen()
        there = stored(bench)
        assert there[0] == record("d", 0)
        bench.journal.append([record("d", len(there))], told.of("after"))
        bench.settle()
        assert told.good == ["before", "after"]
        assert len(stored(bench)) == len(there) + 1
        assert_chained(list(bench.journal.read()))

    def test_reopening_a_sound_journal_changes_nothing(self, new_bench: NewBench) -> None:
        bench, told = new_bench(), Told()
        bench.journal.append([record("d", 0)], told.of("first"))
        bench.journal.reopen()
        bench.settle()
        assert told.good == ["first"]

    def test_closing_writes_what_is_pending_and_then_takes_nothing(
        self, new_bench: NewBench
    ) -> None:
        bench, told = new_bench(), Told()
        bench.journal.append([record("d", 0)], told.of("pending"))
        bench.journal.close()
        assert told.good == ["pending"]
        with pytest.raises(JournalBroken, match="closed"):
            bench.journal.append([record("d", 1)], told.of("late"))
        bench.restart()
        assert stored(bench) == [record("d", 0)]
