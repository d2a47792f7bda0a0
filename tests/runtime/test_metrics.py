"""What is counted comes out as Prometheus reads it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from fakes import FakeClock, ListJournal
from prometheus_client import REGISTRY, generate_latest

from twinstar.domain import TimePassed
from twinstar.errors import StateError
from twinstar.runtime.collectors import USAGE_COUNTERS
from twinstar.runtime.metered import MeteredJournal
from twinstar.runtime.metrics import Metrics, exported_names
from twinstar.runtime.status import (
    AccountStatus,
    InstrumentStatus,
    OrdersStatus,
    PositionStatus,
    Status,
    StrategyStatus,
    VenueStatus,
)


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


def trading(*, unprotected_ms: int, disabled: str | None = None) -> Status:
    instrument = InstrumentStatus(
        id="BTC/KRW@upbit",
        timeframe="1m",
        candles_stored=300,
        candles_missing=2,
        last_closed_ms=1_700_000_000_000,
        data_age_ms=1_500,
        last_price=Decimal(90000000),
        unprotected_ms=0,
    )
    position = PositionStatus(
        instrument="BTC/KRW@upbit",
        side="long",
        quantity=Decimal("0.01"),
        entry_price=Decimal(89000000),
        protection="none" if unprotected_ms else "local",
        stop_price=None,
        unrealized=None,
        unprotected_ms=unprotected_ms,
    )
    account = AccountStatus(id="main", positions=(position,), balances=(), realized={}, fees={}, differs=())
    venue = VenueStatus(
        id="upbit",
        type="ccxt",
        mode="sim",
        state="live",
        reason="",
        orders=OrdersStatus(sent=5, filled=3, refused=0, canceled=1, in_doubt=0, open=1),
        instruments=(instrument,),
        accounts=(account,),
        usage={},
    )
    return Status(
        state="running",
        pid=1,
        version="1",
        now_ms=0,
        started_ms=0,
        venues=(venue,),
        strategies=(StrategyStatus(name="cross", type="ma_cross", disabled=disabled),),
        notices=(),
    )


def test_the_status_is_asked_at_each_reading():
    metrics, now = Metrics("1"), [trading(unprotected_ms=0)]
    metrics.follow_status(lambda: now[-1])
    lines, of = scrape(metrics), 'instrument="BTC/KRW@upbit",venue="upbit"'
    assert {
        'twinstar_venue_live{venue="upbit"} 1.0',
        'twinstar_orders_open{venue="upbit"} 1.0',
        f"twinstar_data_age_seconds{{{of}}} 1.5",
        f"twinstar_candles_stored{{{of}}} 300.0",
        f"twinstar_candles_missing{{{of}}} 2.0",
        f"twinstar_position_unprotected_seconds{{{of}}} 0.0",
        'twinstar_strategy_disabled{strategy="cross"} 0.0',
    } <= lines
    now.append(trading(unprotected_ms=7_000, disabled="it divided by zero"))
    assert {
        f"twinstar_position_unprotected_seconds{{{of}}} 7.0",
        'twinstar_strategy_disabled{strategy="cross"} 1.0',
    } <= scrape(metrics)


class SlowDisk(ListJournal):
    """Takes 20 ms a commit, and fails when it is full."""

    def __init__(self, clock: FakeClock, *, full: bool = False) -> None:
        super().__init__()
        self.clock, self.full = clock, full

    async def durable(self, place: int) -> None:
        await self.clock.sleep(0.02)
        if self.full:
            raise StateError("the disk is full")


async def test_the_wait_for_the_disk_is_timed_without_changing_the_journal(clock: FakeClock):
    metrics, disk = Metrics("1"), SlowDisk(clock)
    journal = MeteredJournal(disk, metrics, clock)
    fact = TimePassed(time_ms=1)
    await journal.durable(journal.append(fact))
    assert list(journal.read()) == [fact] == disk.records
    assert metrics.registry.get_sample_value("twinstar_journal_commit_seconds_sum") == pytest.approx(0.02)


async def test_a_journal_that_fails_is_heard(clock: FakeClock):
    journal = MeteredJournal(SlowDisk(clock, full=True), Metrics("1"), clock)
    with pytest.raises(StateError, match="full"):
        await journal.durable(1)
