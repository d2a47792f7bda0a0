"""What Bybit refuses, in its own words: at its gate, in its parameters, over its limits, and at its matching engine."""

from __future__ import annotations

import pytest
from sim.wires.bybit_kit import ONE, signed, simulated
from sim.wires.kit import MAIN

from twinstar.sim.model import Reason
from twinstar.sim.wires.bybit import errors, limits
from twinstar.sim.wires.bybit.wire import ROUTES

MARKET = {**ONE, "side": "Buy", "orderType": "Market", "qty": "0.1"}
LIMIT = {**MARKET, "orderType": "Limit", "price": "50000"}
CREATE = "/v5/order/create"


@pytest.fixture
async def venue():
    async with simulated() as made:
        yield made


async def refused(
    venue, path: str, params: dict, *, method: str = "POST", status: int = 200, **headers
) -> tuple[int, str]:
    got, answer, _ = await venue.raw(method, path, params, **headers)
    assert got == status, answer
    assert answer["result"] == {}
    assert venue.exchange.orders("main", open_only=True) == []
    return answer["retCode"], answer["retMsg"]


# The gate


async def test_what_is_public_wants_no_key(venue):
    status, answer, headers = await venue.raw(
        "GET", "/v5/market/time", x_bapi_api_key=None, x_bapi_sign=None, x_bapi_timestamp=None
    )
    assert (status, answer["retMsg"]) == (200, "OK")
    assert "X-Bapi-Limit" not in headers


HEADERS = (
    ({"x_bapi_api_key": None}, 10001, 401),
    ({"x_bapi_sign": None}, 10001, 401),
    ({"x_bapi_timestamp": ""}, 10001, 401),
    ({"x_bapi_api_key": "nobody"}, 10003, 200),
    ({"x_bapi_sign": "0" * 64}, 10004, 200),
    ({"x_bapi_sign": "Ã¼"}, 10004, 200),
    ({"x_bapi_recv_window": "50000"}, 10004, 200),
    ({"x_bapi_timestamp": "yesterday"}, 10002, 200),
    ({"x_bapi_recv_window": "-1"}, 10002, 200),
    ({"x_bapi_timestamp": "9" * 40}, 10002, 200),
)


async def test_who_does_not_sign_rightly_is_not_let_in(venue):
    for headers, code, status in HEADERS:
        assert (await refused(venue, CREATE, MARKET, status=status, **headers))[0] == code, headers


async def test_a_request_must_be_dated_within_its_window(venue):
    for off_ms, code in ((-5_500, 10002), (-4_500, 0), (900, 0), (1_500, 10002)):
        sent = signed("", venue.wall.now_ms() + off_ms)
        changed = {name.replace("-", "_"): value for name, value in sent.items()}
        _, answer, _ = await venue.raw("GET", "/v5/user/query-api", **changed)
        assert answer["retCode"] == code, off_ms


async def test_a_wrong_signature_is_answered_with_what_was_signed_the_key_included(venue):
    _, text = await refused(venue, CREATE, MARKET, x_bapi_sign="0" * 64)
    assert text.startswith("error sign! origin_string[")
    assert MAIN.api_key in text
    assert '"qty"' in text


async def test_a_path_that_is_not_is_not_found(venue):
    for path in ("/v5/nothing", "/v5/order/create", "/v3/order"):
        assert (await refused(venue, path, {}, method="GET", status=404))[0] == 10017


# The limits


async def test_an_endpoint_tells_what_is_left_and_refuses_what_is_too_much(venue):
    seen = []
    while not seen or seen[-1][1]["retCode"] == 0:
        seen.append(await venue.raw("POST", "/v5/order/cancel-all", ONE))
        assert len(seen) < 30
    left = [int(headers["X-Bapi-Limit-Status"]) for *_, headers in seen]
    assert (seen[-1][0], seen[-1][1]["retCode"], left[-1]) == (200, 10006, 0)
    assert {headers["X-Bapi-Limit"] for *_, headers in seen} == {"10"}
    assert int(seen[-1][2]["X-Bapi-Limit-Reset-Timestamp"]) >= venue.wall.now_ms() - 1_000
    assert (await venue.get("/v5/order/realtime", **ONE))["list"] == []  # each endpoint counts alone
    venue.wall.ahead_ms += 1_000
    assert await venue.post("/v5/order/cancel-all", **ONE)


