"""Whether the rules of today make of a record what the gateway made of it then (DESIGN 9.8).

Pure. The first difference is a value with its place. Rules that cannot be run over a record at all
are a difference too, never an exception: the record may be damaged, or the rules may have changed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from .core.commands import Forget
from .core.encoding import VERSION, decode_fact
from .core.facts import GATEWAY, PolicyInForce
from .core.policy import Policy
from .core.replaying import Replayed, replay
from .journal.contract import Record

# What the rules raise for a record they cannot be run over: a fact that is none, a policy that is
# not there, an assertion of theirs that does not hold.
CANNOT_READ = (msgspec.MsgspecError, UnicodeDecodeError)  # of a payload
CANNOT_RUN = (*CANNOT_READ, KeyError, ValueError, AssertionError)


@dataclass(frozen=True, slots=True)
class Difference:
    """`replayed` is what came out now; None when the rules could not be run."""

    dialogue: str
    number: int
    at: float
    fact: str  # its name, or "" when the record holds none
    sentence: str
    recorded_by: int  # version of the rules
    replayed: Replayed | None

    def in_words(self) -> str:
        fact = self.fact or "no fact of ours"
        return f"dialogue {self.dialogue}, entry {self.number} ({fact}): {self.sentence}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`entries`: as they came out, up to where the rules could be run. `first` difference, if any;
    `stopped`: the rules could not be run over the whole record."""

    entries: tuple[Replayed, ...]
    first: Difference | None
    stopped: bool


def compare(records: Sequence[Record], policies: dict[str, Policy]) -> Comparison:
    """One dialogue, its records in order."""
    run = Run(policies)
    entries: list[Replayed] = []
    first: Difference | None = None
    for record in records:
        one = run.hear(record)
        if isinstance(one, Difference):
            return Comparison(tuple(entries), first or one, stopped=True)
        entries.append(one)
        first = first or difference_of(record, one)
    return Comparison(tuple(entries), first, stopped=False)


class Run:
    """The rules over one dialogue, record by record as they come."""

    def __init__(self, policies: dict[str, Policy]) -> None:
        self._next: deque[Record] = deque()
        # `replay` draws one record for each entry it yields, so this never runs dry.
        self._replay = replay(iter(self._next.popleft, None), policies)

    def hear(self, record: Record) -> Replayed | Difference:
        """What came of it; a Difference when the rules could not be run. Nothing after that."""
        self._next.append(record)
        try:
            return next(self._replay)
        except CANNOT_RUN as error:
            return _not_run(record, error)


def difference_of(record: Record, one: Replayed) -> Difference | None:
    if not one.difference:
        return None
    name = type(one.entry.fact).__name__
    return Difference(
        record.dialogue, record.number, record.at, name, one.difference, record.version, one
    )


def compare_all(records: Iterable[Record]) -> Iterator[Difference | None]:
    """A whole journal in its own order, in one pass: the first difference of each dialogue, or
    None when it came out identical. A dialogue is told when it is forgotten, the rest at the end.

    Memory: the dialogues that are open at a moment of the record, and the names of those that
    differ."""
    policies: dict[str, Policy] = {}
    runs: dict[str, Run] = {}
    differ: set[str] = set()
    for record in records:
        if record.dialogue in differ:
            continue
        if record.dialogue == GATEWAY:
            found = _learn(policies, record)
            one = None
        else:
            # A record behind the end of a dialogue begins a new run, which says that it has a gap.
            run = runs.setdefault(record.dialogue, Run(policies))
            one = run.hear(record)
            found = one if isinstance(one, Difference) else difference_of(record, one)
        if found is not None:
            differ.add(record.dialogue)
            runs.pop(record.dialogue, None)
            yield found
        elif one is not None and _is_last(one):
            del runs[record.dialogue]
            yield None
    yield from (None for _ in runs)


def _learn(policies: dict[str, Policy], record: Record) -> Difference | None:
    try:
        fact, _ = decode_fact(record.payload)
    except CANNOT_READ as error:
        return _not_run(record, error)
    if isinstance(fact, PolicyInForce):
        policies[fact.hash] = fact.policy
    return None


def _is_last(one: Replayed | Difference) -> bool:
    """The engine writes nothing behind `Forget`."""
    return isinstance(one, Replayed) and any(isinstance(c, Forget) for c in one.commands)


def _not_run(record: Record, error: Exception) -> Difference:
    match error:
        case msgspec.MsgspecError() | UnicodeDecodeError():
            why = f"the payload is not a fact of ours: {error}"
        case KeyError():
            why = f"the policy {error} that it lives under is not in the record"
        case _:
            why = f"the rules cannot be run over it: {error}"
    try:
        fact = type(decode_fact(record.payload)[0]).__name__
    except CANNOT_READ:
        fact = ""
    why += f" (recorded by rules version {record.version}, replayed by version {VERSION})"
    return Difference(record.dialogue, record.number, record.at, fact, why, record.version, None)
