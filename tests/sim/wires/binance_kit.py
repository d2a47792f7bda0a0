"""A simulated Binance USD-M on loopback with a market that moves by hand, and the unmodified ccxt class beside it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import importlib
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
from ccxt.pro.binanceusdm import binanceusdm as ccxt_class

from twinstar.config import SimConfig, SimMarketConfig, SimVenueConfig
from twinstar.sim.build import MAIN, open_exchange
from twinstar.sim.clock import Pace, SystemWall
from twinstar.sim.exchange import SimExchange
from twinstar.sim.model import Tick
from twinstar.sim.venues import Venue, running
from twinstar.sim.wires import binanceusdm

BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"
HISTORY = 100  # minutes that are there when the test begins; each costs a little
START_MS = 1_735_689_600_000  # 2025-01-01, a Wednesday


class TurnableWall(SystemWall):
    """The wall clock, that a test can turn forward."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() + self.ahead_ms


class Simulated:
    """The venue, seen from both sides."""

    def __init__(self, exchange: SimExchange, wall: TurnableWall, port: int, client: Any) -> None:
        self.exchange = exchange
        self.wall = wall
        self.port = port
        self.client = client  # ccxt

    def move(self, until: Callable[[Tick], bool] | None = None, *, symbol: str = BTC, ticks: int = 1) -> None:
        """Let the market happen: so many ticks, or as many as it takes."""
        seen: list[Tick] = []
        forget = self.exchange.on_tick(symbol, seen.append)
        while not any(map(until, seen)) if until else len(seen) < ticks:
            self.exchange.step()
        forget()

    def last(self, symbol: str = BTC) -> Decimal:
        return self.exchange.mark_price(symbol)

    @asynccontextmanager
    async def socket(self, path: str) -> AsyncIterator[Frames]:
        url = f"ws://127.0.0.1:{self.port}/fstream.binance.com{path}"
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as opened:
            yield Frames(opened)

    async def raw(self, method: str, path: str, *, signed: bool = False, **params: Any) -> tuple[int, Any, Any]:
        """A request as it is: status, answer and headers."""
        query = urlencode(params)
        headers = {"X-MBX-APIKEY": MAIN.api_key}
        if signed:
            query = urlencode({**params, "timestamp": self.wall.now_ms()})
            signature = hmac.new(MAIN.secret.encode(), query.encode(), hashlib.sha256).hexdigest()
            query += f"&signature={signature}"
        url = f"http://127.0.0.1:{self.port}/fapi.binance.com{path}?{query}"
        async with aiohttp.ClientSession() as session, session.request(method, url, headers=headers) as answer:
            return answer.status, await answer.json(), answer.headers


class Frames:
    """What comes over a socket, read one by one."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def ask(self, method: str, *params: str, number: int = 1) -> Any:
        await self._socket.send_json({"method": method, "params": params, "id": number})
        return await self.next()

    async def say(self, text: str) -> Any:
        await self._socket.send_str(text)
        return await self.next()

    async def next(self, event: str | None = None) -> Any:
        """The next frame, or the next of that kind."""
        while True:
            message = await self._socket.receive(timeout=2)
            assert message.type is aiohttp.WSMsgType.TEXT, message
            frame = msgspec.json.decode(message.data)
            if event in (None, frame.get("e")):
                return frame


def validate(client: Any, kind: str, *entry_and_more: Any, skipped: Mapping[str, bool] | None = None) -> None:
    """ccxt's own check of a unified structure, as its live tests use it."""
    module = importlib.import_module(f"ccxt.test.exchange.base.test_{kind}")
    getattr(module, f"test_{kind}")(client, dict(skipped or {}), kind, *entry_and_more)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(2):
        while not condition():  # noqa: ASYNC110 - an exchange does not tell who has come to listen
            await asyncio.sleep(0.01)


@asynccontextmanager
async def simulated(*symbols: str, replay: Path | None = None, balance: int = 100_000) -> AsyncIterator[Simulated]:
    symbols = symbols or (BTC, ETH)
    wall = TurnableWall()
    pace = Pace(wall)
    market = SimMarketConfig(replay=replay) if replay else SimMarketConfig(volatility=0.5)
    exchange = open_exchange(
        "binanceusdm",
        binanceusdm.listings(symbols),
        sim=SimConfig(history=HISTORY),
        config=SimVenueConfig(balances={"USDT": balance}, markets=dict.fromkeys(symbols, market)),
        wall=wall,
        pace=pace,
    )
    venue = Venue(id="binanceusdm", exchange=exchange, wire=binanceusdm.make(exchange))
    async with running([venue], pace, wall) as served:
        served.driver.halt()
        port = served.ports["binanceusdm"]
        client = connected(port)
        try:
            yield Simulated(exchange, wall, port, client)
        finally:
            await client.close()


def connected(port: int, **options: Any) -> Any:
    keys = {"apiKey": MAIN.api_key, "secret": MAIN.secret}
    client = ccxt_class({**keys, "enableRateLimit": False, "newUpdates": True, "timeout_on_exit": 0, **options})
    client.urls["api"] = rerouted(client.urls["api"], port)
    client.options["warnOnFetchOpenOrdersWithoutSymbol"] = False
    return client


def rerouted(urls: Any, port: int) -> Any:
    """Every address on loopback, the original host kept as first segment of the path."""
    if isinstance(urls, dict):
        return {name: rerouted(url, port) for name, url in urls.items()}
    scheme, rest = re.fullmatch(r"(\w+)://(.*)", urls).groups()
    return f"{'ws' if scheme.startswith('ws') else 'http'}://127.0.0.1:{port}/{rest}"


def candles_file(path: Path, prices: list[tuple[str, str, str, str]], volume: str = "40") -> Path:
    """A replay of minutes: (open, high, low, close) each."""
    rows = [",".join([str(START_MS + index * 60_000), *minute, volume]) for index, minute in enumerate(prices)]
    path.write_text("\n".join(["time,open,high,low,close,volume", *rows]) + "\n", encoding="utf-8")
    return path
