"""What the load test of calls counts as a fault of ours. The calls need a quiet machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from load_tests.histogram import Histogram
from load_tests.rtp_callers import Caller
from load_tests.rtp_calls import in_words
from text911.sip import rtcp, rtp
from text911.sip.rtp import Packet


class Socket:
    """What came to a caller."""

    def __init__(self, *octets: bytes) -> None:
        self.coming = list(octets)

    def recv(self, _size: int) -> bytes:
        return self.coming.pop(0)


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
    between = Histogram()
    while heard.coming:
        caller.hear(1.0, between)
    caller.socket = kept
    assert (caller.gaps, caller.disordered, caller.received) == (gaps, disordered, len(came))
    assert between.count == len(came) - 1


def test_a_frame_whose_time_jumps_is_a_gap(caller: Caller) -> None:
    heard: Any = Socket(frame(1), frame(2, 999))
    kept, caller.socket = caller.socket, heard
    for _ in range(2):
        caller.hear(1.0, Histogram())
    caller.socket = kept
    assert caller.gaps == 1


def test_a_machine_that_was_busy_judges_nothing() -> None:
    found: dict[str, Any] = {
        "calls": 200, "seconds": 60.0, "modem": True, "texts_wrong": 0, "samples_lost": 0,
        "tick_p50_ms": 5.0, "tick_p99_ms": 9.0, "tick_max_ms": 12.0, "work_p50_ms": 8.0,
        "work_p99_ms": 11.0, "cores": 0.8,
        "foreign_cores": 0.0, "callers": {"gaps": 0, "disordered": 0},
    }  # fmt: skip
    assert "inconclusive" not in in_words(found)
    assert "0 texts wrong" in in_words(found)
    found["foreign_cores"] = 1.5
    assert in_words(found).endswith("inconclusive: other programs took 1.50 cores")
