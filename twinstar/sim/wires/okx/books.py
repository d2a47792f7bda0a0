"""The order book over sockets: whole, or a snapshot and then what changed, each update naming the one before."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from twinstar.sim.model import Book
from twinstar.sim.wires.okx.contracts import Contract
from twinstar.sim.wires.okx.desk import Desk, Json
from twinstar.sim.wires.okx.market import levels
from twinstar.sim.wires.pace import Pace

if TYPE_CHECKING:
    from twinstar.sim.wires.okx.channels import Send

# Channel: levels a side, how often, and whether it tells changes.
CHANNELS = {"bbo-tbt": (1, 10, False), "books5": (5, 100, False), "books": (400, 100, True)}
FIRST = -1  # what a snapshot names as the update before it
Side = tuple[tuple[Decimal, Decimal], ...]


def start(desk: Desk, contract: Contract, name: str, send: Send) -> Callable[[], None]:
    depth, every_ms, in_changes = CHANNELS[name]
    feed = (Changes if in_changes else Whole)(desk, contract, depth, send)
    feed.push()
    pace = Pace(desk.exchange.clock, every_ms, feed.push)
    unlisten = desk.exchange.on_tick(contract.listing.symbol, lambda _: pace.changed())

    def stop() -> None:
        unlisten()
        pace.drop()

    return stop


class Whole:
    def __init__(self, desk: Desk, contract: Contract, depth: int, send: Send) -> None:
        self._desk, self._contract, self._depth, self._send = desk, contract, depth, send

    def push(self) -> None:
        book = self._desk.exchange.book(self._contract.listing.symbol, self._depth)
        self._send([_row(self._contract, book, book.bids, book.asks, seqId=book.update_id)])


class Changes:
    def __init__(self, desk: Desk, contract: Contract, depth: int, send: Send) -> None:
        self._desk, self._contract, self._depth, self._send = desk, contract, depth, send
        self._told: Book | None = None

    def push(self) -> None:
        book, before = self._desk.exchange.book(self._contract.listing.symbol, self._depth), self._told
        if before is None:
            self._say("snapshot", book, book.bids, book.asks, FIRST)
        elif book.update_id != before.update_id:
            bids, asks = changed(before.bids, book.bids), changed(before.asks, book.asks)
            self._say("update", book, bids, asks, before.update_id)
        self._told = book

    def _say(self, action: str, book: Book, bids: Side, asks: Side, before: int) -> None:
        row = _row(self._contract, book, bids, asks, seqId=book.update_id, prevSeqId=before, checksum=0)
        self._send([row], action=action)


def changed(before: Side, after: Side) -> Side:
    """Levels that are new or of another quantity, and with nothing those that are gone."""
    was, now = dict(before), dict(after)
    gone = tuple((price, Decimal(0)) for price in was if price not in now)
    return (*gone, *((price, quantity) for price, quantity in after if was.get(price) != quantity))


def _row(contract: Contract, book: Book, bids: Side, asks: Side, **more: int) -> Json:
    return {"asks": levels(contract, asks), "bids": levels(contract, bids), "ts": str(book.market_ms), **more}
