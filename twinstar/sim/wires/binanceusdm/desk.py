"""What every endpoint shares: the exchange, the venue's names of its markets, and what the wire itself remembers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from twinstar.sim.model import Reason
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.binanceusdm.contracts import Contract, contract_of
from twinstar.sim.wires.binanceusdm.depth import DepthFeeds
from twinstar.sim.wires.binanceusdm.errors import REFUSALS, ApiError, Words
from twinstar.sim.wires.binanceusdm.listenkeys import ListenKeys
from twinstar.sim.wires.binanceusdm.params import Params
from twinstar.sim.wires.margin import Exposure
from twinstar.sim.wires.wallet import Wallet, wallet_of

ASSET = "USDT"  # what everything here settles in


class Desk:
    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.contracts = {contract_of(symbol).id: contract_of(symbol) for symbol in exchange.listings}
        self.listen_keys = ListenKeys(exchange.clock)
        self.depths = DepthFeeds(exchange)

    def contract(self, params: Params) -> Contract:
        return self.find(params.text("symbol"))

    def contract_or_none(self, params: Params) -> Contract | None:
        return self.contract(params) if params.has("symbol") else None

    def asked(self, params: Params) -> list[Contract]:
        """The one market that was named, else all."""
        return [self.contract(params)] if params.has("symbol") else list(self.contracts.values())

    def find(self, contract_id: str) -> Contract:
        contract = self.contracts.get(contract_id.upper())
        if contract is None:
            raise ApiError(*REFUSALS[Reason.UNKNOWN_SYMBOL])
        return contract

    def of(self, symbol: str) -> Contract:
        return contract_of(symbol)

    def wallet(self, call: Call) -> Wallet:
        return wallet_of(self.exchange, call.account, ASSET)

    def held(self, call: Call) -> list[tuple[Exposure, Wallet]]:
        """In the one market that was named, else in all."""
        contract, wallet = self.contract_or_none(call.params), self.wallet(call)
        return [
            (held, wallet)
            for held in wallet.exposures
            if contract is None or held.position.symbol == contract.listing.symbol
        ]


class Call(Struct, frozen=True):
    """A request that has passed the gate. ``account`` is empty where the endpoint is public."""

    params: Params
    account: str = ""


Json = dict[str, Any]
Answer = Json | list[Any]
Weight = int | Callable[[Params], int]


class Route(Struct, frozen=True, kw_only=True):
    method: str
    path: str
    answer: Callable[[Desk, Call], Answer]
    weight: Weight = 1
    keyed: bool = False  # wants the API key header
    signed: bool = False  # wants timestamp and signature too
    is_order: bool = False  # counts against the order limits
    refusals: Mapping[Reason, Words] = {}


def by_symbol(one: int, every: int) -> Weight:
    """Endpoints that cost more when no symbol is named."""
    return lambda params: one if params.has("symbol") else every
