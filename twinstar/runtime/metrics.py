"""What the service counts, in a Prometheus registry of its own. docs/metrics.md says what each is good for."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

PREFIX: Final = "twinstar"
ACK_BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
COMMIT_BUCKETS_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)

Usage = Callable[[], Mapping[str, float]]
USAGE_COUNTERS: Final = {
    "requests": ("requests", "REST requests sent to the venue"),
    "frames": ("ws_messages", "WebSocket messages received"),
    "bad_frames": ("ws_bad_frames", "WebSocket messages that could not be read and were dropped"),
    "reconnects": ("ws_reconnects", "WebSocket connections opened again after a loss"),
}


class Metrics:
    """Made once by the app and handed to whoever counts."""

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        counter = partial(Counter, namespace=PREFIX, registry=self.registry)
        gauge = partial(Gauge, namespace=PREFIX, registry=self.registry)
        histogram = partial(Histogram, namespace=PREFIX, registry=self.registry)

        # Orders and positions.
        self.orders = counter("orders", "Orders by what became of them", ["venue", "outcome"])
        self.orders_in_doubt = gauge("orders_in_doubt", "Orders whose fate only the venue knows, now", ["venue"])
        self.order_ack = histogram(
            "order_ack_seconds", "From the first byte sent to the venue's answer", ["venue"], buckets=ACK_BUCKETS_S
        )
        self.fills = counter("fills", "Executions of our orders", ["venue"])
        self.unprotected = counter(
            "position_unprotected_seconds", "Time a position was held without a live stop", ["venue", "instrument"]
        )

        # The line to a venue.
        self.throttled = counter("throttled_seconds", "Time requests waited for the rate limiter", ["venue"])
        self.request_weight = counter("request_weight", "Units of a quota spent", ["venue", "quota"])
        self.stream_age = gauge("stream_age_seconds", "Since the last message of a stream", ["venue", "stream"])
        self._usage = UsageCollector(self.registry)

        # Candles.
        self.candles_closed = counter(
            "candles_closed", "Closed candles by where they came from", ["venue", "instrument", "timeframe", "source"]
        )
        self.candle_gaps = counter(
            "candle_gaps", "Gaps noticed in a series of candles", ["venue", "instrument", "timeframe"]
        )
        self.candles_missing = counter(
            "candles_missing", "Intervals the venue has no candle for", ["venue", "instrument", "timeframe"]
        )

        # The service itself.
        self.journal_commit = histogram(
            "journal_commit_seconds", "Time a group of journal records took to disk", buckets=COMMIT_BUCKETS_S
        )
        self.journal_backlog = gauge("journal_backlog", "Journal records not yet on disk")
        self.loop_lag = gauge("event_loop_lag_seconds", "How late the event loop last ran what was due")
        self.notices_dropped = counter("notices_dropped", "Notices thrown away because a notifier was too slow")
        self.plugin_faults = counter("plugin_faults", "Exceptions raised by a plugin", ["plugin"])
        self.strategy_faults = counter("strategy_faults", "Exceptions raised by a strategy", ["strategy"])
        Info("build", "Which TwinStar this is, on which Python", namespace=PREFIX, registry=self.registry).info(
            {"version": version, "python": platform.python_version()}
        )
        ProcessCollector(namespace=PREFIX, registry=self.registry)

    def follow(self, venue: str, usage: Usage) -> None:
        """Ask the venue for its own totals whenever the metrics are read."""
        self._usage.follow(venue, usage)


class UsageCollector(Collector):
    """A venue's own totals; what no counter here is named for appears as ``venue_usage``, by the venue's word."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._usages: dict[str, Usage] = {}
        registry.register(self)

    def follow(self, venue: str, usage: Usage) -> None:
        self._usages[venue] = usage

    def collect(self) -> Iterable[Metric]:
        counters = {
            key: CounterMetricFamily(f"{PREFIX}_{name}", text, labels=["venue"])
            for key, (name, text) in USAGE_COUNTERS.items()
        }
        rest = GaugeMetricFamily(f"{PREFIX}_venue_usage", "What else a venue counts", labels=["venue", "what"])
        for venue, usage in self._usages.items():
            for key, value in usage().items():
                if key in counters:
                    counters[key].add_metric([venue], value)
                else:
                    rest.add_metric([venue, key], value)
        return [*counters.values(), rest]


def exported_names(metrics: Metrics) -> frozenset[str]:
    """As Prometheus sees them: counters end in ``_total``, an info in ``_info``."""
    ending = {"counter": "_total", "info": "_info"}
    return frozenset(metric.name + ending.get(metric.type, "") for metric in metrics.registry.collect())
