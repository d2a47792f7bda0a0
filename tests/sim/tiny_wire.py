"""The smallest wire there can be: an echo over REST, and closed candles, account news and echoes over WebSocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from sim.kit import PERP

from twinstar.config import SimConfig, SimMarketConfig, SimVenueConfig
from twinstar.sim.build import open_exchange
from twinstar.sim.clock import Pace, SystemWall
from twinstar.sim.exchange import SimExchange
from twinstar.sim.model import Candle, Kind, Request, Side
from twinstar.sim.ports import Line, RestRequest
from twinstar.sim.venues import Running, Venue, running


class TinyWire:
    ccxt_id = "tiny"

    def __init__(self, exchange: SimExchange) -> None:
        self.exchange = exchange
        self.asked: list[RestRequest] = []
        self.sessions: list[TinySession] = []

    def rest(self, request: RestRequest) -> web.Response:
        self.asked.append(request)
        if request.path == "/candles":
            found = self.exchange.candles(PERP.symbol, 60_000, limit=5)
            return web.json_response([[c.open_ms, str(c.close), str(c.volume), c.closed] for c in found])
        if request.path == "/order":
            wish = Request(symbol=PERP.symbol, side=Side.BUY, kind=Kind.MARKET, quantity=PERP.lot * 100)
            order = self.exchange.place("main", wish)
            return web.json_response({"id": order.id, "price": str(order.average_price), "qty": 0.1, "ok": True})
        return web.json_response({"method": request.method, "path": request.path, "query": request.query})

    def connect(self, path: str, query: str, headers: Mapping[str, str], line: Line) -> TinySession | None:
        if not path.startswith("/stream.tiny.com/ws"):
            return None
        session = TinySession(self.exchange, line)
        self.sessions.append(session)
        return session


class TinySession:
    def __init__(self, exchange: SimExchange, line: Line) -> None:
        self._exchange = exchange
        self._line = line
        self._leave: list[Callable[[], None]] = []
        self.is_over = False
        self._padding = ""

    def on_frame(self, frame: str | bytes) -> None:
        if frame in ("candles", "fat candles"):
            self._padding = "x" * 20_000 if frame == "fat candles" else ""
            self._leave.append(self._exchange.on_candle(PERP.symbol, self._send_candle))
        elif frame == "bye":
            self._line.close(4000)
        else:
            self._line.send(frame)

    def refuse(self, frame: str | bytes) -> None:
        self._line.send("refused")

    def on_close(self) -> None:
        self.is_over = True
        for leave in self._leave:
            leave()

    def _send_candle(self, candle: Candle) -> None:
        if candle.closed:
            self._line.send(json.dumps({"open_ms": candle.open_ms, "close": str(candle.close), "x": self._padding}))


class Tiny:
    """A client at the tiny venue."""

    def __init__(self, now: Running, wire: TinyWire, http: aiohttp.ClientSession) -> None:
        self.now = now
        self.wire = wire
        self.exchange = wire.exchange
        self._http = http
        self.url = f"http://127.0.0.1:{now.ports['tiny']}"

    async def ask(self, path: str, *, method: str = "GET", body: Any = None) -> Any:
        async with self._http.request(method, self.url + path, json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    def raw(self, path: str, method: str = "POST", **options: Any) -> Any:
        return self._http.request(method, self.url + path, **options)

    async def fault(self, *faults: dict[str, Any]) -> None:
        await self.ask("/_sim/faults", method="POST", body=list(faults))

    def line(self, **options: Any) -> Any:
        url = f"{self.url}/stream.tiny.com/ws"
        return self._http.ws_connect(url, timeout=aiohttp.ClientWSTimeout(ws_close=0.2), **options)


@asynccontextmanager
async def tiny(
    *, speed: float = 1.0, replay: Path | None = None, wait_for_reader: bool = False, ledger: Path | None = None
) -> AsyncIterator[Tiny]:
    wall = SystemWall()
    pace = Pace(wall, speed)
    config = SimVenueConfig(balances={"USDT": 100_000}, markets={PERP.symbol: SimMarketConfig(replay=replay)})
    exchange = open_exchange(
        "tiny", [PERP], sim=SimConfig(history=5), config=config, wall=wall, pace=pace, ledger=ledger
    )
    wire = TinyWire(exchange)
    venues = [Venue(id="tiny", exchange=exchange, wire=wire)]
    async with (
        running(venues, pace, wall, wait_for_reader=wait_for_reader) as now,
        aiohttp.ClientSession() as http,
    ):
        yield Tiny(now, wire, http)


async def until(condition: Callable[[], bool], within_s: float = 2.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)
