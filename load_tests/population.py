"""A journal as a surge leaves it: a real engine, a real store, many callers at every stage.

Of the open dialogues most are with a telecommunicator and have replies behind them, a fifth is
ringing, a few are being located. Others were ended and are still remembered for their receipts. The
records are dated ahead of now, so that no limit has run out when a daemon starts on the journal,
however long the filling took.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from queue import SimpleQueue

from text911.gateway.core.commands import Command, Question
from text911.gateway.core.engine import Engine
from text911.gateway.core.facts import (
    CallerWrote,
    CarrierTook,
    Fact,
    LocationFound,
    PartsJoined,
    PsapAnswered,
    PsapEnded,
    PsapShown,
    PsapWrote,
    RouteChosen,
)
from text911.gateway.core.policy import Automatic, Limits, Policy
from text911.gateway.core.state import Line
from text911.gateway.core.values import (
    CallerKey,
    CarrierName,
    DialogueId,
    Location,
    Mark,
    MessageId,
    PsapName,
    Segment,
)
from text911.gateway.journal.contract import Journal, JournalBroken, Snapshot
from text911.gateway.journal.sqlite import SqliteJournal

WORDS = Automatic("words", (Segment(0, b"words"),))
POLICY = Policy(Limits(), WORDS, WORDS, WORDS)
AHEAD = 3_600.0  # seconds
LASTS = 600.0  # seconds that the surge took
CHAIN = (PsapName("hartford-region"), PsapName("csecc"))  # two of configs/demo
WORDS_OF = "please send somebody to the second floor, text"
CAUSE = 90  # octets of a submit_sm
ENDED = 0.1  # of all dialogues
RINGING = 0.2  # of those that are open
LOCATING = 0.03


def utc() -> float:
    return datetime.now(UTC).timestamp()


Answers = SimpleQueue[Callable[[], None]]


@dataclass(frozen=True, slots=True)
class Made:
    records: int
    open: int
    known: int  # open or still remembered


def carry(_dialogue: DialogueId, _command: Command) -> None:
    """What the past asked for is of no interest here."""


def answer(_line: Line, _question: Question) -> RouteChosen | PartsJoined:
    return RouteChosen(CHAIN, "the cell is in this town", "Hartford")


def accepted(_message: MessageId, broken: JournalBroken | None) -> None:
    durable(broken)


def durable(broken: JournalBroken | None) -> None:
    if broken is not None:
        raise broken


def engine(journal: Journal, now: Callable[[], float]) -> Engine:
    ids = (DialogueId(f"{number:04X}-{number % 9973:04d}-0X") for number in count())
    return Engine(journal, now, answer, carry, lambda: next(ids), lambda: 0, POLICY)


class Surge:
    """Makes dialogues in an engine, `step` by `step`, each to a stage of its own."""

    def __init__(self, journal: Journal, records: int, dialogues: int) -> None:
        self._journal = journal
        self._records = records
        self._wanted = dialogues
        self._at = utc() + AHEAD - LASTS
        self._chance = random.Random(911)
        self._cause = secrets.token_bytes(CAUSE)
        self._number = count()
        self.open = 0
        self.engine = engine(journal, lambda: self._at)
        self.engine.start("load")

    @property
    def done(self) -> bool:
        return self.open >= self._wanted and self._journal.position() >= self._records

    def step(self) -> None:
        """One more caller, with as many records as those still to be made leave to each."""
        left = self._records - self._journal.position()
        callers = max(1.0, (self._wanted - self.open) / (1 - ENDED))
        self._at += LASTS / max(self._wanted, 1) * (1 - ENDED)
        size = self._chance.uniform(0.5, 1.5) * left / callers
        ends = self.open >= self._wanted or self._chance.random() < ENDED
        number = next(self._number)
        key = CallerKey("sms", CarrierName("one"), f"+1860{number:07d}")
        began = self._journal.position()
        self._text(key, number, 0)
        dialogue = self.engine.find(key)
        assert dialogue is not None
        self.open += not ends
        if not ends and self._chance.random() < LOCATING:
            return
        found = Location(41.76, -72.67, 300.0, 90, "Cell", "the carrier", self._at)
        self._hear(dialogue, LocationFound(found), PsapShown(CHAIN[0], 0, 39))
        ringing = not ends and self._chance.random() < RINGING
        if not ringing:
            self._hear(dialogue, PsapAnswered(CHAIN[0], 0, "position-1"))
        for turn in range(64):
            if self._journal.position() - began >= size:
                break
            self._text(key, number, turn + 1)
            if not ringing:
                self._replied(dialogue, turn)
        if ends:
            self._hear(dialogue, PsapEnded(CHAIN[0], 0, "end", "position-1"))

    def _replied(self, dialogue: DialogueId, turn: int) -> None:
        text = "help is on its way, stay where you are"
        segments = (Segment(0, text.encode()),)
        wrote = PsapWrote(CHAIN[0], 0, f"key-{turn}", text, "position-1", segments)
        self._hear(dialogue, PsapShown(CHAIN[0], 0, 1 << 30), wrote, CarrierTook(turn, 0, "id"))

    def _text(self, key: CallerKey, number: int, text: int) -> None:
        mark = Mark(number.to_bytes(8) + text.to_bytes(8), "link-1", number + text)
        wrote = CallerWrote(MessageId(f"{number:08x}{text:08x}"), f"{WORDS_OF} {text}", mark)
        self.engine.hear_caller(key, wrote, (), self._cause, lambda _mark: True, accepted)

    def _hear(self, dialogue: DialogueId, *facts: Fact) -> None:
        for fact in facts:
            self.engine.hear(dialogue, fact, self._cause[:40])


def fill(path: Path, records: int, dialogues: int, tail: int) -> Made:
    """A new journal at `path`, with a snapshot `tail` records before its end (none for 0)."""
    calls: Answers = SimpleQueue()
    journal = SqliteJournal(path, calls.put)
    surge = Surge(journal, records, dialogues)
    snapshot_at = records - tail if tail else records + 1
    saved = False
    while not surge.done:
        surge.step()
        if not saved and journal.position() >= snapshot_at:
            up_to, encode = surge.engine.remember()
            journal.save_snapshot(Snapshot(up_to, encode()), durable)
            saved = True
        while not calls.empty():
            calls.get()()
    made = Made(journal.position(), surge.open, len(surge.engine))
    journal.close()
    while not calls.empty():
        calls.get()()
    return made
