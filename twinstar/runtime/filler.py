"""What streams leave out of one instrument's candles, fetched from the venue's history; no stream waits for it."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import NoReturn

from twinstar.domain import Candle, CandleClosed, InstrumentId, Source, Timeframe
from twinstar.errors import VenueError
from twinstar.ports import Clock, Venue
from twinstar.runtime.backoff import Backoff
from twinstar.runtime.candles import Candles
from twinstar.runtime.tasks import first
from twinstar.runtime.vigil import Patience

WAITING_MAX = 100  # candles of streams; the oldest are left to the history
ASK_AGAIN_S = 20.0  # at the latest: the market may be quiet, or the venue slow to show a candle
MUCH = 50  # candles may be missing: then the market's time says which of them are old
UNANSWERED = Backoff(first_s=1.0, factor=1.5, most_s=8.0)


class Filler:
    """Works with a line or without: a candle that is overdue comes from the history."""

    def __init__(
        self,
        venue: Venue,
        instrument: InstrumentId,
        timeframe: Timeframe,
        *,
        candles: Candles,
        patience: Patience,
        clock: Clock,
    ) -> None:
        self._venue, self._instrument, self._timeframe = venue, instrument, timeframe
        self._candles, self._patience, self._clock = candles, patience, clock
        self._candle_s = timeframe.after(timeframe.floor(0)) / 1_000 / venue.market_speed
        self._waiting: deque[CandleClosed] = deque(maxlen=WAITING_MAX)
        self._news, self._done = asyncio.Event(), asyncio.Event()
        self._done.set()
        # When the history is asked, unless a candle is told before; and when it first was to be, of this candle.
        self._due_s = self._beat_s = clock.monotonic_s() + patience.grace_s
        self._unanswered = 0
        self._told_s = self._told_before_s()

    def take(self, event: CandleClosed) -> None:
        """A stream's candle: told at once where it follows the last one."""
        if self._waiting or not self._candles.tell_next(event):
            self._waiting.append(event)
            self._news.set()
            self._done.clear()

    async def done(self) -> None:
        """Every candle taken has been told, or left to the history."""
        await self._done.wait()

    def told(self, candle: Candle) -> None:
        """By whomever. The next one is due when it will be over: by the beat that streams give, and by the clock."""
        now_s = self._told_s = self._clock.monotonic_s()
        due_s = now_s + self._candle_s + self._patience.grace_s
        if candle.source is Source.REST:  # It came late, and is no reason for the next one to come late.
            due_s = min(due_s, self._beat_s + self._candle_s)
        if self._venue.market_speed == 1:
            over_ms = self._timeframe.after(self._timeframe.after(candle.open_ms))
            in_s = max((over_ms - self._clock.now_ms()) / 1_000, 0.0)
            due_s = min(due_s, now_s + in_s + self._patience.grace_s)
        self._beat_s = self._due_s = due_s

    def _told_before_s(self) -> float:
        """When an earlier life was told its last candle; long ago where the clock does not say how much is missing."""
        last_ms = self._candles.last_open_ms(self._instrument)
        if last_ms is None or self._venue.market_speed != 1:
            return float("-inf")
        return self._clock.monotonic_s() - (self._clock.now_ms() - self._timeframe.after(last_ms)) / 1_000

    async def keep(self) -> NoReturn:
        while True:
            wait_s = self._due_s - self._clock.monotonic_s()
            if not self._waiting and wait_s > 0:
                await first(self._news.wait(), self._clock.sleep(wait_s))
                self._news.clear()
                continue
            try:
                await (self._fill_before(self._waiting[0]) if self._waiting else self._ask())
            except VenueError:  # No answer; a refused key the line itself will meet.
                self._waiting.clear()  # The history will tell them.
                self._due_s = self._clock.monotonic_s() + UNANSWERED.longest_s(self._unanswered)
                self._unanswered += 1
            else:
                self._unanswered = 0
            if not self._waiting:
                self._done.set()

    async def _fill_before(self, event: CandleClosed) -> None:
        await self._candles.take(event)
        if self._waiting and self._waiting[0] is event:  # Not pushed out by so many later ones.
            self._waiting.popleft()

    async def _ask(self) -> None:
        """A candle should be over by now: the history says."""
        now_s = self._clock.monotonic_s()
        self._due_s = now_s + min(max(self._candle_s / 2, self._patience.grace_s), ASK_AGAIN_S)
        market_ms = None
        if self._venue.pulse is not None and now_s - self._told_s > MUCH * self._candle_s:
            market_ms = await self._venue.pulse(self._instrument)
        if self._candles.is_begun(self._instrument):
            await self._candles.catch_up(self._instrument, market_ms)
        elif market_ms is not None:
            await self._candles.begin(self._instrument, market_ms)
