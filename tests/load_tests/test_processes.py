"""Ports for servers of tests: in a row, free, and nobody else's for a long while."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from load_tests import processes
from load_tests.processes import PORTS, free_ports

ROOT = Path(__file__).resolve().parents[2]
ASKS = """
from load_tests.processes import free_ports
print(*(port for _ in range(20) for port in free_ports(2)))
"""


@pytest.fixture
def turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the next port stands, for this test alone."""
    path = tmp_path / "turns"
    monkeypatch.setattr(processes, "TURNS_OF_PORTS", path)
    return path


def test_they_are_in_a_row_and_the_next_ones_are_others(turns: Path) -> None:
    given = [free_ports(3) for _ in range(20)]
    assert all(two == one + 1 and three == one + 2 for one, two, three in given)
    assert len({port for ports in given for port in ports}) == 60
    assert int(turns.read_text()) > given[-1][-1]


def test_what_two_programs_are_given_at_the_same_time_are_others() -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", ASKS], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [set(one.communicate()[0].split()) for one in running]
    assert [len(one) for one in said] == [40, 40]
    assert said[0].isdisjoint(said[1])


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_one_that_somebody_has_is_passed_over(turns: Path, kind: socket.SocketKind) -> None:
    first = free_ports(1)[0]
    turns.write_text(str(first))
    with socket.socket(type=kind) as other:
        other.bind(("127.0.0.1", first + 1))
        if kind is socket.SOCK_STREAM:
            other.listen()
        assert free_ports(3)[0] > first + 1


@pytest.mark.parametrize("left", ["", "1", str(PORTS.stop - 1), "70000"])
def test_after_the_last_ones_it_begins_anew(turns: Path, left: str) -> None:
    turns.write_text(left)
    given = free_ports(2)
    assert all(port in PORTS for port in given)
    assert given[0] < PORTS.stop - 2
