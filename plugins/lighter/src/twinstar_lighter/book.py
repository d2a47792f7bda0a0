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
        return self._asks.read(), self._bids.read()

    def clear(self) -> None:
        self.nonce = None
        self._asks, self._bids = Ladder(), Ladder()

    def _break(self, why: str) -> None:
        self.clear()
        raise Broken(why)


class Ladder:
    """One side: sizes by price, as both are spelt, and the prices in rising order."""

    def __init__(self) -> None:
        self.prices: list[Decimal] = []
        self._sizes: dict[str, str] = {}

    def read(self) -> dict[Decimal, Decimal]:
        return {Decimal(price): Decimal(size) for price, size in self._sizes.items()}

    def lay(self, levels: Iterable[Level]) -> None:
        """A size of 0 takes a level away. Raise `ValueError` or `ArithmeticError` for what is no number."""
        sizes = self._sizes
        for level in levels:
            price, size = level.price, level.size
            if not size[:1].isdigit():
                raise ValueError(f"a size of {size!r}")
            stays = bool(size.strip("0."))
            if stays and price in sizes:
                sizes[price] = size
            else:
                self._turn(price, size, stays=stays)

    def _turn(self, price: str, size: str, *, stays: bool) -> None:
        """A level comes or goes; its price may have been spelt in another way before."""
        value, prices = Decimal(price), self.prices
        at = bisect_left(prices, value)
        is_there = at < len(prices) and prices[at] == value
        if is_there:
            known = price if price in self._sizes else next(p for p in self._sizes if Decimal(p) == value)
            del self._sizes[known]
        if stays:
            self._sizes[price] = size
        if stays and not is_there:
            prices.insert(at, value)
        elif is_there and not stays:
            del prices[at]
