"""The unmodified ccxt class over real sockets: every unified answer passes ccxt's validators, and is what happened."""

from __future__ import annotations

from decimal import Decimal

import ccxt
import pytest
from sim.wires.kit import validate
from sim.wires.spot_kit import BNB, BTC, ETH, simulated

MINUTE_MS = 60_000
UNDATED = {"timestamp": True, "datetime": True}  # a snapshot of the book


@pytest.fixture
async def venue():
    async with simulated() as made:
        await made.client.load_markets()
        yield made


async def test_markets_are_valid_and_their_rules_are_the_listings(venue):
    client = venue.client
    assert sorted(client.markets) == [BTC, ETH]
    for market in client.markets.values():
        validate(client, "market", market)
    market, listing = client.market(BTC), venue.exchange.listings[BTC]
    assert (market["precision"]["amount"], market["precision"]["price"]) == (float(listing.lot), float(listing.tick))
    assert market["limits"]["amount"]["min"] == float(listing.min_quantity)
    assert market["limits"]["cost"]["min"] == float(listing.min_notional)


async def test_candles_prices_trades_and_the_book_are_the_exchanges(venue):
    venue.move(ticks=20, symbol=BTC)
    client, now = venue.client, venue.exchange.clock.market_ms()
    rows, known = await client.fetch_ohlcv(BTC, "1m", limit=50), venue.exchange.candles(BTC, MINUTE_MS, limit=50)
    assert [(row[0], row[4], row[5]) for row in rows] == [
        (each.open_ms, float(each.close), float(each.volume)) for each in known
    ]
    for row in rows:
        validate(client, "ohlcv", row, BTC, now)
    ticker = await client.fetch_ticker(BTC)
    validate(client, "ticker", ticker, BTC)
    assert ticker["last"] == float(venue.last(BTC))
    assert sorted(await client.fetch_tickers()) == [BTC, ETH]
    best = await client.fetch_bids_asks()
    assert best[ETH]["bid"] < best[ETH]["ask"]
    for trade in await client.fetch_trades(BTC, limit=10):
        validate(client, "trade", trade, BTC, now, True)
    book = await client.fetch_order_book(BTC, 20)
    validate(client, "order_book", book, BTC, skipped=UNDATED)
    assert (len(book["bids"]), len(book["asks"])) == (20, 20)
    assert (await client.fetch_last_prices([BTC]))[BTC]["price"] == float(venue.last(BTC))


async def test_a_market_buy_pays_its_fee_in_what_it_brings(venue):
    client, now = venue.client, venue.wall.now_ms()
    order = await client.create_order(BTC, "market", "buy", 0.5, params={"clientOrderId": "entry-1"})
    validate(client, "order", order, BTC, now)
    assert (order["status"], order["filled"], order["clientOrderId"]) == ("closed", 0.5, "entry-1")
    trades = await client.fetch_my_trades(BTC)
    for trade in trades:
        validate(client, "trade", trade, BTC, now, False)
        assert trade["fee"]["currency"] == "BTC"
    assert venue.held("BTC") == (Decimal("0.5") * Decimal("0.999"), 0)
    balance = await client.fetch_balance()
    validate(client, "balance", balance)
    assert balance["BTC"]["free"] == 0.4995
    spent = sum(Decimal(trade["info"]["quoteQty"]) for trade in trades)
    assert venue.held("USDT") == (100_000 - spent, 0)


async def test_a_sale_pays_its_fee_in_the_quote_asset(venue):
    await venue.client.create_order(BTC, "market", "buy", 0.5)
    before, _ = venue.held("USDT")
    await venue.client.create_order(BTC, "market", "sell", 0.4)
    sold = [each for each in await venue.client.fetch_my_trades(BTC) if each["side"] == "sell"]
    assert {each["fee"]["currency"] for each in sold} == {"USDT"}
    worth = sum(each.price * each.quantity for each in venue.exchange.executions("main") if each.side.name == "SELL")
    assert venue.held("USDT")[0] == before + worth * Decimal("0.999")


