"""What Bitget will not have, in its own codes and words; and nothing is changed by what it refuses."""

from __future__ import annotations

import aiohttp
import pytest
from sim.wires.bitget_kit import ONE, simulated

from twinstar.sim.wires.bitget import session
from twinstar.sim.wires.bitget.wire import ROUTES

ACCOUNTS = "/api/v2/mix/account/accounts?productType=USDT-FUTURES"
PLACE = "mix/order/place-order"
BUY = {**ONE, "marginCoin": "USDT", "marginMode": "crossed", "side": "buy", "orderType": "market", "size": "0.1"}
LIMIT = {**BUY, "orderType": "limit", "price": "50000"}
STOP = {
    **ONE, "marginCoin": "USDT", "planType": "loss_plan", "holdSide": "buy", "size": "0.1", "triggerPrice": "50000",
    "triggerType": "fill_price",
}  # fmt: skip


@pytest.fixture
async def venue():
    async with simulated(history=5) as made:
        made.move()
        yield made


async def refused(venue, path: str, body: dict, *, status: int = 400) -> str:
    got, answer = await venue.raw("POST", path, body)
    assert (got, answer["data"]) == (status, None), answer
    return answer["code"]


# At the gate


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ACCESS-KEY": ""}, "40001"),
        ({"ACCESS-SIGN": ""}, "40002"),
        ({"ACCESS-TIMESTAMP": ""}, "40005"),
        ({"ACCESS-PASSPHRASE": ""}, "40011"),
        ({"ACCESS-KEY": "unknown"}, "40006"),
        ({"ACCESS-PASSPHRASE": "wrong"}, "40012"),
        ({"ACCESS-SIGN": "c2lnbg=="}, "40009"),
        ({"ACCESS-TIMESTAMP": "yesterday"}, "40005"),
        ({"ACCESS-TIMESTAMP": "1600000000000"}, "40008"),
    ],
)
async def test_a_request_that_is_not_signed_as_the_venue_wants_it_is_not_let_in(venue, changes, code):
    status, answer, _ = await venue.send("GET", ACCOUNTS, "", venue.signed("GET", ACCOUNTS, **changes))
    assert (status, answer["code"], answer["data"]) == (400, code, None)


async def test_the_signature_is_over_the_query_and_the_body_as_they_were_sent(venue):
    for target, content in ((ACCOUNTS, ""), (f"/api/v2/{PLACE}", '{"symbol": "BTCUSDT"}')):
        method = "POST" if content else "GET"
        headers = venue.signed(method, target, content)
        assert (await venue.send(method, target, content, headers))[1]["code"] != "40009"
        changed = (target + "T", content) if not content else (target, content.replace("BTC", "ETH"))
        assert (await venue.send(method, *changed, headers))[1]["code"] == "40009"


@pytest.mark.parametrize(("ahead_ms", "code"), [(29_000, "00000"), (31_000, "40008"), (-31_000, "40008")])
async def test_a_request_is_good_for_thirty_seconds(venue, ahead_ms, code):
    headers = venue.signed("GET", ACCOUNTS)
    venue.wall.ahead_ms = ahead_ms
    assert (await venue.send("GET", ACCOUNTS, "", headers))[1]["code"] == code


async def test_every_private_path_wants_a_signature_and_no_public_one_does(venue):
    for (method, path), route in ROUTES.items():
        _, answer, _ = await venue.send(method, path, "{}" if method == "POST" else "", {})
        assert (answer["code"] == "40001") is not route.is_public, path


async def test_a_path_that_is_not_there_and_a_body_that_is_none(venue):
    status, answer = await venue.raw("GET", "mix/nonsense")
    assert (status, answer["code"]) == (404, "40404")
    for content, code in (("{", "40020"), ("7", "40020"), ("[]", "40020"), ("", "40019"), ('{"symbol": {}}', "40020")):
        target = f"/api/v2/{PLACE}"
        _, answer, _ = await venue.send("POST", target, content, venue.signed("POST", target, content))
        assert answer["code"] == code, content


# Over its limits


async def test_an_endpoint_counts_alone_by_the_second_and_tells_what_is_left(venue):
    target = "/api/v2/mix/position/all-position?productType=USDT-FUTURES"
    venue.wall.ahead_ms = 1_000 - venue.wall.now_ms() % 1_000
    told = [await venue.send("GET", target, "", venue.signed("GET", target)) for _ in range(6)]
    assert [status for status, _, _ in told] == [200] * 5 + [429]
    assert (told[0][2]["x-mbx-used-remain-limit"], told[5][1]["code"]) == ("4", "429")
    assert (await venue.send("GET", ACCOUNTS, "", venue.signed("GET", ACCOUNTS)))[0] == 200
    venue.wall.ahead_ms += 1_000
    assert (await venue.send("GET", target, "", venue.signed("GET", target)))[0] == 200


