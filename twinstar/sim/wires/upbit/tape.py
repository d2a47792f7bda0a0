"""What a ticker says of today and of the year: kept up with each tick, so that a ticker costs no look into history."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from twinstar.sim.model import Candle, Tick
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.upbit.candles import fold
from twinstar.sim.wires.upbit.times import DAY

YEAR_DAYS = 52 * 7


class Extreme(Struct, frozen=True):
    price: Decimal
    day_ms: int


class Tape:
    """One market's last trade, its day (which begins at 00:00 UTC) and its 52-week high and low."""

    def __init__(self, exchange: Exchange, symbol: str) -> None:
        days = exchange.candles(symbol, DAY, limit=YEAR_DAYS)
        last = exchange.ticker(symbol).last
        latest = exchange.ticks(symbol, 1)
        self.traded_ms = latest[-1].market_ms if latest else exchange.clock.market_ms()
        today_ms = exchange.clock.market_ms() // DAY * DAY
        self.day: Candle | None = days[-1] if days and days[-1].open_ms == today_ms else None
        self.high = _extreme([Extreme(day.high, day.open_ms) for day in days], Extreme(last, today_ms))
        self.low = _extreme([Extreme(day.low, day.open_ms) for day in days], Extreme(last, today_ms), lowest=True)
        exchange.on_tick(symbol, self._on_tick)

    def _on_tick(self, tick: Tick) -> None:
        self.traded_ms = tick.market_ms
        self.day = fold(self.day, tick, DAY)
        if tick.price > self.high.price:
            self.high = Extreme(tick.price, self.day.open_ms)
        if tick.price < self.low.price:
            self.low = Extreme(tick.price, self.day.open_ms)


class Tapes:
    """A tape is begun when somebody first asks for it."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._tapes: dict[str, Tape] = {}

    def of(self, symbol: str) -> Tape:
        if symbol not in self._tapes:
            self._tapes[symbol] = Tape(self._exchange, symbol)
        return self._tapes[symbol]


def _extreme(days: list[Extreme], default: Extreme, *, lowest: bool = False) -> Extreme:
    if not days:
        return default
    pick = min if lowest else max
    return pick(days, key=lambda each: each.price)
