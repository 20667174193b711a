"""What the runs say: medians, ratios of one round, and the table of them. Pure.

A ratio is taken within a round, where both servers had the same machine, and the median of the
rounds is published. The absolute targets are stated beside it and are judged only when the
generator has shown twice as much against a server that does nothing.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from ..histogram import Histogram
from .stream import Run

WINDOWS = (1, 10, 100)
TARGET_RATE = 25_000.0  # submit_sm/s at window 100, answered after the sync
TARGET_P99 = 20.0  # ms, at the same
# Cores. Whoever keeps two cores busy (a loop, a disk's thread, consoles beside the generator) is
# slowed by what another program takes, a server with one thread is not.
OTHERS_MAX = 0.1
GENERATOR_FACTOR = 2.0  # what the generator must reach against the bare server, in targets


@dataclass(frozen=True, slots=True)
class Figure:
    """One run. `rate` in texts taken per second, `p50` and `p99` of the response in ms. `others`:
    cores that were busy just before, while nobody was asked: by other programs, or by the servers
    that wait for their turn."""

    server: str
    window: int
    turn: int
    rate: float
    p50: float
    p99: float
    taken: int
    refused: int
    others: float = 0.0


def figure(server: str, window: int, turn: int, run: Run, others: float = 0.0) -> Figure:
    """Raises ValueError when nothing at all was taken."""
    if not run.taken:
        raise ValueError(f"{server} took no text at window {window}; refused: {run.refused}")
    waits = Histogram(run.waits)
    return Figure(
        server, window, turn, len(run.taken) / run.seconds,
        waits.percentile(50) / 1e6, waits.percentile(99) / 1e6,
        len(run.taken), sum(run.refused.values()), others,
    )  # fmt: skip


def medians(figures: Sequence[Figure], server: str, window: int) -> tuple[float, float, float]:
    """(rate, p50, p99) over the rounds. Raises ValueError when there was none."""
    those = [one for one in figures if (one.server, one.window) == (server, window)]
    if not those:
        raise ValueError(f"no run of {server} at window {window}")
    return (
        statistics.median(one.rate for one in those),
        statistics.median(one.p50 for one in those),
        statistics.median(one.p99 for one in those),
    )


def ratio(figures: Sequence[Figure], ours: str, peer: str, window: int) -> float:
    """Our rate to the peer's: the median of what each round says."""
    rates = {(one.server, one.turn): one.rate for one in figures if one.window == window}
    turns = [turn for server, turn in rates if server == ours and (peer, turn) in rates]
    if not turns:
        raise ValueError(f"no round with {ours} and {peer} at window {window}")
    return statistics.median(rates[ours, turn] / rates[peer, turn] for turn in turns)


def table(figures: Sequence[Figure], ours: str, durable: Sequence[str]) -> list[str]:
    """As Markdown, for docs/smpp.md. Ours first, then in the order of the runs."""
    servers = list(dict.fromkeys(one.server for one in figures))
    windows = sorted({one.window for one in figures})
    heads = "".join(f" window {window} | ratio |" for window in windows)
    lines = [
        f"| server | on disk before the answer |{heads}",
        "|---" * (2 + 2 * len(windows)) + "|",
    ]
    for server in sorted(servers, key=lambda name: name != ours):
        cells = [server, "yes" if server in durable else "no"]
        for window in windows:
            rate, p50, p99 = medians(figures, server, window)
            cells.append(f"{rate:,.0f}/s, {p50:.3g} / {p99:.3g} ms")
            cells.append("" if server == ours else f"{ratio(figures, ours, server, window):.2f}")
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def targets(figures: Sequence[Figure], ours: str, bare: str) -> list[str]:
    """The absolute targets, in words. What the generator could not show is said to be unknown."""
    window = max(one.window for one in figures)
    rate, _, p99 = medians(figures, ours, window)
    could, _, _ = medians(figures, bare, window)
    needed = GENERATOR_FACTOR * TARGET_RATE
    shown = could >= needed
    return [
        f"generator: {could:,.0f}/s against the bare server at window {window}, at least"
        f" {needed:,.0f} wanted: {'shown' if shown else 'not shown'}",
        f"rate: {rate:,.0f}/s at window {window}, at least {TARGET_RATE:,.0f} wanted:"
        f" {_verdict(rate >= TARGET_RATE, known=shown or rate >= TARGET_RATE)}",
        f"p99: {p99:.3g} ms at window {window}, below {TARGET_P99:g} wanted:"
        f" {_verdict(p99 < TARGET_P99, known=True)}",
    ]


def disturbed(figures: Sequence[Figure]) -> list[str]:
    """What had the machine beside the servers, in words, and which of ours it may have slowed."""
    noisy = [one for one in figures if one.others > OTHERS_MAX]
    most = max((one.others for one in figures), default=0.0)
    return [
        f"busy before a run, while nobody was asked: at most {most:.2f} cores; more than"
        f" {OTHERS_MAX:g} before {len(noisy)} of {len(figures)} runs",
        *(
            f"    round {one.turn + 1}, window {one.window}, {one.server}: {one.others:.2f} cores"
            for one in noisy
        ),
    ]


def _verdict(met: bool, *, known: bool) -> str:
    if not known:
        return "not reached, and the generator could not have shown it"
    return "met" if met else "not met"
