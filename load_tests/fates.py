"""What became of texts by the record, whatever a page that was looked at showed of them.

A page folds, groups and loses its link; the record does not. Reads what a gateway has written.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Literal

from text911.gateway.core.commands import Show
from text911.gateway.core.encoding import decode_fact
from text911.gateway.core.facts import GATEWAY, AnyFact, CallerWrote, PsapShown, RepeatSuspected
from text911.gateway.core.replaying import Replayed, policies_in, replay
from text911.gateway.core.state import Over
from text911.gateway.journal import reading
from text911.gateway.journal.contract import Record

from .workload import identity

# A page acknowledged it; its sender was told that nobody reads it; its dialogue goes on; its
# dialogue is over without either; it is in no record. The last two are a text that vanished.
Fate = Literal["shown", "told", "open", "vanished", "not recorded"]


def fates_in(journal: Path, wanted: Collection[int], round_number: int) -> Counter[Fate]:
    """`fates` by a journal's file. Raises what `reading` raises."""
    with reading.reader(journal) as connection:
        records = (one.record for one in reading.walk(connection, journal, 0))
        return fates(records, wanted, round_number)


def fates(records: Iterable[Record], wanted: Collection[int], round_number: int) -> Counter[Fate]:
    """How many of the texts `wanted` (by index) met which fate. `records`: all of a journal."""
    by_dialogue: defaultdict[str, list[Record]] = defaultdict(list)
    concerned: set[str] = set()
    for record in records:
        by_dialogue[record.dialogue].append(record)
        fact, _ = decode_fact(record.payload)
        if _text_of(fact, round_number) in wanted:
            concerned.add(record.dialogue)
    policies = policies_in(by_dialogue[GATEWAY])
    found: dict[int, Fate] = {}
    for dialogue in concerned:
        found |= _fates(replay(by_dialogue[dialogue], policies), round_number)
    return Counter(found.get(index, "not recorded") for index in wanted)


def _fates(steps: Iterable[Replayed], round_number: int) -> dict[int, Fate]:
    lines: dict[int, int] = {}  # sequence -> index
    shown_to = told_from = -1
    over = False
    for step in steps:
        fact = step.entry.fact
        if isinstance(fact, PsapShown):
            shown_to = max(shown_to, fact.up_to)
        for command in step.commands:
            if isinstance(command, Show) and command.kind == "caller":
                lines[command.sequence] = _index(command.text, round_number)
            elif isinstance(command, Show) and command.kind == "automatic":
                told_from = command.sequence
        over = isinstance(step.state.phase, Over)

    def fate(sequence: int) -> Fate:
        if sequence <= shown_to:
            return "shown"
        if sequence < told_from:
            return "told"
        return "vanished" if over else "open"

    return {index: fate(sequence) for sequence, index in lines.items()}


def _text_of(fact: AnyFact, round_number: int) -> int:
    if isinstance(fact, CallerWrote | RepeatSuspected):
        return _index(fact.text, round_number)
    return -1


def _index(words: str, round_number: int) -> int:
    found = identity(words)
    return found[1] if found is not None and found[0] == round_number else -1
