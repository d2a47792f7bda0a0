"""One market: what has traded, its candles and its day, and what will trade next."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from msgspec import Struct

from twinstar.sim import candles, path
from twinstar.sim.candles import Forming, Past, Span
from twinstar.sim.clock import MINUTE_MS
from twinstar.sim.crowd import Level
from twinstar.sim.day import Day
from twinstar.sim.model import Candle, Listing, Side, Tick, Ticker
from twinstar.sim.rows import Row, Source

TAPE = 2_000  # public trades kept for those who ask for the latest
DAY_MINUTES = 1440
FOREVER_MS = 1 << 62

Happening = tuple[int, Tick | Row]
"""When, and what: a tick, or a minute that ends and the row it was made of."""


class Mark(Struct, frozen=True):
    """Where a market stood: a market time, and the last tick that was traded by then, where somebody wrote it down."""

    market_ms: int
    tick_id: int | None = None

    def has_passed(self, tick: Tick) -> bool:
        return tick.market_ms < self.market_ms if self.tick_id is None else tick.id <= self.tick_id


class Market:
    def __init__(self, listing: Listing, source: Source, *, ticks_a_minute: int, seed: int, mark: Mark) -> None:
        self.listing = listing
        self._ticks_a_minute = max(path.FEWEST, ticks_a_minute)
        self._seed = seed
        self._past = Past(self._candle)
        self._forming: Forming | None = None
        self._day = Day()
        self._tape: deque[Tick] = deque(maxlen=TAPE)
        self._reached_ms = 0
        self._next_id = 1
        self._coming = self._resume(source.rows(), mark)
        self._last = self._tape[-1] if self._tape else self._before_the_first(source)

    @property
    def last(self) -> Tick:
        return self._last

    def coming(self) -> Iterator[Happening]:
        """What happens from here on, in order of time; to be given to `trade` and `close` one after the other."""
        return self._coming

    def trade(self, tick: Tick) -> None:
        if self._forming is None:
            self._forming = Forming(tick.symbol, tick.market_ms - tick.market_ms % MINUTE_MS)
        self._forming.add(tick)
        self._tape.append(tick)
        self._last = tick
        self._reached_ms = tick.market_ms

    def close(self, row: Row) -> Candle:
        """The minute is over."""
        forming, self._forming = self._forming, None
        candle = forming.candle(closed=True) if forming else candles.without_trades(self.listing.symbol, row)
        self._past.add(candle)
        self._day.add(candle)
        self._reached_ms = row.open_ms + MINUTE_MS
        return candle

    def forming(self) -> Candle | None:
        return self._forming.candle(closed=False) if self._forming else None

    def ticks(self, limit: int) -> Sequence[Tick]:
        return list(islice(self._tape, max(0, len(self._tape) - limit), None))

    def candles(self, step_ms: int, *, start_ms: int | None, end_ms: int | None, limit: int) -> Sequence[Candle]:
        span = Span(step_ms, self._reached_ms)
        before = FOREVER_MS if end_ms is None else candles.opening(end_ms, step_ms) + step_ms
        if start_ms is None:
            return candles.last_of(self._past, self.forming(), span, before_ms=before, limit=limit)
        return candles.first_of(self._past, self.forming(), span, start_ms=start_ms, before_ms=before, limit=limit)

    def ticker(self, market_ms: int, bid: Level, ask: Level) -> Ticker:
        """The closed minutes of the last day and the forming one."""
        day, now, last = self._day, self.forming(), self._last
        oldest = day.oldest or now
        price = last.price
        highs = [high for high in (day.high, now.high if now else None) if high is not None]
        lows = [low for low in (day.low, now.low if now else None) if low is not None]
        return Ticker(
            symbol=self.listing.symbol,
            market_ms=market_ms,
            last=price,
            last_quantity=last.quantity,
            last_side=last.taker,
            open=oldest.open if oldest else price,
            high=max(highs, default=price),
            low=min(lows, default=price),
            volume=day.volume + (now.volume if now else 0),
            quote_volume=day.quote_volume + (now.quote_volume if now else 0),
            first_trade_id=oldest.first_trade_id if oldest else last.id,
            last_trade_id=last.id,
            bid=bid[0],
            bid_quantity=bid[1],
            ask=ask[0],
            ask_quantity=ask[1],
            previous_close=day.close_before(market_ms) or (oldest.open if oldest else price),
        )

    def _resume(self, rows: Iterator[Row], mark: Mark) -> Iterator[Happening]:
        """Take in what lies before the mark; the rest is what comes."""
        latest: deque[tuple[Row, int]] = deque(maxlen=DAY_MINUTES)
        current = None
        for row in rows:
            if row.open_ms + MINUTE_MS > mark.market_ms:
                current = row
                break
            latest.append((row, self._next_id))
            self._past.add_row(row, self._next_id)
            self._next_id += path.count_of(row, self._ticks_a_minute)
        self._remember(latest)
        if current is None:
            return iter(())
        ticks = self._made(current)
        for tick in ticks:
            if mark.has_passed(tick):
                self.trade(tick)
        left = [tick for tick in ticks if not mark.has_passed(tick)]
        return chain(_told(current, left), self._from(rows))

    def _remember(self, latest: deque[tuple[Row, int]]) -> None:
        """What the last day and the tape look like to somebody who was there."""
        for candle in reversed(list(islice(self._past.downwards(FOREVER_MS), DAY_MINUTES))):
            self._day.add(candle)
        for row, first_id in list(latest)[-TAPE // self._ticks_a_minute :]:
            self._tape.extend(self._ticks(row, first_id))
            self._reached_ms = row.open_ms + MINUTE_MS

    def _from(self, rows: Iterator[Row]) -> Iterator[Happening]:
        for row in rows:
            yield from _told(row, self._made(row))

    def _made(self, row: Row) -> list[Tick]:
        ticks = self._ticks(row, self._next_id)
        self._next_id += len(ticks)
        return ticks

    def _ticks(self, row: Row, first_id: int) -> list[Tick]:
        return path.ticks_of(row, self.listing, ticks=self._ticks_a_minute, first_id=first_id, seed=self._seed)

    def _candle(self, row: Row, first_id: int) -> Candle:
        return candles.of_ticks(self.listing.symbol, row, self._ticks(row, first_id))

    def _before_the_first(self, source: Source) -> Tick:
        """Nothing has traded yet: the price is where trading will begin."""
        row = next(source.rows())
        return Tick(
            id=0,
            symbol=self.listing.symbol,
            market_ms=row.open_ms,
            price=row.open,
            quantity=self.listing.min_quantity,
            taker=Side.BUY,
        )


def _told(row: Row, ticks: Sequence[Tick]) -> Iterator[Happening]:
    for tick in ticks:
        yield tick.market_ms, tick
    yield row.open_ms + MINUTE_MS, row
