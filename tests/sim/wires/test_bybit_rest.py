"""The unmodified ccxt class over real sockets: every unified answer passes ccxt's validators, and is what happened."""

from __future__ import annotations

import ccxt
import pytest
from sim.wires.bybit_kit import ONE, simulated
from sim.wires.kit import BTC, ETH, HISTORY, validate

MINUTE_MS = 60_000
ACK = {"acknowledged": True}
NO_MODE = {"marginMode": True}  # the venue's positions do not tell it any more


@pytest.fixture
async def venue():
    async with simulated() as made:
        await made.client.load_markets()
        yield made


@pytest.fixture
async def old():
    async with simulated(history=HISTORY) as made:
        await made.client.load_markets()
        yield made


# The market


async def test_of_every_category_that_ccxt_asks_for_only_linear_has_markets():
    async with simulated(every_category=True) as venue:
        await venue.client.load_markets()
        assert sorted(venue.client.markets) == [BTC, ETH]
        assert venue.server.requests["GET /v5/market/instruments-info"] > 2


async def test_markets_and_currencies_are_valid(venue):
    client = venue.client
    assert sorted(client.markets) == [BTC, ETH]
    for market in client.markets.values():
        validate(client, "market", market)
    for code in ("BTC", "ETH", "USDT"):
        validate(client, "currency", client.currencies[code])


async def test_market_rules_are_the_listings(venue):
    market, listing = venue.client.market(BTC), venue.exchange.listings[BTC]
    assert (market["precision"]["amount"], market["precision"]["price"]) == (0.001, 0.1)
    assert market["limits"]["amount"]["min"] == float(listing.min_quantity)
    assert market["limits"]["cost"]["min"] == float(listing.min_notional)
    assert market["limits"]["leverage"]["max"] == listing.max_leverage


async def test_candles_from_a_moment_on_and_up_to_one(old):
    client, known = old.client, old.exchange.candles(BTC, MINUTE_MS, limit=100)
    first, last = known[10].open_ms, known[14].open_ms
    rows = await client.fetch_ohlcv(BTC, "1m", since=first, limit=3)
    assert [row[0] for row in rows] == [each.open_ms for each in known[10:13]]
    rows = await client.fetch_ohlcv(BTC, "1m", since=first, params={"until": last})
    assert [row[0] for row in rows] == [each.open_ms for each in known[10:15]]


async def test_candles_come_newest_first_and_begin_with_the_one_that_start_lies_in(old):
    known = old.exchange.candles(BTC, MINUTE_MS, limit=100)
    start = known[10].open_ms + 59_999
    result = await old.get("/v5/market/kline", **ONE, interval="1", start=start, limit=2)
    assert [int(row[0]) for row in result["list"]] == [known[11].open_ms, known[10].open_ms]


async def test_tickers_and_trades_and_the_book_are_valid(venue):
    venue.move(ticks=20)
    client, now = venue.client, venue.exchange.clock.market_ms()
    ticker = await client.fetch_ticker(BTC)
    validate(client, "ticker", ticker, BTC)
    assert (ticker["symbol"], ticker["last"]) == (BTC, float(venue.last()))
    assert sorted(await client.fetch_tickers(params={"category": "linear"})) == [BTC, ETH]
    trades = await client.fetch_trades(BTC, limit=10)
    assert len(trades) == 10
    for trade in trades:
        validate(client, "trade", trade, BTC, now, True)
    assert trades[-1]["price"] == float(venue.last())
    book = await client.fetch_order_book(BTC, 20)
    validate(client, "order_book", book, BTC)
    assert (len(book["bids"]), len(book["asks"])) == (20, 20)


async def test_the_funding_rate_is_the_exchanges(venue):
    rate = await venue.client.fetch_funding_rate(BTC)
    known, due_ms = venue.exchange.funding(BTC)
    assert (rate["fundingRate"], rate["fundingTimestamp"]) == (float(known), due_ms)
    assert rate["markPrice"] == float(venue.last())


