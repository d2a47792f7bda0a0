"""What goes over Upbit's sockets: public data as subscribed to, and an account's orders and money as they change."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import aiohttp
import ccxt.pro
import pytest
from sim.wires.upbit_venue import (
    BTC,
    NOON_MS,
    PRIVATE,
    XRP,
    Socket,
    Venue,
    client_of,
    of_type,
    serving,
    socket,
    token,
)

FEE = Decimal("0.0005")


@pytest.fixture
async def venue() -> AsyncIterator[Venue]:
    async with serving(KRW="50000000", BTC="1") as served:
        yield served


@pytest.fixture
async def client(venue: Venue) -> AsyncIterator[ccxt.pro.upbit]:
    async with client_of(venue.port) as made:
        await made.load_markets()
        yield made


@pytest.fixture
async def public(venue: Venue) -> AsyncIterator[Socket]:
    async with socket(venue) as opened:
        yield opened


@pytest.fixture
async def private(venue: Venue) -> AsyncIterator[Socket]:
    async with socket(venue, PRIVATE, token()) as opened:
        await opened.subscribe({"type": "myOrder"}, {"type": "myAsset"})
        assert await opened.frames() == [], "nothing is told before something happens"
        yield opened


# -- public


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("ticker", "trade_price"),
        ("trade", "sequential_id"),
        ("orderbook", "orderbook_units"),
        ("candle.1m", "opening_price"),
    ],
)
async def test_a_snapshot_comes_first_and_then_what_happens(venue, public, kind, key):
    venue.step(40)
    await public.subscribe(type=kind, codes=["KRW-BTC"])
    (first,) = await public.frames()
    assert (first["stream_type"], first["code"]) == ("SNAPSHOT", "KRW-BTC")
    venue.step(40)
    later = await public.frames()
    assert {frame["stream_type"] for frame in later} == {"REALTIME"}
    assert {frame["type"] for frame in [first, *later]} == {kind}
    assert all(key in frame for frame in later)


async def test_a_client_may_want_only_the_snapshot_or_only_what_happens(venue, public):
    await public.subscribe(
        {"type": "trade", "codes": ["KRW-BTC"], "is_only_snapshot": True},
        {"type": "ticker", "codes": ["KRW-BTC"], "is_only_realtime": True},
    )
    assert [frame["type"] for frame in await public.frames()] == ["trade"]
    venue.step(40)
    assert {frame["type"] for frame in await public.frames()} == {"ticker"}


async def test_a_new_request_replaces_the_subscription_before(venue, public):
    await public.subscribe(type="trade", codes=["KRW-BTC"])
    await public.subscribe(type="trade", codes=["KRW-XRP"])
    await public.frames()
    venue.step(60)
    assert {frame["code"] for frame in await public.frames()} == {"KRW-XRP"}


async def test_frames_come_in_four_formats_and_are_binary(venue, public):
    shapes = {}
    for format_ in ("DEFAULT", "SIMPLE", "JSON_LIST", "SIMPLE_LIST"):
        await public.subscribe({"type": "trade", "codes": ["KRW-BTC"], "is_only_snapshot": True}, format=format_)
        message = await public.message()
        assert message.type is aiohttp.WSMsgType.BINARY
        shapes[format_] = message.json()
    assert shapes["JSON_LIST"] == [shapes["DEFAULT"]]
    assert shapes["SIMPLE_LIST"] == [shapes["SIMPLE"]]
    assert shapes["SIMPLE"]["ty"] == "trade"
    assert shapes["SIMPLE"]["sid"] == shapes["DEFAULT"]["sequential_id"]


async def test_nested_parts_are_shortened_too(public):
    await public.subscribe({"type": "orderbook", "codes": ["KRW-BTC.1"]}, format="SIMPLE")
    (book,) = await public.frames()
    assert set(book["obu"][0]) == {"ap", "bp", "as", "bs"}


@pytest.mark.parametrize(
    ("code", "depth"), [("KRW-BTC", 30), ("KRW-BTC.1", 1), ("KRW-BTC.5", 5), ("KRW-BTC.15", 15), ("KRW-BTC.7", 30)]
)
async def test_a_book_is_as_deep_as_its_code_says(public, code, depth):
    await public.subscribe(type="orderbook", codes=[code])
    (book,) = await public.frames()
    assert (book["code"], len(book["orderbook_units"])) == ("KRW-BTC", depth)


async def test_every_public_trade_is_told_once_and_in_order(venue, public):
    await public.subscribe({"type": "trade", "codes": ["KRW-BTC"], "is_only_realtime": True})
    await public.frames()
    before = venue.exchange.ticks(BTC, 1)[-1].id
    venue.step(200)
    told = [(frame["trade_timestamp"], Decimal(str(frame["trade_price"]))) for frame in await public.frames()]
    traded = [tick for tick in venue.exchange.ticks(BTC, 1000) if tick.id > before]
    assert told == [(tick.market_ms, tick.price) for tick in traded]
    assert told


@pytest.mark.parametrize("kind", ["candle.1m", "candle.5m", "candle.240m"])
async def test_the_last_frame_of_a_candle_is_the_exchanges_candle(venue, public, kind):
    step_ms = int(kind[7:-1]) * 60_000
    venue.step(30)
    await public.subscribe(type=kind, codes=["KRW-BTC"])
    frames = await public.frames()
    venue.step(600)
    last = {frame["candle_date_time_utc"]: frame for frame in [*frames, *await public.frames()]}
    candles = venue.exchange.candles(BTC, step_ms, limit=len(last))
    assert len(last) > 9 // (step_ms // 60_000)
    for candle, frame in zip(candles, last.values(), strict=True):
        told = [frame[name] for name in ("opening_price", "high_price", "low_price", "trade_price")]
        assert told == [float(price) for price in (candle.open, candle.high, candle.low, candle.close)]
        assert frame["candle_acc_trade_volume"] == pytest.approx(float(candle.volume))
        assert frame["timestamp"] < candle.open_ms + step_ms


async def test_a_tickers_day_begins_at_midnight_utc(venue, public):
    async with serving(history=13 * 60) as since_yesterday, socket(since_yesterday) as opened:
        await opened.subscribe(type="ticker", codes=["KRW-BTC"])
        since_yesterday.step(100)
        ticker = (await opened.frames())[-1]
        midnight = NOON_MS - 12 * 3_600_000
        minutes = since_yesterday.exchange.candles(BTC, 60_000, start_ms=midnight, limit=2000)
        before = since_yesterday.exchange.candles(BTC, 60_000, end_ms=midnight - 1, limit=1)[-1]
    assert ticker["opening_price"] == float(minutes[0].open)
    assert ticker["prev_closing_price"] == float(before.close)
    assert ticker["high_price"] == float(max(minute.high for minute in minutes))
    assert ticker["acc_trade_volume"] == pytest.approx(float(sum(minute.volume for minute in minutes)))
    assert ticker["acc_trade_volume_24h"] > ticker["acc_trade_volume"]
    assert ticker["acc_bid_volume"] + ticker["acc_ask_volume"] == pytest.approx(ticker["acc_trade_volume"])
    assert ticker["change"] == ("RISE" if ticker["signed_change_price"] > 0 else "FALL")


async def test_unknown_codes_are_passed_over_in_silence(public):
    await public.subscribe(type="ticker", codes=["KRW-NONE", "krw-btc"])
    assert await public.frames() == []


async def test_pings_are_answered_as_text_and_as_frame(public):
    await public.say("PING")
    message = await public.message()
    assert (message.type, message.data) == (aiohttp.WSMsgType.TEXT, '{"status":"UP"}')


async def test_an_error_frame_leaves_the_subscription_alone(venue, public):
    await public.subscribe({"type": "trade", "codes": ["KRW-BTC"], "is_only_realtime": True})
    await public.subscribe(type="trade")
    (error,) = await public.frames()
    assert error == {"error": {"name": "NO_CODES", "message": "codes 필드가 존재하지 않습니다."}}
    venue.step(40)
    assert of_type(await public.frames(), "trade")


async def test_only_a_subscription_counts_as_a_reader(venue, client, public):
    """A market that waits for its readers must not take a question for one, nor a socket that has gone."""
    await client.fetch_ticker(XRP)
    await public.subscribe(type="ticker", codes=["KRW-BTC"])
    await public.frames()
    assert (venue.exchange.is_heard(XRP), venue.exchange.is_heard(BTC)) == (False, True)
    await public.subscribe(type="ticker", codes=["KRW-XRP"])
    await public.frames()
    assert (venue.exchange.is_heard(XRP), venue.exchange.is_heard(BTC)) == (True, False)
    async with socket(venue) as gone:
        await gone.subscribe(type="ticker", codes=["KRW-BTC"])
        await gone.frames()
    await public.frames()
    assert not venue.exchange.is_heard(BTC)


# -- private


async def test_a_token_that_is_refused_is_told_and_gets_nothing(venue, client):
    for headers in ({}, token(secret="wrong"), token({"access_key": "somebody"})):
        async with socket(venue, PRIVATE, headers) as opened:
            await opened.subscribe(type="myOrder")
            await client.create_order(BTC, "market", "sell", 0.001)
            told = await opened.frame(), await opened.frame()
            assert {each["error"]["name"] for each in told} == {"INVALID_AUTH"}


async def test_a_market_buy_by_amount_is_told_fill_by_fill(venue, client, private):
    offered = sum((price * quantity for price, quantity in venue.book().asks[:3]), Decimal(0))
    amount = (offered + venue.book().asks[3][0] * venue.book().asks[3][1] / 2).quantize(Decimal(1))
    bought = await client.create_order(BTC, "market", "buy", 0, params={"cost": float(amount), "clientOrderId": "b"})

    frames = await private.frames()
    told = of_type(frames, "myOrder")
    assert [frame["state"] for frame in told] == ["wait", *["trade"] * 4, "cancel"]
    assert {frame["uuid"] for frame in told} == {bought["id"]}
    waits, *fills, over = told
    assert (waits["order_type"], waits["price"], waits["volume"]) == ("price", float(amount), None)
    assert waits["locked"] == pytest.approx(float(amount * (1 + FEE)))
    assert waits["reserved_fee"] == pytest.approx(float(amount * FEE))
    for number, fill in enumerate(fills, 1):
        assert (fill["trades_count"], fill["identifier"], fill["is_maker"]) == (number, "b", False)
        assert fill["trade_fee"] == pytest.approx(fill["price"] * fill["volume"] * 0.0005)
        assert fill["executed_funds"] == pytest.approx(sum(each["price"] * each["volume"] for each in fills[:number]))
        assert fill["trade_timestamp"] == venue.wall.at_ms, "orders live by wall time"
    assert len({fill["trade_uuid"] for fill in fills}) == 4
    assert (over["trade_uuid"], over["locked"], over["executed_volume"]) == (
        None, 0, pytest.approx(sum(fill["volume"] for fill in fills)),
    )  # fmt: skip
    assert over["paid_fee"] == pytest.approx(sum(fill["trade_fee"] for fill in fills))
    assert_told_balances(venue, frames)
    spent = Decimal(str(over["executed_funds"])) * (1 + FEE)
    assert float(venue.balance("KRW")[0]) == pytest.approx(float(50_000_000 - spent))


async def test_a_market_buy_that_spends_all_of_it_is_done(venue, client, private):
    price, quantity = venue.book().asks[0]
    exact = (price * quantity).normalize()
    await client.privatePostOrders(
        {"market": "KRW-BTC", "side": "bid", "ord_type": "price", "price": format(exact, "f")}
    )
    states = [frame["state"] for frame in of_type(await private.frames(), "myOrder")]
    assert states == ["wait", "trade", "done"]


async def test_a_limit_order_rests_fills_in_parts_and_its_rest_is_cancelled(venue, client, private):
    best = venue.book().asks[0]
    quantity = best[1] * 3
    order = await client.create_order(BTC, "limit", "buy", float(quantity), float(best[0]))
    wait, fill = of_type(frames := await private.frames(), "myOrder")
    assert (wait["state"], fill["state"]) == ("wait", "trade")
    assert wait["locked"] == pytest.approx(float(best[0] * quantity * (1 + FEE)))
    assert fill["remaining_volume"] == pytest.approx(float(quantity - best[1]))
    assert_told_balances(venue, frames)
    free, locked = venue.balance("KRW")
    assert locked == (quantity - best[1]) * best[0] * (1 + FEE)

    await client.cancel_order(order["id"])
    (over,) = of_type(frames := await private.frames(), "myOrder")
    assert (over["state"], over["locked"], over["trade_uuid"]) == ("cancel", 0, None)
    assert_told_balances(venue, frames)
    assert venue.balance("KRW") == (free + locked, 0)
    assert (await client.fetch_order(order["id"]))["status"] == "canceled"


async def test_a_resting_order_is_filled_as_maker_when_the_price_comes(venue, client, private):
    ask = venue.book().asks[2][0]
    order = await client.create_order(BTC, "limit", "sell", 0.01, float(ask), {"clientOrderId": "s"})
    assert venue.balance("BTC") == (Decimal("0.99"), Decimal("0.01"))
    venue.step_until_filled()
    told = of_type(frames := await private.frames(), "myOrder")
    assert (told[0]["state"], told[-2]["state"], told[-1]["state"]) == ("wait", "trade", "done")
    assert told[-2]["is_maker"] is True
    assert told[-1]["uuid"] == order["id"]
    assert_told_balances(venue, frames)
    gained = Decimal("0.01") * ask * (1 - FEE)
    assert venue.balance("KRW") == (50_000_000 + gained, 0)
    assert venue.balance("BTC") == (Decimal("0.99"), 0)


async def test_an_order_that_must_fill_at_once_ends_as_cancelled(venue, client, private):
    best = venue.book().asks[0]
    wanted = {"market": "KRW-BTC", "side": "bid", "ord_type": "limit", "price": str(best[0])}
    await client.privatePostOrders({**wanted, "volume": str(best[1] * 2), "time_in_force": "ioc"})
    await client.privatePostOrders({**wanted, "volume": str(best[1] * 2), "time_in_force": "fok"})
    told = of_type(await private.frames(), "myOrder")
    assert [(frame["state"], frame["time_in_force"]) for frame in told] == [
        ("wait", "ioc"), ("trade", "ioc"), ("cancel", "ioc"), ("wait", "fok"), ("cancel", "fok"),
    ]  # fmt: skip
    assert venue.balance("KRW")[1] == 0


async def test_a_best_order_takes_only_the_best_price(venue, client, private):
    price, quantity = venue.book().asks[0]
    amount = float((price * quantity * 3).quantize(Decimal(1)))
    await client.create_order(BTC, "market", "buy", 0, params={"cost": amount, "ordType": "best", "timeInForce": "IOC"})
    told = of_type(await private.frames(), "myOrder")
    assert {frame["order_type"] for frame in told} == {"best"}
    assert [frame["price"] for frame in told if frame["state"] == "trade"] == [float(price)]


async def test_codes_choose_whose_orders_are_told(venue, client):
    async with socket(venue, PRIVATE, token()) as opened:
        await opened.subscribe(type="myOrder", codes=["KRW-XRP"])
        await opened.frames()
        await client.create_order(BTC, "market", "sell", 0.001)
        await client.create_order(XRP, "market", "buy", 0, params={"cost": 10_000})
        assert {frame["code"] for frame in await opened.frames()} == {"KRW-XRP"}


def assert_told_balances(venue: Venue, frames: list[Any]) -> None:
    """Whoever follows the frames ends with the balances that the exchange has."""
    told: dict[str, tuple[float, float]] = {}
    for frame in of_type(frames, "myAsset"):
        assert frame["asset_timestamp"] <= frame["timestamp"] <= venue.wall.at_ms
        told |= {each["currency"]: (each["balance"], each["locked"]) for each in frame["assets"]}
    assert told
    for asset, amounts in told.items():
        assert amounts == pytest.approx(tuple(float(amount) for amount in venue.balance(asset)))
