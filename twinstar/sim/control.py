"""``/_sim/…`` on each venue's port: what tests see and steer from outside. No venue has this."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal, InvalidOperation

import msgspec
from aiohttp import web
from msgspec import Struct

from twinstar.sim.clock import Pace
from twinstar.sim.driver import Driver
from twinstar.sim.exchange import SimExchange
from twinstar.sim.model import Balance, Order, Position
from twinstar.sim.server import VenueServer


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
    finished: bool
    accounts: dict[str, AccountState]
    requests: dict[str, int]
    connections: int


def routes(exchange: SimExchange, server: VenueServer, driver: Driver, pace: Pace) -> list[web.RouteDef]:
    def clock() -> ClockAnswer:
        return ClockAnswer(exchange.clock.now_ms(), exchange.clock.market_ms(), pace.speed)

    def state() -> State:
        return State(
            symbols=list(exchange.listings),
            market_ms=exchange.clock.market_ms(),
            halted=driver.halted,
            finished=exchange.feed.next_ms is None,
            accounts={name: _account(exchange, name) for name in exchange.accounts},
            requests=dict(server.requests),
            connections=len(server.lines),
        )

    def halt() -> ClockAnswer:
        driver.halt()
        return clock()

    def go() -> ClockAnswer:
        driver.go()
        return clock()

    async def fund(request: web.Request) -> web.Response:
        """Pay funding now, at ``{"rate": "0.0001"}`` or the current rate."""
        try:
            asked = msgspec.json.decode(await request.read() or b"{}", type=dict[str, str])
            rate = Decimal(asked["rate"]) if "rate" in asked else None
        except (msgspec.DecodeError, InvalidOperation) as error:
            return _json({"error": str(error)}, 400)
        exchange.treasury.fund(rate)
        return _json(state())

    async def add_faults(request: web.Request) -> web.Response:
        try:
            added = server.faults.add(await request.read())
        except (msgspec.DecodeError, ValueError) as error:
            return _json({"error": str(error)}, 400)
        server.afflict_open_lines()
        return _json(added)

    async def clear_faults(_: web.Request) -> web.Response:
        server.faults.clear()
        return _json([])

    return [
        web.get("/_sim/clock", _answering(clock)),
        web.get("/_sim/state", _answering(state)),
        web.get("/_sim/faults", _answering(server.faults.left)),
        web.post("/_sim/faults", add_faults),
        web.delete("/_sim/faults", clear_faults),
        web.post("/_sim/halt", _answering(halt)),
        web.post("/_sim/go", _answering(go)),
        web.post("/_sim/funding", fund),
    ]


def _account(exchange: SimExchange, name: str) -> AccountState:
    return AccountState(
        list(exchange.balances(name)),
        list(exchange.positions(name)),
        list(exchange.orders(name, open_only=True)),
    )


def _answering(ask: Callable[[], object]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        return _json(ask())

    return answer


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(value), content_type="application/json")
