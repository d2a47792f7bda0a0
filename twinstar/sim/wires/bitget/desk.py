"""What every endpoint shares: the exchange, the venue's names of its markets, and the shape of requests and answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from twinstar.sim.ports import Exchange
from twinstar.sim.wires.bitget import errors
from twinstar.sim.wires.bitget.contracts import BY_SYMBOL, Contract
from twinstar.sim.wires.bitget.params import Params
from twinstar.sim.wires.wallet import Wallet, wallet_of

ASSET = "USDT"  # what everything here settles in
PRODUCT = "USDT-FUTURES"
PRODUCTS = (PRODUCT, "USDC-FUTURES", "COIN-FUTURES", "SUSDT-FUTURES", "SUSDC-FUTURES", "SCOIN-FUTURES")
Json = dict[str, Any]


class Desk:
    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.contracts = {BY_SYMBOL[symbol].id: BY_SYMBOL[symbol] for symbol in exchange.listings}
        self._unified: dict[str, bool] = {}  # by account, once it has asked for something

    def is_unified(self, account: str) -> bool:
        return self._unified.get(account, False)

    def is_of_kind(self, account: str, *, unified: bool) -> bool:
        """An account is of the kind that it first asks for."""
        return self._unified.setdefault(account, unified) is unified

    def contract(self, params: Params) -> Contract:
        self.product(params)
        found = self.contracts.get(params.text("symbol").upper())
        if found is None:
            raise errors.unknown_symbol()
        return found

    def product(self, params: Params) -> str:
        """Only perpetuals in USDT are simulated; of the others there is nothing."""
        product = params.text("productType").upper()
        if product not in PRODUCTS:
            raise errors.wrong("productType")
        return product

    def asked(self, params: Params) -> list[Contract]:
        """The market that was named, else all of the product's."""
        if self.product(params) != PRODUCT:
            return []
        return [self.contract(params)] if params.has("symbol") else list(self.contracts.values())

    def of(self, symbol: str) -> Contract:
        return BY_SYMBOL[symbol]

    def wallet(self, account: str) -> Wallet:
        return wallet_of(self.exchange, account, ASSET)

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
    cap: int  # requests a second, by address or account
    is_public: bool = False


def public(path: str, answer: Callable[[Desk, Call], Any], cap: int = 20) -> Route:
    return Route(method="GET", path=f"/api/v2/{path}", answer=answer, cap=cap, is_public=True)


def private(path: str, answer: Callable[[Desk, Call], Any], cap: int = 10) -> Route:
    return Route(method="GET", path=f"/api/v2/{path}", answer=answer, cap=cap)


def post(path: str, answer: Callable[[Desk, Call], Any], cap: int = 10) -> Route:
    return Route(method="POST", path=f"/api/v2/{path}", answer=answer, cap=cap)
