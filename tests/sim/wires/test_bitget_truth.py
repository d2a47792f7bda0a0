"""The unmodified ccxt class over real sockets: every unified answer passes ccxt's validators, and is what happened."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import ccxt
import pytest
from sim.wires.bitget_kit import BTC, ETH, candles_file, simulated, until, validate

MINUTE_MS = 60_000
OF_CROSS_MARGIN = {"collateral": True}  # ccxt has none there
STOP = {"stopLossPrice": 50_000, "planType": "loss_plan", "triggerType": "fill_price", "clientOrderId": "stop1"}
OF_LOSS = {"trigger": True, "planType": "loss_plan"}
OF_POSITION = {"trigger": True, "planType": "profit_loss"}


@pytest.fixture
async def venue():
    async with simulated() as made:
        await made.client.load_markets()
        yield made


# The market


async def test_markets_and_currencies_are_valid_and_count_in_coins(venue):
    client = venue.client
    assert sorted(client.markets) == [BTC, ETH]
    for market in client.markets.values():
        validate(client, "market", market)
    for code in ("BTC", "ETH", "USDT"):
        validate(client, "currency", client.currencies[code])
    market, listing = client.market(BTC), venue.exchange.listings[BTC]
    assert (market["precision"]["amount"], market["contractSize"]) == (float(listing.lot), 1)
    assert (market["precision"]["price"], market["limits"]["cost"]["min"]) == (float(listing.tick), 5)


async def test_a_class_that_is_not_told_finds_out_that_the_account_is_a_classic_one(venue):
    del venue.client.options["uta"]
    await venue.client.fetch_positions()
    assert venue.client.options["uta"] is False


async def test_of_the_past_the_newest_closed_candles_are_told(venue):
    known = venue.exchange.candles(BTC, MINUTE_MS, limit=100)
    past = await venue.get(
        "mix/market/history-candles", symbol="BTCUSDT", productType="usdt-futures", granularity="1m", limit=5
    )
    assert [int(row[0]) for row in past["data"]] == [each.open_ms for each in known if each.closed][-5:]


async def test_tickers_and_trades_and_the_book_are_valid(venue):
    venue.move(ticks=20)
    client, now = venue.client, venue.exchange.clock.market_ms()
    ticker = await client.fetch_ticker(BTC)
    validate(client, "ticker", ticker, BTC)
    assert (ticker["last"], (await client.fetch_mark_price(BTC))["markPrice"]) == (float(venue.last()),) * 2
    assert sorted(await client.fetch_tickers([BTC, ETH])) == [BTC, ETH]
    trades = await client.fetch_trades(BTC, limit=10)
    assert len(trades) == 10
    for trade in trades:
        validate(client, "trade", trade, BTC, now, True)
    ticks = venue.exchange.ticks(BTC, 10)
    assert [trade["amount"] for trade in trades] == [float(tick.quantity) for tick in ticks]
    book = await client.fetch_order_book(BTC, 15)
    validate(client, "order_book", book, BTC)
    assert (len(book["bids"]), len(book["asks"])) == (15, 15)
    rate, due_ms = venue.exchange.funding(BTC)
    funding = await client.fetch_funding_rate(BTC)
    assert (funding["fundingRate"], funding["fundingTimestamp"]) == (float(rate), due_ms)


# The account


async def test_a_market_order_fills_over_several_levels_and_is_found_everywhere(venue):
    client, now = venue.client, venue.wall.now_ms()
    ack = await client.create_order(BTC, "market", "buy", 1.5, params={"clientOrderId": "entry-1"})
    assert (ack["clientOrderId"], ack["status"]) == ("entry-1", None)
    by_id = await client.fetch_order(ack["id"], BTC)
    by_name = await client.fetch_order("", BTC, {"clientOrderId": "entry-1"})
    assert by_id == by_name
    validate(client, "order", by_id, BTC, now)
    assert (by_id["status"], by_id["filled"]) == ("closed", 1.5)
    (listed,) = await client.fetch_closed_orders(BTC)
    assert listed["average"] == by_id["average"]
    trades = await client.fetch_my_trades(BTC, params={"orderId": ack["id"]})
    assert len(trades) > 2
    for trade in trades:
        validate(client, "trade", trade, BTC, now, False)
    assert {t["id"]: (t["amount"], t["fee"]["cost"]) for t in trades} == {
        str(each.id): (float(each.quantity), float(each.fee)) for each in venue.exchange.executions("main")
    }


async def test_position_and_balance_are_the_exchanges(venue):
    client, now = venue.client, venue.wall.now_ms()
    await client.create_order(BTC, "market", "sell", 1.5)
    (position,) = await client.fetch_positions()
    validate(client, "position", position, BTC, now, skipped=OF_CROSS_MARGIN)
    assert position == {**await client.fetch_position(BTC), "info": position["info"]}
    held = next(each for each in venue.exchange.positions("main") if each.symbol == BTC)
    assert (position["side"], position["contracts"], position["hedged"]) == ("short", 1.5, False)
    assert (position["entryPrice"], position["leverage"]) == (pytest.approx(float(held.entry_price)), 20)
    balance = await client.fetch_balance()
    validate(client, "balance", balance)
    free = next(each.free for each in venue.exchange.balances("main") if each.asset == "USDT")
    assert balance["USDT"]["free"] == pytest.approx(float(free + venue.exchange.unrealized("main", BTC)))


async def test_a_resting_order_is_changed_under_a_new_name_and_cancelled(venue):
    client, price = venue.client, round(float(venue.last())) - 1000
    resting = await client.create_order(BTC, "limit", "buy", 0.5, price, {"clientOrderId": "rest1"})
    (listed,) = await client.fetch_open_orders(BTC)
    validate(client, "order", listed, BTC, venue.wall.now_ms())
    assert (listed["id"], listed["amount"], listed["status"]) == (resting["id"], 0.5, "open")
    changed = await client.edit_order(resting["id"], BTC, "limit", "buy", 0.7, price - 10, {"newClientOid": "rest2"})
    (listed,) = await client.fetch_open_orders()
    assert (listed["id"], listed["clientOrderId"]) == (changed["id"], "rest2")
    assert (listed["amount"], listed["price"]) == (0.7, price - 10)
    await client.cancel_order("", BTC, {"clientOrderId": "rest2"})
    assert await client.fetch_open_orders(BTC) == []
    canceled = await client.fetch_order(changed["id"], BTC)
    assert (canceled["status"], canceled["info"]["cancelReason"]) == ("canceled", "normal_cancel")
    with pytest.raises(ccxt.OrderNotFound, match="40109"):
        await client.fetch_order("", BTC, {"clientOrderId": "rest3"})


async def test_a_stop_of_a_position_is_placed_changed_and_cancelled_among_the_plans(venue):
    client = venue.client
    await client.create_order(BTC, "market", "buy", 0.2)
    ack = await client.create_order(BTC, "market", "sell", 0.2, params=STOP)
    assert ack["clientOrderId"] == "stop1"
    (listed,) = await client.fetch_open_orders(BTC, params=OF_POSITION)
    validate(client, "order", listed, BTC, venue.wall.now_ms(), skipped={"fee": True})
    assert (listed["id"], listed["triggerPrice"], listed["side"]) == (ack["id"], 50_000, "sell")
    assert await client.fetch_open_orders(BTC) == []
    changed = {"stopLossPrice": 51_000, "clientOrderId": "stop1"}
    assert (await client.edit_order("", BTC, "market", "sell", 0.1, None, changed))["id"] == ack["id"]
    (listed,) = await client.fetch_open_orders(BTC, params=OF_POSITION)
    assert (listed["amount"], listed["triggerPrice"]) == (0.1, 51_000)
    await client.cancel_order("", BTC, {**OF_LOSS, "clientOrderId": "stop1"})
    assert await client.fetch_open_orders(BTC, params=OF_POSITION) == []
    (past,) = await client.fetch_canceled_orders(BTC, params=OF_POSITION)
    assert (past["id"], past["status"]) == (ack["id"], "canceled")


@pytest.mark.parametrize(
    ("params", "plan"),
    [
        (STOP, "profit_loss"),
        (
            {"triggerPrice": 50_000, "triggerType": "fill_price", "planType": "normal_plan", "reduceOnly": True},
            "normal_plan",
        ),
    ],
)
async def test_what_fires_goes_on_as_an_order_that_only_the_history_names(tmp_path, params, plan):
    falling = candles_file(
        tmp_path / "falling.csv", [("60000", "60001", "59990", "60000"), ("60000",) * 2 + ("49000",) * 2], "400"
    )
    async with simulated(BTC, replay=falling) as venue:
        client = venue.client
        await client.load_markets()
        venue.move()
        await client.create_order(BTC, "market", "buy", 0.2)
        ack = await client.create_order(BTC, "market", "sell", 0.2, params=params)
        (listed,) = await client.fetch_open_orders(BTC, params={"trigger": True, "planType": plan})
        assert listed["id"] == ack["id"]
        venue.move(lambda tick: tick.price <= 50_000)
        (row,) = (await venue.get("mix/order/orders-plan-history", productType="USDT-FUTURES", planType=plan))["data"][
            "entrustedList"
        ]
        assert (row["orderId"], row["planStatus"]) == (ack["id"], "executed")
        order = await client.fetch_order(row["executeOrderId"], BTC)
        assert (order["id"], order["status"], order["reduceOnly"]) == (row["executeOrderId"], "closed", True)
        assert order["clientOrderId"] != row["clientOid"]
        trades = await client.fetch_my_trades(BTC, params={"orderId": order["id"]})
        assert sum(trade["amount"] for trade in trades) == pytest.approx(0.2)
        assert await client.fetch_positions() == []


async def test_settings_are_confirmed_also_when_they_were_so_already(venue):
    client = venue.client
    for _ in range(2):
        await client.set_leverage(7, BTC)
        await client.set_position_mode(False, BTC)
    assert (await client.fetch_leverage(BTC))["longLeverage"] == 7
    await client.set_margin_mode("isolated", BTC)
    held = next(each for each in venue.exchange.positions("main") if each.symbol == BTC)
    assert (held.margin_mode, held.leverage) == ("isolated", 7)
    fee = await client.fetch_trading_fee(BTC)
    assert (fee["maker"], fee["taker"]) == (0.0002, 0.0006)


async def test_funding_is_told_by_the_bills(venue):
    await venue.client.create_order(BTC, "market", "buy", 0.2)
    venue.exchange.treasury.fund(Decimal("0.0001"))
    (paid,), (told,) = venue.exchange.payments("main"), await venue.client.fetch_funding_history(BTC)
    assert (told["id"], told["amount"], told["timestamp"]) == (str(paid.id), float(paid.amount), paid.time_ms)


# What is pushed


async def test_market_streams_are_valid_and_what_happened(venue):
    client = venue.client
    candles = await venue.first(client.watch_ohlcv(BTC, "1m"))
    known = {each.open_ms: each for each in venue.exchange.candles(BTC, MINUTE_MS, limit=5)}
    assert (candles[-1][1], candles[-1][0] in known) == (float(known[candles[-1][0]].open), True)
    trades = await venue.first(client.watch_trades(BTC))
    validate(client, "trade", trades[-1], BTC, venue.exchange.clock.market_ms(), True)
    assert trades[-1]["id"] in {str(tick.id) for tick in venue.exchange.ticks(BTC, 60)}
    ticker = await venue.first(client.watch_ticker(BTC))
    validate(client, "ticker", ticker, BTC)


async def test_a_book_kept_by_its_changes_passes_the_checksum_and_is_the_exchanges(venue):
    client = venue.client
    await venue.first(client.watch_order_book(BTC))
    for _ in range(5):
        book = await venue.first(client.watch_order_book(BTC), ticks=1)
    validate(client, "order_book", book, BTC)
    await asyncio.sleep(0.2)
    venue.move()
    known = venue.exchange.book(BTC, 200)

    def kept() -> list[tuple[float, float]]:
        return [(price, size) for price, size, *_ in client.orderbooks[BTC]["bids"]]

    await until(lambda: kept() == [(float(price), float(size)) for price, size in known.bids])


async def test_private_streams_tell_an_order_its_fills_and_what_they_did(venue):
    client, now = venue.client, venue.wall.now_ms()
    watching = [client.watch_orders(), client.watch_my_trades(), client.watch_positions(), client.watch_balance()]
    tasks = [asyncio.ensure_future(each) for each in watching]
    await until(lambda: len(venue.server.lines) == 1 and tasks[3].done())
    await client.create_order(BTC, "market", "buy", 0.2, params={"clientOrderId": "pushed1"})
    orders, trades, positions, balance = await asyncio.gather(*tasks)
    await until(lambda: client.orders[-1]["status"] == "closed")
    validate(client, "order", client.orders[-1], BTC, now, skipped={"filled": True, "remaining": True})
    assert client.orders[-1]["clientOrderId"] == "pushed1"
    assert client.orders[-1]["info"]["accBaseVolume"] == "0.2000"
    validate(client, "trade", client.myTrades[0], BTC, now, False)
    assert [trade["id"] for trade in client.myTrades] == [str(each.id) for each in venue.exchange.executions("main")]
    safe = {"liquidationPrice": True}  # 0 where no price would do that; over REST ccxt makes it none
    validate(client, "position", positions[0], BTC, now, skipped=safe)
    validate(client, "balance", balance)
    assert (orders[0]["symbol"], trades[0]["order"]) == (BTC, client.orders[-1]["id"])


async def test_ccxt_takes_the_last_fill_of_a_streamed_order_for_all_of_them(venue):
    client = venue.client
    task = asyncio.ensure_future(client.watch_orders())
    await until(lambda: any("order:trades:USDT-FUTURES" in each.subscriptions for each in client.clients.values()))
    await asyncio.sleep(0.1)
    await client.create_order(BTC, "market", "buy", 1.5)
    await task
    await until(lambda: client.orders[-1]["status"] == "closed")
    last = venue.exchange.executions("main")[-1]
    assert client.orders[-1]["filled"] == float(last.quantity) < 1.5
