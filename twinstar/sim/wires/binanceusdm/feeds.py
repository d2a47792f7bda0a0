"""Market streams by name: what each listens to, how often it speaks, and its frames."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from twinstar.sim.model import Tick
from twinstar.sim.wires.binanceusdm import klinefeed
from twinstar.sim.wires.binanceusdm.contracts import Contract
from twinstar.sim.wires.binanceusdm.control import BadFrame
from twinstar.sim.wires.binanceusdm.desk import Desk, Json
from twinstar.sim.wires.binanceusdm.errors import ApiError
from twinstar.sim.wires.binanceusdm.klines import INTERVALS
from twinstar.sim.wires.binanceusdm.market import day_figures
from twinstar.sim.wires.intervals import DAY_MS
from twinstar.sim.wires.pace import Pace
from twinstar.sim.wires.spelling import money, text

Send = Callable[[Json], None]
Stop = Callable[[], None]

NAME = re.compile(r"([a-z0-9]+)@([a-zA-Z]+)(?:_([0-9a-zA-Z]+))?(?:@([0-9]+m?s))?")
TICKER_MS = 500
DEPTH_MS = {None: 250, "100ms": 100, "250ms": 250, "500ms": 500}
MARK_MS = {None: 3_000, "1s": 1_000, "3s": 3_000}
NOBODY = (Decimal(0), Decimal(0))
PERPETUAL = 1  # the kind of market, as the venue adds it to some frames


def start(desk: Desk, name: str, send: Send) -> Stop:
    """Raises BadFrame for a name that is no stream."""
    parts = NAME.fullmatch(name)
    if parts is None:
        raise _invalid(name)
    market, kind, interval, speed = parts.groups()
    try:
        contract = desk.find(market)
    except ApiError as error:
        raise _invalid(name) from error
    if kind == "kline" and interval in INTERVALS and speed is None:
        return klinefeed.start(desk, contract, INTERVALS[interval], send)
    if interval is not None:
        raise _invalid(name)
    if kind == "depth" and speed in DEPTH_MS:
        return _depth(desk, contract, DEPTH_MS[speed], send)
    if kind == "markPrice" and speed in MARK_MS:
        return _paced(desk, contract, MARK_MS[speed], lambda: send(mark_price(desk, contract)))
    if kind in TRADES and speed is None:
        spelt = TRADES[kind]
        return desk.exchange.on_tick(contract.listing.symbol, lambda tick: send(spelt(desk, contract, tick)))
    if kind in TICKERS and speed is None:
        spell, every_ms = TICKERS[kind]
        return _paced(desk, contract, every_ms, lambda: send(spell(desk, contract)))
    raise _invalid(name)


def _invalid(name: str) -> BadFrame:
    return BadFrame(2, f"Invalid request: invalid stream {name}")


def _paced(desk: Desk, contract: Contract, every_ms: int, push: Callable[[], None]) -> Stop:
    pace = Pace(desk.exchange.clock, every_ms, push)
    unlisten = desk.exchange.on_tick(contract.listing.symbol, lambda _: pace.changed())

    def stop() -> None:
        unlisten()
        pace.drop()

    return stop


def _depth(desk: Desk, contract: Contract, every_ms: int, send: Send) -> Stop:
    def tell(first: int, last: int, before: int, bids: Any, asks: Any) -> None:
        now = desk.exchange.clock.market_ms()
        frame = {"e": "depthUpdate", "E": now, "T": now, "s": contract.id, "ps": contract.id}
        send({**frame, "st": PERPETUAL, "U": first, "u": last, "pu": before, "b": bids, "a": asks})

    feed = desk.depths.open(contract.listing.symbol, tell)
    unlisten = _paced(desk, contract, every_ms, feed.push)

    def stop() -> None:
        unlisten()
        desk.depths.close(feed)

    return stop


def trade(desk: Desk, contract: Contract, tick: Tick) -> Json:
    return {
        "e": "trade",
        "E": desk.exchange.clock.market_ms(),
        "T": tick.market_ms,
        "s": contract.id,
        "t": tick.id,
        "p": text(tick.price),
        "q": text(tick.quantity),
        "X": "MARKET",
        "m": tick.taker.sign < 0,
    }


def aggregate_trade(desk: Desk, contract: Contract, tick: Tick) -> Json:
    return {
        "e": "aggTrade",
        "E": desk.exchange.clock.market_ms(),
        "a": tick.id,
        "s": contract.id,
        "p": text(tick.price),
        "q": text(tick.quantity),
        "f": tick.id,
        "l": tick.id,
        "T": tick.market_ms,
        "m": tick.taker.sign < 0,
        "st": PERPETUAL,
    }


def mini_ticker(desk: Desk, contract: Contract) -> Json:
    ticker = desk.exchange.ticker(contract.listing.symbol)
    return {
        "e": "24hrMiniTicker",
        "E": ticker.market_ms,
        "s": contract.id,
        "c": text(ticker.last),
        "o": text(ticker.open),
        "h": text(ticker.high),
        "l": text(ticker.low),
        "v": text(ticker.volume),
        "q": text(ticker.quote_volume),
    }


def day_ticker(desk: Desk, contract: Contract) -> Json:
    ticker = desk.exchange.ticker(contract.listing.symbol)
    change, percent, average = day_figures(ticker, contract)
    return {
        **mini_ticker(desk, contract),
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


def best_prices(desk: Desk, contract: Contract) -> Json:
    book = desk.exchange.book(contract.listing.symbol, 1)
    bid, ask = next(iter(book.bids), NOBODY), next(iter(book.asks), NOBODY)
    return {
        "e": "bookTicker",
        "u": book.update_id,
        "E": book.market_ms,
        "T": book.market_ms,
        "s": contract.id,
        "b": text(bid[0]),
        "B": text(bid[1]),
        "a": text(ask[0]),
        "A": text(ask[1]),
        "st": PERPETUAL,
        "ps": contract.id,
    }


def mark_price(desk: Desk, contract: Contract) -> Json:
    mark = money(desk.exchange.mark_price(contract.listing.symbol))
    rate, next_ms = desk.exchange.funding(contract.listing.symbol)
    return {
        "e": "markPriceUpdate",
        "E": desk.exchange.clock.market_ms(),
        "s": contract.id,
        "p": mark,
        "i": mark,
        "P": mark,
        "r": money(rate),
        "T": next_ms,
    }


TRADES: dict[str, Callable[[Desk, Contract, Tick], Json]] = {
    "trade": trade,
    "aggTrade": aggregate_trade,
}
TICKERS: dict[str, tuple[Callable[[Desk, Contract], Json], int]] = {
    "miniTicker": (mini_ticker, TICKER_MS),
    "ticker": (day_ticker, TICKER_MS),
    "bookTicker": (best_prices, 0),
}
