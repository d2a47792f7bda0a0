"""Closed candles, page by page, and when a market last traded."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct

import twinstar as ts
from twinstar_lighter.markets import Listed
from twinstar_lighter.messages import Bar, Bars, Trades
from twinstar_lighter.orders import Market
from twinstar_lighter.rest import Rest

PAGE: Final = 500
RESOLUTIONS: Final = frozenset({"1m", "5m", "15m", "30m", "1h", "4h", "12h", "1d", "1w"})
STREAMED: Final = RESOLUTIONS - {"1w"}
FAR_MS: Final = 4_102_444_800_000  # 2100
SETTLES_MS: Final = 2_000  # after its end a candle may still change, for trades that were on their way


def row_of(bar: Bar, market: Market) -> ts.CandleRow:
    """The venue sums up volumes as floats: what is beyond the market's decimals is not theirs."""
    return ts.CandleRow(
        open_ms=bar.open_ms,
        open=bar.open,
        high=bar.high,
        low=bar.low,
        close=bar.close,
        volume=round(Decimal(bar.volume), market.size_decimals),
    )


class LighterHistory(Struct, frozen=True, kw_only=True):
    venue: str
    rest: Rest
    listed: Listed
    venue_clock: ts.VenueClock
    is_fast: bool  # a simulated market, ahead of every clock

    async def candles(
        self, instrument: ts.InstrumentId, timeframe: ts.Timeframe, from_ms: int, until_ms: int
    ) -> Sequence[ts.Candle]:
        if timeframe.value not in RESOLUTIONS:
            raise ts.errors.VenueRejected(self.venue, f"it has no candles of {timeframe.value}")
        market = await self.listed.find(instrument.symbol)
        until_ms = min(until_ms, await self._forming_ms(market, timeframe))
        found: dict[int, ts.Candle] = {}
        while from_ms < until_ms:
            end_ms = min(until_ms, timeframe.back(from_ms, -PAGE))
            page = await self._page(market, timeframe, from_ms, end_ms - 1, PAGE)
            found.update((candle.open_ms, candle) for candle in page if from_ms <= candle.open_ms < end_ms)
            from_ms = end_ms
        return [found[open_ms] for open_ms in sorted(found)]

    async def _forming_ms(self, market: Market, timeframe: ts.Timeframe) -> int:
        """When the candle opened that is not closed yet."""
        if not self.is_fast:
            return timeframe.floor(self.venue_clock.now_ms() - SETTLES_MS)
        newest = await self._page(market, timeframe, 0, FAR_MS, 2)
        return newest[-1].open_ms if newest else 0

    async def _page(
        self, market: Market, timeframe: ts.Timeframe, start_ms: int, end_ms: int, count: int
    ) -> list[ts.Candle]:
        asked = {
            "market_id": market.id,
            "resolution": timeframe.value,
            "start_timestamp": start_ms,
            "end_timestamp": end_ms,
            "count_back": count,
        }
        told = await self.rest.ask("candles", asked, Bars)
        try:
            rows = [row_of(bar, market) for bar in told.rows or ()]
            page = [ts.candle_of(row, market.instrument.id, timeframe, ts.Source.REST) for row in rows]
        except (ValueError, ArithmeticError) as e:
            raise ts.errors.BadMessage(self.venue, f"candles: {e}") from None
        return sorted(page, key=lambda candle: candle.open_ms)

    async def pulse(self, instrument: ts.InstrumentId) -> int | None:
        market = await self.listed.find(instrument.symbol)
        told = await self.rest.ask("recentTrades", {"market_id": market.id, "limit": 1}, Trades)
        return max((trade.timestamp for trade in told.trades or ()), default=None)
