"""Where a history begins, and what is remembered of having asked for it."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinstar.app.history.asked import AskedSpans
from twinstar.app.history.gaps import NONE_THERE, NOT_YET, known_gaps
from twinstar.app.history.listing import WINDOW, first_day
from twinstar.domain import Candle, CandlesMissing, InstrumentId, Timeframe
from twinstar.engine.spans import Span
from twinstar.errors import StateError

OF = InstrumentId("BTC/USDT", "any")
SERIES = (OF, Timeframe.M1)
DAY = Timeframe.D1.after(0)
MINUTE = 60_000


class Days:
    """A history of days, from the one it was listed on, with pauses."""

    def __init__(self, days: Sequence[int]) -> None:
        self._days = sorted(days)
        self.asked = 0

    async def candles(
        self, instrument: InstrumentId, timeframe: Timeframe, from_ms: int, until_ms: int
    ) -> Sequence[Candle]:
        assert timeframe is Timeframe.D1
        self.asked += 1
        inside = self._days[bisect_left(self._days, from_ms // DAY) : bisect_left(self._days, until_ms // DAY)]
        prices = dict.fromkeys(("open", "high", "low", "close", "volume"), Decimal(1))
        return [Candle(instrument=instrument, timeframe=timeframe, open_ms=day * DAY, **prices) for day in inside]


@given(
    since=st.integers(14_600, 18_000),
    listed=st.integers(14_600, 20_400),
    pauses=st.lists(st.tuples(st.integers(14_600, 20_400), st.integers(1, WINDOW - 1)), max_size=1),
)
@settings(max_examples=80, deadline=None)
def test_the_first_day_is_found_with_few_questions_wherever_it_is(
    since: int, listed: int, pauses: list[tuple[int, int]]
) -> None:
    now = 20_500
    off = {day for begin, length in pauses for day in range(begin, begin + length)}
    days = [day for day in range(listed, now) if day not in off]
    history = Days(days)
    found = asyncio.run(first_day(history, OF, since * DAY + 5, now * DAY + 5))
    expected = next((day for day in days if day >= since), None)
    assert found == (None if expected is None else expected * DAY)
    assert history.asked <= 7


def test_what_was_listed_today_has_no_first_day_yet() -> None:
    assert asyncio.run(first_day(Days([]), OF, 14_600 * DAY, 20_500 * DAY)) is None


asks = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 15)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=8
)


@given(venue=st.sets(st.integers(0, 80)), asked=asks, lost=st.sets(st.integers(0, 80), max_size=2))
@settings(max_examples=200, deadline=None)
def test_a_gap_is_known_where_all_that_came_is_still_there(
    tmp_path_factory: pytest.TempPathFactory, venue: set[int], asked: list[tuple[int, int]], lost: set[int]
) -> None:
    """The reference goes minute by minute. Stretches that meet share a doubt, so of those less may be known."""
    ledger, stored = AskedSpans(tmp_path_factory.mktemp("asked")), set[int]()
    for begin, end in asked:
        came = sorted(minute for minute in venue if begin <= minute < end)
        stored |= set(came)
        ledger.note(SERIES, Span(begin * MINUTE, end * MINUTE), [minute * MINUTE for minute in came])
    inquired = {minute for begin, end in asked for minute in range(begin, end)}
    opens_ms = [minute * MINUTE for minute in sorted(stored - lost)]
    known = {
        ms // MINUTE
        for gap in known_gaps(SERIES, opens_ms, (), ledger.of(SERIES))
        for ms in range(gap.from_ms, gap.until_ms, MINUTE)
    }
    if not lost & stored:
        assert known == inquired - stored
    assert known <= inquired - (stored - lost)
    assert not known & stored & lost


def test_what_was_asked_for_is_remembered_over_a_restart(tmp_path: Path) -> None:
    ledger = AskedSpans(tmp_path)
    ledger.note(SERIES, Span(0, 10 * MINUTE), ())
    ledger.note(SERIES, Span(10 * MINUTE, 20 * MINUTE), [12 * MINUTE])
    asyncio.run(ledger.save())
    again = AskedSpans(tmp_path)
    assert again.of(SERIES) == ledger.of(SERIES)
    assert [(one.from_ms, one.until_ms, one.rows) for one in again.of(SERIES)] == [
        (0, 10 * MINUTE, 0),
        (10 * MINUTE, 20 * MINUTE, 1),
    ]
    assert again.of((OF, Timeframe.H1)) == ()


def test_a_file_of_questions_that_is_damaged_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "history.json").write_text("{")
    with pytest.raises(StateError, match=r"history\.json: damaged .*; remove it, then the venues are asked again"):
        AskedSpans(tmp_path)


def test_each_gap_is_told_once_with_the_reason_that_was_told_first() -> None:
    told = [
        CandlesMissing(
            time_ms=1, instrument=OF, timeframe=Timeframe.M1, from_ms=a * MINUTE, until_ms=b * MINUTE, reason=reason
        )
        for a, b, reason in ((0, 3, "an outage"), (2, 6, NONE_THERE), (8, 9, NONE_THERE))
    ]
    gaps = known_gaps(SERIES, [4 * MINUTE, 8 * MINUTE], told, ())
    assert [(gap.from_ms // MINUTE, gap.until_ms // MINUTE, gap.reason) for gap in gaps] == [
        (0, 3, "an outage"),
        (3, 4, NOT_YET),
        (5, 6, NONE_THERE),
    ]
