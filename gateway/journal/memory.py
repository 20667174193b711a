"""A journal in memory for the core's tests and for simulation. Deterministic: nothing happens by
itself, and it never pretends that anything survives the process.

It has the two layers that a disk has. What was appended is *volatile* until `sync` moves it to the
*durable* layer and calls `done`; `lose_power` forgets what is volatile; `fail` is the error after
which nobody knows how much of it landed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from ..faults import fault
from . import chain
from .chain import Position
from .contract import Done, JournalBroken, Record, Snapshot, Stored
from .reading import Listed, holds
from .snapshots import KEPT


class MemoryStore:
    """The durable layer: what is left when the journal on it is gone."""

    def __init__(self) -> None:
        self.epoch = 0
        self.records: list[Stored] = []
        self.snapshots: list[Snapshot] = []
        self.numbers: dict[str, int] = {}
        self.refuses: str | None = None  # why it takes nothing now: a full or a broken disk

    @property
    def position(self) -> Position:
        last = self.records[-1] if self.records else None
        return Position(last.sequence, last.hash) if last else Position()

    def take(self, epoch: int, records: Sequence[Record]) -> None:
        """One unit. Raises ValueError, and takes nothing, when a number is not the next one."""
        numbers = dict[str, int]()
        for record in records:
            expected = numbers.get(record.dialogue, self.numbers.get(record.dialogue, 0))
            if record.number != expected:
                raise ValueError(
                    f"dialogue {record.dialogue} was given number {record.number} and the next is"
                    f" {expected}: what is in memory is not what is stored, rebuild it from here"
                )
            numbers[record.dialogue] = expected + 1
        for record in records:
            at = self.position
            hashed = chain.hash_of(at.hash, epoch, at.sequence + 1, record)
            self.records.append(Stored(epoch, at.sequence + 1, record, hashed))
        self.numbers.update(numbers)


class MemoryJournal:
    """Keeps what `contract.Journal` promises, on a MemoryStore, when `sync` is called."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        """Raises JournalBroken when the store refuses."""
        self.store = store or MemoryStore()
        self._pending: deque[tuple[Sequence[Record] | Snapshot, Done]] = deque()
        self._broken: str | None = None
        self._open()

    def append(self, records: Sequence[Record], done: Done) -> None:
        self._ready()
        self._pending.append((tuple(records), done))

    def position(self) -> int:
        waiting = (len(item) for item, _ in self._pending if not isinstance(item, Snapshot))
        return self.store.position.sequence + sum(waiting)

    def save_snapshot(self, snapshot: Snapshot, done: Done) -> None:
        self._ready()
        last = self.position()
        if not 0 <= snapshot.up_to <= last:
            raise ValueError(f"a snapshot up to {snapshot.up_to}: the last record taken is {last}")
        self._pending.append((snapshot, done))

    def reopen(self) -> None:
        if self._broken is not None:
            self._tell_broken()
            self._open()

    def read(self, after: int = 0) -> Iterator[Stored]:
        yield from self.store.records[after:]

    def read_dialogue(self, dialogue: str) -> Sequence[Stored]:
        return [entry for entry in self.store.records if entry.record.dialogue == dialogue]

    def dialogues(self, limit: int, since: float = 0.0) -> Sequence[Listed]:
        """The `limit` dialogues written to last and not before `since`, latest first."""
        recent = [e.record.dialogue for e in reversed(self.store.records) if e.record.at >= since]
        whole = [self.read_dialogue(name) for name in list(dict.fromkeys(recent))[:limit]]
        return [
            Listed(of[0].record.dialogue, len(of), of[0].record.at, of[-1].record.at)
            for of in whole
        ]

    def last_snapshot(self) -> Snapshot | None:
        return self.store.snapshots[-1] if self.store.snapshots else None

    def close(self) -> None:
        if self._broken is None:
            self.sync()
        self._broken = "the journal was closed"
        self._tell_broken()

    # What a disk does, said by the test.

    @property
    def pending(self) -> int:
        """Units and snapshots that were taken and are not durable."""
        return len(self._pending)

    def sync(self, units: int | None = None) -> int:
        """Make the first `units` (all) of what is pending durable and call their `done`, in order.

        A `done` may append again: that waits for the next `sync`. Returns how many were told.
        When the store refuses, this is `fail` with its reason.
        """
        wanted = len(self._pending) if units is None else min(units, len(self._pending))
        if self.store.refuses is not None:
            self.fail(self.store.refuses)
            return 0
        if not wanted:
            return 0
        try:
            fault("before_commit")
        except OSError as error:
            self.fail(str(error))
            return 0
        landed: list[Done] = []
        refused: str | None = None
        for _ in range(wanted):
            item, done = self._pending[0]
            try:
                self._land(item)
            except ValueError as error:
                refused = str(error)
                break
            self._pending.popleft()
            landed.append(done)
        try:
            fault("after_commit_before_ack")
        except OSError as error:
            self._broken = str(error)
            for done in landed:
                done(JournalBroken(self._broken))
            self._tell_broken()
            return 0
        for done in landed:
            done(None)
        if refused is not None and self._broken is None:
            self.fail(refused)
        return len(landed)

    def fail(self, reason: str, landed: int = 0) -> None:
        """An input/output error: of what is pending the first `landed` became durable, but nobody
        is told which. Everything pending gets JournalBroken."""
        for item, _ in list(self._pending)[:landed]:
            self._land(item)
        self._broken = reason
        self._tell_broken()

    def lose_power(self, landed: int = 0) -> MemoryJournal:
        """The process is gone; nobody is told anything. The journal that the next one opens."""
        for item, _ in list(self._pending)[:landed]:
            self._land(item)
        self._pending.clear()
        self._broken = "the power was lost"
        return MemoryJournal(self.store)

    def is_sound(self) -> bool:
        """Whether the chain holds over everything durable."""
        previous = chain.GENESIS
        for entry in self.store.records:
            if not holds(previous, entry):
                return False
            previous = entry.hash
        return True

    def _open(self) -> None:
        if self.store.refuses is not None:
            raise JournalBroken(self.store.refuses)
        self.store.epoch += 1
        self._epoch = self.store.epoch
        self._broken = None

    def _ready(self) -> None:
        if self._broken is not None:
            raise JournalBroken(self._broken)

    def _land(self, item: Sequence[Record] | Snapshot) -> None:
        if isinstance(item, Snapshot):
            self.store.snapshots = [*self.store.snapshots, item][-KEPT:]
        else:
            self.store.take(self._epoch, item)

    def _tell_broken(self) -> None:
        reason = JournalBroken(self._broken)
        while self._pending:
            _, done = self._pending.popleft()
            done(reason)
