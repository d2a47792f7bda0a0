"""Times and candles of five venues through the unmodified ccxt class: they are the exchange's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Any

import pytest
from sim.wires import binance_kit, bingx_kit, bitget_kit, bybit_kit, okx_kit
from sim.wires.kit import BTC, Simulated, validate

MINUTE_MS = 60_000
TIMEFRAMES = ("3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d", "1w", "1M")
KITS: dict[str, tuple[Callable[..., Any], Sequence[str]]] = {
    "binanceusdm": (binance_kit.simulated, (*TIMEFRAMES, "8h", "3d")),
    "bingx": (partial(bingx_kit.simulated, history=120), (*TIMEFRAMES, "3d")),
    "bitget": (partial(bitget_kit.simulated, history=120), TIMEFRAMES),
    "bybit": (partial(bybit_kit.simulated, history=120), TIMEFRAMES),
    "okx": (partial(okx_kit.simulated, history=120), TIMEFRAMES),
}


@pytest.fixture(params=KITS)
async def venue(request: pytest.FixtureRequest) -> AsyncIterator[Simulated]:
    """With at least two hours behind it."""
    simulated, _ = KITS[request.param]
    async with simulated(BTC) as made:
        await made.client.load_markets()
        yield made


async def test_the_time_is_the_walls(venue):
    assert abs(await venue.client.fetch_time() - venue.wall.now_ms()) < 1000


async def test_candles_are_the_exchanges_with_their_volume_in_the_base_asset(venue):
    venue.move(ticks=30)
    rows = await venue.client.fetch_ohlcv(BTC, "1m", limit=50)
    known = venue.exchange.candles(BTC, MINUTE_MS, limit=50)
    assert [(row[0], row[4], row[5]) for row in rows] == [
        (each.open_ms, float(each.close), float(each.volume)) for each in known
    ]
    for row in rows:
        validate(venue.client, "ohlcv", row, BTC, venue.exchange.clock.market_ms())


async def test_a_page_of_candles_begins_where_it_was_asked_to(venue):
    known = venue.exchange.candles(BTC, MINUTE_MS, limit=100)
    rows = await venue.client.fetch_ohlcv(BTC, "1m", since=known[10].open_ms, limit=3)
    assert [row[0] for row in rows] == [each.open_ms for each in known[10:13]]


async def test_every_timeframe_adds_up_to_the_same_volume_and_high(venue):
    minutes = venue.exchange.candles(BTC, MINUTE_MS, limit=500)
    volume = pytest.approx(float(sum(each.volume for each in minutes)))
    highest = float(max(each.high for each in minutes))
    for timeframe in KITS[venue.client.id][1]:
        rows = await venue.client.fetch_ohlcv(BTC, timeframe, limit=300)
        assert sum(row[5] for row in rows) == volume, timeframe
        assert max(row[2] for row in rows) == highest, timeframe
