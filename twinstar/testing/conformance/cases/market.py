"""What its public streams tell: true, in order, each once."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from twinstar.domain import Candle, CandleClosed, Event, PriceSeen, StreamOpened, TradeSeen
from twinstar.sim import model
from twinstar.sim.spoiling import SPOILERS
from twinstar.testing.conformance.case import case, same
from twinstar.testing.conformance.listening import Heard, listening
from twinstar.testing.conformance.quality import Tier
from twinstar.testing.conformance.stage import Stage


def told(heard: Heard, s: Stage) -> list[Candle]:
    return [event.candle for event in heard.of(CandleClosed) if event.candle.instrument == s.instrument]


def values(candles: Sequence[Candle | model.Candle]) -> dict[int, tuple[Decimal, ...]]:
    return {c.open_ms: (c.open, c.high, c.low, c.close, c.volume) for c in candles}


def truth(s: Stage, heard: Heard) -> dict[int, tuple[Decimal, ...]]:
    """What the exchange says of the candles that were told."""
    candles = s.candles()
    return values([candles[candle.open_ms] for candle in told(heard, s)])


@case("M1", Tier.BRONZE)
async def a_stream_begins_with_the_word_that_it_stands(s: Stage) -> None:
    async with listening(s.venue, s.symbol) as heard:
        s.minutes(2)
        await heard.until(lambda heard: len(heard.events) > len(heard.of(StreamOpened)))
        same(type(heard.events[0]), StreamOpened)
        names = [opened.stream for opened in heard.of(StreamOpened)]
        same(len(names), len(set(names)))


@case("M2", Tier.BRONZE)
async def closed_candles_come_in_order_each_once(s: Stage) -> None:
    async with listening(s.venue, s.symbol) as heard:
        s.minutes(6)
        await heard.until(lambda heard: len(told(heard, s)) >= 4)
        opens = [candle.open_ms for candle in told(heard, s)]
        same(opens, sorted(set(opens)))


@case("M3", Tier.GOLD)
async def candles_equal_the_venues_own_to_the_digit(s: Stage) -> None:
    async with listening(s.venue, s.symbol) as heard:
        s.minutes(10)
        await heard.until(lambda heard: len(told(heard, s)) >= 8)
        same(values(told(heard, s)), truth(s, heard))


@case("M4", Tier.BRONZE)
async def prices_are_told_while_a_candle_is_formed(s: Stage) -> None:
    async with listening(s.venue, s.symbol) as heard:
        s.minutes(2)
        await heard.until(lambda heard: heard.of(PriceSeen) or heard.of(TradeSeen))
        prices: list[Event] = [*heard.of(PriceSeen), *heard.of(TradeSeen)]
        assert all(getattr(event, "price", 0) > 0 for event in prices), prices


@case("M5", Tier.BRONZE)
async def every_frame_of_its_wire_is_read(s: Stage) -> None:
    async with listening(s.venue, s.symbol) as heard:
        s.minutes(4)
        await heard.until(lambda heard: len(told(heard, s)) >= 2)
        assert s.venue.usage, "it does not count its frames: give it a usage"
        used = s.venue.usage()
        assert used["frames"] > 0, used
        same(used["bad_frames"], 0)


@case("M6", core=True)
async def a_public_frame_that_cannot_be_read_is_counted_and_stops_nothing(s: Stage) -> None:
    async with listening(s.venue, s.symbol) as heard:
        for kind in sorted(SPOILERS):
            s.fault(on="ws", kind=kind, match=s.quality.lines.public)
            s.minutes(1)
        s.minutes(6)  # who builds candles may tell none of a minute whose frames could not all be read
        await heard.until(lambda heard: len(told(heard, s)) >= 4)
        same(heard.errors, [])
        same(values(told(heard, s)), truth(s, heard))
        assert s.venue.usage
        assert s.venue.usage()["bad_frames"] >= 1, "nothing was counted"


@case("M7", core=True)
async def frames_that_come_twice_change_nothing(s: Stage) -> None:
    async with listening(s.venue, s.symbol) as heard:
        s.fault(on="ws", kind="duplicate", match=s.quality.lines.public, count=1_000)
        s.minutes(5)
        await heard.until(lambda heard: len(told(heard, s)) >= 3)
        opens = [candle.open_ms for candle in told(heard, s)]
        same(opens, sorted(set(opens)))
        same(values(told(heard, s)), truth(s, heard))


@case("M8", core=True)
async def in_a_gap_nothing_is_made_up(s: Stage) -> None:
    """The core fetches what a stream left out; whatever the stream does tell must be true, but the one that was cut."""
    async with listening(s.venue, s.symbol) as heard:
        s.minutes(2)
        s.fault(on="ws", kind="lose", match=s.quality.lines.public, count=3)
        s.minutes(8)
        await heard.until(lambda heard: len(told(heard, s)) >= 3)
        opens = [candle.open_ms for candle in told(heard, s)]
        same(opens, sorted(set(opens)))
        assert set(opens) <= set(s.candles()), "a candle that the venue never had"


@case("M9", alone=True)
async def of_200_candles_in_one_turn_none_is_lost(s: Stage) -> None:
    """Alone, since the turn is so long that the patience of others could end in it."""
    async with listening(s.venue, s.symbol) as heard:
        s.minutes(202)  # it came into the first; of the last, who builds candles hears only once the next has begun
        await heard.until(lambda heard: len(told(heard, s)) >= 200)
        opens = [candle.open_ms for candle in told(heard, s)]
        same(opens, list(range(opens[0], opens[-1] + 1, 60_000)))
        same(values(told(heard, s)), truth(s, heard))


@case("M10")
async def instruments_are_told_apart(s: Stage) -> None:
    assert len(s.quality.symbols) > 1, "only one symbol is named"
    async with listening(s.venue, *s.quality.symbols[:2]) as heard:
        s.minutes(3)
        await heard.until(lambda heard: len({event.candle.instrument for event in heard.of(CandleClosed)}) == 2)
        for event in heard.of(CandleClosed):
            candles = s.exchange.candles(event.candle.instrument.symbol, 60_000, limit=100)
            same(event.candle.close, next(c.close for c in candles if c.open_ms == event.candle.open_ms))
