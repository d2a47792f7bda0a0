"""Candles of the past: whole, and only those that were asked for."""

from __future__ import annotations

from itertools import pairwise

from twinstar.domain import Candle, Source, Timeframe
from twinstar.errors import BadMessage, VenueRejected, VenueUnavailable
from twinstar.sim.clock import MINUTE_MS
from twinstar.testing.conformance.case import case, raising, same
from twinstar.testing.conformance.cases.market import values
from twinstar.testing.conformance.stage import Stage


async def minutes(s: Stage, from_ms: int, until_ms: int) -> list[Candle]:
    return list(await s.history.candles(s.instrument, Timeframe.M1, from_ms, until_ms))


@case("H1", history=1_100)
async def pages_are_put_together_without_a_seam(s: Stage) -> None:
    s.begin_a_minute()
    theirs = list(s.candles().values())
    found = await minutes(s, theirs[0].open_ms, theirs[-1].open_ms + 10 * MINUTE_MS)
    same(values(found), values(theirs))
    same([c.open_ms for c in found], [c.open_ms for c in theirs])
    same({c.source for c in found}, {Source.REST})


@case("H2", history=20)
async def the_candle_that_is_being_formed_is_not_history(s: Stage) -> None:
    s.minutes(2)
    s.begin_a_minute()
    forming_ms = s.exchange.candles(s.symbol, MINUTE_MS, limit=1)[-1].open_ms
    found = await minutes(s, forming_ms - 3 * MINUTE_MS, forming_ms + MINUTE_MS)
    same([c.open_ms for c in found], [forming_ms - n * MINUTE_MS for n in (3, 2, 1)])


@case("H3", history=20)
async def only_what_was_asked_for_is_told(s: Stage) -> None:
    last_ms = max(s.candles())
    found = await minutes(s, last_ms - 9 * MINUTE_MS, last_ms - 4 * MINUTE_MS)
    same([c.open_ms for c in found], [last_ms - n * MINUTE_MS for n in (9, 8, 7, 6, 5)])
    same(await minutes(s, last_ms, last_ms), [])


@case("H4", history=3_000)
async def longer_candles_open_where_they_should(s: Stage) -> None:
    """In UTC, whatever the venue's own midnight is."""
    now_ms = s.exchange.clock.market_ms()
    for timeframe in (Timeframe.M5, Timeframe.H1, Timeframe.D1):
        found = await s.history.candles(s.instrument, timeframe, now_ms - 3_000 * MINUTE_MS, now_ms)
        assert found, f"no candles of {timeframe.value}"
        assert all(timeframe.floor(c.open_ms) == c.open_ms for c in found), timeframe
        assert all(timeframe.after(a.open_ms) == b.open_ms for a, b in pairwise(found)), timeframe


@case("H5", history=20)
async def what_cannot_be_read_is_not_passed_on_in_part(s: Stage) -> None:
    now_ms = s.exchange.clock.market_ms()
    for kind in ("truncated", "html", "nan", "negative", "huge", "wrong_types", "null", "empty"):
        s.spoil_what_is_asked(kind, count=9)
        with raising(VenueUnavailable, BadMessage, VenueRejected):
            await minutes(s, now_ms - 10 * MINUTE_MS, now_ms)
        s.server.faults.clear()


@case("H6")
async def it_can_be_asked_when_the_market_last_traded(s: Stage) -> None:
    assert s.venue.pulse is not None, "it has no pulse: a quiet market and a dead line look alike"
    same(await s.venue.pulse(s.instrument), s.exchange.ticks(s.symbol, 1)[-1].market_ms)
