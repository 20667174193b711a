"""What the journal says of every dialogue: read after the gateway has stopped, replayed, verified.

Reads the file only; the gateway that wrote it is not asked.
"""

from __future__ import annotations

from pathlib import Path

from ..core.facts import (
    GATEWAY,
    CallerRepeated,
    Opened,
    PsapAnswered,
    PsapShown,
    RepeatSuspected,
)
from ..core.replaying import Replayed, policies_in, replay
from ..core.state import Over
from ..journal import reading
from ..journal.contract import Record
from ..journal.verifying import verify
from .record import DialogueSeen


def dialogues(journal: Path) -> tuple[DialogueSeen, ...]:
    """Every dialogue in the order of opening. Raises JournalBroken or JournalDamaged."""
    streams: dict[str, list[Record]] = {}
    with reading.reader(journal) as connection:
        for stored in reading.walk(connection, journal, 0):
            streams.setdefault(stored.record.dialogue, []).append(stored.record)
    policies = policies_in(streams.pop(GATEWAY, []))
    return tuple(_seen(name, list(replay(stream, policies))) for name, stream in streams.items())


def soundness(journal: Path) -> tuple[str, int]:
    """("" or what is wrong, how many records are sound)."""
    verdict = verify(journal)
    return verdict.problem, verdict.records


def _seen(name: str, steps: list[Replayed]) -> DialogueSeen:
    first_shown = answered = bounced = abandoned = 0.0
    repeats = 0
    number = ""
    for step in steps:
        at = step.entry.at
        match step.entry.fact:
            case Opened(key=key, ani=ani):
                number = ani if key.is_call else key.number
            case PsapShown():
                first_shown = first_shown or at
            case PsapAnswered():
                answered = answered or at
            case CallerRepeated() | RepeatSuspected():
                repeats += 1
            case _:
                pass
        match step.state.phase:
            case Over("bounced"):
                bounced = bounced or at
            case Over("abandoned"):
                abandoned = abandoned or at
            case _:
                pass
    line = steps[-1].state.line
    replies = [(one.number, one.progress) for one in line.sent]
    replies += [(one.number, one.progress) for one in line.outbox]
    return DialogueSeen(
        dialogue=name,
        number=number,
        opened_at=steps[0].entry.at,
        first_shown_at=first_shown,
        answered_at=answered,
        bounced_at=bounced,
        abandoned_at=abandoned,
        replies=tuple(progress for _, progress in sorted(replies)),
        repeats=repeats,
        difference=next((step.difference for step in steps if step.difference), ""),
    )
