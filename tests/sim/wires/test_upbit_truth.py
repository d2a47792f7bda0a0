"""The simulated Upbit tells the truth: ccxt's validators accept it, and real samples have no field that it lacks."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import ccxt.pro
import pytest
from msgspec import Struct
from sim.wires.upbit_venue import (
    BTC,
    NOON_MS,
    PRIVATE,
    SYMBOLS,
    WITHIN_S,
    XRP,
    Venue,
    client_of,
    minutes_with_gaps,
    of_type,
    serving,
    socket,
    token,
)

SAMPLES = Path(__file__).parents[4] / "shared/payloads/upbit/ccxt_comment_samples"
SECONDS = {0: "the validator knows of no candle shorter than a minute"}


def validator(name: str) -> Callable[..., None]:
    module = importlib.import_module(f"ccxt.test.exchange.base.test_{name}")
    return getattr(module, f"test_{name}")


valid_balance = validator("balance")
valid_book = validator("order_book")
valid_fee = validator("trading_fee")
valid_market = validator("market")
valid_ohlcv = validator("ohlcv")
valid_order = validator("order")
valid_ticker = validator("ticker")
valid_trade = validator("trade")


@pytest.fixture
async def venue() -> AsyncIterator[Venue]:
    async with serving(history=210, KRW="50000000", BTC="1") as served:
        yield served


@pytest.fixture
async def client(venue: Venue) -> AsyncIterator[ccxt.pro.upbit]:
    async with client_of(venue.port) as made:
        await made.load_markets()
        yield made


# -- ccxt's validators, REST


async def test_markets_and_fees_are_valid(client):
    assert set(client.markets) == set(SYMBOLS)
    for market in client.markets.values():
        valid_market(client, {}, "loadMarkets", market)
    detailed = await client.fetch_markets({"isDetails": True})
    assert detailed[0]["info"]["market_event"]["warning"] is False
    fee = await client.fetch_trading_fee(BTC)
    valid_fee(client, {}, "fetchTradingFee", BTC, fee)
    assert (fee["maker"], fee["taker"]) == (0.0005, 0.0005)
    for symbol, each in (await client.fetch_trading_fees()).items():
        valid_fee(client, {}, "fetchTradingFees", symbol, each)


@pytest.mark.parametrize("timeframe", ["1s", "1m", "3m", "5m", "10m", "15m", "30m", "1h", "4h", "1d", "1w", "1M"])
async def test_candles_of_every_timeframe_are_valid_and_in_order(venue, client, timeframe):
    venue.step(100)
    candles = await client.fetch_ohlcv(BTC, timeframe, limit=5)
    assert 1 <= len(candles) <= 5
    now = venue.exchange.clock.market_ms()
    for candle in candles:
        valid_ohlcv(client, SECONDS if timeframe == "1s" else {}, "fetchOHLCV", candle, BTC, now)
        _, opened, high, low, closed, volume = candle
        assert low <= min(opened, closed) <= max(opened, closed) <= high
        assert volume > 0
    assert candles == sorted(candles)


async def test_candles_from_a_moment_on_are_those_of_the_exchange(venue, client):
    last = venue.exchange.candles(BTC, 60_000, limit=100)
    since = last[20].open_ms
    found = await client.fetch_ohlcv(BTC, "1m", since=since, limit=50)
    assert [row[0] for row in found] == [candle.open_ms for candle in last[20:70]]
    assert [row[1:5] for row in found] == [
        [float(price) for price in (candle.open, candle.high, candle.low, candle.close)] for candle in last[20:70]
    ]
    assert len(await client.fetch_ohlcv(BTC, "1m", limit=200)) == 200


async def test_to_is_exclusive(venue, client):
    opened = venue.exchange.candles(BTC, 60_000, limit=3)[1].open_ms
    (answer,) = await client.publicGetCandlesMinutes1({"market": "KRW-BTC", "to": client.iso8601(opened)})
    assert client.parse8601(answer["candle_date_time_utc"]) == opened - 60_000
    assert answer["candle_date_time_kst"] == client.iso8601(opened - 60_000 + 9 * 3_600_000)[:19]


async def test_a_minute_in_which_nothing_was_traded_has_no_candle(tmp_path):
    config = minutes_with_gaps(tmp_path / "minutes.csv")
    async with serving({XRP: config}, KRW="1") as venue, client_of(venue.port) as client:
        venue.step(3 * 9 * 21)
        found = await client.fetch_ohlcv(XRP, "1m", limit=20)
    assert [(row[0] - NOON_MS) // 60_000 for row in found] == [0, 1, 2, 4, 6, 7, 8]
    assert found[0][1:] == [1000, 1010, 990, 1005, 3]


async def test_tickers_are_valid(venue, client):
    venue.step(100)
    valid_ticker(client, {}, "fetchTicker", await client.fetch_ticker(BTC), BTC)
    for symbols in (None, list(SYMBOLS)):
        tickers = await client.fetch_tickers(symbols)
        assert set(tickers) == set(SYMBOLS)
        for symbol, ticker in tickers.items():
            valid_ticker(client, {}, "fetchTickers", ticker, symbol)


async def test_trades_are_valid_unique_and_can_be_paged(venue, client):
    venue.step(100)
    now = venue.exchange.clock.market_ms()
    trades = await client.fetch_trades(BTC, limit=40)
    for trade in trades:
        valid_trade(client, {}, "fetchTrades", trade, BTC, now, is_public_trade=True)
    assert len({trade["id"] for trade in trades}) == 40
    older = await client.fetch_trades(BTC, limit=5, params={"cursor": trades[0]["id"]})
    assert all(int(trade["id"]) < int(trades[0]["id"]) for trade in older)
    assert len(older) == 5


async def test_order_books_are_valid_and_as_deep_as_asked(venue, client):
    for limit in (1, 15, 30):
        book = await client.fetch_order_book(BTC, limit)
        valid_book(client, {}, "fetchOrderBook", book, BTC)
        assert len(book["bids"]) == len(book["asks"]) == limit
    for symbol, book in (await client.fetch_order_books(list(SYMBOLS))).items():
        valid_book(client, {}, "fetchOrderBooks", book, symbol)


async def test_orders_in_every_state_are_valid_and_can_be_found(venue, client):
    bid = float(venue.book().bids[20][0])
    resting = await client.create_order(BTC, "limit", "buy", 0.01, bid, {"clientOrderId": "rests"})
    sold = await client.create_order(BTC, "market", "sell", 0.01)
    bought = await client.create_order(BTC, "market", "buy", 0, params={"cost": 1_000_000})
    best = await client.create_order(BTC, "market", "sell", 0.001, params={"ordType": "best", "timeInForce": "IOC"})
    now = venue.wall.at_ms

    for order in (resting, sold, bought, best):
        valid_order(client, {}, "createOrder", without_text_fee(order), BTC, now)
        found = await client.fetch_order(order["id"])
        valid_order(client, {}, "fetchOrder", without_text_fee(found), BTC, now)
    assert (await client.fetch_order(best["id"]))["info"]["ord_type"] == "best"
    assert (await client.fetch_order("", params={"identifier": "rests"}))["id"] == resting["id"]
    assert [order["id"] for order in await client.fetch_open_orders()] == [resting["id"]]

    confirmed = await client.cancel_order(resting["id"])
    assert confirmed["info"]["state"] == "wait", "Upbit only confirms that it will cancel"
    for order in await client.fetch_closed_orders(BTC):
        valid_order(client, {}, "fetchClosedOrders", without_text_fee(order), BTC, now)
        assert order["status"] == "closed"
    canceled = await client.fetch_canceled_orders(BTC)
    assert {order["id"] for order in canceled} == {resting["id"], bought["id"]}, (
        "a market buy leaves a rest, which Upbit cancels"
    )
    by_id = await client.privateGetOrdersUuids({"uuids[]": sold["id"]})
    assert [order["uuid"] for order in by_id] == [sold["id"]]


async def test_an_edited_order_is_a_new_one(venue, client):
    lower, higher = float(venue.book().bids[25][0]), float(venue.book().bids[15][0])
    before = await client.create_order(BTC, "limit", "buy", 0.01, lower, {"clientOrderId": "one"})
    edited = await client.edit_order(before["id"], BTC, "limit", "buy", 0.02, higher, {"newClientOrderId": "two"})
    after = await client.fetch_order(edited["id"])
    assert (after["clientOrderId"], after["price"], after["amount"], after["status"]) == ("two", higher, 0.02, "open")
    assert (await client.fetch_order(before["id"]))["status"] == "canceled"
    assert [order["id"] for order in await client.fetch_open_orders(BTC)] == [edited["id"]]


async def test_balances_are_valid_and_show_what_orders_lock(venue, client):
    await client.create_order(BTC, "limit", "buy", 0.1, float(venue.book().bids[20][0]))
    balance = await client.fetch_balance()
    valid_balance(client, {}, "fetchBalance", balance)
    locked = float(venue.book().bids[20][0]) * 0.1 * 1.0005
    assert balance["KRW"]["used"] == pytest.approx(locked)
    assert balance["KRW"]["total"] == 50_000_000


# -- ccxt's validators, streams


def without_text_fee(order: Any) -> Any:
    """ccxt leaves the fee of an order the text it made of it, whatever a venue sends; its validator wants a number."""
    return {**order, "fee": order["fee"] and {**order["fee"], "cost": float(order["fee"]["cost"])}}


async def watched(venue: Venue, watch: Callable[[], Awaitable[Any]], times: int = 3) -> list[Any]:
    """What a caller sees who watches while the market goes on."""
    seen = []
    async with asyncio.timeout(WITHIN_S):
        for _ in range(times):
            async with asyncio.TaskGroup() as group:
                one = group.create_task(watch())
                while not one.done():
                    await asyncio.sleep(0.005)
                    venue.step()
            seen.append(one.result())
    return seen


async def test_streamed_tickers_are_valid(venue, client):
    for ticker in await watched(venue, lambda: client.watch_ticker(BTC)):
        valid_ticker(client, {}, "watchTicker", ticker, BTC)
    for tickers in await watched(venue, lambda: client.watch_tickers(list(SYMBOLS))):
        for symbol, ticker in tickers.items():
            valid_ticker(client, {}, "watchTickers", ticker, symbol)


async def test_streamed_trades_are_valid(venue, client):
    for trades in await watched(venue, lambda: client.watch_trades(BTC)):
        for trade in trades:
            valid_trade(client, {}, "watchTrades", trade, BTC, venue.wall.at_ms, is_public_trade=True)


async def test_streamed_books_are_valid(venue, client):
    for book in await watched(venue, lambda: client.watch_order_book(BTC)):
        valid_book(client, {}, "watchOrderBook", book, BTC)


async def test_streamed_candles_are_valid(venue, client):
    for candle in await watched(venue, lambda: client.watch_ohlcv(BTC, "1s")):
        valid_ohlcv(client, SECONDS, "watchOHLCV", candle, BTC, venue.wall.at_ms)


async def test_streamed_orders_fills_and_balances_are_valid(venue, client):
    orders, fills, balances = await during(
        client,
        lambda: client.create_order(BTC, "limit", "buy", 0.5, float(venue.book().asks[9][0])),
    )
    for order in orders:
        valid_order(client, {}, "watchOrders", without_text_fee(order), BTC, venue.wall.at_ms)
    for fill in fills:
        valid_trade(client, {}, "watchMyTrades", fill, BTC, venue.wall.at_ms, is_public_trade=False)
    valid_balance(client, {}, "watchBalance", {"info": "ccxt keeps none", **balances})
    assert len(fills) > 1
    assert {fill["takerOrMaker"] for fill in fills} == {"taker"}


async def during(client: ccxt.pro.upbit, act: Callable[[], Awaitable[Any]]) -> tuple[list[Any], list[Any], Any]:
    """What the private stream leaves in ccxt's caches while something is done."""
    async with asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as group:
        waiting = [
            group.create_task(watch()) for watch in (client.watch_orders, client.watch_my_trades, client.watch_balance)
        ]
        while not any(each.connection for each in client.clients.values()):  # noqa: ASYNC110 - ccxt tells nobody
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.05)  # the three subscriptions are on their way
        await act()
    return list(client.orders), list(client.myTrades), waiting[2].result()