async def test_who_has_bnb_pays_in_it_at_three_quarters_of_the_fee():
    async with simulated(BTC, BNB) as venue:
        venue.deposit("BNB", "1")
        await venue.client.load_markets()
        await venue.client.create_order(BTC, "market", "buy", 0.1)
        (trade, *more) = await venue.client.fetch_my_trades(BTC)
        fee = sum(Decimal(str(each["fee"]["cost"])) for each in (trade, *more))
        assert {each["fee"]["currency"] for each in (trade, *more)} == {"BNB"}
        worth = sum(each.price * each.quantity for each in venue.exchange.executions("main"))
        assert fee == pytest.approx(worth * Decimal("0.00075") / venue.last(BNB), abs=Decimal("1e-7"))
        assert (venue.held("BTC")[0], venue.held("BNB")[0]) == (Decimal("0.1"), 1 - fee)


async def test_who_has_too_little_bnb_pays_as_if_there_were_none():
    async with simulated(BTC, BNB) as venue:
        venue.deposit("BNB", "0.00001")
        await venue.client.load_markets()
        await venue.client.create_order(BTC, "market", "buy", 0.1)
        assert {each.fee_asset for each in venue.exchange.executions("main")} == {"BTC"}


async def test_a_market_buy_by_cost_spends_no_more_than_that(venue):
    order = await venue.client.create_market_order_with_cost(BTC, "buy", 1_000)
    assert 0 < order["cost"] <= 1_000
    assert venue.held("USDT") == (100_000 - Decimal(order["info"]["cummulativeQuoteQty"]), 0)


