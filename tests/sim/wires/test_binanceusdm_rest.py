"""The unmodified ccxt class over real sockets: every unified answer passes ccxt's validators, and is what happened."""

from __future__ import annotations

import ccxt
import pytest
from sim.wires.binance_kit import BTC, ETH, simulated, validate

MINUTE_MS = 60_000
NO_LEVERAGE = {"leverage": True}  # the third version of the venue's positions has none


@pytest.fixture
async def venue():
    async with simulated() as made:
        await made.client.load_markets()
        yield made


# The market


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


async def test_candles_from_a_moment_on_and_up_to_one(venue):
    client, known = venue.client, venue.exchange.candles(BTC, MINUTE_MS, limit=100)
    first, last = known[10].open_ms, known[14].open_ms
    rows = await client.fetch_ohlcv(BTC, "1m", since=first, limit=3)
    assert [row[0] for row in rows] == [each.open_ms for each in known[10:13]]
    rows = await client.fetch_ohlcv(BTC, "1m", since=first, params={"until": last})
    assert [row[0] for row in rows] == [each.open_ms for each in known[10:15]]


async def test_tickers_and_trades_and_the_book_are_valid(venue):
    venue.move(ticks=20)
    client, now = venue.client, venue.exchange.clock.market_ms()
    ticker = await client.fetch_ticker(BTC)
    validate(client, "ticker", ticker, BTC)
    assert ticker["last"] == float(venue.last())
    tickers = await client.fetch_tickers()
    assert sorted(tickers) == [BTC, ETH]
    best = await client.fetch_bids_asks()
    assert best[ETH]["bid"] < best[ETH]["ask"]
    trades = await client.fetch_trades(BTC, limit=10)
    assert len(trades) == 10
    for trade in trades:
        validate(client, "trade", trade, BTC, now, True)
    assert trades[-1]["price"] == float(venue.last())
    book = await client.fetch_order_book(BTC, 20)
    validate(client, "order_book", book, BTC)
    assert (len(book["bids"]), len(book["asks"])) == (20, 20)
    assert (await client.fetch_last_prices([BTC]))[BTC]["price"] == float(venue.last())


async def test_the_funding_rate_is_the_exchanges(venue):
    rate = await venue.client.fetch_funding_rate(BTC)
    known, due_ms = venue.exchange.funding(BTC)
    assert (rate["fundingRate"], rate["fundingTimestamp"]) == (float(known), due_ms)
    assert rate["markPrice"] == float(venue.last())


# The account


async def test_a_market_order_fills_over_several_levels_and_is_found_everywhere(venue):
    client, now = venue.client, venue.wall.now_ms()
    order = await client.create_order(BTC, "market", "buy", 1.5, params={"newClientOrderId": "entry-1"})
    validate(client, "order", order, BTC, now)
    assert (order["status"], order["filled"], order["clientOrderId"]) == ("closed", 1.5, "entry-1")
    by_id, by_name = (
        await client.fetch_order(order["id"], BTC),
        await client.fetch_order("", BTC, {"origClientOrderId": "entry-1"}),
    )
    assert by_id["id"] == by_name["id"] == order["id"]
    (listed,) = await client.fetch_orders(BTC)
    assert listed["average"] == order["average"]
    trades = await client.fetch_my_trades(BTC)
    assert len(trades) > 1
    assert sum(trade["amount"] for trade in trades) == pytest.approx(1.5)
    assert sum(trade["cost"] for trade in trades) == pytest.approx(order["cost"])
    for trade in trades:
        validate(client, "trade", trade, BTC, now, False)
    assert {trade["order"] for trade in trades} == {order["id"]}


async def test_balance_and_position_after_a_trade_add_up(venue):
    client = venue.client
    await client.set_leverage(10, BTC)
    before = await client.fetch_balance()
    validate(client, "balance", before)
    assert before["USDT"] == {"free": 100_000, "used": 0, "total": 100_000}
    order = await client.create_order(BTC, "market", "sell", 0.5)
    (position,) = await client.fetch_positions()
    validate(client, "position", position, BTC, venue.wall.now_ms(), skipped=NO_LEVERAGE)
    assert (position["side"], position["contracts"]) == ("short", 0.5)
    assert position["entryPrice"] == pytest.approx(order["average"])
    assert position["liquidationPrice"] > position["entryPrice"]
    after = await client.fetch_balance()
    validate(client, "balance", after)
    fee = order["cost"] * 0.0005
    unrealized = (order["average"] - float(venue.last())) * 0.5
    assert after["USDT"]["total"] == pytest.approx(100_000 - fee + unrealized)
    assert after["USDT"]["used"] == pytest.approx(order["cost"] / 10)
    assert after["USDT"]["free"] == pytest.approx(after["USDT"]["total"] - after["USDT"]["used"])


