"""A simulated venue on loopback with a market that moves by hand, for the tests of any wire."""

from __future__ import annotations

import asyncio
import importlib
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

from twinstar.config import SimConfig, SimMarketConfig, SimVenueConfig
from twinstar.sim.build import MAIN, open_exchange
from twinstar.sim.clock import Pace, SystemWall
from twinstar.sim.exchange import SimExchange
from twinstar.sim.model import Tick
from twinstar.sim.server import VenueServer
from twinstar.sim.venues import Venue, running

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

    def __init__(self, exchange: SimExchange, wall: TurnableWall, server: VenueServer, port: int, client: Any) -> None:
        self.exchange = exchange
        self.wall = wall
        self.server = server
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

    async def first(self, watching: Any, *, symbol: str = BTC, ticks: int = 3) -> Any:
        """What a watch gives once it is subscribed and the market moves."""
        task = asyncio.ensure_future(watching)
        await until(lambda: self.exchange.is_heard(symbol))
        while not task.done():
            self.move(symbol=symbol, ticks=ticks)
            await asyncio.sleep(0.02)
        return task.result()


def validate(client: Any, kind: str, *entry_and_more: Any, skipped: Mapping[str, bool] | None = None) -> None:
    """ccxt's own check of a unified structure, as its live tests use it."""
    module = importlib.import_module(f"ccxt.test.exchange.base.test_{kind}")
    getattr(module, f"test_{kind}")(client, dict(skipped or {}), kind, *entry_and_more)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(2):
        while not condition():  # noqa: ASYNC110 - an exchange does not tell who has come to listen
            await asyncio.sleep(0.01)


@asynccontextmanager
async def standing(
    wire: ModuleType,
    make: type[Simulated],
    client_class: Any,
    symbols: Sequence[str] = (),
    *,
    replay: Path | None = None,
    balance: int = 100_000,
    history: int = HISTORY,
    asset: str = "USDT",
    **options: Any,
) -> AsyncIterator[Any]:
    """Perpetuals in one asset at this wire, and the unmodified ccxt class beside it. ``options`` are the class's."""
    symbols = symbols or (BTC, ETH)
    wall = TurnableWall()
    pace = Pace(wall)
    market = SimMarketConfig(replay=replay) if replay else SimMarketConfig(volatility=0.5)
    exchange = open_exchange(
        client_class.__name__,
        wire.listings(symbols),
        sim=SimConfig(history=history),
        config=SimVenueConfig(balances={asset: balance}, markets=dict.fromkeys(symbols, market)),
        wall=wall,
        pace=pace,
    )
    venue = Venue(id="venue", exchange=exchange, wire=wire.make(exchange))
    async with running([venue], pace, wall) as served:
        served.driver.halt()
        client = connected(client_class, served.ports["venue"], **options)
        try:
            yield make(exchange, wall, served.servers["venue"], served.ports["venue"], client)
        finally:
            await client.close()


def connected(client_class: Any, port: int, **options: Any) -> Any:
    keys = {"apiKey": MAIN.api_key, "secret": MAIN.secret, "password": MAIN.passphrase}
    client = client_class({**keys, "enableRateLimit": False, "newUpdates": True, "timeout_on_exit": 0, **options})
    client.verify = False  # nothing on loopback is encrypted, and each context would read all certificates
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
