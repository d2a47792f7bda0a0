"""Our venue and the simulated exchange it talks to, over real sockets. The market moves when a test says so."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from random import Random

import msgspec
import pytest

from twinstar.builtin.ccxt import CcxtConfig, make
from twinstar.builtin.ccxt.metering import limits
from twinstar.config import Mode, SimConfig, SimVenueConfig
from twinstar.domain import (
    WS_CONNECT,
    WS_MESSAGE,
    Answer,
    Call,
    Event,
    InstrumentId,
    LimiterStats,
    Order,
    OrderKind,
    Permit,
    Role,
    Side,
)
from twinstar.plugin.registry import SimEndpoint, VenueContext
from twinstar.ports import Clock, Gap, Venue
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.venue_clock import MeasuredClock
from twinstar.sim.build import MAIN, open_exchange
from twinstar.sim.clock import Pace, SystemWall
from twinstar.sim.driver import Driver
from twinstar.sim.exchange import SimExchange
from twinstar.sim.server import VenueServer
from twinstar.sim.venues import Venue as SimVenue
from twinstar.sim.venues import running

BTC_USDT, ETH_USDT, BTC_KRW, BTC_SPOT = "BTC/USDT:USDT", "ETH/USDT:USDT", "BTC/KRW", "BTC/USDT"
PERPETUALS = {
    "binanceusdm": "POST /fapi.binance.com/fapi/v1/order",
    "bingx": "POST /open-api.bingx.com/openApi/swap/v2/trade/order",
    "bitget": "POST /api.bitget.com/api/v2/mix/order/place-order",
    "bybit": "POST /api.bybit.com/v5/order/create",
    "okx": "POST /www.okx.com/api/v5/trade/order",
}
ORDER_PATH = {
    **PERPETUALS,
    "binance": "POST /api.binance.com/api/v3/order",
    "upbit": "POST /api.upbit.com/v1/orders",
}
SYMBOL = {**dict.fromkeys(PERPETUALS, BTC_USDT), "binance": BTC_SPOT, "upbit": BTC_KRW}
MONEY = {
    **{venue: {"USDT": Decimal(100_000)} for venue in PERPETUALS},
    "binance": {"USDT": Decimal(100_000)},
    "upbit": {"KRW": Decimal(500_000_000)},
}
PUBLIC = {
    "binance": "/stream.binance.com:9443/ws",
    "binanceusdm": "/market/ws",
    "bingx": "/swap-market$",
    "bitget": "/v2/ws/public",
    "bybit": "/v5/public/linear",
    "okx": "/ws/v5/business",
    "upbit": "/websocket/v1$",
}
PRIVATE = {
    "binance": "/ws-api/v3",
    "binanceusdm": "/private/ws",
    "bingx": "listenKey",
    "bitget": "/v2/ws/private",
    "bybit": "/v5/private",
    "okx": "/ws/v5/private",
    "upbit": "/websocket/v1/private",
}
SPOT = ("binance", "upbit")  # what rests there binds what it would sell: stops are held here
EACH = pytest.mark.parametrize("name", list(SYMBOL))


class Unlimited:
    """Loopback has no limits. Remembers what it let go."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.returned = 0

    async def acquire(self, call: Call) -> Permit:
        self.calls.append(call)
        return Permit(call, len(self.calls))

    def settle(self, permit: Permit, answer: Answer | None = None) -> None:
        """Nothing is counted."""

    def give_back(self, permit: Permit) -> None:
        self.returned += 1

    def stats(self) -> LimiterStats:
        rest = [call for call in self.calls if call.what not in (WS_CONNECT, WS_MESSAGE)]
        return LimiterStats(metered=len(rest) - self.returned)

    def close(self) -> None:
        """It holds nothing."""


