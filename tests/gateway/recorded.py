"""Stories played through the core, as a journal would hold them, and as recordings."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from text911.gateway.core.encoding import policy_hash, record_of
from text911.gateway.core.facts import GATEWAY, Entry, PolicyInForce
from text911.gateway.core.policy import Policy
from text911.gateway.core.values import DialogueId
from text911.gateway.journal.chain import GENESIS, hash_of
from text911.gateway.journal.contract import Record, Stored
from text911.gateway.recording import Recording, recording_of

from .core.stage import POLICY, T0, Play

OWN = record_of(
    Entry(GATEWAY, 0, T0, PolicyInForce(policy_hash(POLICY), POLICY)), b"", None, (), ()
)
Entries = list[tuple[bytes, Stored]]


class Recorded(Play):
    """A play whose dialogue names the policy it lives under by its real hash."""

    def __init__(self, name: str = "d-1", policy: Policy = POLICY) -> None:
        super().__init__(policy=policy)
        self.id = DialogueId(name)
        self.opening = msgspec.structs.replace(self.opening, policy=policy_hash(policy))

    def records(self, cause: bytes = b"octets") -> list[Record]:
        steps = zip(self.entries, self.steps, strict=True)
        return [record_of(entry, cause, *step) for entry, step in steps]


def chained(records: Sequence[Record]) -> Entries:
    """As a journal stores them one after another."""
    entries: Entries = []
    previous = GENESIS
    for sequence, record in enumerate(records, 1):
        own = hash_of(previous, 1, sequence, record)
        entries.append((previous, Stored(1, sequence, record, own)))
        previous = own
    return entries


def recorded(play: Recorded) -> Recording:
    entries = chained([OWN, *play.records()])
    return recording_of(play.id, entries[1:], entries[:1], "text911 test")
