"""The simulated Bithumb tells the truth: ccxt's validators accept what its ccxt class can read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sim.wires import bithumb_venue
from sim.wires.bithumb_venue import BTC, XRP, Venue, serving
from sim.wires.test_upbit_truth import validator

valid_balance = validator("balance")
valid_book = validator("order_book")
valid_market = validator("market")
valid_ohlcv = validator("ohlcv")
valid_order = validator("order")
valid_ticker = validator("ticker")
valid_trade = validator("trade")


@pytest.fixture
async def venue() -> AsyncIterator[Venue]:
    async with serving(history=60, KRW="50000000", BTC="1") as served:
        yield served


@pytest.fixture
async def client(venue: Venue) -> AsyncIterator[Any]:
    async with bithumb_venue.client(venue) as made:
        yield made


async def test_markets_are_valid(client):
    assert {"BTC/KRW", "ETH/KRW", "XRP/KRW"} == set(client.markets)
    for market in client.markets.values():
        valid_market(client, {}, "loadMarkets", market)


async def test_tickers_books_and_trades_are_valid(venue, client):
    venue.step(100)
    valid_ticker(client, {}, "fetchTicker", await client.fetch_ticker(BTC), BTC)
    for symbol, ticker in (await client.fetch_tickers([BTC, XRP])).items():
        valid_ticker(client, {}, "fetchTickers", ticker, symbol)
    valid_book(client, {}, "fetchOrderBook", await client.fetch_order_book(BTC), BTC)
    now = venue.exchange.clock.market_ms()
    trades = await client.fetch_trades(BTC, limit=40)
    assert len({trade["id"] for trade in trades}) == 40
    for trade in trades:
        valid_trade(client, {}, "fetchTrades", trade, BTC, now, is_public_trade=True)


@pytest.mark.parametrize("timeframe", ["1m", "3m", "5m", "10m", "15m", "30m", "1h", "4h"])
async def test_candles_are_valid_and_in_order(venue, client, timeframe):
    venue.step(30)
    candles = await client.fetch_ohlcv(BTC, timeframe, limit=5)
    assert 1 <= len(candles) <= 5
    assert candles == sorted(candles)
    for candle in candles:
        valid_ohlcv(client, {}, "fetchOHLCV", candle, BTC, venue.exchange.clock.market_ms())
        if timeframe == "4h":
            assert candle[0] // 3_600_000 % 4 == 3, "they open at 03, 07, 11, 15, 19 and 23 UTC"


async def test_orders_are_placed_found_listed_and_canceled(venue, client):
    client.options["createMarketBuyOrderRequiresPrice"] = False
    resting = await client.create_order(BTC, "limit", "buy", 0.01, 50_000_000, {"clientOrderId": "rests"})
    sold = await client.create_order(BTC, "market", "sell", 0.01)
    bought = await client.create_order(BTC, "market", "buy", 1_000_000)
    for placed in (resting, sold, bought):
        found = await client.fetch_order(placed["id"], BTC)
        assert found["status"] == ("open" if placed is resting else "closed")
        assert found["trades"] or placed is resting
    assert [order["id"] for order in await client.fetch_open_orders(BTC)] == [resting["id"]]
    assert {order["id"] for order in await client.fetch_closed_orders(BTC)} == {sold["id"], bought["id"]}

    assert (await client.cancel_order(resting["id"], BTC))["id"] == resting["id"]
    assert [order["id"] for order in await client.fetch_canceled_orders(BTC)] == [resting["id"]]


async def test_batches_are_placed_and_canceled(client):
    wish = {"symbol": BTC, "type": "limit", "side": "buy", "amount": 0.01}
    placed = await client.create_orders([{**wish, "price": price} for price in (50_000_000, 51_000_000)])
    assert len(await client.fetch_open_orders(BTC)) == 2
    canceled = await client.cancel_orders([order["id"] for order in placed], BTC)
    assert [order["id"] for order in canceled] == [order["id"] for order in placed]
    assert await client.fetch_open_orders(BTC) == []


async def test_balances_are_valid_and_show_what_orders_lock_with_the_fee(client):
    await client.create_order(BTC, "limit", "buy", 0.01, 50_000_000)
    balance = await client.fetch_balance()
    valid_balance(client, {}, "fetchBalance", balance)
    assert balance["KRW"]["used"] == 501_250
    assert balance["KRW"]["total"] == 50_000_000
