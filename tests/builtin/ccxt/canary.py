"""An unmodified exchange of ccxt's between a wire that answers as a test says and lines that are lists."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, Self, TypeAlias
from urllib.parse import urlsplit

from aiohttp import WSMsgType
from msgspec import Struct

from twinstar.builtin.ccxt.lazy import exchange_class

BTC_USDT, BTC_KRW = "BTC/USDT:USDT", "BTC/KRW"
IDS = {
    "binance": "BTCUSDT",
    "binanceusdm": "BTCUSDT",
    "bingx": "BTC-USDT",
    "bitget": "BTCUSDT",
    "bybit": "BTCUSDT",
    "okx": "BTC-USDT-SWAP",
    "upbit": "KRW-BTC",
}
HEADERS = MappingProxyType({"Content-Type": "text/html"})  # of what is JSON, ccxt does not look at it
TURNS = 60  # of the event loop: all that can happen without time passing has happened by then

Answering: TypeAlias = Callable[[str, str], Any]  # (method, path): a document, or (status, text)
Scripted: TypeAlias = Callable[["Line", Any], None]


class Message(Struct):
    type: WSMsgType
    data: Any


class Asked(Struct):
    method: str
    path: str
    query: str
    body: str


class Response(Struct):
    status: int
    body: str
    reason: str = ""
    headers: Mapping[str, str] = HEADERS

    async def text(self, errors: str) -> str:
        return self.body

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None: ...


class Line:
    """What aiohttp's WebSocket would be. What the venue says is put in by the test."""

    _conn = None  # ccxt then takes one frame after the other

    def __init__(self, url: str, heard: Scripted) -> None:
        self.url, self._heard = url, heard
        self.closed = False
        self.sent: list[Any] = []
        self._coming: asyncio.Queue[Message | Exception] = asyncio.Queue()

    @property
    def unread(self) -> int:
        return self._coming.qsize()

    def say(self, *frames: Any) -> None:
        for frame in frames:
            text = frame if isinstance(frame, str) else json.dumps(frame)
            self._coming.put_nowait(Message(WSMsgType.TEXT, text))

    def fail(self, error: Exception) -> None:
        self._coming.put_nowait(error)

    def drop(self) -> None:
        self.closed = True
        self._coming.put_nowait(Message(WSMsgType.CLOSE, 1011))

    async def receive(self) -> Message:
        coming = await self._coming.get()
        if isinstance(coming, Exception):
            raise coming
        return coming

    async def send_str(self, text: str) -> None:
        message = json.loads(text) if text[:1] in "[{" else text
        self.sent.append(message)
        self._heard(self, message)

    async def ping(self, payload: bytes = b"") -> None:
        self._coming.put_nowait(Message(WSMsgType.PONG, payload))

    async def close(self) -> None:
        self.closed = True
        self._coming.put_nowait(Message(WSMsgType.CLOSED, None))

    async def __aenter__(self) -> Self:
        return self


class Session:
    """In the place of aiohttp's. Keeps what was asked and what was opened."""

    def __init__(self, answer: Answering, heard: Scripted) -> None:
        self._answer, self._heard = answer, heard
        self.headers: dict[str, str] = {}
        self.asked: list[Asked] = []
        self.lines: list[Line] = []

    def ws_connect(self, url: str, **_: object) -> Line:
        self.lines.append(Line(url, self._heard))
        return self.lines[-1]

    def _request(self, method: str, url: Any, *, data: bytes | None, **_: object) -> Response:
        parts = urlsplit(str(url))
        self.asked.append(Asked(method, parts.path, parts.query, (data or b"").decode()))
        answer = self._answer(method, parts.path)
        status, text = answer if isinstance(answer, tuple) else (200, json.dumps(answer))
        return Response(status, text)

    def __getattr__(self, name: str) -> Callable[..., Response]:
        if name not in ("get", "post", "put", "delete"):
            raise AttributeError(name)
        return lambda url, **more: self._request(name.upper(), url, **more)


def silence(*_: object) -> None:
    """A venue that says nothing of itself."""


def nothing(*_: object) -> dict[str, object]:
    return {}


@asynccontextmanager
async def plain(
    exchange_id: str, answer: Answering = nothing, heard: Scripted = silence, **options: object
) -> AsyncIterator[Any]:
    """The class as ccxt has it, with one market; ``session`` is ours."""
    settings = {
        "apiKey": "key",
        "secret": "c2VjcmV0",
        "password": "phrase",
        "enableRateLimit": False,
        "timeout_on_exit": 0,
        "session": Session(answer, heard),
        "options": options,
    }
    exchange = exchange_class(exchange_id)(settings)
    exchange.set_markets([market(exchange_id)])
    try:
        yield exchange
    finally:
        await exchange.close()


def market(exchange_id: str) -> dict[str, object]:
    spot = exchange_id in ("binance", "upbit")
    base, quote = "BTC", "KRW" if exchange_id == "upbit" else "USDT"
    return {
        "id": IDS[exchange_id],
        "lowercaseId": IDS[exchange_id].lower(),
        "symbol": f"{base}/{quote}" if spot else BTC_USDT,
        "base": base, "quote": quote, "settle": None if spot else quote,
        "baseId": base, "quoteId": quote, "settleId": None if spot else quote,
        "type": "spot" if spot else "swap",
        "spot": spot, "margin": False, "swap": not spot, "future": False, "option": False,
        "contract": not spot, "linear": None if spot else True, "inverse": None if spot else False,
        "contractSize": None if spot else 1, "active": True,
        "precision": {"amount": 0.001, "price": 0.1},
        "limits": {name: {"min": None, "max": None} for name in ("amount", "price", "cost", "leverage")},
        "info": {"orderTypes": ["LIMIT", "MARKET", "STOP_MARKET"]},
    }  # fmt: skip


async def settle() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def line_of(exchange: Any, number: int = 0) -> Line:
    """The line that it has opened."""
    await settle()
    line: Line = exchange.session.lines[number]
    return line


def kline(number: int, market: str = "BTCUSDT") -> dict[str, object]:
    """Binance's frame of a candle that is being formed; the close tells one from another."""
    row = {
        "t": 1_700_000_040_000,
        "s": market,
        "i": "1m",
        "o": "100",
        "h": "990",
        "l": "90",
        "c": str(number),
        "v": "5",
    }
    return {"e": "kline", "E": 1_700_000_050_000 + number, "s": market, "k": row}


def okx_candle(number: int) -> dict[str, object]:
    row = ["1700000040000", "100", "990", "90", str(number), "5", "5", "5", "0"]
    return {"arg": {"channel": "candle1m", "instId": "BTC-USDT-SWAP"}, "data": [row]}


def changed(what: str, ours: str) -> str:
    """What a canary says when it falls."""
    return f"ccxt is another than it was: {what}. What we do about it may go, or must change: {ours}"
