"""A venue that is asked again when it is away for a moment: a backfill of hours must outlive that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from random import Random
from typing import TypeVar

from msgspec import Struct

from twinstar.domain import Candle, InstrumentId, Timeframe
from twinstar.errors import VenueUnavailable
from twinstar.ports import Clock, History
from twinstar.runtime.backoff import ASKING

T = TypeVar("T")

ATTEMPTS = 6  # a quarter of a minute in all, or as long as the venue says


class Patience(Struct, frozen=True):
    clock: Clock
    random: Random

    async def ask(self, question: Callable[[], Awaitable[T]]) -> T:
        for attempt in range(ATTEMPTS - 1):
            try:
                return await question()
            except VenueUnavailable as e:
                await self.clock.sleep(max(e.retry_after_s, ASKING.wait_s(attempt, self.random)))
        return await question()


class PatientHistory(Struct, frozen=True):
    history: History
    patience: Patience

    async def candles(
        self, instrument: InstrumentId, timeframe: Timeframe, from_ms: int, until_ms: int
    ) -> Sequence[Candle]:
        return await self.patience.ask(partial(self.history.candles, instrument, timeframe, from_ms, until_ms))
