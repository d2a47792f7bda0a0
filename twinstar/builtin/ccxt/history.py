"""Closed candles, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from twinstar.builtin.ccxt.candles import candle_of
from twinstar.builtin.ccxt.exchange import TwinExchange
from twinstar.builtin.ccxt.habits.habit import row_of
from twinstar.builtin.ccxt.reading import reading
from twinstar.domain import Candle, InstrumentId, Source, Timeframe


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
            until_ms = min(until_ms, newest[-1][0])
            found: dict[int, Candle] = {}
            while from_ms < until_ms:
                rows = await self._rows(instrument, timeframe, from_ms, self.exchange.habit.page)
                for values in rows:
                    if from_ms <= values[0] < until_ms:
                        found[values[0]] = candle_of(row_of(values), instrument, timeframe, Source.REST)
                # Where a venue skips empty intervals, its page may reach further than so many intervals.
                page_end_ms = timeframe.back(from_ms, -self.exchange.habit.page)
                from_ms = max(page_end_ms, timeframe.after(rows[-1][0]) if rows else page_end_ms)
            return [found[open_ms] for open_ms in sorted(found)]

    async def _rows(
        self, instrument: InstrumentId, timeframe: Timeframe, since_ms: int | None, limit: int
    ) -> list[list[Any]]:
        rows = await self.exchange.fetch_ohlcv(instrument.symbol, timeframe.value, since_ms, limit)
        return sorted(rows, key=lambda values: int(values[0]))
