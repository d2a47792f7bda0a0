"""A venue that we know no habit of: what ccxt alone has to give, through a made-up regional OKX on loopback."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

from aiohttp import WSMsgType, web
from builtin.ccxt.kit import Unlimited

from twinstar.builtin.ccxt import CcxtConfig, make
from twinstar.builtin.ccxt.exchange import TwinExchange
from twinstar.builtin.limits import limits_of
from twinstar.config import Mode
from twinstar.domain import CandleClosed, OrderAccepted, OrderCanceled, OrderFilled, Source
from twinstar.plugin.registry import SimEndpoint, VenueContext
from twinstar.ports import Venue
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.venue_clock import MeasuredClock
from twinstar.testing.conformance.listening import listening

SYMBOL, T0, MINUTE = "BTC/USDT:USDT", 1_700_000_040_000, 60_000
MARKET = {
    "id": "BTC-USDT-SWAP", "symbol": SYMBOL, "base": "BTC", "quote": "USDT", "settle": "USDT", "baseId": "BTC",
    "quoteId": "USDT", "settleId": "USDT", "type": "swap", "spot": False, "margin": False, "swap": True,
    "future": False, "option": False, "active": True, "contract": True, "linear": True, "inverse": False,
    "contractSize": "0.01", "precision": {"price": "0.1", "amount": "0.01"}, "info": {"instType": "SWAP"},
    "limits": {"amount": {"min": "0.01"}, "price": {}, "cost": {}, "leverage": {}},
}  # fmt: skip


class Okx:
    """Takes every subscription, and says what a test wants said."""

    def __init__(self) -> None:
        self.sockets: dict[str, web.WebSocketResponse] = {}

    async def talk(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets[request.path.rsplit("/", 1)[-1]] = socket
        async for message in socket:
            if message.type is WSMsgType.TEXT and message.data != "ping":
                await self._answer(socket, json.loads(message.data))
        return socket

    async def _answer(self, socket: web.WebSocketResponse, asked: Any) -> None:
        if asked["op"] == "login":
            await socket.send_json({"event": "login", "code": "0", "msg": "", "connId": "1"})
        else:
            await socket.send_json({"event": "subscribe", "arg": asked["args"][0], "connId": "1"})

    async def candle(self, minute: int, close: str) -> None:
        row = [str(T0 + minute * MINUTE), "100", "120", "80", close, "7", "0.07", "7", "0"]
        arg = {"channel": "candle1m", "instId": MARKET["id"]}
        await self.sockets["business"].send_json({"arg": arg, "data": [row]})

    async def order(self, state: str, order_id: str, *fills: tuple[str, str, str], done: str = "0") -> None:
        """One frame with all of it; ``fills`` are (trade id, price, contracts)."""
        row = {
            "instType": "SWAP", "instId": MARKET["id"], "ordId": "312", "clOrdId": order_id, "px": "100", "sz": "5",
            "ordType": "limit", "side": "buy", "posSide": "net", "tdMode": "cross", "accFillSz": done, "avgPx": "100",
            "state": state, "lever": "1", "fee": "-0.001", "feeCcy": "USDT", "uTime": str(T0), "cTime": str(T0),
            "fillTime": str(T0), "tradeId": "", "fillPx": "", "fillSz": "0",
        }  # fmt: skip
        rows = [
            {**row, "tradeId": number, "fillPx": price, "fillSz": size, "fillFee": "-0.001", "fillFeeCcy": "USDT"}
            for number, price, size in fills
        ]
        await self.sockets["private"].send_json(
            {"arg": {"channel": "orders", "instType": "ANY"}, "data": rows or [row]}
        )


@asynccontextmanager
async def okx() -> AsyncIterator[tuple[Okx, Venue]]:
    server = Okx()
    app = web.Application()
    app.router.add_get("/{path:.*}", server.talk)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    endpoint = SimEndpoint(url=f"http://127.0.0.1:{runner.addresses[0][1]}", api_key="key", secret="secret")
    clock = SystemClock()
    context = VenueContext(
        id="okx",
        clock=clock,
        venue_clock=MeasuredClock(clock),
        random=Random(1),
        limiter=Unlimited(),
        limits=limits_of("okx"),
        endpoint=endpoint,
    )
    venue = make(CcxtConfig(mode=Mode.SIM, exchange="myokx", instruments=(SYMBOL,), timeout_s=2), context)
    exchange = venue.streams.exchange
    exchange.password = "passphrase"
    exchange.set_markets([MARKET])
    try:
        yield server, venue
    finally:
        await venue.close()
        await runner.cleanup()


async def test_candles_close_when_a_successor_comes() -> None:
    async with okx() as (server, venue), listening(venue, SYMBOL) as heard:
        for minute, close in ((0, "100"), (1, "101"), (1, "102"), (2, "103"), (3, "104")):
            await server.candle(minute, close)
        await heard.until(lambda heard: len(heard.of(CandleClosed)) == 2)
        candles = [event.candle for event in heard.of(CandleClosed)]
        assert [(c.open_ms, c.close, c.source) for c in candles] == [
            (T0 + MINUTE, Decimal(102), Source.UNFLAGGED),
            (T0 + 2 * MINUTE, Decimal(103), Source.UNFLAGGED),
        ]


async def test_a_candle_whose_end_is_garbled_is_not_told_though_ccxt_repeats_what_it_had_of_it() -> None:
    async with okx() as (server, venue), listening(venue, SYMBOL) as heard:
        for minute in (0, 1):
            await server.candle(minute, "100")
        await server.sockets["business"].send_str('{"arg": {"channel": "candle1m", "inst')
        for minute in (2, 3):
            await server.candle(minute, "103")
        await heard.until(lambda heard: heard.of(CandleClosed))
        assert [event.candle.open_ms for event in heard.of(CandleClosed)] == [T0 + 2 * MINUTE]


async def test_after_logging_in_our_orders_are_told_in_the_base_asset() -> None:
    async with okx() as (server, venue), listening(venue, SYMBOL) as heard:
        ours = "ts000000000000000001"
        await server.order("live", ours)
        await server.order("partially_filled", ours, ("1", "100.1", "2"), ("2", "100.2", "1"), done="3")
        await server.order("canceled", ours, done="3")
        await server.order("live", "somebodyelse")
        await heard.until(lambda heard: heard.of(OrderCanceled))
        assert [(e.fill.fill_id, e.fill.price, e.fill.quantity) for e in heard.of(OrderFilled)] == [
            ("1", Decimal("100.1"), Decimal("0.02")),
            ("2", Decimal("100.2"), Decimal("0.01")),
        ]
        assert [event.order_id for event in heard.of(OrderAccepted)] == [ours]
        assert heard.of(OrderCanceled)[0].filled == Decimal("0.03")
        assert not heard.errors


def test_no_name_of_ours_is_a_name_of_ccxts() -> None:
    """Else a venue's own method would be shadowed; what is overridden on purpose is listed."""
    overridden = {
        "client", "fetch", "fetch2", "on_close", "on_connected", "on_error", "on_json_response",
        "on_rest_response", "watch", "watch_multiple", "ws_dial_delay", "rateLimit", "enableRateLimit",
        "milliseconds", "seconds", "microseconds", "open", "request", "ssl_context",
    }  # fmt: skip
    ours = {name for name in TwinExchange.__dict__ | TwinExchange.__annotations__ if not name.startswith("__")}
    ours |= set(re.findall(r"self\.(\w+)(?:, self\.\w+)* = ", inspect.getsource(TwinExchange.twin)))
    named = re.compile(rf"(?:def |self\.|^    )({'|'.join(sorted(ours - overridden))})\b *[(:=]", re.MULTILINE)
    root = Path(find_spec("ccxt").origin).parent
    files = [*root.glob("pro/*.py"), *root.glob("async_support/**/*.py"), *root.glob("base/*.py")]
    assert {hit for file in files for hit in named.findall(file.read_text("utf-8"))} == set()
