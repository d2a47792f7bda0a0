"""Whatever a client of Binance spot sends, it gets an answer in the venue's form."""

from __future__ import annotations

import hashlib
import hmac
import json
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sim.wires.kit import MAIN
from sim.wires.test_binanceusdm_noise import NUMBERS, STATUSES

from twinstar.config import SimVenueConfig
from twinstar.sim.build import open_exchange
from twinstar.sim.ports import RestRequest
from twinstar.sim.wires import binance
from twinstar.sim.wires.binance.wire import ROUTES

WORDS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["BTCUSDT", "BUY", "SELL", "LIMIT", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "LIMIT_MAKER", "GTC"]
    ),
    st.sampled_from(["IOC", "FULL", "ACK", "true", "1m", "1M", "0"]),
)
NAMES = (
    *("symbol", "side", "type", "quantity", "quoteOrderQty", "price", "stopPrice", "timeInForce", "newClientOrderId"),
    *("newOrderRespType", "orderId", "origClientOrderId", "limit", "startTime", "endTime", "fromId", "interval"),
    *("icebergQty", "recvWindow", "omitZeroBalances"),
)
PARAMS = st.dictionaries(st.sampled_from(NAMES), st.one_of(NUMBERS, WORDS), max_size=10)
LIKELY = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "0.01", "timeInForce": "GTC"}


class Line:
    """Keeps what was said."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.closed = False

    def send(self, frame: str) -> None:
        self.told.append(frame)

    def close(self, _: int = 1000) -> None:
        self.closed = True


@pytest.fixture(scope="module")
def exchange():
    config = SimVenueConfig(balances={"USDT": 10_000})
    return open_exchange("binance", binance.listings(["BTC/USDT"]), config=config)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(ROUTES)), PARAMS, st.booleans())
def test_any_parameters_to_any_endpoint_are_answered(exchange, route, params, likely):
    answer = binance.make(exchange).rest(signed(exchange, *route, {**(LIKELY if likely else {}), **params}))
    assert answer.status in STATUSES
    content = json.loads(answer.body)
    if answer.status != 200:
        assert content["code"] < 0
        assert content["msg"]


KEYS = st.sampled_from(["id", "method", "params", "apiKey", "timestamp", "signature"])
FRAMES = st.recursive(
    st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner)
)


def login(params):
    method = {"id": 1, "method": "userDataStream.subscribe.signature"}
    return json.dumps({**method, "params": {"apiKey": MAIN.api_key, "timestamp": 1, "signature": "0", **params}})


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.one_of(st.text(), st.binary(), FRAMES.map(json.dumps), PARAMS.map(login)))
def test_any_frame_to_the_websocket_api_is_answered(exchange, frame):
    line = Line()
    session = binance.make(exchange).connect("/ws-api.binance.com:443/ws-api/v3", "", {}, line)
    session.on_frame(frame)
    session.refuse(frame)
    session.on_close()
    answers = [json.loads(each) for each in line.told]
    assert len(answers) == 2
    assert all(answer["status"] == 200 or answer["error"]["code"] < 0 for answer in answers)


def signed(exchange, method, path, params):
    query = urlencode({**params, "timestamp": exchange.clock.now_ms()}, errors="surrogatepass")
    query += f"&signature={hmac.new(MAIN.secret.encode(), query.encode(), hashlib.sha256).hexdigest()}"
    headers = {"x-mbx-apikey": MAIN.api_key}
    return RestRequest(method=method, host="api.binance.com", path=path, query=query, body="", headers=headers)
