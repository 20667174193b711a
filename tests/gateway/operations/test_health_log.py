"""The health log: one JSON line per state change, nothing of a caller in it, nobody waits."""

from __future__ import annotations

import io
import json
import threading
from typing import Any

import pytest

from text911.gateway.operations.alarms import Alarms, Finding, Severity
from text911.gateway.operations.health_log import (
    EVENTS_MAX,
    LINES_MAX,
    Happened,
    HealthLog,
    LineWriter,
)
from text911.gateway.operations.masking import WITHHELD

AT = 1_795_251_600.25
TEXT = "he has a knife, I am at 12 Elm St"


class Page:
    """Keeps the lines it is given."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def line(self, line: str) -> None:
        self.lines.append(line)

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


def log() -> tuple[HealthLog, Page]:
    page = Page()
    return HealthLog(page, lambda: AT), page


def test_a_state_change_is_one_json_line() -> None:
    health, page = log()
    health.changed(Happened.BIND_UP, "Carrier A is bound.", carrier="carrier-a", mode="transceiver")
    assert page.read() == [
        {
            "at": "2026-11-21T09:00:00.250Z",
            "level": "notice",
            "event": "bind_up",
            "carrier": "carrier-a",
            "mode": "transceiver",
            "sentence": "Carrier A is bound.",
        }
    ]
    assert "\n" not in page.lines[0]
    assert page.lines[0].startswith('{"at": ')


@pytest.mark.parametrize("happened", list(Happened))
def test_no_text_and_no_number_gets_into_a_line_of_any_kind(happened: Happened) -> None:
    health, page = log()
    health.changed(
        happened,
        "Texts of +18605550142 and (860) 555-0142 wait.",
        text=TEXT,
        short_message=TEXT.encode(),
        dialogue=TEXT,
        carrier=TEXT,
        caller="+18605550142",
        count=TEXT,
        reason=TEXT,
        exception=ValueError(TEXT),
    )
    (line,) = page.lines
    assert "knife" not in line
    assert "Elm" not in line
    assert "5550142" not in line
    assert "555-0142" not in line
    read = page.read()[0]
    assert read["caller"] == "+1860***0142"
    assert read["text"] == read["dialogue"] == read["exception"] == WITHHELD


def test_no_field_can_take_the_place_of_the_event_the_level_or_the_moment() -> None:
    health, page = log()
    health.changed(Happened.READY, level=TEXT, at=TEXT, event=TEXT, sentence=TEXT)
    read = page.read()[0]
    assert (read["event"], read["level"]) == ("ready", "notice")
    assert read["at"].startswith("2026-")
    assert "sentence" not in read


def test_how_bad_it_is_stands_in_the_line() -> None:
    health, page = log()
    health.changed(Happened.JOURNAL_BROKEN)
    health.changed(Happened.BIND_DOWN)
    health.changed(Happened.READY)
    assert [line["level"] for line in page.read()] == ["critical", "warning", "notice"]


def test_alarms_are_logged_when_they_come_and_when_they_go() -> None:
    health, page = log()
    alarms = Alarms()
    low = Finding("disk:/var/lib/text911", Severity.WARNING, "Only 400 MB are free.")
    for found in ([low], [low], []):
        for change in alarms.settle(found, AT):
            health.alarm(change)
    raised, cleared = page.read()
    assert (raised["event"], raised["level"], raised["alarm"]) == (
        "alarm_raised",
        "warning",
        "disk:/var/lib/text911",
    )
    assert (cleared["event"], cleared["sentence"]) == (
        "alarm_cleared",
        "Over: Only 400 MB are free.",
    )


def test_the_page_gets_the_newest_changes_that_have_words_and_no_number() -> None:
    health, _ = log()
    health.changed(Happened.DIALOGUE_STATE, dialogue="S-1")
    health.changed(Happened.READY, "Ready.")
    health.changed(Happened.BIND_DOWN, "Lost +18605550142.")
    assert [(event.severity, event.sentence) for event in health.recent()] == [
        ("warning", "Lost +1860***0142."),
        ("notice", "Ready."),
    ]
    for _ in range(EVENTS_MAX * 2):
        health.changed(Happened.READY, "Ready.")
    assert len(health.recent()) == EVENTS_MAX


class StuckFile(io.StringIO):
    """A pipe whose reader stands still until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()
        self.go = threading.Event()

    def write(self, text: str, /) -> int:
        self.reached.set()
        self.go.wait()
        return super().write(text)


class CountedFile(io.StringIO):
    writes = 0

    def write(self, text: str, /) -> int:
        self.writes += 1
        return super().write(text)


class FullFile(io.StringIO):
    def write(self, text: str, /) -> int:
        raise OSError(28, "No space left on device")


def test_the_writer_writes_whole_lines_in_their_order() -> None:
    file = io.StringIO()
    lost: list[int] = []
    writer = LineWriter(file, lost.append)
    for number in range(100):
        writer.line(str(number))
    assert writer.close(seconds=30.0)
    assert file.getvalue().splitlines() == [str(number) for number in range(100)]
    assert lost == []


def test_lines_of_one_moment_are_written_together_and_the_end_waits_for_none() -> None:
    """A crowd of new callers writes some lines each: the thread is not woken for every one."""
    file = CountedFile()
    lost: list[int] = []
    writer = LineWriter(file, lost.append, gather=3_600.0)
    for number in range(100):
        writer.line(str(number))
    assert writer.close(seconds=30.0)
    assert file.getvalue().splitlines() == [str(number) for number in range(100)]
    assert (file.writes, lost) == (1, [])


def test_nobody_waits_for_a_stuck_log_and_what_is_dropped_is_counted() -> None:
    file = StuckFile()
    lost: list[int] = []
    writer = LineWriter(file, lost.append)
    writer.line("first")
    file.reached.wait()
    for number in range(LINES_MAX + 7):
        writer.line(str(number))
    assert sum(lost) == 7
    assert not writer.close(seconds=0.0)
    file.go.set()
    assert writer.close(seconds=30.0)
    assert len(file.getvalue().splitlines()) == 1 + LINES_MAX


def test_a_full_disk_costs_lines_and_nothing_else() -> None:
    lost: list[int] = []
    writer = LineWriter(FullFile(), lost.append)
    writer.line("a")
    writer.line("b")
    assert writer.close(seconds=30.0)
    assert sum(lost) == 2