# -- real samples


class Sample(Struct, frozen=True):
    """Which answer of ours must have every field of which sample."""

    file: str
    function: str
    index: int  # among the samples of that function
    answer: str
    absent: dict[str, str] = {}  # dotted path → why it is not in ours


OLD_FEES = {"trades.ask_fee": "gone since; a sample of August 2025 has none", "trades.bid_fee": "the same"}
TABLE = (
    Sample("upbit.json", "fetch_market_by_id", 0, "chance"),
    Sample("upbit.json", "fetch_markets", 0, "markets"),
    Sample(
        "upbit.json", "parse_trade", 0, "trade",
        {"ask_fee": "gone since; a sample of August 2025 has none", "bid_fee": "the same"},
    ),
    Sample("upbit.json", "fetch_trading_fee", 0, "chance"),
    Sample("upbit.json", "parse_ohlcv", 0, "first candle"),
    Sample("upbit.json", "fetch_ohlcv", 0, "candles"),
    Sample("upbit.json", "create_order", 0, "created", {"avg_price": "gone since; Upbit documents none (2026-11)"}),
    Sample("upbit.json", "cancel_order", 0, "canceled"),
    Sample("upbit.json", "parse_order", 0, "sold"),
    Sample("upbit.json", "parse_order", 1, "first closed"),
    Sample("upbit.json", "fetch_open_orders", 0, "open"),
    Sample("upbit.json", "fetch_closed_orders", 0, "closed"),
    Sample("upbit.json", "fetch_canceled_orders", 0, "closed"),
    Sample("upbit.json", "fetch_order", 0, "order", OLD_FEES),
    Sample("pro_upbit.json", "parse_ws_order", 0, "myOrder",
        {"smp_type": "null: nobody here is kept from trading with himself"}),
    Sample("pro_upbit.json", "handle_balance", 0, "myAsset"),
)  # fmt: skip
NOT_SIMULATED = {
    "fetch_currency_by_id": "withdrawals",
    "fetch_deposits": "deposits",
    "fetch_deposit": "deposits",
    "fetch_withdrawals": "withdrawals",
    "fetch_withdrawal": "withdrawals",
    "parse_transaction": "deposits and withdrawals",
    "fetch_deposit_addresses": "deposits",
    "create_deposit_address": "deposits",
    "withdraw": "withdrawals",
}
there = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not part of this repository")


