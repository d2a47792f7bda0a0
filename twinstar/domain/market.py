"""Instruments, trades and candles."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Decimal
from enum import Enum
from functools import cached_property

from msgspec import Struct

_DAY_MS = 86_400_000
_MONDAY_MS = 4 * _DAY_MS  # 1970-01-05, the first Monday of the epoch
_UNIT_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": _DAY_MS, "w": 7 * _DAY_MS}


class Side(Enum):
    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> Side:
        return Side.SELL if self is Side.BUY else Side.BUY


class Timeframe(Enum):
    """An interval of candles; weeks begin on Monday, months on their first, all in UTC."""

    M1 = "1m"
    M3 = "3m"
    M5 = "5m"
    M15 = "15m"
    M30 = "30m"
    H1 = "1h"
    H2 = "2h"
    H4 = "4h"
    H6 = "6h"
    H8 = "8h"
    H12 = "12h"
    D1 = "1d"
    W1 = "1w"
    MONTH = "1M"

    def floor(self, time_ms: int) -> int:
        """The open of the candle that ``time_ms`` falls in."""
        if self is Timeframe.MONTH:
            day = datetime.fromtimestamp(time_ms // 1_000, UTC)
            return calendar.timegm((day.year, day.month, 1, 0, 0, 0)) * 1_000
        origin = _MONDAY_MS if self is Timeframe.W1 else 0
        return time_ms - (time_ms - origin) % self._fixed_ms

    def after(self, open_ms: int) -> int:
        """The open of the candle that follows the one that opens at ``open_ms``."""
        if self is Timeframe.MONTH:
            return self.floor(open_ms + 32 * _DAY_MS)
        return open_ms + self._fixed_ms

    def back(self, open_ms: int, count: int) -> int:
        """The open of the candle that opens ``count`` candles before ``open_ms``."""
        if self is Timeframe.MONTH:
            day = datetime.fromtimestamp(open_ms // 1_000, UTC)
            months = day.year * 12 + day.month - 1 - count
            return calendar.timegm((months // 12, months % 12 + 1, 1, 0, 0, 0)) * 1_000
        return open_ms - count * self._fixed_ms

    def count(self, from_ms: int, until_ms: int) -> int:
        """How many candles open in ``[from_ms, until_ms)``, where one opens at ``from_ms``."""
        if self is not Timeframe.MONTH:
            return max(-(-(until_ms - from_ms) // self._fixed_ms), 0)
        months = 0
        while from_ms < until_ms:
            from_ms, months = self.after(from_ms), months + 1
        return months

    @cached_property
    def _fixed_ms(self) -> int:
        return int(self.value[:-1]) * _UNIT_MS[self.value[-1]]


class InstrumentId(Struct, frozen=True, order=True):
    """A symbol at a venue, written ``BTC/KRW@bithumb``; ``venue`` is the name it has in config.yaml."""

    symbol: str
    venue: str

    def __str__(self) -> str:
        return f"{self.symbol}@{self.venue}"

    @classmethod
    def parse(cls, text: str) -> InstrumentId:
        """Raise `ValueError` for a text that is not ``symbol@venue``."""
        symbol, at, venue = text.rpartition("@")
        if not (symbol and at and venue):
            raise ValueError(f"{text!r} is not an instrument: write symbol@venue, as BTC/USDT:USDT@binanceusdm")
        return cls(symbol, venue)


class Instrument(Struct, frozen=True, kw_only=True):
    """What may be traded and in which steps. Quantities are in the base asset, never in contracts."""

    id: InstrumentId
    base: str
    quote: str
    settle: str | None = None  # None on spot
    price_step: Decimal
    quantity_step: Decimal
    min_quantity: Decimal = Decimal(0)
    min_notional: Decimal = Decimal(0)
    resident_stops: bool = False  # the venue can hold a stop order for us
    resident_targets: bool = False  # and a take-profit beside it
    amends_stops: bool = False  # and change either where it stands
    maker_fee: Decimal | None = None  # a share of what is traded; None where the listing does not tell
    taker_fee: Decimal | None = None

    @property
    def is_spot(self) -> bool:
        return self.settle is None

    def round_quantity(self, quantity: Decimal) -> Decimal:
        """Down to the venue's step; 0 when that is below its minimum quantity."""
        rounded = (quantity / self.quantity_step).to_integral_value(ROUND_DOWN) * self.quantity_step
        return rounded if rounded >= self.min_quantity else Decimal(0)

    def is_dust(self, quantity: Decimal, price: Decimal | None) -> bool:
        """So little that the venue lets nobody sell it; a perpetual's position it lets everybody close."""
        least = self.min_notional / price if price and self.is_spot else Decimal(0)
        return not self.round_quantity(abs(quantity)) or abs(quantity) < least

    def round_price(self, price: Decimal) -> Decimal:
        """To the nearest of the venue's steps, never below one."""
        steps = max((price / self.price_step).to_integral_value(), Decimal(1))
        return steps * self.price_step


class Source(Enum):
    """Where a candle came from. The history's word is final, and so is that of a stream which says when one is over."""

    STREAM = "stream"
    UNFLAGGED = "unflagged"  # of a stream that does not say so: the next one had begun
    TRADES = "trades"
    REST = "rest"


class Candle(Struct, frozen=True, kw_only=True):
    """An interval that is over; its values are final. ``volume`` is in the base asset."""

    instrument: InstrumentId
    timeframe: Timeframe
    open_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    source: Source = Source.STREAM
