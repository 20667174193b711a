"""/metrics: what an independent parser of the Prometheus format reads back from it."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from text911.gateway.operations.exposition import expose
from text911.gateway.operations.metrics import COUNTERS, Metrics


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(expose(metrics).decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_counters_are_there_with_their_values() -> None:
    metrics = Metrics()
    metrics.texts_in += 3
    read = samples(metrics)
    assert read["text911_texts_in_total", ()] == 3
    assert all((f"text911_{name}_total", ()) in read for name, _ in COUNTERS)


def test_a_histogram_is_cumulative_and_loses_nothing() -> None:
    metrics = Metrics()
    for seconds in (0.0009, 0.003, 0.003, 1000.0):
        metrics.text_shown.observe(seconds)
    read = samples(metrics)

    def bucket(bound: str) -> float:
        return read["text911_hop_seconds_bucket", (("hop", "text_shown"), ("le", bound))]

    assert (bucket("0.0005"), bucket("0.001"), bucket("0.005"), bucket("100.0")) == (0, 1, 3, 3)
    assert bucket("+Inf") == 4
    assert read["text911_hop_seconds_count", (("hop", "text_shown"),)] == 4
    assert read["text911_hop_seconds_sum", (("hop", "text_shown"),)] == 1000.0069


def test_gauges_are_asked_at_the_moment_of_reading() -> None:
    metrics = Metrics()
    binds = {"carrier-a": 1.0}
    metrics.gauges.binds = lambda: binds
    assert samples(metrics)["text911_binds", (("carrier", "carrier-a"),)] == 1
    binds["carrier-a"] = 0.0
    assert samples(metrics)["text911_binds", (("carrier", "carrier-a"),)] == 0
