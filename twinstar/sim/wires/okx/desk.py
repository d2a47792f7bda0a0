"""What every endpoint shares: the exchange, the venue's names of its markets, and the shape of requests and answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from twinstar.sim.ports import Exchange
from twinstar.sim.wires.okx import errors
from twinstar.sim.wires.okx.contracts import BY_SYMBOL, Contract
from twinstar.sim.wires.okx.params import Params
from twinstar.sim.wires.wallet import Wallet, wallet_of

ASSET = "USDT"  # what everything here settles in
UID = "44705892343619584"  # the account, as the venue numbers it
Json = dict[str, Any]
Answer = Sequence[Any]


class Desk:
    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.contracts = {BY_SYMBOL[symbol].id: BY_SYMBOL[symbol] for symbol in exchange.listings}

    def contract(self, params: Params) -> Contract:
        """By name or by number."""
        code = params.get("instIdCode")
        name = params.text("instId") if not code else ""
        for each in self.contracts.values():
            if name == each.id or code == str(each.code):
                return each
        raise errors.unknown_instrument()

    def asked(self, params: Params) -> list[Contract]:
        """The markets that were named, else all."""
        names = params.get("instId")
        if not names:
            return list(self.contracts.values())
        return [self.contract(Params({"instId": name})) for name in names.split(",")]

    def of(self, symbol: str) -> Contract:
        return BY_SYMBOL[symbol]

    def wallet(self, account: str) -> Wallet:
        return wallet_of(self.exchange, account, ASSET)

    def now_ms(self) -> int:
        return self.exchange.clock.now_ms()


class Call(Struct, frozen=True):
    """A request that has passed the gate. ``account`` is empty where the endpoint is public; most requests are of one
    row, some of many.
    """

    rows: Sequence[Params]
    account: str = ""

    @property
    def params(self) -> Params:
        return self.rows[0]


class Route(Struct, frozen=True, kw_only=True):
    """``cap``: requests in two seconds, by address, account or instrument."""

    method: str
    path: str
    answer: Callable[[Desk, Call], Answer]
    cap: int
    by: str = "account"
    orders: bool = False  # counts against what an account may place and amend
    most_rows: int = 1

    @property
    def is_public(self) -> bool:
        return self.by == "ip"


def public(path: str, answer: Callable[[Desk, Call], Answer], cap: int) -> Route:
    return Route(method="GET", path=f"/api/v5/{path}", answer=answer, cap=cap, by="ip")


def private(path: str, answer: Callable[[Desk, Call], Answer], cap: int) -> Route:
    return Route(method="GET", path=f"/api/v5/{path}", answer=answer, cap=cap)
