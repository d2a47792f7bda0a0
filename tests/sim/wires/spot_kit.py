"""A simulated Binance spot on loopback with a market that moves by hand, and the unmodified ccxt class beside it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
from ccxt.pro.binance import binance as ccxt_class
from sim.wires import kit
from sim.wires.kit import MAIN

from twinstar.sim.wires import binance

BTC, ETH, BNB = "BTC/USDT", "ETH/USDT", "BNB/USDT"
SIGNED_IN = "userDataStream.subscribe.signature"


def sign(payload: str, secret: str = MAIN.secret) -> str:
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()


class Simulated(kit.Simulated):
    async def raw(self, method: str, path: str, *, signed: bool = True, **params: Any) -> tuple[int, Any]:
        query = urlencode(params | ({"timestamp": self.wall.now_ms()} if signed else {}))
        query += f"&signature={sign(query)}" if signed else ""
        url = f"http://127.0.0.1:{self.port}/api.binance.com{path}?{query}"
        headers = {"X-MBX-APIKEY": MAIN.api_key}
        async with aiohttp.ClientSession() as session, session.request(method, url, headers=headers) as answer:
            return answer.status, await answer.json()

    def login(self, *, secret: str = MAIN.secret, **changes: Any) -> dict[str, Any]:
        params = {"apiKey": MAIN.api_key, "timestamp": self.wall.now_ms(), **changes}
        payload = "&".join(f"{name}={value}" for name, value in sorted(params.items()))
        return {"id": "1", "method": SIGNED_IN, "params": {**params, "signature": sign(payload, secret)}}

    @asynccontextmanager
    async def socket(self, path: str) -> AsyncIterator[Frames]:
        url = f"ws://127.0.0.1:{self.port}/{path}"
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as opened:
            yield Frames(opened)

    def news(self) -> Any:
        """The account's socket, not logged in yet."""
        return self.socket("ws-api.binance.com:443/ws-api/v3")

    def held(self, asset: str) -> tuple[Decimal, Decimal]:
        found = {each.asset: (each.free, each.locked) for each in self.exchange.balances(MAIN.account)}
        return found.get(asset, (Decimal(0), Decimal(0)))

    def deposit(self, asset: str, amount: str) -> None:
        self.exchange.treasury.deposit(MAIN.account, {asset: Decimal(amount)})


class Frames:
    """What comes over a socket, read one by one."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def ask(self, message: Any) -> Any:
        await self._socket.send_str(message if isinstance(message, str) else msgspec.json.encode(message).decode())
        return await self.next()

    async def next(self) -> Any:
        return msgspec.json.decode((await self._socket.receive(timeout=2)).data)

    async def events(self, count: int) -> list[Any]:
        return [(await self.next())["event"] for _ in range(count)]


def simulated(*symbols: str, history: int = kit.HISTORY) -> Any:
    options = {"options": {"fetchMarkets": {"types": ["spot"]}}}
    return kit.standing(binance, Simulated, ccxt_class, symbols or (BTC, ETH), history=history, **options)
