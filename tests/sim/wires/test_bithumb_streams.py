"""What the simulated Bithumb streams: snapshots, what happens, orders and balances, in its own words and times."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from msgspec import Struct
from sim.wires import bithumb_venue
from sim.wires.bithumb_venue import BTC, PUBLIC, Caller, Socket, Venue, private_socket, public_socket, serving
from sim.wires.test_upbit_truth import watched
from sim.wires.upbit_venue import NOON_MS, WITHIN_S, Told, TurnedWall, of_type, socket

from twinstar.config import SimConfig
from twinstar.sim.build import open_exchange
from twinstar.sim.wires import bithumb
from twinstar.sim.wires.bithumb import frames
from twinstar.sim.wires.bithumb.gateway import VALID_MS
from twinstar.sim.wires.bithumb.short import BITHUMB_SHORT
from twinstar.sim.wires.krw.short import TICKER_SHORT
from twinstar.testing import run_virtual

BID = {"market": "KRW-BTC", "side": "bid", "order_type": "limit", "price": "50000000", "volume": "0.001"}


@pytest.fixture
async def venue() -> AsyncIterator[Venue]:
    async with serving(history=5, KRW="500000000", BTC="1") as served:
        yield served


@pytest.fixture
def caller(venue: Venue) -> Caller:
    return Caller(venue)


@pytest.fixture
async def public(venue: Venue) -> AsyncIterator[Socket]:
    async with public_socket(venue) as opened:
        yield opened


@pytest.fixture
async def private(venue: Venue, caller: Caller) -> AsyncIterator[Socket]:
    async with private_socket(venue, caller) as opened:
        await opened.subscribe({"type": "myOrder"}, {"type": "myAsset"})
        assert await opened.frames() == [], "nothing is told before something happens"
        yield opened


# -- public


@pytest.mark.parametrize("kind", ["ticker", "trade", "orderbook"])
async def test_a_snapshot_comes_first_and_then_what_happens(venue, public, kind):
    venue.step(40)
    await public.subscribe(type=kind, codes=["KRW-BTC"])
    (first,) = await public.frames()
    assert (first["type"], first["stream_type"], first["code"]) == (kind, "SNAPSHOT", "KRW-BTC")
    venue.step(40)
    assert {(each["type"], each["stream_type"]) for each in await public.frames()} == {(kind, "REALTIME")}


@pytest.mark.parametrize("flags", ["isOnly{}", "is_only_{}"])
async def test_only_the_snapshot_or_only_what_happens_in_either_spelling(venue, public, flags):
    snapshot, realtime = (
        flags.format(name if "_" in flags else name.capitalize()) for name in ("snapshot", "realtime")
    )
    await public.subscribe(
        {"type": "trade", "codes": ["KRW-BTC"], snapshot: True},
        {"type": "ticker", "codes": ["KRW-BTC"], realtime: True},
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


async def test_there_is_no_candle_channel(public):
    await public.subscribe(type="candle.1m", codes=["KRW-BTC"])
    assert (await public.frame())["error"]["name"] == "INVALID_PARAM"


async def test_a_book_tells_its_time_in_microseconds_and_a_trade_in_korea(venue, public):
    venue.step(40)
    await public.subscribe({"type": "orderbook", "codes": ["KRW-BTC"]}, {"type": "trade", "codes": ["KRW-BTC"]})
    book, trade = await public.frames()
    assert (type(book["timestamp"]), len(book["timestamp"])) == (str, 16)
    assert int(book["timestamp"]) // 1000 == venue.book().market_ms
    assert (trade["trade_date"], trade["trade_time"][:2]) == ("2026-03-04", "21")
    (told,) = Caller(venue).get("/v1/trades/ticks", market="KRW-BTC")
    assert told["sequential_id"] == trade["sequential_id"]


async def test_simple_names_are_short_in_nested_parts_too(public):
    await public.subscribe({"type": "orderbook", "codes": ["KRW-BTC"]}, format="SIMPLE")
    message = await public.message()
    assert message.type is aiohttp.WSMsgType.BINARY
    book = message.json()
    assert (book["ty"], set(book["obu"][0])) == ("orderbook", {"ap", "bp", "as", "bs"})


@pytest.mark.parametrize(
    "kind", [frames.WsTicker, frames.WsTrade, frames.WsOrderbook, frames.MyOrder, frames.MyAsset, frames.Asset]
)
def test_every_field_of_every_frame_has_a_short_name_of_its_own(kind: type[Struct]):
    names = {**BITHUMB_SHORT, **(TICKER_SHORT if kind is frames.WsTicker else {})}
    shortened = [names[field] for field in kind.__struct_fields__]
    assert len(set(shortened)) == len(shortened)


async def test_a_change_is_told_against_the_close_of_the_day_before_in_korea(venue, public):
    (ticker,) = Caller(venue).get("/v1/ticker", markets="KRW-BTC")
    before = venue.exchange.candles(BTC, 60_000, end_ms=NOON_MS // 86_400_000 * 86_400_000 - 9 * 3_600_000 - 1)
    close = before[-1].close if before else venue.exchange.ticker(BTC).previous_close
    assert ticker["prev_closing_price"] == close
    assert ticker["signed_change_price"] == ticker["trade_price"] - close


def test_after_a_ping_the_line_is_said_to_be_up_every_ten_seconds_until_it_is_closed():
    line = Told()

    async def story() -> None:
        exchange = open_exchange("bithumb", bithumb.listings([BTC]), sim=SimConfig(history=1), wall=TurnedWall())
        session = bithumb.make(exchange).connect(PUBLIC, "", {}, line)
        session.on_frame("PING")
        await asyncio.sleep(25)
        session.on_close()
        await asyncio.sleep(25)

    run_virtual(story())
    assert line.frames == ['{"status":"UP"}'] * 3


# -- private


async def test_an_order_is_told_as_it_waits_and_as_it_is_canceled(caller, private):
    order_id = caller.post("/v2/orders", **BID, client_order_id="mine")["order_id"]
    message = await private.message()
    assert message.type is aiohttp.WSMsgType.TEXT
    waiting = next(iter(of_type([message.json(), *await private.frames()], "myOrder")))
    assert {key: waiting[key] for key in ("code", "order_id", "client_order_id", "side", "state")} == {
        "code": "KRW-BTC", "order_id": order_id, "client_order_id": "mine", "side": "buy", "state": "wait",
    }  # fmt: skip
    assert (waiting["order_price"], waiting["order_quantity"]) == ("50000000", "0.001")
    assert not {"trade_id", "cancel_type", "time_in_force", "locked"} & set(waiting), "what is not there is left out"
    caller.delete("/v2/order", order_id=order_id)
    (canceled,) = of_type(await private.frames(), "myOrder")
    assert (canceled["state"], canceled["cancel_type"], canceled["remaining_quantity"]) == ("cancel", "user", "0.001")


async def test_each_fill_is_a_trade_and_the_last_one_is_followed_by_the_end(venue, caller, private):
    ask = venue.book().asks[0]
    cost = int(ask[0] * ask[1]) + 1_000_000
    caller.post("/v2/orders", **{**BID, "order_type": "price", "price": str(cost), "volume": ""})
    told = of_type(await private.frames(), "myOrder")
    states = [frame["state"] for frame in told]
    assert states[0] == "wait"
    assert states[1:-1] == ["trade"] * (len(states) - 2)
    assert len(states) > 3
    assert states[-1] == "done"
    assert {(frame["order_price"], frame["order_quantity"], frame["order_amount"]) for frame in told} == {
        ("0", "0", str(cost))
    }
    first = told[1]
    assert float(first["trade_price"]) * float(first["trade_quantity"]) == pytest.approx(float(first["trade_amount"]))
    assert float(first["trade_fee"]) == pytest.approx(float(first["trade_amount"]) * 0.0025)


async def test_an_order_filled_in_part_that_may_not_wait_is_done(venue, caller, private):
    ask = venue.book().asks[0]
    caller.post("/v2/orders", **{**BID, "price": str(ask[0]), "volume": str(ask[1] + 1), "time_in_force": "ioc"})
    states = [frame["state"] for frame in of_type(await private.frames(), "myOrder")]
    assert (states[0], states[-1]) == ("wait", "done")


async def test_balances_are_told_as_text(caller, private):
    caller.post("/v2/orders", **BID)
    (told,) = of_type(await private.frames(), "myAsset")
    assert told["assets"] == [{"currency": "KRW", "balance": "499949875", "locked": "50125"}]


async def test_only_the_codes_asked_for_are_told(venue, caller):
    async with private_socket(venue, caller) as opened:
        await opened.subscribe({"type": "myOrder", "codes": ["KRW-XRP"]})
        await opened.frames()
        caller.post("/v2/orders", **BID)
        assert await opened.frames() == []


@pytest.mark.parametrize("claims", [{}, {"timestamp": NOON_MS - VALID_MS - 1}])
async def test_a_handshake_without_a_fresh_token_is_let_in_to_nothing(venue, caller, claims):
    headers = caller.headers({**caller.claims(), **claims}) if claims else {}
    async with socket(venue, bithumb_venue.PRIVATE, headers) as opened:
        assert (await opened.frame())["error"]["name"] == "INVALID_AUTH"
        await opened.subscribe({"type": "myAsset"})
        assert (await opened.frame())["error"]["name"] == "INVALID_AUTH"


async def test_ccxt_reads_the_public_streams(venue):
    async with bithumb_venue.client(venue) as client:
        (ticker,) = await watched(venue, lambda: client.watch_ticker(BTC), times=1)
        assert ticker["last"] == float(venue.exchange.ticker(BTC).last)
        (book,) = await watched(venue, lambda: client.watch_order_book(BTC), times=1)
        assert len(book["bids"]) == len(book["asks"]) == 30
        (trades,) = await watched(venue, lambda: client.watch_trades(BTC), times=1)
        assert trades[-1]["symbol"] == BTC


async def test_ccxt_reads_the_balances_streamed_and_little_of_the_orders(venue):
    """Of myOrder v2 it knows the ids and what was ordered, and not what was filled."""
    async with bithumb_venue.client(venue) as client, asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as group:
        balances, orders = group.create_task(client.watch_balance()), group.create_task(client.watch_orders(BTC))
        placed = []
        while not (balances.done() and orders.done()):
            placed.append(await client.create_order(BTC, "limit", "buy", 0.01, 50_000_000))
            venue.wall.at_ms += 1000
            await asyncio.sleep(0.01)
    assert balances.result()["KRW"]["used"] in {501_250 * (number + 1) for number in range(len(placed))}
    order = orders.result()[0]
    assert order["id"] in {each["id"] for each in placed}
    assert (order["side"], order["amount"], order["status"], order["filled"]) == ("buy", 0.01, "open", None)
