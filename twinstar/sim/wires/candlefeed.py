"""A candle stream: the forming candle a few times a second, the finished one always."""

from __future__ import annotations

from collections.abc import Callable

from twinstar.sim.model import Candle
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.intervals import MINUTE_MS, Interval, candles
from twinstar.sim.wires.pace import Pace

Say = Callable[[Candle, bool], None]  # the candle, and whether it is finished


class CandleFeed:
    """Made of the market's minutes. Where the minute that ends a longer candle is missing, the next one ends it."""

    def __init__(self, exchange: Exchange, symbol: str, interval: Interval, say: Say, *, every_ms: int) -> None:
        self._exchange = exchange
        self._symbol = symbol
        self._interval = interval
        self._tell = say
        self._minute: Candle | None = None
        self._open_ms: int | None = None  # of the candle that is forming
        self._pace = Pace(exchange.clock, every_ms, self._push)
        self._unlisten = exchange.on_candle(symbol, self._on_minute)

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
            self._tell(candle, closed)

    def _candle(self, open_ms: int) -> Candle | None:
        if self._interval.step_ms == MINUTE_MS:
            return self._minute
        end_ms = self._interval.closes(open_ms) - 1
        found = candles(self._exchange, self._symbol, self._interval, end_ms=end_ms, limit=1)
        return found[-1] if found and found[-1].open_ms == open_ms else None
