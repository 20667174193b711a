"""Machine code is made ready beside the loop, or it is said that it is not."""

from __future__ import annotations

import sys
from queue import Queue

from text911.gateway.edges.lines.ears import Bank
from text911.gateway.edges.lines.preparing import Preparing, can_be_fast
from text911.tty.demod.batch import Bank as Receivers

WITHIN = 30.0  # s


def prepared(code: str) -> tuple[Preparing, Queue[Bank | str]]:
    told: Queue[Bank | str] = Queue()
    command = [sys.executable, "-c", code]
    made = Preparing(told.put, told.put, command, lambda: Receivers(fast=False))
    made.start()
    return made, told


def test_when_it_is_made_it_is_loaded() -> None:
    preparing, told = prepared("pass")
    assert isinstance(told.get(timeout=WITHIN), Receivers)
    preparing.stop()


def test_when_it_cannot_be_made_that_is_said() -> None:
    _, told = prepared("raise SystemExit(3)")
    said = told.get(timeout=WITHIN)
    assert isinstance(said, str)
    assert "exit code 3" in said


def test_a_stop_ends_it_and_nothing_is_told() -> None:
    preparing, told = prepared("import time; time.sleep(600)")
    preparing.stop()
    preparing.stop()
    assert told.empty()


def test_one_that_never_began_is_stopped_too() -> None:
    told: Queue[Bank | str] = Queue()
    Preparing(told.put, told.put).stop()
    assert told.empty()


def test_whether_there_is_a_compiler() -> None:
    assert can_be_fast() in (True, False)
