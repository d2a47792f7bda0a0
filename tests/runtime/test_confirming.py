"""A candle whose end the venue does not tell is compared with the history: soon, in few questions, and last of all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from decimal import Decimal as D
from random import Random

import msgspec
import pytest
from fakes import ListJournal

from twinstar.domain import (
    Candle,
    CandleClosed,
    CandleCorrected,
    Event,
    InstrumentId,
    Lane,
    Level,
    Notice,
    Source,
    StreamOpened,
    Timeframe,
    current_lane,
)
from twinstar.engine import Engine, OrderIds, State
from twinstar.engine.candles import CandleFollower, CandleRow, candle_of
from twinstar.errors import VenueUnavailable
from twinstar.ports import Gap, Stream, Venue, Wanted
from twinstar.runtime.line import Care
from twinstar.runtime.sequencer import Sequencer
from twinstar.runtime.supervisor import supervise
from twinstar.testing import LoopClock, run_virtual
from twinstar.testing.virtual import EPOCH_MS

MINUTE = 60_000
NOW = EPOCH_MS // MINUTE  # the minute in which the virtual clock begins; it is 20 s old
BEGUN_S = 40  # then its first whole minute begins
LAST_S = 0.25
LIFE_S = 170  # two of them, and half of the third


def row(minute: int, close: int) -> CandleRow:
    return CandleRow(open_ms=minute * MINUTE, open=D(1), high=D(9), low=D(1), close=D(close), volume=D(close))


class Exchange:
    """Each minute's candle closes at 2, in two frames; ``loses`` are minutes whose last frame nobody gets.

    ``down``: between which seconds the history does not answer. ``counts``: what that has for the volume.
    """

    def __init__(
        self,
        *,
        markets: int = 1,
        flags: bool = False,
        loses: Iterable[int] = (),
        down: tuple[float, float] = (0, 0),
        counts: D = D(2),
    ) -> None:
        self.instruments = tuple(InstrumentId(f"C{n}/USDC:USDC", "perp") for n in range(markets))
        self.flags, self.loses, self.down = flags, frozenset(loses), down
        self.counts = counts
        self.asked: list[tuple[float, InstrumentId, Lane]] = []

    def open(self, wanted: Wanted) -> Iterable[Stream]:
        return [self._stream(of) for of in wanted.instruments]

    async def _stream(self, of: InstrumentId) -> Stream:
        yield StreamOpened(time_ms=0, venue="perp", stream=of.symbol)
        follower = CandleFollower(of, Timeframe.M1)
        async for minute, close in _frames():
            if close == 2 and minute in self.loses:
                continue
            told = follower.see(row(minute, close), closed=close == 2 if self.flags else None)
            if told is not None:
                yield CandleClosed(time_ms=told.open_ms + MINUTE, candle=told)

    async def candles(
        self, instrument: InstrumentId, timeframe: Timeframe, from_ms: int, until_ms: int
    ) -> Sequence[Candle]:
        self.asked.append((LoopClock().monotonic_s(), instrument, current_lane()))
        if self.down[0] <= LoopClock().monotonic_s() < self.down[1]:
            raise VenueUnavailable("perp", "busy")
        minutes = range(from_ms // MINUTE, min(until_ms // MINUTE, LoopClock().now_ms() // MINUTE))
        rows = [msgspec.structs.replace(row(minute, 2), volume=self.counts) for minute in minutes]
        return [candle_of(each, instrument, timeframe, Source.REST) for each in rows]

    @property
    def comparing(self) -> list[tuple[float, InstrumentId]]:
        """What was asked in the last lane."""
        return [(at_s, of) for at_s, of, lane in self.asked if lane is Lane.BACKFILL]


async def _frames() -> AsyncIterator[tuple[int, int]]:
    """A minute, and the close that is shown of it: when it begins, and just before it ends."""
    clock = LoopClock()
    while True:
        minute = clock.now_ms() // MINUTE
        yield minute, 1
        await clock.sleep((minute + 1) * MINUTE / 1_000 - LAST_S - clock.now_ms() / 1_000)
        yield minute, 2
        await clock.sleep(LAST_S)


class Life:
    def __init__(self, exchange: Exchange, before: Iterable[Event] = ()) -> None:
        self.exchange = exchange
        self.state = State()
        for event in before:
            self.state.apply(event)
        self.notices: list[Notice] = []
        self.heard: list[tuple[float, Event]] = []

    async def live(self, for_s: float) -> Life:
        sequencer = Sequencer(
            Engine(self.state, [], new_id=OrderIds(1)),
            ListJournal(),
            LoopClock(),
            observers=[lambda event: self.heard.append((LoopClock().monotonic_s(), event))],
            tell=self.notices.append,
        )
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(
                supervise(
                    Venue(id="perp", streams=self.exchange, history=self.exchange),
                    Wanted(self.exchange.instruments, Timeframe.M1),
                    Care(restore=_nothing, resync=_nothing, warm_up=3),
                    sequencer=sequencer,
                    clock=LoopClock(),
                    random=Random(1),
                    tell=self.notices.append,
                )
            )
            await asyncio.sleep(for_s)
            task.cancel()
        return self

    @property
    def facts(self) -> list[Event]:
        return [event for _, event in self.heard]

    @property
    def corrected(self) -> list[tuple[int, D]]:
        return [(e.candle.open_ms // MINUTE, e.candle.close) for e in self.facts if isinstance(e, CandleCorrected)]

    def closes(self, of: InstrumentId) -> set[D]:
        return {candle.close for candle in self.state.candles(of, count=100)}


async def _nothing(venue: Venue, gap: Gap) -> Stream:
    for nothing in ():
        yield nothing


def test_a_last_frame_that_was_lost_shows_and_is_put_right_within_twenty_seconds() -> None:
    exchange = Exchange(loses=[NOW + 1])
    life = run_virtual(Life(exchange).live(LIFE_S))
    told = next(e for e in life.facts if isinstance(e, CandleClosed) and e.candle.open_ms == (NOW + 1) * MINUTE)
    assert (told.candle.source, told.candle.close) == (Source.UNFLAGGED, 1)
    assert life.corrected == [(NOW + 1, D(2))]
    assert life.closes(exchange.instruments[0]) == {D(2)}
    (at_s,) = [at_s for at_s, event in life.heard if isinstance(event, CandleCorrected)]
    assert at_s - (BEGUN_S + 60) <= 20
    (notice,) = life.notices
    assert (notice.level, notice.instrument) == (Level.WARNING, exchange.instruments[0])
    assert notice.text == "1 candle differed from the venue's own, in a price, and the venue's counts now"


def test_one_that_was_lost_just_before_a_kill_is_put_right_by_the_next_life() -> None:
    async def lives() -> tuple[Life, Life]:
        killed = await Life(Exchange(loses=[NOW + 1])).live(BEGUN_S + 60.1)
        return killed, await Life(Exchange(), killed.facts).live(90)

    killed, after = run_virtual(lives())
    assert (killed.corrected, after.corrected) == ([], [(NOW + 1, D(2))])
    assert after.exchange.comparing[0][0] - (BEGUN_S + 60.1) >= 60, "a start has enough to ask"


def test_a_venue_whose_stream_and_history_count_volumes_otherwise_is_no_reason_to_warn_every_minute() -> None:
    life = run_virtual(Life(Exchange(counts=D(5))).live(LIFE_S))
    assert life.corrected == [(NOW + 1, D(2)), (NOW + 2, D(2))]
    assert {notice.level for notice in life.notices} == {Level.INFO}


@pytest.mark.parametrize("source", [Source.STREAM, Source.REST])
def test_what_needs_no_comparing_is_not_asked_about(source: Source) -> None:
    """A stream that flags the end, also where it is a flag that was lost: the history tells that candle itself."""
    exchange = Exchange(flags=True, loses=[NOW + 1] if source is Source.REST else ())
    life = run_virtual(Life(exchange).live(LIFE_S))
    assert source in {candle.source for candle in life.state.candles(exchange.instruments[0], count=2)}
    assert exchange.comparing == []


def test_ten_markets_cost_four_questions_a_minute_and_each_has_its_turn() -> None:
    exchange = Exchange(markets=10, loses=[NOW + 1])
    life = run_virtual(Life(exchange).live(BEGUN_S + 600))
    assert len(life.corrected) == 10
    asked = [of for at_s, of in exchange.comparing if at_s >= BEGUN_S + 60]
    assert len(asked) <= 4 * 9
    assert set(asked[:10]) == set(exchange.instruments)


def test_a_history_that_does_not_answer_is_asked_again() -> None:
    exchange = Exchange(markets=2, loses=[NOW + 1], down=(BEGUN_S + 61, BEGUN_S + 200))
    life = run_virtual(Life(exchange).live(BEGUN_S + 250))
    assert len(life.corrected) == 2
