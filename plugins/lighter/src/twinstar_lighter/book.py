"""The order book: a snapshot, and what follows it without a gap."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from heapq import heappop, heappush
from typing import Final, NoReturn

from twinstar_lighter.facts import PRICES, positive
from twinstar_lighter.known import Known
from twinstar_lighter.messages import FINEST, Book, Level

NOTHING: Final = frozenset(["0", *(f"0.{'0' * decimals}" for decimals in range(FINEST + 1))])
MANY: Final = 10_000  # prices of a side
SPARE: Final = 100  # places that have been left, at least, before the heap is made anew


class Broken(Exception):
    """What came does not follow what we have: only a new snapshot will help."""


class OrderBook:
    """Empty until its snapshot, and from a gap until the next one: a stale book is never shown."""

    nonce: int | None
    asks: Ladder
    bids: Ladder

    def __init__(self) -> None:
        self.clear()

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
            ask, bid = self.asks.lay(book.asks or ()), self.bids.lay(book.bids or ())
        except (ValueError, ArithmeticError) as e:  # half of it is in
            self._break(str(e))
        if ask is not None and bid is not None and ask + bid <= 0:
            self._break(f"crossed: bid {self.bids.best}, ask {self.asks.best}")

    @property
    def sizes(self) -> tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]]:
        """By price, of asks and of bids."""
        return self.asks.read(), self.bids.read()

    def clear(self) -> None:
        self.nonce = None
        self.asks, self.bids = Ladder(_place), Ladder(_mirrored)

    def _break(self, why: str) -> NoReturn:
        self.clear()
        raise Broken(why)


class Ladder:
    """One side: its levels by their place, and the places as a heap, the best in front. One that has been left stays
    in the heap until it comes to the front.
    """

    def __init__(self, place: Callable[[str], int]) -> None:
        self._places = Known(place, MANY)
        self._levels: dict[int, Level] = {}
        self.heap: list[int] = []

    @property
    def best(self) -> Decimal | None:
        return PRICES[self._levels[self.heap[0]].price] if self.heap else None

    def read(self) -> dict[Decimal, Decimal]:
        return {Decimal(level.price): Decimal(level.size) for level in self._levels.values()}

    def lay(self, levels: Iterable[Level]) -> int | None:
        """The best place then. A size of 0 takes a level away. Raise `ValueError` or `ArithmeticError` for what is no
        number.
        """
        held, heap, places = self._levels, self.heap, self._places
        for level in levels:
            place, size = places[level.price], level.size
            if size in NOTHING:
                held.pop(place, None)
            elif "0" <= size < ":":  # it begins with a digit
                if place not in held:
                    heappush(heap, place)
                held[place] = level
            else:
                raise ValueError(f"a size of {size!r}")
        while heap and heap[0] not in held:
            heappop(heap)
        if len(heap) > 2 * len(held) + SPARE:
            heap[:] = sorted(held)
        return heap[0] if heap else None


def _place(price: str) -> int:
    """An integer that sorts as the price does, and is the same however it is spelt."""
    scaled = positive(price).scaleb(FINEST)
    place = int(scaled)
    if place != scaled:
        raise ValueError(f"a price of {price!r}")
    return place


def _mirrored(price: str) -> int:
    """Of bids, among which the highest is the best."""
    return -_place(price)