def samples(file: str) -> list[dict[str, Any]]:
    return json.loads((SAMPLES / file).read_text(encoding="utf-8"))["samples"]


def lacking(sample: Any, answer: Any, path: str = "") -> list[str]:
    """Where the answer lacks a key of the sample, or has another JSON type there. Null says nothing of a type."""
    if sample is None:
        return []
    if isinstance(sample, dict) and isinstance(answer, dict):
        return [
            lack
            for key, value in sample.items()
            for lack in (
                lacking(value, answer[key], f"{path}.{key}".lstrip("."))
                if key in answer
                else [f"{path}.{key}".lstrip(".")]
            )
        ]
    if isinstance(sample, list) and isinstance(answer, list):
        assert answer, f"an empty list at {path!r} shows nothing"
        return sorted({lack for value in sample for lack in lacking(value, answer[0], path)})
    return [] if _json_type(sample) == _json_type(answer) else [path]


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else type(value).__name__


@pytest.fixture
async def answers(venue: Venue, client: ccxt.pro.upbit) -> dict[str, Any]:
    """Raw answers and frames, one of each kind."""
    bid, ask = venue.book().bids[20][0], venue.book().asks[0][0]
    resting = {"market": "KRW-BTC", "side": "bid", "ord_type": "limit", "price": str(bid), "volume": "0.01"}
    taking = {**resting, "price": str(ask), "volume": "0.001", "time_in_force": "ioc", "identifier": "taking"}
    selling = {"market": "KRW-BTC", "side": "ask", "ord_type": "market", "volume": "0.001"}
    found: dict[str, Any] = {}
    async with socket(venue, PRIVATE, token()) as private:
        await private.subscribe({"type": "myOrder"}, {"type": "myAsset"})
        await private.frames()
        found["created"] = await client.privatePostOrders(resting)
        found["open"] = await client.privateGetOrdersOpen()
        found["canceled"] = await client.privateDeleteOrder({"uuid": found["created"]["uuid"]})
        bought = await client.privatePostOrders(taking)
        sold = await client.privatePostOrders(selling)
        found["order"] = await client.privateGetOrder({"uuid": bought["uuid"]})
        found["sold"] = await client.privateGetOrder({"uuid": sold["uuid"]})
        frames = await private.frames()
    found["myOrder"] = next(
        frame for frame in of_type(frames, "myOrder") if frame["state"] == "trade" and frame["identifier"] == "taking"
    )
    found["myAsset"] = of_type(frames, "myAsset")[0]
    found["trade"] = found["order"]["trades"][0]
    closed = await client.privateGetOrdersClosed()
    found["closed"] = [order for order in closed if "time_in_force" in order]
    found["chance"] = await client.privateGetOrdersChance({"market": "KRW-BTC"})
    found["markets"] = await client.publicGetMarketAll()
    found["candles"] = await client.publicGetCandlesMinutes1({"market": "KRW-BTC", "count": 2})
    return {**found, "first closed": found["closed"][0], "first candle": found["candles"][0]}


@there
async def test_every_field_of_the_real_samples_is_in_our_answers(answers):
    for row in TABLE:
        of_function = [each for each in samples(row.file) if each["function"] == row.function]
        found = lacking(of_function[row.index]["payload"], answers[row.answer])
        assert set(found) == set(row.absent), f"{row.function} {row.index}, answered by {row.answer}"


@there
def test_every_sample_is_in_the_table_or_left_out_for_a_reason():
    known = {(row.file, row.function, row.index) for row in TABLE}
    counted: dict[tuple[str, str], int] = {}
    for file in ("upbit.json", "pro_upbit.json"):
        for sample in samples(file):
            key = (file, sample["function"])
            index = counted[key] = counted.get(key, -1) + 1
            assert (*key, index) in known or sample["function"] in NOT_SIMULATED, sample["function"]
