"""Whatever a client sends, it gets an answer in good order, and the wire goes on."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinstar.config import SimVenueConfig
from twinstar.sim.build import MAIN, open_exchange
from twinstar.sim.ports import RestRequest
from twinstar.sim.wires import okx
from twinstar.sim.wires.okx import gate
from twinstar.sim.wires.okx.wire import ROUTES

STATUSES = {200, 400, 401, 404, 429}
NUMBERS = st.one_of(
    st.integers(-10, 10**25).map(str),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.sampled_from(["0.01", "60000.1", "1" * 5000, "1e5", "-0", "-1", "0.0000000000000000000001", "٣"]),
)
WORDS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["BTC-USDT-SWAP", "ETH-USDT-SWAP", "buy", "sell", "market", "limit", "post_only", "fok", "ioc"]),
    st.sampled_from(["conditional", "trigger", "oco", "cross", "isolated", "net", "true", "1Mutc", "1m", "SWAP", "8"]),
)
NAMES = (
    *("instId", "instIdCode", "instType", "side", "ordType", "tdMode", "sz", "px", "reduceOnly", "clOrdId", "ordId"),
    *("slTriggerPx", "slOrdPx", "tpTriggerPx", "tpOrdPx", "triggerPx", "orderPx", "algoId", "algoClOrdId"),
    *("closeFraction", "newSz", "newPx", "newSlTriggerPx", "newSlOrdPx", "limit", "before", "after", "begin", "end"),
    *("bar", "state", "type", "lever", "mgnMode", "posMode", "posSide", "attachAlgoOrds"),
)
PARAMS = st.dictionaries(st.sampled_from(NAMES), st.one_of(NUMBERS, WORDS), max_size=10)
LIKELY = {"instId": "BTC-USDT-SWAP", "tdMode": "cross", "side": "buy", "ordType": "limit", "sz": "1"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
)


@pytest.fixture(scope="module")
def exchange():
    config = SimVenueConfig(balances={"USDT": 10_000})
    return open_exchange("okx", okx.listings(["BTC/USDT:USDT"]), config=config)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(ROUTES)), PARAMS, st.booleans())
def test_any_parameters_to_any_endpoint_are_answered(exchange, route, params, likely):
    params = {**(LIKELY if likely else {}), **params}
    query, body = (urlencode(params, errors="replace"), "") if route[0] == "GET" else ("", json.dumps(params))
    checked(okx.make(exchange).rest(signed(exchange, *route, query, body)))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(path for method, path in ROUTES if method == "POST")), JSON)
def test_any_body_is_answered(exchange, path, content):
    checked(okx.make(exchange).rest(signed(exchange, "POST", path, "", json.dumps(content))))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.lists(st.text(max_size=50), min_size=8, max_size=8))
def test_any_text_is_answered(exchange, texts):
    method, path, query, body, *told = texts
    names = ("key", "passphrase", "timestamp", "sign")
    headers = {f"ok-access-{name}": text for name, text in zip(names, told, strict=True)}
    for where in (path, "/api/v5/account/balance"):
        request = RestRequest(method=method or "GET", host="h", path=where, query=query, body=body, headers=headers)
        checked(okx.make(exchange).rest(request))


@pytest.mark.parametrize("bar", ["1m", "1Dutc", "1Wutc", "1Mutc"])
@pytest.mark.parametrize("name", ["after", "before"])
def test_a_time_beyond_all_calendars_is_refused(exchange, bar, name):
    query = f"instId=BTC-USDT-SWAP&bar={bar}&{name}={'9' * 19}"
    answer = okx.make(exchange).rest(signed(exchange, "GET", "/api/v5/market/candles", query, ""))
    assert (answer.status, json.loads(answer.body)["code"]) == (400, "51000")


@pytest.mark.parametrize("name", ["key", "passphrase", "sign", "timestamp"])
def test_a_header_that_is_no_text_is_refused(exchange, name):
    good = signed(exchange, "GET", "/api/v5/account/balance", "", "")
    bad = msgspec.structs.replace(good, headers={**good.headers, f"ok-access-{name}": "\udcff"})
    assert okx.make(exchange).rest(good).status == 200
    assert okx.make(exchange).rest(bad).status == 401


class Line:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.closed = False

    def send(self, frame: str | bytes) -> None:
        self.sent.append(str(frame))

    def close(self, code: int = 1000) -> None:
        self.closed = True


FRAMES = st.one_of(
    st.text(),
    st.binary(),
    JSON.map(json.dumps),
    st.builds(
        lambda op, args: json.dumps({"op": op, "args": args}),
        st.sampled_from(["login", "subscribe", "unsubscribe"]),
        st.lists(
            st.dictionaries(st.sampled_from(["channel", "instId", "instType"]), WORDS | JSON, max_size=3), max_size=3
        ),
    ),
)


async def test_any_frame_is_answered(exchange):
    wire = okx.make(exchange)

    @settings(max_examples=150, deadline=None, derandomize=True)
    @given(st.sampled_from(["public", "business", "private"]), FRAMES)
    def told(place, frame):
        line = Line()
        session = wire.connect(f"/ws.okx.com:8443/ws/v5/{place}", "", {}, line)
        session.on_frame(frame)
        session.refuse(frame)
        session.on_close()
        assert all(sent == "pong" or json.loads(sent).keys() & {"event", "data"} for sent in line.sent)
        assert line.sent

    told()


def signed(exchange: Any, method: str, path: str, query: str, body: str) -> RestRequest:
    at = datetime.fromtimestamp(exchange.clock.now_ms() / 1000, UTC).isoformat(timespec="milliseconds")
    target = f"{path}?{query}" if query else path
    headers = {
        "ok-access-key": MAIN.api_key,
        "ok-access-passphrase": MAIN.passphrase,
        "ok-access-timestamp": at,
        "ok-access-sign": gate.signature(MAIN, f"{at}{method}{target}{body}"),
    }
    return RestRequest(method=method, host="www.okx.com", path=path, query=query, body=body, headers=headers)


def checked(answer: Any) -> None:
    assert answer.status in STATUSES
    content = json.loads(answer.body)
    assert isinstance(content["code"], str)
    assert isinstance(content["data"], list)
    assert answer.status == 200 or content["msg"]
