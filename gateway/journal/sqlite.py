"""The journal that is built in: one sqlite file in write-ahead logging, synced at every commit.

`append` costs the loop one entry in a list; what a busy turn of the loop has appended goes to the
writer's thread together, and to the disk in one commit. Everything else happens in that thread,
which hands all outcomes of a commit back in one call. It never answers before the disk has.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from math import inf
from pathlib import Path
from typing import Protocol

import structlog

from . import reading
from .contract import Done, JournalBroken, Record, Snapshot, Stored, Unawaited
from .opening import Complain, Found, Lock, open_for_writing
from .reading import Listed
from .snapshots import Keep
from .writer import Outcome, Unit, Writer

OnLoop = Callable[[Callable[[], None]], None]

# Units that are durable and of which the loop was not told, because nobody waits for them. To wake
# it for each would cost a turn for nothing; what they hold must not pile up.
UNTOLD_MAX = 256
# Units of one turn, at which the disk begins although the turn goes on: a quarter of a commit's.
GATHERED_MAX = 512
# Seconds. A unit that comes so soon behind another is one of many in this turn, and waits for its
# end; one that comes alone does not, for a turn more is a twentieth of what it costs.
CROWDED = 0.0005
# Seconds. What nobody waits for goes with what somebody waits for, or after so long by itself: a
# commit costs as much as ten records. A process that dies has lost it, as if it had died sooner.
LINGER = 0.02


class Loop(Protocol):
    """What is asked of an asyncio loop."""

    def time(self) -> float:
        """Seconds of a clock that never goes back."""
        ...

    def call_soon(self, callback: Callable[[], None], /) -> object:
        """In the next turn."""
        ...

    def call_later(self, delay: float, callback: Callable[[], None], /) -> object:
        """After so many seconds."""
        ...


def _log(message: str) -> None:
    structlog.get_logger().error("journal_complaint", message=message)


def _nobody_asks(_seconds: float) -> None:
    """How long commits take is of interest to operators only."""


class SqliteJournal:
    """Keeps what `contract.Journal` promises. All methods are called on the loop's thread; the
    reads may be called on any. `call_on_loop` is called in the writer's thread, at most once per
    commit. `loop`: the one whose turns are meant; without it each unit is on its way at once."""

    def __init__(
        self,
        path: Path,
        call_on_loop: OnLoop,
        complain: Complain = _log,
        committed: Callable[[float], None] = _nobody_asks,
        loop: Loop | None = None,
    ) -> None:
        """Open or create the journal; blocks for the check of the tail (see `opening`).

        `committed` is told, in the writer's thread, how many seconds each commit took.

        Raises JournalBroken when it cannot be written now (another process has it, it is newer
        than this program, no space, no permission), JournalDamaged when it is not what was written.
        """
        self._path = path
        self._call_on_loop = call_on_loop
        self._complain = complain
        self._committed = committed
        self._loop = loop
        self._gathered: list[Unit] = []  # taken, and not with the writer yet
        self._awaited_at = -inf  # the loop's seconds, of the last unit that somebody waits for
        self._ends_turn = False  # the next turn hands them over, because somebody waits
        self._lingers = False  # a timer does, because nobody may
        self._outcomes: deque[Outcome] = deque()
        self._closed = False
        self._found: Found | None = None  # what the opening has read, until it is asked for
        self._taken = 0  # the sequence of the last record that was appended
        self._lock = Lock(path)
        try:
            self._writer = self._started()
        except BaseException:
            self._lock.release()
            raise

    def append(self, records: Sequence[Record], done: Done) -> None:
        """See `contract.Journal.append`. A number that is not the dialogue's next one means that
        memory and store differ: that unit and all after it fail, those before it are stored."""
        unit = Unit(tuple(records), done)
        writer = self._ready()
        self._taken += len(unit.records)
        loop = self._loop
        if loop is None:
            writer.put([unit])
            return
        self._gathered.append(unit)
        if len(self._gathered) >= GATHERED_MAX:
            self._hand_over()
        elif type(done) is not Unawaited:
            before, self._awaited_at = self._awaited_at, loop.time()
            if self._awaited_at - before >= CROWDED:
                self._hand_over()
            elif not self._ends_turn:
                self._ends_turn = True
                loop.call_soon(self._turn_ends)
        elif not self._lingers:
            self._lingers = True
            loop.call_later(LINGER, self._lingered)

    def position(self) -> int:
        """See `contract.Journal.position`."""
        return self._taken

    def reopen(self) -> None:
        """See `contract.Journal.reopen`. Every outstanding `done` is called before it returns or
        raises; on a handle that is not broken it does nothing else. Raises JournalDamaged when
        something that was durable is not there any more."""
        if self._closed:
            raise JournalBroken(f"{self._path}: the journal was closed")
        if self._writer.broken is None:
            return
        self._hand_over()
        self._writer.stop()
        self._deliver()
        self._writer = self._started(self._writer)

    def read(self, after: int = 0) -> Iterator[Stored]:
        """See `contract.Journal.read`; the chain is checked on the way (JournalDamaged)."""
        found = self._found
        if found is not None and found.tail is not None and found.after == after:
            self._found = replace(found, tail=None)
            yield from found.tail
            after += len(found.tail)
        with reading.reader(self._path) as connection:
            yield from reading.walk(connection, self._path, after)

    def read_dialogue(self, dialogue: str) -> Sequence[Stored]:
        with reading.reader(self._path) as connection:
            return reading.dialogue_records(connection, self._path, dialogue)

    def dialogues(self, limit: int, since: float = 0.0) -> Sequence[Listed]:
        """The `limit` dialogues written to last and not before `since` (UTC seconds), latest
        first."""
        with reading.reader(self._path) as connection:
            return reading.listing(connection, self._path, limit, since)

    def last_snapshot(self) -> Snapshot | None:
        """The newest sound snapshot. A damaged one is complained about and passed over."""
        if self._found is not None and self._found.snapshot is not None:
            snapshot, self._found = self._found.snapshot, replace(self._found, snapshot=None)
            return snapshot
        with reading.reader(self._path) as connection:
            found = reading.latest_snapshot(connection, self._path, self._complain)
        return found[0] if found else None

    def save_snapshot(self, snapshot: Snapshot, done: Done) -> None:
        """Keep it, piece by piece between commits, and the one before it. It is written after the
        records it contains. Raises ValueError when it says to contain records never taken."""
        writer = self._ready()
        self._hand_over()
        if not 0 <= snapshot.up_to <= self._taken:
            raise ValueError(
                f"a snapshot up to {snapshot.up_to}: the last record taken is {self._taken}"
            )
        writer.put(Keep(snapshot, done))
        self._found = None

    def close(self) -> None:
        """Write what is pending, call every outstanding `done`, give the file free."""
        if self._closed:
            return
        self._closed = True
        self._hand_over()
        self._writer.stop()
        self._deliver()
        self._lock.release()

    def _ready(self) -> Writer:
        if self._closed:
            raise JournalBroken(f"{self._path}: the journal was closed")
        if self._writer.broken is not None:
            raise JournalBroken(self._writer.broken)
        return self._writer

    def _started(self, failed: Writer | None = None) -> Writer:
        known = failed.position if failed else None
        opened = open_for_writing(self._path, self._complain, known)
        try:
            writer = Writer(self._path, opened, self._report, self._committed)
            self._taken = opened.position.sequence
            self._found = opened.found
            writer.start()
        except reading.TROUBLE as error:
            opened.connection.close()
            raise reading.explained(error, self._path, "opening") from error
        except BaseException:
            opened.connection.close()
            raise
        return writer

    def _turn_ends(self) -> None:
        self._ends_turn = False
        self._hand_over()

    def _lingered(self) -> None:
        self._lingers = False
        self._hand_over()

    def _hand_over(self) -> None:
        """What was gathered is the writer's, in order; also one that is broken says so to all."""
        gathered, self._gathered = self._gathered, []
        if gathered:
            self._writer.put(gathered)

    def _report(self, outcomes: Sequence[Outcome]) -> None:
        untold = self._outcomes
        untold.extend(outcomes)
        for done, broken in outcomes:
            if broken is not None or type(done) is not Unawaited:
                self._call_on_loop(self._deliver)
                return
        if len(untold) >= UNTOLD_MAX:
            self._call_on_loop(self._deliver)

    def _deliver(self) -> None:
        """Everything there is, in order; a `done` may call us again. A fault in one `done` is
        raised in a turn of the loop of its own: the others must be told all the same."""
        while self._outcomes:
            done, outcome = self._outcomes.popleft()
            try:
                done(outcome)
            except Exception as fault:
                self._call_on_loop(partial(_again, fault))


def _again(fault: Exception) -> None:
    raise fault
