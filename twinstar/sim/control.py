"""``/_sim/…`` on each venue's port: what tests see and steer from outside. No venue has this."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal, InvalidOperation

import msgspec
from aiohttp import web
from msgspec import Struct

from twinstar.sim.clock import MINUTE_MS, Pace
from twinstar.sim.driver import Driver
from twinstar.sim.exchange import SimExchange
from twinstar.sim.model import Balance, Candle, Order, Position, Refusal
from twinstar.sim.server import Dial, VenueServer


class ClockAnswer(Struct, frozen=True):
    now_ms: int
    market_ms: int
    speed: float


class AccountState(Struct, frozen=True):
    balances: list[Balance]
    positions: list[Position]
    open_orders: list[Order]


class State(Struct, frozen=True):
    symbols: list[str]
    market_ms: int
    halted: bool
    finished: bool  # a replay that is over
    accounts: dict[str, AccountState]
    requests: dict[str, int]  # "METHOD /path": how many
    connections: int
    dials: list[Dial]  # the latest, oldest first


class Funding(Struct, frozen=True, forbid_unknown_fields=True):
    rate: Decimal | None = None  # None: the one that is due next


class CandlesAsked(Struct, frozen=True, forbid_unknown_fields=True):
    symbol: str
    since_ms: int
    limit: int = 100_000


class Control:
    def __init__(self, exchange: SimExchange, server: VenueServer, driver: Driver, pace: Pace) -> None:
        self._exchange = exchange
        self._server = server
        self._driver = driver
        self._pace = pace

    def routes(self) -> list[web.RouteDef]:
        faults = self._server.faults
        return [
            web.get("/_sim/clock", _answering(lambda _: self.clock())),
            web.get("/_sim/state", _answering(lambda _: self.state())),
            web.get("/_sim/faults", _answering(lambda _: faults.left())),
            web.post("/_sim/faults", _answering(self.add_faults)),
            web.delete("/_sim/faults", _answering(lambda _: faults.clear())),
            web.post("/_sim/halt", _answering(lambda _: self.halt())),
            web.post("/_sim/go", _answering(lambda _: self.go())),
            web.post("/_sim/funding", _answering(self.fund)),
            web.post("/_sim/candles", _answering(self.candles)),
        ]

    def clock(self) -> ClockAnswer:
        clock = self._exchange.clock
        return ClockAnswer(clock.now_ms(), clock.market_ms(), self._pace.speed)

    def state(self) -> State:
        exchange, server = self._exchange, self._server
        return State(
            symbols=list(exchange.listings),
            market_ms=exchange.clock.market_ms(),
            halted=self._driver.halted,
            finished=exchange.feed.next_ms is None,
            accounts={name: _account(exchange, name) for name in exchange.accounts},
            requests=dict(server.requests),
            connections=len(server.lines),
            dials=list(server.dials),
        )

    def halt(self) -> ClockAnswer:
        self._driver.halt()
        return self.clock()

    def go(self) -> ClockAnswer:
        self._driver.go()
        return self.clock()

    def add_faults(self, body: bytes) -> object:
        added = self._server.faults.add(body)
        self._server.afflict_open_lines()
        return added

    def fund(self, body: bytes) -> State:
        self._exchange.treasury.fund(msgspec.json.decode(body or b"{}", type=Funding).rate)
        return self.state()

    def candles(self, body: bytes) -> Sequence[Candle]:
        """The one-minute candles as they truly are, the forming one among them."""
        asked = msgspec.json.decode(body, type=CandlesAsked)
        return self._exchange.candles(asked.symbol, MINUTE_MS, start_ms=asked.since_ms, limit=asked.limit)


def _account(exchange: SimExchange, name: str) -> AccountState:
    return AccountState(
        list(exchange.balances(name)),
        list(exchange.positions(name)),
        list(exchange.orders(name, open_only=True)),
    )


def _answering(ask: Callable[[bytes], object]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        try:
            value, status = ask(await request.read()), 200
        except (msgspec.DecodeError, ValueError, InvalidOperation, Refusal) as error:  # what was sent makes no sense
            value, status = {"error": str(error)}, 400
        return web.Response(status=status, body=msgspec.json.encode(value), content_type="application/json")

    return answer
