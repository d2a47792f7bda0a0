"""The unmodified ccxt class over real sockets: every unified answer passes ccxt's validators, and is what happened."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import aiohttp
import ccxt
import pytest
from sim.wires.bingx_kit import BTC, ETH, candles_file, simulated, until, validate

from twinstar.sim.wires.bingx import session

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
LAST_PRICE = {"workingType": "CONTRACT_PRICE"}
NOT_PUSHED = (
    "collateral", "initialMargin", "initialMarginPercentage", "leverage", "liquidationPrice", "maintenanceMargin",
    "maintenanceMarginPercentage", "marginRatio", "markPrice", "notional", "percentage",
)  # fmt: skip
STOP = {**LAST_PRICE, "stopLossPrice": 50_000, "clientOrderId": "stop1"}


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
    assert (market["id"], market["contractSize"], market["active"]) == ("BTC-USDT", 1, True)
    assert (market["precision"]["amount"], market["precision"]["price"]) == (float(listing.lot), float(listing.tick))
    assert (market["limits"]["amount"]["min"], market["limits"]["cost"]["min"]) == (0.0001, 2)


async def test_tickers_and_trades_and_the_book_are_valid(venue):
    venue.move(ticks=20)
    client, now = venue.client, venue.exchange.clock.market_ms()
    ticker = await client.fetch_ticker(BTC)
    validate(client, "ticker", ticker, BTC)
    assert ticker["last"] == (await client.fetch_mark_price(BTC))["markPrice"] == float(venue.last())
    assert sorted(await client.fetch_tickers([BTC, ETH])) == [BTC, ETH]
    trades = await client.fetch_trades(BTC, limit=10)
    for trade in trades:
        validate(client, "trade", trade, BTC, now, True)
    ticks = venue.exchange.ticks(BTC, 10)
    assert [(each["amount"], each["side"]) for each in trades] == [(float(t.quantity), t.taker.value) for t in ticks]
    book = await client.fetch_order_book(BTC, 20)
    validate(client, "order_book", book, BTC)
    assert (len(book["bids"]), len(book["asks"])) == (20, 20)
    rate, due_ms = venue.exchange.funding(BTC)
    funding = await client.fetch_funding_rate(BTC)
    assert (funding["fundingRate"], funding["nextFundingTimestamp"]) == (float(rate), due_ms)


# The account


async def test_a_market_order_fills_over_several_levels_and_is_found_everywhere(venue):
    client, now = venue.client, venue.wall.now_ms()
    ack = await client.create_order(BTC, "market", "buy", 1.5, params={"clientOrderId": "Entry-1"})
    assert (ack["clientOrderId"], ack["status"]) == ("entry-1", None), "in lower case"
    by_id = await client.fetch_order(ack["id"], BTC)
    named = await venue.ok("GET", "swap/v2/trade/order", symbol="BTC-USDT", clientOrderId="ENTRY-1")
    assert str(named["order"]["orderId"]) == ack["id"]
    validate(client, "order", by_id, BTC, now)
    assert (by_id["status"], by_id["filled"]) == ("closed", 1.5)
    (listed,) = await client.fetch_closed_orders(BTC)
    assert listed["average"] == by_id["average"]


async def test_ccxt_dates_trades_eight_hours_ahead_and_gives_them_no_number(venue):
    """Of two lists it asks for the one without numbers, and reads the field that calls Hong Kong's time UTC."""
    client, executions = venue.client, venue.exchange.executions
    ack = await client.create_order(BTC, "market", "buy", 1.5)
    trades = await client.fetch_my_trades(BTC, params={"orderId": ack["id"]})
    assert len(trades) == len(executions("main")) > 2
    for trade, execution in zip(trades, executions("main"), strict=True):
        validate(client, "trade", trade, BTC, venue.wall.now_ms() + 9 * HOUR_MS, False, skipped={"side": True})
        assert (trade["id"], trade["timestamp"] // 1000 * 1000) == (
            None,
            execution.time_ms // 1000 * 1000 + 8 * HOUR_MS,
        )
        assert (trade["amount"], trade["fee"]["cost"]) == (float(execution.quantity), float(execution.fee))


async def test_one_list_numbers_the_trades_and_gives_them_page_by_page(venue):
    ack = await venue.client.create_order(BTC, "market", "buy", 1.5)
    asked = {"symbol": "BTC-USDT", "orderId": ack["id"], "startTs": 1, "endTs": venue.wall.now_ms(), "pageSize": 2}
    pages = [
        (await venue.ok("GET", "swap/v2/trade/fillHistory", **asked, pageIndex=index))["fill_orders"]
        for index in (1, 2)
    ]
    theirs = venue.exchange.executions("main")
    assert [row["tradeId"] for page in pages for row in page] == [str(each.id) for each in theirs[:4]]
    assert [Decimal(row["qty"]) for row in pages[0]] == [each.quantity for each in theirs[:2]]


