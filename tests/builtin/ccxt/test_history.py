"""Closed candles over REST, however many pages it takes."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from builtin.ccxt.kit import EACH, scene

from twinstar.builtin.ccxt.retrying import ATTEMPTS
from twinstar.domain import Source, Timeframe
from twinstar.errors import BadMessage, VenueUnavailable

MINUTE = 60_000


@EACH
async def test_pages_are_put_together_without_seam(name: str) -> None:
    async with scene(name, history=1_300) as one:
        one.begin_a_minute()
        theirs = [c for c in one.exchange.candles(one.symbol, MINUTE, limit=2_000) if c.closed]
        until_ms = theirs[-1].open_ms + 10 * MINUTE
        found = await one.venue.history.candles(one.instrument, Timeframe.M1, theirs[0].open_ms, until_ms)
        assert [(c.open_ms, c.open, c.high, c.low, c.close, c.volume) for c in found] == [
            (c.open_ms, c.open, c.high, c.low, c.close, c.volume) for c in theirs
        ]
        assert {c.source for c in found} == {Source.REST}
        assert len(found) >= 1_300


@EACH
async def test_the_candle_that_is_being_formed_is_not_history(name: str) -> None:
    async with scene(name) as one:
        one.minutes(2)
        one.begin_a_minute()
        forming = one.exchange.candles(one.symbol, MINUTE, limit=1)[-1]
        found = await one.venue.history.candles(
            one.instrument, Timeframe.M1, forming.open_ms - 3 * MINUTE, forming.open_ms + MINUTE
        )
        assert [c.open_ms for c in found] == [forming.open_ms - minute * MINUTE for minute in (3, 2, 1)]


@EACH
async def test_only_what_was_asked_for_is_told(name: str) -> None:
    async with scene(name) as one:
        last_ms = [c for c in one.exchange.candles(one.symbol, MINUTE, limit=50) if c.closed][-1].open_ms
        found = await one.venue.history.candles(
            one.instrument, Timeframe.M1, last_ms - 9 * MINUTE, last_ms - 4 * MINUTE
        )
        assert [c.open_ms for c in found] == [last_ms - minute * MINUTE for minute in (9, 8, 7, 6, 5)]
        assert await one.venue.history.candles(one.instrument, Timeframe.M1, last_ms, last_ms) == []


@EACH
@pytest.mark.parametrize("timeframe", [Timeframe.M5, Timeframe.H1, Timeframe.D1])
async def test_longer_candles_are_the_venues_own(name: str, timeframe: Timeframe) -> None:
    async with scene(name, history=3_000) as one:
        now_ms = one.exchange.clock.market_ms()
        found = await one.venue.history.candles(one.instrument, timeframe, now_ms - 3_000 * MINUTE, now_ms)
        assert found
        assert all(timeframe.floor(c.open_ms) == c.open_ms for c in found)
        assert all(timeframe.after(a.open_ms) == b.open_ms for a, b in pairwise(found))


@EACH
async def test_what_cannot_be_read_is_not_passed_on_in_part(name: str) -> None:
    async with scene(name) as one:
        await one.venue.listing.instruments([one.symbol])
        now_ms = one.exchange.clock.market_ms()
        for kind in ("status", "truncated", "html", "nan", "negative", "huge", "wrong_types", "null", "empty"):
            one.fault(on="rest", kind=kind, match="kline|candles", count=ATTEMPTS)
            with pytest.raises((VenueUnavailable, BadMessage)):
                await one.venue.history.candles(one.instrument, Timeframe.M1, now_ms - 10 * MINUTE, now_ms)
            one.server.faults.clear()


async def test_no_digit_is_lost() -> None:
    async with scene("upbit") as one:
        now_ms = one.exchange.clock.market_ms()
        found = await one.venue.history.candles(one.instrument, Timeframe.M1, now_ms - 20 * MINUTE, now_ms)
        assert all(isinstance(c.volume, Decimal) and c.volume == round(c.volume, 8) for c in found)
