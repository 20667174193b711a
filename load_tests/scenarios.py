"""The scenarios of DESIGN 7: each plays one round and names its figures as `budgets.py` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .budgets import (
    ACCEPT,
    CONSOLE,
    DISORDER,
    FIVE,
    LOST,
    OVERLOAD,
    REPLY,
    RESPONSE,
    SATURATION,
    SURGE,
    TWICE,
    UNSENT,
)
from .histogram import Histogram
from .rounds import BINDS, Seen, play
from .workload import MESSAGES_MAX, Step, dues, workload

WARM_UP = 1.0  # s at the beginning of a round that are not timed
WINDOW = 100  # submit_sm unanswered per bind at saturation
SURGE_BASE, SURGE_PEAK = 200.0, 10_000.0  # texts per second: 50 x
OVERLOAD_FACTOR = 2.0
OVERLOAD_SECONDS = 6.0
OVERLOAD_FILLS = 2.0  # s until every queue on the way is full; goodput is counted after that


@dataclass(frozen=True, slots=True)
class Setting:
    """`disk`: a folder on the journal's disk. `seconds`: of steady load in a round."""

    disk: Path
    seconds: float
    saturation_texts: int


@dataclass(frozen=True, slots=True)
class Taken:
    """The figures of one round, and what decides whether they count."""

    figures: Mapping[str, float]
    foreign: float
    lateness: float | None  # ms at p99.9
    notes: tuple[str, ...] = ()


def _percentiles(path: str, histogram: Histogram) -> dict[str, float]:
    if not histogram.count:
        return {}
    return {f"{path} p{p:g}": histogram.percentile(p) / 1e6 for p in (50, 99, 99.9)} | {
        f"{path} max": histogram.maximum / 1e6
    }


def _taken(seen: Seen, more: Mapping[str, float], scheduled: bool = True) -> Taken:
    """Without a schedule nothing is late, and the consoles do not know when a text was sent."""
    carrier, console = seen.carrier, seen.console
    figures: dict[str, float] = {
        LOST: seen.lost,
        TWICE: seen.twice,
        DISORDER: console.disorder,
        "texts": len(carrier.taken),
        "replies written": console.replies,
        UNSENT: console.replies - len(set(carrier.replies)),
        "CPU per message": seen.cpu_per_message,
        **_percentiles(RESPONSE, carrier.response),
        **(_percentiles(CONSOLE, console.latency) if scheduled else {}),
        **_percentiles(REPLY, carrier.reply),
        **more,
    }
    notes = [f"status {status:#x} x {n}" for status, n in sorted(carrier.refused.items())]
    if carrier.unanswered:
        notes.append(f"{carrier.unanswered} texts without an answer")
    if carrier.automatic:
        notes.append(f"{carrier.automatic} automatic messages: callers turned away, or closed")
    if carrier.lost_links:
        notes.append(f"{carrier.lost_links} binds lost")
    if console.refused:
        notes.append(f"{len(console.refused)} console frames refused: {console.refused[0]}")
    late = carrier.lateness.percentile(99.9) / 1e6 if scheduled else None
    return Taken(figures, seen.foreign, late, tuple(notes))


def steady(rate: float) -> Callable[[Setting, int], Taken]:
    """Evenly spaced texts, `rate` per second."""

    def scenario(setting: Setting, number: int) -> Taken:
        due = dues([Step(rate, WARM_UP + setting.seconds)])
        texts = workload(number, due, BINDS)
        return _taken(play(texts, number, setting.disk, measure_from=int(WARM_UP * 1e9)), {})

    return scenario


def saturation(setting: Setting, number: int) -> Taken:
    """As fast as a window of 100 over 4 binds allows."""
    texts = workload(number, [0] * setting.saturation_texts, BINDS)
    seen = play(texts, number, setting.disk, window=WINDOW)
    more = {"throughput": len(seen.carrier.taken) / seen.seconds}
    return _taken(seen, more, scheduled=False)


def surge(setting: Setting, number: int) -> Taken:
    """Fifty times the texts within an instant, and back."""
    steps = [Step(SURGE_BASE, 2), Step(SURGE_PEAK, setting.seconds / 2), Step(SURGE_BASE, 1)]
    texts = workload(number, dues(steps), BINDS)
    return _taken(play(texts, number, setting.disk, measure_from=int(WARM_UP * 1e9)), {})


def overload(setting: Setting, number: int) -> Taken:
    """Twice what saturation takes, by schedule. The knee is taken just before."""
    knee = saturation(setting, number)
    rate = min(OVERLOAD_FACTOR * knee.figures["throughput"], MESSAGES_MAX / OVERLOAD_SECONDS)
    due = dues([Step(rate, OVERLOAD_SECONDS)])
    texts = workload(number + 1, due, BINDS)
    seen = play(texts, number + 1, setting.disk)
    counted_from = seen.carrier.first + int(OVERLOAD_FILLS * 1e9)
    counted_to = seen.carrier.first + due[-1]
    counted = sum(counted_from <= at < counted_to for at in seen.carrier.taken_at)
    good = counted / (OVERLOAD_SECONDS - OVERLOAD_FILLS)
    more = {
        "knee": knee.figures["throughput"],
        "offered": rate,
        "goodput": good,
        "goodput / goodput at the knee": good / knee.figures["throughput"],
    }
    return _taken(seen, more)


SCENARIOS: Mapping[str, Callable[[Setting, int], Taken]] = {
    ACCEPT: steady(1000),
    FIVE: steady(5000),
    SATURATION: saturation,
    SURGE: surge,
    OVERLOAD: overload,
}
