"""What every endpoint shares: the exchange, the venue's names of its markets, and the shape of requests and answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from twinstar.sim.model import Position
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.bingx import errors
from twinstar.sim.wires.bingx.contracts import BY_SYMBOL, Contract
from twinstar.sim.wires.bingx.params import Params
from twinstar.sim.wires.listenkeys import ListenKeys
from twinstar.sim.wires.wallet import Wallet, wallet_of

ASSET = "USDT"  # what everything here settles in
Json = dict[str, Any]


class Desk:
    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.contracts = {BY_SYMBOL[symbol].id: BY_SYMBOL[symbol] for symbol in exchange.listings}
        self.listen_keys = ListenKeys(exchange.clock)

    def contract(self, params: Params) -> Contract:
        found = self.contracts.get(params.text("symbol"))
        if found is None:
            raise errors.unknown_symbol()
        return found

    def asked(self, params: Params) -> list[Contract]:
        """The market that was named, else all."""
        return [self.contract(params)] if params.has("symbol") else list(self.contracts.values())

    def of(self, symbol: str) -> Contract:
        return BY_SYMBOL[symbol]

    def wallet(self, account: str) -> Wallet:
        return wallet_of(self.exchange, account, ASSET)

    def position(self, account: str, symbol: str) -> Position:
        return next(each for each in self.exchange.positions(account) if each.symbol == symbol)

    def now_ms(self) -> int:
        return self.exchange.clock.now_ms()


class Call(Struct, frozen=True):
    """A request that has passed the gate. ``account`` is empty where the endpoint is public."""

    params: Params
    account: str = ""


class Route(Struct, frozen=True, kw_only=True):
    method: str
    path: str
    answer: Callable[[Desk, Call], Any]
    cap: int = 5  # requests a second, by account
    is_public: bool = False
    is_bare: bool = False  # answered without the venue's envelope


def public(path: str, answer: Callable[[Desk, Call], Any]) -> Route:
    return Route(method="GET", path=f"/openApi/{path}", answer=answer, is_public=True)


def private(path: str, answer: Callable[[Desk, Call], Any], cap: int = 5) -> Route:
    return Route(method="GET", path=f"/openApi/{path}", answer=answer, cap=cap)


def post(path: str, answer: Callable[[Desk, Call], Any], cap: int = 5) -> Route:
    return Route(method="POST", path=f"/openApi/{path}", answer=answer, cap=cap)
