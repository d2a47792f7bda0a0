"""Whatever a client sends, it gets an answer in good order, nothing breaks afterwards, and the wire goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sim.wires.lighter_kit import BTC, HOST, ORDER, SIGNATURE

from twinstar.config import SimConfig, SimVenueConfig
from twinstar.sim.build import open_exchange
from twinstar.sim.exchange import SimExchange
from twinstar.sim.faults import Faults
from twinstar.sim.line import WebLine
from twinstar.sim.ports import RestRequest
from twinstar.sim.wires import lighter
from twinstar.sim.wires.lighter.accounts import FIRST_ACCOUNT
from twinstar.sim.wires.lighter.transactions import TYPES
from twinstar.sim.wires.lighter.wire import ROUTES, Lighter
from twinstar.testing.virtual import LoopClock, run_virtual

STATUSES = {200, 400, 404, 429}
EDGES = [-1, 0, 1, 2, 3, 4, 6, 7, 254, 255, 1_000, 2**31, 2**32 - 1, 2**32, 2**47, 2**48, 2**49, 2**63, 10**30]
NUMBERS = st.one_of(st.sampled_from(EDGES), st.integers(-10, 10**25))
TEXTS = st.one_of(
    NUMBERS.map(str),
    st.text(max_size=40),
    st.sampled_from(
        ["1m", "1w", "index", "l1_address", "all", "perp", "spot", "premium", "hash", "0-1", "1" * 5000, "٣"]
    ),
)
NAMES = (
    *("market_id", "account_index", "api_key_index", "by", "value", "l1_address", "limit", "cursor", "resolution"),
    *("start_timestamp", "end_timestamp", "count_back", "filter", "order_index", "between_timestamps", "new_tier"),
    *("tx_type", "tx_info", "tx_types", "tx_infos", "auth"),
)
PARAMS = st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=8)
LIKELY = {
    "market_id": "1", "account_index": str(FIRST_ACCOUNT), "api_key_index": "4", "by": "index", "resolution": "1m",
    "value": str(FIRST_ACCOUNT), "start_timestamp": "0", "end_timestamp": "9" * 13, "count_back": "5",
}  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "data", "id"]), inner, max_size=3)
    ),
)
FIELDS = (
    *ORDER, "Nonce", "ExpiredAt", "Index", "GroupingType", "Orders", "Time", "InitialMarginFraction", "MarginMode",
    "PubKey", "L1Sig", "L2TxAttributes", "Sig", "AccountIndex", "ApiKeyIndex",
)  # fmt: skip
CHANGES = st.dictionaries(st.sampled_from(FIELDS), NUMBERS | JSON, max_size=3)
CHANNELS = st.sampled_from(
    [
        *("order_book", "ticker", "trade", "market_stats", "candle", "account_all", "account_all_orders", "user_stats"),
        *("account_orders", "account_all_trades", "account_all_positions", "account_all_assets", "height", ""),
    ]
)


class Wall(LoopClock):
    def seconds(self) -> float:
        return self.monotonic_s()


@pytest.fixture(scope="module")
def exchange() -> SimExchange:
    config = SimVenueConfig(balances={"USDC": Decimal(10_000)})
    return open_exchange("lighter", lighter.listings([BTC]), config=config, sim=SimConfig(history=1))


def told(exchange: SimExchange, story: Callable[[Lighter], Any]) -> None:
    """The story, and an hour after it; whatever breaks by itself breaks the test."""
    broken: list[Any] = []

    async def tell() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: broken.append(context))
        story(Lighter(exchange))
        await asyncio.sleep(3_600)

    run_virtual(tell())
    assert broken == []


def token(exchange: SimExchange) -> str:
    return f"{exchange.clock.now_ms() // 1000 + 600}:{FIRST_ACCOUNT}:4:{'ab' * 80}"


def checked(wire: Lighter, method: str, path: str, params: dict[str, str], token: str) -> Any:
    query, body = (urlencode(params, errors="replace"), "")
    if method == "POST":
        query, body = body, query
    request = RestRequest(method=method, host=HOST, path=path, query=query, body=body, headers={"authorization": token})
    answer = wire.rest(request)
    assert answer.status in STATUSES
    content = msgspec.json.decode(answer.body)
    assert (content["code"] == 200) is (answer.status == 200)
    return content


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(ROUTES)), PARAMS, st.booleans())
def test_any_parameters_to_any_endpoint_are_answered(exchange, route, params, likely):
    params = {**(LIKELY if likely else {}), **params}
    told(exchange, lambda wire: checked(wire, *route, params, token(exchange)))


def a_transaction(exchange: SimExchange, changes: dict[str, Any]) -> dict[str, Any]:
    now = exchange.clock.now_ms()
    whole = {
        **ORDER, "OrderExpiry": now + 600_000, "AccountIndex": FIRST_ACCOUNT, "ApiKeyIndex": 4, "Nonce": 1,
        "ExpiredAt": now + 500_000, "Sig": SIGNATURE, "L2TxAttributes": None, "Index": 1, "GroupingType": 2,
        "Orders": [{**ORDER, "OrderExpiry": now + 600_000}] * 2, "Time": 0, "InitialMarginFraction": 500,
        "MarginMode": 0, "PubKey": SIGNATURE, "L1Sig": "0x",
    }  # fmt: skip
    return {**whole, **changes}


def only(kind: int, fields: dict[str, Any]) -> dict[str, Any]:
    return {name: fields[name] for name in TYPES[kind].__struct_encode_fields__}


@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(TYPES)), CHANGES)
def test_any_transaction_is_accepted_or_refused(exchange, kind, changes):
    info = only(kind, a_transaction(exchange, changes))
    params = {"tx_type": str(kind), "tx_info": json.dumps(info)}
    told(exchange, lambda wire: checked(wire, "POST", "/api/v1/sendTx", params, ""))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.one_of(
        st.text(max_size=50),
        JSON.map(json.dumps),
        st.tuples(CHANNELS, st.lists(TEXTS, max_size=3)).map(
            lambda asked: json.dumps({"type": "subscribe", "channel": "/".join([asked[0], *asked[1]])})
        ),
        st.tuples(st.sampled_from(["jsonapi/sendtx", "jsonapi/sendtxbatch"]), JSON).map(
            lambda asked: json.dumps({"type": asked[0], "data": {"id": 1, "tx_type": 14, "tx_info": asked[1]}})
        ),
    )
)
def test_any_frame_is_answered_and_the_line_goes_on(exchange, frame):
    def story(wire: Lighter) -> None:
        line = WebLine("", Faults(Wall()), lambda: None)
        session = wire.connect(f"/{HOST}/stream", "", {}, line)
        assert session is not None
        session.on_frame(frame)
        session.on_frame(frame.encode("utf-8", "replace"))
        session.refuse(frame)
        assert not line.closed
        session.on_close()

    told(exchange, story)
