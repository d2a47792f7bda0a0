"""A frame that cannot be read may have been a candle's last: that candle is left to the venue's history."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from builtin.ccxt.kit import PUBLIC, Scene, scene

from twinstar.domain import Candle, CandleClosed, PriceSeen, TradeSeen
from twinstar.sim import model
from twinstar.testing.conformance.listening import Heard, listening

MINUTE_MS = 60_000
WITH_A_FLAG, WITHOUT, OF_TRADES = "okx", ("bingx", "bitget"), "upbit"
EACH_KIND = pytest.mark.parametrize("name", [WITH_A_FLAG, *WITHOUT, OF_TRADES])


async def a_minute_is_forming(one: Scene, heard: Heard) -> int:
    """Something of it has been heard. When it opened."""
    one.minutes(1)
    one.begin_a_minute()
    open_ms = one.exchange.candles(one.symbol, MINUTE_MS, limit=1)[-1].open_ms
    await heard.until(lambda _: any(e.time_ms >= open_ms for e in (*heard.of(PriceSeen), *heard.of(TradeSeen))))
    return open_ms


def garble(one: Scene) -> None:
    """Every frame of the market, until the faults are cleared."""
    one.fault(on="ws", kind="truncated", match=PUBLIC[one.name], count=1_000, replace=True)


async def told(one: Scene, heard: Heard, until_ms: int) -> list[Candle]:
    """What the stream has made of it by the time that the candle of ``until_ms`` is told."""
    one.server.faults.clear()
    one.minutes(4)
    await heard.until(lambda _: any(event.candle.open_ms == until_ms for event in heard.of(CandleClosed)))
    return [event.candle for event in heard.of(CandleClosed) if event.candle.open_ms <= until_ms]


def values(candles: Iterable[Candle | model.Candle]) -> dict[int, tuple[Decimal, ...]]:
    return {c.open_ms: (c.open, c.high, c.low, c.close, c.volume) for c in candles}


@EACH_KIND
async def test_a_candle_whose_end_is_garbled_is_not_told_and_those_after_it_are(name: str) -> None:
    async with scene(name) as one, listening(one.venue, one.symbol) as heard:
        open_ms = await a_minute_is_forming(one, heard)
        garble(one)
        one.minutes(1)
        candles = values(await told(one, heard, open_ms + 2 * MINUTE_MS))
        real = values(one.exchange.candles(one.symbol, MINUTE_MS, limit=20))
        assert candles == {each: real[each] for each in candles}
        assert open_ms not in candles
        assert one.venue.usage
        assert one.venue.usage()["bad_frames"] >= 1


async def test_of_a_candle_whose_first_trade_is_garbled_nothing_is_made_up() -> None:
    async with scene(OF_TRADES) as one, listening(one.venue, one.symbol) as heard:
        next_ms = await a_minute_is_forming(one, heard) + MINUTE_MS
        of_the_next = f'"trade_time":"{datetime.fromtimestamp(next_ms / 1_000, UTC):%H:%M}:'
        one.fault(on="ws", kind="truncated", match=PUBLIC[one.name], frame=of_the_next, replace=True)
        one.minutes(2)
        candles = values(await told(one, heard, next_ms + MINUTE_MS))
        assert one.venue.usage
        assert one.venue.usage()["bad_frames"] == 1
        assert next_ms not in candles
