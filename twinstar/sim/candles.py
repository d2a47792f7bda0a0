"""Candles of ticks, and longer candles of one-minute candles."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, groupby, islice

from msgspec import Struct
from msgspec.structs import replace

from twinstar.sim.clock import DAY_MS, MINUTE_MS
from twinstar.sim.model import Candle, Listing, Side, Tick
from twinstar.sim.rows import Row

WEEK_MS = 7 * DAY_MS
MONDAY_MS = 4 * DAY_MS  # 5 January 1970 was one

ZERO = Decimal(0)


def opening(at_ms: int, step_ms: int) -> int:
    """When the candle that ``at_ms`` falls into opened; weeks open on Mondays."""
    shift = MONDAY_MS if step_ms % WEEK_MS == 0 else 0
    return at_ms - (at_ms - shift) % step_ms


class Forming:
    """The one-minute candle that the ticks are making."""

    def __init__(self, symbol: str, open_ms: int) -> None:
        self.open_ms = open_ms
        self._symbol = symbol
        self._trades = 0
        self._first_id = self._last_id = -1
        self._open = self._high = self._low = self._close = ZERO
        self._volume = self._quote_volume = self._bought = ZERO

    @property
    def is_empty(self) -> bool:
        return not self._trades

    def add(self, tick: Tick) -> None:
        price, quantity = tick.price, tick.quantity
        if not self._trades:
            self._open = self._high = self._low = price
            self._first_id = tick.id
        elif price > self._high:
            self._high = price
        elif price < self._low:
            self._low = price
        self._close, self._last_id = price, tick.id
        self._trades += 1
        self._volume += quantity
        self._quote_volume += price * quantity
        if tick.taker is Side.BUY:
            self._bought += quantity

    def candle(self, *, closed: bool) -> Candle:
        return Candle(
            symbol=self._symbol,
            open_ms=self.open_ms,
            open=self._open,
            high=self._high,
            low=self._low,
            close=self._close,
            volume=self._volume,
            quote_volume=self._quote_volume,
            trades=self._trades,
            taker_buy_volume=self._bought,
            first_trade_id=self._first_id,
            last_trade_id=self._last_id,
            closed=closed,
        )


def without_trades(symbol: str, row: Row) -> Candle:
    return Candle(
        symbol=symbol,
        open_ms=row.open_ms,
        open=row.open,
        high=row.high,
        low=row.low,
        close=row.close,
        volume=row.volume,
        quote_volume=ZERO,
        trades=0,
        taker_buy_volume=ZERO,
        first_trade_id=-1,
        last_trade_id=-1,
        closed=True,
    )


def of_ticks(symbol: str, row: Row, ticks: Iterable[Tick]) -> Candle:
    forming = Forming(symbol, row.open_ms)
    for tick in ticks:
        forming.add(tick)
    return without_trades(symbol, row) if forming.is_empty else forming.candle(closed=True)


def as_it_began(candle: Candle, listing: Listing) -> Candle:
    """With one small trade in it."""
    price = candle.open
    return replace(
        candle,
        high=price,
        low=price,
        close=price,
        volume=listing.lot,
        quote_volume=price * listing.lot,
        trades=1,
        taker_buy_volume=ZERO,
        last_trade_id=candle.first_trade_id,
        closed=False,
    )


class Past:
    """Closed minutes, oldest first. Those from before this process stay rows until somebody asks for their candles."""

    def __init__(self, make: Callable[[Row, int], Candle]) -> None:
        self._make = make
        self._opens: list[int] = []
        self._items: list[Candle | tuple[Row, int]] = []

    def __len__(self) -> int:
        return len(self._items)

    def add(self, candle: Candle) -> None:
        self._opens.append(candle.open_ms)
        self._items.append(candle)

    def add_row(self, row: Row, first_id: int) -> None:
        self._opens.append(row.open_ms)
        self._items.append((row, first_id))

    def upwards(self, start_ms: int, before_ms: int) -> Iterator[Candle]:
        for index in range(bisect_left(self._opens, start_ms), bisect_left(self._opens, before_ms)):
            yield self._candle(index)

    def downwards(self, before_ms: int) -> Iterator[Candle]:
        for index in range(bisect_left(self._opens, before_ms) - 1, -1, -1):
            yield self._candle(index)

    def _candle(self, index: int) -> Candle:
        item = self._items[index]
        if isinstance(item, tuple):
            item = self._items[index] = self._make(*item)
        return item


class Span(Struct, frozen=True):
    step_ms: int
    reached_ms: int  # what ends here or earlier is closed


def first_of(
    past: Past, forming: Candle | None, span: Span, *, start_ms: int, before_ms: int, limit: int
) -> list[Candle]:
    """The first ``limit`` candles that open at ``start_ms`` or later."""
    start = opening(start_ms + span.step_ms - 1, span.step_ms)
    minutes = past.upwards(start, before_ms)
    if forming and start <= forming.open_ms < before_ms:
        minutes = chain(minutes, (forming,))
    return list(islice((_joined(parts, span) for parts in _grouped(minutes, span)), limit))


def last_of(past: Past, forming: Candle | None, span: Span, *, before_ms: int, limit: int) -> list[Candle]:
    minutes = past.downwards(before_ms)
    if forming and forming.open_ms < before_ms:
        minutes = chain((forming,), minutes)
    groups = islice(_grouped(minutes, span), limit)
    return [_joined(parts[::-1], span) for parts in groups][::-1]


def _grouped(minutes: Iterable[Candle], span: Span) -> Iterator[list[Candle]]:
    for _, parts in groupby(minutes, lambda candle: opening(candle.open_ms, span.step_ms)):
        yield list(parts)


def _joined(parts: Sequence[Candle], span: Span) -> Candle:
    if span.step_ms == MINUTE_MS:
        return parts[0]
    open_ms = opening(parts[0].open_ms, span.step_ms)
    traded = [part for part in parts if part.trades]
    return Candle(
        symbol=parts[0].symbol,
        open_ms=open_ms,
        open=parts[0].open,
        high=max(part.high for part in parts),
        low=min(part.low for part in parts),
        close=parts[-1].close,
        volume=sum((part.volume for part in parts), ZERO),
        quote_volume=sum((part.quote_volume for part in parts), ZERO),
        trades=sum(part.trades for part in parts),
        taker_buy_volume=sum((part.taker_buy_volume for part in parts), ZERO),
        first_trade_id=traded[0].first_trade_id if traded else -1,
        last_trade_id=traded[-1].last_trade_id if traded else -1,
        closed=open_ms + span.step_ms <= span.reached_ms,
    )
