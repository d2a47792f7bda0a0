"""What BingX will not have, in its own codes and words; and nothing is changed by what it refuses."""

from __future__ import annotations

import re

import aiohttp
import pytest
from sim.wires.bingx_kit import BTC, simulated

from twinstar.sim.wires.bingx import gate, session
from twinstar.sim.wires.bingx.wire import ROUTES

POSITIONS = "/openApi/swap/v2/user/positions"
PLACE = "swap/v2/trade/order"
BUY = {"symbol": "BTC-USDT", "type": "MARKET", "side": "BUY", "positionSide": "BOTH", "quantity": "0.1"}
LIMIT = {**BUY, "type": "LIMIT", "price": "50000"}
STOP = {**BUY, "type": "STOP_MARKET", "side": "SELL", "stopPrice": "50000", "workingType": "CONTRACT_PRICE"}
ONE = {"symbol": "BTC-USDT"}


@pytest.fixture
async def venue():
    async with simulated(history=5) as made:
        made.move()
        yield made


async def refused(venue, method: str, path: str, **params: object) -> int:
    status, answer, _ = await venue.send(method, f"/openApi/{path}", **params)
    assert (status, answer["data"]) == (200, {}), answer
    return answer["code"]


# At the gate


@pytest.mark.parametrize(
    ("changes", "key", "code"),
    [
        ({}, "", 100413),
        ({}, "unknown", 100413),
        ({"signature": ""}, "sim", 100412),
        ({"signature": "00"}, "sim", 100001),
        ({"": "symbol=BTC-USDT"}, "sim", 100421),
        ({"": "timestamp=yesterday"}, "sim", 100421),
        ({"": "timestamp=1600000000000"}, "sim", 100421),
    ],
)
async def test_a_request_that_is_not_signed_as_the_venue_wants_it_is_not_let_in(venue, changes, key, code):
    status, answer, _ = await venue.send("GET", POSITIONS, changes=changes, key=key)
    assert (status, answer["code"], answer["data"]) == (200, code, {})


async def test_the_signature_is_over_what_is_meant_whatever_the_method(venue):
    now = str(venue.wall.now_ms())
    for method, target in (("GET", POSITIONS), ("POST", f"/openApi/{PLACE}"), ("DELETE", f"/openApi/{PLACE}")):
        escaped = {"": f"clientOrderId=a%3Ab&timestamp={now}"}
        good = await venue.send(method, target, clientOrderId="a:b")
        assert good[1]["code"] != 100001
        bad = await venue.send(method, target, changes=escaped, clientOrderId="another")
        assert bad[1]["code"] == 100001


@pytest.mark.parametrize(
    ("window", "ahead_ms", "code"),
    [("5000", 4_900, 0), ("5000", 5_100, 100421), ("5000", -5_100, 100421), ("20000", 19_000, 0), ("x", 0, 100421)],
)
async def test_a_request_is_good_for_its_window(venue, window, ahead_ms, code):
    asked = {"recvWindow": window, "timestamp": str(venue.wall.now_ms() - ahead_ms)}
    content = "&".join(f"{name}={asked[name]}" for name in sorted(asked))
    sign = gate.signature(venue.exchange.account_of("sim"), content)
    _, answer, _ = await venue.send("GET", POSITIONS, changes={"": content, "signature": sign})
    assert answer["code"] == code


async def test_every_private_path_wants_a_signature_and_no_public_one_does(venue):
    for (method, path), route in ROUTES.items():
        _, answer, _ = await venue.send(method, path, changes={"signature": ""}, key="")
        assert (answer["code"] == 100413) is not route.is_public, path


async def test_a_path_that_is_not_there(venue):
    status, answer, _ = await venue.send("GET", "/openApi/swap/v2/nonsense")
    assert (status, answer["code"]) == (404, 100400)


# Over its limits


async def test_who_asks_an_endpoint_for_too_much_is_kept_from_it_for_five_minutes(venue):
    venue.wall.ahead_ms = 1_000 - venue.wall.now_ms() % 1_000
    told = [await venue.send("GET", POSITIONS) for _ in range(6)]
    assert [answer["code"] for _, answer, _ in told] == [0] * 5 + [100410]
    assert [headers["X-RateLimit-Requests-Remain"] for *_, headers in told] == ["4", "3", "2", "1", "0", "0"]
    until_ms = int(re.search(r"after (\d{13})", told[5][1]["msg"])[1])
    assert (await venue.raw("GET", "swap/v3/user/balance"))["code"] == 0, "each has its own"
    venue.wall.ahead_ms += 1_000
    assert (await venue.raw("GET", "swap/v2/user/positions"))["code"] == 100410
    venue.wall.ahead_ms += until_ms - venue.wall.now_ms()
    assert (await venue.raw("GET", "swap/v2/user/positions"))["code"] == 0


# Orders


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"symbol": "NONE-USDT"}, 109425),
        ({"symbol": ""}, 109400),
        ({"side": "LONG"}, 109400),
        ({"positionSide": "LONG"}, 109400),
        ({"type": "TRIGGER_MARKET"}, 109400),
        ({"timeInForce": "DAY"}, 109400),
        ({"quantity": "-1"}, 109400),
        ({"quantity": "0"}, 109400),
        ({"quantity": "1e-05"}, 109400),
        ({"quantity": "0.00015"}, 109400),
        ({"quantity": "0.0001", "price": "100"}, 110425),
        ({"quantity": "1000"}, 101204),
        ({"price": "50000.05"}, 109400),
        ({"price": ""}, 109400),
        ({"reduceOnly": "true"}, 101205),
        ({"reduceOnly": "maybe"}, 109400),
        ({"clientOrderId": "a" * 41}, 109400),
        ({"stopLoss": "{}"}, 109400),
        ({"price": "90000", "timeInForce": "PostOnly"}, 101215),
    ],
)
async def test_an_order_that_is_not_as_it_must_be(venue, changes, code):
    assert await refused(venue, "POST", PLACE, **{**LIMIT, **changes}) == code
    assert venue.exchange.orders("main") == []