async def test_a_flat_market_is_in_the_second_version_of_positions_only(venue):
    client = venue.client
    assert await client.fetch_positions() == []
    flat = await client.fetch_positions(params={"useV2": True})
    assert [each["symbol"] for each in flat] == []  # ccxt leaves flat ones out
    status, positions, _ = await venue.raw("GET", "/fapi/v2/positionRisk", signed=True, symbol="BTCUSDT")
    assert (status, positions[0]["positionAmt"], positions[0]["leverage"]) == (200, "0", "20")


async def test_a_limit_order_rests_is_amended_and_canceled(venue):
    client, price = venue.client, float(venue.last()) * 0.98
    order = await client.create_order(
        BTC, "limit", "buy", 0.1, price, {"newClientOrderId": "rest-1", "timeInForce": "GTX"}
    )
    validate(client, "order", order, BTC, venue.wall.now_ms())
    assert (order["status"], order["postOnly"], order["filled"]) == ("open", True, 0)
    (open_order,) = await client.fetch_open_orders()
    assert open_order["id"] == order["id"]
    lower = float(client.price_to_precision(BTC, price * 0.99))
    amended = await client.edit_order(order["id"], BTC, "limit", "buy", 0.2, lower)
    assert (amended["id"], amended["amount"], amended["price"]) == (order["id"], 0.2, lower)
    assert (await client.fetch_balance())["USDT"]["used"] == pytest.approx(0.2 * lower / 20)
    canceled = await client.cancel_order("", BTC, {"origClientOrderId": "rest-1"})
    assert (canceled["id"], canceled["status"]) == (order["id"], "canceled")
    assert await client.fetch_open_orders(BTC) == []


async def test_all_orders_are_canceled_at_once_except_conditional_ones(venue):
    client, price = venue.client, float(venue.last())
    for share in (0.97, 0.98):
        await client.create_order(BTC, "limit", "buy", 0.1, price * share)
    await client.create_order(ETH, "limit", "buy", 1, float(venue.last(ETH)) * 0.97)
    await client.create_order(BTC, "market", "sell", 0.1, params={"triggerPrice": price * 0.9})
    await client.cancel_all_orders(BTC)
    assert [each["symbol"] for each in await client.fetch_open_orders()] == [ETH]
    assert len(await client.fetch_open_orders(BTC, params={"trigger": True})) == 1
    await client.cancel_all_orders(BTC, {"trigger": True})
    assert await client.fetch_open_orders(params={"trigger": True}) == []


@pytest.mark.parametrize(
    ("time_in_force", "status", "filled"), [("IOC", "expired", True), ("FOK", "expired", False), ("GTC", "open", True)]
)
async def test_what_a_limit_order_cannot_fill_at_once_depends_on_its_time_in_force(
    venue, time_in_force, status, filled
):
    client = venue.client
    book = await client.fetch_order_book(BTC, 5)
    more_than_there_is = book["asks"][0][1] + 0.5
    order = await client.create_order(
        BTC, "limit", "buy", more_than_there_is, book["asks"][0][0], {"timeInForce": time_in_force}
    )
    assert order["status"] == status
    assert (order["filled"] == book["asks"][0][1]) is filled


# Conditional orders


async def test_a_stop_waits_in_the_algo_service(venue):
    client, price = venue.client, float(venue.last())
    stop = await client.create_order(
        BTC, "market", "sell", 0.1, params={"stopLossPrice": price * 0.9, "reduceOnly": True, "clientAlgoId": "stop-1"}
    )
    validate(client, "order", stop, BTC, venue.wall.now_ms())
    assert (stop["status"], stop["clientOrderId"], stop["reduceOnly"]) == ("open", "stop-1", True)
    assert await client.fetch_open_orders(BTC) == []
    (waiting,) = await client.fetch_open_orders(BTC, params={"trigger": True})
    assert (waiting["id"], waiting["triggerPrice"]) == (stop["id"], float(client.price_to_precision(BTC, price * 0.9)))
    by_id = await client.fetch_order(stop["id"], BTC, {"trigger": True})
    by_name = await client.fetch_order("", BTC, {"trigger": True, "clientAlgoId": "stop-1"})
    assert by_id["id"] == by_name["id"] == stop["id"]
    with pytest.raises(ccxt.OrderNotFound):
        await client.fetch_order(stop["id"], BTC)
    canceled = await client.cancel_order(stop["id"], BTC, {"trigger": True})
    assert canceled["id"] == stop["id"]
    assert (await client.fetch_order(stop["id"], BTC, {"trigger": True}))["status"] == "canceled"


