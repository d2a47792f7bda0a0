"""The order book, as snapshots over REST and as differences over the stream, each agreeing with the other."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from twinstar.sim.model import Book
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.bookfeed import Level, quantities
from twinstar.sim.wires.spelling import text

LEVELS = 1_000
LIMITS = (5, 10, 20, 50, 100, 500, 1_000)


def levels(side: tuple[tuple[Decimal, Decimal], ...]) -> list[list[str]]:
    return [[text(price), text(quantity)] for price, quantity in side]


class DepthFeeds:
    """The differences streams that are open, by symbol, so that a snapshot can tell them what it has shown."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._open: dict[str, list[DepthFeed]] = {}

    def open(self, symbol: str, send: Callable[[int, int, int, Any, Any], None]) -> DepthFeed:
        feed = DepthFeed(self._exchange, symbol, send)
        self._open.setdefault(symbol, []).append(feed)
        return feed

    def close(self, feed: DepthFeed) -> None:
        self._open[feed.symbol].remove(feed)

    def snapshot(self, symbol: str, limit: int) -> Book:
        for feed in self._open.get(symbol, ()):
            feed.look()
        return self._exchange.book(symbol, limit)


class DepthFeed:
    """What changed since the last difference was sent.

    A level that a snapshot has shown changed is sent again even if it has changed back since: the reader of the
    snapshot would else keep it for ever.
    """

    def __init__(self, exchange: Exchange, symbol: str, send: Callable[[int, int, int, Any, Any], None]) -> None:
        self.symbol = symbol
        self._exchange = exchange
        self._send = send
        book = exchange.book(symbol, LEVELS)
        self._sent_id = self._seen_id = book.update_id
        self._seen = quantities(book)
        self._touched: set[Level] = set()

    def look(self) -> None:
        book = self._exchange.book(self.symbol, LEVELS)
        if book.update_id == self._seen_id:
            return
        now = quantities(book)
        self._touched.update(level for level, _ in now.items() ^ self._seen.items())
        self._seen, self._seen_id = now, book.update_id

    def push(self) -> None:
        self.look()
        if not self._touched:
            return
        bids, asks = self._side(bids=True), self._side(bids=False)
        first, before = self._sent_id + 1, self._sent_id
        self._sent_id = self._seen_id
        self._touched.clear()
        self._send(first, self._sent_id, before, bids, asks)

    def _side(self, *, bids: bool) -> list[list[str]]:
        prices = sorted((price for is_bid, price in self._touched if is_bid is bids), reverse=bids)
        return [[text(price), text(self._seen.get((bids, price)))] for price in prices]
