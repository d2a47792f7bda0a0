"""A simulated Upbit on a real socket, and the unmodified ccxt class that is told to go there."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
import uuid
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import aiohttp
import ccxt.pro

from twinstar.config import SimConfig, SimMarketConfig, SimVenueConfig
from twinstar.sim.build import MAIN, open_exchange
from twinstar.sim.exchange import SimExchange
from twinstar.sim.model import Book
from twinstar.sim.server import VenueServer, listening
from twinstar.sim.wires import upbit

BTC = "BTC/KRW"
XRP = "XRP/KRW"
SYMBOLS = (BTC, "ETH/KRW", XRP)
HOST = "api.upbit.com"
PUBLIC = f"/{HOST}/websocket/v1"
PRIVATE = f"/{HOST}/websocket/v1/private"
WITHIN_S = 5.0
# Noon, so that the five hours of history lie within one UTC day.
NOON_MS = int(datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp() * 1000)


class TurnedWall:
    """A wall clock that a test turns; it stands still otherwise."""

    def __init__(self) -> None:
        self.at_ms = NOON_MS

    def now_ms(self) -> int:
        return self.at_ms

    def seconds(self) -> float:
        return self.at_ms / 1000


class Venue:
    def __init__(self, exchange: SimExchange, wall: TurnedWall, port: int, server: VenueServer) -> None:
        self.exchange = exchange
        self.wall = wall
        self.port = port
        self.server = server

    def step(self, times: int = 1) -> None:
        """The market takes so many steps, and the wall follows, so that no limit is ever reached by accident."""
        for _ in range(times):
            self.exchange.step()
        self.wall.at_ms = max(self.wall.at_ms + 1000, self.exchange.feed.reached_ms)

    def book(self, symbol: str = BTC) -> Book:
        return self.exchange.book(symbol, 30)

    def balance(self, asset: str) -> tuple[Decimal, Decimal]:
        balance = next(each for each in self.exchange.balances(MAIN.account) if each.asset == asset)
        return balance.free, balance.locked

    def step_until_filled(self) -> None:
        """Until nothing of the account is open any more."""
        for _ in range(3000):
            if not self.exchange.orders(MAIN.account, open_only=True):
                return
            self.step()
        raise AssertionError("the price never came")


class Socket:
    """A WebSocket as a client without any library on top sees it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def subscribe(self, *parts: Mapping[str, Any], **more: Any) -> None:
        await self.say(json.dumps([{"ticket": "test"}, *parts, *([more] if more else [])]))

    async def say(self, text: str) -> None:
        await self._socket.send_str(text)

    async def frame(self) -> Any:
        """The next one, whatever its kind; binary ones are JSON as well."""
        return json.loads((await self.message()).data)

    async def message(self) -> aiohttp.WSMessage:
        return await self._socket.receive(WITHIN_S)

    async def frames(self) -> list[Any]:
        """All that have been sent by now: a ping is answered after them."""
        await self.say("PING")
        found = []
        while (frame := await self.frame()) != {"status": "UP"}:
            found.append(frame)
        return found


class Told:
    """A line that only writes down."""

    closed = False

    def __init__(self) -> None:
        self.frames: list[str | bytes] = []

    def send(self, frame: str | bytes) -> None:
        self.frames.append(frame)

    def close(self, code: int = 1000) -> None:
        self.closed = True


@asynccontextmanager
async def socket(venue: Venue, path: str = PUBLIC, headers: Mapping[str, str] | None = None) -> AsyncIterator[Socket]:
    url = f"ws://127.0.0.1:{venue.port}{path}"
    async with (
        asyncio.timeout(WITHIN_S * 2),
        aiohttp.ClientSession() as session,
        session.ws_connect(url, headers=headers) as opened,
    ):
        yield Socket(opened)


def token(
    claims: Mapping[str, Any] | None = None, *, secret: str = MAIN.secret, algorithm: str = "HS512"
) -> dict[str, str]:
    """The header of a private request, signed as Upbit documents it."""
    body = {"access_key": MAIN.api_key, "nonce": str(uuid.uuid4()), **(claims or {})}
    head = {"alg": algorithm, "typ": "JWT"}
    signed = ".".join(_part(json.dumps(each).encode()) for each in (head, body))
    digest = {"HS256": "sha256", "HS512": "sha512"}.get(algorithm, "sha384")
    signature = hmac.new(secret.encode(), signed.encode(), digest).digest()
    return {"Authorization": f"Bearer {signed}.{_part(signature)}"}


def hashed(query: str) -> dict[str, str]:
    return {
        "query_hash": hashlib.sha512(query.encode()).hexdigest(),
        "query_hash_alg": "SHA512",
    }


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def of_type(frames: Iterable[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    return [frame for frame in frames if frame["type"] == kind]


def minutes_with_gaps(file: Path) -> SimMarketConfig:
    """A replay from noon of nine minutes, of which the fourth is missing and in the sixth nothing is traded."""
    rows = [f"{NOON_MS + minute * 60_000},1000,1010,990,1005,{0 if minute == 5 else 3}" for minute in range(9)]
    file.write_text("\n".join(["time,open,high,low,close,volume", *rows]))
    return SimMarketConfig(replay=file, cut=(3,))


def reroute(urls: Any, port: int) -> Any:
    """The same urls on loopback, each with its own host as the first segment of the path."""
    if isinstance(urls, dict):
        return {name: reroute(url, port) for name, url in urls.items()}
    scheme, rest = re.fullmatch(r"(\w+)://(.*)", urls).groups()
    return f"{'ws' if scheme.startswith('ws') else 'http'}://127.0.0.1:{port}/{rest}"


@asynccontextmanager
async def client_of(port: int, kind: Any = ccxt.pro.upbit, **config: Any) -> AsyncIterator[Any]:
    client = kind({"apiKey": MAIN.api_key, "secret": MAIN.secret, "enableRateLimit": False, **config})
    client.timeout_on_exit = 0
    client.urls["api"] = reroute(client.urls["api"], port)
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def serving(
    markets: Mapping[str, SimMarketConfig] | None = None,
    *,
    wire: ModuleType = upbit,
    history: int = 5,
    **balances: str,
) -> AsyncIterator[Venue]:
    wall = TurnedWall()
    exchange = open_exchange(
        wire.__name__.rpartition(".")[2],
        wire.listings(SYMBOLS),
        sim=SimConfig(seed=5, history=history),
        config=SimVenueConfig(
            balances={name: Decimal(value) for name, value in balances.items()},
            markets=dict(markets or {}),
        ),
        wall=wall,
    )
    server = VenueServer(wire.make(exchange), exchange, wall)
    async with listening(server) as port:
        yield Venue(exchange, wall, port, server)
