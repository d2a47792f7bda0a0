"""What the stream left out is fetched, in order, before the next live candle; what does not exist stays a gap."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstar.domain import Candle, CandleClosed, CandlesMissing, Event, InstrumentId, Source, StreamOpened, Timeframe
from twinstar.errors import VenueUnavailable
from twinstar.ports import Stream
from twinstar.runtime.candles import complete
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


async def play(minutes: Sequence[int], archive: Archive | None, *, warm_up: int = 0) -> list[Event]:
    """What the core is told when the stream brings these minutes."""
    told: list[Event] = []
    last: list[int] = []

    async def stream() -> Stream:
        yield StreamOpened(time_ms=0, venue="perp", stream="candles")
        for minute in minutes:
            yield CandleClosed(time_ms=0, candle=candle(minute))

    async for event in complete(stream(), archive, lambda _: last[-1] if last else None, warm_up=warm_up):
        told.append(event)
        if isinstance(event, CandleClosed):
            last.append(event.candle.open_ms)
    return told


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


def test_when_the_history_cannot_be_had_the_stream_ends_rather_than_show_a_hole():
    with pytest.raises(VenueUnavailable):
        run_virtual(play([1, 5], Archive((), down=True)))


def test_a_long_gap_is_asked_for_in_pages():
    archive = Archive(range(3_000))
    told = run_virtual(play([0, 2_500], archive))
    assert len(story(told)) == 2_501
    assert archive.asked == [(1, 1_001), (1_001, 2_001), (2_001, 2_500)]


@given(st.lists(st.integers(0, 30), max_size=20), st.sets(st.integers(0, 30)))
def test_every_interval_is_told_exactly_once_whatever_comes(minutes, has):
    """From the first candle to the last, each minute is either a candle or missing, in order."""
    told = story(run_virtual(play(minutes, Archive(sorted(has)))))
    covered = [m for line in told for m in (line if isinstance(line, range) else [abs(line)])]
    assert covered == (list(range(covered[0], covered[-1] + 1)) if covered else [])
    missing = {m for line in told if isinstance(line, range) for m in line}
    assert not missing & has
