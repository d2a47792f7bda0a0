"""Fetch what is not stored: a whole history, or what `verify` found to be wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol, TypeAlias

from msgspec import Struct

from twinstar.app.history.asked import Series
from twinstar.app.history.fetch import Fetcher
from twinstar.app.history.listing import first_day
from twinstar.app.history.stock import Stock
from twinstar.app.history.venues import Opened
from twinstar.app.history.verify import Verified, Wrong
from twinstar.domain import InstrumentId, Lane, Timeframe, in_lane
from twinstar.engine.spans import FAR_MS, Span, count, holes, merged, without
from twinstar.errors import VenueError

Needed: TypeAlias = Callable[[Series, Fetcher], Awaitable[Sequence[Span]]]


class Progress(Protocol):
    """Told how it goes."""

    def begin(self, series: Series, intervals: int) -> None:
        """So many are to be fetched; none where nothing is missing."""
        ...

    def advance(self, series: Series, intervals: int) -> None: ...


class Fetched(Struct, frozen=True, kw_only=True):
    """What came of it for one series; ``failed``: why it stopped before its end."""

    instrument: InstrumentId
    timeframe: Timeframe
    candles: int = 0
    failed: str | None = None


async def backfill(
    opened: Opened, series: Sequence[Series], since_ms: int, progress: Progress, *, until_ms: int = FAR_MS
) -> list[Fetched]:
    """All that the venues have since then and is not stored. Stopped at any time, it goes on from there."""

    async def needed(one: Series, by: Fetcher) -> Sequence[Span]:
        return await _not_stored(opened.stock, one, by, Span(since_ms, until_ms))

    return await _at_venues(opened, series, needed, progress)


async def repair(opened: Opened, found: Sequence[Verified], progress: Progress) -> list[Fetched]:
    """Fetch again what these found to be wrong."""
    wrong = {one.series: one for one in found if one.faults}

    async def needed(one: Series, by: Fetcher) -> Sequence[Span]:
        faults = wrong[one].faults
        if any(fault.wrong is Wrong.DAMAGED for fault in faults):
            await by.store.read(*one)  # as its only writer it puts the damaged file aside
        opens_ms = opened.stock.opens_ms(one)
        by.asked.forget(one, [asked for asked in by.asked.of(one) if not asked.is_whole(opens_ms)])
        await by.asked.save()
        return merged(span for fault in faults for span in fault.spans)

    return await _at_venues(opened, [*wrong], needed, progress)


async def _not_stored(stock: Stock, series: Series, by: Fetcher, within: Span) -> Sequence[Span]:
    """In order; from the venue's first candle on, which is looked for when it may be among them."""
    timeframe, market_ms = series[1], await by.market_ms(series[0])
    # Beside a service that trades, which goes on while millions of candles are looked through.
    opens_ms, missing = await asyncio.to_thread(_missing, stock, series, within, market_ms)
    if not missing or (opens_ms and opens_ms[0] <= missing[0].from_ms):
        return missing
    begin_ms, until_ms = missing[0].from_ms, opens_ms[0] if opens_ms else missing[-1].until_ms
    day_ms = await first_day(by.history, series[0], begin_ms, until_ms)
    if day_ms is None:  # Listed today, so nothing is known of what was before.
        return without(missing, [Span(begin_ms, timeframe.floor(Timeframe.D1.back(until_ms, 1)))])
    before = Span(begin_ms, timeframe.floor(day_ms))
    if before.from_ms < before.until_ms:
        by.asked.note(series, before, ())
        await by.asked.save()
    return without(missing, [before])


def _missing(stock: Stock, series: Series, within: Span, market_ms: int) -> tuple[Sequence[int], Sequence[Span]]:
    """What is stored, and what is neither stored nor known not to be at the venue."""
    timeframe, opens_ms = series[1], stock.opens_ms(series)
    end_ms = max(timeframe.floor(market_ms), timeframe.after(opens_ms[-1]) if opens_ms else 0)
    within = Span(timeframe.floor(within.from_ms), min(end_ms, within.until_ms))
    known = [Span(gap.from_ms, gap.until_ms) for gap in stock.gaps(series, opens_ms)]
    return opens_ms, without(holes(opens_ms, timeframe, within), known)


async def _at_venues(opened: Opened, series: Iterable[Series], needed: Needed, progress: Progress) -> list[Fetched]:
    """The venues side by side, the series of each one after the other."""
    series = list(series)
    by_venue = {
        instrument.venue: [one for one in series if one[0].venue == instrument.venue] for instrument, _ in series
    }
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(_at_venue(opened, venue_id, wanted, needed, progress))
            for venue_id, wanted in by_venue.items()
        ]
    return [fetched for task in running for fetched in task.result()]


async def _at_venue(
    opened: Opened, venue_id: str, series: Sequence[Series], needed: Needed, progress: Progress
) -> list[Fetched]:
    by = opened.fetchers.get(venue_id)
    if by is None:
        reason = f"{venue_id} has no history to ask, or is not in the configuration"
        return [Fetched(instrument=instrument, timeframe=timeframe, failed=reason) for instrument, timeframe in series]
    return [await _one(one, by, needed, progress) for one in series]


async def _one(series: Series, by: Fetcher, needed: Needed, progress: Progress) -> Fetched:
    (instrument, timeframe), candles, failed = series, 0, None

    def advance(intervals: int, came: int) -> None:
        nonlocal candles
        candles += came
        progress.advance(series, intervals)

    try:
        with in_lane(Lane.BACKFILL):
            spans = await needed(series, by)
            progress.begin(series, sum(count(span, timeframe) for span in spans))
            await by.fetch(series, spans, advance)
    except VenueError as e:
        failed = str(e)
    return Fetched(instrument=instrument, timeframe=timeframe, candles=candles, failed=failed)
