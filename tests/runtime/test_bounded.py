"""A service whose lines are lost ten thousand times holds what one holds whose lines were lost a few times."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal as D
from pathlib import Path
from random import Random

import msgspec
import pytest
from builtin.ccxt.kit import BTC_USDT, Scene, scene

from twinstar.domain import Candle, CandleClosed, InstrumentId, PriceSeen, Source, StreamOpened, Timeframe
from twinstar.errors import VenueUnavailable
from twinstar.ports import Gap, Record, Stored, Stream, Venue, Wanted
from twinstar.runtime.backoff import Backoff
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.line import Care
from twinstar.runtime.metrics import Metrics
from twinstar.runtime.service import Member, Service
from twinstar.runtime.status import Watched
from twinstar.testing import LoopClock, run_virtual
from twinstar.testing.conformance.listening import listening

BTC = InstrumentId("BTC/USDT:USDT", "perp")
MINUTE = 60_000
LIFE_S = 0.2  # of a line; also a minute of this market
RECONNECTS = 10_000
SETTLED = 3_000  # by then the caches of candles and notices are full
SPARE_OBJECTS = 200
DESCRIPTORS = Path("/proc/self/fd")
HURRY = 20_000


class Forgetful:
    """A journal and a store that keep nothing: what grows is the service's own."""

    def __init__(self) -> None:
        self.places = 0

    def append(self, record: Record) -> int:
        self.places += 1
        return self.places

    async def durable(self, place: int) -> None: ...

    def read(self) -> Iterable[Record]:
        return ()

    async def close(self) -> None: ...


class Nowhere:
    async def append(self, candles: Sequence[Candle]) -> None: ...

    def summary(self) -> Mapping[tuple[InstrumentId, Timeframe], Stored]:
        return {}

    async def read(self, instrument: InstrumentId, timeframe: Timeframe) -> Sequence[Candle]:
        return ()

    async def close(self) -> None: ...


class Flapping:
    """Two streams, lost as soon as they have told something; the history has what they leave out."""

    def __init__(self) -> None:
        self.opened = self.listening = 0
        self._clock = LoopClock()

    def venue(self) -> Venue:
        return Venue(id="perp", streams=self, history=self)

    def open(self, wanted: Wanted) -> Iterable[Stream]:
        self.opened += 1
        return (self._stream("candles"), self._stream("prices"))

    async def _stream(self, name: str) -> Stream:
        self.listening += 1
        try:
            yield StreamOpened(time_ms=self._clock.now_ms(), venue="perp", stream=name)
            yield PriceSeen(time_ms=self._clock.now_ms(), instrument=BTC, price=D(100))
            yield CandleClosed(time_ms=self._clock.now_ms(), candle=self._candle(self._minute() - 1, Source.STREAM))
            await self._clock.sleep(LIFE_S / 2)
            raise VenueUnavailable("perp", "closed by the venue (1011)")
        finally:
            self.listening -= 1

    async def candles(
        self, instrument: InstrumentId, timeframe: Timeframe, from_ms: int, until_ms: int
    ) -> Sequence[Candle]:
        minutes = range(max(from_ms // MINUTE, 0), min(until_ms // MINUTE, self._minute()))
        return [self._candle(minute, Source.REST) for minute in minutes]

    def _minute(self) -> int:
        return int(self._clock.monotonic_s() / LIFE_S) + 10

    def _candle(self, minute: int, source: Source) -> Candle:
        price = D(10_000 + minute % 100) / 100
        return Candle(
            instrument=BTC,
            timeframe=Timeframe.M1,
            open_ms=minute * MINUTE,
            open=price,
            high=price,
            low=price,
            close=price,
            volume=D(1),
            source=source,
        )


class Held(msgspec.Struct, frozen=True):
    tasks: int
    listening: int
    waiting: int
    objects: int


async def nothing_new(venue: Venue, gap: Gap) -> Stream:
    for nothing in ():
        yield nothing


def service_for(flapping: Flapping) -> Service:
    clock = LoopClock()
    service = Service(
        journal=Forgetful(), store=Nowhere(), strategies=[], clock=clock, random=Random(1), metrics=Metrics("test")
    )
    care = Care(restore=nothing_new, resync=nothing_new, backoff=Backoff(first_s=LIFE_S, factor=1.0))
    watched = Watched(id="perp", type="flapping", mode="sim", instruments=(BTC,), timeframe=Timeframe.M1)
    service.add(Member(venue=flapping.venue(), watched=watched, care=care))
    return service


async def held_after(service: Service, flapping: Flapping, reconnects: int) -> Held:
    """Looked at in the moment a line is up."""
    while flapping.opened < reconnects or flapping.listening < 2:  # noqa: ASYNC110 - streams are counted, not told of
        await asyncio.sleep(LIFE_S / 20)
    gc.collect()
    return Held(
        tasks=len(asyncio.all_tasks()),
        listening=flapping.listening,
        waiting=service.sequencer.outbox(BTC).qsize() + len(service._recorder._pending) + len(service._notices),
        objects=len(gc.get_objects()),
    )


async def reconnecting() -> tuple[Held, Held]:
    flapping, stop = Flapping(), asyncio.Event()
    service = service_for(flapping)
    async with asyncio.TaskGroup() as group:
        group.create_task(service.run(stop))
        before = await held_after(service, flapping, SETTLED)
        after = await held_after(service, flapping, RECONNECTS)
        stop.set()
    assert flapping.listening == 0
    return before, after


def test_ten_thousand_reconnects_leave_tasks_listeners_queues_and_memory_where_they_were() -> None:
    before, after = run_virtual(reconnecting())
    assert (after.tasks, after.listening) == (before.tasks, before.listening)
    assert after.waiting <= before.waiting + 10
    assert after.objects <= before.objects + SPARE_OBJECTS


class Hurried:
    """By this clock every line lived long enough to be dialled again at once."""

    def __init__(self) -> None:
        self._clock = SystemClock()

    def now_ms(self) -> int:
        return self._clock.now_ms()

    def monotonic_s(self) -> float:
        return self._clock.monotonic_s() * HURRY

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds / HURRY)


async def reconnect(one: Scene, how: str) -> None:
    """Lines of all kinds are lost; what was subscribed is subscribed again on new ones."""
    async with listening(one.venue, BTC_USDT) as heard:
        one.fault(on="ws", kind=how, count=len(one.server.lines))
        await heard.until(lambda heard: len(heard.errors) == 2)
    async with asyncio.timeout(2):
        while one.server.lines:  # noqa: ASYNC110 - a server tells nobody that its lines are gone
            await asyncio.sleep(0.005)


@asynccontextmanager
async def hurried() -> AsyncIterator[Scene]:
    async with scene("binanceusdm") as one:
        assert one.venue.close
        await one.venue.close()
        one.clock = Hurried()
        one.venue = one.connect()
        yield one


def descriptors() -> int:
    return len(list(DESCRIPTORS.iterdir()))


@pytest.mark.skipif(not DESCRIPTORS.is_dir(), reason="open descriptors are counted in /proc")
async def test_two_hundred_lost_lines_leave_descriptors_and_tasks_where_they_were() -> None:
    async with hurried() as one:
        for _ in range(10):
            await reconnect(one, "abort")
        before = descriptors(), len(asyncio.all_tasks())
        for number in range(200):
            await reconnect(one, "close" if number % 2 else "abort")
        await asyncio.sleep(0.1)
        gc.collect()
        assert descriptors() <= before[0] + 2
        assert len(asyncio.all_tasks()) <= before[1] + 1
        assert one.venue.usage
        assert one.venue.usage()["reconnects"] >= 400
