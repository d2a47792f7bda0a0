"""A real market as the matching engine sees it: its last trade, and somebody who takes any amount near that price."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from twinstar.sim.crowd import Level
from twinstar.sim.grid import above, below
from twinstar.sim.matching import Offer, Served
from twinstar.sim.model import Listing, Side, Tick
from twinstar.sim.pit import Pit

ANY_AMOUNT = Decimal(10) ** 15


class Market:
    def __init__(self, listing: Listing, last: Tick) -> None:
        self.listing = listing
        self.last = last


class NearTheLastPrice:
    """A taker trades at the last price, made worse by ``slippage`` (a share of it) and then by rounding to a tick."""

    def __init__(self, listing: Listing, slippage: Decimal) -> None:
        self._tick, self._slippage = listing.tick, slippage

    def renew(self) -> None:
        """It is always there."""

    def eat(self, price: Decimal, quantity: Decimal) -> None:
        """It never ends: what an order does to the market is not modelled."""

    def levels(self, side: Side, last: Tick) -> Iterator[Level]:
        worse = last.price * (1 - side.sign * self._slippage)
        price = max(below(worse, self._tick), self._tick) if side is Side.BUY else above(worse, self._tick)
        yield price, ANY_AMOUNT


class PaperPit(Pit):
    def __init__(self, listing: Listing, last: Tick, slippage: Decimal) -> None:
        self.tape = Market(listing, last)
        super().__init__(self.tape, NearTheLastPrice(listing, slippage))

    def offers(self, side: Side, without: int | None = None) -> Iterator[Offer]:
        """Of everybody else: all that waits here is ours, and nobody trades with himself."""
        return (Offer(*level) for level in self.crowd.levels(side, self.tape.last))


def only_what_passed(price: Decimal, traded: Decimal, wanted: Decimal, there: Decimal) -> Served:
    """Who waits is last in the queue: served once the price has passed, by no more than was traded there."""
    if price == traded:
        return Served(Decimal(0), there)
    quantity = min(wanted, there)
    return Served(quantity, there - quantity)
