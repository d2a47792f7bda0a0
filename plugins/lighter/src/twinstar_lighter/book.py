"""The order book: a snapshot, and what follows it without a gap."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from decimal import Decimal

from twinstar_lighter.messages import Book, Level


class Broken(Exception):
    """What came does not follow what we have: only a new snapshot will help."""


class OrderBook:
    """Empty until its snapshot, and from a gap until the next one: a stale book is never shown."""

    def __init__(self) -> None:
        self.nonce: int | None = None
        self._asks, self._bids = Ladder(), Ladder()

    def take(self, book: Book, *, is_snapshot: bool) -> None:
        """Raise `Broken` on a gap, and where the sides cross; the book is empty then."""
        if is_snapshot:
            self.clear()
        elif self.nonce is None or book.nonce <= self.nonce:
            return  # before its snapshot, or told again
        elif book.begin_nonce != self.nonce:
            self._break(f"after {self.nonce} came {book.begin_nonce}")
        self.nonce = book.nonce
        self._asks.lay(book.asks or ())
        self._bids.lay(book.bids or ())
        ask, bid = self.ask, self.bid
        if ask is not None and bid is not None and bid >= ask:
            self._break(f"crossed: bid {bid}, ask {ask}")

    @property
    def ask(self) -> Decimal | None:
        return self._asks.prices[0] if self._asks.prices else None

    @property
    def bid(self) -> Decimal | None:
        return self._bids.prices[-1] if self._bids.prices else None

    @property
    def sizes(self) -> tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]]:
        """By price, of asks and of bids."""
        return self._asks.sizes, self._bids.sizes

    def clear(self) -> None:
        self.nonce = None
        self._asks, self._bids = Ladder(), Ladder()

    def _break(self, why: str) -> None:
        self.clear()
        raise Broken(why)


class Ladder:
    """One side: sizes by price, and the prices in rising order."""

    def __init__(self) -> None:
        self.sizes: dict[Decimal, Decimal] = {}
        self.prices: list[Decimal] = []

    def lay(self, levels: Iterable[Level]) -> None:
        """A size of 0 takes a level away."""
        for level in levels:
            price = level.price
            if level.size:
                if price not in self.sizes:
                    self.prices.insert(bisect_left(self.prices, price), price)
                self.sizes[price] = level.size
            elif self.sizes.pop(price, None) is not None:
                del self.prices[bisect_left(self.prices, price)]
