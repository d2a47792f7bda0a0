"""A venue's candles without gaps: what the stream left out is fetched before the next live one passes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

import msgspec

from twinstar.domain import Candle, CandleClosed, CandlesMissing, InstrumentId, Timeframe
from twinstar.ports import History, Stream

LastOpen = Callable[[InstrumentId], int | None]
PAGE = 1_000


async def complete(stream: Stream, history: History | None, last_open_ms: LastOpen, *, warm_up: int) -> Stream:
    """Pass a stream on with its candles in order, each once, none left out.

    A gap, and at the very first candle ``warm_up`` intervals before it, is fetched from the venue's history and comes
    as ``backfill``. What the venue itself has no candle for comes as one `CandlesMissing` a run. When the history
    cannot be had, `VenueUnavailable` ends the stream, and the candle that showed the gap is found by the next one.
    """
    async with aclosing(stream):
        async for event in stream:
            if not isinstance(event, CandleClosed):
                yield event
                continue
            candle = event.candle
            last_ms = last_open_ms(candle.instrument)
            if last_ms is not None and candle.open_ms <= last_ms:
                continue  # Late or repeated: it has been told.
            since_ms = (
                candle.timeframe.back(candle.open_ms, warm_up) if last_ms is None else candle.timeframe.after(last_ms)
            )
            async with aclosing(_between(candle, since_ms, history, known=last_ms is not None)) as earlier:
                async for missed in earlier:
                    yield missed
            yield event


async def _between(
    candle: Candle, since_ms: int, history: History | None, *, known: bool
) -> AsyncGenerator[CandleClosed | CandlesMissing, None]:
    """What lies in ``[since_ms, candle.open_ms)``; before the first candle ever, absence is no gap."""
    timeframe, end_ms = candle.timeframe, candle.open_ms
    while since_ms < end_ms:
        until_ms = min(_ahead(timeframe, since_ms, PAGE), end_ms)
        if history is None:
            found: Sequence[Candle] = ()
        else:
            found = await history.candles(candle.instrument, timeframe, since_ms, until_ms)
        for event in _lay_out(candle, found, since_ms, until_ms, asked=history is not None):
            if known or isinstance(event, CandleClosed):
                yield event
            known = known or isinstance(event, CandleClosed)
        since_ms = until_ms


def _lay_out(
    candle: Candle, found: Sequence[Candle], since_ms: int, until_ms: int, *, asked: bool
) -> list[CandleClosed | CandlesMissing]:
    """The candles found, and between them the runs that were not."""
    reason = "the venue has none" if asked else "the venue has no history to ask"
    laid: list[CandleClosed | CandlesMissing] = []

    def miss(from_ms: int, to_ms: int) -> None:
        if from_ms < to_ms:
            laid.append(
                CandlesMissing(
                    time_ms=candle.open_ms,
                    instrument=candle.instrument,
                    timeframe=candle.timeframe,
                    from_ms=from_ms,
                    until_ms=to_ms,
                    reason=reason,
                )
            )

    for one in found:
        if not since_ms <= one.open_ms < until_ms:
            continue
        miss(since_ms, one.open_ms)
        exact = msgspec.structs.replace(one, instrument=candle.instrument, timeframe=candle.timeframe)
        laid.append(CandleClosed(time_ms=candle.timeframe.after(one.open_ms), candle=exact, backfill=True))
        since_ms = candle.timeframe.after(one.open_ms)
    miss(since_ms, until_ms)
    return laid


def _ahead(timeframe: Timeframe, open_ms: int, count: int) -> int:
    return timeframe.back(open_ms, -count)
