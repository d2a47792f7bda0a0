"""Public channels: what each listens to, how often it speaks, and what it begins with."""

from __future__ import annotations

import binascii
from collections.abc import Callable
from typing import Any

from twinstar.sim.wires.bitget import market
from twinstar.sim.wires.bitget.contracts import Contract
from twinstar.sim.wires.bitget.desk import Desk, Json
from twinstar.sim.wires.bitget.news import SNAPSHOT, Send, Stop
from twinstar.sim.wires.bookfeed import BookFeed
from twinstar.sim.wires.candlefeed import CandleFeed
from twinstar.sim.wires.intervals import Interval, candles
from twinstar.sim.wires.pace import Pace
from twinstar.sim.wires.spelling import text

CANDLE = "candle"
UPDATE = "update"
CANDLE_MS, TICKER_MS = 1_000, 300
FIRST_CANDLES, FIRST_TRADES = 500, 50
BOOKS = {"books": (200, 150), "books1": (1, 100), "books5": (5, 150), "books15": (15, 150)}  # levels, how often
CHECKED = 25  # levels a side

Start = Callable[[], Stop]


def channel(desk: Desk, name: str, contract: Contract, send: Send) -> Start | None:
    """None for one that is not there."""
    interval = market.GRANULARITIES.get(name.removeprefix(CANDLE)) if name.startswith(CANDLE) else None
    if interval is not None and name not in ("candle2H", "candle3m"):
        return lambda: _candles(desk, contract, interval, send)
    if name == "trade":
        return lambda: _trades(desk, contract, send)
    if name == "ticker":
        return lambda: paced(desk, contract, TICKER_MS, lambda: send(SNAPSHOT, [ticker_update(desk, contract)]))
    if name == "books":
        return lambda: _book_in_changes(desk, contract, send)
    if name in BOOKS:
        return lambda: _whole_book(desk, contract, name, send)
    return None


def _candles(desk: Desk, contract: Contract, interval: Interval, send: Send) -> Stop:
    """Nothing tells that a candle is over but the next one."""
    first = candles(desk.exchange, contract.symbol, interval, limit=FIRST_CANDLES)
    send(SNAPSHOT, [_candle(each) for each in first])
    feed = CandleFeed(
        desk.exchange,
        contract.symbol,
        interval,
        lambda candle, _: send(UPDATE, [_candle(candle)]),
        every_ms=CANDLE_MS,
    )
    return feed.stop


def _candle(candle: Any) -> list[str]:
    row = market.candle_row(candle)
    return [*row, row[-1]]


def _trades(desk: Desk, contract: Contract, send: Send) -> Stop:
    """At first the last ones, newest first."""
    ticks = desk.exchange.ticks(contract.symbol, FIRST_TRADES)
    send(SNAPSHOT, [market.public_trade(each) for each in reversed(ticks)])
    return desk.exchange.on_tick(contract.symbol, lambda tick: send(UPDATE, [market.public_trade(tick)]))


def ticker_update(desk: Desk, contract: Contract) -> Json:
    told = market.ticker_view(desk, contract)
    only_over_rest = ("usdtVolume", "deliveryStartTime", "deliveryTime", "deliveryStatus", "open", "changeUtc24h")
    return {
        **{name: value for name, value in told.items() if name not in only_over_rest},
        "instId": contract.id,
        "nextFundingTime": str(desk.exchange.funding(contract.symbol)[1]),
        "symbolType": "1",
        "deliveryPrice": "0",
    }


def _whole_book(desk: Desk, contract: Contract, name: str, send: Send) -> Stop:
    levels, every_ms = BOOKS[name]

    def push() -> None:
        book = desk.exchange.book(contract.symbol, levels)
        sides = {"asks": _texts(book.asks), "bids": _texts(book.bids)}
        send(SNAPSHOT, [{**sides, "checksum": 0, "seq": book.update_id, "ts": str(book.market_ms)}])

    return paced(desk, contract, every_ms, push)


def _book_in_changes(desk: Desk, contract: Contract, send: Send) -> Stop:
    levels, every_ms = BOOKS["books"]
    feed = BookFeed(desk.exchange, contract.symbol, levels)

    def push() -> None:
        change = feed.change()
        if change is None:
            return
        row = {
            "asks": change.asks,
            "bids": change.bids,
            "checksum": _checksum(desk, contract),
            "seq": change.update_id,
            "ts": str(change.market_ms),
        }
        send(SNAPSHOT if change.is_whole else UPDATE, [row])

    return paced(desk, contract, every_ms, push)


def _checksum(desk: Desk, contract: Contract) -> int:
    """Of the best levels in turn, a bid and an ask, as they are written; signed."""
    book = desk.exchange.book(contract.symbol, CHECKED)
    bids, asks = _texts(book.bids), _texts(book.asks)
    parts: list[str] = []
    for place in range(CHECKED):
        for side in (bids, asks):
            parts += side[place] if place < len(side) else []
    told = binascii.crc32(":".join(parts).encode())
    return told - (1 << 32) if told >= 1 << 31 else told


def _texts(side: Any) -> list[list[str]]:
    return [[text(price), text(quantity)] for price, quantity in side]


def paced(desk: Desk, contract: Contract, every_ms: int, push: Callable[[], None]) -> Stop:
    pace = Pace(desk.exchange.clock, every_ms, push)
    unlisten = desk.exchange.on_tick(contract.symbol, lambda _: pace.changed())
    pace.changed()

    def stop() -> None:
        unlisten()
        pace.drop()

    return stop
