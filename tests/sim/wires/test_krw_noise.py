"""Whatever a client sends to Upbit's or Bithumb's wire, it gets an answer in good order, and the wire goes on."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sim.wires.bithumb_venue import compact, pairs
from sim.wires.upbit_venue import TurnedWall, hashed, token

from twinstar.config import SimVenueConfig
from twinstar.sim.build import open_exchange
from twinstar.sim.ports import RestRequest
from twinstar.sim.wires import bithumb, upbit

STATUSES = {200, 201, 400, 401, 404, 422, 429}
NUMBERS = st.one_of(
    st.integers(-10, 10**25).map(str),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.sampled_from(["0.01", "50000000", "1" * 5000, "1e5", "-0", "0.0000000000000000000001", "٣", "9" * 19]),
)
MOMENTS = st.sampled_from(
    [
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59",
        "2026-02-30T00:00:00",
        "2026-03-04 12:00:00Z",
        "0001-01-01T00:00:00Z",
    ]
)
WORDS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=40),
    st.sampled_from(["KRW-BTC", "BTC-KRW", "A-B-C", "bid", "ask", "limit", "price", "market", "best", "ioc", "fok"]),
    st.sampled_from(["wait", "done", "cancel", "watch", "asc", "C0101000000000000001", "C0101٣00000000000001"]),
)
NAMES = (
    *("market", "markets", "side", "order_type", "ord_type", "price", "volume", "time_in_force", "client_order_id"),
    *("identifier", "uuid", "order_id", "uuids[]", "states[]", "state", "page", "limit", "order_by", "next_key", "to"),
    *(
        "start_time",
        "end_time",
        "count",
        "cursor",
        "daysAgo",
        "isDetails",
        "prev_order_uuid",
        "new_price",
        "new_volume",
    ),
)
PARAMS = st.dictionaries(st.sampled_from(NAMES), NUMBERS | MOMENTS | WORDS, max_size=8)
LIKELY = {"market": "KRW-BTC", "side": "bid", "order_type": "limit", "ord_type": "limit", "price": "50000000"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
)
BODIES = st.dictionaries(
    st.sampled_from(["batch_orders", "order_ids", "client_order_ids", "market", "price", "volume"]), JSON, max_size=3
)
READ = (
    *("/v1/market/all", "/v1/ticker", "/v1/trades/ticks", "/v1/orderbook", "/v1/accounts", "/v1/orders/chance"),
    *("/v1/candles/minutes/1", "/v1/candles/minutes/240", "/v1/candles/days", "/v1/candles/weeks"),
    *("/v1/candles/months", "/v1/order", "/v1/orders", "/v1/orders/open", "/v1/orders/closed", "/v1/orders/uuids"),
    *("/v2/orders/pending", "/v2/orders/history"),
)
SENT = (
    *("/v1/orders", "/v1/orders/cancel_and_new", "/v2/orders", "/v2/orders/batch", "/v2/orders/cancel"),
    "/v2/orders/search",
)


class At:
    """A wire that nobody is too fast for."""

    def __init__(self, wire: Any) -> None:
        self.wall = TurnedWall()
        config = SimVenueConfig(balances={"KRW": 10_000_000})
        name = wire.__name__.rpartition(".")[2]
        self.wire = wire.make(open_exchange(name, wire.listings(["BTC/KRW"]), config=config, wall=self.wall))

    def ask(self, method: str, path: str, query: str, body: str, signed: str) -> None:
        self.wall.at_ms += 5000
        claims = {"timestamp": self.wall.at_ms, **(hashed(signed) if signed else {})}
        headers = {name.lower(): value for name, value in token(claims, algorithm="HS256").items()}
        request = RestRequest(method=method, host="h", path=path, query=query, body=body, headers=headers)
        answer = self.wire.rest(request)
        assert answer.status in STATUSES
        content = json.loads(answer.body)
        assert answer.status < 400 or content["error"].keys() == {"name", "message"}
        assert answer.status != 401, content


@pytest.fixture(scope="module", params=[upbit, bithumb], ids=["upbit", "bithumb"])
def at(request) -> At:
    return At(request.param)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.sampled_from(READ), PARAMS, st.booleans(), st.sampled_from(["GET", "DELETE"]))
def test_any_parameters_to_any_endpoint_are_answered(at, path, params, likely, method):
    query = urlencode({**(LIKELY if likely else {}), **params})
    at.ask(method, path, query, "", unquote(query))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.sampled_from(SENT), PARAMS, BODIES)
def test_any_body_is_answered(at, path, params, more):
    body = {**LIKELY, **params, **more}
    at.ask("POST", path, "", compact(body), "&".join(f"{name}={value}" for name, value in pairs(body)))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(st.text(max_size=50), min_size=5, max_size=5))
def test_any_text_is_answered(at, texts):
    method, path, query, body, told = texts
    for where in (path, "/v1/accounts"):
        headers = {"authorization": f"Bearer {told}"} if len(told) > 9 else {}
        request = RestRequest(method=method or "GET", host="h", path=where, query=query, body=body, headers=headers)
        assert at.wire.rest(request).status in STATUSES
