"""What the load test of calls counts as a fault of ours. The calls need a quiet machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from load_tests.histogram import Histogram
from load_tests.rtp_callers import SO_TIMESTAMPNS, STAMP, Caller
from load_tests.rtp_calls import in_words, times
from text911.sip import rtcp, rtp
from text911.sip.rtp import Packet


class Socket:
    """What came to a caller: one every 20 ms, `late` seconds after that."""

    def __init__(self, *octets: bytes, late: dict[int, float] | None = None) -> None:
        self.coming = list(octets)
        self._late = late or {}
        self._count = 0

    def recvmsg(self, _size: int, _room: int) -> tuple[bytes, list[Any], int, None]:
        at = 1_000_000_000 + 0.02 * self._count + self._late.get(self._count, 0.0)
        self._count += 1
        stamp = STAMP.pack(int(at), round(at % 1 * 1e9))
        return self.coming.pop(0), [(socket.SOL_SOCKET, SO_TIMESTAMPNS, stamp)], 0, None


@pytest.fixture
def caller() -> Iterator[Caller]:
    made = Caller(0, 9, [], 0.0)
    with closing(made.socket):
        yield made


def frame(at: int, timestamp: int | None = None) -> bytes:
    return rtp.write(Packet(0, at % 65_536, 160 * at if timestamp is None else timestamp, 7, b"x"))


@pytest.mark.parametrize(
    ("came", "gaps", "disordered"),
    [
        ((65_534, 65_535, 65_536), 0, 0),
        ((1, 2, 4), 1, 0),
        ((1, 3, 2, 3), 1, 1),
    ],
)
def test_what_is_missing_and_what_is_late_is_counted(
    caller: Caller, came: tuple[int, ...], gaps: int, disordered: int
) -> None:
    report = rtcp.write((rtcp.ReceiverReport(7),))
    heard: Any = Socket(*map(frame, came), report)
    kept, caller.socket = caller.socket, heard
    while heard.coming:
        caller.hear()
    caller.socket = kept
    assert (caller.gaps, caller.disordered, caller.received) == (gaps, disordered, len(came))


def test_how_late_a_frame_is_counts_from_the_one_that_came_soonest(caller: Caller) -> None:
    frames = [rtp.write(Packet(0, at, 160 * at, 7, b"x")) for at in range(4)]
    heard: Any = Socket(*frames, late={0: 0.003, 2: 0.031})
    kept, caller.socket = caller.socket, heard
    while heard.coming:
        caller.hear()
    caller.socket = kept
    assert caller.late.tolist() == pytest.approx([0.003, 0.0, 0.031, 0.0], abs=1e-6)


def test_a_frame_whose_time_jumps_is_a_gap(caller: Caller) -> None:
    heard: Any = Socket(frame(1), frame(2, 999))
    kept, caller.socket = caller.socket, heard
    for _ in range(2):
        caller.hear()
    caller.socket = kept
    assert caller.gaps == 1


def figures(what: str) -> dict[str, float]:
    return times(what, Histogram([1_000_000]))


def test_a_machine_that_was_busy_judges_nothing() -> None:
    found: dict[str, Any] = {
        "calls": 200, "seconds": 60.0, "modem": True, "texts_wrong": 0, "samples_lost": 0,
        "samples_short": 0, "stopped_ms": 0, "cores": 0.8, "foreign_cores": 0.0,
        **figures("tick"), **figures("processor"), **figures("hold"), **figures("given"),
        "callers": {"gaps": 0, "disordered": 0, **figures("late")},
    }  # fmt: skip
    assert "inconclusive" not in in_words(found)
    assert "0 texts wrong" in in_words(found)
    found["foreign_cores"] = 1.5
    assert in_words(found).endswith("inconclusive: other programs took 1.50 cores")
