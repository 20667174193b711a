"""`Metrics` in the Prometheus text format. Reads the counts when asked; keeps none of its own."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from .metrics import BOUNDS, COUNTERS, EXPORTED, GAUGES, HOPS, Histogram, Metrics

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "text911_"


class MetricsCollector(Collector):
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        yield self._latencies()
        for name, words in COUNTERS:
            yield CounterMetricFamily(PREFIX + name, words, value=getattr(self._metrics, name))
        for attribute, metric, label, words in GAUGES:
            family = GaugeMetricFamily(PREFIX + metric, words, labels=[label])
            for key, value in getattr(self._metrics.gauges, attribute)().items():
                family.add_metric([key], value)
            yield family

    def _latencies(self) -> Metric:
        family = HistogramMetricFamily(
            PREFIX + "hop_seconds", "Time a hop of the way of a text takes", labels=["hop"]
        )
        for name, _, _ in HOPS:
            histogram = getattr(self._metrics, name)
            family.add_metric([name], buckets=_buckets(histogram), sum_value=histogram.total)
        return family


def _buckets(histogram: Histogram) -> list[tuple[str, float]]:
    """Cumulative counts at the exported bounds. Three bounds per decade are enough for a chart."""
    counts = histogram.counts
    buckets: list[tuple[str, float]] = []
    seen = 0
    done = 0
    for place in EXPORTED:
        seen += sum(counts[done : place + 1])
        done = place + 1
        buckets.append((repr(BOUNDS[place]), float(seen)))
    buckets.append(("+Inf", float(seen + sum(counts[done:]))))
    return buckets


def expose(metrics: Metrics) -> bytes:
    """The whole page of /metrics."""
    registry = CollectorRegistry()
    registry.register(MetricsCollector(metrics))
    return generate_latest(registry)
