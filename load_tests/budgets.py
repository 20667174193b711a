"""The budgets of DESIGN 7 as data. `scenarios.py` measures, `verdict.py` judges.

A limit is either a multiple of a calibrator of the same run (E, R, F) or a figure of its own.
`mode` says whether a miss fails the run: "gate" always, "quiet" only on a machine declared quiet
with LOAD_QUIET=1, because tails repeat within a factor of nine on a shared one.

    E  CPU per message of a bare asyncio echo, 100 connections, window 1
    R  its round trip p50, one connection, window 1
    F  median write + fdatasync of one record on the journal's disk
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

SLACK = 1.3  # a gated goal may be missed by the noise of a shared machine (DESIGN 7)


class Mode(Enum):
    GATE = "gate"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Microseconds each. `f_p99` is only for judging the disk's steadiness."""

    e: float
    r: float
    f: float
    f_p99: float


@dataclass(frozen=True, slots=True)
class Budget:
    """`metric` names a figure of `scenario`. `goal` turns a calibration into the limit, in `unit`.
    `at_least`: the figure must not be below the limit instead of not above it. `exact`: a counter,
    without any slack."""

    scenario: str
    metric: str
    unit: str
    words: str  # the goal as a person reads it
    goal: Callable[[Calibration], float]
    mode: Mode
    at_least: bool = False
    exact: bool = False

    @property
    def name(self) -> str:
        return f"{self.scenario}: {self.metric}"

    def limit(self, calibration: Calibration) -> float:
        """What the figure is held against, slack included where there is any."""
        goal = self.goal(calibration)
        if self.exact or self.mode is Mode.QUIET:
            return goal
        return goal / SLACK if self.at_least else goal * SLACK


def fixed(value: float) -> Callable[[Calibration], float]:
    return lambda _: value


def _tails(scenario: str, path: str, p50: float, p99: float, p999: float) -> tuple[Budget, ...]:
    """One line of DESIGN 7 with three percentiles in ms; all absolute, so none gates in noise."""
    return tuple(
        Budget(scenario, f"{path} {name}", "ms", f"<= {ms:g} ms", fixed(ms), Mode.QUIET)
        for name, ms in (("p50", p50), ("p99", p99), ("p99.9", p999))
    )


def _none(scenario: str, metric: str) -> Budget:
    return Budget(scenario, metric, "", "0", fixed(0.0), Mode.GATE, exact=True)


ACCEPT, FIVE, SATURATION = "1,000/s", "5,000/s", "saturation"
SURGE, OVERLOAD = "surge x50", "overload x2"
LOST, TWICE, DISORDER = "accepted, never shown", "shown twice", "shown out of order"
UNSENT = "replies that never came"
RESPONSE, CONSOLE, REPLY = "octet -> resp", "octet -> console", "reply -> carrier"

BUDGETS: tuple[Budget, ...] = (
    Budget(
        ACCEPT,
        f"{RESPONSE} p50",
        "ms",
        "<= 2 (R + F)",
        lambda c: 2 * (c.r + c.f) / 1000,
        Mode.GATE,
    ),
    *_tails(ACCEPT, CONSOLE, 1, 5, 10),
    *_tails(ACCEPT, REPLY, 1, 5, 10),
    *_tails(FIVE, CONSOLE, 1.5, 8, 20),
    *_tails(FIVE, REPLY, 1.5, 8, 20),
    Budget(
        SATURATION,
        "throughput",
        "submit_sm/s",
        ">= 25,000/s",
        fixed(25_000),
        Mode.QUIET,
        at_least=True,
    ),
    Budget(SATURATION, "CPU per message", "us", "<= 4 E", lambda c: 4 * c.e, Mode.GATE),
    Budget(SURGE, f"{CONSOLE} p99", "ms", "<= 25 ms", fixed(25), Mode.QUIET),
    Budget(
        OVERLOAD,
        "goodput / goodput at the knee",
        "",
        ">= 0.9",
        fixed(0.9),
        Mode.GATE,
        at_least=True,
    ),
    *(
        _none(scenario, counter)
        for scenario in (ACCEPT, FIVE, SATURATION, SURGE, OVERLOAD)
        for counter in (LOST, TWICE, DISORDER, UNSENT)
    ),
)


def of(scenario: str, figures: Mapping[str, float]) -> tuple[Budget, ...]:
    """The budgets that these figures of `scenario` can be held against."""
    return tuple(b for b in BUDGETS if b.scenario == scenario and b.metric in figures)
