"""What of the daemon needs no running gateway; the process itself: `tests/journeys/test_serve`."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from text911.gateway.daemon import first_line, serve
from text911.gateway.journal.contract import JournalBroken, Record
from text911.gateway.journal.sqlite import SqliteJournal
from text911.gateway.terminal import BAD

RECORD = Record("d1", 0, 1_800_000_000.0, 1, b"digest", b"payload")


@pytest.mark.parametrize(
    ("hidden", "kind"), [(True, "asyncio.unix_events"), (False, "made_by_uvloop")]
)
def test_uvloop_is_used_when_it_is_there_and_missed_when_not(hidden: bool, kind: str) -> None:
    """In a process of its own: a reactor is installed once."""
    code = f"""
import asyncio, sys, types
class Loop(asyncio.SelectorEventLoop): pass
Loop.__module__ = "made_by_uvloop"
there = types.SimpleNamespace(new_event_loop=Loop)
sys.modules["uvloop"] = None if {hidden} else there
from text911.gateway.loop import install
loop = install()
from twisted.internet import reactor
assert reactor._asyncioEventloop is loop
print(type(loop).__module__)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == kind


def test_a_reason_is_never_empty() -> None:
    assert first_line(OSError("first\nsecond")) == "first"
    assert first_line(KeyError()) == "KeyError"


def test_a_configuration_with_faults_starts_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert serve(tmp_path / "nowhere") == BAD
    said = capsys.readouterr().err.splitlines()
    assert said
    assert all(line.startswith("text911: ") for line in said)


def test_a_done_that_raises_keeps_no_other_from_being_told(tmp_path: Path) -> None:
    """The fault reaches the loop's exception handler; everybody behind it is told."""

    async def play() -> tuple[list[int], list[Any]]:
        loop = asyncio.get_running_loop()
        faults: list[Any] = []
        loop.set_exception_handler(lambda _loop, context: faults.append(context["exception"]))
        told: list[int] = []
        everybody = asyncio.Event()

        def call(what: Any) -> None:
            loop.call_soon_threadsafe(what)

        journal = SqliteJournal(tmp_path / "journal", call)

        def done(number: int, broken: JournalBroken | None) -> None:
            assert broken is None
            told.append(number)
            if number == 2:
                everybody.set()
            if number == 0:
                raise RuntimeError("one dialogue's trouble")

        for number in range(3):
            record = Record(f"d{number}", 0, RECORD.at, 1, RECORD.digest, RECORD.payload)
            journal.append([record], lambda broken, n=number: done(n, broken))  # type: ignore[misc]
        await everybody.wait()
        journal.close()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return told, faults

    told, faults = asyncio.run(play())
    assert told == [0, 1, 2]
    assert [str(fault) for fault in faults] == ["one dialogue's trouble"]
