"""The order book: a snapshot, and what follows it without a gap."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Final, NoReturn

from twinstar_lighter.messages import Book, Level

FINEST: Final = 18  # decimals of a price; the venue has six at most


class Broken(Exception):
    """What came does not follow what we have: only a new snapshot will help."""


class OrderBook:
    """Empty until its snapshot, and from a gap until the next one: a stale book is never shown."""

    def __init__(self) -> None:
        self.nonce: int | None = None
        self._asks, self._bids = Ladder(), Ladder()

    def take(self, book: Book, *, is_snapshot: bool) -> None:
        """Raise `Broken` on a gap, where the sides cross, and for what is no number; the book is empty then."""
        if is_snapshot:
            self.clear()
        elif self.nonce is None or book.nonce <= self.nonce:
            return  # before its snapshot, or told again
        elif book.begin_nonce != self.nonce:
            self._break(f"after {self.nonce} came {book.begin_nonce}")
        self.nonce = book.nonce
        try:
            self._asks.lay(book.asks or ())
            self._bids.lay(book.bids or ())
        except (ValueError, ArithmeticError) as e:  # half of it is in
            self._break(str(e))
        asks, bids = self._asks.places, self._bids.places
        if asks and bids and bids[-1] >= asks[0]:
            self._break(f"crossed: bid {self.bid}, ask {self.ask}")

    @property
    def ask(self) -> Decimal | None:
        return self._asks.at(0) if self._asks.places else None

    @property
    def bid(self) -> Decimal | None:
        return self._bids.at(-1) if self._bids.places else None

    @property
    def sizes(self) -> tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]]:
        """By price, of asks and of bids."""
        return self._asks.read(), self._bids.read()

    def clear(self) -> None:
        self.nonce = None
        self._asks, self._bids = Ladder(), Ladder()

    def _break(self, why: str) -> NoReturn:
        self.clear()
        raise Broken(why)


class Ladder:
    """One side: its levels by price, and the prices in rising order; both by what `_place` makes of a price."""

    def __init__(self) -> None:
        self.places: list[int] = []
        self._levels: dict[int, Level] = {}

    def at(self, index: int) -> Decimal:
        return _price(self._levels[self.places[index]].price)

    def read(self) -> dict[Decimal, Decimal]:
        return {Decimal(level.price): Decimal(level.size) for level in self._levels.values()}

    def lay(self, levels: Iterable[Level]) -> None:
        """A size of 0 takes a level away. Raise `ValueError` or `ArithmeticError` for what is no number."""
        held, places = self._levels, self.places
        for level in levels:
            place, size = _place(level.price), level.size
            if not "0" <= size < ":":  # it begins with a digit
                raise ValueError(f"a size of {size!r}")
            if size >= "1" or size.strip("0."):
                if place not in held:
                    insort(places, place)
                held[place] = level
            elif place in held:
                del held[place], places[bisect_left(places, place)]


_price = lru_cache(1_000)(Decimal)


@lru_cache(20_000)  # the same prices come again and again
def _place(price: str) -> int:
    """An integer that sorts as the price does, and is the same however it is spelt."""
    scaled = Decimal(price).scaleb(FINEST)
    place = int(scaled)
    if place != scaled or place <= 0:
        raise ValueError(f"a price of {price!r}")
    return place