async def test_an_address_that_asks_too_often_is_shut_out_for_ten_minutes(venue, monkeypatch):
    monkeypatch.setattr(limits, "ADDRESS", (5_000, 20))
    answers = [await venue.raw("GET", "/v5/market/time") for _ in range(45)]
    assert answers[-1][:2] == (403, "access too frequent")
    assert answers[0][0] == 200
    venue.wall.ahead_ms += limits.BAN_MS - 10_000
    assert (await venue.raw("GET", "/v5/market/time"))[0] == 403
    venue.wall.ahead_ms += 10_000
    assert (await venue.raw("GET", "/v5/market/time"))[0] == 200


# Parameters


def test_there_are_words_for_whatever_the_exchange_refuses():
    assert {*Reason} - errors.REFUSALS.keys() == {Reason.WOULD_TAKE}, "those are accepted, and end at once"


CHANGES = (
    ({"category": "spot"}, "category invalid"),
    ({"category": "nothing"}, "category invalid"),
    ({"category": ""}, "category invalid"),
    ({"symbol": "NOPEUSDT"}, "symbol invalid"),
    ({"side": "buy"}, "side invalid"),
    ({"orderType": "Stop"}, "orderType invalid"),
    ({"qty": ""}, "qty invalid"),
    ({"qty": "1e3"}, "qty invalid"),
    ({"qty": "NaN"}, "qty invalid"),
    ({"qty": "-1"}, "qty invalid"),
    ({"qty": "0"}, "Qty invalid"),
    ({"qty": "0.0001"}, "Qty invalid"),
    ({"qty": "200"}, "too large"),
    ({"price": "50000.05"}, "Price invalid"),
    ({"price": ""}, "price invalid"),
    ({"timeInForce": "DAY"}, "timeInForce invalid"),
    ({"orderLinkId": "x" * 37}, "orderLinkId invalid"),
    ({"orderLinkId": "with space"}, "orderLinkId invalid"),
    ({"reduceOnly": "maybe"}, "reduceOnly invalid"),
    ({"positionIdx": 1}, "positionIdx invalid"),
    ({"triggerPrice": "55000"}, "triggerDirection invalid"),
    ({"triggerPrice": "55000", "triggerDirection": 3}, "triggerDirection invalid"),
    ({"triggerPrice": "55000", "triggerDirection": 2, "triggerBy": "MarkPrice"}, "triggerBy invalid"),
    ({"takeProfit": "70000"}, "takeProfit invalid"),
    ({"stopLoss": "40000"}, "stopLoss invalid"),
)


async def test_a_parameter_that_cannot_be_is_named(venue):
    for changed, words in CHANGES:
        base = MARKET if changed.get("qty") == "200" else LIMIT
        code, text = await refused(venue, CREATE, {**base, **changed})
        assert (code, words in text) == (10001, True), f"{changed}: {text}"
        venue.wall.ahead_ms += 100  # so many a second


async def test_a_body_that_is_no_object_is_no_order(venue):
    for body in ("", "{", "[]", "null", '"text"', "[" * 5000, "ü"):
        status, answer = await venue.post_raw(CREATE, body, signed(body, venue.wall.now_ms()))
        assert (status, answer["retCode"]) == (200, 10001), body


QUESTIONS = (
    ("/v5/market/kline", {**ONE, "interval": "7"}, "Invalid period!"),
    ("/v5/market/kline", {**ONE, "interval": "1", "start": "2", "end": "1"}, "start is greater"),
    ("/v5/market/kline", {**ONE, "interval": "1", "start": "x"}, "start invalid"),
    ("/v5/market/kline", {**ONE, "interval": "1", "limit": "0"}, "limit invalid"),
    ("/v5/market/kline", {"category": "spot", "symbol": "BTCUSDT", "interval": "1"}, "category invalid"),
    ("/v5/order/realtime", {"category": "linear"}, "settleCoin"),
    ("/v5/order/realtime", {**ONE, "cursor": "elsewhere"}, "cursor invalid"),
    ("/v5/order/realtime", {**ONE, "orderFilter": "Oco"}, "orderFilter invalid"),
    ("/v5/position/list", {"category": "linear"}, "settleCoin"),
    ("/v5/account/wallet-balance", {"accountType": "SPOT"}, "UNIFIED"),
    ("/v5/account/transaction-log", {**ONE, "startTime": "0", "endTime": "9999999999"}, "7 days"),
)


async def test_a_question_that_cannot_be_is_refused(venue):
    for path, params, words in QUESTIONS:
        code, text = await refused(venue, path, params, method="GET")
        assert (code, words in text) == (10001, True), f"{path} {params}: {text}"


