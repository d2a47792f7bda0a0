"""One venue's candles: each closed one once, in order, none left out, whatever its streams do."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from twinstar.domain import (
    Candle,
    CandleClosed,
    CandleCorrected,
    CandlesMissing,
    InstrumentId,
    Source,
    Timeframe,
)
from twinstar.engine.spans import FAR_MS, Span
from twinstar.ports import History

PAGE = 1_000
PAUSE_S = 0.02  # after so many candles in a row, for whoever else wants the loop and for the disk
UNCONFIRMED_MAX = 500
UNCERTAIN = frozenset({Source.UNFLAGGED, Source.TRADES})

Leave = Callable[[tuple[InstrumentId, Timeframe], Span], None]
Told = CandleClosed | CandleCorrected | CandlesMissing


class Asked(Struct, frozen=True):
    """What the history was asked for, and what it has of it."""

    from_ms: int
    until_ms: int
    found: Sequence[Candle]


class Wrong(Struct, frozen=True):
    """How many candles were not as the history has them, and how many of these in a price."""

    candles: int = 0
    prices: int = 0


class Candles:
    """Told by the streams, and by the history where the streams are silent or left something out.

    The history's word is final: what no stream was sure of is compared with it, and corrected. `VenueUnavailable`
    from the history goes up; nothing was told then, and the next call finds the same gap.
    """

    def __init__(
        self,
        history: History | None,
        timeframe: Timeframe,
        last_open_ms: Callable[[InstrumentId], int | None],
        tell: Callable[[Told], None],
        *,
        warm_up: int,
        leave: Leave | None = None,
    ) -> None:
        """``leave``: somebody who fetches what is older than ``warm_up`` into the store; without it all is told."""
        self._history, self._timeframe, self._warm_up, self._leave = history, timeframe, warm_up, leave
        self.last_open_ms, self._tell = last_open_ms, tell
        self._locks: defaultdict[InstrumentId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._unconfirmed: defaultdict[InstrumentId, dict[int, Candle]] = defaultdict(dict)

    def tell_next(self, event: CandleClosed) -> bool:
        """Tell a stream's candle at once, or nobody if it has been told. False where it has to be taken patiently:
        others are missing before it, or are just being fetched.
        """
        candle = event.candle
        last_ms = self.last_open_ms(candle.instrument)
        if last_ms is not None and candle.open_ms <= last_ms:
            return True
        if self._history is not None:
            is_next = last_ms is not None and candle.open_ms == self._after(last_ms)
            if not is_next or self._locks[candle.instrument].locked():
                return False
        elif last_ms is not None:
            self._miss(candle.instrument, self._after(last_ms), candle.open_ms, "the venue has no history to ask")
        self._tell_streamed(event)
        return True

    async def take(self, event: CandleClosed) -> None:
        """A stream's candle; first comes what is missing before it, as ``backfill``."""
        candle, history = event.candle, self._history
        if history is None:
            self.tell_next(event)
            return
        async with self._locks[candle.instrument]:
            last_ms = self.last_open_ms(candle.instrument)
            if last_ms is not None and candle.open_ms <= last_ms:
                return  # Late or repeated: it has been told.
            if not await self._fill_before(history, candle, last_ms):
                return  # The history will tell it, once it knows of it: the next candle, or the next look, asks.
            self._tell_streamed(event)

    def is_begun(self, instrument: InstrumentId) -> bool:
        return self.last_open_ms(instrument) is not None

    async def begin(self, instrument: InstrumentId, market_ms: int) -> None:
        """Before the first candle ever: what a strategy needs to warm up, counted back from the market's time."""
        async with self._locks[instrument]:
            if self.is_begun(instrument) or self._history is None:
                return
            since_ms = self._timeframe.back(self._timeframe.floor(market_ms), self._warm_up)
            found = await self._history.candles(instrument, self._timeframe, since_ms, FAR_MS)
            if found:
                until_ms = self._after(found[-1].open_ms)
                await self._lay_out(instrument, Asked(found[0].open_ms, until_ms, found), "the venue has none")

    async def catch_up(self, instrument: InstrumentId, market_ms: int | None = None) -> int:
        """Tell what the venue has closed and no stream has brought; the newest of it is news. How many there were.

        ``market_ms``, by the market's time, where much may be missing.
        """
        async with self._locks[instrument]:
            last_ms = self.last_open_ms(instrument)
            if last_ms is None or self._history is None:
                return 0
            since_ms = self._after(last_ms)
            if market_ms is not None:
                since_ms = self._newest_needed(instrument, since_ms, self._timeframe.floor(market_ms))
            found = await self._history.candles(instrument, self._timeframe, since_ms, FAR_MS)
            found = [candle for candle in found if candle.open_ms >= since_ms]
            if found:
                until_ms = self._after(found[-1].open_ms)
                asked = Asked(since_ms, until_ms, found)
                await self._lay_out(instrument, asked, "the venue has none", newest_is_news=True)
            return len(found)

    async def confirm(self, instrument: InstrumentId) -> Wrong:
        """Compare what no stream was sure of with the venue's own, the oldest first, and correct it."""
        doubted = self._unconfirmed[instrument]
        if not doubted or self._history is None:
            return Wrong()
        from_ms, last_ms = min(doubted), max(doubted)
        until_ms = min(self._after(last_ms), self._timeframe.back(from_ms, -UNCONFIRMED_MAX))
        found = await self._history.candles(instrument, self._timeframe, from_ms, until_ms)
        pairs = [(doubted[theirs.open_ms], theirs) for theirs in found if theirs.open_ms in doubted]
        wrong = [(ours, theirs) for ours, theirs in pairs if _values(ours) != _values(theirs)]
        for _, theirs in wrong:
            self._tell(CandleCorrected(time_ms=self._after(theirs.open_ms), candle=theirs))
        known_ms = until_ms if until_ms <= last_ms else max((self._after(each.open_ms) for each in found), default=0)
        for open_ms in [open_ms for open_ms in doubted if open_ms < known_ms]:
            del doubted[open_ms]  # Compared; or the history has later ones, and will never have this.
        return Wrong(len(wrong), sum(_prices(ours) != _prices(theirs) for ours, theirs in wrong))

    def distrust(self, told: Iterable[Candle]) -> None:
        """An earlier life has told these, and may have ended before it compared them."""
        for candle in told:
            self._remember(candle)

    def unconfirmed(self, source: Source) -> tuple[InstrumentId, ...]:
        """Those with candles from there that nobody has compared."""
        return tuple(
            instrument
            for instrument, doubted in self._unconfirmed.items()
            if any(candle.source is source for candle in doubted.values())
        )

    def _tell_streamed(self, event: CandleClosed) -> None:
        self._tell(event)
        self._remember(event.candle)

    def _remember(self, candle: Candle) -> None:
        if candle.source not in UNCERTAIN:
            return
        doubted = self._unconfirmed[candle.instrument]
        doubted[candle.open_ms] = candle
        if len(doubted) > UNCONFIRMED_MAX:
            del doubted[min(doubted)]  # A history that is out of reach for so long corrects the rest on `repair`.

    async def _fill_before(self, history: History, candle: Candle, last_ms: int | None) -> bool:
        """Page by page. False where the history does not reach to the candle yet: what it lacks may still come.

        Before the first candle ever, absence is no gap.
        """
        instrument, known = candle.instrument, last_ms is not None
        if last_ms is None:
            since_ms = self._timeframe.back(candle.open_ms, self._warm_up)
        else:
            since_ms = self._newest_needed(instrument, self._after(last_ms), candle.open_ms)
        page_ms = since_ms
        while page_ms < candle.open_ms:
            end_ms = self._timeframe.back(page_ms, -PAGE)
            until_ms = end_ms if end_ms < candle.open_ms else FAR_MS
            found = await history.candles(instrument, self._timeframe, page_ms, until_ms)
            earlier = [each for each in found if each.open_ms < candle.open_ms]
            if earlier:
                asked_ms = since_ms if known else earlier[0].open_ms
                known, since_ms = True, self._after(earlier[-1].open_ms)
                await self._lay_out(instrument, Asked(asked_ms, since_ms, earlier), "the venue has none")
            if known and since_ms < candle.open_ms and until_ms == FAR_MS:
                if len(found) == len(earlier):
                    return False
                self._miss(instrument, since_ms, candle.open_ms, "the venue has none")
            page_ms = end_ms
        return True

    def _newest_needed(self, instrument: InstrumentId, since_ms: int, until_ms: int) -> int:
        """From where on strategies need them; what is older is left to whoever has time for it."""
        needed_ms = self._timeframe.back(until_ms, self._warm_up)
        if self._leave is None or needed_ms <= since_ms:
            return since_ms
        self._leave((instrument, self._timeframe), Span(since_ms, needed_ms))
        return needed_ms

    async def _lay_out(
        self, instrument: InstrumentId, asked: Asked, reason: str, *, newest_is_news: bool = False
    ) -> None:
        """The candles found, and between them the runs that were not."""
        since_ms = asked.from_ms
        for number, candle in enumerate(asked.found, 1):
            if not since_ms <= candle.open_ms < asked.until_ms:
                continue
            self._miss(instrument, since_ms, candle.open_ms, reason)
            since_ms = self._after(candle.open_ms)
            is_news = newest_is_news and candle is asked.found[-1]
            self._tell(CandleClosed(time_ms=since_ms, candle=candle, backfill=not is_news))
            if number % PAGE == 0:
                await asyncio.sleep(PAUSE_S)
        self._miss(instrument, since_ms, asked.until_ms, reason)

    def _miss(self, instrument: InstrumentId, from_ms: int, until_ms: int, reason: str) -> None:
        if from_ms < until_ms:
            self._tell(
                CandlesMissing(
                    time_ms=until_ms,
                    instrument=instrument,
                    timeframe=self._timeframe,
                    from_ms=from_ms,
                    until_ms=until_ms,
                    reason=reason,
                )
            )

    def _after(self, open_ms: int) -> int:
        return self._timeframe.after(open_ms)


def _prices(candle: Candle) -> tuple[object, ...]:
    return (candle.open, candle.high, candle.low, candle.close)


def _values(candle: Candle) -> tuple[object, ...]:
    return (*_prices(candle), candle.volume)
