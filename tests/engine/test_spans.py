"""Spans of time behave like the sets of intervals that they stand for."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from twinstar.domain import Timeframe
from twinstar.engine.spans import Span, common, count, holes, merged, pages, without

DAY = Timeframe.D1.after(0)
M1 = Timeframe.M1
some = st.lists(st.builds(lambda begin, length: Span(begin, begin + length), st.integers(0, 60), st.integers(0, 9)))


def inside(spans: list[Span]) -> set[int]:
    return {time_ms for span in spans for time_ms in range(span.from_ms, span.until_ms)}


def stands_apart(spans: list[Span]) -> bool:
    return spans == merged(spans) and all(span.from_ms < span.until_ms for span in spans)


@given(some)
def test_merged_spans_are_in_order_and_apart(spans: list[Span]) -> None:
    whole = merged(spans)
    assert inside(whole) == inside(spans)
    assert all(before.until_ms < after.from_ms for before, after in pairwise(whole))


@given(some, some)
def test_what_is_cut_out_is_gone_and_the_rest_is_left(spans: list[Span], cuts: list[Span]) -> None:
    left = without(spans, cuts)
    assert inside(left) == inside(spans) - inside(cuts)
    assert stands_apart(left)


@given(some, some)
def test_common_is_what_lies_in_both(spans: list[Span], others: list[Span]) -> None:
    assert inside(common(spans, others)) == inside(spans) & inside(others)


@given(st.sets(st.integers(0, 40)), st.integers(0, 40), st.integers(0, 40))
def test_a_hole_is_a_run_of_intervals_that_no_candle_opens(minutes: set[int], begin: int, length: int) -> None:
    within = Span(begin * 60_000, (begin + length) * 60_000)
    found = holes(sorted(minute * 60_000 for minute in minutes), M1, within)
    absent = [minute for minute in range(begin, begin + length) if minute not in minutes]
    assert [ms for span in found for ms in range(span.from_ms, span.until_ms, 60_000)] == [m * 60_000 for m in absent]
    assert stands_apart(found)


@given(st.sampled_from(list(Timeframe)), st.integers(0, 50), st.integers(1, 7))
def test_pages_go_from_the_newest_to_the_oldest_without_seam(timeframe: Timeframe, candles: int, size: int) -> None:
    begin_ms = timeframe.floor(1_700_000_000_000)
    span = Span(begin_ms, timeframe.back(begin_ms, -candles))
    found = [*pages(span, timeframe, size)]
    assert merged(found) == ([span] if candles else [])
    assert found == sorted(found, reverse=True)
    assert [count(page, timeframe) for page in found[:-1]] == [size] * (len(found) - 1)
    assert sum(count(page, timeframe) for page in found) == count(span, timeframe) == candles


def test_a_month_is_as_long_as_the_calendar_says() -> None:
    february = Span(Timeframe.MONTH.floor(1_709_000_000_000), Timeframe.MONTH.after(1_709_000_000_000))
    assert count(february, Timeframe.D1) == 29
    assert count(february, Timeframe.MONTH) == 1
