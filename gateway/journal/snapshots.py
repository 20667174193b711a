"""Writing snapshots, a piece per commit, so that a large one never holds up a text.

A snapshot exists once its row in `snapshots` does, which comes with its last piece; pieces without
a row are left-overs and are cleared when nothing else is to do.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from msgspec import Struct

from ..faults import fault
from . import chain
from .chain import Position
from .contract import Done, JournalDamaged, Snapshot
from .reading import hash_at

PIECE = 262_144  # octets per commit: under a millisecond on a common disk
KEPT = 2  # a damaged one still leaves one that shortens the replay
CLEARED_AT_ONCE = 4  # pieces per turn


class Hashing(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class Keep(Struct, frozen=True, gc=False):
    snapshot: Snapshot
    done: Done


@dataclass(slots=True)
class _Begun:
    keep: Keep
    ident: int
    up_to: Position
    hashed: Hashing
    part: int = 0

    @property
    def octets(self) -> bytes:
        return self.keep.snapshot.state[self.part * PIECE : (self.part + 1) * PIECE]

    @property
    def last(self) -> bool:
        return (self.part + 1) * PIECE >= len(self.keep.snapshot.state)


class SnapshotWriter:
    """Used by the writer's thread only, on its connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute
        self._connection = connection
        self._waiting: deque[Keep] = deque()
        self._begun: _Begun | None = None
        self._left_over = True  # a crash may have left pieces

    @property
    def busy(self) -> bool:
        return self._begun is not None or bool(self._waiting)

    @property
    def untidy(self) -> bool:
        return self._left_over and not self.busy

    def add(self, keep: Keep) -> None:
        self._waiting.append(keep)

    def write_piece(self) -> None:
        """Within the writer's transaction. `committed` must follow when that has ended well."""
        if self._begun is None:
            self._begun = self._begin(self._waiting.popleft())
        begun = self._begun
        state = begun.keep.snapshot.state
        begun.hashed.update(begun.octets)
        self._run(
            "INSERT INTO snapshot_parts VALUES (?, ?, ?)", (begun.ident, begun.part, begun.octets)
        )
        if begun.last:
            self._run(
                "INSERT INTO snapshots VALUES (?, ?, ?, ?, ?)",
                (
                    begun.ident,
                    begun.up_to.sequence,
                    begun.up_to.hash,
                    len(state),
                    begun.hashed.digest(),
                ),
            )
            self._run("DELETE FROM snapshots WHERE id <= ?", (begun.ident - KEPT,))

    def _begin(self, keep: Keep) -> _Begun:
        (last,) = self._run("SELECT max(id) FROM snapshots").fetchone()
        ident = (last or 0) + 1
        self._run("DELETE FROM snapshot_parts WHERE snapshot >= ?", (ident,))
        chained = hash_at(self._connection, keep.snapshot.up_to)
        if chained is None:
            raise JournalDamaged(f"record {keep.snapshot.up_to} is missing")
        position = Position(keep.snapshot.up_to, chained)
        hashed = sha256(chain.snapshot_prefix(position, len(keep.snapshot.state)))
        return _Begun(keep, ident, position, hashed)

    def committed(self) -> Done | None:
        """The piece is durable; the answer is whom to tell when it was the last one."""
        begun = self._begun
        if begun is None:
            return None
        if not begun.last:
            begun.part += 1
            return None
        self._begun = None
        self._left_over = True
        return begun.keep.done

    def clear(self) -> None:
        """Remove a few pieces that belong to no snapshot."""
        fault("after_snapshot_before_prune")
        removed = self._run(
            "DELETE FROM snapshot_parts WHERE rowid IN (SELECT rowid FROM snapshot_parts"
            " WHERE snapshot NOT IN (SELECT id FROM snapshots) LIMIT ?)",
            (CLEARED_AT_ONCE,),
        )
        self._left_over = removed.rowcount > 0

    def give_up(self) -> Sequence[Done]:
        """Everybody who waits for a snapshot, to be told that it failed."""
        dones = [self._begun.keep.done] if self._begun else []
        dones.extend(keep.done for keep in self._waiting)
        self._begun = None
        self._waiting.clear()
        return dones
