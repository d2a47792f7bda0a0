"""A simulated BingX on loopback with a market that moves by hand, and the unmodified ccxt class beside it."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from ccxt.pro.bingx import bingx as ccxt_class
from sim.wires import kit
from sim.wires.kit import BTC, ETH, HISTORY, MAIN, candles_file, until, validate

from twinstar.sim.wires import bingx
from twinstar.sim.wires.bingx import gate

__all__ = ["BTC", "ETH", "HISTORY", "MAIN", "candles_file", "simulated", "until", "validate"]

STREAM = "/openApi/user/auth/userDataStream"


class Frames:
    """What comes over a socket, unzipped."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.seen: list[Any] = []

    async def ask(self, **said: str) -> Any:
        return await self.say(json.dumps(said))

    async def say(self, text: str) -> Any:
        await self._socket.send_str(text)
        return await self.next()

    async def next(self) -> Any:
        message = await self.message()
        assert message.type is aiohttp.WSMsgType.BINARY, message
        text = gzip.decompress(message.data).decode()
        self.seen.append(text if text == "Ping" else json.loads(text))
        return self.seen[-1]

    async def heard(self) -> list[Any]:
        """All that has been sent so far: an unknown request is answered after it."""
        said = {"id": "last", "reqType": "unsub", "dataType": "none"}
        while (await self.ask(**said) if not self._is_last() else self.seen[-1]) and not self._is_last():
            await self.next()
        return self.seen

    def _is_last(self) -> bool:
        return bool(self.seen) and isinstance(self.seen[-1], dict) and self.seen[-1].get("id") == "last"

    async def message(self) -> aiohttp.WSMessage:
        return await self._socket.receive(timeout=2)


class Simulated(kit.Simulated):
    @asynccontextmanager
    async def socket(self, query: str = "") -> AsyncIterator[Frames]:
        url = f"ws://127.0.0.1:{self.port}/open-api-swap.bingx.com/swap-market{query}"
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as opened:
            yield Frames(opened)

    async def listen_key(self) -> str:
        status, answer, _ = await self.send("POST", STREAM)
        assert status == 200, answer
        return str(answer["listenKey"])

    async def ok(self, method: str, path: str, **params: Any) -> Any:
        """The data of what is carried out."""
        answer = await self.raw(method, path, **params)
        assert answer["code"] == 0, answer
        return answer["data"]

    async def raw(self, method: str, path: str, **params: Any) -> Any:
        return (await self.send(method, f"/openApi/{path}", **params))[1]

    async def send(
        self, method: str, target: str, *, changes: dict[str, str] | None = None, key: str = MAIN.api_key, **params: Any
    ) -> tuple[int, Any, Any]:
        """Signed; ``changes`` are made after that. Status, answer and headers."""
        asked = {**{name: str(value) for name, value in params.items()}, "timestamp": str(self.wall.now_ms())}
        content = "&".join(f"{name}={asked[name]}" for name in sorted(asked))
        parts = {"": content, "signature": gate.signature(MAIN, content), **(changes or {})}
        query = parts[""] + (f"&signature={parts['signature']}" if parts["signature"] else "")
        url = f"http://127.0.0.1:{self.port}/open-api.bingx.com{target}?{query}"
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, headers={"X-BX-APIKEY": key}) as answer,
        ):
            body = await answer.text()
            return answer.status, json.loads(body) if body else None, answer.headers


def simulated(
    *symbols: str, replay: Path | None = None, balance: int = 100_000, history: int = HISTORY
) -> AbstractAsyncContextManager[Simulated]:
    return kit.standing(
        bingx,
        Simulated,
        ccxt_class,
        symbols,
        replay=replay,
        balance=balance,
        history=history,
        options={"defaultType": "swap"},
    )