# Orders


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"symbol": "NONEUSDT"}, "40034"),
        ({"productType": ""}, "40019"),
        ({"productType": "FUTURES"}, "40020"),
        ({"marginCoin": "BTC"}, "40020"),
        ({"marginMode": "both"}, "40020"),
        ({"side": "long"}, "40020"),
        ({"orderType": "stop"}, "40020"),
        ({"force": "day"}, "40020"),
        ({"size": "-1"}, "40020"),
        ({"size": "0.00015"}, "40808"),
        ({"size": "0"}, "40017"),
        ({"size": "0.0001", "price": "100"}, "45110"),
        ({"size": "5000"}, "45112"),
        ({"size": "1000"}, "40762"),
        ({"price": "50000.05"}, "45115"),
        ({"price": ""}, "40019"),
        ({"price": "0"}, "40020"),
        ({"reduceOnly": "YES"}, "22002"),
        ({"reduceOnly": "maybe"}, "40020"),
        ({"clientOid": "a b"}, "40305"),
        ({"clientOid": "a" * 65}, "40305"),
        ({"presetStopLossPrice": "40000"}, "40020"),
        ({"stpMode": "cancel_both"}, "40020"),
    ],
)
async def test_an_order_that_is_not_as_it_must_be(venue, changes, code):
    assert await refused(venue, PLACE, {**LIMIT, **changes}) == code
    assert venue.exchange.orders("main") == []


async def test_a_name_that_is_taken_even_by_a_plan(venue):
    await venue.post(PLACE, **BUY, clientOid="one")
    await venue.post("mix/order/place-tpsl-order", **STOP, clientOid="two")
    for name in ("one", "two"):
        assert await refused(venue, PLACE, {**LIMIT, "clientOid": name}) == "40786"
        assert await refused(venue, "mix/order/place-tpsl-order", {**STOP, "clientOid": name}) == "40786"


async def test_a_post_only_order_that_would_take_is_acknowledged_and_ends(venue):
    price = str(venue.last() // 1 + 200)
    ids = await venue.post(PLACE, **{**LIMIT, "price": price, "force": "post_only"})
    order = (await venue.get("mix/order/detail", **ONE, orderId=ids["orderId"]))["data"]
    assert (order["state"], order["baseVolume"], order["cancelReason"]) == ("canceled", "0", "post_only_cancel")


@pytest.mark.parametrize(
    ("path", "changes", "code"),
    [
        ("cancel-order", {}, "40924"),
        ("cancel-order", {"orderId": "7"}, "40768"),
        ("cancel-order", {"orderId": "seven"}, "40768"),
        ("cancel-order", {"clientOid": "filled"}, "22001"),
        ("cancel-order", {"clientOid": "stop"}, "40768"),
        ("modify-order", {"clientOid": "filled"}, "40019"),
        ("modify-order", {"clientOid": "filled", "newClientOid": "filled"}, "40786"),
        ("modify-order", {"clientOid": "filled", "newClientOid": "new", "newSize": "1"}, "40925"),
        ("modify-order", {"clientOid": "filled", "newClientOid": "new", "newSize": "1", "newPrice": "9"}, "22001"),
        ("modify-order", {"clientOid": "rests", "newClientOid": "new", "newSize": "0.1", "newPrice": "50000"}, "40923"),
        ("modify-tpsl-order", {"clientOid": "rests", "size": "1", "triggerPrice": "9"}, "43025"),
        ("modify-tpsl-order", {"clientOid": "gone", "size": "0.1", "triggerPrice": "9"}, "43026"),
        ("modify-tpsl-order", {"clientOid": "stop", "size": "0.1", "triggerPrice": "99999"}, "40917"),
        ("modify-tpsl-order", {"clientOid": "stop", "size": "0.1", "triggerPrice": "9", "executePrice": "8"}, "40020"),
    ],
)
async def test_what_cannot_be_canceled_or_changed(venue, path, changes, code):
    await venue.post(PLACE, **BUY, clientOid="filled")
    await venue.post(PLACE, **LIMIT, clientOid="rests")
    for name in ("stop", "gone"):
        await venue.post("mix/order/place-tpsl-order", **STOP, clientOid=name)
    await venue.post("mix/order/cancel-plan-order", **ONE, planType="loss_plan", orderIdList=[{"clientOid": "gone"}])
    before = venue.exchange.orders("main")
    assert await refused(venue, f"mix/order/{path}", {**ONE, **changes}) == code
    assert venue.exchange.orders("main") == before


async def test_what_was_not_canceled_of_a_list_is_told_beside_what_was(venue):
    await venue.post(PLACE, **BUY)
    await venue.post("mix/order/place-tpsl-order", **STOP, clientOid="stop")
    ids = [{"clientOid": "stop"}, {"clientOid": "none"}]
    told = await venue.post("mix/order/cancel-plan-order", **ONE, orderIdList=ids)
    assert told["successList"] == [], "of normal plans, where no kind is named"
    told = await venue.post("mix/order/cancel-plan-order", **ONE, planType="loss_plan", orderIdList=ids)
    assert [each["clientOid"] for each in told["successList"]] == ["stop"]
    assert told["failureList"] == [{"orderId": "", "clientOid": "none", "errorMsg": "notExistend"}]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"holdSide": "sell"}, "43023"),
        ({"holdSide": "long"}, "40020"),
        ({"planType": "pos_loss"}, "40020"),
        ({"triggerType": "mark_price"}, "40020"),
        ({"triggerPrice": "99999"}, "40917"),
        ({"planType": "profit_plan"}, "40915"),
        ({"rangeRate": "1"}, "40020"),
    ],
)
async def test_a_stop_that_is_not_as_it_must_be(venue, changes, code):
    assert await refused(venue, "mix/order/place-tpsl-order", STOP) == "43023", "there is no position yet"
    await venue.post(PLACE, **BUY)
    assert await refused(venue, "mix/order/place-tpsl-order", {**STOP, **changes}) == code
    assert venue.exchange.orders("main", open_only=True) == []