# The account


async def test_the_account_is_unified_and_its_key_may_trade_and_not_withdraw(venue):
    assert await venue.client.is_unified_enabled() == [False, True]
    key = await venue.get("/v5/user/query-api")
    assert (key["permissions"]["ContractTrade"], key["permissions"]["Wallet"]) == (["Order", "Position"], [])
    assert key["readOnly"] == 0


async def test_a_market_order_fills_over_several_levels_and_is_found_everywhere(venue):
    client, now = venue.client, venue.wall.now_ms()
    ack = await client.create_order(BTC, "market", "buy", 1.5, params={"clientOrderId": "entry-1"})
    assert (ack["clientOrderId"], ack["status"]) == ("entry-1", None)
    order = await client.fetch_order(ack["id"], BTC, ACK)
    validate(client, "order", order, BTC, now)
    assert (order["status"], order["filled"], order["clientOrderId"]) == ("closed", 1.5, "entry-1")
    (listed,) = await client.fetch_closed_orders(BTC)
    assert (listed["id"], listed["average"]) == (ack["id"], order["average"])
    trades = await client.fetch_my_trades(BTC)
    assert len(trades) > 1
    assert sum(trade["amount"] for trade in trades) == pytest.approx(1.5)
    assert sum(trade["cost"] for trade in trades) == pytest.approx(order["cost"])
    for trade in trades:
        validate(client, "trade", trade, BTC, now, False)
    assert {trade["order"] for trade in trades} == {ack["id"]}


async def test_balance_and_position_after_a_trade_add_up(venue):
    client = venue.client
    await client.set_leverage(10, BTC)
    before = await client.fetch_balance()
    validate(client, "balance", before)
    assert before["USDT"]["free"] == before["USDT"]["total"] == 100_000
    ack = await client.create_order(BTC, "market", "sell", 0.5)
    order = await client.fetch_order(ack["id"], BTC, ACK)
    (position,) = await client.fetch_positions()
    validate(client, "position", position, BTC, venue.wall.now_ms(), skipped=NO_MODE)
    assert (position["side"], position["contracts"], position["leverage"]) == ("short", 0.5, 10)
    assert position["entryPrice"] == pytest.approx(order["average"])
    assert position["liquidationPrice"] > position["entryPrice"]
    after = await client.fetch_balance()
    validate(client, "balance", after)
    assert after["USDT"]["total"] == pytest.approx(100_000 - order["cost"] * 0.00055)
    assert after["USDT"]["used"] == pytest.approx(order["cost"] / 10)
    assert after["USDT"]["free"] == pytest.approx(after["USDT"]["total"] - after["USDT"]["used"])


async def test_a_flat_market_is_shown_only_where_it_is_named(venue):
    assert await venue.client.fetch_positions() == []
    (flat,) = (await venue.get("/v5/position/list", **ONE))["list"]
    assert (flat["side"], flat["size"], flat["avgPrice"], flat["leverage"]) == ("", "0", "0", "20")


async def test_a_limit_order_rests_is_amended_and_canceled(venue):
    client, price = venue.client, float(venue.last()) * 0.98
    params = {"clientOrderId": "rest-1", "postOnly": True}
    ack = await client.create_order(BTC, "limit", "buy", 0.1, price, params)
    (resting,) = await client.fetch_open_orders(BTC)
    validate(client, "order", resting, BTC, venue.wall.now_ms())
    assert (resting["id"], resting["status"], resting["timeInForce"]) == (ack["id"], "open", "PO")
    lower = float(client.price_to_precision(BTC, price * 0.99))
    edited = await client.edit_order(ack["id"], BTC, "limit", "buy", 0.2, lower)
    assert edited["id"] == ack["id"]
    (amended,) = await client.fetch_open_orders()
    assert (amended["amount"], amended["price"]) == (0.2, lower)
    assert (await client.fetch_balance())["USDT"]["used"] == pytest.approx(0.2 * lower / 20)
    canceled = await client.cancel_order(None, BTC, {"orderLinkId": "rest-1"})
    assert canceled["id"] == ack["id"]
    assert (await client.fetch_order(ack["id"], BTC, ACK))["status"] == "canceled"
    assert await client.fetch_open_orders(BTC) == []


