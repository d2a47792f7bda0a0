"""Candles from a venue's history into the store: page by page, the newest first, each page durable before the next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from twinstar.app.history.asked import AskedSpans, Series
from twinstar.domain import Candle, InstrumentId
from twinstar.engine.spans import Span, count, pages
from twinstar.ports import CandleStore, History

PAGE = 3_000  # candles; as many requests as it takes, and what is lost when a backfill is stopped
SETTLED_MS = 3_600_000  # an hour behind its market no history is

Advance = Callable[[int, int], None]  # so many intervals are done, so many candles came


class Fetcher(Struct, frozen=True, kw_only=True):
    """What it takes to fetch at one venue. ``market_ms`` tells its market's time, which our clock need not show."""

    history: History
    market_ms: Callable[[InstrumentId], Awaitable[int]]
    store: CandleStore
    asked: AskedSpans

    async def fetch(self, series: Series, spans: Sequence[Span], advance: Advance) -> None:
        """The venue counts as asked up to the newest candle it told, or to what is settled by now.

        Its history may be behind its market: what it does not tell of the last minutes may still come.
        """
        settled_ms = series[1].floor(await self.market_ms(series[0]) - SETTLED_MS)
        for span in reversed(spans):
            for page in pages(span, series[1], PAGE):
                found = await self.history.candles(*series, page.from_ms, page.until_ms)
                await self.store.append(found)
                settled_ms = max([settled_ms, *(series[1].after(candle.open_ms) for candle in found[-1:])])
                await self._note(series, Span(page.from_ms, min(page.until_ms, settled_ms)), found)
                advance(count(page, series[1]), len(found))

    async def _note(self, series: Series, told: Span, found: Sequence[Candle]) -> None:
        if told.from_ms < told.until_ms:
            self.asked.note(series, told, [candle.open_ms for candle in found])
            await self.asked.save()
