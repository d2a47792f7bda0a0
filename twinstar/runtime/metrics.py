"""What the service counts, in a Prometheus registry of its own. docs/metrics.md says what each is good for."""

from __future__ import annotations

import platform
from collections.abc import Callable
from functools import partial
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector

from twinstar.runtime.collectors import StatusCollector, Usage, UsageCollector
from twinstar.runtime.status import Status

PREFIX: Final = "twinstar"
ACK_BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
DISK_BUCKETS_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


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
            "order_ack_seconds", "From the decision to the venue's answer", ["venue"], buckets=ACK_BUCKETS_S
        )
        self.local_stop = histogram(
            "local_stop_seconds",
            "From the price that reached a stop or target watched here to its order being handed to the venue",
            ["venue"],
            buckets=DISK_BUCKETS_S,
        )
        self.fills = counter("fills", "Executions of our orders", ["venue"])

        self.invariant_trips = counter("invariant_trips", "What can never be, and was seen", ["name"])

        # Candles.
        self.candles_closed = counter(
            "candles_closed", "Closed candles by where they came from", ["venue", "instrument", "timeframe", "source"]
        )
        self.candle_gaps = counter(
            "candle_gaps", "Gaps that stay: the venue has no candles either", ["venue", "instrument", "timeframe"]
        )

        # The service itself.
        self.journal_commit = histogram(
            "journal_commit_seconds", "Time an order waited until the disk had it", buckets=DISK_BUCKETS_S
        )
        self.loop_lag = gauge("event_loop_lag_seconds", "How late the event loop last ran what was due")
        Info("build", "Which TwinStar this is, on which Python", namespace=PREFIX, registry=self.registry).info(
            {"version": version, "python": platform.python_version()}
        )
        self._usage, self._status = UsageCollector(PREFIX), StatusCollector(PREFIX)
        self.registry.register(self._usage)
        self.registry.register(self._status)
        ProcessCollector(namespace=PREFIX, registry=self.registry)

    def follow(self, venue: str, usage: Usage) -> None:
        """Ask the venue for its own totals whenever the metrics are read."""
        self._usage.follow(venue, usage)

    def follow_status(self, status: Callable[[], Status]) -> None:
        """Ask for the status whenever the metrics are read."""
        self._status.follow(status)


def exported_names(metrics: Metrics) -> frozenset[str]:
    """As Prometheus sees them: counters end in ``_total``, an info in ``_info``."""
    ending = {"counter": "_total", "info": "_info"}
    return frozenset(metric.name + ending.get(metric.type, "") for metric in metrics.registry.collect())
