"""Counts and latencies, kept so cheaply that every message can afford them.

Plain integers and one bisect per latency; nothing is formatted until somebody asks. Histograms keep
their bounds from 10 us to 100 s in steps of about 25 %, so that a quantile is never further off
than its bucket is wide. No label is ever a caller, a dialogue or a word somebody wrote.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from .status import Hop

_STEPS = (1.0, 1.25, 1.6, 2.0, 2.5, 3.2, 4.0, 5.0, 6.3, 8.0)  # R10 preferred numbers
BOUNDS: tuple[float, ...] = (  # seconds, upper edge of each bucket
    *(float(f"{step}e{decade}") for decade in range(-5, 2) for step in _STEPS),
    100.0,
)
EXPORTED = tuple(
    place for place, bound in enumerate(BOUNDS) if f"{bound:.1e}"[:3] in ("1.0", "2.5", "5.0")
)
MINUTES = 5  # how far back "recent" looks, when `turn_minute` is called once a minute


class Histogram:
    """Durations in seconds. The one mutable thing is the list of counts."""

    __slots__ = ("_counts", "_minutes", "total")

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS) + 1)  # the last is "over 100 s"
        self._minutes: list[tuple[int, ...]] = [tuple(self._counts)]
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        self._counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds

    @property
    def counts(self) -> tuple[int, ...]:
        return tuple(self._counts)

    def turn_minute(self) -> None:
        """Begin a new minute; what is older than `MINUTES` no longer counts as recent."""
        self._minutes.append(tuple(self._counts))
        del self._minutes[:-MINUTES]

    def recent(self) -> tuple[int, ...]:
        """Counts of the last `MINUTES` minutes, the running one included."""
        oldest = self._minutes[0]
        return tuple(now - then for now, then in zip(self._counts, oldest, strict=True))


def quantile(counts: tuple[int, ...], share: float) -> float:
    """Seconds below which `share` (0..1) of the observations lie, by interpolation in the bucket.

    0.0 without observations; the last bound when the quantile lies above it.
    """
    wanted = share * sum(counts)
    seen = 0
    for place, count in enumerate(counts[:-1]):
        if count and seen + count >= wanted:
            low = BOUNDS[place - 1] if place else 0.0
            return low + (BOUNDS[place] - low) * max(0.0, wanted - seen) / count
        seen += count
    return BOUNDS[-1] if counts[-1] else 0.0


Gauge = Callable[[], Mapping[str, float]]


def _nothing() -> Mapping[str, float]:
    return {}


@dataclass(slots=True)
class Gauges:
    """Asked only when /metrics is read. Keys become the label named in `GAUGES`."""

    binds: Gauge = _nothing  # carrier -> number of binds
    unreached: Gauge = _nothing  # carrier -> connections of ours that do not stand
    dialogues: Gauge = _nothing  # state -> number of dialogues
    queues: Gauge = _nothing  # queue -> depth
    people: Gauge = _nothing  # PSAP -> telecommunicators logged in
    calls: Gauge = _nothing  # line -> calls that are up
    calls_turned_away: Gauge = _nothing  # line -> since the start
    blocked: Gauge = _nothing  # PSAP -> callers it does not take now
    alarms: Gauge = _nothing  # severity -> number of alarms


@dataclass(slots=True)
class Metrics:
    """Everything that is counted, by name. Add one with `metrics.texts_in += 1`."""

    # --- latencies, one per hop ---
    text_synced: Histogram = field(default_factory=Histogram)
    text_shown: Histogram = field(default_factory=Histogram)
    reply_sent: Histogram = field(default_factory=Histogram)
    location: Histogram = field(default_factory=Histogram)
    route: Histogram = field(default_factory=Histogram)
    journal_commit: Histogram = field(default_factory=Histogram)
    loop_late: Histogram = field(default_factory=Histogram)
    line_beat: Histogram = field(default_factory=Histogram)

    # --- counts since start ---
    pdus_in: int = 0
    pdus_refused: int = 0
    pdus_lenient: int = 0
    texts_in: int = 0
    repeats: int = 0
    throttled: int = 0
    throttled_first: int = 0
    texts_dropped: int = 0
    replies_out: int = 0
    replies_failed: int = 0
    automatic_out: int = 0
    receipts_in: int = 0
    receipts_out: int = 0
    dialogues_opened: int = 0
    dialogues_closed: int = 0
    bounces: int = 0
    callers_blocked: int = 0
    journal_records: int = 0
    journal_failures: int = 0
    log_lines_lost: int = 0

    gauges: Gauges = field(default_factory=Gauges)

    def histograms(self) -> Iterator[tuple[str, Histogram]]:
        for name, _, _ in HOPS:
            yield name, getattr(self, name)

    def turn_minute(self) -> None:
        for _, histogram in self.histograms():
            histogram.turn_minute()

    def hops(self) -> tuple[Hop, ...]:
        """The latencies of the last minutes, as the operator page shows them."""
        return tuple(_hop(words, limit, getattr(self, name)) for name, words, limit in HOPS)


def _hop(words: str, limit_ms: float, histogram: Histogram) -> Hop:
    counts = histogram.recent()
    return Hop(
        name=words,
        count=sum(counts),
        p50_ms=round(quantile(counts, 0.5) * 1000, 3),
        p99_ms=round(quantile(counts, 0.99) * 1000, 3),
        limit_ms=limit_ms,
    )


# attribute, words, limit of the p99 in ms. The limits are the operators' (a machine with other work
# on a slow disk still holds them); the budgets of load_tests/ are stricter.
HOPS: tuple[tuple[str, str, float], ...] = (
    ("text_synced", "Carrier octet to synced", 100.0),
    ("text_shown", "Carrier text to console", 150.0),
    ("reply_sent", "Console reply to carrier", 100.0),
    ("location", "Location", 3000.0),
    ("route", "Route decision", 5.0),
    ("journal_commit", "Journal commit", 100.0),
    ("loop_late", "Loop late by", 50.0),
    ("line_beat", "Beat of the calls", 10.0),
)

# attribute, what it counts
COUNTERS: tuple[tuple[str, str], ...] = (
    ("pdus_in", "PDUs received from carriers"),
    ("pdus_refused", "PDUs answered with an error"),
    ("pdus_lenient", "PDUs accepted although they broke a rule of SMPP"),
    ("texts_in", "Texts and parts of texts accepted from callers"),
    ("repeats", "Texts recognised as a carrier's repeat"),
    ("throttled", "Texts refused for the moment because too many were in flight"),
    ("throttled_first", "Texts refused for the moment that were the first of a new caller"),
    ("texts_dropped", "Texts that waited for their turn when their bind ended; never accepted"),
    ("replies_out", "Parts of replies handed to carriers"),
    ("replies_failed", "Replies that a carrier refused for good"),
    ("automatic_out", "Automatic messages to callers"),
    ("receipts_in", "Delivery receipts and acknowledgements from carriers"),
    ("receipts_out", "Delivery receipts given to carriers"),
    ("dialogues_opened", "Dialogues opened"),
    ("dialogues_closed", "Dialogues closed, bounced or abandoned"),
    ("bounces", "Callers told that text-to-911 is not available"),
    ("callers_blocked", "Decisions of PSAPs not to take a caller for a while"),
    ("journal_records", "Records made durable"),
    ("journal_failures", "Failed journal commits"),
    ("log_lines_lost", "Health log lines dropped because the log could not be written"),
)

# attribute, metric, label, what it shows
GAUGES: tuple[tuple[str, str, str, str], ...] = (
    ("binds", "binds", "carrier", "Binds that can carry a caller's text in"),
    (
        "unreached",
        "unreached",
        "carrier",
        "Connections to a carrier that are ours, and do not stand",
    ),
    ("dialogues", "dialogues", "state", "Dialogues in memory by state"),
    ("queues", "queue_depth", "queue", "What waits inside the gateway"),
    ("people", "psap_people", "psap", "Telecommunicators logged in and connected"),
    ("calls", "line_calls", "line", "Calls that are up on a line"),
    ("calls_turned_away", "line_turned_away", "line", "Calls a line turned away since the start"),
    ("blocked", "blocked_callers", "psap", "Callers whom a PSAP does not take now"),
    ("alarms", "alarms", "severity", "Alarms that stand"),
)
