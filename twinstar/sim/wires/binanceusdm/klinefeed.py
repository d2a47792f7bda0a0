"""The kline stream's frames."""

from __future__ import annotations

from collections.abc import Callable

from twinstar.sim.model import Candle
from twinstar.sim.wires.binanceusdm.contracts import Contract
from twinstar.sim.wires.binanceusdm.desk import Desk, Json
from twinstar.sim.wires.binanceusdm.klines import taker_buy_quote
from twinstar.sim.wires.candlefeed import CandleFeed
from twinstar.sim.wires.intervals import Interval
from twinstar.sim.wires.spelling import text

KLINE_MS = 250


def start(desk: Desk, contract: Contract, interval: Interval, send: Callable[[Json], None]) -> Callable[[], None]:
    def say(candle: Candle, closed: bool) -> None:
        event = {"e": "kline", "E": desk.exchange.clock.market_ms(), "s": contract.id}
        send({**event, "k": _spelt(contract, interval, candle, closed=closed)})

    return CandleFeed(desk.exchange, contract.listing.symbol, interval, say, every_ms=KLINE_MS).stop


def _spelt(contract: Contract, interval: Interval, candle: Candle, *, closed: bool) -> Json:
    return {
        "t": candle.open_ms,
        "T": interval.closes(candle.open_ms) - 1,
        "s": contract.id,
        "i": interval.name,
        "f": candle.first_trade_id,
        "L": candle.last_trade_id,
        "o": text(candle.open),
        "c": text(candle.close),
        "h": text(candle.high),
        "l": text(candle.low),
        "v": text(candle.volume),
        "n": candle.trades,
        "x": closed,
        "q": text(candle.quote_volume),
        "V": text(candle.taker_buy_volume),
        "Q": taker_buy_quote(candle),
        "B": "0",
    }
