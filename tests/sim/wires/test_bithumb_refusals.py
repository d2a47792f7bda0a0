"""What the simulated Bithumb will not have, and in which words: signatures, orders, limits, its own transients."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from decimal import Decimal

import aiohttp
import pytest
from sim.wires import bithumb_venue
from sim.wires.bithumb_venue import BTC, HOST, PUBLIC, Caller, Venue, serving
from sim.wires.upbit_venue import hashed, socket

from twinstar.errors import ConfigError
from twinstar.sim.faults import Fault
from twinstar.sim.model import Refusal
from twinstar.sim.ports import TurnedAway
from twinstar.sim.wires import bithumb
from twinstar.sim.wires.bithumb import errors, ids, limits, ticks
from twinstar.sim.wires.krw.errors import Denial

BID = {"market": "KRW-BTC", "side": "bid", "order_type": "limit", "price": "50000000", "volume": "0.001"}


@pytest.fixture
async def venue() -> AsyncIterator[Venue]:
    async with serving(history=2, KRW="50000000", BTC="1") as served:
        yield served


@pytest.fixture
def caller(venue: Venue) -> Caller:
    return Caller(venue)


# -- who is asking


@pytest.mark.parametrize(
    ("claims", "signing", "name"),
    [
        ({"timestamp": None}, {}, "jwt_verification"),
        ({"timestamp": 1}, {}, "expired_jwt"),
        ({"access_key": "somebody"}, {}, "invalid_access_key"),
        ({"query_hash": "00"}, {}, "invalid_query_payload"),
        ({"query_hash_alg": "SHA256"}, {}, "invalid_query_payload"),
        ({"nonce": ""}, {}, "jwt_verification"),
        ({}, {"secret": "wrong"}, "jwt_verification"),
        ({}, {"algorithm": "HS512"}, "jwt_verification"),
    ],
)
def test_a_token_that_is_not_right_is_refused(caller, claims, signing, name):
    status, answer = caller.ask("GET", "/v1/orders/chance", query={"market": "KRW-BTC"}, claims=claims, **signing)
    assert (status, answer["error"]["name"]) == (401, name)


def test_without_a_token_and_with_one_that_was_used_the_jwt_is_not_verified(caller):
    assert caller.send("GET", "/v1/accounts", "", None, {})[1]["error"]["name"] == "jwt_verification"
    headers = caller.headers(caller.claims())
    assert caller.send("GET", "/v1/accounts", "", None, headers)[0] == 200
    assert caller.send("GET", "/v1/accounts", "", None, headers)[1]["error"]["name"] == "jwt_verification"


@pytest.mark.parametrize("sent", ["uuids[]=C1&uuids[]=C2", "uuids%5B%5D=C1&uuids%5B%5D=C2"])
def test_lists_are_signed_with_brackets_as_they_are(caller, sent):
    signed = {**caller.claims(), **hashed("uuids[]=C1&uuids[]=C2")}
    assert caller.send("GET", "/v1/orders", sent, None, caller.headers(signed)) == (200, [])


def test_a_body_is_signed_as_it_is_sent_field_by_field(caller):
    other = {**BID, "price": "50001000"}
    signed = {**caller.claims(), **hashed("&".join(f"{name}={value}" for name, value in other.items()))}
    status, answer = caller.send("POST", "/v2/orders", "", BID, caller.headers(signed))
    assert (status, answer["error"]["name"]) == (401, "invalid_query_payload")


# -- orders


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"market": ""}, 400),
        ({"market": "KRW-NONE"}, 404),
        ({"side": "buy"}, 400),
        ({"order_type": "stop"}, 400),
        ({"time_in_force": "gtd"}, 400),
        ({"order_type": "best"}, 400),
        ({"price": "dear"}, 400),
        ({"client_order_id": "a b"}, 400),
        ({"client_order_id": "x" * 37}, 400),
        ({"volume": ""}, "invalid_parameter"),
        ({"volume": "0.000000001"}, "invalid_parameter"),
        ({"order_type": "market"}, "invalid_parameter"),
        ({"price": "50000500"}, "invalid_price_bid"),
        ({"side": "ask", "price": "50000500"}, "invalid_price_ask"),
        ({"volume": "0.00009"}, "under_min_total"),
        ({"volume": "101"}, "over_max_total"),
        ({"volume": "2"}, "insufficient_funds_bid"),
        ({"side": "ask", "volume": "2"}, "insufficient_funds_ask"),
    ],
)
def test_an_order_that_is_not_right_is_refused_and_nothing_is_placed(venue, caller, change, name):
    assert caller.post("/v2/orders", **{**BID, **change})["error"]["name"] == name
    assert not venue.exchange.orders("main")


@pytest.mark.parametrize(
    ("price", "tick"),
    [
        ("1000000", "1000"),
        ("999500", "500"),
        ("500000", "500"),
        ("499900", "100"),
        ("100000", "100"),
        ("99950", "50"),
        ("50000", "50"),
        ("49990", "10"),
        ("10000", "10"),
        ("9995", "5"),
        ("5000", "5"),
        ("4999", "1"),
        ("1000", "1"),
        ("100", "1"),
        ("99.99", "0.01"),
        ("10", "0.01"),
        ("9.999", "0.001"),
        ("1", "0.001"),
        ("0.9999", "0.0001"),
    ],
)
def test_each_price_band_has_its_step(price, tick):
    assert ticks.tick_at(Decimal(price)) == Decimal(tick)
    assert ticks.on_tick(Decimal(price))
    assert not ticks.on_tick(Decimal(price) + Decimal(tick) / 2)


def test_what_is_unknown_or_over_cannot_be_canceled_or_found(caller):
    placed = caller.post("/v2/orders", **BID)["order_id"]
    caller.delete("/v2/order", order_id=placed)
    for order_id in (placed, ids.order_id(999), ids.trade_id(1), "nonsense"):
        status, answer = caller.ask("DELETE", "/v2/order", query={"order_id": order_id})
        assert (status, answer["error"]["name"]) == (404, "order_not_found")
    assert caller.get("/v1/order", client_order_id="none")["error"]["name"] == "order_not_found"
    assert caller.get("/v1/order")["error"]["name"] == 400
    assert caller.get("/v1/nothing")["error"]["name"] == 404


def test_a_batch_tells_of_each_order_and_has_no_more_than_thirty(caller):
    answer = caller.post("/v2/orders/batch", batch_orders=[BID, {**BID, "price": "1"}])
    placed, failed = answer["batch_orders_response"]
    assert failed["name"] == "under_min_total"
    canceled = caller.post("/v2/orders/cancel", order_ids=[placed["order_id"], "C0101000000000000999"])
    assert [each["order_id"] for each in canceled["success"]] == [placed["order_id"]]
    assert [(each["order_id"], each["name"]) for each in canceled["fail"]] == [
        ("C0101000000000000999", "order_not_found")
    ]
    assert caller.post("/v2/orders/batch", batch_orders=[BID] * 31)["error"]["name"] == 400
    assert caller.post("/v2/orders/cancel")["error"]["name"] == 400


@pytest.mark.parametrize(
    "query",
    [
        {"state": "done", "states[]": ["cancel"]},
        {"states[]": ["wait", "watch"]},
        {"state": "gone"},
        {"limit": "101"},
        {"market": "KRW-NONE"},
    ],
)
def test_a_list_that_cannot_be_is_refused(caller, query):
    assert "error" in caller.get("/v1/orders", **query)


@pytest.mark.parametrize(
    "query",
    [
        {"start_time": "1767571200000", "end_time": "1768176000001"},
        {"start_time": "1768176000000", "end_time": "1767571200000"},
        {"start_time": "yesterday"},
        {"state": "wait"},
        {"limit": "1001"},
    ],
)
def test_history_goes_over_seven_days_at_most(caller, query):
    assert caller.ask("GET", "/v2/orders/history", query=query)[0] == 400


@pytest.mark.parametrize(
    "to", ["2026-03-04T12:00:00Z", "2026-03-04T12:00:00+09:00", "2026-03-04", "1772593200000", "2026-13-04T12:00:00"]
)
def test_candles_want_a_moment_of_korea_without_an_offset(caller, to):
    assert caller.get("/v1/candles/minutes/1", market="KRW-BTC", to=to)["error"]["name"] == 400


@pytest.mark.parametrize("query", [{"to": "25:00:00"}, {"to": "noon"}, {"daysAgo": "8"}, {"count": "501"}])
def test_trades_want_a_time_of_the_day_and_at_most_seven_days_ago(caller, query):
    assert caller.ask("GET", "/v1/trades/ticks", query={"market": "KRW-BTC", **query})[0] == 400


def test_an_unknown_market_is_refused_with_the_ones_there_are():
    with pytest.raises(ConfigError, match=r"bithumb does not list 'SHIB/KRW' in simulation; there are: BTC/KRW"):
        bithumb.listings(["SHIB/KRW"])


# -- limits


def test_who_exceeds_a_category_is_shut_out_of_it_for_a_while_and_of_no_other():
    used = limits.Limits()
    for _ in range(limits.TICKER.per_second):
        used.admit(limits.TICKER, 1_000)
    used.admit(limits.CANDLE, 1_000)
    for now_ms in (1_999, 2_000, 1_999 + limits.BLOCK_MS - 1):
        with pytest.raises(Denial, match="429 too_many_requests"):
            used.admit(limits.TICKER, now_ms)
    used.admit(limits.TICKER, 1_999 + limits.BLOCK_MS)


def test_twenty_orders_and_cancels_a_second_of_one_coin_are_enough(venue, caller):
    for _ in range(10):
        caller.delete("/v2/order", order_id=caller.post("/v2/orders", **BID)["order_id"])
    assert caller.post("/v2/orders", **BID)["error"]["name"] == "too_many_orders"
    assert "order_id" in caller.post("/v2/orders", **{**BID, "market": "KRW-XRP", "price": "500", "volume": "20"})
    venue.wall.at_ms += 1000
    assert "order_id" in caller.post("/v2/orders", **BID)


def test_batches_have_a_limit_of_their_own(venue, caller):
    answers = [caller.post("/v2/orders/cancel", order_ids=["C1"]) for _ in range(limits.BATCH.per_second + 1)]
    assert [("fail" in answer) for answer in answers] == [True] * limits.BATCH.per_second + [False]
    assert answers[-1]["error"]["name"] == "too_many_requests"


def test_who_goes_on_dialling_is_shut_out_for_ten_minutes():
    door = limits.Door()

    def dial(now_ms: int) -> bool:
        try:
            door.admit(now_ms)
        except TurnedAway:
            return False
        return True

    assert [dial(1_000) for _ in range(12)] == [True] * 10 + [False] * 2
    assert dial(2_000)
    assert sum([dial(3_000) for _ in range(10 + limits.PATIENCE)]) == 10
    assert not dial(3_000 + limits.DIAL_BLOCK_MS - 1)
    assert dial(3_000 + limits.DIAL_BLOCK_MS)


async def test_the_eleventh_connection_of_a_second_gets_a_429(venue):
    for _ in range(limits.DIALS):
        async with socket(venue, PUBLIC):
            pass
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with socket(venue, PUBLIC):
            pass
    assert refused.value.status == 429


# -- transients


@pytest.mark.parametrize(
    ("name", "status"), [("order_not_ready", 422), ("order_not_found", 404), ("order_not_ready", 200)]
)
async def test_a_cancel_that_comes_too_early_is_refused_once_and_carried_out_when_it_is_repeated(venue, name, status):
    body = json.dumps({"error": {"name": name, "message": errors.WORDING[name][1]}})
    async with bithumb_venue.client(venue) as client:
        order = await client.create_order(BTC, "limit", "buy", 0.01, 50_000_000)
        early = Fault(on="rest", kind="refuse", match=f"DELETE /{HOST}/v2/order", status=status, body=body)
        venue.server.faults.plan(early)
        with pytest.raises(Exception, match=errors.WORDING[name][1]):
            await client.cancel_order(order["id"], BTC)
        assert len(await client.fetch_open_orders(BTC)) == 1
        await client.cancel_order(order["id"], BTC)
        assert await client.fetch_open_orders(BTC) == []


@pytest.mark.parametrize("reason", list(errors.BY_REASON))
def test_every_refusal_of_the_exchange_has_a_name(reason):
    assert errors.of_refusal(Refusal(reason), "bid").name in errors.WORDING
