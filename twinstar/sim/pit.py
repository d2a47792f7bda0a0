"""Where one market's orders meet: its ticks, the crowd around them, and the clients who wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Protocol

from twinstar.sim import matching
from twinstar.sim.crowd import Liquidity
from twinstar.sim.margin import House
from twinstar.sim.matching import Offer
from twinstar.sim.model import Book, Listing, Side, Tick
from twinstar.sim.resting import Resting

CHANGES = 1_000  # book updates that fit between two ticks


class Traded(Protocol):
    """What a pit has to know of its market."""

    @property
    def listing(self) -> Listing: ...
    @property
    def last(self) -> Tick: ...


class Pit:
    def __init__(self, market: Traded, crowd: Liquidity) -> None:
        self.market = market
        self.crowd = crowd
        self.resting = Resting()
        self._changes = 0

    @property
    def listing(self) -> Listing:
        return self.market.listing

    @property
    def last(self) -> Decimal:
        return self.market.last.price

    def offers(self, side: Side, without: int | None = None) -> Iterator[Offer]:
        return matching.offers(self.resting, self.crowd, self.market.last, side, without)

    def book(self, depth: int) -> Book:
        last = self.market.last
        update_id = last.id * CHANGES + min(self._changes, CHANGES - 1)
        return matching.snapshot(self.resting, self.crowd, last, depth, update_id)

    def changed(self) -> None:
        self._changes += 1

    def renew(self) -> None:
        self._changes = 0
        self.crowd.renew()


def house_of(pits: Mapping[str, Pit]) -> House:
    perpetuals = {symbol: pit for symbol, pit in pits.items() if not pit.listing.is_spot}
    return House(
        {symbol: pit.listing for symbol, pit in perpetuals.items()},
        {symbol: pit.last for symbol, pit in perpetuals.items()},
    )
