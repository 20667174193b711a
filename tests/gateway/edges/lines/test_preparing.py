"""Machine code is made ready beside the loop, or it is said that it is not."""

from __future__ import annotations

import sys
from queue import Queue

from text911.gateway.edges.lines.preparing import Preparing, can_be_fast

WITHIN = 30.0  # s


def prepared(code: str) -> tuple[Preparing, Queue[str]]:
    told: Queue[str] = Queue()
    command = [sys.executable, "-c", code]
    made = Preparing(lambda: told.put("ready"), told.put, command, lambda: told.put("loaded"))
    made.start()
    return made, told


def test_when_it_is_made_it_is_loaded() -> None:
    preparing, told = prepared("pass")
    assert [told.get(timeout=WITHIN) for _ in range(2)] == ["loaded", "ready"]
    preparing.stop()


def test_when_it_cannot_be_made_that_is_said() -> None:
    _, told = prepared("raise SystemExit(3)")
    assert "exit code 3" in told.get(timeout=WITHIN)


def test_a_stop_ends_it_and_nothing_is_told() -> None:
    preparing, told = prepared("import time; time.sleep(600)")
    preparing.stop()
    preparing.stop()
    assert told.empty()


def test_one_that_never_began_is_stopped_too() -> None:
    told: Queue[str] = Queue()
    Preparing(lambda: told.put("ready"), told.put).stop()
    assert told.empty()


def test_whether_there_is_a_compiler() -> None:
    assert can_be_fast() in (True, False)
