"""The first levels of a book, whole at first and then by what has changed."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from twinstar.sim.model import Book
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.spelling import text

Level = tuple[bool, Decimal]  # is it a bid, and its price


class Change(Struct, frozen=True, kw_only=True):
    """Best first; a level that is gone has the quantity "0"."""

    update_id: int
    before_id: int  # of the change before this one
    market_ms: int
    bids: list[list[str]]
    asks: list[list[str]]
    is_whole: bool


class BookFeed:
    def __init__(self, exchange: Exchange, symbol: str, levels: int) -> None:
        self._exchange, self._symbol, self._levels = exchange, symbol, levels
        self._told: dict[Level, Decimal] = {}
        self._told_id: int | None = None

    def change(self) -> Change | None:
        """Since the last time; None where nothing is different."""
        book = self._exchange.book(self._symbol, self._levels)
        if book.update_id == self._told_id:
            return None
        now = quantities(book)
        changed = {level for level, _ in now.items() ^ self._told.items()}
        before, self._told = self._told_id, now
        self._told_id = book.update_id
        if not changed:
            return None
        return Change(
            update_id=book.update_id,
            before_id=before if before is not None else -1,
            market_ms=book.market_ms,
            bids=self._side(changed, bids=True),
            asks=self._side(changed, bids=False),
            is_whole=before is None,
        )

    def _side(self, changed: set[Level], *, bids: bool) -> list[list[str]]:
        prices = sorted((price for is_bid, price in changed if is_bid is bids), reverse=bids)
        return [[text(price), text(self._told.get((bids, price)))] for price in prices]


def quantities(book: Book) -> dict[Level, Decimal]:
    bids = {(True, price): quantity for price, quantity in book.bids}
    return bids | {(False, price): quantity for price, quantity in book.asks}
