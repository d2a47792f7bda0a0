"""What the stream left out is fetched, in order, before the next live candle; what does not exist stays a gap."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal as D

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstar.domain import (
    Candle,
    CandleClosed,
    CandleCorrected,
    CandlesMissing,
    Event,
    InstrumentId,
    Source,
    Timeframe,
)
from twinstar.engine.spans import FAR_MS, Span
from twinstar.errors import VenueUnavailable
from twinstar.runtime.candles import UNCERTAIN, UNCONFIRMED_MAX, Candles, Wrong
from twinstar.testing import run_virtual

BTC = InstrumentId("BTC/USDT:USDT", "perp")
MINUTE = 60_000


def candle(minute: int, source: Source = Source.STREAM) -> Candle:
    return Candle(
        instrument=BTC,
        timeframe=Timeframe.M1,
        open_ms=minute * MINUTE,
        open=D(1),
        high=D(1),
        low=D(1),
        close=D(minute),
        volume=D(1),
        source=source,
    )


class Archive:
    """A venue's history: what it has, and what it was asked."""

    def __init__(self, minutes: Sequence[int], *, down: bool = False) -> None:
        self.minutes, self.down, self.asked = set(minutes), down, []

    async def candles(
        self, instrument: InstrumentId, timeframe: Timeframe, from_ms: int, until_ms: int
    ) -> Sequence[Candle]:
        self.asked.append((from_ms // MINUTE, until_ms // MINUTE))
        if self.down:
            raise VenueUnavailable("perp", "busy")
        return [candle(m, Source.REST) for m in sorted(self.minutes) if from_ms <= m * MINUTE < until_ms]


class Listener:
    """What the core is told, and the series as it is known by then."""

    def __init__(self, archive: Archive | None, *, warm_up: int = 0, leaving: bool = False) -> None:
        self.left: list[range] = []
        self.told: list[Event] = []
        self.last: int | None = None
        self.heard: Callable[[Candle], None] = lambda _: None
        leave = self._leave if leaving else None
        self.candles = Candles(archive, Timeframe.M1, lambda _: self.last, self._hear, warm_up=warm_up, leave=leave)

    def _leave(self, _: object, span: Span) -> None:
        self.left.append(range(span.from_ms // MINUTE, span.until_ms // MINUTE))

    def _hear(self, event: Event) -> None:
        self.told.append(event)
        if isinstance(event, CandleClosed):
            self.last = event.candle.open_ms
            self.heard(event.candle)


async def play(minutes: Sequence[int], archive: Archive | None, *, warm_up: int = 0) -> list[Event]:
    """What the core is told when the stream brings these minutes."""
    listener = Listener(archive, warm_up=warm_up)
    for minute in minutes:
        await listener.candles.take(CandleClosed(time_ms=0, candle=candle(minute)))
    return listener.told


def story(told: list[Event]) -> list[object]:
    """Minutes, negative where they were backfilled; runs that are missing as ranges."""
    lines: list[object] = []
    for event in told:
        match event:
            case CandleClosed(candle=c, backfill=backfill):
                lines.append(-c.open_ms // MINUTE if backfill else c.open_ms // MINUTE)
            case CandlesMissing(from_ms=a, until_ms=b):
                lines.append(range(a // MINUTE, b // MINUTE))
            case _:
                pass
    return lines


def test_a_gap_is_filled_from_history_before_the_next_live_candle():
    told = run_virtual(play([1, 2, 6, 7], Archive(range(10))))
    assert story(told) == [1, 2, -3, -4, -5, 6, 7]
    assert [e.candle.source for e in told if isinstance(e, CandleClosed) and e.backfill] == [Source.REST] * 3


def test_what_the_venue_does_not_have_is_a_gap_and_never_invented():
    archive = Archive([1, 2, 4, 7])
    told = run_virtual(play([1, 7], archive))
    assert story(told) == [1, -2, range(3, 4), -4, range(5, 7), 7]
    assert {e.reason for e in told if isinstance(e, CandlesMissing)} == {"the venue has none"}


def test_without_a_history_a_gap_is_told_as_one():
    told = run_virtual(play([1, 4], None))
    assert story(told) == [1, range(2, 4), 4]


def test_the_first_candle_is_preceded_by_what_a_strategy_needs_to_warm_up():
    assert story(run_virtual(play([10, 11], Archive(range(7, 12)), warm_up=5))) == [-7, -8, -9, 10, 11]


def test_late_and_repeated_candles_pass_nobody():
    assert story(run_virtual(play([1, 1, 2, 1, 3, 2], Archive(())))) == [1, 2, 3]


def test_when_the_history_cannot_be_had_nothing_is_told_rather_than_a_hole():
    with pytest.raises(VenueUnavailable):
        run_virtual(play([1, 5], Archive((), down=True)))


def test_of_a_gap_that_is_longer_than_strategies_need_the_newest_is_told_and_the_rest_is_left() -> None:
    async def scene() -> list[Event]:
        listener = Listener(Archive(range(3_000)), warm_up=3, leaving=True)
        for minute in (0, 2_500, 2_505):
            await listener.candles.take(CandleClosed(time_ms=0, candle=candle(minute)))
        assert await listener.candles.catch_up(BTC, 3_000 * MINUTE) == 3
        assert listener.left == [range(1, 2_497), range(2_501, 2_502), range(2_506, 2_997)]
        return listener.told

    told = run_virtual(scene())
    assert story(told) == [0, -2497, -2498, -2499, 2500, -2502, -2503, -2504, 2505, -2997, -2998, 2999]


def test_a_long_gap_is_asked_for_in_pages():
    archive = Archive(range(3_000))
    told = run_virtual(play([0, 2_500], archive))
    assert len(story(told)) == 2_501
    assert archive.asked == [(1, 1_001), (1_001, 2_001), (2_001, FAR_MS // MINUTE)]


def test_what_a_history_that_is_behind_lacks_is_no_gap_and_comes_with_a_later_candle():
    async def scene() -> list[Event]:
        archive = Archive([1, 2, 3])
        listener = Listener(archive)
        for minute in (1, 6):
            await listener.candles.take(CandleClosed(time_ms=0, candle=candle(minute)))
        assert story(listener.told) == [1, -2, -3]
        archive.minutes |= {5, 6, 7}
        await listener.candles.take(CandleClosed(time_ms=0, candle=candle(7)))
        return listener.told

    assert story(run_virtual(scene())) == [1, -2, -3, range(4, 5), -5, -6, 7]


def test_while_no_stream_speaks_the_history_goes_on_and_its_newest_candle_is_news():
    async def scene() -> list[Event]:
        archive = Archive([1, 2, 4, 5])
        listener = Listener(archive)
        await listener.candles.take(CandleClosed(time_ms=0, candle=candle(1)))
        assert await listener.candles.catch_up(BTC) == 3
        assert await listener.candles.catch_up(BTC) == 0
        await listener.candles.take(CandleClosed(time_ms=0, candle=candle(5)))  # the stream is back, and late
        return listener.told

    assert story(run_virtual(scene())) == [1, -2, range(3, 4), -4, 5]


def test_a_series_begins_with_what_a_strategy_needs_before_any_stream_has_closed_a_candle():
    async def scene() -> list[Event]:
        listener = Listener(Archive(range(20)), warm_up=4)
        await listener.candles.begin(BTC, 20 * MINUTE + 7)
        await listener.candles.begin(BTC, 20 * MINUTE + 9)
        return listener.told

    assert story(run_virtual(scene())) == [-16, -17, -18, -19]


def test_a_gap_is_fetched_once_even_if_stream_and_watch_find_it_together():
    async def scene() -> list[Event]:
        listener = Listener(Archive(range(9)))
        await listener.candles.take(CandleClosed(time_ms=0, candle=candle(1)))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(listener.candles.take(CandleClosed(time_ms=0, candle=candle(6))))
            tasks.create_task(listener.candles.catch_up(BTC))
        return listener.told

    assert story(run_virtual(scene())) == [1, -2, -3, -4, -5, 6, -7, 8]


def wrong(minute: int, source: Source) -> Candle:
    return msgspec.structs.replace(candle(minute, source), volume=D(7))


@pytest.mark.parametrize("source", sorted(UNCERTAIN, key=str))
def test_a_candle_that_no_stream_was_sure_of_is_compared_with_the_venues_own_and_corrected(source: Source):
    async def scene() -> list[Event]:
        listener = Listener(Archive(range(9)))
        for streamed in (candle(1, source), wrong(2, source)):
            await listener.candles.take(CandleClosed(time_ms=0, candle=streamed))
        assert listener.candles.unconfirmed(source) == (BTC,)
        assert await listener.candles.confirm(BTC) == Wrong(candles=1)
        assert listener.candles.unconfirmed(source) == ()
        return listener.told

    (*_, corrected) = run_virtual(scene())
    assert isinstance(corrected, CandleCorrected)
    assert corrected.candle.open_ms == 2 * MINUTE
    assert (corrected.candle.volume, corrected.candle.source) == (D(1), Source.REST)


@pytest.mark.parametrize("source", sorted(UNCERTAIN, key=str))
def test_what_an_earlier_life_was_not_sure_of_and_did_not_compare_is_corrected_by_the_next(source: Source):
    async def scene() -> list[Event]:
        listener = Listener(Archive(range(9)))
        listener.candles.distrust([candle(1, Source.REST), wrong(2, source), candle(3, source)])
        assert await listener.candles.confirm(BTC) == Wrong(candles=1)
        assert listener.candles.unconfirmed(source) == ()
        return listener.told

    (corrected,) = run_virtual(scene())
    assert isinstance(corrected, CandleCorrected)
    assert corrected.candle.open_ms == 2 * MINUTE


def compared(archive: Archive, minutes: Sequence[int], *, questions: int) -> tuple[InstrumentId, ...]:
    """Who is unconfirmed after so many questions about candles of these minutes."""

    async def scene() -> tuple[InstrumentId, ...]:
        candles = Listener(archive).candles
        candles.distrust(candle(minute, Source.UNFLAGGED) for minute in minutes)
        for _ in range(questions):
            await candles.confirm(BTC)
        return candles.unconfirmed(Source.UNFLAGGED)

    return run_virtual(scene())


def test_what_the_history_does_not_have_yet_is_compared_later() -> None:
    assert compared(Archive([1, 2]), [1, 2, 3], questions=1) == (BTC,)
    assert compared(Archive([1, 2, 3]), [1, 2, 3], questions=1) == ()


def test_what_the_history_does_not_have_though_it_has_later_ones_is_not_asked_for_for_ever() -> None:
    assert compared(Archive([1, 3]), [1, 2, 3], questions=1) == ()


def test_a_week_between_two_lives_is_not_fetched_for_what_was_told_before_and_after_it() -> None:
    archive = Archive(range(10_100))
    assert compared(archive, [1, 2, 10_081], questions=1) == (BTC,)
    assert compared(archive, [1, 2, 10_081], questions=2) == ()
    assert max(until - since for since, until in archive.asked) <= UNCONFIRMED_MAX


@given(st.lists(st.integers(0, 30), max_size=20), st.sets(st.integers(0, 30)))
def test_every_interval_is_told_exactly_once_whatever_comes(minutes, has):
    """From the first candle to the last, each minute is either a candle or missing, in order."""
    told = story(run_virtual(play(minutes, Archive(sorted(has)))))
    covered = [m for line in told for m in (line if isinstance(line, range) else [abs(line)])]
    assert covered == (list(range(covered[0], covered[-1] + 1)) if covered else [])
    missing = {m for line in told if isinstance(line, range) for m in line}
    assert not missing & has
