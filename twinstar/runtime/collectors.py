"""What is not counted as it happens but asked for when Prometheus reads: a venue's own totals, and the status."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from twinstar.domain import LimiterStats
from twinstar.runtime.metering import unmetered
from twinstar.runtime.status import Status, VenueStatus

Family = GaugeMetricFamily | CounterMetricFamily
Usage = Callable[[], Mapping[str, float]]
USAGE_COUNTERS: Final = {
    "requests": ("requests", "REST requests sent to the venue"),
    "request_weight": ("request_weight", "Units of the venue's quotas spent"),
    "frames": ("ws_messages", "WebSocket messages received"),
    "bad_frames": ("ws_bad_frames", "WebSocket messages that could not be read and were dropped"),
    "reconnects": ("ws_reconnects", "WebSocket connections lost and opened again"),
    "dropped_trades": ("trades_dropped", "Public trades thrown away because they came faster than they were read"),
}


class UsageCollector(Collector):
    """What no counter here is named for appears as ``venue_usage``, by the venue's own word."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._usages: dict[str, Usage] = {}

    def follow(self, venue: str, usage: Usage) -> None:
        self._usages[venue] = usage

    def collect(self) -> Iterable[Metric]:
        counters = {
            key: CounterMetricFamily(f"{self._prefix}_{name}", text, labels=["venue"])
            for key, (name, text) in USAGE_COUNTERS.items()
        }
        rest = GaugeMetricFamily(f"{self._prefix}_venue_usage", "What else a venue counts", labels=["venue", "what"])
        for venue, usage in self._usages.items():
            for key, value in usage().items():
                if key in counters:
                    counters[key].add_metric([venue], value)
                else:
                    rest.add_metric([venue, key], value)
        return [*counters.values(), rest]


class StatusCollector(Collector):
    """The figures that `twinstar status` shows, as gauges."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._status: Callable[[], Status] | None = None

    def follow(self, status: Callable[[], Status]) -> None:
        self._status = status

    def collect(self) -> Iterable[Metric]:
        gauges = self._gauges()
        if self._status is not None:
            status = self._status()
            for venue in status.venues:
                _fill(gauges, venue)
                halted = any(halt.venue in (None, venue.id) for halt in status.halts)
                gauges["entries_halted"].add_metric([venue.id], float(halted))
                if venue.limits is not None:
                    _fill_limits(gauges, venue, venue.limits, status.now_ms)
            for strategy in status.strategies:
                gauges["strategy_disabled"].add_metric([strategy.name], float(strategy.disabled is not None))
        return gauges.values()

    def _gauges(self) -> dict[str, Family]:
        told = {
            "venue_live": ("1 when the venue is connected and its account known, else 0", ["venue"]),
            "clock_offset_seconds": ("The venue's clock less ours", ["venue"]),
            "clock_uncertainty_seconds": ("How far off our knowledge of the venue's clock may be", ["venue"]),
            "requests_metered": ("REST requests that the limiter let go; equal to those sent", ["venue"]),
            "requests_unmetered": (
                "REST requests that passed by the limiter: the plugin's fault",
                ["venue"],
            ),
            "limiter_refused": ("Requests that were not let go, as the venue had stopped us", ["venue"]),
            "limiter_waiting": ("Requests that wait for room, now", ["venue", "lane"]),
            "limiter_wait_p99_seconds": ("99 of 100 requests waited no longer than this", ["venue", "lane"]),
            "limiter_used_ratio": ("Of a quota, what is used in the window that ends now", ["venue", "quota"]),
            "venue_banned_seconds": ("How long the venue's longest stop still lasts", ["venue"]),
            "entries_halted": ("1 while no position may be opened at the venue, else 0", ["venue"]),
            "orders_open": ("Orders that may still be filled", ["venue"]),
            "position_unprotected_seconds": ("How long a held position has had no live stop", ["venue", "instrument"]),
            "unprotected_seconds_total": ("Time held without a live stop, in all", ["venue", "instrument"]),
            "data_age_seconds": ("Since anything was heard of an instrument", ["venue", "instrument"]),
            "candles_stored": ("Closed candles in the store", ["venue", "instrument"]),
            "candles_missing": ("Intervals the venue itself has no candle for", ["venue", "instrument"]),
            "strategy_disabled": ("1 when a strategy was stopped because it raised, else 0", ["strategy"]),
        }
        return {name: self._family(name, text, labels) for name, (text, labels) in told.items()}

    def _family(self, name: str, text: str, labels: list[str]) -> Family:
        kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
        return kind(f"{self._prefix}_{name.removesuffix('_total')}", text, labels=labels)


def _fill(gauges: Mapping[str, Family], venue: VenueStatus) -> None:
    gauges["venue_live"].add_metric([venue.id], float(venue.state == "live"))
    gauges["orders_open"].add_metric([venue.id], venue.orders.open)
    if venue.clock is not None:
        gauges["clock_offset_seconds"].add_metric([venue.id], venue.clock.offset_ms / 1_000)
        gauges["clock_uncertainty_seconds"].add_metric([venue.id], venue.clock.uncertainty_ms / 1_000)
    for of in venue.instruments:
        gauges["candles_stored"].add_metric([venue.id, of.id], of.candles_stored)
        gauges["candles_missing"].add_metric([venue.id, of.id], of.candles_missing)
        gauges["unprotected_seconds_total"].add_metric([venue.id, of.id], of.unprotected_ms / 1_000)
        if of.data_age_ms is not None:
            gauges["data_age_seconds"].add_metric([venue.id, of.id], of.data_age_ms / 1_000)
    for position in (position for account in venue.accounts for position in account.positions):
        labels = [venue.id, position.instrument]
        gauges["position_unprotected_seconds"].add_metric(labels, position.unprotected_ms / 1_000)


def _fill_limits(gauges: Mapping[str, Family], venue: VenueStatus, limits: LimiterStats, now_ms: int) -> None:
    gauges["requests_metered"].add_metric([venue.id], limits.metered)
    gauges["requests_unmetered"].add_metric([venue.id], unmetered(venue.usage, limits))
    gauges["limiter_refused"].add_metric([venue.id], limits.refused)
    for lane in limits.lanes:
        gauges["limiter_waiting"].add_metric([venue.id, lane.lane], lane.waiting)
        gauges["limiter_wait_p99_seconds"].add_metric([venue.id, lane.lane], lane.p99_ms / 1_000)
    for use in limits.quotas:
        gauges["limiter_used_ratio"].add_metric([venue.id, use.quota], use.utilisation)
    banned_ms = max((ban.until_ms - now_ms for ban in limits.bans), default=0)
    gauges["venue_banned_seconds"].add_metric([venue.id], max(banned_ms, 0) / 1_000)
