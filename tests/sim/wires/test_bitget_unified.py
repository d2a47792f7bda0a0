"""The unified account at Bitget's wire: ccxt's validators accept its answers, and the venue's samples are in them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import ccxt
import pytest
from sim.wires import samples
from sim.wires.bitget_kit import BTC, ETH, UNIFIED, Simulated, simulated, validate
from sim.wires.samples import problems

REST, PUSHED = "ccxt_comment_samples/bitget.json", "ccxt_comment_samples/pro_bitget.json"
CATEGORY = "USDT-FUTURES"
ONE = {"category": CATEGORY, "symbol": "BTCUSDT"}

TABLE = {
    f"{REST}:2488": ("instruments", {}),
    f"{REST}:3524": ("book", {}),
    f"{REST}:3624": ("ticker", {}),
    f"{REST}:3812": ("tickers", {}),
    f"{REST}:4140": ("public trades", {}),
    f"{REST}:4150": ("fills", {}),
    f"{REST}:4947": ("assets", {}),
    f"{REST}:5002": ("coins", {}),
    f"{REST}:5287": ("order", {}),
    f"{REST}:6780": ("whole order", {}),
    f"{REST}:7133": ("open orders", {}),
    f"{REST}:7614": ("past orders", {}),
    f"{REST}:8342": ("all fills", {}),
    f"{REST}:8699": ("position", {}),
    f"{PUSHED}:626": ("kline", {}),
    f"{PUSHED}:700": ("one kline", {}),
    f"{PUSHED}:1374": ("position push", {}),
    f"{PUSHED}:1671": ("order push", {}),
    f"{PUSHED}:2163": ("fill push", {}),
    f"{PUSHED}:2345": ("account push", {}),
}


@pytest.fixture
async def venue() -> AsyncIterator[Simulated]:
    async with simulated(history=20, options=UNIFIED) as made:
        await made.client.load_markets()
        yield made


async def test_its_market_is_told_as_ccxt_has_it(venue: Simulated) -> None:
    venue.move(ticks=10)
    client, now = venue.client, venue.exchange.clock.market_ms()
    assert sorted(client.markets) == [BTC, ETH]
    for market in client.markets.values():
        validate(client, "market", market)
    validate(client, "ticker", await client.fetch_ticker(BTC), BTC)
    for trade in await client.fetch_trades(BTC, limit=10):
        validate(client, "trade", trade, BTC, now, True)
    validate(client, "order_book", await client.fetch_order_book(BTC, 20), BTC)
    rows, known = await client.fetch_ohlcv(BTC, "1m", limit=10), venue.exchange.candles(BTC, 60_000, limit=10)
    assert [(row[0], row[4]) for row in rows] == [(each.open_ms, float(each.close)) for each in known]


async def test_an_order_is_found_everywhere_and_its_position_held(venue: Simulated) -> None:
    client, now = venue.client, venue.wall.now_ms()
    placed = await client.create_order(BTC, "market", "buy", 0.5, None, {"clientOrderId": "entry-1"})
    order = await client.fetch_order("", BTC, {"clientOrderId": "entry-1"})
    validate(client, "order", order, BTC, now)
    assert (order["id"], order["status"], order["filled"]) == (placed["id"], "closed", 0.5)
    fills = await client.fetch_my_trades(BTC)
    assert sum(each["amount"] for each in fills) == pytest.approx(0.5)
    (position,) = await client.fetch_positions([BTC])
    assert (position["side"], position["contracts"]) == ("long", 0.5)
    assert (await client.fetch_balance())["USDT"]["total"] > 0


async def test_a_resting_order_is_listed_and_canceled(venue: Simulated) -> None:
    client = venue.client
    placed = await client.create_order(BTC, "limit", "buy", 0.1, float(venue.last() // 2))
    (listed,) = await client.fetch_open_orders(BTC)
    validate(client, "order", listed, BTC, venue.wall.now_ms())
    assert listed["id"] == placed["id"]
    await client.cancel_order(placed["id"], BTC)
    assert await client.fetch_open_orders(BTC) == []
    assert [each["status"] for each in await client.fetch_canceled_and_closed_orders(BTC)] == ["canceled"]


async def test_a_stop_is_refused_since_none_is_simulated(venue: Simulated) -> None:
    with pytest.raises(ccxt.BaseError, match="Request URL NOT FOUND"):
        await venue.client.create_order(BTC, "market", "sell", 0.1, None, {"stopLossPrice": 1_000})
    with pytest.raises(ccxt.BaseError, match="Parameter stopLoss error"):
        await venue.client.create_order(BTC, "market", "buy", 0.1, None, {"stopLoss": {"triggerPrice": 1_000}})
    assert venue.exchange.orders("main") == []


@pytest.mark.parametrize(
    ("first", "then", "code"),
    [("v2", "v3", "25245"), ("v3", "v2", "40085")],
    ids=["classic stays classic", "unified stays unified"],
)
async def test_an_account_is_of_the_kind_that_it_was_first_asked_as(first: str, then: str, code: str) -> None:
    paths = {"v2": "mix/account/accounts", "v3": "account/assets"}
    asked = {"v2": {"productType": CATEGORY}, "v3": {}}
    async with simulated(BTC, history=2) as venue:
        assert (await venue.raw("GET", paths[first], version=first, **asked[first]))[0] == 200
        status, answer = await venue.raw("GET", paths[then], version=then, **asked[then])
        assert (status, answer["code"]) == (400, code)
        _, told = await venue.raw("GET", "account/settings", version="v3")
        assert told["code"] == ("25245" if first == "v2" else "00000")


@pytest.mark.parametrize(
    ("said", "arg"),
    [
        ("public", {"instType": "usdt-futures", "topic": "kline", "symbol": "NOPE", "interval": "1m"}),
        ("public", {"instType": "usdt-futures", "topic": "kline", "symbol": "BTCUSDT", "interval": "7m"}),
        ("public", {"instType": "spot", "topic": "publicTrade", "symbol": "BTCUSDT"}),
        ("private", {"instType": "UTA", "topic": "strategy-order"}),
    ],
)
async def test_a_topic_that_is_not_there_is_an_error_and_the_line_goes_on(said: str, arg: dict[str, Any]) -> None:
    async with simulated(BTC, history=2) as venue, venue.socket(said, login=said == "private", version="v3") as frames:
        assert (await frames.ask("subscribe", arg))["code"] == 30001
        assert (await frames.ask("unsubscribe", arg))["event"] == "unsubscribe"


@pytest.mark.skipif(not samples.SAMPLES.is_dir(), reason="the venue's samples are not beside the project")
async def test_every_key_of_the_samples_is_in_our_answers_with_its_type(venue: Simulated) -> None:
    assert problems("bitget", TABLE, {**await pushed(venue), **await told(venue)}) == []


async def pushed(venue: Simulated) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    async with venue.socket("public", version="v3") as frames:
        asked = {"instType": "usdt-futures", "topic": "kline", "symbol": "BTCUSDT", "interval": "1m"}
        assert (await frames.ask("subscribe", asked))["event"] == "subscribe"
        answers["kline"] = await frames.next()
        answers["one kline"] = answers["kline"]["data"][0]
    async with venue.socket("private", login=True, version="v3") as frames:
        for topic in ("order", "fill", "account", "position"):
            await frames.ask("subscribe", {"instType": "UTA", "topic": topic})
        order = {**ONE, "side": "buy", "orderType": "market", "qty": "0.01"}
        assert (await venue.raw("POST", "trade/place-order", order, version="v3"))[0] == 200
        while not {"order push", "fill push", "account push", "position push"} <= answers.keys():
            frame = await frames.next()
            answers[f"{frame['arg']['topic']} push"] = frame
    return answers


async def told(venue: Simulated) -> dict[str, Any]:
    async def get(path: str, **params: Any) -> Any:
        status, answer = await venue.raw("GET", path, version="v3", **params)
        assert status == 200, answer
        return answer

    rest = {**ONE, "side": "buy", "orderType": "limit", "price": str(venue.last() // 2), "qty": "0.01"}
    _, placed = await venue.raw("POST", "trade/place-order", rest, version="v3")
    order = await get("trade/order-info", orderId=placed["data"]["orderId"])
    open_orders, fills = await get("trade/unfilled-orders", **ONE), await get("trade/fills", **ONE)
    assets, tickers = await get("account/assets"), await get("market/tickers", **ONE)
    return {
        "instruments": (await get("market/instruments", category=CATEGORY))["data"],
        "book": await get("market/orderbook", **ONE),
        "ticker": tickers["data"],
        "tickers": tickers,
        "public trades": (await get("market/fills", **ONE))["data"],
        "all fills": fills,
        "fills": fills["data"]["list"],
        "assets": assets,
        "coins": assets["data"]["assets"],
        "order": order["data"],
        "whole order": order,
        "open orders": open_orders,
        "past orders": await get("trade/history-orders", **ONE),
        "position": (await get("position/current-position", category=CATEGORY))["data"]["list"],
    }
