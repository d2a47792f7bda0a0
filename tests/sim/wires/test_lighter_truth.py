"""The unmodified ccxt class over real sockets, signing with Lighter's own library where that is installed."""

from __future__ import annotations

import asyncio
import importlib.util
import platform
import sys
from decimal import Decimal
from pathlib import Path

import ccxt
import pytest
from sim.wires.kit import validate
from sim.wires.lighter_kit import BTC, ETH, KEY, premium, simulated

from twinstar.sim.wires.lighter.accounts import FIRST_ACCOUNT

MINUTE_MS = 60_000
NO_TIME = {"timestamp": True, "datetime": True}  # of a book, over REST
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


@pytest.fixture
async def venue():
    async with premium() as made:
        await made.client.load_markets()
        made.move(ticks=20)
        yield made


def signers() -> Path | None:
    """Where lighter-sdk keeps its libraries; the package itself is not imported."""
    found = importlib.util.find_spec("lighter")
    library = f"lighter-signer-linux-{MACHINES.get(platform.machine())}.so"
    if sys.platform != "linux" or found is None or not found.submodule_search_locations:
        return None
    file = Path(next(iter(found.submodule_search_locations))) / "signers" / library
    return file if file.exists() else None


signing = pytest.mark.skipif(signers() is None, reason="lighter-sdk, which has the signer, is not installed")


@pytest.fixture
def client(venue):
    """Who trades with a key that is bound already; left to itself ccxt would bind one, and add a fee."""
    index, key = str(FIRST_ACCOUNT), str(KEY)
    venue.client.options.update(
        libraryPath=str(signers()), accountIndex=FIRST_ACCOUNT, apiKeyIndex=KEY, builderFee=False,
        auths={index: {key: {"lighterPrivateKey": "ab" * 40}}},
    )  # fmt: skip
    return venue.client


# The market


async def test_markets_and_currencies_are_valid_and_their_rules_are_the_listings(venue):
    assert sorted(venue.client.markets) == [BTC, ETH]
    validate(venue.client, "currency", venue.client.currencies["USDC"])
    for symbol, market in venue.client.markets.items():
        listing = venue.exchange.listings[symbol]
        precision = [Decimal(str(market["precision"][name])) for name in ("amount", "price")]
        assert precision == [listing.lot, listing.tick]
        least = [Decimal(str(market["limits"][name]["min"])) for name in ("amount", "cost")]
        assert least == [listing.min_quantity, listing.min_notional]


async def test_candles_are_the_exchanges(venue):
    rows = await venue.client.fetch_ohlcv(BTC, "1m", limit=50)
    known = {each.open_ms: each for each in venue.exchange.candles(BTC, MINUTE_MS, limit=60)}
    assert len(rows) == 50
    for row in rows:
        assert row[4:] == [float(known[row[0]].close), float(known[row[0]].volume)]


async def test_candles_are_the_last_of_a_range_and_five_hundred_at_most():
    async with simulated(history=510) as venue:
        known = [each.open_ms for each in venue.exchange.candles(BTC, MINUTE_MS, limit=600)]
        asked = {"market_id": 1, "resolution": "1m", "start_timestamp": 0, "end_timestamp": 2**42, "count_back": 600}
        assert len(known) > 500
        assert [row["t"] for row in (await venue.get("candles", **asked))["c"]] == known[-500:]
        asked = {**asked, "start_timestamp": known[3], "end_timestamp": known[9], "count_back": 4}
        assert [row["t"] for row in (await venue.get("candles", **asked))["c"]] == known[6:10]
        assert (await venue.get("candles", **{**asked, "end_timestamp": known[3] - 1, "start_timestamp": 1}))["c"]
        assert (await venue.get("candles", **{**asked, "start_timestamp": 1, "end_timestamp": 2}))["c"] is None
        for wrong, code in (({"resolution": "7m"}, 22400), ({"resolution": ""}, 29400), ({"end_timestamp": 1}, 22403)):
            assert (await venue.ask("GET", "candles", params={**asked, **wrong}))[1]["code"] == code


async def test_tickers_trades_books_and_rates_are_valid(venue):
    client, now = venue.client, venue.exchange.clock.market_ms()
    assert (await client.fetch_ticker(BTC))["last"] == float(venue.last())
    assert sorted(await client.fetch_tickers()) == [BTC, ETH]
    trades = await client.fetch_trades(BTC, limit=10)
    for trade in trades:
        validate(client, "trade", trade, BTC, now, True)
    assert trades[-1]["price"] == float(venue.last())
    book = await client.fetch_order_book(BTC, 20)
    validate(client, "order_book", book, BTC, skipped=NO_TIME)
    assert (len(book["bids"]), len(book["asks"])) == (20, 20)
    rates = await client.fetch_funding_rates()
    assert rates[BTC]["fundingRate"] == float(venue.exchange.funding(BTC)[0])


