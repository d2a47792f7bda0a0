"""Market streams by name: what each listens to and how often it speaks. Their frames are each wire's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from msgspec import Struct

from twinstar.sim.model import Tick
from twinstar.sim.wires.binance_common import klinefeed
from twinstar.sim.wires.binance_common.control import BadFrame
from twinstar.sim.wires.binance_common.desk import Json, Market, Markets
from twinstar.sim.wires.binance_common.errors import ApiError
from twinstar.sim.wires.binance_common.klines import INTERVALS
from twinstar.sim.wires.binance_common.market import day_figures
from twinstar.sim.wires.intervals import DAY_MS
from twinstar.sim.wires.pace import Pace
from twinstar.sim.wires.spelling import text

Send = Callable[[Json], None]
Stop = Callable[[], None]
Spell = Callable[[Any, Any], Json]  # what is so now, of the wire's desk and its market
Difference = Callable[[Any, Any, int, int, int], Json]  # without its levels: first, last and previous id

NAME = re.compile(r"([a-z0-9]+)@([a-zA-Z]+)(?:_([0-9a-zA-Z]+))?(?:@([0-9]+m?s))?")
NOBODY = (Decimal(0), Decimal(0))


class Feeds(Struct, frozen=True, kw_only=True):
    """The streams of one wire, by the kind in their names and, of some, by the speed."""

    kline_ms: int
    trades: Mapping[str, Callable[[Any, Any, Tick], Json]]
    paced: Mapping[tuple[str, str | None], tuple[Spell, int]]
    depth: Difference
    depth_ms: Mapping[str | None, int]


def start(feeds: Feeds, desk: Markets[Any], name: str, send: Send) -> Stop:
    """Raises BadFrame for a name that is no stream."""
    parts = NAME.fullmatch(name)
    if parts is None:
        raise _invalid(name)
    market_id, kind, interval, speed = parts.groups()
    try:
        market = desk.find(market_id)
    except ApiError as error:
        raise _invalid(name) from error
    if kind == "kline" and interval in INTERVALS and speed is None:
        return klinefeed.start(desk.exchange, market, INTERVALS[interval], send, every_ms=feeds.kline_ms)
    if interval is not None:
        raise _invalid(name)
    if kind == "depth" and speed in feeds.depth_ms:
        return _depth(feeds, desk, market, feeds.depth_ms[speed], send)
    if kind in feeds.trades and speed is None:
        spelt = feeds.trades[kind]
        return desk.exchange.on_tick(market.listing.symbol, lambda tick: send(spelt(desk, market, tick)))
    if (kind, speed) in feeds.paced:
        spell, every_ms = feeds.paced[kind, speed]
        return _paced(desk, market, every_ms, lambda: send(spell(desk, market)))
    raise _invalid(name)


def _invalid(name: str) -> BadFrame:
    return BadFrame(2, f"Invalid request: invalid stream {name}")


def _paced(desk: Markets[Any], market: Market, every_ms: int, push: Callable[[], None]) -> Stop:
    pace = Pace(desk.exchange.clock, every_ms, push)
    unlisten = desk.exchange.on_tick(market.listing.symbol, lambda _: pace.changed())

    def stop() -> None:
        unlisten()
        pace.drop()

    return stop


def _depth(feeds: Feeds, desk: Markets[Any], market: Market, every_ms: int, send: Send) -> Stop:
    def tell(first: int, last: int, before: int, bids: Any, asks: Any) -> None:
        send({**feeds.depth(desk, market, first, last, before), "b": bids, "a": asks})

    feed = desk.depths.open(market.listing.symbol, tell)
    unlisten = _paced(desk, market, every_ms, feed.push)

    def stop() -> None:
        unlisten()
        desk.depths.close(feed)

    return stop


# Frames that both kinds of market have; futures add to some of them.


def trade(desk: Markets[Any], market: Market, tick: Tick) -> Json:
    return {
        "e": "trade",
        "E": desk.exchange.clock.market_ms(),
        "T": tick.market_ms,
        "s": market.id,
        "t": tick.id,
        "p": text(tick.price),
        "q": text(tick.quantity),
        "m": tick.taker.sign < 0,
    }


def aggregate_trade(desk: Markets[Any], market: Market, tick: Tick) -> Json:
    return {
        "e": "aggTrade",
        "E": desk.exchange.clock.market_ms(),
        "a": tick.id,
        "s": market.id,
        "p": text(tick.price),
        "q": text(tick.quantity),
        "f": tick.id,
        "l": tick.id,
        "T": tick.market_ms,
        "m": tick.taker.sign < 0,
    }


def mini_ticker(desk: Markets[Any], market: Market) -> Json:
    ticker = desk.exchange.ticker(market.listing.symbol)
    return {
        "e": "24hrMiniTicker",
        "E": ticker.market_ms,
        "s": market.id,
        "c": text(ticker.last),
        "o": text(ticker.open),
        "h": text(ticker.high),
        "l": text(ticker.low),
        "v": text(ticker.volume),
        "q": text(ticker.quote_volume),
    }


def day_ticker(desk: Markets[Any], market: Market) -> Json:
    ticker = desk.exchange.ticker(market.listing.symbol)
    change, percent, average = day_figures(ticker, market)
    return {
        **mini_ticker(desk, market),
        "e": "24hrTicker",
        "p": change,
        "P": percent,
        "w": average,
        "Q": text(ticker.last_quantity),
        "O": ticker.market_ms - DAY_MS,
        "C": ticker.market_ms,
        "F": ticker.first_trade_id,
        "L": ticker.last_trade_id,
        "n": ticker.last_trade_id - ticker.first_trade_id + 1,
    }


def best_prices(desk: Markets[Any], market: Market) -> Json:
    book = desk.exchange.book(market.listing.symbol, 1)
    bid, ask = next(iter(book.bids), NOBODY), next(iter(book.asks), NOBODY)
    return {
        "u": book.update_id,
        "s": market.id,
        "b": text(bid[0]),
        "B": text(bid[1]),
        "a": text(ask[0]),
        "A": text(ask[1]),
    }