async def test_all_orders_of_a_market_are_canceled_at_once_or_one_kind_of_them(venue):
    client, price = venue.client, float(venue.last())
    for share in (0.97, 0.98):
        await client.create_order(BTC, "limit", "buy", 0.1, price * share)
    await client.create_order(ETH, "limit", "buy", 1, float(venue.last(ETH)) * 0.97)
    stop = {"triggerPrice": price * 0.9, "triggerDirection": "descending"}
    await client.create_order(BTC, "market", "sell", 0.1, params=stop)
    await client.cancel_all_orders(BTC, {"orderFilter": "Order"})
    assert [each["symbol"] for each in await client.fetch_open_orders(ETH)] == [ETH]
    assert len(await client.fetch_open_orders(BTC, params={"trigger": True})) == 1
    await client.cancel_all_orders(BTC, {"trigger": True})
    assert await client.fetch_open_orders(BTC) == []
    await client.cancel_all_orders()
    assert venue.exchange.orders("main", open_only=True) == []


@pytest.mark.parametrize(
    ("time_in_force", "status", "filled"),
    [("IOC", "canceled", True), ("FOK", "canceled", False), ("GTC", "open", True)],
)
async def test_what_a_limit_order_cannot_fill_at_once_depends_on_its_time_in_force(
    venue, time_in_force, status, filled
):
    client = venue.client
    price, there = (await client.fetch_order_book(BTC, 5))["asks"][0][:2]
    ack = await client.create_order(BTC, "limit", "buy", there + 0.5, price, {"timeInForce": time_in_force})
    order = await client.fetch_order(ack["id"], BTC, ACK)
    assert order["status"] == status
    assert (order["filled"] == there) is filled


async def test_lists_are_read_page_by_page(venue):
    for share in range(90, 95):
        await venue.client.create_order(BTC, "limit", "buy", 0.01, float(venue.last()) * share / 100)
    seen, cursor = [], ""
    while True:
        page = await venue.get("/v5/order/realtime", **ONE, limit=2, cursor=cursor)
        seen += [row["orderId"] for row in page["list"]]
        cursor = page["nextPageCursor"]
        if not cursor:
            break
    assert len(page["list"]) == 1
    known = [row["orderId"] for row in (await venue.get("/v5/order/realtime", **ONE))["list"]]
    assert seen == known
    assert len(set(seen)) == 5


# Conditional orders


async def test_a_stop_waits_among_the_conditional_orders_and_keeps_its_id(venue):
    client, price = venue.client, float(venue.last())
    params = {"triggerPrice": price * 0.9, "triggerDirection": "descending", "clientOrderId": "stop-1"}
    ack = await client.create_order(BTC, "market", "sell", 0.1, params=params)
    (waiting,) = await client.fetch_open_orders(BTC, params={"trigger": True})
    validate(client, "order", waiting, BTC, venue.wall.now_ms())
    assert waiting["id"] == ack["id"]
    assert (waiting["status"], waiting["info"]["orderStatus"]) == ("open", "Untriggered")
    assert waiting["triggerPrice"] == float(client.price_to_precision(BTC, price * 0.9))
    assert await client.fetch_open_orders(BTC, params={"orderFilter": "Order"}) == []
    await client.cancel_order(ack["id"], BTC)
    over = await client.fetch_order(ack["id"], BTC, ACK)
    assert (over["status"], over["info"]["orderStatus"]) == ("canceled", "Deactivated")


