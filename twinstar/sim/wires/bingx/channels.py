"""Public topics: what each listens to, and how often it speaks."""

from __future__ import annotations

import re
from collections.abc import Callable

from twinstar.sim.model import Candle, Tick
from twinstar.sim.wires.bingx import market
from twinstar.sim.wires.bingx.contracts import Contract
from twinstar.sim.wires.bingx.desk import Desk, Json
from twinstar.sim.wires.candlefeed import CandleFeed
from twinstar.sim.wires.intervals import DAY_MS, Interval
from twinstar.sim.wires.pace import Pace
from twinstar.sim.wires.spelling import text

CANDLE_MS, TICKER_MS, BOOK_MS = 500, 1_000, 500
LEVELS = (5, 10, 20, 50, 100)
TOPIC = r"(?P<market>[A-Z0-9]+-USDT)@(?P<name>trade|ticker|kline_(?P<interval>\w+)|depth(?P<levels>\d{1,3})(@\d+ms)?)"

Say = Callable[[Json], None]
Stop = Callable[[], None]
Start = Callable[[], Stop]


def topic(desk: Desk, name: str, say: Say) -> Start | None:
    """None for one that is not there."""
    found = re.fullmatch(TOPIC, name)
    contract = desk.contracts.get(found["market"]) if found is not None else None
    if found is None or contract is None:
        return None
    if found["name"] == "trade":
        return lambda: _trades(desk, contract, say)
    if found["name"] == "ticker":
        return lambda: _paced(desk, contract, TICKER_MS, lambda: say({"data": ticker_update(desk, contract)}))
    if found["interval"] is not None:
        interval = market.INTERVALS.get(found["interval"])
        return None if interval is None else lambda: _candles(desk, contract, interval, say)
    levels = int(found["levels"])
    return (lambda: _book(desk, contract, levels, say)) if levels in LEVELS else None


def _candles(desk: Desk, contract: Contract, interval: Interval, say: Say) -> Stop:
    """Nothing tells that a candle is over but the next one. What is called T is when it opened."""

    def tell(candle: Candle, _: bool) -> None:
        prices = {"c": candle.close, "o": candle.open, "h": candle.high, "l": candle.low, "v": candle.volume}
        row = {**{name: text(value) for name, value in prices.items()}, "T": candle.open_ms}
        say({"s": contract.id, "data": [row]})

    return CandleFeed(desk.exchange, contract.symbol, interval, tell, every_ms=CANDLE_MS).stop


def _trades(desk: Desk, contract: Contract, say: Say) -> Stop:
    """They have no number."""

    def tell(tick: Tick) -> None:
        told = {"q": text(tick.quantity), "p": text(tick.price), "T": tick.market_ms, "m": tick.taker.value == "sell"}
        say({"data": [{**told, "s": contract.id}]})

    return desk.exchange.on_tick(contract.symbol, tell)


def ticker_update(desk: Desk, contract: Contract) -> Json:
    told = desk.exchange.ticker(contract.symbol)
    return {
        "e": "24hTicker",
        "E": told.market_ms,
        "s": contract.id,
        "p": text(told.last - told.open),
        "P": market.percent(told.last, told.open),
        "c": text(told.last),
        "L": text(told.last_quantity),
        "h": text(told.high),
        "l": text(told.low),
        "v": text(told.volume),
        "q": f"{told.quote_volume:.2f}",
        "o": text(told.open),
        "O": told.market_ms - DAY_MS,
        "C": told.market_ms,
        "A": text(told.ask),
        "a": text(told.ask_quantity),
        "B": text(told.bid),
        "b": text(told.bid_quantity),
    }


def _book(desk: Desk, contract: Contract, levels: int, say: Say) -> Stop:
    """Whole each time."""

    def push() -> None:
        book = desk.exchange.book(contract.symbol, levels)
        sides = {"bids": market.levels(book.bids), "asks": market.levels(reversed(book.asks))}
        say({"ts": book.market_ms, "data": sides})

    return _paced(desk, contract, BOOK_MS, push)


def _paced(desk: Desk, contract: Contract, every_ms: int, push: Callable[[], None]) -> Stop:
    pace = Pace(desk.exchange.clock, every_ms, push)
    unlisten = desk.exchange.on_tick(contract.symbol, lambda _: pace.changed())
    pace.changed()

    def stop() -> None:
        unlisten()
        pace.drop()

    return stop
