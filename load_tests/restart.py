"""How long the gateway needs to know everything again: full replay, and snapshot with the tail.

    python -m load_tests.restart [--dialogues 10000] [--texts 8] [--json]

A real engine fills a real journal: `--dialogues` open dialogues, each ringing with `--texts` texts
(one record for the opening, for each text, for the location and for the route). Then an engine is
restored from it twice. The budget of DESIGN 7 (100,000 dialogues, 1,000,000 records: 5 s by replay,
1 s by snapshot) is compared by rate: what this machine would need for a million.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from time import perf_counter

from text911.gateway.core.commands import Command, Question
from text911.gateway.core.engine import Engine
from text911.gateway.core.facts import CallerWrote, LocationFailed, PartsJoined, RouteChosen
from text911.gateway.core.policy import Automatic, Limits, Policy
from text911.gateway.core.state import Line
from text911.gateway.core.values import (
    CallerKey,
    CarrierName,
    DialogueId,
    Mark,
    MessageId,
    PsapName,
    Segment,
)
from text911.gateway.journal.contract import JournalBroken, Snapshot
from text911.gateway.journal.sqlite import SqliteJournal

WORDS = Automatic("words", (Segment(0, b"words"),))
POLICY = Policy(Limits(), WORDS, WORDS, WORDS)
AT = 1_800_000_000.0  # UTC seconds
MILLION = 1_000_000  # records of the budget
REPLAY_S = 5.0
SNAPSHOT_S = 1.0


def answer(_line: Line, _question: Question) -> RouteChosen | PartsJoined:
    return RouteChosen((PsapName("one"), PsapName("two")), "by default")


def carry(_dialogue: DialogueId, _command: Command) -> None:
    """What the past asked for is of no interest here."""


def engine(journal: SqliteJournal) -> Engine:
    ids = (DialogueId(f"d{number}") for number in count())
    return Engine(journal, lambda: AT, answer, carry, lambda: next(ids), lambda: 0, POLICY)


def fill(journal: SqliteJournal, dialogues: int, texts: int) -> Engine:
    made = engine(journal)
    made.start("load")
    cause = secrets.token_bytes(90)  # as long as a submit_sm
    for number in range(dialogues):
        key = CallerKey("sms", CarrierName("one"), f"+1860{number:07d}")
        for text in range(texts):
            mark = Mark(number.to_bytes(8) + text.to_bytes(4), "link", text)
            message = MessageId(f"{number:08x}{text:08x}")
            wrote = CallerWrote(message, f"these are the words of text {text}", mark)
            made.hear_caller(key, wrote, (), cause, lambda _mark: True, accepted)
        made.hear(DialogueId(f"d{number}"), LocationFailed("none"))
    return made


def accepted(_message: MessageId, broken: JournalBroken | None) -> None:
    if broken is not None:
        raise broken


def restored(path: Path, snapshot: bool) -> tuple[float, int, int]:
    """(seconds, records read, dialogues known): the journal opened and the engine restored."""
    began = perf_counter()
    journal = SqliteJournal(path, lambda what: what())
    found = journal.last_snapshot() if snapshot else None
    risen = engine(journal)
    read = risen.restore(found, journal.read(found.up_to if found else 0))
    seconds = perf_counter() - began
    journal.close()
    return seconds, read, len(risen)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--dialogues", type=int, default=10_000)
    parser.add_argument("--texts", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=".") as place:
        path = Path(place) / "journal"
        calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        journal = SqliteJournal(path, calls.put)
        made = fill(journal, asked.dialogues, asked.texts)
        up_to, encode = made.remember()
        journal.save_snapshot(
            Snapshot(up_to, encode()), lambda broken: accepted(MessageId(""), broken)
        )
        journal.close()
        while not calls.empty():
            calls.get()()
        replay_s, records, known = restored(path, snapshot=False)
        snapshot_s, tail, same = restored(path, snapshot=True)
    if not known == same == asked.dialogues:
        sys.exit(f"{asked.dialogues} dialogues were opened, {known} and {same} are known again")
    million_s = replay_s * MILLION / records
    open_s = snapshot_s * 100_000 / asked.dialogues
    figures = {
        "records": records,
        "dialogues": known,
        "replay_s": round(replay_s, 2),
        "replay_records_per_s": round(records / replay_s),
        "snapshot_s": round(snapshot_s, 2),
        "tail_records": tail,
        "a_million_records_s": round(million_s, 1),
        "ratio_to_5_s": round(million_s / REPLAY_S, 2),
        "100,000_dialogues_by_snapshot_s": round(open_s, 2),
        "ratio_to_1_s": round(open_s / SNAPSHOT_S, 2),
        "budget": {"met": million_s <= REPLAY_S and open_s <= SNAPSHOT_S},
    }
    say = json.dumps(figures) if asked.json else "\n".join(f"{k}: {v}" for k, v in figures.items())
    sys.stdout.write(f"{say}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
