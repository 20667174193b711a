"""Replay: the same rules over the recorded facts, with a journal that only compares (DESIGN 9.8).

State and commands must come out as the digests in the record say. A difference is a value that
names its place; nothing here repairs or hides one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..journal.contract import Record
from .commands import Command, Question
from .dialogue import advance
from .encoding import VERSION, decode_fact, digest
from .facts import AnyFact, Entry, OwnFact, PolicyInForce
from .policy import Policy
from .state import Dialogue
from .values import DialogueId


@dataclass(frozen=True, slots=True)
class Replayed:
    """One entry, as it came out. `difference` is "" or a sentence."""

    entry: Entry
    cause: bytes
    state: Dialogue
    commands: tuple[Command, ...]
    questions: tuple[Question, ...]
    difference: str


def policies_in(records: Iterable[Record]) -> dict[str, Policy]:
    """The policies recorded in the gateway's own stream, by hash."""
    found: dict[str, Policy] = {}
    for record in records:
        fact, _ = decode_fact(record.payload)
        if isinstance(fact, PolicyInForce):
            found[fact.hash] = fact.policy
    return found


def replay(records: Iterable[Record], policies: dict[str, Policy]) -> Iterator[Replayed]:
    """`records` of one dialogue, in order. Raises KeyError for a policy that is not there, and
    msgspec.ValidationError for a payload that is no fact of ours."""
    state: Dialogue | None = None
    policy: Policy | None = None
    for expected, record in enumerate(records):
        fact, cause = decode_fact(record.payload)
        if isinstance(fact, OwnFact):
            raise ValueError(f"{type(fact).__name__} is not a fact of a dialogue")
        policy = policy or policies[_policy_hash(fact)]
        entry = Entry(DialogueId(record.dialogue), record.number, record.at, fact)
        step = advance(state, entry, policy)
        state = step.dialogue
        came_out = digest(state, step.commands, step.questions)
        difference = _difference(expected, record, came_out)
        yield Replayed(entry, cause, state, step.commands, step.questions, difference)


def _difference(expected: int, record: Record, came_out: bytes) -> str:
    if record.number != expected:
        return f"entry {record.number} where {expected} was expected: the record has a gap"
    if came_out == record.digest:
        return ""
    if record.version != VERSION:
        return (
            f"state or commands differ: recorded by rules version {record.version}, "
            f"replayed by version {VERSION}"
        )
    return "state or commands differ from what the gateway recorded at the time"


def _policy_hash(fact: AnyFact) -> str:
    return str(getattr(fact, "policy", ""))