class Scene:
    """One simulated exchange, seen from behind its counter, and our venue in front of it."""

    def __init__(self, exchange: SimExchange, server: VenueServer, driver: Driver, port: int, name: str) -> None:
        self.exchange, self.server, self.driver, self.name = exchange, server, driver, name
        self.endpoint = SimEndpoint(url=f"http://127.0.0.1:{port}", api_key=MAIN.api_key, secret=MAIN.secret)
        self.clock: Clock = SystemClock()
        self.time = MeasuredClock(self.clock)
        self.limiter = Unlimited()
        self.venue = self.connect()
        self._ids = 0

    @property
    def symbol(self) -> str:
        return SYMBOL[self.name]

    @property
    def instrument(self) -> InstrumentId:
        return InstrumentId(self.symbol, self.name)

    @property
    def price(self) -> Decimal:
        return self.exchange.ticker(self.symbol).last

    def connect(self, *, secret: str | None = None, **config: object) -> Venue:
        endpoint = self.endpoint if secret is None else msgspec.structs.replace(self.endpoint, secret=secret)
        settings = CcxtConfig(mode=Mode.SIM, instruments=(self.symbol,), **{"timeout_s": 2.0, **config})
        context = VenueContext(
            id=self.name,
            clock=self.clock,
            venue_clock=self.time,
            random=Random(7),
            limiter=self.limiter,
            limits=limits(self.name, settings),
            endpoint=endpoint,
        )
        return make(settings, context)

    def fault(self, **fault: object) -> None:
        self.server.faults.add(msgspec.json.encode([fault]))
        self.server.afflict_open_lines()

    def spoil_orders(self, kind: str, **more: object) -> None:
        self.fault(on="rest", kind=kind, match=ORDER_PATH[self.name], **more)

    def orders_sent(self) -> int:
        method, _, path = ORDER_PATH[self.name].partition(" ")
        return self.server.requests[f"{method} /{path.split('/', 2)[2]}"]

    def minutes(self, count: int) -> None:
        """Let so many minutes of the market happen."""
        until_ms = self.exchange.clock.market_ms() // 60_000 * 60_000 + count * 60_000
        while self.exchange.clock.market_ms() < until_ms:
            self.exchange.step()

    def begin_a_minute(self) -> None:
        """Until a candle of our symbol is being formed."""
        self.exchange.step()
        while self.exchange.candles(self.symbol, 60_000, limit=1)[-1].closed:
            self.exchange.step()

    def order(self, **changes: object) -> Order:
        """A market buy of about 30,000 USDT or 300,000,000 KRW, unless changed."""
        self._ids += 1
        wish: dict[str, object] = {
            "order_id": f"ts{self._ids:018d}",
            "instrument": self.instrument,
            "side": Side.BUY,
            "kind": OrderKind.MARKET,
            "quantity": Decimal("0.2"),
            "role": Role.ENTRY,
            **changes,
        }
        return Order(**wish)  # type: ignore[arg-type]

    async def account(self, *orders: Order) -> list[Event]:
        assert self.venue.trading
        return list(await self.venue.trading.account(Gap(orders=orders)))


@asynccontextmanager
async def scene(name: str, *, history: int = 30, **config: object) -> AsyncIterator[Scene]:
    wall = SystemWall()
    pace = Pace(wall)
    wire = importlib.import_module(f"twinstar.sim.wires.{name}")
    symbols = [BTC_USDT, ETH_USDT] if name in PERPETUALS else [SYMBOL[name]]
    exchange = open_exchange(
        name,
        wire.listings(symbols),
        sim=SimConfig(seed=3, history=history),
        config=SimVenueConfig(balances=MONEY[name]),
        wall=wall,
        pace=pace,
    )
    async with running([SimVenue(id=name, exchange=exchange, wire=wire.make(exchange))], pace, wall) as now:
        now.driver.halt()
        one = Scene(exchange, now.servers[name], now.driver, now.ports[name], name)
        if config:
            one.venue = one.connect(**config)
        try:
            yield one
        finally:
            assert one.venue.close
            await one.venue.close()
