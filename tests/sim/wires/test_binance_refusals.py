"""What Binance spot refuses, with its code and words; a refused request changes nothing."""

from __future__ import annotations

import pytest
from sim.wires.spot_kit import BTC, simulated

BUY = {"symbol": "BTCUSDT", "side": "BUY"}
LIMIT = {**BUY, "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "30000"}
MARKET = {**BUY, "type": "MARKET", "quantity": "0.01"}
STOP = {**BUY, "type": "STOP_LOSS", "quantity": "0.001", "stopPrice": "90000"}

REFUSED = {
    "unknown market": (LIMIT | {"symbol": "NOPE"}, -1121, "Invalid symbol."),
    "unknown side": (LIMIT | {"side": "LONG"}, -1117, "Invalid side."),
    "unknown type": (LIMIT | {"type": "STOP"}, -1116, "Invalid orderType."),
    "unknown force": (LIMIT | {"timeInForce": "GTX"}, -1115, "Invalid timeInForce."),
    "price off the tick": (LIMIT | {"price": "30000.001"}, -1013, "Filter failure: PRICE_FILTER"),
    "price far away": (LIMIT | {"price": "999999"}, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
    "price above the largest": (LIMIT | {"price": "1000001"}, -1013, "Filter failure: PRICE_FILTER"),
    "quantity off the lot": (LIMIT | {"quantity": "0.0100001"}, -1013, "Filter failure: LOT_SIZE"),
    "quantity of nothing": (LIMIT | {"quantity": "0"}, -1013, "Invalid quantity."),
    "quantity above the largest": (LIMIT | {"quantity": "9001"}, -1013, "Filter failure: LOT_SIZE"),
    "market order too large": (MARKET | {"quantity": "91"}, -1013, "Filter failure: MARKET_LOT_SIZE"),
    "worth too little": (LIMIT | {"quantity": "0.00001"}, -1013, "Filter failure: NOTIONAL"),
    "market order worth too little": (MARKET | {"quantity": "0.00001"}, -1013, "Filter failure: NOTIONAL"),
    "too dear": (MARKET | {"quantity": "10"}, -2010, "Account has insufficient balance for requested action."),
    "nothing to sell": (MARKET | {"side": "SELL"}, -2010, "Account has insufficient balance for requested action."),
    "stop already reached": (STOP | {"stopPrice": "20000"}, -2010, "Stop price would trigger immediately."),
    "price of a market order": (MARKET | {"price": "1"}, -1106, "Parameter 'price' sent when not required."),
    "force of a market order": (
        MARKET | {"timeInForce": "GTC"},
        -1106,
        "Parameter 'timeinforce' sent when",
    ),
    "cost and quantity": (MARKET | {"quoteOrderQty": "9"}, -1106, "Parameter 'quoteorderqty' sent when not required."),
    "client id of other letters": (LIMIT | {"newClientOrderId": "a b"}, -1100, "Illegal characters found"),
    "iceberg": (LIMIT | {"icebergQty": "0.001"}, -1020, "This operation is not supported."),
    "unknown answer": (LIMIT | {"newOrderRespType": "ALL"}, -1136, "Invalid newOrderRespType."),
}


@pytest.fixture
async def venue():
    async with simulated(BTC, history=2) as made:
        yield made


@pytest.mark.parametrize(("params", "code", "words"), REFUSED.values(), ids=REFUSED)
async def test_an_order_that_breaks_a_rule_is_refused_in_the_venues_words(venue, params, code, words):
    status, answer = await venue.raw("POST", "/api/v3/order", **params)
    assert (status, answer["code"]) == (400, code)
    assert answer["msg"].startswith(words)
    assert venue.exchange.orders("main") == []
    assert venue.held("USDT") == (100_000, 0)


@pytest.mark.parametrize(
    ("method", "path", "params", "code"),
    [
        ("GET", "order", {"orderId": 99}, -2013),
        ("GET", "order", {}, -1102),
        ("DELETE", "order", {"origClientOrderId": "never"}, -2011),
        ("DELETE", "openOrders", {}, -2011),
        ("GET", "myTrades", {"symbol": ""}, -1102),
        ("GET", "klines", {"interval": "7m"}, -1120),
        ("GET", "nothing", {}, -5000),
    ],
)
async def test_a_question_about_nothing_is_refused(venue, method, path, params, code):
    _, answer = await venue.raw(method, f"/api/v3/{path}", **{"symbol": "BTCUSDT", **params})
    assert answer["code"] == code


async def test_an_id_in_use_is_refused_and_free_again_once_the_order_is_over():
    async with simulated(BTC, history=2) as venue:
        first = LIMIT | {"newClientOrderId": "mine"}
        await venue.raw("POST", "/api/v3/order", **first)
        _, answer = await venue.raw("POST", "/api/v3/order", **first)
        assert (answer["code"], answer["msg"]) == (-2010, "Duplicate order sent.")
        await venue.raw("DELETE", "/api/v3/order", symbol="BTCUSDT", origClientOrderId="mine")
        assert (await venue.raw("POST", "/api/v3/order", **first))[0] == 200


async def test_a_sixth_stop_is_too_many():
    async with simulated(BTC, history=2) as venue:
        for _ in range(5):
            assert (await venue.raw("POST", "/api/v3/order", **STOP))[0] == 200
        _, answer = await venue.raw("POST", "/api/v3/order", **STOP)
        assert answer["msg"] == "Filter failure: MAX_NUM_ALGO_ORDERS"