async def test_of_other_categories_there_is_nothing(venue):
    for path in ("market/instruments-info", "market/tickers", "order/realtime", "position/list", "execution/list"):
        for category in ("spot", "inverse", "option"):
            assert (await venue.get(f"/v5/{path}", category=category))["list"] == []


# The matching engine


async def test_an_order_that_nobody_can_pay_for(venue):
    assert (await refused(venue, CREATE, {**MARKET, "qty": "100"}))[0] == 110007


async def test_an_order_that_is_worth_too_little(venue):
    assert (await refused(venue, CREATE, {**LIMIT, "qty": "0.001", "price": "4000"}))[0] == 110094


async def test_an_order_outside_the_prices_there_are(venue):
    assert (await refused(venue, CREATE, {**LIMIT, "price": "3000000"}))[0] == 110003


async def test_nothing_to_reduce(venue):
    assert (await refused(venue, CREATE, {**MARKET, "reduceOnly": True}))[0] == 110017


async def test_a_trigger_that_has_come_already(venue):
    for tenths, direction, code in ((9, 1, 110092), (11, 2, 110093)):
        price = str(int(venue.last() * tenths // 10))
        got, text = await refused(venue, CREATE, {**MARKET, "triggerPrice": price, "triggerDirection": direction})
        assert got == code
        assert f"trigger_price[{price}]" in text


async def test_a_client_id_is_good_for_one_order_for_ever(venue):
    await venue.post(CREATE, **MARKET, orderLinkId="once")
    assert await refused(venue, CREATE, {**MARKET, "orderLinkId": "once"}) == (110072, "OrderLinkedID is duplicate")


async def test_what_is_over_or_was_never_there_is_neither_canceled_nor_amended(venue):
    done = await venue.post(CREATE, **MARKET)
    for order in ({"orderId": done["orderId"]}, {"orderId": "made-up"}, {"orderLinkId": "made-up"}):
        assert (await refused(venue, "/v5/order/cancel", {**ONE, **order}))[0] == 110001
        assert (await refused(venue, "/v5/order/amend", {**ONE, **order, "qty": "0.2"}))[0] == 110001
    assert (await refused(venue, "/v5/order/cancel", ONE))[0] == 10001
    assert (await refused(venue, "/v5/order/cancel-all", {"category": "linear"}))[0] == 10001


async def test_an_amendment_that_changes_nothing_is_refused(venue):
    order = await venue.post(CREATE, **LIMIT)
    status, answer, _ = await venue.raw("POST", "/v5/order/amend", {**ONE, **order, "price": "50000"})
    assert (status, answer["retCode"]) == (200, 10001)
    assert "remains unchanged" in answer["retMsg"]


async def test_more_than_ten_stops_of_a_market_are_too_many(venue):
    stop = {**MARKET, "side": "Sell", "triggerPrice": "50000", "triggerDirection": 2}
    for _ in range(10):
        await venue.post(CREATE, **stop)
        venue.wall.ahead_ms += 200
    _, answer, _ = await venue.raw("POST", CREATE, stop)
    assert answer["retCode"] == 110009


async def test_settings_that_cannot_be(venue):
    same = {**ONE, "buyLeverage": "7", "sellLeverage": "8"}
    assert (await refused(venue, "/v5/position/set-leverage", same))[0] == 10001
    too_much = {**ONE, "buyLeverage": "101", "sellLeverage": "101"}
    assert (await refused(venue, "/v5/position/set-leverage", too_much))[0] == 110013
    assert (await refused(venue, "/v5/position/switch-mode", {**ONE, "mode": 5}))[0] == 10001
    await venue.post(CREATE, **MARKET)
    isolated = {"setMarginMode": "ISOLATED_MARGIN"}
    assert (await refused(venue, "/v5/account/set-margin-mode", isolated))[0] == 3400045
    portfolio = {"setMarginMode": "PORTFOLIO_MARGIN"}
    assert (await refused(venue, "/v5/account/set-margin-mode", portfolio))[0] == 3400045


async def test_noise_is_never_answered_with_anything_but_the_venues_words(venue):
    names = ("category", "symbol", "limit", "orderId", "orderLinkId", "cursor", "start", "interval", "qty", "mode")
    for method, path in sorted(ROUTES):
        for value in ("", "0", "-1", "x", "9" * 40, "NaN", "\x00", "ü"):
            status, answer, _ = await venue.raw(method, path, dict.fromkeys(names, value))
            assert (status, type(answer["retCode"])) == (200, int), f"{method} {path} {value!r}"
    assert venue.exchange.orders(MAIN.account) == []
