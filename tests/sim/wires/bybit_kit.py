"""A simulated Bybit on loopback with a market that moves by hand, and the unmodified ccxt class beside it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
from ccxt.pro.bybit import bybit as ccxt_class
from sim.wires import kit
from sim.wires.kit import MAIN

from twinstar.sim.wires import bybit

HOST = "api.bybit.com"
PUBLIC, PRIVATE = "/v5/public/linear", "/v5/private"
ONE = {"category": "linear", "symbol": "BTCUSDT"}


class Simulated(kit.Simulated):
    @asynccontextmanager
    async def socket(self, path: str) -> AsyncIterator[Frames]:
        url = f"ws://127.0.0.1:{self.port}/stream.bybit.com{path}"
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as opened:
            yield Frames(opened)

    async def get(self, path: str, **params: Any) -> Any:
        """The result of a signed question."""
        return await self._result("GET", path, params)

    async def post(self, path: str, **params: Any) -> Any:
        return await self._result("POST", path, params)

    async def _result(self, method: str, path: str, params: dict[str, Any]) -> Any:
        status, answer, _ = await self.raw(method, path, params)
        assert (status, answer["retCode"]) == (200, 0), answer
        return answer["result"]

    async def post_raw(self, path: str, body: str, headers: dict[str, str]) -> tuple[int, Any]:
        url = f"http://127.0.0.1:{self.port}/{HOST}{path}"
        async with aiohttp.ClientSession() as session, session.post(url, headers=headers, data=body) as answer:
            return answer.status, await answer.json()

    async def raw(
        self, method: str, path: str, params: dict[str, Any] | None = None, **changed: str | None
    ) -> tuple[int, Any, Any]:
        """A request as it is: status, answer and headers; ``changed`` headers (``x_bapi_sign="…"``), None: left out."""
        sent = json.dumps(params or {}) if method == "POST" else urlencode(params or {})
        headers: dict[str, str | None] = {**signed(sent, self.wall.now_ms())}
        headers.update({name.replace("_", "-"): value for name, value in changed.items()})
        url = f"http://127.0.0.1:{self.port}/{HOST}{path}" + ("" if method == "POST" else f"?{sent}")
        shown = {name: value for name, value in headers.items() if value is not None}
        body = sent if method == "POST" else None
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, headers=shown, data=body) as answer,
        ):
            text = await answer.text()
            return answer.status, json.loads(text) if text.startswith("{") else text, answer.headers


class Frames:
    """What comes over a socket, read one by one."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def ask(self, op: str, *args: object, **more: object) -> Any:
        return await self.say(json.dumps({"op": op, "args": args, **more}))

    async def log_in(
        self, *, key: str = MAIN.api_key, secret: str = MAIN.secret, expires: int = 9_999_999_999_999
    ) -> Any:
        signature = hmac.new(secret.encode(), f"GET/realtime{expires}".encode(), hashlib.sha256).hexdigest()
        return await self.ask("auth", key, str(expires), signature)

    async def say(self, text: str) -> Any:
        await self._socket.send_str(text)
        return await self.next()

    async def heard(self) -> list[Any]:
        """All that have been sent by now: a ping is answered after them."""
        found = [await self.ask("ping")]
        while "pong" not in (found[-1].get("op"), found[-1].get("ret_msg")):
            found.append(await self.next())
        return found[:-1]

    async def next(self, topic: str | None = None) -> Any:
        """The next frame, or the next of that topic."""
        while True:
            message = await self._socket.receive(timeout=2)
            assert message.type is aiohttp.WSMsgType.TEXT, message
            frame = msgspec.json.decode(message.data)
            if topic in (None, frame.get("topic")):
                return frame


def signed(sent: str, timestamp: int, *, window: str = "5000", secret: str = MAIN.secret) -> dict[str, str]:
    payload = f"{timestamp}{MAIN.api_key}{window}{sent}"
    return {
        "x-bapi-api-key": MAIN.api_key,
        "x-bapi-timestamp": str(timestamp),
        "x-bapi-recv-window": window,
        "x-bapi-sign": hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest(),
        "content-type": "application/json",
    }


def simulated(
    *symbols: str, replay: Path | None = None, history: int = 5, every_category: bool = False
) -> AbstractAsyncContextManager[Simulated]:
    """ccxt would ask for the markets of eleven categories, each time."""
    options = {} if every_category else {"options": {"fetchMarkets": {"types": ["linear"]}}}
    return kit.standing(bybit, Simulated, ccxt_class, symbols, replay=replay, history=history, **options)


def connected(port: int, **options: Any) -> Any:
    return kit.connected(ccxt_class, port, **options)
