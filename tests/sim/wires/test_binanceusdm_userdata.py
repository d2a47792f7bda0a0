"""The user data stream: the frames of an order's life, what they say of position and balance, and the end of a key."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from sim.wires.binance_kit import BTC, ETH, candles_file, simulated, validate

from twinstar.sim.wires import listenkeys


@pytest.fixture
async def venue():
    async with simulated() as made:
        await made.client.load_markets()
        yield made


@pytest.fixture
async def frames(venue):
    async with listening_to(venue) as opened:
        yield opened


@asynccontextmanager
async def listening_to(venue):
    key = (await venue.client.fapiPrivatePostListenKey())["listenKey"]
    async with venue.socket(f"/private/ws?listenKey={key}") as opened:
        yield opened


async def told(frames, *, until):
    """Frames up to and with the one that fits."""
    seen = [await frames.next()]
    while not until(seen[-1]):
        seen.append(await frames.next())
    return seen


def is_order(status):
    return lambda frame: frame["e"] == "ORDER_TRADE_UPDATE" and frame["o"]["X"] == status


def is_algo(status):
    return lambda frame: frame["e"] == "ALGO_UPDATE" and frame["o"]["X"] == status


def is_account(frame):
    return frame["e"] == "ACCOUNT_UPDATE"


async def whole_order(frames):
    """All of an order that fills at once, and what it did to the account."""
    return await told(frames, until=is_order("FILLED")) + await told(frames, until=is_account)


async def test_a_market_order_is_told_fill_by_fill_with_position_and_balance_after_each(venue, frames):
    order = await venue.client.create_order(BTC, "market", "buy", 2, params={"newClientOrderId": "many-fills"})
    seen = await whole_order(frames)
    orders = [frame["o"] for frame in seen if frame["e"] == "ORDER_TRADE_UPDATE"]
    accounts = [frame["a"] for frame in seen if is_account(frame)]
    assert [(one["x"], one["X"]) for one in orders[:2]] == [("NEW", "NEW"), ("TRADE", "PARTIALLY_FILLED")]
    assert {one["c"] for one in orders} == {"many-fills"}
    fills = orders[1:]
    assert len(fills) == len(accounts) > 2
    filled, wallet = Decimal(0), Decimal(100_000)
    for fill, account in zip(fills, accounts, strict=True):
        filled += Decimal(fill["l"])
        wallet -= Decimal(fill["n"])
        assert (Decimal(fill["z"]), Decimal(fill["n"])) == (
            filled,
            Decimal(fill["l"]) * Decimal(fill["L"]) * Decimal("0.0005"),
        )
        assert account["m"] == "ORDER"
        assert (account["P"][0]["s"], Decimal(account["P"][0]["pa"])) == ("BTCUSDT", filled)
        assert (account["B"][0]["a"], Decimal(account["B"][0]["wb"])) == ("USDT", wallet)
    assert (filled, fills[-1]["X"], fills[-1]["i"]) == (2, "FILLED", int(order["id"]))
    assert float(fills[-1]["ap"]) == pytest.approx(order["average"])
    assert len({fill["t"] for fill in fills}) == len(fills)


async def test_a_limit_order_rests_fills_in_part_as_maker_and_the_rest_is_canceled(tmp_path):
    touching = candles_file(tmp_path / "touching.csv", [("50000", "50001", "49990", "50000")] * 3, volume="40")
    async with simulated(BTC, replay=touching) as venue:
        await venue.client.load_markets()
        venue.move()
        async with listening_to(venue) as frames:
            order = await venue.client.create_order(BTC, "limit", "buy", 30, 49990, {"timeInForce": "GTX"})
            assert (await frames.next())["o"]["X"] == "NEW"
            venue.move(lambda tick: tick.price == 49990)
            fill, account = (await frames.next())["o"], (await frames.next())["a"]
            assert (fill["x"], fill["X"], fill["m"], fill["f"]) == ("TRADE", "PARTIALLY_FILLED", True, "GTX")
            assert (fill["L"], fill["z"], account["P"][0]["pa"]) == ("49990", fill["l"], fill["l"])
            assert Decimal(fill["n"]) == Decimal(fill["l"]) * 49990 * Decimal("0.0002")
            await venue.client.cancel_order(order["id"], BTC)
            last = (await frames.next())["o"]
            assert (last["x"], last["X"], last["z"], last["l"]) == ("CANCELED", "CANCELED", fill["z"], "0")


async def test_an_amendment_is_told_as_one(venue, frames):
    price = float(venue.last()) * 0.97
    order = await venue.client.create_order(BTC, "limit", "buy", 0.1, price)
    await frames.next()
    await venue.client.edit_order(order["id"], BTC, "limit", "buy", 0.2, price)
    amended = (await frames.next())["o"]
    assert (amended["x"], amended["X"], amended["q"], amended["i"]) == ("AMENDMENT", "NEW", "0.2", int(order["id"]))


async def test_what_an_immediate_order_could_not_get_expires(venue, frames):
    book = venue.exchange.book(BTC, 1)
    price, size = book.asks[0]
    await venue.client.create_order(BTC, "limit", "buy", float(size + 1), float(price), {"timeInForce": "IOC"})
    last = (await told(frames, until=is_order("EXPIRED")))[-1]["o"]
    assert (last["x"], Decimal(last["z"])) == ("EXPIRED", size)


async def test_a_stop_fires_becomes_an_order_and_leaves_the_account_flat(venue, frames):
    await venue.client.create_order(BTC, "market", "buy", 0.5)
    await whole_order(frames)
    trigger = venue.last() * Decimal("0.9995")
    stop = await venue.client.create_order(
        BTC, "market", "sell", 0.5, params={"stopLossPrice": float(trigger), "reduceOnly": True, "clientAlgoId": "stop"}
    )
    placed = (await told(frames, until=is_algo("NEW")))[-1]["o"]
    assert (placed["aid"], placed["caid"], placed["o"], placed["ai"]) == (int(stop["id"]), "stop", "STOP_MARKET", "")
    venue.move(lambda tick: tick.price < trigger)
    seen = await told(frames, until=is_algo("FINISHED"))
    kinds = [(frame["e"], frame["o"]["X"]) for frame in seen if not is_account(frame)]
    assert kinds[:3] == [("ALGO_UPDATE", "TRIGGERING"), ("ORDER_TRADE_UPDATE", "NEW"), ("ALGO_UPDATE", "TRIGGERED")]
    assert kinds[-2:] == [("ORDER_TRADE_UPDATE", "FILLED"), ("ALGO_UPDATE", "FINISHED")]
    fired = next(frame["o"] for frame in seen if frame["e"] == "ORDER_TRADE_UPDATE")
    assert (fired["c"], fired["o"], fired["ot"], fired["R"]) == ("stop", "MARKET", "STOP_MARKET", True)
    finished = seen[-1]["o"]
    assert (finished["ai"], finished["act"], Decimal(finished["aq"])) == (str(fired["i"]), "MARKET", Decimal("0.5"))
    last = (await told(frames, until=is_account))[-1]["a"]
    assert (last["P"][0]["pa"], Decimal(last["P"][0]["ep"])) == ("0.000", 0)
    realized = sum(each.realized for each in venue.exchange.executions("main"))
    assert Decimal(last["P"][0]["cr"]) == realized < 0


async def test_a_canceled_stop_is_told_by_the_algo_service_only(venue, frames):
    stop = await venue.client.create_order(
        BTC, "market", "sell", 0.1, params={"stopLossPrice": float(venue.last()) * 0.9}
    )
    await venue.client.cancel_order(stop["id"], BTC, {"trigger": True})
    await venue.client.create_order(ETH, "limit", "buy", 1, float(venue.last(ETH)) * 0.97)
    seen = await told(frames, until=is_order("NEW"))
    assert [(frame["e"], frame["o"]["X"]) for frame in seen] == [
        ("ALGO_UPDATE", "NEW"),
        ("ALGO_UPDATE", "CANCELED"),
        ("ORDER_TRADE_UPDATE", "NEW"),
    ]


async def test_settings_and_money_from_elsewhere_are_told(venue, frames):
    await venue.client.set_leverage(5, ETH)
    changed = await frames.next()
    assert (changed["e"], changed["ac"]) == ("ACCOUNT_CONFIG_UPDATE", {"s": "ETHUSDT", "l": 5})
    await venue.client.set_margin_mode("isolated", ETH)
    changed = (await frames.next())["a"]
    assert (changed["m"], changed["P"][0]["mt"]) == ("MARGIN_TYPE_CHANGE", "isolated")
    venue.exchange.treasury.deposit("main", {"USDT": Decimal(50)})
    came = (await frames.next())["a"]
    assert (came["m"], came["B"][0]["bc"], came["B"][0]["wb"]) == ("DEPOSIT", "50.00000000", "100050.00000000")
    await venue.client.create_order(BTC, "market", "buy", 0.1)
    await whole_order(frames)
    venue.exchange.treasury.fund(Decimal("0.001"))
    paid = (await frames.next())["a"]
    assert (paid["m"], Decimal(paid["B"][0]["bc"])) == (
        "FUNDING_FEE",
        -venue.last() * Decimal("0.1") * Decimal("0.001"),
    )


async def test_a_liquidation_carries_the_venues_mark(tmp_path):
    falling = candles_file(
        tmp_path / "falling.csv", [("50000", "50001", "49999", "50000"), ("50000", "50000", "45000", "45000")]
    )
    async with simulated(BTC, replay=falling, balance=1_000) as venue:
        await venue.client.load_markets()
        venue.move()
        await venue.client.create_order(BTC, "market", "buy", 0.3)
        async with listening_to(venue) as frames:
            venue.move(lambda tick: tick.price == 45000)
            seen = await whole_order(frames)
    orders = [frame["o"] for frame in seen if not is_account(frame)]
    assert {one["c"] for one in orders} == {"autoclose-2"}
    assert [one["x"] for one in orders[:2]] == ["NEW", "CALCULATED"]
    assert (orders[-1]["X"], seen[-1]["a"]["P"][0]["pa"]) == ("FILLED", "0.000")


# The listen key


async def test_an_account_has_one_key_that_lasts_an_hour_from_its_last_renewal(venue):
    client = venue.client
    key = (await client.fapiPrivatePostListenKey())["listenKey"]
    venue.wall.ahead_ms = listenkeys.VALID_MS - 5_000
    assert (await client.fapiPrivatePutListenKey())["listenKey"] == key
    venue.wall.ahead_ms *= 2
    assert (await client.fapiPrivatePostListenKey())["listenKey"] == key
    venue.wall.ahead_ms += listenkeys.VALID_MS + 5_000
    assert (await client.fapiPrivatePostListenKey())["listenKey"] != key


async def test_an_expired_key_is_told_once_and_the_stream_is_silent_after_it(venue, frames):
    venue.wall.ahead_ms = listenkeys.VALID_MS
    venue.client.options["timeDifference"] = -listenkeys.VALID_MS
    await venue.client.create_order(BTC, "limit", "buy", 0.1, float(venue.last()) * 0.97)
    assert (await frames.next())["e"] == "listenKeyExpired"
    await venue.client.create_order(BTC, "limit", "buy", 0.1, float(venue.last()) * 0.97)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await frames.next()


async def test_a_renewed_key_keeps_the_stream_alive(venue, frames):
    venue.wall.ahead_ms = listenkeys.VALID_MS - 5_000
    await venue.client.fapiPrivatePutListenKey()
    venue.wall.ahead_ms += 60_000
    venue.client.options["timeDifference"] = -venue.wall.ahead_ms
    await venue.client.create_order(BTC, "limit", "buy", 0.1, float(venue.last()) * 0.97)
    assert (await frames.next())["o"]["X"] == "NEW"


async def test_an_ended_key_opens_nothing(venue):
    key = (await venue.client.fapiPrivatePostListenKey())["listenKey"]
    await venue.client.fapiPrivateDeleteListenKey()
    with pytest.raises(Exception, match="404"):
        async with venue.socket(f"/private/ws?listenKey={key}"):
            pass


# Through ccxt


async def test_ccxt_watches_orders_fills_positions_and_balance(venue):
    client, now = venue.client, venue.wall.now_ms()
    watches = (client.watch_orders(BTC), client.watch_my_trades(BTC), client.watch_balance())
    assert await client.watch_positions([BTC]) == []  # first comes the snapshot
    watching = asyncio.gather(*watches, client.watch_positions([BTC]))
    await asyncio.sleep(0.05)
    placed = await client.create_order(BTC, "market", "buy", 0.01)
    orders, trades, balance, positions = await asyncio.wait_for(watching, 3)
    validate(client, "order", orders[-1], BTC, now)
    assert orders[-1]["id"] == placed["id"]
    validate(client, "trade", trades[-1], BTC, now, False)
    assert trades[-1]["order"] == placed["id"]
    assert (positions[0]["symbol"], positions[0]["side"]) == (BTC, "long")
    assert balance["USDT"]["total"] == pytest.approx(100_000 - placed["cost"] * 0.0005)
