"""Lighter's stream: the market's channels, the account's, and transactions over the same socket."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import pairwise

import aiohttp
import pytest
from sim.wires.lighter_kit import BTC, BTC_ID, ETH_ID, HOST, premium

from twinstar.sim.wires.lighter.accounts import FIRST_ACCOUNT

MINUTE_MS = 60_000
D = Decimal


@pytest.fixture
async def venue():
    async with premium() as made:
        made.move(ticks=5)
        yield made


def followed(frames: list[dict]) -> tuple[dict, list[int]]:
    """The book after these frames by side and price, and the nonces at which something is missing."""
    book: dict = {"bids": {}, "asks": {}}
    for frame in frames:
        for side, levels in book.items():
            levels.update({D(level["price"]): D(level["size"]) for level in frame["order_book"][side]})
    gaps = [
        after["order_book"]["nonce"]
        for before, after in pairwise(frames)
        if after["order_book"]["begin_nonce"] != before["order_book"]["nonce"]
    ]
    return {side: {price: size for price, size in levels.items() if size} for side, levels in book.items()}, gaps


def exchanges_book(venue) -> dict:
    book = venue.exchange.book(BTC, 100)
    return {"bids": dict(book.bids), "asks": dict(book.asks)}


async def moved(venue, frames, ticks: int) -> list[dict]:
    """What is heard while the market moves, tick by tick."""
    found = []
    for _ in range(ticks):
        venue.move()
        found += await frames.heard(0.06)
    return found


# The market


async def test_a_book_that_follows_its_updates_is_the_exchanges_and_each_begins_where_the_last_one_ended(venue):
    async with venue.socket(f"order_book/{BTC_ID}") as frames:
        heard = [await frames.next("subscribed/order_book"), *await moved(venue, frames, 8)]
    book, gaps = followed(heard)
    assert gaps == []
    assert book == exchanges_book(venue)
    assert len(heard) > 5
    assert all(each["order_book"]["nonce"] != each["order_book"]["offset"] for each in heard)


@pytest.mark.parametrize("fault", [{"kind": "lose"}, {"kind": "duplicate"}, {"kind": "reorder"}])
async def test_an_update_that_is_lost_comes_twice_or_too_late_breaks_the_chain(venue, fault):
    async with venue.socket(f"order_book/{BTC_ID}") as frames:
        first = await frames.next("subscribed/order_book")
        venue.server.faults.add(json.dumps([{"on": "ws", "frame": "update/order_book", **fault}]).encode())
        _, gaps = followed([first, *await moved(venue, frames, 4)])
    assert gaps


async def test_trades_tickers_and_statistics_are_as_they_were(venue):
    channels = (f"trade/{BTC_ID}", f"ticker/{BTC_ID}", f"market_stats/{BTC_ID}", "market_stats/all")
    async with venue.socket(*channels) as frames:
        first = {frame["channel"]: frame for frame in await frames.heard()}
        venue.move()
        last = await frames.of_each(*first)
        while last["market_stats:all"]["market_stats"]["1"] != last["market_stats:1"]["market_stats"]:
            last |= await frames.of_each("market_stats:all")  # the other market moved first
    assert first.keys() == {channel.replace("/", ":") for channel in channels}
    assert {frame["type"].partition("/")[0] for frame in first.values()} == {"subscribed"}
    assert {frame["type"].partition("/")[0] for frame in last.values()} == {"update"}
    (tick,), (trade,) = venue.exchange.ticks(BTC, 1), last["trade:1"]["trades"]
    assert (trade["trade_id"], D(trade["price"]), D(trade["size"])) == (tick.id, tick.price, tick.quantity)
    assert trade["is_maker_ask"] is (tick.taker.value == "buy")
    assert D(last["ticker:1"]["ticker"]["a"]["price"]) == venue.exchange.book(BTC, 1).asks[0][0]
    assert D(last["market_stats:1"]["market_stats"]["mark_price"]) == venue.last()
    assert first["market_stats:all"]["market_stats"].keys() == {"0", "1"}


async def test_a_candle_goes_on_until_the_next_one_begins(venue):
    async with venue.socket(f"candle/{BTC_ID}/1m") as frames:
        begun = (await frames.next("subscribed/candle"))["candles"][0]["t"]
        venue.move(until=lambda tick: tick.market_ms >= begun + MINUTE_MS)
        told = [await next_candle(frames)]
        while told[-1]["t"] == begun:
            told.append(await next_candle(frames))
    known = next(each for each in venue.exchange.candles(BTC, MINUTE_MS) if each.open_ms == begun)
    assert (D(str(told[-2]["c"])), D(str(told[-2]["v"]))) == (known.close, known.volume)
    assert told[-1]["t"] == begun + MINUTE_MS


async def next_candle(frames) -> dict:
    return (await frames.next("update/candle"))["candles"][0]


# The account


async def test_the_verdict_on_an_order_comes_over_the_accounts_channels(venue):
    kinds = ("account_all_orders", "account_all_trades", "account_all_positions", "account_all_assets", "user_stats")
    async with venue.socket(*(f"{kind}/{FIRST_ACCOUNT}" for kind in kinds)) as frames:
        assert {frame["type"] for frame in await frames.heard()} == {f"subscribed/{kind}" for kind in kinds}
        await venue.market_order(100, ClientOrderIndex=7)
        told = await frames.heard()
    of = {kind: [frame for frame in told if frame["type"] == f"update/{kind}"] for kind in kinds}
    orders = [order for frame in of["account_all_orders"] for order in frame["orders"]["1"]]
    assert [(order["client_order_index"], order["status"]) for order in orders] == [(7, "open"), (7, "filled")]
    (trade,) = of["account_all_trades"][0]["trades"]["1"]
    assert (trade["bid_client_id"], trade["bid_account_id"], trade["size"]) == (7, FIRST_ACCOUNT, "0.00100")
    assert of["account_all_positions"][-1]["positions"]["1"]["position"] == "0.00100"
    assert D(of["user_stats"][-1]["stats"]["leverage"]) >= 0
    assert of["account_all_assets"][-1]["assets"]["3"]["margin_balance"] == "100000.000000"


async def test_what_was_accepted_and_then_refused_is_told_too(venue):
    async with venue.socket(f"account_all_orders/{FIRST_ACCOUNT}") as frames:
        await frames.next("subscribed/")
        await venue.create(ClientOrderIndex=1, BaseAmount=100_000_000)
        told = await frames.next("update/account_all_orders")
    assert [order["status"] for order in told["orders"]["1"]] == ["canceled-margin-not-allowed"]


async def test_a_positions_frame_is_everything_that_is_held_and_a_market_without_one_is_flat(venue):
    async with venue.socket(f"account_all_positions/{FIRST_ACCOUNT}") as frames:
        assert (await frames.next("subscribed/"))["positions"] == {}
        await venue.market_order(100)
        await venue.market_order(100, is_ask=1)
        sizes = [frame["positions"].keys() for frame in await frames.heard()]
    assert sizes == [{"1"}, set()]


async def test_the_orders_of_one_market_are_of_that_market_alone(venue):
    async with venue.socket(f"account_orders/{BTC_ID}/{FIRST_ACCOUNT}", f"account_all/{FIRST_ACCOUNT}") as frames:
        await venue.create(ClientOrderIndex=1, MarketIndex=ETH_ID, BaseAmount=100, Price=200_000)
        await venue.market_order(100, ClientOrderIndex=2)
        told = await frames.heard()
    orders = [order for frame in told if frame["type"] == "update/account_orders" for order in frame["orders"]["1"]]
    assert {order["client_order_index"] for order in orders} == {2}
    everybody = [frame for frame in told if frame["type"] == "update/account_all"]
    assert everybody[-1]["positions"]["1"]["position"] == "0.00100"
    assert not any("orders" in frame for frame in everybody)


@pytest.mark.parametrize("token", ["", "garbage", "expired", "another key's"])
async def test_private_channels_want_a_token(venue, token):
    tokens = {"expired": venue.token(lives_s=-1), "another key's": venue.token(key=99)}
    async with venue.socket() as frames:
        await frames.subscribe(f"account_all_orders/{FIRST_ACCOUNT}", token=tokens.get(token, token))
        assert "error" in await frames.next()
        await frames.subscribe(f"user_stats/{FIRST_ACCOUNT}")
        assert (await frames.next())["type"] == "subscribed/user_stats"


# Transactions


async def test_a_transaction_is_answered_under_its_id_whether_it_was_accepted_or_not(venue):
    async with venue.socket() as frames:
        accepted = await frames.send(14, "a", **venue.order(ClientOrderIndex=1))
        refused = await frames.send(14, "b", **venue.order(ClientOrderIndex=2), nonce=77)
        assert (accepted["id"], accepted["code"], len(accepted["tx_hash"])) == ("a", 200, 80)
        assert (refused["id"], refused["code"]) == ("b", 21104)
        assert set(await venue.orders()) == {1}


async def test_a_batch_in_a_frame_has_up_to_fifteen(venue):
    async with venue.socket() as frames:
        for count, code in ((15, 200), (16, 21514)):
            infos = [json.dumps(venue.tx(**venue.order(), nonce=venue.nonce + 1 + each)) for each in range(count)]
            data = {"id": "1", "tx_types": json.dumps([14] * count), "tx_infos": json.dumps(infos)}
            await frames.say(type="jsonapi/sendtxbatch", data=data)
            assert (await frames.next("jsonapi"))["code"] == code
            venue.nonce += 15
        assert len((await venue.own("accountActiveOrders"))["orders"]) == 15


async def test_a_nonce_can_be_refused_on_demand_without_saying_whose_it_was(venue):
    async with venue.socket() as frames:
        venue.server.faults.add(b'[{"on": "ws", "kind": "refuse", "frame": "jsonapi/sendtx"}]')
        await frames.say(
            type="jsonapi/sendtx",
            data={"id": "1", "tx_type": 14, "tx_info": venue.tx(**venue.order(ClientOrderIndex=1))},
        )
        assert await frames.next() == {"error": {"code": 21104, "message": "invalid nonce"}}
        assert await venue.orders() == {}
        assert (await frames.send(14, **venue.order(ClientOrderIndex=1)))["code"] == 200


# The connection


async def test_what_cannot_be_understood_is_refused_and_the_line_goes_on(venue):
    wrong = {
        "{": 30000, '{"type": 7}': 30001, '{"type": "dance"}': 30001, '{"type": "jsonapi/sendtx"}': 30001,
        '{"type": "subscribe", "channel": "order_book/77"}': 30005,
        '{"type": "subscribe", "channel": "candle/1/1w"}': 30005,
        '{"type": "subscribe", "channel": "user_stats/x"}': 30005,
        '{"type": "subscribe", "channel": "user_stats/1"}': 21100,
        '{"type": "unsubscribe", "channel": "trade/1"}': 30002,
    }  # fmt: skip
    url = f"http://127.0.0.1:{venue.port}/{HOST}/stream"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as line:
        await line.receive_json()
        for text, code in wrong.items():
            await line.send_str(text)
            assert (await line.receive_json())["error"]["code"] == code, text
        await line.send_json({"type": "ping"})
        assert await line.receive_json() == {"type": "pong"}


async def test_a_channel_is_subscribed_once_and_silent_when_it_is_left(venue):
    async with venue.socket(f"trade/{BTC_ID}") as frames:
        await frames.next("subscribed/trade")
        await frames.subscribe(f"trade/{BTC_ID}")
        assert (await frames.next())["error"]["code"] == 30003
        await frames.say(type="unsubscribe", channel=f"trade/{BTC_ID}")
        assert await frames.next() == {"type": "unsubscribed", "channel": "trade:1"}
        venue.move()
        assert await frames.heard() == []


async def test_two_hundred_messages_a_minute_and_no_more(venue):
    async with venue.socket() as frames:
        for _ in range(201):
            await frames.say(type="pong")
        assert (await frames.next())["error"]["code"] == 30009
        assert (await frames.send(14, **venue.order(ClientOrderIndex=1)))["code"] == 200


async def test_eighty_new_lines_a_minute_and_no_more(venue):
    url = f"http://127.0.0.1:{venue.port}/{HOST}/stream"
    async with aiohttp.ClientSession() as session:
        for _ in range(80):
            async with session.ws_connect(url) as line:
                assert (await line.receive_json())["type"] == "connected"
        async with session.ws_connect(url) as line:
            assert (await line.receive_json())["error"]["code"] == 23003
