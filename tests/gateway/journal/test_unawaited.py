"""The loop is woken for what somebody waits for; of what nobody waits for it hears then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from text911.gateway import faults
from text911.gateway.journal import sqlite
from text911.gateway.journal.contract import Unawaited
from text911.gateway.journal.sqlite import SqliteJournal

from .conformance import Told, record

WITHIN = 60.0  # seconds; far more than any disk needs


class Woken:
    """A journal, what was told, and the calls that were asked of the loop."""

    def __init__(self, path: Path) -> None:
        self.calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.told = Told()
        self.journal = SqliteJournal(path, self.calls.put)

    def append(self, number: int, *, awaited: bool) -> None:
        done = self.told.of(str(number))
        self.journal.append([record("d", number)], done if awaited else Unawaited(done))


@pytest.fixture
def woken(tmp_path: Path) -> Iterator[Woken]:
    woken = Woken(tmp_path / "journal")
    yield woken
    faults.replace(None)
    woken.journal.close()


def test_what_nobody_waits_for_is_told_in_order_with_the_next_that_somebody_waits_for(
    woken: Woken,
) -> None:
    woken.append(0, awaited=False)
    woken.append(1, awaited=False)
    woken.append(2, awaited=True)
    woken.calls.get(timeout=WITHIN)()
    assert woken.told.good == ["0", "1", "2"]
    assert woken.calls.empty()


def test_what_nobody_waits_for_does_not_pile_up(
    woken: Woken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "UNTOLD_MAX", 3)
    for number in range(3):
        woken.append(number, awaited=False)
    woken.calls.get(timeout=WITHIN)()
    assert woken.told.good == ["0", "1", "2"]
    assert woken.calls.empty()


def test_the_end_tells_it(woken: Woken) -> None:
    woken.append(0, awaited=False)
    woken.journal.close()
    assert woken.told.good == ["0"]
    assert woken.calls.empty()


def test_that_it_could_not_be_written_is_told_at_once(woken: Woken) -> None:
    def fails(name: str) -> None:
        if name == "before_commit":
            raise OSError(5, "input/output error")

    faults.replace(fails)
    woken.append(0, awaited=False)
    woken.calls.get(timeout=WITHIN)()
    assert woken.told.good == []
    assert woken.told.bad == ["0"]
