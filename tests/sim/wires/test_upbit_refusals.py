"""What Upbit refuses is refused here by the same name and status, and reaches a ccxt user as the same exception."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import aiohttp
import ccxt
import ccxt.pro
import pytest
from sim.wires.upbit_venue import BTC, HOST, PRIVATE, PUBLIC, Told, Venue, client_of, hashed, serving, token

from twinstar.sim.build import MAIN
from twinstar.sim.ports import RestRequest
from twinstar.sim.wires import upbit


@pytest.fixture
async def venue() -> AsyncIterator[Venue]:
    async with serving(KRW="1000000", BTC="0.1") as served:
        yield served


@pytest.fixture
async def client(venue: Venue) -> AsyncIterator[ccxt.pro.upbit]:
    async with client_of(venue.port) as made:
        await made.load_markets()
        yield made


def order(**changes: Any) -> dict[str, Any]:
    plain = {"market": "KRW-BTC", "side": "bid", "ord_type": "limit", "price": "80000000", "volume": "0.001"}
    return {name: value for name, value in {**plain, **changes}.items() if value is not None}


def best(**changes: Any) -> dict[str, Any]:
    return order(ord_type="best", time_in_force="ioc", price="10000", volume=None, **changes)


REFUSED = [
    (order(price="80000500"), ccxt.ExchangeError, "invalid_price_bid"),
    (order(price="0"), ccxt.ExchangeError, "invalid_price_bid"),
    (order(price="-1000"), ccxt.ExchangeError, "invalid_price_bid"),
    (order(side="ask", price="100000500"), ccxt.ExchangeError, "invalid_price_ask"),
    (order(volume="0.001000001"), ccxt.ExchangeError, "invalid_volume_bid"),
    (order(side="ask", volume="-1"), ccxt.ExchangeError, "invalid_volume_ask"),
    (order(volume="0.00001"), ccxt.ExchangeError, "under_min_total_bid"),
    (order(side="ask", volume="0.00001"), ccxt.ExchangeError, "under_min_total_ask"),
    (order(ord_type="price", volume=None, price="4999"), ccxt.ExchangeError, "under_min_total_bid"),
    (order(ord_type="market", side="ask", price=None, volume="0.00001"), ccxt.ExchangeError, "under_min_total_ask"),
    (order(volume="100"), ccxt.ExchangeError, "over_krw_funds_bid"),
    (order(volume="1"), ccxt.InsufficientFunds, "insufficient_funds_bid"),
    (order(side="ask", volume="0.2"), ccxt.InsufficientFunds, "insufficient_funds_ask"),
    (order(ord_type="price", volume=None, price="1000000"), ccxt.InsufficientFunds, "insufficient_funds_bid"),
    (order(price=None), ccxt.ExchangeError, "create_bid_error"),
    (order(side="ask", volume=None), ccxt.ExchangeError, "create_ask_error"),
    (order(ord_type="market", side="ask"), ccxt.ExchangeError, "create_ask_error"),
    (order(ord_type="market", price=None), ccxt.ExchangeError, "create_bid_error"),
    (order(ord_type="price", side="ask", volume=None), ccxt.ExchangeError, "create_ask_error"),
    (order(time_in_force="gtd"), ccxt.ExchangeError, "invalid_time_in_force"),
    (order(ord_type="price", volume=None, time_in_force="ioc"), ccxt.ExchangeError, "invalid_time_in_force"),
    ({**best(), "time_in_force": "post_only"}, ccxt.ExchangeError, "invalid_time_in_force"),
    (order(ord_type="best", volume=None), ccxt.ExchangeError, "invalid_time_in_force"),
    (order(time_in_force="post_only", smp_type="reduce"), ccxt.ExchangeError, "invalid_post_only"),
    (order(side=None), ccxt.InvalidOrder, "validation_error"),
    (order(side="buy"), ccxt.ExchangeError, "validation_error"),
    (order(ord_type="stop"), ccxt.ExchangeError, "validation_error"),
    (order(price="dear"), ccxt.ExchangeError, "validation_error"),
    (order(volume="NaN"), ccxt.ExchangeError, "validation_error"),
    (order(market="KRW-NONE"), ccxt.ExchangeError, "notfoundmarket"),
    (order(market="BTC/KRW"), ccxt.ExchangeError, "notfoundmarket"),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "kind", "name"), REFUSED)
async def test_a_refused_order_has_upbits_name_and_changes_nothing(venue, client, request_, kind, name):
    with pytest.raises(kind, match=f'"name":"{name}"') as refused:
        await client.privatePostOrders(request_)
    assert type(refused.value) is kind
    assert venue.balance("KRW") == (Decimal(1_000_000), Decimal(0))
    assert venue.balance("BTC") == (Decimal("0.1"), Decimal(0))
    assert not venue.exchange.orders(MAIN.account)


async def test_what_upbit_does_not_know_it_passes_over(venue, client):
    """There are no trigger orders: ccxt sends the price along, and Upbit sells at once."""
    sold = await client.create_order(BTC, "market", "sell", 0.01, params={"triggerPrice": 1})
    assert (await client.fetch_order(sold["id"]))["status"] == "closed"


async def test_a_post_only_order_that_would_take_does_not_trade(venue, client):
    ask = float(venue.book().asks[0][0])
    with pytest.raises(ccxt.ExchangeError, match="create_bid_error"):
        await client.create_order(BTC, "limit", "buy", 0.001, ask, {"postOnly": True})
    rests = await client.create_order(BTC, "limit", "buy", 0.001, ask - 5000, {"postOnly": True})
    assert (rests["status"], rests["info"]["time_in_force"]) == ("open", "post_only")


async def test_an_identifier_serves_once_even_if_its_order_was_refused(venue, client):
    await client.privatePostOrders(order(identifier="one"))
    await client.cancel_order("", params={"identifier": "one"})
    with pytest.raises(ccxt.InsufficientFunds):
        await client.privatePostOrders(order(volume="1", identifier="two"))
    for identifier in ("one", "two"):
        with pytest.raises(ccxt.ExchangeError, match="duplicated_identifier"):
            await client.privatePostOrders(order(identifier=identifier))
    assert len(venue.exchange.orders(MAIN.account)) == 1


@pytest.mark.parametrize("uuid", ["51000000-0000-4000-8000-0000000000ff", "9f432943-54e0-40b7-825f-b6fec8b42b79"])
async def test_an_unknown_order_is_not_found(client, uuid):
    for ask in (client.fetch_order, client.cancel_order):
        with pytest.raises(ccxt.OrderNotFound, match="order_not_found"):
            await ask(uuid)
    with pytest.raises(ccxt.OrderNotFound):
        await client.fetch_order("", params={"identifier": "never used"})


async def test_an_order_that_is_over_cannot_be_cancelled_or_replaced(venue, client):
    sold = await client.create_order(BTC, "market", "sell", 0.01)
    with pytest.raises(ccxt.OrderNotFound):
        await client.cancel_order(sold["id"])
    with pytest.raises(ccxt.OrderNotFound):
        await client.edit_order(sold["id"], BTC, "limit", "sell", 0.01, 100_000_000)


async def test_a_replacement_that_is_malformed_leaves_the_order_alone(venue, client):
    resting = await client.privatePostOrders(order())
    with pytest.raises(ccxt.ExchangeError, match="invalid_price_bid"):
        await client.edit_order(resting["uuid"], BTC, "limit", "buy", 0.001, 80_000_500)
    assert (await client.fetch_order(resting["uuid"]))["status"] == "open"


# -- quotation


@pytest.mark.parametrize(
    ("path", "status", "name"),
    [
        ("ticker", 400, 400),
        ("ticker?markets=KRW-NONE", 404, 404),
        ("ticker?markets=KRW-BTC,NONE", 404, 404),
        ("orderbook?markets=KRW-BTC&count=31", 400, "invalid_parameter"),
        ("trades/ticks?market=KRW-BTC&count=501", 400, "invalid_parameter"),
        ("trades/ticks?market=KRW-BTC&cursor=x", 400, "invalid_parameter"),
        ("candles/minutes/1?market=KRW-BTC&count=201", 400, "invalid_parameter"),
        ("candles/minutes/1?market=KRW-BTC&to=yesterday", 400, "invalid_parameter"),
        ("candles/minutes/1", 400, 400),
        ("candles/minutes/7?market=KRW-BTC", 404, 404),
        ("nowhere", 404, 404),
    ],
)
async def test_a_bad_question_about_the_market_is_refused(venue, path, status, name):
    async with aiohttp.ClientSession() as session, session.get(url(venue, path)) as answer:
        assert (answer.status, (await answer.json())["error"]["name"]) == (status, name)


async def test_an_unknown_market_is_code_not_found(venue):
    async with aiohttp.ClientSession() as session:
        answer = await session.get(url(venue, "ticker?markets=KRW-NONE"))
        assert await answer.json() == {"error": {"name": 404, "message": "Code not found"}}


def url(venue: Venue, path: str) -> str:
    return f"http://127.0.0.1:{venue.port}/{HOST}/v1/{path}"


# -- who is let in


async def ask(venue: Venue, headers: dict[str, str], query: str = "") -> tuple[int, Any]:
    path = f"orders/open?{query}" if query else "orders/open"
    async with aiohttp.ClientSession() as session, session.get(url(venue, path), headers=headers) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize("algorithm", ["HS256", "HS512"])
async def test_both_algorithms_are_let_in(venue, algorithm):
    query = "market=KRW-BTC&limit=5"
    assert await ask(venue, token(hashed(query), algorithm=algorithm), query) == (200, [])


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({}, "no_authorization_token"),
        ({"Authorization": "Basic c2ltOnNpbQ=="}, "no_authorization_token"),
        ({"Authorization": "Bearer nonsense"}, "jwt_verification"),
        ({"Authorization": "Bearer a.b.c"}, "jwt_verification"),
        (token(secret="wrong"), "jwt_verification"),
        (token(algorithm="HS384"), "jwt_verification"),
        (token(algorithm="none"), "jwt_verification"),
        (token({"nonce": ""}), "jwt_verification"),
        (token({"nonce": 7}), "jwt_verification"),
        (token({"access_key": "somebody"}), "invalid_access_key"),
        (token({"query_hash": "0" * 128, "query_hash_alg": "SHA512"}), "invalid_query_payload"),
    ],
)
async def test_who_cannot_prove_who_they_are_stays_outside(venue, headers, name):
    status, body = await ask(venue, headers)
    assert (status, body["error"]["name"]) == (401, name)


@pytest.mark.parametrize(
    "claims", [{}, hashed("market=KRW-ETH"), {**hashed("market=KRW-BTC"), "query_hash_alg": "MD5"}]
)
async def test_the_parameters_must_be_the_signed_ones(venue, claims):
    status, body = await ask(venue, token(claims), "market=KRW-BTC")
    assert (status, body["error"]["name"]) == (401, "invalid_query_payload")


async def test_a_nonce_serves_once(venue):
    headers = token()
    assert (await ask(venue, headers))[0] == 200
    status, body = await ask(venue, headers)
    assert (status, body["error"]["name"]) == (401, "nonce_used")


@pytest.mark.parametrize("secret", ["wrong", MAIN.secret])
async def test_ccxt_tells_of_wrong_credentials(venue, secret):
    key = MAIN.api_key if secret == "wrong" else "somebody"
    async with client_of(venue.port, apiKey=key, secret=secret) as client:
        with pytest.raises(ccxt.AuthenticationError):
            await client.fetch_balance()


# -- limits


async def test_each_answer_says_what_is_left_and_too_many_are_refused(venue, client):
    for left in range(9, -1, -1):
        await client.publicGetTicker({"markets": "KRW-BTC"})
        assert client.last_response_headers["Remaining-Req"] == f"group=ticker; min=600; sec={left}"
    with pytest.raises(ccxt.ExchangeError, match="too_many_requests"):
        await client.publicGetTicker({"markets": "KRW-BTC"})
    await client.privateGetAccounts()
    assert client.last_response_headers["Remaining-Req"] == "group=default; min=1800; sec=29"
    with pytest.raises(ccxt.ExchangeError):
        await client.privatePostOrders(order(price="1"))
    assert client.last_response_headers["Remaining-Req"] == "group=order; min=720; sec=11"
    venue.wall.at_ms += 1000
    await client.publicGetTicker({"markets": "KRW-BTC"})


async def test_who_does_not_stop_gets_418(venue, client):
    statuses = []
    client.on_rest_response = lambda status, *_: statuses.append(status) or _[4]
    for _ in range(32):
        try:
            await client.publicGetTicker({"markets": "KRW-BTC"})
        except ccxt.ExchangeError:
            continue
    assert statuses == [200] * 10 + [429] * 20 + [418] * 2


# -- never an exception


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[1]",
        '{"price":{"a":1}}',
        '{"identifier":"\\ud800"}',
        '{"a":' + "[" * 5000,
        "%",
        f"cursor={'9' * 5000}&to={'9' * 5000}&count={'9' * 5000}&market=KRW-BTC",
        "to=0001-01-01T00:00:00%2B09:00&market=KRW-BTC",
        "a[]=1&a[]=%FF&=&&",
        "to=99999999999999999999&market=KRW-BTC&count=٣",
    ],
    ids=lambda text: text[:30],
)
async def test_whatever_a_client_sends_there_is_an_answer(venue, method, text):
    wire = upbit.make(venue.exchange)
    for path in (
        "/v1/orders",
        "/v1/order",
        "/v1/orders/closed",
        "/v1/orders/cancel_and_new",
        "/v1/candles/days",
        "/v1/trades/ticks",
        "/v1/ticker",
        "/v1/orders/chance",
        "/v1/accounts",
        "/",
        "",
    ):
        for headers in ({}, {"authorization": token()["Authorization"]}, {"authorization": "Bearer é.é.é"}):
            answer = wire.rest(RestRequest(method=method, host=HOST, path=path, query=text, body=text, headers=headers))
            json.loads(answer.body)
            assert answer.status < 500


@pytest.mark.parametrize("path", [PUBLIC, PRIVATE])
@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{",
        b"\xff\xfe",
        "[[]]",
        "[1]",
        "[" * 5000,
        '[{"ticket":1}]',
        '[{"ticket":"t"},{"type":{}}]',
        '[{"ticket":"t","x":' + "[" * 5000 + "]" * 5000 + "}]",
        f'[{{"ticket":"t"}},{{"type":"orderbook","codes":["KRW-BTC.{"9" * 5000}"]}}]',
    ],
    ids=lambda frame: str(frame)[:30],
)
async def test_whatever_a_client_streams_is_answered_or_passed_over(venue, path, frame):
    line = Told()
    headers = {"authorization": token()["Authorization"]}
    session = upbit.make(venue.exchange).connect(path, "", headers, line)
    session.on_frame(frame)
    venue.step(5)
    session.on_close()
    assert all(json.loads(each) for each in line.frames)


async def test_another_path_has_no_socket(venue):
    assert upbit.make(venue.exchange).connect(f"/{HOST}/websocket/v2", "", {}, Told()) is None