async def test_a_name_that_is_taken_in_whatever_case(venue):
    await venue.ok("POST", PLACE, **BUY, clientOrderID="one")
    assert await refused(venue, "POST", PLACE, **LIMIT, clientOrderId="ONE") == 101481


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, 80001),
        ({"orderId": "7"}, 109421),
        ({"orderId": "seven"}, 109400),
        ({"clientOrderId": "none"}, 109421),
        ({"clientOrderId": "stop"}, 109421),
        ({"clientOrderId": "filled"}, 80018),
        ({"clientOrderId": "gone"}, 109421),
        ({"symbol": "ETH-USDT", "clientOrderId": "filled"}, 109421),
        ({"orderId": "1790000000000000003"}, 109421),
    ],
)
async def test_what_cannot_be_canceled(venue, params, code):
    await venue.ok("POST", PLACE, **BUY, clientOrderId="filled")
    await venue.ok("POST", PLACE, **LIMIT, clientOrderId="gone")
    await venue.ok("DELETE", PLACE, **ONE, clientOrderId="gone")
    await venue.ok("POST", PLACE, **STOP, clientOrderId="stop")
    before = venue.exchange.orders("main")
    assert await refused(venue, "DELETE", PLACE, **{**ONE, **params}) == code
    assert venue.exchange.orders("main") == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"side": "BUY"}, 101205),
        ({"workingType": "MARK_PRICE"}, 109400),
        ({"workingType": ""}, 109400),
        ({"stopPrice": ""}, 109400),
        ({"stopPrice": "99999"}, 101400),
        ({"type": "TAKE_PROFIT_MARKET"}, 101400),
        ({"stopGuaranteed": "true"}, 109400),
    ],
)
async def test_a_stop_that_is_not_as_it_must_be(venue, changes, code):
    assert await refused(venue, "POST", PLACE, **STOP) == 101205, "there is no position yet"
    await venue.ok("POST", PLACE, **BUY)
    assert await refused(venue, "POST", PLACE, **{**STOP, **changes}) == code
    assert venue.exchange.orders("main", open_only=True) == []


async def test_an_order_that_cannot_be_canceled_is_not_replaced(venue):
    asked = {**LIMIT, "cancelOrderId": "7", "cancelReplaceMode": "STOP_ON_FAILURE"}
    assert await refused(venue, "POST", "swap/v1/trade/cancelReplace", **asked) == 109421
    assert venue.exchange.orders("main") == []


async def test_settings_that_are_not_possible(venue):
    assert await refused(venue, "POST", "swap/v2/trade/leverage", **ONE, side="BOTH", leverage="1000") == 101414
    assert await refused(venue, "POST", "swap/v2/trade/leverage", **ONE, side="BOTH") == 109400
    assert await refused(venue, "POST", "swap/v2/trade/leverage", **ONE, leverage="2") == 109400
    assert await refused(venue, "POST", "swap/v1/positionSide/dual", dualSidePosition="true") == 101212
    await venue.ok("POST", PLACE, **LIMIT)
    assert await refused(venue, "POST", "swap/v2/trade/marginType", **ONE, marginType="ISOLATED") == 101212


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("swap/v3/quote/klines", {"interval": "7m"}),
        ("swap/v2/quote/depth", {"limit": "7"}),
        ("swap/v2/trade/fillHistory", {"startTs": "1"}),
        ("swap/v2/trade/allFillOrders", {"startTs": "1", "endTs": "2", "tradingUnit": "USD"}),
    ],
)
async def test_a_question_that_is_not_as_it_must_be(venue, path, params):
    assert await refused(venue, "GET", path, **ONE, **params) == 109400


# Over its socket


@pytest.mark.parametrize(
    "said",
    [
        {"dataType": "BTC-USDT@kline_7m"},
        {"dataType": "NONE-USDT@kline_1m"},
        {"dataType": "BTC-USDT@depth7"},
        {"dataType": "BTC-USDT@nonsense"},
        {"dataType": ""},
    ],
)
async def test_a_topic_that_is_not_there(venue, said):
    async with venue.socket() as socket:
        answer = await socket.ask(id="x", reqType="sub", **said)
        assert (answer["id"], answer["code"]) == ("x", 80014)


async def test_what_is_no_request(venue):
    async with venue.socket() as socket:
        for said in ("{", "[]", '{"reqType": "jump"}', "ping"):
            assert (await socket.say(said))["code"] == 100400


async def test_a_topic_is_confirmed_and_given_up_by_its_name(venue):
    async with venue.socket() as socket:
        for req_type in ("sub", "sub", "unsub"):
            answer = await socket.ask(id=req_type, reqType=req_type, dataType="BTC-USDT@trade")
            assert answer == {"id": req_type, "code": 0, "msg": "", "dataType": "", "data": None}
        assert not venue.exchange.is_heard(BTC)


async def test_no_more_topics_than_two_hundred(venue, monkeypatch):
    monkeypatch.setattr(session, "MOST_TOPICS", 1)
    async with venue.socket() as socket:
        assert (await socket.ask(id="a", reqType="sub", dataType="BTC-USDT@trade"))["code"] == 0
        assert (await socket.ask(id="b", reqType="sub", dataType="ETH-USDT@trade"))["code"] == 80403


async def test_a_key_that_is_none_opens_no_stream(venue):
    with pytest.raises(aiohttp.WSServerHandshakeError):
        async with venue.socket("?listenKey=none"):
            pass
