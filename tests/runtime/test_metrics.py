"""What is counted comes out as Prometheus reads it."""

from __future__ import annotations

from prometheus_client import REGISTRY, generate_latest

from twinstar.runtime.metrics import USAGE_COUNTERS, Metrics, exported_names


def scrape(metrics: Metrics) -> set[str]:
    return set(generate_latest(metrics.registry).decode().splitlines())


def test_every_metric_says_whose_it_is():
    assert all(name.startswith("twinstar_") for name in exported_names(Metrics("1.2.3")))


def test_two_services_in_one_process_count_apart_and_leave_the_global_registry_alone():
    ours, others = Metrics("1"), Metrics("1")
    ours.fills.labels("upbit").inc()
    assert 'twinstar_fills_total{venue="upbit"} 1.0' in scrape(ours)
    assert 'twinstar_fills_total{venue="upbit"} 1.0' not in scrape(others)
    assert not [metric.name for metric in REGISTRY.collect() if metric.name.startswith("twinstar")]


def test_the_build_is_told():
    assert any(
        line.startswith("twinstar_build_info{") and 'version="1.2.3"' in line for line in scrape(Metrics("1.2.3"))
    )


def test_a_venue_is_asked_for_its_totals_at_each_reading():
    metrics, usage = Metrics("1"), {"requests": 1.0}
    metrics.follow("upbit", lambda: usage)
    usage["requests"] = 7.0
    assert 'twinstar_requests_total{venue="upbit"} 7.0' in scrape(metrics)


def test_every_total_a_venue_may_tell_has_its_own_counter():
    metrics = Metrics("1")
    metrics.follow("acme", lambda: dict.fromkeys(USAGE_COUNTERS, 3.0))
    lines = scrape(metrics)
    assert {f'twinstar_{name}_total{{venue="acme"}} 3.0' for name, _ in USAGE_COUNTERS.values()} <= lines


def test_what_only_a_plugin_counts_is_not_lost():
    metrics = Metrics("1")
    metrics.follow("acme", lambda: {"fax_pages": 2.0})
    assert 'twinstar_venue_usage{venue="acme",what="fax_pages"} 2.0' in scrape(metrics)
