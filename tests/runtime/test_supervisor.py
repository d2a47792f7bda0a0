"""A venue is listened to first and read then; a lost line is mended with patience; a bug is nobody's to mend."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal as D
from random import Random

import msgspec
import pytest
from engine.desk import PERP
from fakes import ListJournal

from twinstar.domain import (
    Candle,
    CandleClosed,
    CandleCorrected,
    Event,
    InstrumentId,
    Source,
    StreamGap,
    StreamOpened,
    Timeframe,
    TimePassed,
    VenueHalted,
    VenueReady,
)
from twinstar.engine import Engine, OrderIds, State
from twinstar.errors import AuthFailed, VenueUnavailable
from twinstar.ports import Gap, Stream, Venue, Wanted
from twinstar.runtime.line import Care
from twinstar.runtime.sequencer import Sequencer
from twinstar.runtime.supervisor import supervise
from twinstar.testing import LoopClock, run_virtual

OPENED = StreamOpened(time_ms=0, venue="perp", stream="one")
DATA = TimePassed(time_ms=0)


class Lines:
    """Streams as the test writes them: one function a life."""

    def __init__(self, *lives: Callable[[], Stream]) -> None:
        self.lives = list(lives)
        self.opened_s: list[float] = []

    def open(self, wanted: Wanted) -> Iterable[Stream]:
        self.opened_s.append(asyncio.get_running_loop().time())
        return [(self.lives.pop(0) if len(self.lives) > 1 else self.lives[0])()]


class Archive:
    """A history of one candle."""

    def __init__(self, candle: Candle) -> None:
        self.candle = candle

    async def candles(self, of: InstrumentId, timeframe: Timeframe, from_ms: int, until_ms: int) -> Sequence[Candle]:
        return [self.candle] if from_ms <= self.candle.open_ms < until_ms else []


async def live(
    lines: Lines,
    *,
    for_s: float,
    account: Callable[[], None] = lambda: None,
    before: Iterable[Event] = (),
    history: Archive | None = None,
) -> list[Event]:
    """``before``: what the journal has of earlier lives."""
    told: list[Event] = []

    async def ask(venue: Venue, gap: Gap) -> Stream:
        account()
        for nothing in ():
            yield nothing

    state = State()
    for event in before:
        state.apply(event)
    sequencer = Sequencer(
        Engine(state, [], new_id=OrderIds(1)),
        ListJournal(),
        LoopClock(),
        observers=[told.append],
        tell=lambda _: None,
    )
    care = Care(restore=ask, resync=ask)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(
            supervise(
                Venue(id="perp", streams=lines, history=history),
                Wanted((PERP,), Timeframe.M1),
                care,
                sequencer=sequencer,
                clock=LoopClock(),
                random=Random(1),
                tell=lambda _: None,
            )
        )
        await asyncio.sleep(for_s)
        task.cancel()
    return told


async def steady() -> Stream:
    yield OPENED
    while True:
        yield DATA
        await asyncio.sleep(1)


async def dies_at_once() -> Stream:
    yield OPENED
    raise VenueUnavailable("perp", "closed")


async def dies_after_data() -> Stream:
    yield OPENED
    await asyncio.sleep(1)
    yield DATA
    raise VenueUnavailable("perp", "closed")


async def slow_to_open() -> Stream:
    await asyncio.sleep(5)
    yield OPENED
    await asyncio.sleep(1_000)


async def refuses() -> Stream:
    raise AuthFailed("perp", "key revoked")
    yield OPENED


async def buggy() -> Stream:
    yield OPENED
    raise ZeroDivisionError


def test_the_account_is_read_only_once_every_stream_stands():
    read_s: list[float] = []
    told = run_virtual(
        live(Lines(slow_to_open), for_s=10, account=lambda: read_s.append(asyncio.get_running_loop().time()))
    )
    assert read_s == [5.0]
    assert [type(e) for e in told] == [StreamOpened, VenueReady]


def test_the_account_is_read_again_every_minute_since_private_frames_get_lost():
    read_s: list[float] = []
    run_virtual(live(Lines(steady), for_s=130, account=lambda: read_s.append(asyncio.get_running_loop().time())))
    assert read_s == [0.0, 60.0, 120.0]


def test_a_line_that_opens_and_closes_at_once_is_not_hammered():
    lines = Lines(dies_at_once)
    run_virtual(live(lines, for_s=600))
    waits = [b - a for a, b in zip(lines.opened_s, lines.opened_s[1:], strict=False)]
    assert waits[0] >= 3 * 0.75
    assert max(waits) <= 60
    assert len(waits) < 25  # 65 a second is what happens without patience
    assert waits[-1] > waits[0] * 4


def test_patience_starts_anew_once_data_came():
    lines = Lines(dies_after_data)
    told = run_virtual(live(lines, for_s=100))
    waits = [b - a for a, b in zip(lines.opened_s, lines.opened_s[1:], strict=False)]
    assert all(wait <= 1 + 3 for wait in waits)
    assert sum(isinstance(e, StreamGap) for e in told) == len(lines.opened_s)


def test_a_refused_key_halts_the_venue_and_is_not_tried_again():
    lines = Lines(refuses)
    told = run_virtual(live(lines, for_s=3_600))
    assert next(e for e in told if isinstance(e, VenueHalted)).reason == "key revoked"
    assert len(lines.opened_s) == 1


def test_what_was_built_from_trades_just_before_a_kill_is_compared_in_the_next_life():
    true = Candle(
        instrument=PERP,
        timeframe=Timeframe.M1,
        open_ms=60_000,
        open=D(1),
        high=D(3),
        low=D(1),
        close=D(2),
        volume=D(5),
        source=Source.REST,
    )
    built = msgspec.structs.replace(true, high=D(2), volume=D(4), source=Source.TRADES)
    before = [CandleClosed(time_ms=120_000, candle=built)]
    told = run_virtual(live(Lines(steady), for_s=10, before=before, history=Archive(true)))
    assert [event.candle for event in told if isinstance(event, CandleCorrected)] == [true]


def test_a_bug_comes_out():
    with pytest.raises(ExceptionGroup) as caught:
        run_virtual(live(Lines(buggy), for_s=10))
    assert caught.group_contains(ZeroDivisionError)
