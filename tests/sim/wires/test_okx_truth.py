"""The unmodified ccxt class over real sockets: every unified answer passes ccxt's validators, and is what happened."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import ccxt
import pytest
from sim.wires.okx_kit import BTC, ETH, candles_file, simulated, until, validate

MINUTE_MS, TWO_HOURS_MS = 60_000, 7_200_000
STOP = {"stopLossPrice": 50_000, "reduceOnly": True, "algoClOrdId": "stop1"}
CONDITIONAL = {"trigger": True, "ordType": "conditional"}


@pytest.fixture
async def venue():
    async with simulated() as made:
        await made.client.load_markets()
        yield made


# The market


async def test_markets_and_currencies_are_valid_and_count_in_contracts(venue):
    client = venue.client
    assert sorted(client.markets) == [BTC, ETH]
    for market in client.markets.values():
        validate(client, "market", market)
    for code in ("BTC", "ETH", "USDT"):
        validate(client, "currency", client.currencies[code])
    market, listing = client.market(BTC), venue.exchange.listings[BTC]
    assert Decimal(str(market["precision"]["amount"])) * Decimal(str(market["contractSize"])) == listing.lot
    assert market["precision"]["price"] == float(listing.tick)


async def test_of_too_many_candles_the_newest_come(venue):
    known = venue.exchange.candles(BTC, MINUTE_MS, limit=100)
    past = await venue.client.publicGetMarketHistoryCandles({"instId": "BTC-USDT-SWAP", "limit": "3"})
    assert [int(row[0]) for row in past["data"]] == [each.open_ms for each in known if each.closed][:-4:-1]
    newest = {"instId": "BTC-USDT-SWAP", "before": str(known[0].open_ms), "limit": "3"}
    answer = await venue.client.publicGetMarketCandles(newest)
    assert [int(row[0]) for row in answer["data"]] == [each.open_ms for each in known[:-4:-1]]


async def test_tickers_and_trades_and_the_book_are_valid(venue):
    venue.move(ticks=20)
    client, now = venue.client, venue.exchange.clock.market_ms()
    ticker = await client.fetch_ticker(BTC)
    validate(client, "ticker", ticker, BTC)
    assert ticker["last"] == float(venue.last())
    assert sorted(await client.fetch_tickers([BTC, ETH])) == [BTC, ETH]
    trades = await client.fetch_trades(BTC, limit=10)
    assert len(trades) == 10
    for trade in trades:
        validate(client, "trade", trade, BTC, now, True)
    ticks = venue.exchange.ticks(BTC, 10)
    assert [trade["amount"] for trade in trades] == [float(tick.quantity / Decimal("0.01")) for tick in ticks]
    book = await client.fetch_order_book(BTC, 20)
    validate(client, "order_book", book, BTC)
    assert (len(book["bids"]), len(book["asks"])) == (20, 20)
    rate, due_ms = venue.exchange.funding(BTC)
    funding = await client.fetch_funding_rate(BTC)
    assert (funding["fundingRate"], funding["fundingTimestamp"]) == (float(rate), due_ms)


# The account


async def test_a_market_order_fills_over_several_levels_and_is_found_everywhere(venue):
    client, now = venue.client, venue.wall.now_ms()
    ack = await client.create_order(BTC, "market", "buy", 150, params={"clientOrderId": "entry1"})
    assert (ack["clientOrderId"], ack["status"]) == ("entry1", None)
    by_id, by_name = await client.fetch_order(ack["id"], BTC), await client.fetch_order("", BTC, {"clOrdId": "entry1"})
    assert by_id == by_name
    validate(client, "order", by_id, BTC, now)
    assert (by_id["status"], by_id["filled"]) == ("closed", 150)
    (listed,) = await client.fetch_closed_orders(BTC)
    assert listed["average"] == by_id["average"]
    trades = await client.fetch_order_trades(ack["id"], BTC)
    assert len(trades) > 2
    for trade in trades:
        validate(client, "trade", trade, BTC, now, False)
    known = venue.exchange.executions("main")
    assert {t["id"]: (t["amount"], t["fee"]["cost"]) for t in trades} == {
        str(each.id): (float(each.quantity * 100), float(each.fee)) for each in known
    }


async def test_position_and_balance_are_the_exchanges(venue):
    client, now = venue.client, venue.wall.now_ms()
    await client.create_order(BTC, "market", "sell", 150)
    (position,) = await client.fetch_positions()
    validate(client, "position", position, BTC, now)
    held = next(each for each in venue.exchange.positions("main") if each.symbol == BTC)
    assert (position["side"], position["contracts"], position["hedged"]) == ("short", 150, False)
    assert (position["entryPrice"], position["leverage"]) == (pytest.approx(float(held.entry_price)), 20)
    assert position["notional"] == float(abs(held.quantity) * venue.last())
    balance = await client.fetch_balance()
    validate(client, "balance", balance)
    assert await client.fetch_positions([ETH]) == []


async def test_a_resting_order_is_amended_cancelled_and_then_forgotten(venue):
    client, price = venue.client, float(venue.last()) - 1000
    resting = await client.create_order(BTC, "limit", "buy", 5, round(price, 1), {"clientOrderId": "rest1"})
    (listed,) = await client.fetch_open_orders(BTC)
    validate(client, "order", listed, BTC, venue.wall.now_ms())
    assert (listed["id"], listed["amount"], listed["status"]) == (resting["id"], 5, "open")
    await client.edit_order(resting["id"], BTC, "limit", "buy", 7, round(price - 10, 1))
    (listed,) = await client.fetch_open_orders(BTC)
    assert (listed["amount"], listed["price"]) == (7, round(price - 10, 1))
    await client.cancel_order("", BTC, {"clientOrderId": "rest1"})
    assert await client.fetch_open_orders(BTC) == []
    canceled = await client.fetch_order(resting["id"], BTC)
    assert (canceled["status"], canceled["info"]["cancelSource"]) == ("canceled", "1")
    venue.wall.ahead_ms = TWO_HOURS_MS + 1_000
    client.options["timeDifference"] = -venue.wall.ahead_ms
    with pytest.raises(ccxt.OrderNotFound, match="51603"):
        await client.fetch_order(resting["id"], BTC)


async def test_a_stop_is_placed_amended_and_cancelled_among_the_algo_orders(venue):
    client = venue.client
    await client.create_order(BTC, "market", "buy", 20)
    ack = await client.create_order(BTC, "market", "sell", 20, params=STOP)
    (listed,) = await client.fetch_open_orders(BTC, params=CONDITIONAL)
    validate(client, "order", listed, BTC, venue.wall.now_ms(), skipped={"filled": True, "fee": True})
    assert (listed["id"], listed["stopLossPrice"], listed["reduceOnly"]) == (ack["id"], 50_000, True)
    assert await client.fetch_open_orders(BTC) == []
    amended = {"algoId": ack["id"], "instId": "BTC-USDT-SWAP", "newSlTriggerPx": "51000"}
    await client.privatePostTradeAmendAlgos(amended)
    found = await client.fetch_order("", BTC, {"trigger": True, "clientOrderId": "stop1"})
    assert (found["id"], found["stopLossPrice"]) == (ack["id"], 51_000)
    await client.cancel_order("", BTC, {"trigger": True, "clientOrderId": "stop1"})
    assert await client.fetch_open_orders(BTC, params=CONDITIONAL) == []
    (past,) = await client.fetch_canceled_orders(BTC, params={"trigger": True, "ordType": "conditional"})
    assert (past["id"], past["status"]) == (ack["id"], "canceled")


@pytest.mark.parametrize(("params", "kind"), [(STOP, "conditional"), ({"triggerPrice": 50_000}, "trigger")])
async def test_what_fires_goes_on_as_an_order_that_names_it(tmp_path, params, kind):
    falling = candles_file(
        tmp_path / "falling.csv", [("60000", "60001", "59990", "60000"), ("60000",) * 2 + ("49000",) * 2], "400"
    )
    async with simulated(BTC, replay=falling) as venue:
        client = venue.client
        await client.load_markets()
        venue.move()
        await client.create_order(BTC, "market", "buy", 20)
        ack = await client.create_order(BTC, "market", "sell", 20, params=params)
        (listed,) = await client.fetch_open_orders(BTC, params={"trigger": True, "ordType": kind})
        assert (listed["id"], listed["type"]) == (ack["id"], kind)
        venue.move(lambda tick: tick.price <= 50_000)
        algo = (await client.privateGetTradeOrderAlgo({"algoId": ack["id"]}))["data"][0]
        assert (algo["state"], algo["ordIdList"]) == ("effective", [algo["ordId"]])
        order = await client.fetch_order(algo["ordId"], BTC)
        assert (order["id"], order["info"]["ordId"], order["status"]) == (ack["id"], algo["ordId"], "closed")
        trades = await client.fetch_order_trades(algo["ordId"], BTC)
        assert sum(trade["amount"] for trade in trades) == 20
        assert await client.fetch_positions() == []


async def test_settings_are_confirmed_also_when_they_were_so_already(venue):
    client = venue.client
    for _ in range(2):
        await client.set_leverage(7, BTC)
        await client.set_position_mode(False)
    assert (await client.fetch_leverage(BTC))["longLeverage"] == 7
    await client.set_margin_mode("isolated", BTC, {"lever": 5})
    held = next(each for each in venue.exchange.positions("main") if each.symbol == BTC)
    assert (held.margin_mode, held.leverage) == ("isolated", 5)
    (account,) = await client.fetch_accounts()
    assert account["info"]["perm"] == "read_only,trade"
    fee = await client.fetch_trading_fee(BTC)
    assert (fee["maker"], fee["taker"]) == (0.0002, 0.0005)


# What is pushed


async def test_market_streams_are_valid_and_what_happened(venue):
    client = venue.client
    candles = await venue.first(client.watch_ohlcv(BTC, "1m"))
    known = {each.open_ms: each for each in venue.exchange.candles(BTC, MINUTE_MS, limit=5)}
    assert (candles[-1][1], candles[-1][0] in known) == (float(known[candles[-1][0]].open), True)
    trades = await venue.first(client.watch_trades(BTC))
    validate(client, "trade", trades[-1], BTC, venue.exchange.clock.market_ms(), True)
    assert trades[-1]["id"] in {str(tick.id) for tick in venue.exchange.ticks(BTC, 50)}
    ticker = await venue.first(client.watch_ticker(BTC))
    validate(client, "ticker", ticker, BTC)


async def test_a_book_kept_by_its_changes_is_the_exchanges(venue):
    client = venue.client
    await venue.first(client.watch_order_book(BTC))
    for _ in range(5):
        book = await venue.first(client.watch_order_book(BTC), ticks=1)
    validate(client, "order_book", book, BTC)
    await asyncio.sleep(0.15)
    venue.move()
    known = venue.exchange.book(BTC, 400)
    await until(lambda: client.orderbooks[BTC]["nonce"] == known.update_id)
    kept = [(price, size) for price, size, *_ in client.orderbooks[BTC]["bids"]]
    assert kept == [(float(price), float(size * 100)) for price, size in known.bids]


async def test_private_streams_tell_an_order_its_fills_and_what_they_did(venue):
    client, now = venue.client, venue.wall.now_ms()
    watching = [client.watch_orders(), client.watch_my_trades(), client.watch_positions(), client.watch_balance()]
    tasks = [asyncio.ensure_future(each) for each in watching]
    await until(lambda: len(venue.server.lines) == 1 and tasks[3].done())
    await client.create_order(BTC, "market", "buy", 20, params={"clientOrderId": "pushed1"})
    orders, trades, positions, balance = await asyncio.gather(*tasks)
    await until(lambda: client.orders[-1]["status"] == "closed")
    validate(client, "order", client.orders[-1], BTC, now)
    assert (client.orders[-1]["clientOrderId"], client.orders[-1]["filled"]) == ("pushed1", 20)
    validate(client, "trade", client.myTrades[0], BTC, now, False)
    assert [trade["id"] for trade in client.myTrades] == [str(each.id) for each in venue.exchange.executions("main")]
    validate(client, "position", positions[0], BTC, now)
    validate(client, "balance", balance)
    assert (orders[0]["symbol"], trades[0]["order"]) == (BTC, client.orders[-1]["id"])


async def test_ccxt_gives_the_streamed_fee_with_the_wrong_sign(venue):
    """Its parser of executions over REST turns the sign of what the venue takes, that of the stream does not."""
    client = venue.client
    task = asyncio.ensure_future(client.watch_my_trades())
    await until(lambda: any("orders::myTrades" in each.subscriptions for each in client.clients.values()))
    await asyncio.sleep(0.1)
    await client.create_order(BTC, "market", "buy", 1)
    (streamed,), (read,) = await task, await client.fetch_my_trades(BTC)
    assert streamed["fee"]["cost"] == -read["fee"]["cost"]
    assert read["fee"]["cost"] == float(venue.exchange.executions("main")[0].fee)
