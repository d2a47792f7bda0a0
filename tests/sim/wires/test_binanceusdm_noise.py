"""Whatever a client sends, it gets an answer in good order, and the money is where it was or accounted for."""

from __future__ import annotations

import hashlib
import hmac
import json
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinstar.config import SimVenueConfig
from twinstar.sim.build import MAIN, open_exchange
from twinstar.sim.ports import RestRequest
from twinstar.sim.wires import binanceusdm
from twinstar.sim.wires.binance_common import control
from twinstar.sim.wires.binanceusdm.wire import ROUTES

STATUSES = {200, 400, 401, 404, 418, 429}
NUMBERS = st.one_of(
    st.integers(-10, 10**25).map(str),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.sampled_from(["0.010", "60000.10", "1" * 5000, "1e5", "-0", "0.0000000000000000000001", "٣"]),
)
WORDS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["BTCUSDT", "ETHUSDT", "BUY", "SELL", "LIMIT", "MARKET", "STOP", "STOP_MARKET", "GTC", "FOK", "GTX"]
    ),
    st.sampled_from(["true", "false", "CONDITIONAL", "RESULT", "1m", "1w", "1M", "ISOLATED", "CROSSED", "BOTH"]),
)
NAMES = (
    *("symbol", "side", "type", "quantity", "price", "triggerPrice", "timeInForce", "reduceOnly", "closePosition"),
    *("newClientOrderId", "clientAlgoId", "newOrderRespType", "algoType", "orderId", "origClientOrderId", "algoId"),
    *("limit", "startTime", "endTime", "fromId", "interval", "leverage", "marginType", "dualSidePosition"),
    *("positionSide", "workingType", "recvWindow"),
)
PARAMS = st.dictionaries(st.sampled_from(NAMES), st.one_of(NUMBERS, WORDS), max_size=10)
LIKELY = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "0.010", "timeInForce": "GTC"}


@pytest.fixture(scope="module")
def exchange():
    config = SimVenueConfig(balances={"USDT": 10_000})
    return open_exchange("binanceusdm", binanceusdm.listings(["BTC/USDT:USDT"]), config=config)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(ROUTES)), PARAMS, st.booleans())
def test_any_parameters_to_any_endpoint_are_answered(exchange, route, params, likely):
    wire = binanceusdm.make(exchange)
    answer = wire.rest(signed(exchange, *route, {**(LIKELY if likely else {}), **params}))
    assert answer.status in STATUSES
    content = json.loads(answer.body)
    if answer.status != 200:
        assert content["code"] < 0
        assert content["msg"]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.text(max_size=50), min_size=5, max_size=5))
def test_any_text_is_answered(exchange, texts):
    method, path, query, body, api_key = texts
    headers = {"x-mbx-apikey": api_key}
    request = RestRequest(method=method, host="h", path=path, query=query, body=body, headers=headers)
    assert binanceusdm.make(exchange).rest(request).status in STATUSES


@pytest.mark.parametrize("depth", [10, 100_000])
def test_deeply_nested_frames_are_answered(depth):
    answer = control.acknowledge('{"x":' + "[" * depth + "]" * depth + ',"method":"SUBSCRIBE","id":1}', [])
    assert json.loads(answer).keys() <= {"result", "error", "id"}


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.one_of(st.text(), st.binary(), st.recursive(st.none() | st.text(), st.lists).map(json.dumps)))
def test_any_frame_is_answered(frame):
    assert json.loads(control.acknowledge(frame, [])).keys() <= {"result", "error", "id"}


def signed(exchange, method, path, params):
    query = urlencode({**params, "timestamp": exchange.clock.now_ms()}, errors="surrogatepass")
    signature = hmac.new(MAIN.secret.encode(), query.encode(), hashlib.sha256).hexdigest()
    whole = f"{query}&signature={signature}"
    query, body = (whole, "") if method in ("GET", "DELETE") else ("", whole)
    headers = {"x-mbx-apikey": MAIN.api_key}
    return RestRequest(method=method, host="fapi.binance.com", path=path, query=query, body=body, headers=headers)
