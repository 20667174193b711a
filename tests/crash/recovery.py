"""Starts the product on what a power cut left, and says what is wrong with what comes up.

`examine` opens the journal in this process, checks and restores everything; `serve` starts the real
daemon on it and looks at the consoles. Both yield sentences; none is good.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from text911.gateway.comparing import compare_all
from text911.gateway.core.encoding import decode_fact
from text911.gateway.core.facts import (
    CallerWrote,
    PsapEnded,
    PsapWrote,
    RepeatSuspected,
)
from text911.gateway.core.memory import Memory
from text911.gateway.core.state import Over
from text911.gateway.journal.contract import JournalBroken, JournalDamaged, Stored
from text911.gateway.journal.sqlite import SqliteJournal
from text911.gateway.journal.verifying import verify
from text911.psap_adapters.console.sessions import FileSessions

from .bench import Bench
from .ledger import Ledger
from .load import Traffic
from .words import identity

JOURNAL = Path("journal") / "text911.journal"  # below the configuration directory
BACKUPS = Path("journal") / "backups"  # a folder below it that is made for the first backup
SHOWN_WITHIN = 30.0  # s until a console shows what is owed to it


@dataclass(frozen=True, slots=True)
class Expected:
    """What had been seen from outside before the cut: it is recorded, or a promise was broken."""

    accepted: dict[str, str] = field(default_factory=dict[str, str])  # message id -> words
    shown: frozenset[str] = frozenset()  # words on a page
    written: frozenset[str] = frozenset()  # keys of replies that are on a page or left
    backups: frozenset[str] = frozenset()  # file names of backups that were said to be made
    ready: bool = False  # the gateway had been ready: there is a journal


def expected(ledger: Ledger, before: float, ready_at: float, backups: dict[str, float]) -> Expected:
    """Of what was seen before that moment (CLOCK_MONOTONIC). `backups`: name -> when it ended."""
    replies = ledger.replies.values()
    return Expected(
        accepted={text.message: text.words for text in ledger.accepted(before)},
        shown=frozenset(x.text for x in ledger.lines if x.index >= 0 and x.at < before),
        written=frozenset(
            [x.key for x in ledger.lines if x.key in ledger.replies and x.at < before]
            + [x.key for x in replies if x.arrivals and x.arrivals[0].at < before]
        ),
        backups=frozenset(name for name, at in backups.items() if at < before),
        ready=ready_at < before,
    )


@dataclass(slots=True)
class Recorded:
    """What the journal of an image holds. `open`: words of dialogues that have not ended."""

    messages: Counter[str] = field(default_factory=Counter[str])
    words: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    texts: set[str] = field(default_factory=set[str])
    keys: set[str] = field(default_factory=set[str])
    open: set[str] = field(default_factory=set[str])

    def take(self, stored: Stored) -> None:
        dialogue = stored.record.dialogue
        match decode_fact(stored.record.payload)[0]:
            case CallerWrote(message, text):
                self.messages[message] += 1
                self.words[dialogue, text] += 1
                self.texts.add(text)
            case RepeatSuspected(_, text):
                self.texts.add(text)
            case PsapWrote(key=key) | PsapEnded(key=key):
                self.keys.add(key)  # more than once where a console asked again: dropped by key
            case _:
                pass


def examine(directory: Path, wanted: Expected, look_first: bool) -> Iterator[str]:
    """`look_first`: `text911 audit verify` is the first to see it, the daemon otherwise."""
    path = directory / JOURNAL
    if wanted.ready and not path.exists():
        yield "there is no journal any more"
        return
    if look_first and path.exists():
        yield from _verified(path, "before it is opened")
    complaints: list[str] = []
    try:
        journal = SqliteJournal(path, _at_once, complaints.append)
    except (JournalBroken, JournalDamaged) as cause:
        yield f"the journal does not open: {cause}"
        return
    try:
        recorded = Recorded()
        yield from _restored(journal, recorded)
        yield from _complete(recorded, wanted)
    except JournalDamaged as cause:
        yield f"the journal cannot be read: {cause}"
    finally:
        journal.close()
    yield from (f"complaint: {words}" for words in complaints)
    yield from _verified(path, "after recovery")
    try:
        SqliteJournal(path, _at_once).close()
    except (JournalBroken, JournalDamaged) as cause:
        yield f"the journal does not open a second time: {cause}"
    yield from _log_ins(path)
    yield from _backups(directory / BACKUPS, wanted)


def _at_once(call: Callable[[], None]) -> None:
    call()


def _verified(path: Path, when: str) -> Iterator[str]:
    verdict = verify(path)
    if not verdict.good:
        yield f"not verified {when}: {verdict.problem}"


def _restored(journal: SqliteJournal, recorded: Recorded) -> Iterator[str]:
    """From the snapshot and the tail, and from the first record: the same memory; and replay."""
    whole, short = Memory(), Memory()
    snapshot = journal.last_snapshot()
    after = 0
    if snapshot is not None:
        after = snapshot.up_to
        short.load(snapshot.state)
    for stored in journal.read(after):  # in the order of a start: what it read is handed on
        short.apply(stored.record)
    entries = list(journal.read())
    for stored in entries:
        recorded.take(stored)
        whole.apply(stored.record)
    if _plain(whole) != _plain(short):
        yield f"snapshot: that at {after} and the tail make another memory than all records"
    for difference in compare_all(stored.record for stored in entries):
        if difference is not None:
            yield f"replay: {difference.in_words()}"
    unfinished = {held.dialogue for held in whole if not isinstance(held.state.phase, Over)}
    recorded.open = {text for dialogue, text in recorded.words if dialogue in unfinished}


def _plain(memory: Memory) -> tuple[object, ...]:
    saved, view = memory.saved()
    held = sorted(view, key=lambda one: one.dialogue)
    return saved.at, saved.own, saved.policies, held


def _complete(recorded: Recorded, wanted: Expected) -> Iterator[str]:
    for message, words in wanted.accepted.items():
        if not recorded.messages[message]:
            yield f"lost: {words!r} was accepted as {message} and is not recorded"
    for words in wanted.shown - recorded.texts:
        yield f"lost: {words!r} was on a page and is not recorded"
    for key in wanted.written - recorded.keys:
        yield f"lost: reply {key} was on a page or had left and is not recorded"
    for message, times in recorded.messages.items():
        if times > 1:
            yield f"recorded twice: message {message}"
    for (dialogue, words), times in recorded.words.items():
        if times > 1:
            yield f"recorded twice: {words!r} in {dialogue}"
        if identity(words) is None:
            yield f"recorded and never written: {words!r}"


def _log_ins(journal: Path) -> Iterator[str]:
    """Replaced as a whole: the old ones or the new ones, never rubbish."""
    trouble: list[str] = []
    FileSessions(journal.with_name("console-sessions.json"), trouble.append).load()
    yield from (f"log-ins: {words}" for words in trouble)


def _backups(folder: Path, wanted: Expected) -> Iterator[str]:
    """What bears the name of a backup is one; what was said to be made is there."""
    there = {path.name for path in folder.glob("*.journal")} if folder.is_dir() else set[str]()
    for name in sorted(wanted.backups - there):
        yield f"lost: backup {name} was made and is not there"
    for name in sorted(there):
        yield from _verified(folder / name, "as a backup")


def serve(image: Path, folder: Path, wanted: Expected, bench: Bench) -> Iterator[str]:
    """Start the real daemon of `bench` on a copy of `image`: it becomes ready, and every text of a
    dialogue that has not ended is shown to a console, or its caller is told (the time in which
    somebody had to answer may have passed meanwhile). `folder`: for another copy."""
    if (image / "journal").is_dir():
        shutil.copytree(image / "journal", bench.journal_folder)
    recorded = Recorded()
    if (image / JOURNAL).exists():
        shutil.copytree(image / "journal", folder)
        journal = SqliteJournal(folder / JOURNAL.name, _at_once)
        try:
            yield from _restored(journal, recorded)
        finally:
            journal.close()
    owed = {words for words in wanted.accepted.values() if words in recorded.open}
    bench.start()
    with bench.load(Traffic(rate=0.0)) as load:
        try:
            load.wait("what is owed", lambda: not _missing(owed, load.ledger), SHOWN_WITHIN)
        except TimeoutError:
            for words in sorted(_missing(owed, load.ledger)):
                yield f"owed to a console, not shown, and nobody was told: {words!r}"
    if code := bench.stop():
        yield f"the daemon ended with {code}"
    yield from _verified(bench.directory / JOURNAL, "after the daemon")


def _missing(owed: set[str], ledger: Ledger) -> set[str]:
    told = list(ledger.automatic)
    return {
        words
        for words in owed - {line.text for line in list(ledger.lines)}
        if not any(number.endswith(f"{_caller(words):06d}") for number in told)
    }


def _caller(words: str) -> int:
    said = identity(words)
    return said[0] if said else -1
