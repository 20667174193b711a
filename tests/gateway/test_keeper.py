"""A worker that is killed has a successor at once; one that ends, or is told to end, has none."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from text911.gateway.keeper import DEATHS_MAX, DEATHS_WITHIN, FAILED, Deaths

from ..floors import ROOT

# Says its number, then does what it is told in one letter: "k" to be killed, "e" to end with 3.
WORKER = """
import os, signal, sys
from text911.gateway.keeper import keep

def work():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
    signal.signal(signal.SIGTERM, lambda *_: (print("told", flush=True), os._exit(7)))
    signal.signal(signal.SIGHUP, lambda *_: print("again", flush=True))
    print(os.getpid(), flush=True)
    for letter in iter(lambda: os.read(0, 1), b""):
        if letter == b"k":
            os.kill(os.getpid(), signal.SIGKILL)
        elif letter == b"e":
            return 3
    signal.pause()
    return 0

sys.exit(keep(work, lambda line: print(line, flush=True)))
"""
# Says its number and how much it knows, and waits to be killed.
READER = """
import os, signal, sys
from text911.gateway.keeper import keep

known = [1]

def work():
    print(os.getpid(), len(known), flush=True)
    signal.pause()
    return 0

sys.exit(keep(work, lambda line: None, lambda: known.append(2)))
"""


@contextmanager
def kept(program: str = WORKER) -> Generator[subprocess.Popen[str], None, None]:
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as keeper:
        try:
            yield keeper
        finally:
            keeper.kill()


def line_of(keeper: subprocess.Popen[str]) -> str:
    assert keeper.stdout is not None
    return keeper.stdout.readline().rstrip("\n")


def tell(keeper: subprocess.Popen[str], letters: str) -> None:
    assert keeper.stdin is not None
    keeper.stdin.write(letters)
    keeper.stdin.flush()


def test_a_worker_that_is_killed_has_a_successor_and_that_is_said() -> None:
    with kept() as keeper:
        first = int(line_of(keeper))
        os.kill(first, signal.SIGKILL)
        assert line_of(keeper) == "SIGKILL has killed the gateway; it is started again"
        assert int(line_of(keeper)) not in (first, keeper.pid)


def test_what_is_read_beside_the_first_start_every_successor_has() -> None:
    with kept(READER) as keeper:
        for knows in ("1", "2", "2"):
            worker, known = line_of(keeper).split()
            assert known == knows
            os.kill(int(worker), signal.SIGKILL)


def test_a_worker_that_ends_by_itself_has_none_and_its_code_is_the_keepers() -> None:
    with kept() as keeper:
        line_of(keeper)
        tell(keeper, "e")
        assert keeper.wait(60) == 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_is_told_to_end_ends(number: signal.Signals) -> None:
    with kept() as keeper:
        line_of(keeper)
        keeper.send_signal(number)
        if number == signal.SIGTERM:
            assert line_of(keeper) == "told"
            assert keeper.wait(60) == 7
        else:  # this worker knows no SIGINT but Python's own: a trace, and 1
            assert keeper.wait(60) in (1, 128 + signal.SIGINT)


def test_a_worker_that_is_killed_while_it_ends_has_no_successor() -> None:
    with kept() as keeper:
        worker = int(line_of(keeper))
        os.kill(worker, signal.SIGSTOP)
        keeper.send_signal(signal.SIGTERM)
        os.kill(worker, signal.SIGKILL)
        assert keeper.wait(60) in (7, 128 + signal.SIGKILL)


def test_a_reload_reaches_the_worker_that_is_there_now() -> None:
    with kept() as keeper:
        line_of(keeper)
        keeper.send_signal(signal.SIGHUP)
        assert line_of(keeper) == "again"
        tell(keeper, "k")
        assert line_of(keeper).startswith("SIGKILL has killed")
        line_of(keeper)
        keeper.send_signal(signal.SIGHUP)
        assert line_of(keeper) == "again"


def test_a_worker_that_cannot_live_is_given_up() -> None:
    with kept() as keeper:
        tell(keeper, "k" * DEATHS_MAX)
        assert keeper.wait(60) == FAILED
        assert keeper.stdout is not None
        assert keeper.stdout.read().splitlines()[-1] == (
            f"SIGKILL has killed the gateway {DEATHS_MAX} times in {DEATHS_WITHIN:g} s"
        )


def test_without_its_keeper_a_worker_dies() -> None:
    with kept() as keeper:
        worker = int(line_of(keeper))
        gone = os.pidfd_open(worker)
        try:
            keeper.kill()
            assert select.select([gone], [], [], 60.0)[0], "it is there still"
        finally:
            os.close(gone)


def test_deaths_far_apart_are_forgiven() -> None:
    deaths = Deaths()
    apart = DEATHS_WITHIN / (DEATHS_MAX - 1)
    for death in range(3 * DEATHS_MAX):
        assert deaths.may_live_again(death * (apart + 0.01))


def test_deaths_close_together_are_not() -> None:
    deaths = Deaths()
    assert [deaths.may_live_again(float(death)) for death in range(DEATHS_MAX)] == [
        *[True] * (DEATHS_MAX - 1),
        False,
    ]
