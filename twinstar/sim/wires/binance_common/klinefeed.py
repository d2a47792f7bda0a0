"""The kline stream's frames."""

from __future__ import annotations

from collections.abc import Callable

from twinstar.sim.model import Candle
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.binance_common.desk import Json, Market
from twinstar.sim.wires.binance_common.klines import taker_buy_quote
from twinstar.sim.wires.candlefeed import CandleFeed
from twinstar.sim.wires.intervals import Interval
from twinstar.sim.wires.spelling import text


def start(
    exchange: Exchange, market: Market, interval: Interval, send: Callable[[Json], None], *, every_ms: int
) -> Callable[[], None]:
    def say(candle: Candle, closed: bool) -> None:
        event = {"e": "kline", "E": exchange.clock.market_ms(), "s": market.id}
        send({**event, "k": _spelt(market, interval, candle, closed=closed)})

    return CandleFeed(exchange, market.listing.symbol, interval, say, every_ms=every_ms).stop


def _spelt(market: Market, interval: Interval, candle: Candle, *, closed: bool) -> Json:
    return {
        "t": candle.open_ms,
        "T": interval.closes(candle.open_ms) - 1,
        "s": market.id,
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
