"""Closed candles, page by page."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from twinstar.builtin.ccxt.exchange import TwinExchange
from twinstar.builtin.ccxt.habits.habit import row_of
from twinstar.builtin.ccxt.reading import reading
from twinstar.domain import Candle, InstrumentId, Source, Timeframe
from twinstar.engine.candles import candle_of


class CcxtHistory(Struct, frozen=True, kw_only=True):
    exchange: TwinExchange

    async def candles(
        self, instrument: InstrumentId, timeframe: Timeframe, from_ms: int, until_ms: int
    ) -> Sequence[Candle]:
        """Whether a candle is closed, the venue tells by having a later one; its market has a clock of its own."""
        with reading(self.exchange, f"candles of {instrument.symbol}"):
            await self.exchange.ready()
            newest = await self._rows(instrument, timeframe, None, 2)
            if not newest:
                return ()
            until_ms = min(until_ms, newest[-1].open_ms)
            found: dict[int, Candle] = {}
            while from_ms < until_ms:
                page = await self._rows(instrument, timeframe, from_ms, self.exchange.habit.page)
                found.update((candle.open_ms, candle) for candle in page if from_ms <= candle.open_ms < until_ms)
                # Where a venue skips empty intervals, its page may reach further than so many intervals.
                page_end_ms = timeframe.back(from_ms, -self.exchange.habit.page)
                from_ms = max(page_end_ms, timeframe.after(page[-1].open_ms) if page else page_end_ms)
            return [found[open_ms] for open_ms in sorted(found)]

    async def pulse(self, instrument: InstrumentId) -> int | None:
        """When the instrument last traded, by its market's clock; None where it never did."""
        with reading(self.exchange, f"trades of {instrument.symbol}"):
            await self.exchange.ready()
            trades = await self.exchange.fetch_trades(instrument.symbol, None, 1)
            return max((int(trade["timestamp"]) for trade in trades), default=None)

    async def _rows(
        self, instrument: InstrumentId, timeframe: Timeframe, since_ms: int | None, limit: int
    ) -> list[Candle]:
        """Each is looked at, also those that are not asked for: an answer that is wrong in part is wrong."""
        rows = await self.exchange.fetch_ohlcv(instrument.symbol, timeframe.value, since_ms, limit)
        candles = [candle_of(row_of(values), instrument, timeframe, Source.REST) for values in rows]
        return sorted(candles, key=lambda candle: candle.open_ms)
