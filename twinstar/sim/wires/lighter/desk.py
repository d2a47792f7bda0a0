"""What every endpoint and every socket shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from twinstar.sim.ports import Exchange
from twinstar.sim.wires.lighter.accounts import Account, Accounts
from twinstar.sim.wires.lighter.blotter import Blotter
from twinstar.sim.wires.lighter.deadlines import Deadlines
from twinstar.sim.wires.lighter.engine import Engine
from twinstar.sim.wires.lighter.errors import BAD_MARKET, ApiError
from twinstar.sim.wires.lighter.limits import Limits
from twinstar.sim.wires.lighter.markets import BY_SYMBOL, QUOTE, Market
from twinstar.sim.wires.lighter.nonces import Nonces
from twinstar.sim.wires.lighter.params import Params
from twinstar.sim.wires.wallet import Wallet, wallet_of

Json = dict[str, Any]


class Desk:
    def __init__(self, exchange: Exchange, latency_ms: int) -> None:
        self.exchange = exchange
        self.engine = Engine(exchange.clock, latency_ms)
        self.accounts = Accounts(exchange)
        self.blotter = Blotter(exchange)
        self.nonces = Nonces()
        self.deadlines = Deadlines(exchange.clock)
        self.limits = Limits(exchange.clock)
        self.markets = {BY_SYMBOL[symbol].id: BY_SYMBOL[symbol] for symbol in exchange.listings}

    def now_ms(self) -> int:
        return self.exchange.clock.now_ms()

    def find(self, market_id: int) -> Market:
        if market_id not in self.markets:
            raise ApiError(*BAD_MARKET)
        return self.markets[market_id]

    def wallet(self, account: Account) -> Wallet:
        return wallet_of(self.exchange, account.name, QUOTE)


class Call(Struct, frozen=True, kw_only=True):
    params: Params
    account: Account | None = None  # whose token came along


class Route(Struct, frozen=True, kw_only=True):
    path: str
    answer: Callable[[Desk, Call], Json]
    weight: int = 300
    method: str = "GET"
    is_private: bool = False
