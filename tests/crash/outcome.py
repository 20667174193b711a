"""What a scenario found: promises that count (strict), times with their limits, and figures.

Counts of defects are never excused. Times are limits of a machine with nothing else to do; where
other work runs beside the lab they are judged with a factor, and LAB_QUIET=1 takes it away.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

from .judging import Verdict

FACTOR = 1.0 if os.environ.get("LAB_QUIET") == "1" else 4.0

Figure = int | float | str


class Skipped(Exception):
    """Why a scenario cannot be played here, in words."""


@dataclass(frozen=True, slots=True)
class Promise:
    """`limit` as it is promised; `kept` says whether it was, the factor included for times."""

    what: str
    figure: float
    limit: float
    kept: bool

    def in_words(self) -> str:
        return f"{self.what} {self.figure:g} (limit {self.limit:g}){'' if self.kept else ' BROKEN'}"


@dataclass(slots=True)
class Outcome:
    name: str
    promises: list[Promise] = field(default_factory=list[Promise])
    figures: dict[str, Figure] = field(default_factory=dict[str, Figure])
    sentences: list[str] = field(default_factory=list[str])

    @property
    def good(self) -> bool:
        return all(promise.kept for promise in self.promises)

    def seconds(self, what: str, figure: float, limit: float) -> None:
        """A time. `limit` is that of a quiet machine."""
        kept = figure <= limit * FACTOR
        self.promises.append(Promise(f"{what}, s:", round(figure, 3), limit, kept))

    def strict(self, what: str, figure: float, limit: float = 0) -> None:
        """A count of defects."""
        self.promises.append(Promise(what, figure, limit, figure <= limit))

    def judged(self, verdict: Verdict, settled: str = "") -> None:
        """`settled`: what was still owed when the time for it was over."""
        self.strict("defects", sum(verdict.counts.values()))
        self.sentences += verdict.sentences
        if settled:
            self.strict("left over", 1)
            self.sentences.append(f"left over: {settled}")
        self.figures |= {
            "texts": verdict.texts,
            "accepted": verdict.accepted,
            "lost": verdict.counts["lost"],
            "twice": verdict.counts["twice"],
            "order": verdict.counts["order"] + verdict.counts["reply order"],
            "journal and replay bad": verdict.counts["journal"] + verdict.counts["replay"],
            "shown collapsed": verdict.suspected,
            "bounced": verdict.bounced,
            "replies": verdict.replies,
            "replies sent again, marked": verdict.sent_again,
            "replies unknown, marked": verdict.unknown,
        }

    def in_words(self) -> str:
        promises = ", ".join(promise.in_words() for promise in self.promises)
        figures = ", ".join(f"{name} {figure}" for name, figure in self.figures.items())
        line = f"{self.name:<10} {'kept' if self.good else 'BROKEN'}: {promises}; {figures}"
        return "\n".join([line, *(f"    {sentence}" for sentence in self.sentences)])

    def plain(self) -> dict[str, object]:
        """For a program."""
        return {
            "name": self.name,
            "good": self.good,
            "promises": [
                {"what": x.what, "figure": x.figure, "limit": x.limit, "kept": x.kept}
                for x in self.promises
            ],
            "figures": self.figures,
            "sentences": self.sentences,
        }


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest rank; 0.0 of nothing."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else 0.0
