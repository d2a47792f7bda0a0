"""Whatever happens to feeds, alone or together: soon all is stored that the exchange closed, and says whence it came.

100 seeds run in CI; ``TWINSTAR_SEEDS=1000 python3 run.py test tests/simulation/test_feeds.py -s`` runs as many as you
like.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from itertools import pairwise
from random import Random
from statistics import median

import pytest

from simulation.feeds import AT_ONCE, KINDS, MINUTE_MS, Exchange, Fault
from simulation.story import Disk, Shelf
from twinstar.domain import Candle, CandleClosed, CandleCorrected, CandlesMissing, InstrumentId, Source, Timeframe
from twinstar.ports import Gap, Stream, Venue
from twinstar.runtime.line import Care
from twinstar.runtime.metrics import Metrics
from twinstar.runtime.service import Member, Service
from twinstar.runtime.status import Watched
from twinstar.testing import LoopClock, run_virtual

FIRST = int(os.environ.get("TWINSTAR_FIRST_SEED", "0"))
SEEDS = range(FIRST, FIRST + int(os.environ.get("TWINSTAR_SEEDS", "100")))
BEGUN_S = 12.0  # every stream speaks, and the series have begun
LONGEST_S = 15.0  # a fault lasts
WITHIN_S = 30.0
SPEAKING_WITHIN_S = 10.0
LOOK_EVERY_S = 0.25
SPEAKS_MS = 1_500


async def nothing_new(venue: Venue, gap: Gap) -> Stream:
    for nothing in ():
        yield nothing


def faults_of(seed: int, random: Random) -> list[Fault]:
    """Each kind by itself in turn, and as often several at once."""
    alone = [KINDS[seed // 2 % len(KINDS)]]
    kinds = alone if seed % 2 == 0 else random.sample(KINDS, random.randrange(2, 5))
    return [
        Fault(kind, BEGUN_S + random.uniform(0, 8 if len(kinds) > 1 else 2), random.uniform(3, LONGEST_S))
        for kind in kinds
    ]


class Story:
    """What came of a seed."""

    def __init__(self, seed: int) -> None:
        random = self._random = Random(seed)
        self.exchanges = [
            Exchange("flags", ["BTC/USDT", "ETH/USDT"], Random(random.random()), Source.STREAM),
            Exchange("tape", ["BTC/KRW"], Random(random.random()), Source.TRADES),
            Exchange("bars", ["BTC/USDC"], Random(random.random()), Source.UNFLAGGED),
        ]
        self.faults = faults_of(seed, random)
        self.disk, self.shelf = Disk(Random(random.random())), Shelf()
        self.over_s = max(fault.over_s for fault in self.faults)
        self.series_s = self.line_s = 0.0  # after the last fault until each was as it should be

    def run(self) -> Story:
        run_virtual(self._live())
        return self

    async def _live(self) -> None:
        stop, service = asyncio.Event(), self._service()
        async with asyncio.TaskGroup() as tasks:
            markets = [tasks.create_task(exchange.live()) for exchange in self.exchanges]
            tasks.create_task(service.run(stop))
            for fault in sorted(self.faults, key=lambda fault: fault.from_s):
                await asyncio.sleep(fault.from_s - LoopClock().monotonic_s())
                for exchange in self.exchanges:
                    exchange.afflict(fault)
            await asyncio.sleep(max(self.over_s - LoopClock().monotonic_s(), 0))
            await self._recover(service)
            for exchange in self.exchanges:
                exchange.halted = True
            await asyncio.sleep(WITHIN_S)
            stop.set()
            for market in markets:
                market.cancel()

    async def _recover(self, service: Service) -> None:
        clock = LoopClock()
        while clock.monotonic_s() < self.over_s + WITHIN_S + 10:
            await asyncio.sleep(LOOK_EVERY_S)
            since_s = clock.monotonic_s() - self.over_s
            if not all(self._is_whole(of, closed) for x in self.exchanges for of, closed in x.closed.items()):
                self.series_s = since_s
            ages_ms = [one.data_age_ms for venue in service.status().venues for one in venue.instruments]
            if any(age_ms is None or age_ms > SPEAKS_MS for age_ms in ages_ms):
                self.line_s = since_s

    def _is_whole(self, of: InstrumentId, closed: list[Candle]) -> bool:
        """All but the last one, which may be on its way."""
        return len(closed) < 2 or (of, closed[-2].open_ms) in self.shelf.rows

    def _service(self) -> Service:
        clock = LoopClock()
        service = Service(
            journal=self.disk,
            store=self.shelf,
            strategies=[],
            clock=clock,
            random=Random(self._random.random()),
            metrics=Metrics("simulated"),
        )
        for exchange in self.exchanges:
            watched = Watched(
                id=exchange.id, type="feeds", mode="sim", instruments=exchange.instruments, timeframe=Timeframe.M1
            )
            care = Care(restore=nothing_new, resync=nothing_new, warm_up=20)
            service.add(Member(venue=exchange.venue(), watched=watched, care=care))
        return service


RECOVERIES: dict[int, tuple[float, float]] = {}


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_stored_is_what_the_exchange_closed_and_soon(seed: int) -> None:
    story = Story(seed).run()
    for exchange in story.exchanges:
        for of, closed in exchange.closed.items():
            stored = {open_ms: candle for (other, open_ms), candle in story.shelf.rows.items() if other == of}
            _is_whole_and_true(stored, closed)
            _says_whence_it_came(stored, exchange.told[of], exchange.source)
            _was_told_once_and_in_order(story, of, closed)
        _is_not_hammered(exchange)
    assert story.series_s <= WITHIN_S, story.faults
    assert story.line_s <= WITHIN_S, story.faults
    if all(fault.kind in AT_ONCE for fault in story.faults):
        assert max(story.series_s, story.line_s) <= SPEAKING_WITHIN_S, story.faults
    RECOVERIES[seed] = story.series_s, story.line_s


def test_how_long_it_took() -> None:
    """The figures, for those seeds that have run in this process."""
    for name, taken in zip(("series", "line"), zip(*RECOVERIES.values(), strict=True), strict=False):
        print(f"{name}: p50 {median(taken):.1f} s, max {max(taken):.1f} s, of {len(taken)} seeds")  # noqa: T201
        assert max(taken) <= WITHIN_S


@pytest.mark.parametrize(
    "part", ["vigil.Vigil.keep", "filler.Filler._ask", "filler.Filler._fill_before", "market.Market._keep_confirmed"]
)
def test_the_seeds_catch_a_service_that_lacks_a_part(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object) -> None:
        await asyncio.sleep(1)

    monkeypatch.setattr(f"twinstar.runtime.{part}", nothing)
    assert not all(_passes(seed) for seed in range(2 * len(KINDS)))


def test_the_seeds_meet_every_fault_and_every_way_that_a_candle_comes() -> None:
    stories = [Story(seed).run() for seed in range(2 * len(KINDS))]
    assert {fault.kind for story in stories for fault in story.faults} == set(KINDS)
    assert {candle.source for story in stories for candle in story.shelf.rows.values()} == set(Source)
    met = {type(record) for story in stories for record in story.disk.records}
    assert CandleCorrected in met


def _passes(seed: int) -> bool:
    try:
        test_what_is_stored_is_what_the_exchange_closed_and_soon(seed)
    except AssertionError:
        return False
    return True


def _is_whole_and_true(stored: Mapping[int, Candle], closed: list[Candle]) -> None:
    first_ms = min(stored)
    assert [_values(stored[open_ms]) for open_ms in sorted(stored)] == [
        _values(candle) for candle in closed if candle.open_ms >= first_ms
    ]
    assert first_ms <= closed[2].open_ms


def _says_whence_it_came(stored: Mapping[int, Candle], told: set[int], source: Source) -> None:
    """No stream is said to have told what it did not, or what the history had to put right."""
    by_stream = {open_ms for open_ms, candle in stored.items() if candle.source is not Source.REST}
    assert by_stream <= told
    assert {stored[open_ms].source for open_ms in by_stream} <= {source}


def _was_told_once_and_in_order(story: Story, of: InstrumentId, closed: list[Candle]) -> None:
    told = [r.candle.open_ms for r in story.disk.records if isinstance(r, CandleClosed) and r.candle.instrument == of]
    assert told == list(range(told[0], closed[-1].open_ms + 1, MINUTE_MS))
    assert not [r for r in story.disk.records if isinstance(r, CandlesMissing)], "the exchange has them all"


def _is_not_hammered(exchange: Exchange) -> None:
    after_third = exchange.dialled_s[3:]
    assert all(later - earlier >= 3 for earlier, later in pairwise(after_third))


def _values(candle: Candle) -> tuple[object, ...]:
    return (candle.open_ms, candle.open, candle.high, candle.low, candle.close, candle.volume)
