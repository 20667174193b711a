"""Snapshots piece by piece: whole with the last piece, told once, and nothing left lying about."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from text911.gateway.journal import reading, schema, snapshots
from text911.gateway.journal.chain import GENESIS
from text911.gateway.journal.contract import JournalDamaged, Snapshot
from text911.gateway.journal.snapshots import CLEARED_AT_ONCE, KEPT, Keep, SnapshotWriter

from .conformance import Told


class Store:
    """The tables in memory, with one record whose hash is known, and a writer's turns."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        schema.create(connection)
        row = (1, 1, "d", 0, 0.0, 1, b"", b"", b"hash of record 1")
        connection.execute(f"INSERT INTO records VALUES ({', '.join('?' * 9)})", row)
        self.writer = SnapshotWriter(connection)
        self.told = Told()

    def add(self, name: str, state: bytes, up_to: int = 1) -> None:
        self.writer.add(Keep(Snapshot(up_to, state), self.told.of(name)))

    def turn(self) -> None:
        """What the writer's thread does with one commit."""
        self.writer.write_piece()
        done = self.writer.committed()
        if done is not None:
            done(None)

    def finish(self) -> int:
        turns = 0
        while self.writer.busy:
            self.turn()
            turns += 1
        return turns

    def clear(self) -> None:
        while self.writer.untidy:
            self.writer.clear()

    def kept(self) -> Snapshot | None:
        found = reading.latest_snapshot(self.connection, Path("journal"), self.complain)
        return None if found is None else found[0]

    @staticmethod
    def complain(words: str) -> None:
        raise AssertionError(words)

    def pieces(self) -> list[tuple[int, int]]:
        return self.connection.execute(
            "SELECT snapshot, part FROM snapshot_parts ORDER BY snapshot, part"
        ).fetchall()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(snapshots, "PIECE", 10)
    connection = sqlite3.connect(":memory:", isolation_level=None)
    yield Store(connection)
    connection.close()


@pytest.mark.parametrize(("size", "pieces"), [(0, 1), (1, 1), (9, 1), (10, 1), (11, 2), (30, 3)])
def test_a_snapshot_takes_as_many_turns_as_it_has_pieces_and_is_read_back_whole(
    store: Store, size: int, pieces: int
) -> None:
    state = bytes(range(size))
    store.add("one", state)
    assert store.finish() == pieces
    assert store.kept() == Snapshot(1, state)
    assert store.told.good == ["one"]


def test_before_its_last_piece_there_is_no_snapshot_and_nobody_is_told(store: Store) -> None:
    store.add("one", bytes(25))
    for _ in range(2):
        store.turn()
        assert store.kept() is None
        assert store.told.outcomes == []
    store.turn()
    assert store.kept() == Snapshot(1, bytes(25))


def test_a_snapshot_of_nothing_at_all_is_bound_to_the_beginning(store: Store) -> None:
    store.add("empty", b"", up_to=0)
    store.finish()
    assert store.kept() == Snapshot(0, b"")
    assert store.connection.execute("SELECT chain FROM snapshots").fetchone() == (GENESIS,)


def test_those_that_wait_are_written_one_after_another(store: Store) -> None:
    for name in ("one", "two", "three"):
        store.add(name, name.encode() * 5)
    assert store.finish() == 2 + 2 + 3
    assert store.told.good == ["one", "two", "three"]
    assert store.kept() == Snapshot(1, b"three" * 5)


def test_a_snapshot_of_a_record_that_is_not_there_is_refused_in_words(store: Store) -> None:
    store.add("one", b"state", up_to=7)
    with pytest.raises(JournalDamaged, match="record 7 is missing"):
        store.writer.write_piece()
    assert store.pieces() == []


def test_only_the_last_ones_are_kept_and_the_pieces_of_older_ones_go(store: Store) -> None:
    for number in range(KEPT + 3):
        store.add(str(number), bytes([number]) * 25)
    store.finish()
    rows = store.connection.execute("SELECT id FROM snapshots ORDER BY id").fetchall()
    assert len(rows) == KEPT
    store.clear()
    assert {snapshot for snapshot, _ in store.pieces()} == {ident for (ident,) in rows}
    assert store.kept() == Snapshot(1, bytes([KEPT + 2]) * 25)


def test_what_a_crash_left_is_cleared_a_few_pieces_at_a_time_when_nothing_is_to_do(
    store: Store,
) -> None:
    store.add("cut off", bytes(10 * (CLEARED_AT_ONCE + 2)))
    for _ in range(CLEARED_AT_ONCE + 1):
        store.writer.write_piece()
        assert store.writer.committed() is None
    assert not store.writer.untidy, "it is still being written"
    store.writer = SnapshotWriter(store.connection)
    assert store.writer.untidy, "a crash may have left pieces"
    store.writer.clear()
    assert len(store.pieces()) == 1
    store.clear()
    assert store.pieces() == []


def test_pieces_a_crash_left_are_never_taken_for_those_of_the_next_snapshot(store: Store) -> None:
    store.add("cut off", b"x" * 35)
    store.turn()
    store.turn()
    store.writer = SnapshotWriter(store.connection)
    store.add("next", b"y" * 5)
    store.finish()
    assert store.pieces() == [(1, 0)]
    assert store.kept() == Snapshot(1, b"y" * 5)


def test_who_waits_when_it_is_given_up_is_named_once_and_in_order(store: Store) -> None:
    for name in ("begun", "waiting", "last"):
        store.add(name, bytes(25))
    store.turn()
    for done in store.writer.give_up():
        done(None)
    assert store.told.good == ["begun", "waiting", "last"]
    assert not store.writer.busy
    assert store.writer.give_up() == []
    assert store.writer.committed() is None


def test_who_waits_while_nothing_was_begun_is_given_up_too(store: Store) -> None:
    store.add("waiting", b"state")
    assert len(store.writer.give_up()) == 1
