"""Everybody else: a ladder of bids and asks around the last price, a function of the market and of nothing else.

What clients take from it is missing until the next tick. Clients never move the market: its candles are the source's.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Protocol

from twinstar.sim.clock import MINUTE_MS
from twinstar.sim.grid import above, below, share
from twinstar.sim.model import Listing, Side, Tick
from twinstar.sim.prices import level_money

LEVELS = 500  # a market order that eats through all of them finds no more liquidity

Level = tuple[Decimal, Decimal]


class Liquidity(Protocol):
    """Who else there is to trade with."""

    def renew(self) -> None:
        """The market has traded: what was taken is there again."""
        ...

    def eat(self, price: Decimal, quantity: Decimal) -> None: ...
    def levels(self, side: Side, last: Tick) -> Iterator[Level]:
        """Bids (BUY) or asks (SELL), best first."""
        ...


class Crowd:
    def __init__(self, listing: Listing, seed: int) -> None:
        self._listing = listing
        self._seed = seed
        self._eaten: dict[Decimal, Decimal] = {}

    def renew(self) -> None:
        if self._eaten:
            self._eaten.clear()

    def eat(self, price: Decimal, quantity: Decimal) -> None:
        self._eaten[price] = self._eaten.get(price, Decimal(0)) + quantity

    def levels(self, side: Side, last: Tick) -> Iterator[Level]:
        listing, step = self._listing, -side.sign * self._listing.tick
        price = self._best(side, last)
        lots = max(1, int(level_money(listing.quote) / last.price / listing.lot))
        for _ in range(LEVELS):
            if price <= 0:
                return
            quantity = self._size(price, lots, last) - self._eaten.get(price, 0)
            if quantity > 0:
                yield price, quantity
            price += step

    def _best(self, side: Side, last: Tick) -> Decimal:
        """A buyer has just hit the best ask, a seller the best bid; a price off the grid lies between the two."""
        tick = self._listing.tick
        bid, ask = below(last.price, tick), above(last.price, tick)
        if bid == ask:
            bid, ask = (bid - tick, ask) if last.taker is Side.BUY else (bid, ask + tick)
        return bid if side is Side.BUY else ask

    def _size(self, price: Decimal, lots: int, last: Tick) -> Decimal:
        luck = share(self._seed, hash(price), last.market_ms // MINUTE_MS)
        return max(1, int(lots * (0.2 + 1.6 * luck))) * self._listing.lot