async def test_books_and_trades_are_watched_as_they_are(venue):
    async def heard(watching):
        task = asyncio.ensure_future(watching)
        while not task.done():
            if venue.exchange.is_heard(BTC):
                venue.move()
            await asyncio.sleep(0.02)
        return task.result()

    book = await heard(venue.client.watch_order_book(BTC))
    validate(venue.client, "order_book", book, BTC)
    trades = await heard(venue.client.watch_trades(BTC))
    known = {tick.id: tick for tick in venue.exchange.ticks(BTC, 1000)}
    for trade in trades:
        tick = known[int(trade["id"])]
        assert (trade["price"], trade["side"]) == (float(tick.price), tick.taker.value)


# The account, with Lighter's own signatures


@signing
async def test_an_order_is_placed_edited_and_canceled(venue, client):
    await client.create_order(BTC, "limit", "buy", 0.001, 50000.0)
    (order,) = await client.fetch_open_orders(BTC)
    assert (order["price"], order["amount"], order["status"]) == (50000.0, 0.001, "open")
    await client.edit_order(order["id"], BTC, "limit", "buy", 0.002, 50001.0)
    (edited,) = await client.fetch_open_orders(BTC)
    assert (edited["id"], edited["price"], edited["amount"]) == (order["id"], 50001.0, 0.002)
    await client.cancel_order(order["id"], BTC)
    assert [each["status"] for each in await client.fetch_closed_orders(BTC)] == ["canceled"]


@signing
async def test_a_market_order_makes_a_trade_a_position_and_a_balance(venue, client):
    await client.set_leverage(10, BTC, {"marginMode": "cross"})
    await client.create_order(BTC, "market", "buy", 0.001, float(venue.last()) * 1.1)
    (trade,) = await client.fetch_my_trades(BTC)
    (made,) = venue.exchange.executions("main")
    assert (trade["price"], trade["amount"], trade["side"]) == (float(made.price), 0.001, "buy")
    assert trade["takerOrMaker"] == "taker"
    (position,) = [each for each in await client.fetch_positions() if each["contracts"]]
    assert (position["symbol"], position["side"], position["contracts"]) == (BTC, "long", 0.001)
    assert position["initialMarginPercentage"] == pytest.approx(0.1)
    balance = await client.fetch_balance({"type": "swap"})
    assert balance["USDC"]["total"] == pytest.approx(100_000, abs=1)


@signing
async def test_a_bracket_of_ccxt_is_one_that_is_accepted(venue, client):
    legs = {"stopLoss": {"triggerPrice": 50000.0, "price": 49000.0}, "takeProfit": {"triggerPrice": 70000.0}}
    await client.create_order(BTC, "limit", "buy", 0.001, 61000.0, legs)
    await asyncio.sleep(0)
    found = {order["info"]["type"]: order for order in await client.fetch_open_orders(BTC)}
    assert found["stop-loss-limit"]["triggerPrice"] == 50000.0
    assert found["take-profit-limit"]["triggerPrice"] == 70000.0
    await client.cancel_all_orders()
    assert await client.fetch_open_orders(BTC) == []


@signing
async def test_orders_go_over_the_socket_too_and_are_watched_there(venue, client):
    await client.create_order_ws(BTC, "limit", "buy", 0.001, 50000.0)
    watching = asyncio.ensure_future(client.watch_orders(BTC))
    await asyncio.sleep(0.1)
    await client.create_order_ws(BTC, "limit", "buy", 0.001, 50001.0)
    found = await asyncio.wait_for(watching, 2)
    assert {order["price"] for order in found} <= {50000.0, 50001.0}
    assert len(await client.fetch_open_orders(BTC)) == 2


@signing
async def test_the_fee_that_ccxt_adds_for_itself_is_refused(venue, client):
    client.options["builderFee"] = True
    client.options["tiersForAccountIndexes"] = {str(FIRST_ACCOUNT): False}
    with pytest.raises(ccxt.ExchangeError, match="21149"):
        await client.create_order(BTC, "limit", "buy", 0.001, 50000.0)
