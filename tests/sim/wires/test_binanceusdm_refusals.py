"""What Binance refuses, it refuses here: the same code, as ccxt reports it, and nothing has changed.

ccxt picks some classes by the venue's https address, which a rerouted client does not have: those are ExchangeError
here (-2019 and -2022 among them). The code is what tells.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode

import ccxt
import pytest
from sim.wires.binance_kit import BTC, connected, simulated

from twinstar.sim.wires.binance_common import limits
from twinstar.sim.wires.binanceusdm.limits import WEIGHT_A_MINUTE


@pytest.fixture
async def venue():
    async with simulated(balance=1_000) as made:
        await made.client.load_markets()
        yield made


def order(**values):
    return {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.010", **values}


def resting(venue, share="0.98", **values):
    price = venue.client.price_to_precision(BTC, float(venue.last()) * float(share))
    return order(type="LIMIT", timeInForce="GTC", price=price, **values)


def stop(venue, share="0.9", **values):
    price = venue.client.price_to_precision(BTC, float(venue.last()) * float(share))
    stop_order = order(side="SELL", type="STOP_MARKET", triggerPrice=price, algoType="CONDITIONAL")
    return {**stop_order, **values}


def post_order(make):
    return lambda venue: venue.client.fapiPrivatePostOrder(make(venue))


def post_algo(make):
    return lambda venue: venue.client.fapiPrivatePostAlgoOrder(make(venue))


ORDERS = {
    "an unknown symbol": (post_order(lambda _: order(symbol="LUNAUSDT")), ccxt.BadSymbol, -1121),
    "an unknown type": (post_order(lambda _: order(type="ICEBERG")), ccxt.BadRequest, -1116),
    "an unknown side": (post_order(lambda _: order(side="UP")), ccxt.BadRequest, -1117),
    "no quantity": (post_order(lambda _: order(quantity="")), ccxt.BadRequest, -1102),
    "a quantity that is no number": (post_order(lambda _: order(quantity="ten")), ccxt.BadRequest, -1100),
    "too fine a quantity": (post_order(lambda _: order(quantity="0.0101")), ccxt.BadRequest, -1111),
    "a quantity of nothing": (post_order(lambda _: order(quantity="0")), ccxt.BadRequest, -4003),
    "too large a quantity": (post_order(lambda _: order(quantity="120.001")), ccxt.BadRequest, -4005),
    "a price off the tick": (post_order(lambda v: resting(v) | {"price": "58000.05"}), ccxt.BadRequest, -4014),
    "a price far above the market": (post_order(lambda v: resting(v, "1.06")), ccxt.BadRequest, -4016),
    "a price far below the market": (post_order(lambda v: resting(v, "0.9", side="SELL")), ccxt.BadRequest, -4024),
    "too little worth": (post_order(lambda v: resting(v, quantity="0.001")), ccxt.ExchangeError, -4164),
    "more than the margin allows": (post_order(lambda _: order(quantity="1")), ccxt.ExchangeError, -2019),
    "reducing nothing": (post_order(lambda _: order(reduceOnly="true")), ccxt.ExchangeError, -2022),
    "a post-only order that takes": (
        post_order(lambda v: resting(v, "1.001") | {"timeInForce": "GTX"}),
        ccxt.InvalidOrder,
        -5022,
    ),
    "a client id with spaces": (post_order(lambda _: order(newClientOrderId="a b")), ccxt.BadRequest, -1100),
    "a client id that is too long": (post_order(lambda _: order(newClientOrderId="a" * 37)), ccxt.BadRequest, -4015),
    "hedge mode": (post_order(lambda _: order(positionSide="LONG")), ccxt.OperationRejected, -4061),
    "a stop among the plain orders": (
        post_order(lambda _: order(type="STOP_MARKET", stopPrice="50000")),
        ccxt.ExchangeError,
        -4120,
    ),
    "a stop that would fire at once": (post_algo(lambda v: stop(v, "1.01")), ccxt.ExchangeError, -2021),
    "a stop by mark price": (post_algo(lambda v: stop(v, workingType="MARK_PRICE")), ccxt.BadRequest, -1020),
    "a trailing stop": (post_algo(lambda v: stop(v, type="TRAILING_STOP_MARKET")), ccxt.BadRequest, -1020),
    "an algo of another kind": (post_algo(lambda v: stop(v, algoType="VP")), ccxt.BadRequest, -1130),
    "cancelling an unknown order": (lambda v: v.client.cancel_order("77", BTC), ccxt.OrderNotFound, -2011),
    "cancelling an unknown stop": (
        lambda v: v.client.cancel_order("77", BTC, {"trigger": True}),
        ccxt.OrderNotFound,
        -2011,
    ),
    "querying an unknown order": (lambda v: v.client.fetch_order("77", BTC), ccxt.OrderNotFound, -2013),
    "querying nothing in particular": (
        lambda v: v.client.fapiPrivateGetOrder({"symbol": "BTCUSDT"}),
        ccxt.BadRequest,
        -1102,
    ),
    "too much leverage": (
        lambda v: v.client.fapiPrivatePostLeverage({"symbol": "BTCUSDT", "leverage": 126}),
        ccxt.BadRequest,
        -4028,
    ),
    "the position mode it is in": (lambda v: v.client.set_position_mode(False), ccxt.OperationRejected, -4059),
    "hedge mode as such": (lambda v: v.client.set_position_mode(True), ccxt.BadRequest, -1020),
    "the margin mode it is in": (
        lambda v: v.client.fapiPrivatePostMarginType({"symbol": "BTCUSDT", "marginType": "CROSSED"}),
        ccxt.MarginModeAlreadySet,
        -4046,
    ),
    "an unknown interval": (
        lambda v: v.client.fapiPublicGetKlines({"symbol": "BTCUSDT", "interval": "7m"}),
        ccxt.BadRequest,
        -1120,
    ),
    "candles that end before they start": (
        lambda v: v.client.fapiPublicGetKlines({"symbol": "BTCUSDT", "interval": "1m", "startTime": 2, "endTime": 1}),
        ccxt.ExchangeError,
        -1023,
    ),
    "an odd depth": (lambda v: v.client.fetch_order_book(BTC, 7), ccxt.BadRequest, -4021),
    "renewing a listen key that is not": (
        lambda v: v.client.fapiPrivatePutListenKey(),
        ccxt.AuthenticationError,
        -1125,
    ),
}


@pytest.mark.parametrize("case", ORDERS)
async def test_the_venue_says_no_to(venue, case):
    action, error, code = ORDERS[case]
    with pytest.raises(error) as refused:
        await action(venue)
    assert code_in(refused) == code
    assert type(refused.value) is error
    assert not venue.exchange.orders("main")


async def test_a_client_id_in_use_is_refused_and_free_again_when_its_order_is_over(venue):
    first = await venue.client.fapiPrivatePostOrder(resting(venue, newClientOrderId="same"))
    with pytest.raises(ccxt.ExchangeError) as refused:
        await venue.client.fapiPrivatePostOrder(resting(venue, newClientOrderId="same"))
    assert code_in(refused) == -4116
    await venue.client.cancel_order(first["orderId"], BTC)
    await venue.client.fapiPrivatePostOrder(resting(venue, newClientOrderId="same"))


async def test_an_order_that_is_over_is_neither_canceled_nor_amended(venue):
    done = await venue.client.create_order(BTC, "market", "buy", 0.01)
    with pytest.raises(ccxt.OrderNotFound) as refused:
        await venue.client.cancel_order(done["id"], BTC)
    assert code_in(refused) == -2011
    with pytest.raises(ccxt.ExchangeError) as refused:
        await venue.client.edit_order(done["id"], BTC, "limit", "buy", 0.02, float(venue.last()))
    assert code_in(refused) == -5025


async def test_an_amendment_that_changes_nothing_is_refused(venue):
    placed = await venue.client.fapiPrivatePostOrder(resting(venue))
    with pytest.raises(ccxt.ExchangeError) as refused:
        await venue.client.edit_order(placed["orderId"], BTC, "limit", "buy", 0.01, float(placed["price"]))
    assert code_in(refused) == -5027


@pytest.mark.parametrize(("held", "code"), [("position", -4048), ("order", -4047)])
async def test_the_margin_mode_stays_while_something_hangs_on_it(venue, held, code):
    await venue.client.fapiPrivatePostOrder(order() if held == "position" else resting(venue))
    with pytest.raises(ccxt.OperationRejected) as refused:
        await venue.client.set_margin_mode("isolated", BTC)
    assert code_in(refused) == code


async def test_a_fired_stop_cannot_be_canceled_as_a_stop_any_more(venue):
    await venue.client.create_order(BTC, "market", "buy", 0.01)
    placed = await venue.client.fapiPrivatePostAlgoOrder(stop(venue, "0.9995"))
    venue.move(lambda tick: tick.price < venue.exchange.order("main", order_id=2).request.trigger_price)
    with pytest.raises(ccxt.OrderNotFound) as refused:
        await venue.client.cancel_order(placed["algoId"], BTC, {"trigger": True})
    assert code_in(refused) == -2011


async def test_no_more_stops_than_the_filter_says(venue):
    for _ in range(10):
        await venue.client.fapiPrivatePostAlgoOrder(stop(venue))
    with pytest.raises(ccxt.OperationRejected) as refused:
        await venue.client.fapiPrivatePostAlgoOrder(stop(venue))
    assert code_in(refused) == -4045


# Credentials, time and limits


@pytest.mark.parametrize(
    ("keys", "code"),
    [({"apiKey": "stranger"}, -2015), ({"apiKey": "not ascii: é"}, -2014), ({"secret": "guessed"}, -1022)],
)
async def test_wrong_credentials_are_refused(venue, keys, code):
    client = connected(venue.port, **keys)
    try:
        with pytest.raises(ccxt.AuthenticationError) as refused:
            await client.fapiPrivateV3GetAccount()
        assert code_in(refused) == code
    finally:
        await client.close()


@pytest.mark.parametrize("ahead_ms", [-20_000, 2_000])
async def test_a_clock_that_is_off_is_refused(venue, ahead_ms):
    venue.client.options["timeDifference"] = -ahead_ms
    with pytest.raises(ccxt.InvalidNonce) as refused:
        await venue.client.fetch_balance()
    assert code_in(refused) == -1021


async def test_over_the_weight_is_429_and_insisting_418(venue):
    venue.wall.ahead_ms = 60_000 - venue.wall.now_ms() % 60_000  # a fresh minute
    for _ in range(WEIGHT_A_MINUTE // 40):
        status, _, _ = await venue.raw("GET", "/fapi/v1/ticker/24hr")
        assert status == 200
    for _ in range(limits.PATIENCE):
        status, answer, headers = await venue.raw("GET", "/fapi/v1/time")
        assert (status, answer["code"]) == (429, -1003)
        assert 0 < int(headers["Retry-After"]) <= 60
    status, answer, headers = await venue.raw("GET", "/fapi/v1/time")
    assert (status, answer["code"], headers["Retry-After"]) == (418, -1003, "121")
    with pytest.raises(ccxt.DDoSProtection):
        await venue.client.fetch_time()


async def test_an_unknown_path_is_404(venue):
    status, answer, _ = await venue.raw("GET", "/fapi/v1/algoOrders")
    assert (status, answer) == (404, {"code": -5000, "msg": "Path /fapi/v1/algoOrders, Method GET is invalid"})


@pytest.mark.parametrize("noise", ["%", "a=%zz&b", "symbol=%00", "=&=&=", "timestamp=99999999999999999999999", "&&&"])
async def test_noise_is_answered_in_good_order(venue, noise):
    for path in ("/fapi/v1/klines", "/fapi/v1/order", "/fapi/v1/depth"):
        status, answer, _ = await venue.raw("GET", f"{path}?{noise}&{urlencode({'x': 1})}")
        assert status in (400, 401)
        assert answer["code"] < 0


def code_in(refused) -> int:
    found = re.search(r'"code":(-?\d+)', str(refused.value))
    assert found, refused.value
    return int(found[1])