async def test_position_and_balance_are_the_exchanges(venue):
    client, now = venue.client, venue.wall.now_ms()
    await client.create_order(BTC, "market", "sell", 1.5)
    (position,) = await client.fetch_positions()
    unsaid = {"collateral": True, "timestamp": True, "datetime": True}  # on cross margin, and of what is still held
    validate(client, "position", position, BTC, now, skipped=unsaid)
    held = next(each for each in venue.exchange.positions("main") if each.symbol == BTC)
    assert (position["side"], position["contracts"], position["leverage"]) == ("short", 1.5, 20)
    assert position["entryPrice"] == pytest.approx(float(held.entry_price))
    balance = await client.fetch_balance()
    validate(client, "balance", balance)
    free = next(each.free for each in venue.exchange.balances("main") if each.asset == "USDT")
    assert balance["USDT"]["free"] == pytest.approx(float(free + venue.exchange.unrealized("main", BTC)))


async def test_a_resting_order_is_replaced_and_cancelled(venue):
    client, price = venue.client, round(float(venue.last())) - 1000
    resting = await client.create_order(BTC, "limit", "buy", 0.5, price, {"clientOrderId": "rest1"})
    (listed,) = await client.fetch_open_orders(BTC)
    validate(client, "order", listed, BTC, venue.wall.now_ms())
    assert (listed["id"], listed["amount"], listed["status"]) == (resting["id"], 0.5, "open")
    changed = await client.edit_order(resting["id"], BTC, "limit", "buy", 0.7, price - 10)
    (listed,) = await client.fetch_open_orders()
    assert (listed["id"], listed["amount"], listed["price"]) == (changed["id"], 0.7, price - 10)
    assert changed["id"] != resting["id"]
    await client.cancel_order(changed["id"], BTC)
    assert await client.fetch_open_orders(BTC) == []
    assert (await client.fetch_order(changed["id"], BTC))["status"] == "canceled"
    with pytest.raises(ccxt.OrderNotFound, match="109421"):
        await client.fetch_order("7", BTC)


async def test_a_stop_stands_among_the_orders_without_the_name_it_was_given(venue):
    client = venue.client
    await client.create_order(BTC, "market", "buy", 0.2)
    ack = await client.create_order(BTC, "market", "sell", 0.2, params=STOP)
    (listed,) = await client.fetch_open_orders(BTC)
    validate(client, "order", listed, BTC, venue.wall.now_ms(), skipped={"fee": True})
    assert (listed["id"], listed["stopLossPrice"], listed["side"]) == (ack["id"], 50_000, "sell")
    assert (ack["clientOrderId"], listed["clientOrderId"], listed["reduceOnly"]) == (None, None, True)
    target = {**LAST_PRICE, "takeProfitPrice": 70_000}
    await client.create_order(BTC, "market", "sell", 0.2, params=target)
    assert [each["takeProfitPrice"] for each in await client.fetch_open_orders(BTC)] == [None, 70_000]
    gone = await client.cancel_order(ack["id"], BTC)
    assert (gone["id"], gone["status"]) == (ack["id"], "canceled")
    assert len(await client.cancel_all_orders(BTC)) == 1
    assert await client.fetch_open_orders(BTC) == []


async def test_a_stop_that_fires_counts_as_filled_of_nothing_and_another_order_names_it(tmp_path):
    falling = candles_file(
        tmp_path / "falling.csv", [("60000", "60001", "59990", "60000"), ("60000",) * 2 + ("49000",) * 2], "400"
    )
    async with simulated(BTC, replay=falling) as venue:
        client = venue.client
        await client.load_markets()
        venue.move()
        await client.create_order(BTC, "market", "buy", 0.2)
        ack = await client.create_order(BTC, "market", "sell", 0.2, params=STOP)
        venue.move(lambda tick: tick.price <= 50_000)
        stop = await client.fetch_order(ack["id"], BTC)
        assert (stop["status"], stop["filled"]) == ("closed", 0)
        (became,) = [
            each for each in await client.fetch_orders(BTC) if str(each["info"]["triggerOrderId"]) == ack["id"]
        ]
        assert (became["status"], became["filled"], became["reduceOnly"]) == ("closed", 0.2, True)
        assert await client.fetch_positions() == []


async def test_settings_are_confirmed_also_when_they_were_so_already(venue):
    client = venue.client
    for _ in range(2):
        await client.set_leverage(7, BTC, {"side": "BOTH"})
        await client.set_position_mode(False)
    assert (await client.fetch_leverage(BTC))["longLeverage"] == 7
    assert (await client.fetch_position_mode())["hedged"] is False
    await client.set_margin_mode("isolated", BTC)
    assert (await client.fetch_margin_mode(BTC))["marginMode"] == "isolated"
    held = next(each for each in venue.exchange.positions("main") if each.symbol == BTC)
    assert (held.margin_mode, held.leverage) == ("isolated", 7)
    fee = await client.fetch_trading_fee(BTC)
    assert (fee["maker"], fee["taker"]) == (0.0002, 0.0005)
    (tier,) = await client.fetch_market_leverage_tiers(BTC)
    assert tier["maintenanceMarginRate"] == float(venue.exchange.listings[BTC].maintenance_rate)


