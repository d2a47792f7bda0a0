"""A simulated Bitget on loopback with a market that moves by hand, and the unmodified ccxt class beside it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from ccxt.pro.bitget import bitget as ccxt_class
from sim.wires import kit
from sim.wires.kit import BTC, ETH, HISTORY, MAIN, candles_file, until, validate
from sim.wires.okx_kit import Frames

from twinstar.sim.wires import bitget
from twinstar.sim.wires.bitget import gate

__all__ = ["BTC", "ETH", "HISTORY", "MAIN", "candles_file", "simulated", "until", "validate"]

ONE = {"symbol": "BTCUSDT", "productType": "USDT-FUTURES"}
CLASSIC = {"defaultType": "swap", "uta": False}
UNIFIED = {"defaultType": "swap", "uta": True}


class Simulated(kit.Simulated):
    @asynccontextmanager
    async def socket(self, place: str, *, login: bool = False, version: str = "v2") -> AsyncIterator[Frames]:
        url = f"ws://127.0.0.1:{self.port}/ws.bitget.com/{version}/ws/{place}"
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as opened:
            frames = Frames(opened)
            if login:
                answer = await frames.ask("login", self.login())
                assert answer == {"event": "login", "code": 0}
            yield frames

    def login(self, **changes: str) -> dict[str, str]:
        timestamp = str(self.wall.now_ms() // 1000)
        sign = gate.signature(MAIN, f"{timestamp}GET/user/verify")
        return {
            "apiKey": MAIN.api_key, "passphrase": MAIN.passphrase, "timestamp": timestamp, "sign": sign, **changes,
        }  # fmt: skip

    async def get(self, path: str, **params: Any) -> Any:
        return (await self.raw("GET", path, **params))[1]

    async def post(self, path: str, **body: Any) -> Any:
        """The data of an order that is carried out."""
        status, answer = await self.raw("POST", path, body)
        assert (status, answer["code"]) == (200, "00000"), answer
        return answer["data"]

    async def raw(
        self, method: str, path: str, body: Any = None, *, version: str = "v2", **params: Any
    ) -> tuple[int, Any]:
        """A signed request as it is: status and answer."""
        query = f"?{urlencode(params)}" if params else ""
        content = "" if body is None else json.dumps(body)
        target = f"/api/{version}/{path}{query}"
        return (await self.send(method, target, content, self.signed(method, target, content)))[:2]

    def signed(self, method: str, target: str, content: str = "", **changes: str) -> dict[str, str]:
        timestamp = str(self.wall.now_ms())
        return {
            "ACCESS-KEY": MAIN.api_key,
            "ACCESS-PASSPHRASE": MAIN.passphrase,
            "ACCESS-TIMESTAMP": timestamp,
            "ACCESS-SIGN": gate.signature(MAIN, f"{timestamp}{method}{target}{content}"),
            **changes,
        }

    async def send(self, method: str, target: str, content: str, headers: dict[str, str]) -> tuple[int, Any, Any]:
        url = f"http://127.0.0.1:{self.port}/api.bitget.com{target}"
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, headers=headers, data=content or None) as answer,
        ):
            return answer.status, await answer.json(), answer.headers


def simulated(
    *symbols: str,
    replay: Path | None = None,
    balance: int = 100_000,
    history: int = HISTORY,
    options: Mapping[str, Any] = CLASSIC,
) -> AbstractAsyncContextManager[Simulated]:
    return kit.standing(
        bitget, Simulated, ccxt_class, symbols, replay=replay, balance=balance, history=history, options=dict(options)
    )
