"""Candles from a venue's history into the store: page by page, the newest first, each page durable before the next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from twinstar.app.history.asked import AskedSpans, Series
from twinstar.domain import Candle, InstrumentId
from twinstar.engine.spans import Span, count, pages
from twinstar.ports import CandleStore, History

PAGE = 3_000  # candles; as many requests as it takes, and what is lost when a backfill is stopped

Advance = Callable[[int, int], None]  # so many intervals are done, so many candles came


class Fetcher(Struct, frozen=True, kw_only=True):
    """What it takes to fetch at one venue. ``market_ms`` tells its market's time, which our clock need not show."""

    history: History
    market_ms: Callable[[InstrumentId], Awaitable[int]]
    store: CandleStore
    asked: AskedSpans

    async def fetch(self, series: Series, spans: Sequence[Span], newest_ms: int | None, advance: Advance) -> None:
        """``newest_ms``: the last candle that the venue is known to have closed, if any.

        Beyond its newest candle the venue has not been asked: what comes there, time has to bring first.
        """
        for span in reversed(spans):
            for page in pages(span, series[1], PAGE):
                found = await self.history.candles(*series, page.from_ms, page.until_ms)
                await self.store.append(found)
                if found:
                    newest_ms = max(newest_ms or 0, found[-1].open_ms)
                if newest_ms is not None:
                    self._note(series, page, newest_ms, found)
                advance(count(page, series[1]), len(found))

    def _note(self, series: Series, page: Span, newest_ms: int, found: Sequence[Candle]) -> None:
        told = Span(page.from_ms, min(page.until_ms, series[1].after(newest_ms)))
        if told.from_ms < told.until_ms:
            self.asked.note(series, told, [candle.open_ms for candle in found])
