"""A journal that is slow and honest: nothing is durable until the test says so, and it may break.

What was appended waits. `sync(n)` makes the first n units durable and tells their owners. `fail`
lets some of them land without telling which. `crash` is what the next process finds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from text911.gateway.journal.contract import Done, JournalBroken, Record, Snapshot, Stored


class SlowJournal:
    def __init__(self, stored: Sequence[Stored] = (), snapshot: Snapshot | None = None) -> None:
        self.stored = list(stored)
        self.snapshot = snapshot
        self.waiting: deque[tuple[tuple[Record, ...], Done]] = deque()
        self.broken = ""
        self.refuses_to_reopen = ""

    # --- what the engine asks ---

    def append(self, records: Sequence[Record], done: Done) -> None:
        if self.broken:
            raise JournalBroken(self.broken)
        self.waiting.append((tuple(records), done))

    def position(self) -> int:
        return len(self.stored) + sum(len(records) for records, _ in self.waiting)

    def reopen(self) -> None:
        if self.refuses_to_reopen:
            raise JournalBroken(self.refuses_to_reopen)
        self.broken = ""

    def read(self, after: int = 0) -> Iterator[Stored]:
        yield from self.stored[after:]

    def read_dialogue(self, dialogue: str) -> Sequence[Stored]:
        return [one for one in self.stored if one.record.dialogue == dialogue]

    def last_snapshot(self) -> Snapshot | None:
        return self.snapshot

    def save_snapshot(self, snapshot: Snapshot, done: Done) -> None:
        self.snapshot = snapshot
        done(None)

    def close(self) -> None:
        self.broken = "closed"

    # --- what the test does ---

    def _land(self, records: tuple[Record, ...]) -> None:
        for record in records:
            there = [one for one in self.stored if one.record.dialogue == record.dialogue]
            assert record.number == len(there), f"{record.dialogue} has a gap at {record.number}"
            last = self.stored[-1].record.at if self.stored else 0.0
            assert record.at >= last, "time went backwards in the journal"
            self.stored.append(Stored(1, len(self.stored) + 1, record, b""))

    def sync(self, units: int = 1_000_000) -> None:
        for _ in range(units):
            if not self.waiting:
                return
            records, done = self.waiting.popleft()
            self._land(records)
            done(None)

    def fail(self, landed: int = 0, why: str = "input/output error") -> None:
        """The handle is broken from now on; the first `landed` waiting units are there all the
        same. Nobody is told which."""
        self.broken = why
        waiting, self.waiting = self.waiting, deque()
        for at, (records, _) in enumerate(waiting):
            if at < landed:
                self._land(records)
        for _, done in waiting:
            done(JournalBroken(why))

    def crash(self, landed: int = 0) -> SlowJournal:
        """The power goes; the first `landed` waiting units had reached the disk."""
        for records, _ in list(self.waiting)[:landed]:
            self._land(records)
        self.waiting.clear()
        return SlowJournal(self.stored, self.snapshot)