async def test_settings_that_are_not_possible(venue):
    one = {**ONE, "marginCoin": "USDT"}
    assert await refused(venue, "mix/account/set-leverage", {**one, "leverage": "1000"}) == "43050"
    assert await refused(venue, "mix/account/set-leverage", {**one, "leverage": "2.5"}) == "40020"
    assert await refused(venue, "mix/account/set-position-mode", {**one, "posMode": "hedge_mode"}) == "40920"
    await venue.post(PLACE, **LIMIT)
    assert await refused(venue, "mix/account/set-margin-mode", {**one, "marginMode": "isolated"}) == "45117"


# Over its sockets


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"apiKey": "unknown"}, 30011),
        ({"passphrase": "wrong"}, 30012),
        ({"timestamp": "now"}, 30013),
        ({"timestamp": "1600000000"}, 30014),
        ({"sign": "c2lnbg=="}, 30015),
    ],
)
async def test_whom_it_does_not_let_in_it_cuts_off(venue, changes, code):
    async with venue.socket("private") as socket:
        answer = await socket.ask("login", venue.login(**changes))
        assert (answer["event"], answer["code"]) == ("error", code)
        assert (await socket.message()).type is aiohttp.WSMsgType.CLOSE


@pytest.mark.parametrize(
    ("place", "login", "said", "code"),
    [
        ("public", False, {"instType": "USDT-FUTURES", "channel": "candle7m", "instId": "BTCUSDT"}, 30001),
        ("public", False, {"instType": "USDT-FUTURES", "channel": "candle1m", "instId": "NONEUSDT"}, 30001),
        ("public", False, {"instType": "SPOT", "channel": "candle1m", "instId": "BTCUSDT"}, 30001),
        ("public", False, {"instType": "USDT-FUTURES", "channel": "orders", "instId": "default"}, 30001),
        ("private", False, {"instType": "USDT-FUTURES", "channel": "orders", "instId": "default"}, 30004),
        ("private", True, {"instType": "USDT-FUTURES", "channel": "trade", "instId": "BTCUSDT"}, 30001),
        ("private", True, {"instType": "USDT-FUTURES", "channel": "orders", "instId": "NONEUSDT"}, 30001),
    ],
)
async def test_a_channel_that_is_not_there(venue, place, login, said, code):
    async with venue.socket(place, login=login) as socket:
        answer = await socket.ask("subscribe", said)
        assert (answer["event"], answer["code"]) == ("error", code)


async def test_what_is_no_request(venue):
    async with venue.socket("public") as socket:
        for said, code in (("{", 30002), ("[]", 30002), ('{"op": "jump", "args": []}', 30003)):
            assert (await socket.say(said))["code"] == code
        assert await socket.say("ping") == "pong"


async def test_who_says_too_much_in_a_second_is_cut_off(venue):
    venue.wall.ahead_ms = 1_000 - venue.wall.now_ms() % 1_000
    async with venue.socket("public") as socket:
        told = [await socket.say("ping") for _ in range(session.MESSAGES)]
        assert told == ["pong"] * session.MESSAGES
        assert (await socket.say("ping"))["code"] == 30007
        assert (await socket.message()).type is aiohttp.WSMsgType.CLOSE


async def test_who_does_not_ping_is_cut_off(venue, monkeypatch):
    monkeypatch.setattr(session, "IDLE_MS", 200)
    async with venue.socket("public") as socket:
        assert (await socket.message()).type is aiohttp.WSMsgType.CLOSE
