"""What every endpoint shares: the exchange, and the venue's names of its markets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from twinstar.sim.model import Reason
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.bybit.contracts import BY_SYMBOL, Contract
from twinstar.sim.wires.bybit.errors import REFUSALS, ApiError, Words, invalid
from twinstar.sim.wires.bybit.params import Params
from twinstar.sim.wires.wallet import Wallet, wallet_of

ASSET = "USDT"  # what everything here settles in
CATEGORIES = ("spot", "linear", "inverse", "option")


class Desk:
    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.contracts = {BY_SYMBOL[symbol].id: BY_SYMBOL[symbol] for symbol in exchange.listings}

    def find(self, contract_id: str) -> Contract:
        contract = self.contracts.get(contract_id)
        if contract is None:
            raise ApiError(*REFUSALS[Reason.UNKNOWN_SYMBOL])
        return contract

    def asked(self, params: Params) -> list[Contract]:
        """The market that is named, or all that settle in what is named; of other categories there are none."""
        if not is_linear(params):
            return []
        if (name := params.get("symbol")) is not None:
            return [self.find(name)]
        base, settle = params.get("baseCoin"), params.get("settleCoin")
        return [
            contract
            for contract in self.contracts.values()
            if base in (None, contract.listing.base) and settle in (None, contract.listing.settle)
        ]

    def wallet(self, account: str) -> Wallet:
        return wallet_of(self.exchange, account, ASSET)


def is_linear(params: Params) -> bool:
    category = params.text("category")
    if category not in CATEGORIES:
        raise invalid("category")
    return category == "linear"


class Call(Struct, frozen=True):
    """A request that has passed the gate. ``account`` is empty where the endpoint is public."""

    params: Params
    account: str = ""


Json = dict[str, Any]


class Route(Struct, frozen=True, kw_only=True):
    method: str
    path: str
    answer: Callable[[Desk, Call], Json]  # the result
    cap: int | None = None  # of requests a second and user; None: the endpoint is public
    refusals: Mapping[Reason, Words] = {}
