"""A simulated Binance USD-M on loopback with a market that moves by hand, and the unmodified ccxt class beside it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
from ccxt.pro.binanceusdm import binanceusdm as ccxt_class
from sim.wires import kit
from sim.wires.kit import BTC, ETH, HISTORY, MAIN, START_MS, candles_file, until, validate

from twinstar.sim.wires import binanceusdm

__all__ = ["BTC", "ETH", "HISTORY", "START_MS", "candles_file", "connected", "simulated", "until", "validate"]


class Simulated(kit.Simulated):
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


def simulated(
    *symbols: str, replay: Path | None = None, balance: int = 100_000
) -> AbstractAsyncContextManager[Simulated]:
    return kit.standing(binanceusdm, Simulated, ccxt_class, symbols, replay=replay, balance=balance)


def connected(port: int, **options: Any) -> Any:
    return kit.connected(ccxt_class, port, **options)