async def test_funding_is_told_as_income(venue):
    await venue.client.create_order(BTC, "market", "buy", 0.2)
    venue.exchange.treasury.fund(Decimal("0.0001"))
    (paid,), (told,) = venue.exchange.payments("main"), await venue.client.fetch_funding_history(BTC)
    assert (told["amount"], told["timestamp"]) == (float(paid.amount), paid.time_ms)


# What is pushed


async def test_market_streams_are_valid_and_what_happened(venue):
    client = venue.client
    candles = await venue.first(client.watch_ohlcv(BTC, "1m"))
    known = {each.open_ms: each for each in venue.exchange.candles(BTC, MINUTE_MS, limit=5)}
    assert candles[-1][1] == float(known[candles[-1][0]].open)
    trades = await venue.first(client.watch_trades(BTC))
    validate(client, "trade", trades[-1], BTC, venue.exchange.clock.market_ms(), True)
    assert trades[-1]["timestamp"] in {tick.market_ms for tick in venue.exchange.ticks(BTC, 60)}
    validate(client, "ticker", await venue.first(client.watch_ticker(BTC)), BTC)
    book = await venue.first(client.watch_order_book(BTC))
    validate(client, "order_book", book, BTC)
    assert (len(book["bids"]), len(book["asks"])) == (100, 100)


async def test_the_private_stream_tells_an_order_and_what_it_did(venue):
    client, now = venue.client, venue.wall.now_ms()
    await client.authenticate()  # else each of them would have a key of its own
    tasks = [asyncio.ensure_future(client.watch_balance())]  # ccxt lets it wait for ever when it comes after the others
    await until(lambda: "swap" in client.balance)
    watching = [client.watch_orders(), client.watch_my_trades(), client.watch_positions([BTC])]
    tasks += [asyncio.ensure_future(each) for each in watching]
    await until(lambda: len(venue.server.lines) == 1)
    await asyncio.sleep(0.1)
    await client.create_order(BTC, "market", "buy", 0.2, params={"clientOrderId": "pushed1"})
    balance, _, trades, positions = await asyncio.gather(*tasks)
    await until(lambda: client.orders[-1]["status"] == "closed")
    no_time = {"timestamp": True, "datetime": True}  # ccxt takes none
    validate(client, "order", client.orders[-1], BTC, now, skipped=no_time)
    assert (client.orders[-1]["clientOrderId"], client.orders[-1]["filled"]) == ("pushed1", 0.2)
    last = venue.exchange.executions("main")[-1]
    assert [(each["id"], each["amount"]) for each in client.myTrades] == [(None, float(last.quantity))], (
        "ccxt keeps trades by their number, and these have none"
    )
    validate(client, "trade", trades[0], BTC, now, False)
    validate(client, "position", positions[0], BTC, now, skipped=dict.fromkeys(NOT_PUSHED, True))
    assert balance["USDT"]["total"] is None, "which its own validator would not have"
    assert balance["USDT"]["free"] == float(balance["USDT"]["info"]["wb"]) < 100_000, "ccxt takes all for free"


async def test_a_stream_whose_key_is_not_renewed_says_so_and_nothing_more(venue):
    key = await venue.listen_key()
    assert (await venue.send("PUT", "/openApi/user/auth/userDataStream", listenKey=key))[:2] == (200, None)
    assert (await venue.send("PUT", "/openApi/user/auth/userDataStream", listenKey="another"))[0] == 404
    venue.wall.ahead_ms = HOUR_MS - 50
    async with venue.socket(f"?listenKey={key}") as socket:
        told = [await socket.next() for _ in range(3)]
        assert [frame["e"] for frame in told] == ["SNAPSHOT", "SNAPSHOT", "listenKeyExpired"]
        await venue.ok("POST", "swap/v2/trade/order", symbol="BTC-USDT", type="MARKET", side="BUY", quantity="0.1")
        await socket.heard()
        assert socket.seen[-1].get("id") == "last"
        assert len(socket.seen) == 4


async def test_the_venue_asks_for_a_sign_of_life_and_ccxt_gives_it(venue, monkeypatch):
    monkeypatch.setattr(session, "PING_MS", 50)
    monkeypatch.setattr(session, "IDLE_MS", 200)
    await venue.first(venue.client.watch_trades(BTC))
    await asyncio.sleep(0.4)
    assert len(venue.server.lines) == 1
    async with venue.socket() as socket:
        assert await socket.next() == "Ping"
        kinds = {(await socket.message()).type for _ in range(4)}
        assert aiohttp.WSMsgType.CLOSE in kinds, "who does not answer is cut off"