@pytest.mark.parametrize(
    ("kind", "params", "direction"),
    [
        ("market", {"stopLossPrice": 0.9}, 2),
        ("limit", {"stopLossPrice": 0.9}, 2),
        ("market", {"takeProfitPrice": 1.1}, 1),
        ("limit", {"takeProfitPrice": 1.1}, 1),
    ],
)
async def test_stops_and_take_profits_differ_by_their_direction(venue, kind, params, direction):
    price = float(venue.last())
    ((name, share),) = params.items()
    await venue.client.create_order(BTC, "market", "buy", 0.1)
    limit = price * share if kind == "limit" else None
    await venue.client.create_order(BTC, kind, "sell", 0.1, limit, {name: price * share})
    (waiting,) = await venue.client.fetch_open_orders(BTC)
    assert (waiting["info"]["triggerDirection"], waiting["reduceOnly"], waiting["type"]) == (direction, True, kind)
    assert waiting[name] == float(venue.client.price_to_precision(BTC, price * share))


async def test_a_fired_stop_closes_the_position_as_the_order_that_it_was(venue):
    client, price = venue.client, float(venue.last())
    await client.create_order(BTC, "market", "buy", 0.3)
    trigger = float(client.price_to_precision(BTC, price * 0.9995))
    ack = await client.create_order(BTC, "market", "sell", 0.3, params={"stopLossPrice": trigger})
    venue.move(lambda tick: float(tick.price) < trigger)
    order = await client.fetch_order(ack["id"], BTC, ACK)
    assert (order["status"], order["filled"], order["info"]["createType"]) == ("closed", 0.3, "CreateByStopOrder")
    assert await client.fetch_positions() == []


async def test_a_stop_of_no_quantity_closes_whatever_is_held_by_then(venue):
    client, price = venue.client, float(venue.last())
    await client.create_order(BTC, "market", "buy", 0.3)
    trigger = {"triggerPrice": client.price_to_precision(BTC, price * 0.9995), "triggerDirection": 2}
    whole = {"qty": "0", "reduceOnly": True, "closeOnTrigger": True}
    await venue.post("/v5/order/create", **ONE, side="Sell", orderType="Market", **trigger, **whole)
    venue.move(lambda tick: float(tick.price) < price * 0.9995)
    assert await client.fetch_positions() == []


# Settings


async def test_leverage_margin_mode_and_position_mode(venue):
    client = venue.client
    await client.set_leverage(7, BTC)
    with pytest.raises(ccxt.BadRequest, match="110043"):
        await client.set_leverage(7, BTC)
    assert (await client.fetch_leverage(BTC))["longLeverage"] == 7
    await client.set_margin_mode("isolated")
    assert (await client.fetch_margin_mode(BTC))["marginMode"] == "isolated"
    with pytest.raises(ccxt.NoChange, match="110025"):
        await client.set_position_mode(False, BTC)
    with pytest.raises(ccxt.BadRequest, match="110029"):
        await client.set_position_mode(True, BTC)


async def test_an_isolated_position_shows_its_own_margin(venue):
    client = venue.client
    await client.set_margin_mode("isolated")
    await client.set_leverage(5, BTC)
    ack = await client.create_order(BTC, "market", "buy", 0.2)
    order = await client.fetch_order(ack["id"], BTC, ACK)
    (position,) = await client.fetch_positions()
    validate(client, "position", position, BTC, venue.wall.now_ms(), skipped=NO_MODE)
    assert position["initialMargin"] == pytest.approx(order["cost"] / 5)
    assert position["liquidationPrice"] == pytest.approx(order["average"] * 0.8 / 0.995)


async def test_tiers_and_fees_are_the_listings(venue):
    client, listing = venue.client, venue.exchange.listings[ETH]
    (tier,) = await client.fetch_market_leverage_tiers(ETH)
    validate(client, "leverage_tier", tier)
    assert tier["maxLeverage"] == listing.max_leverage
    assert tier["maintenanceMarginRate"] == float(listing.maintenance_rate)
    fee = await client.fetch_trading_fee(ETH)
    validate(client, "trading_fee", ETH, fee)
    assert (fee["maker"], fee["taker"]) == (0.0002, 0.00055)
