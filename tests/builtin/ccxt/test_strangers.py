"""Four exchanges of which we know no habits, each answering in its own words on loopback, through ccxt alone."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from aiohttp import WSMsgType, web
from builtin.ccxt.kit import Unlimited
from msgspec import Struct

from twinstar.builtin.ccxt import CcxtConfig, make
from twinstar.builtin.ccxt.metering import limits
from twinstar.config import Mode
from twinstar.domain import CandleClosed, InstrumentId, Source, Timeframe
from twinstar.errors import ConfigError
from twinstar.plugin.registry import SimEndpoint, VenueContext
from twinstar.ports import Venue
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.venue_clock import MeasuredClock
from twinstar.testing.conformance.listening import listening

MINUTE = 60_000
T0 = 0  # three minutes ago, for each test anew: some of these venues are asked for the last minutes only
PRICES = ("100", "101", "102", "103")  # what each minute closes at; the last one is forming

Json = Any
Row = tuple[int, str]  # the minute, and its close


@pytest.fixture(autouse=True)
def _three_minutes_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "T0", (int(time.time() * 1_000) // MINUTE - 3) * MINUTE)


def rows() -> Sequence[Row]:
    return [(T0 + minute * MINUTE, close) for minute, close in enumerate(PRICES)]


class Stranger(Struct, frozen=True, kw_only=True):
    """``answers``: by the end of a path, given what was sent; ``frame``: a candle that forms."""

    symbol: str
    steps: tuple[str, str]  # of quantity and price
    answers: dict[str, Callable[[Json], Json]]
    frame: Callable[[int, str], Json]
    options: dict[str, Any] = {}


def kraken_pairs(_: Json) -> Json:
    pair = {
        "altname": "XBTUSD", "wsname": "XBT/USD", "aclass_base": "currency", "base": "XXBT", "quote": "ZUSD",
        "aclass_quote": "currency", "lot": "unit", "pair_decimals": 1, "lot_decimals": 8, "lot_multiplier": 1,
        "cost_decimals": 5, "leverage_buy": [], "leverage_sell": [], "fees": [[0, 0.26]], "fees_maker": [[0, 0.16]],
        "ordermin": "0.00005", "costmin": "0.5", "tick_size": "0.1", "status": "online",
    }  # fmt: skip
    return {"error": [], "result": {"XXBTZUSD": pair}}


def kraken_frame(open_ms: int, close: str) -> Json:
    began = datetime.fromtimestamp(open_ms / 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000000000Z")
    candle = {
        "symbol": "BTC/USD", "open": 100, "high": 120, "low": 80, "close": float(close), "trades": 1, "volume": 7,
        "vwap": 100, "interval_begin": began, "interval": 1,
    }  # fmt: skip
    return {"channel": "ohlc", "type": "update", "data": [candle]}


KRAKEN = Stranger(
    symbol="BTC/USD",
    steps=("0.00000001", "0.1"),
    answers={
        "AssetPairs": kraken_pairs,
        "OHLC": lambda _: {
            "error": [],
            "result": {
                "XXBTZUSD": [[at // 1_000, "100", "120", "80", close, "100", "7", 1] for at, close in rows()],
                "last": 0,
            },
        },
    },
    frame=kraken_frame,
)

GATE = Stranger(
    symbol="BTC/USDT",
    steps=("0.00001", "0.1"),
    answers={
        "spot/currency_pairs": lambda _: [
            {
                "id": "BTC_USDT", "base": "BTC", "quote": "USDT", "fee": "0.2", "min_base_amount": "0.00001",
                "min_quote_amount": "3", "amount_precision": 5, "precision": 1, "trade_status": "tradable",
                "sell_start": 0, "buy_start": 0, "type": "normal",
            }
        ],
        "margin/currency_pairs": lambda _: [],
        "spot/candlesticks": lambda _: [
            [str(at // 1_000), "700", close, "120", "80", "100", "7", "true"] for at, close in rows()
        ],
    },
    frame=lambda at, close: {
        "time": at // 1_000, "channel": "spot.candlesticks", "event": "update",
        "result": {"t": str(at // 1_000), "v": "700", "c": close, "h": "120", "l": "80", "o": "100",
                   "n": "1m_BTC_USDT", "a": "7", "w": False},
    },
    options={"fetchMarkets": {"types": ["spot"]}},
)  # fmt: skip

KUCOIN = Stranger(
    symbol="BTC/USDT",
    steps=("0.00000001", "0.1"),
    answers={
        "symbols": lambda _: {
            "code": "200000",
            "data": [
                {
                    "symbol": "BTC-USDT", "name": "BTC-USDT", "baseCurrency": "BTC", "quoteCurrency": "USDT",
                    "feeCurrency": "USDT", "market": "USDS", "baseMinSize": "0.00001", "quoteMinSize": "0.1",
                    "baseMaxSize": "10000", "quoteMaxSize": "99999999", "baseIncrement": "0.00000001",
                    "quoteIncrement": "0.000001", "priceIncrement": "0.1", "minFunds": "0.1",
                    "isMarginEnabled": False, "enableTrading": True,
                }
            ],
        },
        "allTickers": lambda _: {"code": "200000", "data": {"time": T0, "ticker": []}},
        "candles": lambda _: {
            "code": "200000",
            "data": [[str(at // 1_000), "100", close, "120", "80", "7", "700"] for at, close in rows()[::-1]],
        },
        "bullet-public": lambda asked: {
            "code": "200000",
            "data": {
                "token": "t",
                "instanceServers": [
                    {"endpoint": asked["ws"], "protocol": "websocket", "pingInterval": 18_000, "pingTimeout": 10_000}
                ],
            },
        },
    },
    frame=lambda at, close: {
        "type": "message", "topic": "/market/candles:BTC-USDT_1min", "subject": "trade.candles.update",
        "data": {"symbol": "BTC-USDT", "candles": [str(at // 1_000), "100", close, "120", "80", "7", "700"],
                 "time": at * 1_000_000},
    },
    options={"fetchMarkets": {"types": ["spot"]}},
)  # fmt: skip


def hyperliquid_candle(open_ms: int, close: str) -> Json:
    return {
        "t": open_ms, "T": open_ms + MINUTE - 1, "s": "BTC", "i": "1m", "o": "100", "c": close, "h": "120", "l": "80",
        "v": "7", "n": 1,
    }  # fmt: skip


def hyperliquid_info(asked: Json) -> Json:
    if asked["body"]["type"] == "candleSnapshot":
        wanted = asked["body"]["req"]
        return [hyperliquid_candle(*row) for row in rows() if wanted["startTime"] <= row[0] <= wanted["endTime"]]
    market = {"name": "BTC", "szDecimals": 5, "maxLeverage": 40, "marginTableId": 56}
    context = {"markPx": "60000.5", "midPx": "60000.5", "oraclePx": "60000.5", "prevDayPx": "60000.0", "funding": "0"}
    return [{"universe": [market]}, [context]]


HYPERLIQUID = Stranger(
    symbol="BTC/USDC:USDC",
    steps=("0.00001", "1"),
    answers={"info": hyperliquid_info},
    frame=lambda at, close: {"channel": "candle", "data": hyperliquid_candle(at, close)},
    options={"fetchMarkets": {"types": ["swap"]}},
)

STRANGERS = {"kraken": KRAKEN, "gate": GATE, "kucoin": KUCOIN, "hyperliquid": HYPERLIQUID}
EACH = pytest.mark.parametrize("name", STRANGERS)


class Server:
    def __init__(self, stranger: Stranger) -> None:
        self._stranger = stranger
        self.url = ""
        self.lines: list[web.WebSocketResponse] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._talk(request)
        told = self._stranger.answers.get(next(
            (path for path in self._stranger.answers if request.path.endswith(f"/{path}")), ""
        ))  # fmt: skip
        if told is None:
            raise web.HTTPNotFound
        body = json.loads(await request.text() or "null")
        return web.json_response(told({"body": body, "ws": f"ws{self.url.removeprefix('http')}/endpoint"}))

    async def _talk(self, request: web.Request) -> web.WebSocketResponse:
        line = web.WebSocketResponse()
        await line.prepare(request)
        self.lines.append(line)
        async for message in line:
            assert message.type is WSMsgType.TEXT
        return line

    async def candle(self, minute: int, close: str) -> None:
        for line in self.lines:
            await line.send_json(self._stranger.frame(T0 + minute * MINUTE, close))


@asynccontextmanager
async def standing(name: str) -> AsyncIterator[tuple[Server, Venue]]:
    stranger = STRANGERS[name]
    server, app = Server(stranger), web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    clock = SystemClock()
    config = CcxtConfig(
        mode=Mode.PAPER,
        instruments=(stranger.symbol,),
        timeout_s=2,
        options=stranger.options,
        paper={"balances": {"USDT": 100}},
    )
    context = VenueContext(
        id=name,
        clock=clock,
        venue_clock=MeasuredClock(clock),
        random=Random(1),
        limiter=Unlimited(),
        limits=limits(name, config),
        endpoint=SimEndpoint(url=server.url, api_key="key", secret="0" * 64),
    )
    venue = make(config, context)
    try:
        yield server, venue
    finally:
        await venue.close()
        await runner.cleanup()


@EACH
async def test_its_market_has_the_steps_that_it_names_and_others_are_refused(name: str) -> None:
    async with standing(name) as (_, venue):
        (found,) = await venue.listing.instruments([STRANGERS[name].symbol])
        assert (found.quantity_step, found.price_step) == tuple(map(Decimal, STRANGERS[name].steps))
        with pytest.raises(ConfigError, match=f"{name} has no NOPE/USD"):
            await venue.listing.instruments(["NOPE/USD"])


@EACH
async def test_its_past_candles_are_told_to_the_digit_but_not_the_one_that_forms(name: str) -> None:
    async with standing(name) as (_, venue):
        of = InstrumentId(STRANGERS[name].symbol, name)
        candles = await venue.history.candles(of, Timeframe.M1, T0, T0 + 9 * MINUTE)
        assert [(each.open_ms, str(each.close)) for each in candles] == list(rows()[:3])
        assert {(each.open, each.high, each.low, each.volume) for each in candles} == {
            (Decimal(100), Decimal(120), Decimal(80), Decimal(7))
        }


@EACH
async def test_a_streamed_candle_is_over_when_the_next_one_begins(name: str) -> None:
    async with standing(name) as (server, venue), listening(venue, STRANGERS[name].symbol) as heard:
        for minute, close in ((0, "100"), (1, "101"), (1, "102"), (2, "103")):
            await server.candle(minute, close)
        await heard.until(lambda heard: heard.of(CandleClosed))
        (closed,) = heard.of(CandleClosed)
        assert (closed.candle.open_ms, closed.candle.source) == (T0 + MINUTE, Source.UNFLAGGED)
        assert closed.candle.close == 102
