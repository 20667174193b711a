"""What the gateway asks of a store: append, read, snapshot. Nothing outside knows which it is.

One conformance suite (`tests/gateway/journal/conformance.py`) holds for every implementation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct


class Record(Struct, frozen=True, gc=False):
    """What the engine hands in. `payload` is opaque here (the encoded fact and the raw octets that
    caused it), so that it can be ciphertext one day. `digest` is the core's digest of (state after,
    commands) and `version` the core's version (DESIGN 9.8)."""

    dialogue: str
    number: int  # dense within the dialogue, from 0
    at: float  # UTC seconds
    version: int
    digest: bytes
    payload: bytes


class Stored(Struct, frozen=True, gc=False):
    """A record with its identity and its place in the chain (DESIGN 9.9)."""

    epoch: int  # one per opening of the store for writing
    sequence: int  # dense within the store, from 1
    record: Record
    hash: bytes  # SHA-256(0x00, previous hash, length-prefixed header, payload)


class Snapshot(Struct, frozen=True, gc=False):
    """`up_to` is the sequence of the last record that `state` contains."""

    up_to: int
    state: bytes


class JournalBroken(Exception):
    """The store cannot take records now. The message is a sentence for the operator."""


class JournalDamaged(Exception):
    """What is stored is not what was written. Never ignored; the message says what and where."""


Done = Callable[[JournalBroken | None], None]


class Unawaited(Struct, frozen=True, gc=False):
    """A `done` for whose success nobody waits: that may be told late, together with the next one
    that somebody waits for. A failure is told at once, and the order is kept."""

    done: Done

    def __call__(self, broken: JournalBroken | None) -> None:
        self.done(broken)


class Journal(Protocol):
    def append(self, records: Sequence[Record], done: Done) -> None:
        """Take `records` as one indivisible unit; return at once. `done(None)` is called on the
        loop once they would survive a power cut, in the order of the appends (see `Unawaited`).
        `done(JournalBroken)`: the outcome is unknown; every later append of this handle fails too
        (raises JournalBroken) until `reopen` succeeded. Raises JournalBroken, and takes nothing,
        when the handle is broken."""
        ...

    def position(self) -> int:
        """The sequence of the last record that `append` has taken, durable or not yet: what a
        snapshot of the state at this moment is `up_to`."""
        ...

    def reopen(self) -> None:
        """After a failure: a new handle on the store, verified. Raises JournalBroken if it still
        cannot write. Everything that reads afterwards sees what really is there."""
        ...

    def read(self, after: int = 0) -> Iterator[Stored]:
        """Everything with a sequence greater than `after`, in order."""
        ...

    def read_dialogue(self, dialogue: str) -> Sequence[Stored]: ...

    def last_snapshot(self) -> Snapshot | None: ...

    def save_snapshot(self, snapshot: Snapshot, done: Done) -> None:
        """Kept in order with the appends: durable only after the records it contains."""
        ...

    def close(self) -> None: ...
