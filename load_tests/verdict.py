"""Validity before verdict, and the median of the rounds before both. Pure.

A round that did not measure what it says is void, whatever its figures; with no round left a budget
is *inconclusive*, which is neither pass nor fail. Each valid round is held against the calibration
taken around it, so a budget is judged by the median of figure / limit, never by an absolute time.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from .budgets import Budget, Calibration, Mode

LATENESS_MAX = 1.0  # ms at p99.9: a later generator measures itself
MOVED_MAX = 0.20  # of a calibrator between the two sides of a round
FOREIGN_MAX = 0.05  # of one core taken by programs that are not part of the measurement
DISK_SPREAD_MAX = 3.0  # fdatasync p99 over its median


class Result(Enum):
    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    REPORTED = "reported"  # measured, but not gating on this machine


@dataclass(frozen=True, slots=True)
class Round:
    """`figures`: metric -> value. `lateness`: ms at p99.9, or None where nothing is scheduled."""

    scenario: str
    figures: Mapping[str, float]
    before: Calibration
    after: Calibration
    foreign: float
    lateness: float | None = None

    @property
    def calibration(self) -> Calibration:
        b, a = self.before, self.after
        return Calibration(*((x + y) / 2 for x, y in _pairs(b, a)))


def _pairs(b: Calibration, a: Calibration) -> tuple[tuple[float, float], ...]:
    return ((b.e, a.e), (b.r, a.r), (b.f, a.f), (b.f_p99, a.f_p99))


def why_void(taken: Round) -> tuple[str, ...]:
    """Every reason why the round proves nothing; empty when it is valid."""
    reasons: list[str] = []
    if taken.lateness is not None and taken.lateness > LATENESS_MAX:
        reasons.append(f"generator {taken.lateness:.1f} ms late at p99.9")
    for name, (before, after) in zip("ERF", _pairs(taken.before, taken.after), strict=False):
        moved = abs(after - before) / min(before, after)
        if moved > MOVED_MAX:
            reasons.append(f"{name} moved {moved:.0%}")
    if taken.foreign > FOREIGN_MAX:
        reasons.append(f"{taken.foreign:.0%} of a core taken by other programs")
    calibration = taken.calibration
    if calibration.f_p99 > DISK_SPREAD_MAX * calibration.f:
        reasons.append(f"disk unsteady: p99 {calibration.f_p99 / calibration.f:.1f} x its median")
    return tuple(reasons)


@dataclass(frozen=True, slots=True)
class Judged:
    """`figure` and `limit` in the budget's unit, `ratio` = figure / limit, all medians."""

    budget: Budget
    result: Result
    figure: float
    limit: float
    ratio: float
    valid: int
    taken: int


def judge(budget: Budget, rounds: Sequence[Round], quiet: bool) -> Judged:
    """A counter that must be exact is judged on every round, void or not: a lost text is lost on a
    noisy machine too. Everything else only on valid rounds."""
    having = [r for r in rounds if budget.metric in r.figures]
    if not having:
        raise ValueError(f"no round of {budget.name}")
    valid = having if budget.exact else [r for r in having if not why_void(r)]
    shown = valid or having
    figures = [r.figures[budget.metric] for r in shown]
    limits = [budget.limit(r.calibration) for r in shown]
    figure = max(figures) if budget.exact else statistics.median(figures)
    limit = statistics.median(limits)
    ratio = statistics.median(f / m if m else f for f, m in zip(figures, limits, strict=True))
    return Judged(
        budget, _result(budget, bool(valid), figure, ratio, quiet), figure, limit, ratio,
        len(valid), len(having),
    )  # fmt: skip


def _result(budget: Budget, valid: bool, figure: float, ratio: float, quiet: bool) -> Result:
    if budget.mode is Mode.QUIET and not quiet:
        return Result.REPORTED
    if not valid:
        return Result.INCONCLUSIVE
    if budget.exact:
        return Result.PASS if figure <= budget.limit(Calibration(1, 1, 1, 1)) else Result.FAIL
    held = ratio >= 1 if budget.at_least else ratio <= 1
    return Result.PASS if held else Result.FAIL
