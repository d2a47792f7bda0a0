"""A history that is asked again when it is away for a moment: a backfill of hours must outlive that."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from msgspec import Struct

from twinstar.domain import Candle, InstrumentId, Timeframe
from twinstar.errors import VenueUnavailable
from twinstar.ports import Clock, History
from twinstar.runtime.backoff import ASKING

ATTEMPTS = 6  # a quarter of a minute in all, or as long as the venue says


class PatientHistory(Struct, frozen=True, kw_only=True):
    history: History
    clock: Clock
    random: Random

    async def candles(
        self, instrument: InstrumentId, timeframe: Timeframe, from_ms: int, until_ms: int
    ) -> Sequence[Candle]:
        for attempt in range(ATTEMPTS - 1):
            try:
                return await self.history.candles(instrument, timeframe, from_ms, until_ms)
            except VenueUnavailable as e:
                await self.clock.sleep(max(e.retry_after_s, ASKING.wait_s(attempt, self.random)))
        return await self.history.candles(instrument, timeframe, from_ms, until_ms)