@pytest.mark.parametrize(
    ("kind", "params", "venue_type"),
    [
        ("market", {"stopLossPrice": 0.9}, "STOP_MARKET"),
        ("limit", {"stopLossPrice": 0.9}, "STOP"),
        ("market", {"takeProfitPrice": 1.1}, "TAKE_PROFIT_MARKET"),
        ("limit", {"takeProfitPrice": 1.1}, "TAKE_PROFIT"),
    ],
)
async def test_each_conditional_kind_has_the_venues_type(venue, kind, params, venue_type):
    price = float(venue.last())
    ((name, share),) = params.items()
    order = await venue.client.create_order(
        BTC, kind, "sell", 0.1, price * share if kind == "limit" else None, {name: price * share}
    )
    assert (order["info"]["orderType"], order["info"]["algoStatus"]) == (venue_type, "NEW")


async def test_a_fired_stop_is_an_order_that_closes_the_position(venue):
    client, price = venue.client, venue.last()
    await client.create_order(BTC, "market", "buy", 0.3)
    trigger = float(price) * 0.9995
    stop = await client.create_order(
        BTC, "market", "sell", None, params={"stopLossPrice": trigger, "closePosition": True, "clientAlgoId": "stop-2"}
    )
    assert stop["info"]["closePosition"] is True
    venue.move(lambda tick: float(tick.price) < trigger)
    fired = await client.fetch_order(stop["id"], BTC, {"trigger": True})
    assert fired["info"]["algoStatus"] == "FINISHED"
    order = await client.fetch_order(fired["info"]["actualOrderId"], BTC)
    assert (order["status"], order["filled"], order["clientOrderId"]) == ("closed", 0.3, "stop-2")
    assert await client.fetch_positions() == []


# Settings


async def test_leverage_margin_mode_and_position_mode(venue):
    client = venue.client
    answer = await client.set_leverage(7, BTC)
    assert (answer["symbol"], answer["leverage"]) == ("BTCUSDT", 7)
    await client.set_leverage(7, BTC)
    assert (await client.fetch_leverages([BTC]))[BTC]["longLeverage"] == 7
    assert (await client.set_margin_mode("isolated", BTC))["code"] == 200
    assert (await client.fetch_margin_mode(BTC))["marginMode"] == "isolated"
    assert (await client.fetch_position_mode())["hedged"] is False


async def test_an_isolated_position_shows_its_own_margin(venue):
    client = venue.client
    await client.set_margin_mode("isolated", BTC)
    await client.set_leverage(5, BTC)
    order = await client.create_order(BTC, "market", "buy", 0.2)
    (position,) = await client.fetch_positions()
    validate(client, "position", position, BTC, venue.wall.now_ms(), skipped=NO_LEVERAGE)
    assert position["marginMode"] == "isolated"
    assert position["initialMargin"] == pytest.approx(order["cost"] / 5)
    assert position["liquidationPrice"] == pytest.approx(order["average"] * 0.8 / 0.996)


async def test_tiers_and_fees_are_the_listings(venue):
    client, listing = venue.client, venue.exchange.listings[ETH]
    (tier,) = (await client.fetch_leverage_tiers([ETH]))[ETH]
    validate(client, "leverage_tier", tier)
    assert (tier["maxLeverage"], tier["maintenanceMarginRate"]) == (
        listing.max_leverage,
        float(listing.maintenance_rate),
    )
    fee = await client.fetch_trading_fee(ETH)
    validate(client, "trading_fee", ETH, fee)
    assert (fee["maker"], fee["taker"]) == (0.0002, 0.0005)


async def test_the_weight_and_the_orders_of_this_minute_are_in_the_headers(venue):
    _, _, before = await venue.raw("GET", "/fapi/v1/time")
    _, _, after = await venue.raw("GET", "/fapi/v1/klines", symbol="BTCUSDT", interval="1m", limit=1000)
    assert int(after["X-MBX-USED-WEIGHT-1M"]) - int(before["X-MBX-USED-WEIGHT-1M"]) == 5
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.010"}
    _, _, placed = await venue.raw("POST", "/fapi/v1/order", signed=True, **order)
    assert (placed["X-MBX-ORDER-COUNT-10S"], placed["X-MBX-ORDER-COUNT-1M"]) == ("1", "1")
