"""A simulated OKX on loopback with a market that moves by hand, and the unmodified ccxt class beside it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from ccxt.pro.okx import okx as ccxt_class
from sim.wires import kit
from sim.wires.kit import BTC, ETH, MAIN, candles_file, until, validate

from twinstar.sim.wires import okx
from twinstar.sim.wires.okx import gate

__all__ = ["BTC", "ETH", "candles_file", "simulated", "until", "validate"]

SWAP = "BTC-USDT-SWAP"


class Simulated(kit.Simulated):
    @asynccontextmanager
    async def socket(self, place: str, *, login: bool = False) -> AsyncIterator[Frames]:
        url = f"ws://127.0.0.1:{self.port}/ws.okx.com:443/ws/v5/{place}"
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as opened:
            frames = Frames(opened)
            if login:
                answer = await frames.ask("login", self.login())
                assert answer["event"] == "login", answer
            yield frames

    def login(self, **changes: str) -> dict[str, str]:
        timestamp = str(self.wall.now_ms() // 1000)
        sign = gate.signature(MAIN, f"{timestamp}GET/users/self/verify")
        return {
            "apiKey": MAIN.api_key,
            "passphrase": MAIN.passphrase,
            "timestamp": timestamp,
            "sign": sign,
            **changes,
        }

    async def raw(self, method: str, path: str, body: Any = None, **params: Any) -> tuple[int, Any]:
        """A signed request as it is: status and answer."""
        query = f"?{urlencode(params)}" if params else ""
        content = "" if body is None else json.dumps(body)
        headers = self.signed(method, f"/api/v5/{path}{query}", content)
        return await self.send(method, f"/api/v5/{path}{query}", content, headers)

    def signed(self, method: str, target: str, content: str = "", **changes: str) -> dict[str, str]:
        at = datetime.fromtimestamp(self.wall.now_ms() / 1000, UTC).isoformat(timespec="milliseconds")
        timestamp = at.replace("+00:00", "Z")
        return {
            "OK-ACCESS-KEY": MAIN.api_key,
            "OK-ACCESS-PASSPHRASE": MAIN.passphrase,
            "OK-ACCESS-TIMESTAMP": timestamp,
            "OK-ACCESS-SIGN": gate.signature(MAIN, f"{timestamp}{method}{target}{content}"),
            **changes,
        }

    async def send(self, method: str, target: str, content: str, headers: dict[str, str]) -> tuple[int, Any]:
        url = f"http://127.0.0.1:{self.port}/www.okx.com{target}"
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, headers=headers, data=content or None) as answer,
        ):
            return answer.status, await answer.json()


class Frames:
    """What comes over a socket, read one by one."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.seen: list[Any] = []

    async def ask(self, op: str, *args: dict[str, str]) -> Any:
        return await self.say(json.dumps({"op": op, "args": args}))

    async def answer(self, op: str, *args: dict[str, str]) -> Any:
        """As ``ask``, with news on the way passed over."""
        frame = await self.ask(op, *args)
        while "event" not in frame:
            frame = await self.next()
        return frame

    async def heard(self) -> list[Any]:
        """All that has been sent so far: a ping is answered after it."""
        await self._socket.send_str("ping")
        while await self.next() != "pong":
            pass
        return self.seen

    async def say(self, text: str) -> Any:
        await self._socket.send_str(text)
        return await self.next()

    async def next(self, channel: str | None = None) -> Any:
        """The next frame, or the next with data of that channel."""
        while True:
            message = await self.message()
            assert message.type is aiohttp.WSMsgType.TEXT, message
            frame = message.data if message.data == "pong" else json.loads(message.data)
            self.seen.append(frame)
            if channel is None or ("data" in frame and frame["arg"]["channel"] == channel):
                return frame

    async def message(self) -> aiohttp.WSMessage:
        return await self._socket.receive(timeout=2)


def simulated(*symbols: str, replay: Path | None = None, history: int = 5) -> AbstractAsyncContextManager[Simulated]:
    """ccxt would ask for the markets of five kinds, each time."""
    markets = {"options": {"fetchMarkets": {"types": ["swap"]}}}
    return kit.standing(okx, Simulated, ccxt_class, symbols, replay=replay, history=history, **markets)
