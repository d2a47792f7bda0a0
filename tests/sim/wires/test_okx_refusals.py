"""What OKX will not have, in its own codes and words; and nothing is changed by what it refuses."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from sim.wires.kit import BTC, ETH
from sim.wires.okx_kit import SWAP, simulated

from twinstar.sim.wires.okx import session

BALANCE = "/api/v5/account/balance"
BUY = {"instId": SWAP, "tdMode": "cross", "side": "buy", "ordType": "market", "sz": "1"}
LIMIT = {**BUY, "ordType": "limit", "px": "50000"}
STOP = {**BUY, "side": "sell", "ordType": "conditional", "slTriggerPx": "50000", "slOrdPx": "-1", "reduceOnly": True}


@pytest.fixture
async def venue():
    async with simulated() as made:
        made.move()
        yield made


# At the gate


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"OK-ACCESS-KEY": ""}, "50103"),
        ({"OK-ACCESS-PASSPHRASE": ""}, "50104"),
        ({"OK-ACCESS-SIGN": ""}, "50106"),
        ({"OK-ACCESS-TIMESTAMP": ""}, "50107"),
        ({"OK-ACCESS-KEY": "unknown"}, "50111"),
        ({"OK-ACCESS-PASSPHRASE": "wrong"}, "50105"),
        ({"OK-ACCESS-SIGN": "c2lnbg=="}, "50113"),
        ({"OK-ACCESS-TIMESTAMP": "yesterday"}, "50112"),
        ({"OK-ACCESS-TIMESTAMP": "2020-12-08T09:08:57.715Z"}, "50102"),
    ],
)
async def test_a_request_that_is_not_signed_as_the_venue_wants_it_is_not_let_in(venue, changes, code):
    status, answer = await venue.send("GET", BALANCE, "", venue.signed("GET", BALANCE, **changes))
    assert (status, answer["code"], answer["data"]) == (401, code, [])


async def test_the_signature_is_over_the_query_and_the_body_as_they_were_sent(venue):
    for target, content in ((f"{BALANCE}?ccy=USDT", ""), ("/api/v5/trade/order", '{"instId": "BTC-USDT-SWAP"}')):
        method = "POST" if content else "GET"
        headers = venue.signed(method, target, content)
        _, answer = await venue.send(method, target, content, headers)
        assert answer["code"] != "50113"
        changed = (target + "T", content) if not content else (target, content.replace("BTC", "ETH"))
        status, answer = await venue.send(method, *changed, headers)
        assert (status, answer["code"]) == (401, "50113")


@pytest.mark.parametrize("ahead_s", [-31, 31])
async def test_a_request_is_good_for_thirty_seconds(venue, ahead_s):
    headers = venue.signed("GET", BALANCE)
    venue.wall.ahead_ms = 29_000
    assert (await venue.send("GET", BALANCE, "", headers))[0] == 200
    venue.wall.ahead_ms = ahead_s * 1_000
    assert (await venue.send("GET", BALANCE, "", headers))[1]["code"] == "50102"


async def test_a_path_that_is_not_there_and_a_body_that_is_no_json(venue):
    assert (await venue.raw("GET", "account/nonsense"))[0] == 404
    for content, code in (("", "50000"), ("{", "50002"), ("[]", "50000"), ("7", "50002"), ('{"instId": {}}', "51000")):
        target = "/api/v5/trade/order"
        status, answer = await venue.send("POST", target, content, venue.signed("POST", target, content))
        assert (status, answer["code"]) == (400, code)


# Limits


@pytest.fixture
def moment(venue, monkeypatch):
    """The wall clock stands, so that however slow this machine is, all is within one window; a test may turn it."""
    at = [venue.wall.now_ms()]
    monkeypatch.setattr(venue.wall, "now_ms", lambda: at[0])
    return at


async def test_each_endpoint_counts_alone(venue, moment):
    for _ in range(10):
        assert (await venue.raw("GET", "account/balance"))[0] == 200
    status, answer = await venue.raw("GET", "account/balance")
    assert (status, answer["code"], answer["msg"]) == (429, "50011", "Too Many Requests")
    assert (await venue.raw("GET", "account/positions"))[0] == 200
    moment[0] += 2_000
    assert (await venue.raw("GET", "account/balance"))[0] == 200


async def test_orders_count_by_instrument(venue, moment):
    for _ in range(60):
        await venue.raw("POST", "trade/cancel-order", {"instId": SWAP, "ordId": "1"})
    status, answer = await venue.raw("POST", "trade/cancel-order", {"instId": SWAP, "ordId": "1"})
    assert (status, answer["code"]) == (429, "50011")
    status, _ = await venue.raw("POST", "trade/cancel-order", {"instId": "ETH-USDT-SWAP", "ordId": "1"})
    assert status == 200


async def test_an_account_has_a_limit_of_orders_over_all_its_instruments(venue, moment, monkeypatch):
    monkeypatch.setattr("twinstar.sim.wires.okx.limits.ORDERS_OF_ACCOUNT", 3)
    for instrument in (SWAP, "ETH-USDT-SWAP", SWAP):
        assert (await venue.raw("POST", "trade/order", {**BUY, "instId": instrument}))[0] == 200
    status, answer = await venue.raw("POST", "trade/order", BUY)
    assert (status, answer["code"]) == (429, "50061")


# Orders


async def refused(venue, path: str, body) -> tuple[str, str]:
    """The code of the answer and that of its row."""
    before = venue.exchange.orders("main")
    _, answer = await venue.raw("POST", f"trade/{path}", body)
    assert venue.exchange.orders("main") == before
    (row,) = answer["data"]
    return answer["code"], row["sCode"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"instId": "XRP-USDT-SWAP"}, "51001"),
        ({"side": "up"}, "51000"),
        ({"ordType": "magic"}, "51000"),
        ({"tdMode": "cash"}, "51000"),
        ({"posSide": "long"}, "51000"),
        ({"px": "0"}, "51000"),
        ({"px": "-5"}, "51000"),
        ({"px": "NaN"}, "51000"),
        ({"px": "50000.05"}, "51006"),
        ({"sz": "0"}, "51000"),
        ({"sz": "0.001"}, "51121"),
        ({"sz": "200000000"}, "51203"),
        ({"ordType": "market", "sz": "20000"}, "51202"),
        ({"sz": "10000"}, "51008"),
        ({"reduceOnly": "true"}, "51169"),
        ({"reduceOnly": "perhaps"}, "51000"),
        ({"clOrdId": "with-hyphen"}, "51000"),
        ({"clOrdId": "x" * 33}, "51000"),
        ({"clOrdId": "known"}, "51016"),
    ],
)
async def test_an_order_is_refused_in_its_row(venue, changes, code):
    await venue.raw("POST", "trade/order", {**BUY, "instId": "ETH-USDT-SWAP", "clOrdId": "known"})
    if "reduceOnly" not in changes and changes.get("clOrdId") != "known":
        await venue.raw("POST", "trade/order", BUY)
    assert await refused(venue, "order", {**LIMIT, **changes}) == ("1", code)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tpTriggerPx": "70000", "tpOrdPx": "-1"}, "51000"),
        ({"slTriggerPxType": "mark"}, "51000"),
        ({"ordType": "move_order_stop", "callbackRatio": "0.01"}, "51000"),
        ({"slTriggerPx": "70000"}, "51280"),
        ({"side": "buy"}, "51278"),
        ({"slTriggerPx": "", "tpTriggerPx": "50000", "tpOrdPx": "-1"}, "51279"),
        ({"side": "buy", "slTriggerPx": "", "tpTriggerPx": "70000", "tpOrdPx": "-1"}, "51277"),
        ({"algoClOrdId": "stop1"}, "51065"),
    ],
)
async def test_a_stop_is_refused_in_its_row(venue, changes, code):
    await venue.raw("POST", "trade/order", BUY)
    await venue.raw("POST", "trade/order-algo", {**STOP, "algoClOrdId": "stop1"})
    assert await refused(venue, "order-algo", {**STOP, **changes}) == ("1", code)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("order", {**LIMIT, "instId": ""}),
        ("order", {**LIMIT, "px": ""}),
        ("order-algo", {**STOP, "slTriggerPx": ""}),
        ("order-algo", {**STOP, "slOrdPx": ""}),
    ],
)
async def test_what_is_missing_makes_the_whole_request_wrong(venue, path, body):
    status, answer = await venue.raw("POST", f"trade/{path}", body)
    assert (status, answer["code"], answer["data"]) == (400, "50014", [])


async def test_a_batch_is_answered_row_by_row(venue):
    _, answer = await venue.raw("POST", "trade/batch-orders", [LIMIT, {**LIMIT, "sz": "0.001"}, LIMIT])
    assert (answer["code"], [row["sCode"] for row in answer["data"]]) == ("2", ["0", "51121", "0"])
    rows = [{"instId": SWAP, "ordId": row["ordId"]} for row in answer["data"]]
    _, answer = await venue.raw("POST", "trade/cancel-batch-orders", [rows[0], rows[2]])
    assert answer["code"] == "0"
    _, answer = await venue.raw("POST", "trade/batch-orders", [LIMIT] * 21)
    assert (answer["code"], answer["data"]) == ("51111", [])


async def test_what_is_over_cannot_be_cancelled_or_amended(venue):
    _, answer = await venue.raw("POST", "trade/order", BUY)
    done = {"instId": SWAP, "ordId": answer["data"][0]["ordId"]}
    assert await refused(venue, "cancel-order", done) == ("1", "51400")
    assert await refused(venue, "amend-order", {**done, "newPx": "1"}) == ("1", "51503")
    assert await refused(venue, "amend-order", done) == ("1", "51500")
    assert await refused(venue, "cancel-order", {"instId": SWAP}) == ("1", "51003")
    assert await refused(venue, "cancel-algos", [{"instId": SWAP, "algoId": "7"}]) == ("1", "51400")
    _, answer = await venue.raw("GET", "trade/order", instId=SWAP, clOrdId="nobodys")
    assert (answer["code"], answer["data"]) == ("51603", [])


async def test_settings_that_cannot_be(venue):
    for lever, code in (("101", "59102"), ("0", "59102"), ("2.5", "51000"), ("many", "51000")):
        body = {"instId": SWAP, "lever": lever, "mgnMode": "cross"}
        assert (await venue.raw("POST", "account/set-leverage", body))[1]["code"] == code
    _, answer = await venue.raw("POST", "account/set-position-mode", {"posMode": "long_short_mode"})
    assert answer["code"] == "59000"
    assert {each.leverage for each in venue.exchange.positions("main")} == {20}


# Sockets


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"apiKey": "unknown"}, "60005"),
        ({"passphrase": "wrong"}, "60024"),
        ({"sign": "c2lnbg=="}, "60007"),
        ({"timestamp": "soon"}, "60004"),
        ({"timestamp": "1600000000"}, "60006"),
    ],
)
async def test_a_login_is_refused_and_nothing_private_is_told(venue, changes, code):
    async with venue.socket("private") as frames:
        answer = await frames.ask("login", venue.login(**changes))
        assert (answer["event"], answer["code"]) == ("error", code)
        answer = await frames.ask("subscribe", {"channel": "orders", "instType": "ANY"})
        assert (answer["event"], answer["code"]) == ("error", "60011")
        await venue.raw("POST", "trade/order", BUY)
        assert [frame for frame in await frames.heard() if isinstance(frame, dict) and "data" in frame] == []


@pytest.mark.parametrize(
    ("place", "arg"),
    [
        ("public", {"channel": "nonsense", "instId": SWAP}),
        ("public", {"channel": "trades", "instId": "NONE-USDT-SWAP"}),
        ("public", {"channel": "candle1m", "instId": SWAP}),
        ("public", {"channel": "orders", "instType": "ANY"}),
        ("business", {"channel": "candle7m", "instId": SWAP}),
        ("business", {"channel": "candle1D", "instId": SWAP}),
        ("business", {"channel": "trades", "instId": SWAP}),
        ("private", {"channel": "trades", "instId": SWAP}),
        ("private", {"channel": "orders", "instType": "ALL"}),
    ],
)
async def test_a_channel_that_is_not_there_is_named_in_the_refusal(venue, place, arg):
    async with venue.socket(place, login=place == "private") as frames:
        answer = await frames.ask("subscribe", arg)
        assert (answer["event"], answer["code"]) == ("error", "60018")
        assert arg["channel"] in answer["msg"]


async def test_a_frame_that_cannot_be_read_is_answered_and_the_line_goes_on(venue):
    async with venue.socket("public") as frames:
        for text in ("{", "[]", '{"op": 7}', '{"op": "dance", "args": []}', "\u0000"):
            assert (await frames.say(text))["code"] == "60012"
        assert (await frames.say("ping")) == "pong"
        assert (await frames.ask("login", venue.login()))["code"] == "60008"
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(f"ws://127.0.0.1:{venue.port}/ws.okx.com:443/ws/v5/nowhere")


async def test_a_second_subscription_is_confirmed_and_tells_nothing_twice(venue):
    async with venue.socket("public") as frames:
        for _ in range(2):
            assert (await frames.answer("subscribe", {"channel": "trades", "instId": SWAP}))["event"] == "subscribe"
        venue.move()
        await frames.heard()
        assert len([frame for frame in frames.seen if "data" in frame]) == 1
        await frames.answer("unsubscribe", {"channel": "trades", "instId": SWAP})
        venue.move()
        await frames.heard()
        assert len([frame for frame in frames.seen if "data" in frame]) == 1


async def test_more_requests_an_hour_than_a_connection_has_are_refused(venue, monkeypatch):
    monkeypatch.setattr(session, "ASKED_AN_HOUR", 3)
    async with venue.socket("public") as frames:
        for _ in range(3):
            await frames.answer("unsubscribe", {"channel": "trades", "instId": SWAP})
        assert (await frames.ask("unsubscribe", {"channel": "trades", "instId": SWAP}))["code"] == "60014"
        assert (await frames.say("ping")) == "pong"


async def test_a_silent_connection_is_cut_and_one_that_pings_is_not(venue, monkeypatch):
    monkeypatch.setattr(session, "IDLE_MS", 200)
    async with venue.socket("public") as talking, venue.socket("public") as silent:
        closing = asyncio.ensure_future(silent.message())
        for _ in range(4):
            await asyncio.sleep(0.1)
            assert (await talking.say("ping")) == "pong"
        message = await closing
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, session.NO_DATA)


async def test_only_what_was_asked_for_is_told(venue):
    async with venue.socket("private", login=True) as frames:
        await frames.answer("subscribe", {"channel": "orders", "instType": "SWAP", "instId": SWAP})
        await frames.answer("subscribe", {"channel": "orders", "instType": "SPOT"})
        await venue.raw("POST", "trade/order", {**BUY, "instId": "ETH-USDT-SWAP"})
        await venue.raw("POST", "trade/order", BUY)
        told = [frame for frame in await frames.heard() if isinstance(frame, dict) and "data" in frame]
        assert {(frame["arg"]["instType"], frame["data"][0]["instId"]) for frame in told} == {("SWAP", SWAP)}
        assert {BTC, ETH} == {each.request.symbol for each in venue.exchange.orders("main")}
