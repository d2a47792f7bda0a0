"""A candle stream: the forming candle a few times a second, the finished one always."""

from __future__ import annotations

from collections.abc import Callable

from twinstar.sim.model import Candle
from twinstar.sim.wires.binanceusdm.contracts import Contract
from twinstar.sim.wires.binanceusdm.desk import Desk, Json
from twinstar.sim.wires.binanceusdm.klines import MINUTE_MS, Interval, candles, taker_buy_quote
from twinstar.sim.wires.binanceusdm.pace import Pace
from twinstar.sim.wires.binanceusdm.words import text

KLINE_MS = 250


class KlineFeed:
    """Made of the market's minutes. Where the minute that ends a longer candle is missing, the next one ends it."""

    def __init__(self, desk: Desk, contract: Contract, interval: Interval, send: Callable[[Json], None]) -> None:
        self._exchange = desk.exchange
        self._contract = contract
        self._interval = interval
        self._send = send
        self._minute: Candle | None = None
        self._open_ms: int | None = None  # of the candle that is forming
        self._pace = Pace(desk.exchange.clock, KLINE_MS, self._push)
        self._unlisten = desk.exchange.on_candle(contract.listing.symbol, self._on_minute)

    def stop(self) -> None:
        self._unlisten()
        self._pace.drop()

    def _on_minute(self, minute: Candle) -> None:
        open_ms = self._interval.opened(minute.open_ms)
        if self._open_ms is not None and self._open_ms != open_ms:
            self._finish(self._open_ms)
        self._minute, self._open_ms = minute, open_ms
        if minute.closed and minute.open_ms + MINUTE_MS == self._interval.closes(open_ms):
            self._finish(open_ms)
        else:
            self._pace.changed()

    def _finish(self, open_ms: int) -> None:
        """Nothing about a finished candle is said after its last frame."""
        self._pace.drop()
        self._say(open_ms, closed=True)
        self._open_ms = None

    def _push(self) -> None:
        if self._open_ms is not None:
            self._say(self._open_ms, closed=False)

    def _say(self, open_ms: int, *, closed: bool) -> None:
        candle = self._candle(open_ms)
        if candle is not None:
            event = {"e": "kline", "E": self._exchange.clock.market_ms(), "s": self._contract.id}
            self._send({**event, "k": self._spelt(candle, closed=closed)})

    def _candle(self, open_ms: int) -> Candle | None:
        if self._interval.step_ms == MINUTE_MS:
            return self._minute
        symbol, end_ms = self._contract.listing.symbol, self._interval.closes(open_ms) - 1
        found = candles(self._exchange, symbol, self._interval, end_ms=end_ms, limit=1)
        return found[-1] if found and found[-1].open_ms == open_ms else None

    def _spelt(self, candle: Candle, *, closed: bool) -> Json:
        return {
            "t": candle.open_ms,
            "T": self._interval.closes(candle.open_ms) - 1,
            "s": self._contract.id,
            "i": self._interval.name,
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
