"""`twinstar candles backfill` beside a running service, and what that service fetches by itself after it was away."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli.market import BTC, Market, finished_market, journal_with
from e2e.running import Service

from twinstar.builtin import plugins
from twinstar.domain import Candle, CandleClosed, Timeframe
from twinstar.plugin import Plugins

SPARE = 100  # candles, that a service without strategies has at hand
AWAY = 20  # the last candle that the service had seen when it went away
BACKFILL = (sys.executable, "-m", "twinstar", "candles", "backfill", "--json")
REGISTRY = Plugins(plugins(), third_party=False).registry

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    with finished_market(tmp_path_factory.mktemp("market")) as one:
        yield one


@pytest.fixture
def service(market: Market, tmp_path: Path, guarded_environment: dict[str, str]) -> Iterator[Service]:
    one = Service(market.config, market.state_dir(tmp_path / "state"), guarded_environment)
    yield one
    if one.status() is not None:
        one.stop()


@pytest.fixture
def backfill(
    market: Market, service: Service, guarded_environment: dict[str, str]
) -> Callable[[], subprocess.Popen[str]]:
    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*BACKFILL, "-c", str(market.config), "--state-dir", str(service.state_dir)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=guarded_environment,
        )

    return start


def stored(service: Service) -> list[Candle]:
    return list(REGISTRY.store_type("parquet").read(service.state_dir / "candles", BTC, Timeframe.M1, None, None))


def rows(status: dict[str, object]) -> int:
    ((instrument,),) = (venue["instruments"] for venue in status["venues"])  # type: ignore[index, attr-defined]
    return int(instrument["candles_stored"])


def test_a_running_service_is_asked_for_more_and_tells_how_it_goes(
    market: Market, service: Service, backfill: Callable[[], subprocess.Popen[str]]
) -> None:
    service.start()
    service.wait(lambda status: rows(status) == SPARE)
    out, err = backfill().communicate(timeout=30)
    (fetched,) = json.loads(out)
    assert (fetched["candles"], fetched["failed"]) == (len(market.candles) - SPARE, None)
    assert "intervals to fetch" in err
    assert stored(service) == list(market.candles)
    (again,) = json.loads(backfill().communicate(timeout=30)[0])
    assert (again["candles"], again["failed"]) == (0, None)
    assert service.stop()[0] == 0


def test_after_a_long_absence_strategies_get_what_they_need_first_and_the_store_gets_the_rest(
    market: Market, service: Service
) -> None:
    closed = [CandleClosed(time_ms=one.open_ms + 60_000, candle=one) for one in market.candles[: AWAY + 1]]
    asyncio.run(journal_with(*closed, state_dir=service.state_dir))
    store = REGISTRY.store_type("parquet").make(service.state_dir / "candles")
    asyncio.run(store.append(market.candles[: AWAY + 1]))
    asyncio.run(store.close())
    service.start()
    service.wait(lambda status: rows(status) == len(market.candles))
    assert service.stop()[0] == 0
    assert stored(service) == list(market.candles)
    told = [
        record.candle
        for record in REGISTRY.journal_type("sqlite").read(service.state_dir)
        if isinstance(record, CandleClosed)
    ]
    assert told == [
        *market.candles[: AWAY + 1],
        *(one for one in market.candles if one.open_ms >= told[AWAY + 1].open_ms),
    ]
    assert SPARE - 1 <= len(told) - AWAY - 1 <= SPARE