async def test_a_resting_order_locks_what_it_would_pay_and_gives_it_back(venue):
    client, price = venue.client, float(venue.last(BTC) // 2)
    order = await client.create_order(BTC, "limit", "buy", 0.1, price, {"clientOrderId": "resting-1"})
    assert venue.held("USDT")[1] == Decimal("0.1") * Decimal(price)
    (listed,) = await client.fetch_open_orders(BTC)
    validate(client, "order", listed, BTC, venue.wall.now_ms())
    assert (listed["id"], listed["status"]) == (order["id"], "open")
    by_name = await client.fetch_order(None, BTC, {"clientOrderId": "resting-1"})
    assert by_name["id"] == order["id"]
    gone = await client.cancel_order(None, BTC, {"clientOrderId": "resting-1"})
    assert (gone["status"], gone["info"]["origClientOrderId"]) == ("canceled", "resting-1")
    assert gone["info"]["clientOrderId"] != "resting-1"
    assert venue.held("USDT") == (100_000, 0)
    assert (await client.fetch_order(order["id"], BTC))["clientOrderId"] == "resting-1"


@pytest.mark.parametrize(("kind", "limit"), [("STOP_LOSS", None), ("STOP_LOSS_LIMIT", 0.9)])
async def test_a_stop_rests_at_the_venue_and_binds_what_it_would_sell(venue, kind, limit):
    client = venue.client
    await client.create_order(BTC, "market", "buy", 0.1)
    trigger = float(venue.last(BTC) * Decimal("0.9999") // 1)
    price = None if limit is None else float(venue.last(BTC) * Decimal(limit) // 1)
    stop = await client.create_order(
        BTC, "market" if limit is None else "limit", "sell", 0.05, price, {"stopLossPrice": trigger}
    )
    assert venue.held("BTC")[1] == Decimal("0.05")
    (listed,) = await client.fetch_open_orders(BTC)
    assert (listed["id"], listed["triggerPrice"]) == (stop["id"], trigger)
    assert (listed["info"]["type"], listed["info"]["isWorking"]) == (kind, False)
    venue.move(lambda tick: tick.price <= Decimal(trigger), symbol=BTC)
    assert (await client.fetch_order(stop["id"], BTC))["status"] == "closed"
    assert venue.held("BTC")[1] == 0


async def test_a_canceled_stop_gives_back_what_it_bound(venue):
    await venue.client.create_order(BTC, "market", "buy", 0.1)
    trigger = float(venue.last(BTC) // 2)
    stop = await venue.client.create_order(BTC, "market", "sell", 0.05, None, {"stopLossPrice": trigger})
    await venue.client.cancel_order(stop["id"], BTC)
    assert venue.held("BTC") == (Decimal("0.0999"), 0)


async def test_a_post_only_order_that_would_take_is_refused(venue):
    with pytest.raises(ccxt.OrderImmediatelyFillable):
        await venue.client.create_order(BTC, "limit", "buy", 0.1, float(venue.last(BTC) + 100), {"postOnly": True})


# Streams


async def test_the_market_is_told_in_frames_that_ccxt_finds_valid(venue):
    client = venue.client
    rows = await venue.first(client.watch_ohlcv(BTC, "1m"), symbol=BTC)
    validate(client, "ohlcv", rows[-1], BTC, venue.exchange.clock.market_ms())
    (trade, *_) = await venue.first(client.watch_trades(BTC), symbol=BTC)
    validate(client, "trade", trade, BTC, venue.exchange.clock.market_ms(), True)
    ticker = await venue.first(client.watch_ticker(BTC), symbol=BTC)
    validate(client, "ticker", ticker, BTC)
    book = await venue.first(client.watch_order_book(BTC, 20), symbol=BTC)
    validate(client, "order_book", book, BTC, skipped=UNDATED)


async def test_the_account_is_told_of_its_order_with_each_fee(venue):
    client = venue.client
    await client.authenticate()
    await client.create_order(BTC, "market", "buy", 0.01, params={"clientOrderId": "told-1"})
    (order, *_) = await client.watch_orders(BTC)
    assert order["clientOrderId"] == "told-1"
    validate(client, "order", order, BTC, venue.wall.now_ms())


async def test_a_cancellation_is_told_with_its_own_id_beside_the_orders(venue):
    async with venue.news() as news:
        assert (await news.ask(venue.login()))["result"] == {"subscriptionId": 0}
        price = str(venue.last(BTC) // 2)
        placed = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
        await venue.raw("POST", "/api/v3/order", **placed, quantity="0.01", price=price, newClientOrderId="mine")
        await venue.raw("DELETE", "/api/v3/order", symbol="BTCUSDT", origClientOrderId="mine", newClientOrderId="bye")
        new, locked, canceled, freed = await news.events(4)
        assert (new["e"], new["x"], new["c"], new["C"], new["w"]) == ("executionReport", "NEW", "mine", "", True)
        assert (canceled["x"], canceled["c"], canceled["C"]) == ("CANCELED", "bye", "mine")
        assert locked["e"] == freed["e"] == "outboundAccountPosition"
        assert freed["B"] == [{"a": "USDT", "f": "100000.00000000", "l": "0.00000000"}]


async def test_a_deposit_is_told_as_the_difference(venue):
    async with venue.news() as news:
        await news.ask(venue.login())
        venue.deposit("USDT", "25")
        (told,) = await news.events(1)
        assert (told["e"], told["a"], told["d"]) == ("balanceUpdate", "USDT", "25.00000000")


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"timestamp": 1}, -1021), ({"apiKey": "nobody"}, -2015), ({"secret": "wrong"}, -1022)],
    ids=["late", "unknown key", "wrong signature"],
)
async def test_a_login_that_is_not_right_is_refused(venue, changed, code):
    async with venue.news() as news:
        answer = await news.ask(venue.login(**changed))
        assert (answer["id"], answer["error"]["code"]) == ("1", code)
        assert answer["status"] >= 400


async def test_the_same_account_is_subscribed_once_and_can_be_unsubscribed(venue):
    async with venue.news() as news:
        await news.ask(venue.login())
        assert (await news.ask(venue.login()))["error"]["code"] == -2035
        assert (await news.ask({"id": 3, "method": "userDataStream.unsubscribe"}))["status"] == 200
        assert (await news.ask(venue.login()))["result"] == {"subscriptionId": 1}


@pytest.mark.parametrize("said", ["{", '"text"', "[]", '{"method": 1}', '{"id": 4, "method": "order.place"}'])
async def test_what_the_socket_does_not_understand_is_answered_and_it_goes_on(venue, said):
    async with venue.news() as news:
        assert (await news.ask(said))["error"]["code"] == -1135
        assert (await news.ask({"id": 5, "method": "ping"})) == {"id": 5, "status": 200, "result": {}, "rateLimits": []}
