"""Bybit's streams: what ccxt makes of them, and the frames as they are."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal
from itertools import pairwise

import ccxt
import pytest
from sim.wires.bybit_kit import PRIVATE, PUBLIC, connected, simulated
from sim.wires.kit import BTC, ETH, candles_file, until, validate

MINUTE_MS = 60_000
NO_MODE = {"marginMode": True}


@pytest.fixture
async def venue():
    async with simulated() as made:
        await made.client.load_markets()
        yield made


@asynccontextmanager
async def logged_in(venue, *topics):
    async with venue.socket(PRIVATE) as frames:
        await frames.log_in()
        assert (await frames.ask("subscribe", *topics))["success"]
        yield frames


# Public, through ccxt


async def test_candles_are_watched(venue):
    rows = await venue.first(venue.client.watch_ohlcv(BTC, "1m"))
    validate(venue.client, "ohlcv", rows[-1], BTC, venue.exchange.clock.market_ms())
    assert rows[-1][0] % MINUTE_MS == 0


async def test_trades_are_watched_as_they_were(venue):
    trades = await venue.first(venue.client.watch_trades(BTC))
    known = {tick.market_ms: tick for tick in venue.exchange.ticks(BTC, 1000)}
    for trade in trades:
        validate(venue.client, "trade", trade, BTC, venue.exchange.clock.market_ms(), True)
        tick = known[trade["timestamp"]]
        assert (trade["price"], trade["amount"]) == (float(tick.price), float(tick.quantity))
        assert trade["side"] == tick.taker.value


async def test_a_ticker_is_whole_at_first_and_then_follows_what_changes(venue):
    ticker = await venue.first(venue.client.watch_ticker(ETH), symbol=ETH)
    validate(venue.client, "ticker", ticker, ETH)
    venue.move(symbol=ETH, ticks=50)
    await until(lambda: venue.client.tickers[ETH]["last"] == float(venue.last(ETH)))
    validate(venue.client, "ticker", venue.client.tickers[ETH], ETH)


async def test_the_watched_book_stays_equal_to_the_exchanges(venue):
    client = venue.client
    await venue.first(client.watch_order_book(BTC, 50), ticks=1)
    for _ in range(5):
        venue.move(ticks=7)
        await client.create_order(BTC, "market", "buy", 3)  # eats into the book between two ticks
        await asyncio.sleep(0.03)
    venue.move()
    await asyncio.sleep(0.03)
    known = venue.exchange.book(BTC, 50)
    validate(client, "order_book", client.orderbooks[BTC], BTC)

    def watched(side: str) -> list[tuple[float, float]]:
        return [(price, size) for price, size in client.orderbooks[BTC][side]]

    await until(lambda: watched("asks") == [(float(price), float(size)) for price, size in known.asks])
    assert watched("bids") == [(float(price), float(size)) for price, size in known.bids]


async def test_best_prices_are_watched(venue):
    best = await venue.first(venue.client.watch_bids_asks([BTC]))
    assert best[BTC]["bid"] < best[BTC]["ask"]


async def test_a_topic_that_is_not_is_an_error_for_ccxt_too(venue):
    for _ in range(2):
        with pytest.raises(ccxt.ExchangeError, match=r"handler not found,topic:kline\.7m\.BTCUSDT"):
            await asyncio.wait_for(venue.client.watch_ohlcv(BTC, "7m"), 2)


async def test_pings_are_answered_so_that_ccxt_keeps_the_line(venue):
    client = connected(venue.port, streaming={"keepAlive": 500})
    client.set_markets_from_exchange(venue.client)
    try:
        watching = asyncio.ensure_future(client.watch_trades(BTC))
        await asyncio.sleep(2)
        venue.move()
        assert (await watching)[-1]["price"] == float(venue.last())
    finally:
        await client.close()


# Public, as frames


async def test_subscribe_and_unsubscribe(venue):
    async with venue.socket(PUBLIC) as frames:
        answer = await frames.ask("subscribe", "publicTrade.BTCUSDT", req_id="one", callerMethodName="watchOHLCV")
        assert (answer["success"], answer["ret_msg"], answer["req_id"], answer["op"]) == (True, "", "one", "subscribe")
        venue.move()
        assert (await frames.next())["topic"] == "publicTrade.BTCUSDT"
        again = await frames.ask("subscribe", "publicTrade.BTCUSDT")
        assert again["ret_msg"] == "error:already subscribed,topic:publicTrade.BTCUSDT"
        assert (await frames.ask("unsubscribe", "publicTrade.BTCUSDT"))["success"]
        venue.move(ticks=3)
        assert await frames.heard() == []


TOPICS = (
    "kline.7.BTCUSDT", "kline.BTCUSDT", "orderbook.49.BTCUSDT", "tickers.NOPEUSDT", "tickers", "",
    "publicTrade.1.BTCUSDT", "order", "tickers.btcusdt",
)  # fmt: skip
NOISE = ("", "{", "[]", "null", '{"op": 1}', '{"op": "dance"}', '{"args": []}', "[" * 5000)


async def test_one_topic_that_is_not_refuses_them_all(venue):
    async with venue.socket(PUBLIC) as frames:
        for topic in TOPICS:
            answer = await frames.ask("subscribe", "publicTrade.BTCUSDT", topic, req_id="9")
            assert (answer["success"], answer["req_id"]) == (False, "9")
            assert answer["ret_msg"] == f"error:handler not found,topic:{topic}"
        venue.move(ticks=2)
        assert await frames.heard() == []


async def test_noise_is_refused_and_the_line_goes_on(venue):
    for path in (PUBLIC, PRIVATE):
        async with venue.socket(path) as frames:
            for noise in NOISE:
                answer = await frames.say(noise)
                assert answer["success"] is False, noise
                assert answer["ret_msg"].startswith("error:")
            assert "pong" in str(await frames.ask("ping", req_id="5"))


async def test_a_candle_is_said_to_be_over_once_and_after_that_no_more(tmp_path):
    minutes = [("50000", "50010", "49990", "50000")] * 7
    seen = []
    file = candles_file(tmp_path / "minutes.csv", minutes)
    async with simulated(BTC, replay=file) as venue, venue.socket(PUBLIC) as frames:
        await frames.ask("subscribe", "kline.1.BTCUSDT", "kline.5.BTCUSDT")
        while sum(frame["data"][0]["confirm"] for frame in seen) < 7:
            venue.exchange.step()
            seen += await frames.heard()
    for topic, step in (("kline.1.BTCUSDT", 1), ("kline.5.BTCUSDT", 5)):
        rows = [frame["data"][0] for frame in seen if frame["topic"] == topic]
        over = [row["start"] for row in rows if row["confirm"]]
        assert over
        assert all(later - earlier == step * MINUTE_MS for earlier, later in pairwise(over))
        for start in over:
            assert [row["confirm"] for row in rows if row["start"] == start][-1] is True


# Private


async def test_orders_executions_positions_and_the_wallet_are_watched(venue):
    client, now = venue.client, venue.wall.now_ms()
    client.options["watchPositions"] = {"fetchPositionsSnapshot": False, "awaitPositionsSnapshot": False}
    watches = (client.watch_orders, client.watch_my_trades, client.watch_positions, client.watch_balance)
    tasks = [asyncio.ensure_future(watch()) for watch in watches]
    await asyncio.sleep(0.1)
    await client.create_order(BTC, "market", "buy", 1.5, params={"clientOrderId": "mine"})
    orders, trades, positions, balance = await asyncio.gather(*tasks)
    await until(lambda: client.orders[-1]["status"] == "closed")
    for order in [*orders, *client.orders]:
        validate(client, "order", order, BTC, now)
    assert client.orders[-1]["clientOrderId"] == "mine"
    for trade in [*trades, *client.myTrades]:
        validate(client, "trade", trade, BTC, now, False)
    assert sum(trade["amount"] for trade in client.myTrades) == pytest.approx(1.5)
    for position in positions:
        validate(client, "position", position, BTC, now, skipped=NO_MODE)
    validate(client, "balance", {"info": {}, **balance})
    await until(lambda: client.positions[-1]["contracts"] == 1.5)


async def test_what_the_stream_says_of_an_order_is_what_rest_says(venue):
    async with logged_in(venue, "order", "execution") as frames:
        ack = await venue.client.create_order(BTC, "market", "buy", 1.5)
        told = [await frames.next("order") for _ in range(2)]
        while told[-1]["data"][0]["orderStatus"] != "Filled":
            told.append(await frames.next("order"))
    (row,) = (await venue.get("/v5/order/history", category="linear", orderId=ack["id"]))["list"]
    assert told[0]["data"][0]["orderStatus"] == "New"
    assert {name: told[-1]["data"][0][name] for name in row} == row


async def test_a_stop_that_fires_is_triggered_and_then_an_order(venue):
    client = venue.client
    await client.create_order(BTC, "market", "buy", 0.3)
    trigger = client.price_to_precision(BTC, float(venue.last()) * 0.9995)
    async with logged_in(venue, "order.linear") as frames:
        params = {"stopLossPrice": trigger, "clientOrderId": "stop"}
        await client.create_order(BTC, "market", "sell", 0.3, params=params)
        venue.move(lambda tick: tick.price < Decimal(trigger))
        seen = []
        while not seen or seen[-1]["orderStatus"] != "Filled":
            seen.append((await frames.next("order.linear"))["data"][0])
    assert [row["orderStatus"] for row in seen][:3] == ["Untriggered", "Triggered", "New"]
    assert len({row["orderId"] for row in seen}) == 1
    assert {row["orderLinkId"] for row in seen} == {"stop"}


async def test_the_private_stream_wants_a_login(venue):
    async with venue.socket(PRIVATE) as frames:
        answer = await frames.ask("subscribe", "order", req_id="1")
        assert (answer["success"], answer["ret_msg"]) == (False, "Request not authorized")
        pong = await frames.ask("ping", req_id="2")
        assert (pong["op"], pong["req_id"]) == ("pong", "2")
        assert (await frames.log_in())["success"] is True
        assert (await frames.ask("subscribe", "order"))["success"] is True
        unknown = await frames.ask("subscribe", "greeks")
        assert unknown["ret_msg"] == "error:handler not found,topic:greeks"


async def test_a_login_that_is_wrong_or_late_is_refused(venue):
    async with venue.socket(PRIVATE) as frames:
        for credentials, words in (
            ({"secret": "wrong"}, "Params Error"),
            ({"key": "nobody"}, "API key is invalid."),
            ({"expires": 1_700_000_000_000}, "Params Error"),
        ):
            answer = await frames.log_in(**credentials)
            assert (answer["success"], answer["op"], answer["ret_msg"]) == (False, "auth", words)
            assert (await frames.ask("subscribe", "order"))["success"] is False


async def test_a_connection_hears_only_what_it_asked_for(venue):
    async with logged_in(venue, "wallet") as wallet, venue.socket(PRIVATE) as silent:
        await silent.log_in()
        await venue.client.create_order(BTC, "market", "buy", 0.1)
        assert {frame["topic"] for frame in await wallet.heard()} == {"wallet"}
        assert await silent.heard() == []
