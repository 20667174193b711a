"""Whatever may be wrong after a power cut is said: each promise is broken once, by hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.crash.ledger import Arrival, Attempt, Ledger, Line, Reply, Text
from tests.crash.recovery import BACKUPS, JOURNAL, Expected, examine, expected
from tests.crash.words import text_of
from tests.gateway.core.stage import reply, wrote
from tests.gateway.recorded import OWN, Recorded
from text911.gateway.core.memory import Memory
from text911.gateway.core.snapshot import encode
from text911.gateway.journal.backup import backup
from text911.gateway.journal.contract import Record, Snapshot
from text911.gateway.journal.sqlite import SqliteJournal

FIRST, SECOND = text_of(1, 1, last=False), text_of(1, 2, last=False)
SEEN = Expected(
    accepted={f"m-{FIRST}": FIRST, f"m-{SECOND}": SECOND},
    shown=frozenset({FIRST}),
    written=frozenset({"k1"}),
    ready=True,
)


def dialogue(*texts: str) -> list[Record]:
    play = Recorded("one")
    for text in texts:
        play.take(wrote(text, receipt=False))
    play.hear(reply("k1"))
    return [OWN, *play.records()]


def keep(directory: Path, records: Iterable[Record], snapshot: Snapshot | None = None) -> Path:
    path = directory / JOURNAL
    journal = SqliteJournal(path, lambda call: None)
    journal.append(list(records), lambda _: None)
    if snapshot is not None:
        journal.save_snapshot(snapshot, lambda _: None)
    journal.close()
    return path


def said(directory: Path, seen: Expected = SEEN, look_first: bool = True) -> list[str]:
    return list(examine(directory, seen, look_first))


@pytest.mark.parametrize("look_first", [True, False])
def test_nothing_is_said_of_a_journal_that_holds_all_that_was_seen(
    tmp_path: Path, look_first: bool
) -> None:
    keep(tmp_path, dialogue(FIRST, SECOND))
    assert said(tmp_path, look_first=look_first) == []


def test_a_gateway_that_was_never_ready_may_have_nothing(tmp_path: Path) -> None:
    assert said(tmp_path, Expected()) == []
    assert (tmp_path / JOURNAL).exists(), "it begins a new one"


def test_a_journal_that_is_gone_is_missed(tmp_path: Path) -> None:
    assert said(tmp_path) == ["there is no journal any more"]


def test_each_thing_that_was_seen_and_is_not_recorded_is_named(tmp_path: Path) -> None:
    keep(tmp_path, dialogue(FIRST))
    seen = Expected(SEEN.accepted, frozenset({SECOND}), frozenset({"k2"}), ready=True)
    assert said(tmp_path, seen) == [
        f"lost: {SECOND!r} was accepted as m-{SECOND} and is not recorded",
        f"lost: {SECOND!r} was on a page and is not recorded",
        "lost: reply k2 was on a page or had left and is not recorded",
    ]


def test_what_is_recorded_twice_or_was_never_written_is_named(tmp_path: Path) -> None:
    play = Recorded("one")
    play.take(wrote(FIRST, receipt=False))
    play.take(wrote(FIRST, receipt=False))
    play.take(wrote("who says so?", receipt=False))
    keep(tmp_path, [OWN, *play.records()])
    assert said(tmp_path, Expected(ready=True)) == [
        f"recorded twice: message m-{FIRST}",
        f"recorded twice: {FIRST!r} in one",
        "recorded and never written: 'who says so?'",
    ]


def test_a_record_that_the_rules_do_not_make_is_named(tmp_path: Path) -> None:
    records = dialogue(FIRST, SECOND)
    last = records[-1]
    records[-1] = Record(last.dialogue, last.number, last.at, last.version, bytes(16), last.payload)
    keep(tmp_path, records)
    (sentence,) = said(tmp_path)
    assert sentence.startswith("replay: dialogue one")


def test_a_snapshot_of_another_state_is_named(tmp_path: Path) -> None:
    records = dialogue(FIRST, SECOND)
    keep(tmp_path, records, Snapshot(len(records), encode(*Memory().saved())))
    assert [one.partition(":")[0] for one in said(tmp_path)] == ["snapshot"]


def altered(path: Path, sql: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(sql)
    connection.close()


def test_a_damaged_journal_is_not_taken(tmp_path: Path) -> None:
    path = keep(tmp_path, dialogue(FIRST, SECOND))
    altered(path, "UPDATE records SET payload = x'00' WHERE sequence = 2")
    kinds = [one.partition(":")[0] for one in said(tmp_path)]
    assert kinds == ["not verified before it is opened", "the journal does not open"]


def test_a_backup_that_is_missing_or_no_backup_is_named(tmp_path: Path) -> None:
    path = keep(tmp_path, dialogue(FIRST, SECOND))
    backup(path, tmp_path / BACKUPS / "good.journal")
    backup(path, tmp_path / BACKUPS / "torn.journal")
    seen = Expected(backups=frozenset({"good.journal", "gone.journal"}), ready=True)
    altered(tmp_path / BACKUPS / "torn.journal", "DELETE FROM records WHERE sequence = 2")
    missing, torn = said(tmp_path, seen)
    assert missing == "lost: backup gone.journal was made and is not there"
    assert torn.startswith("not verified as a backup")


def test_log_ins_that_are_rubbish_are_named(tmp_path: Path) -> None:
    path = keep(tmp_path, dialogue(FIRST, SECOND))
    path.with_name("console-sessions.json").write_bytes(b"")
    (sentence,) = said(tmp_path)
    assert sentence.startswith("log-ins: ")


def test_only_what_was_seen_before_the_cut_is_asked_for() -> None:
    ledger = Ledger()
    for index, at in ((1, 10.0), (2, 20.0), (3, -1.0)):
        attempts = [Attempt("L", index, 5.0)]
        ledger.texts[index] = Text(
            index, 1, "c", "1", f"w{index}", message=f"m{index}", accepted_at=at, attempts=attempts
        )
        ledger.line(Line(at + 1, "p", "leg", "d", index, "caller", f"w{index}", 1, index))
    arrived = [Arrival(15.0, "c", "L", "1", "words")]
    ledger.replies["k1"] = Reply("k1", "p", "leg", 1, "words", arrivals=arrived)
    ledger.replies["k2"] = Reply("k2", "p", "leg", 1, "words")
    ledger.line(Line(30.0, "p", "leg", "d", 9, "psap", "words", key="k2"))
    del ledger.shown[3]
    ledger.lines = [line for line in ledger.lines if line.index != 3]

    def before(moment: float) -> Expected:
        return expected(ledger, moment, ready_at=1.0, backups={"b": 25.0})

    assert before(0.5) == Expected()
    assert before(10.5) == Expected({"m1": "w1"}, ready=True)
    assert before(20.0) == Expected({"m1": "w1"}, frozenset({"w1"}), frozenset({"k1"}), ready=True)
    assert before(31.0) == Expected(
        {"m1": "w1", "m2": "w2"}, frozenset({"w1", "w2"}), frozenset({"k1", "k2"}),
        frozenset({"b"}), ready=True,
    )  # fmt: skip
