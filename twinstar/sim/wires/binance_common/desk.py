"""What every endpoint shares: the exchange, the venue's names of its markets, and how a request comes to its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

from twinstar.sim.model import Listing, Reason
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.binance_common.depth import DepthFeeds
from twinstar.sim.wires.binance_common.errors import UNKNOWN_SYMBOL, ApiError, Words
from twinstar.sim.wires.binance_common.params import Params

Json = dict[str, Any]
Answer = Json | list[Any]
Weight = int | Callable[[Params], int]


class Market(Protocol):
    """What exchangeInfo says of a market."""

    @property
    def id(self) -> str: ...
    @property
    def listing(self) -> Listing: ...
    @property
    def average_precision(self) -> int: ...


M = TypeVar("M", bound=Market)


class Markets(Generic[M]):
    """The desk of each wire is one of these, with what the wire itself remembers."""

    def __init__(self, exchange: Exchange, markets: Iterable[M]) -> None:
        self.exchange = exchange
        self.markets = {market.id: market for market in markets}
        self.depths = DepthFeeds(exchange)

    def market(self, params: Params) -> M:
        return self.find(params.text("symbol"))

    def market_or_none(self, params: Params) -> M | None:
        return self.market(params) if params.has("symbol") else None

    def asked(self, params: Params) -> list[M]:
        """The one market that was named, else all."""
        return [self.market(params)] if params.has("symbol") else list(self.markets.values())

    def find(self, market_id: str) -> M:
        market = self.markets.get(market_id.upper())
        if market is None:
            raise ApiError(*UNKNOWN_SYMBOL)
        return market


class Call(Struct, frozen=True):
    """A request that has passed the gate. ``account`` is empty where the endpoint is public."""

    params: Params
    account: str = ""


class Route(Struct, frozen=True, kw_only=True):
    method: str
    path: str
    answer: Callable[[Any, Call], Answer]  # given the wire's own desk
    weight: Weight = 1
    keyed: bool = False  # wants the API key header
    signed: bool = False  # wants timestamp and signature too
    is_order: bool = False  # counts against the order limits
    refusals: Mapping[Reason, Words] = {}


Routes = Mapping[tuple[str, str], Route]


def routes(every: Iterable[Route]) -> Routes:
    return {(route.method, route.path): route for route in every}


def by_symbol(one: int, every: int) -> Weight:
    """Endpoints that cost more when no symbol is named."""
    return lambda params: one if params.has("symbol") else every
