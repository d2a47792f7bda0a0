"""What a ticker says of today and of the year. It reads on from where it was, minute by minute, when it is asked.

It does not listen: a market that waits for its readers must not take a ticker for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from twinstar.sim.model import Candle
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.krw.candles import merge
from twinstar.sim.wires.krw.times import DAY, MINUTE

YEAR_DAYS = 52 * 7
PAGE = 1440


class Extreme(Struct, frozen=True):
    price: Decimal
    day_ms: int


class Tape:
    """One market's last trade, its day (which begins so long before 00:00 UTC) and its 52-week high and low."""

    def __init__(self, exchange: Exchange, symbol: str, day_shift_ms: int) -> None:
        self._exchange = exchange
        self._symbol = symbol
        self._day_shift_ms = day_shift_ms
        self._next_ms = self._day_of(exchange.clock.market_ms())
        self._day: Candle | None = None  # of the minutes that are over
        last = exchange.ticker(symbol).last
        self._high = self._low = Extreme(last, self._next_ms)
        for day in exchange.candles(symbol, DAY, end_ms=self._next_ms - 1, limit=YEAR_DAYS):
            self._widen(day)

    def traded_ms(self) -> int:
        latest = self._exchange.ticks(self._symbol, 1)
        return latest[-1].market_ms if latest else self._exchange.clock.market_ms()

    def today(self) -> Candle | None:
        """None before the day's first trade."""
        for minute in self._minutes():
            if not minute.closed:
                return self._with(minute)
            self._day = self._with(minute)
            self._next_ms = minute.open_ms + MINUTE
        midnight_ms = self._day_of(self._exchange.clock.market_ms())
        return self._day if self._day and self._day.open_ms == midnight_ms else None

    def year(self) -> tuple[Extreme, Extreme]:
        """High and low."""
        return self._high, self._low

    def _minutes(self) -> Iterator[Candle]:
        """The new ones, the forming one last."""
        start_ms = self._next_ms
        while page := self._exchange.candles(self._symbol, MINUTE, start_ms=start_ms, limit=PAGE):
            yield from (minute for minute in page if minute.trades)
            start_ms = page[-1].open_ms + MINUTE

    def _with(self, minute: Candle) -> Candle:
        self._widen(minute)
        day_ms = self._day_of(minute.open_ms)
        before = self._day
        same_day = before is not None and before.open_ms == day_ms
        return merge(day_ms, [before, minute] if before and same_day else [minute])

    def _widen(self, candle: Candle) -> None:
        day_ms = self._day_of(candle.open_ms)
        if candle.high > self._high.price:
            self._high = Extreme(candle.high, day_ms)
        if candle.low < self._low.price:
            self._low = Extreme(candle.low, day_ms)

    def _day_of(self, time_ms: int) -> int:
        return (time_ms + self._day_shift_ms) // DAY * DAY - self._day_shift_ms


class Tapes:
    """A tape is begun when somebody first asks for it."""

    def __init__(self, exchange: Exchange, day_shift_ms: int) -> None:
        self._exchange = exchange
        self._day_shift_ms = day_shift_ms
        self._tapes: dict[str, Tape] = {}

    def of(self, symbol: str) -> Tape:
        if symbol not in self._tapes:
            self._tapes[symbol] = Tape(self._exchange, symbol, self._day_shift_ms)
        return self._tapes[symbol]
