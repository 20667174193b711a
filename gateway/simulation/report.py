"""What a run of seeds has come to, in words: for a person, or as JSON for a program."""

from __future__ import annotations

from collections.abc import Iterator

from .storm import Outcome, run


def seeds(first: int, count: int) -> Iterator[Outcome]:
    for seed in range(first, first + count):
        yield run(seed)


def story(outcome: Outcome) -> list[str]:
    """The lines a failing seed prints: what broke, what came before, how to see it again."""
    return [
        f"seed {outcome.seed}: a promise is broken: {outcome.broken}",
        f"faults of this seed: {', '.join(outcome.faults) or 'none'}",
        f"the last {len(outcome.last)} of {outcome.events} events:",
        *(f"  {line}" for line in outcome.last),
        f"run it again: text911 simulate --seeds 1 --from {outcome.seed}",
    ]


def as_values(outcome: Outcome) -> dict[str, object]:
    """One outcome for JSON. Events only where a promise was broken."""
    values: dict[str, object] = {
        "seed": outcome.seed,
        "broken": outcome.broken,
        "trace_hash": outcome.trace_hash,
        "events": outcome.events,
        "records": outcome.records,
        "seconds": round(outcome.seconds, 3),
        "faults": list(outcome.faults),
    }
    if outcome.broken:
        values["last"] = list(outcome.last)
    return values
