"""A day of a service in virtual time: a line that is lost every hour, and what the service holds at each hour."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from random import Random

from _held import resident_mb
from msgspec import Struct

from twinstar.domain import Candle, CandleClosed, InstrumentId, PriceSeen, Source, StreamOpened, Timeframe
from twinstar.errors import VenueUnavailable
from twinstar.ports import Gap, Record, Stored, Stream, Venue, Wanted
from twinstar.runtime.line import Care
from twinstar.runtime.metrics import Metrics
from twinstar.runtime.service import Member, Service
from twinstar.runtime.status import Watched
from twinstar.testing import LoopClock, run_virtual

HOURS = 24
LINE_LIVES_S = 3_600.0
INSTRUMENTS = tuple(InstrumentId(f"T{number}/USDT:USDT", "steady") for number in range(4))
MINUTE_MS = 60_000
QUOTE_EVERY_S = 10.0


class Hour(Struct, frozen=True):
    objects: int
    tasks: int
    resident_mb: float


class Nothing:
    """A journal and a store that keep nothing: what grows is the service's own."""

    def __init__(self) -> None:
        self.stored = 0
        self._places = 0

    def append(self, record: Record) -> int:
        self._places += 1
        return self._places

    async def durable(self, place: int) -> None: ...

    def read(self) -> Iterable[Record]:
        return ()

    async def close(self) -> None: ...


class Counted:
    """A store that counts."""

    def __init__(self) -> None:
        self.rows = 0

    async def append(self, candles: Sequence[Candle]) -> None:
        self.rows += len(candles)

    def summary(self) -> Mapping[tuple[InstrumentId, Timeframe], Stored]:
        return {}

    async def read(self, instrument: InstrumentId, timeframe: Timeframe) -> Sequence[Candle]:
        return ()

    async def close(self) -> None: ...


class Steady:
    """A market that speaks all day, over lines that do not last."""

    def __init__(self) -> None:
        self._clock = LoopClock()

    def venue(self) -> Venue:
        return Venue(id="steady", streams=self, history=self)

    def open(self, wanted: Wanted) -> Iterable[Stream]:
        return [self._stream(of) for of in wanted.instruments]

    async def _stream(self, of: InstrumentId) -> Stream:
        yield StreamOpened(time_ms=self._clock.now_ms(), venue="steady", stream=str(of))
        until_s = self._clock.monotonic_s() + LINE_LIVES_S
        told_ms = self._last_closed_ms()
        while self._clock.monotonic_s() < until_s:
            await self._clock.sleep(QUOTE_EVERY_S)
            now_ms = self._clock.now_ms()
            yield PriceSeen(time_ms=now_ms, instrument=of, price=Decimal(100))
            if self._last_closed_ms() != told_ms:
                told_ms = self._last_closed_ms()
                yield CandleClosed(time_ms=now_ms, candle=_candle(of, told_ms, Source.STREAM))
        raise VenueUnavailable("steady", "closed by the venue")

    async def candles(
        self, instrument: InstrumentId, timeframe: Timeframe, from_ms: int, until_ms: int
    ) -> Sequence[Candle]:
        end_ms = min(until_ms, self._last_closed_ms() + MINUTE_MS)
        return [_candle(instrument, open_ms, Source.REST) for open_ms in range(from_ms, end_ms, MINUTE_MS)]

    def _last_closed_ms(self) -> int:
        return self._clock.now_ms() // MINUTE_MS * MINUTE_MS - MINUTE_MS


def _candle(of: InstrumentId, open_ms: int, source: Source) -> Candle:
    price = Decimal(10_000 + open_ms // MINUTE_MS % 977) / 100
    return Candle(
        instrument=of,
        timeframe=Timeframe.M1,
        open_ms=open_ms,
        open=price,
        high=price,
        low=price,
        close=price,
        volume=Decimal(1),
        source=source,
    )


async def _nothing_new(venue: Venue, gap: Gap) -> Stream:
    for nothing in ():
        yield nothing


async def _day() -> tuple[list[Hour], int]:
    clock, store, stop = LoopClock(), Counted(), asyncio.Event()
    service = Service(
        journal=Nothing(), store=store, strategies=[], clock=clock, random=Random(1), metrics=Metrics("benchmark")
    )
    watched = Watched(id="steady", type="steady", mode="sim", instruments=INSTRUMENTS, timeframe=Timeframe.M1)
    care = Care(restore=_nothing_new, resync=_nothing_new)
    service.add(Member(venue=Steady().venue(), watched=watched, care=care))
    hours = []
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(service.run(stop))
        for _ in range(HOURS):
            await clock.sleep(3_600)
            hours.append(Hour(len(gc.get_objects()), len(asyncio.all_tasks()), resident_mb()))
        stop.set()
    return hours, store.rows


def day() -> tuple[list[Hour], int]:
    """Each hour of it, and how many candles were stored."""
    return run_virtual(_day())
