"""Closed candles out of any input, against a reference that looks at all of it at once."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import TypeVar

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinstar.builtin.ccxt.numbers import time_ms
from twinstar.domain import Candle, InstrumentId, Side, Source, Timeframe, TradeSeen
from twinstar.engine.candles import CandleBuilder, CandleFollower, CandleRow

T = TypeVar("T")

OF = InstrumentId("BTC/USDT", "any")
T0_MS = 1_700_000_000_000  # in the middle of a candle of every timeframe
TIMEFRAMES = pytest.mark.parametrize("timeframe", list(Timeframe), ids=lambda timeframe: timeframe.value)
FEW = settings(max_examples=30, deadline=None)


class Seen(msgspec.Struct, frozen=True):
    """A row as it came, and what the venue said of it."""

    row: CandleRow
    closed: bool | None


@st.composite
def markets(draw: st.DrawFn) -> tuple[Random, list[int]]:
    """Chance, and which of the next intervals are traded in: there may be holes."""
    return draw(st.randoms(use_true_random=False)), sorted(draw(st.sets(st.integers(0, 12), min_size=1)))


def nth(timeframe: Timeframe, place: int) -> int:
    return timeframe.back(timeframe.floor(T0_MS), -place)


def forming(random: Random, open_ms: int) -> list[CandleRow]:
    """One candle as its venue states it, again and again: the last one is what it came to."""
    first, volume = Decimal(random.randint(100, 200)), Decimal(0)
    low = high = first
    rows = []
    for _ in range(random.randint(1, 4)):
        last = Decimal(random.randint(90, 210))
        low, high, volume = min(low, last), max(high, last), volume + random.randint(1, 9)
        rows.append(CandleRow(open_ms=open_ms, open=first, high=high, low=low, close=last, volume=volume))
    return rows


def followed(seen: list[Seen], timeframe: Timeframe) -> list[Candle]:
    follower = CandleFollower(OF, timeframe)
    return [candle for one in seen if (candle := follower.see(one.row, closed=one.closed))]


def values(row: CandleRow | Candle) -> tuple[object, ...]:
    return row.open_ms, row.open, row.high, row.low, row.close, row.volume


def disturbed(random: Random, seen: list[Seen], *, by: int) -> list[Seen]:
    """Some twice, and each up to ``by`` places late."""
    doubled = [one for one in seen for _ in range(random.choice((1, 1, 2)))]
    return late(random, doubled, by)


def late(random: Random, ones: list[T], by: int) -> list[T]:
    """Each up to ``by`` places late: overtaken by others, and with a large ``by`` in any order at all."""
    arrivals = sorted((place + random.uniform(0, by), place) for place in range(len(ones)))
    return [ones[place] for _, place in arrivals]


@TIMEFRAMES
@FEW
@given(market=markets())
def test_in_order_each_candle_that_has_a_successor_is_told_once_with_its_last_values(
    timeframe: Timeframe, market: tuple[Random, list[int]]
) -> None:
    random, places = market
    rows = {nth(timeframe, place): forming(random, nth(timeframe, place)) for place in places}
    told = followed([Seen(row, None) for each in rows.values() for row in each], timeframe)
    assert [values(candle) for candle in told] == [values(each[-1]) for each in list(rows.values())[1:-1]]


@TIMEFRAMES
@FEW
@given(market=markets())
def test_whatever_comes_late_twice_or_overtaken_no_candle_is_told_twice_or_out_of_order(
    timeframe: Timeframe, market: tuple[Random, list[int]]
) -> None:
    """Without flags: the reference looks at all input that came before the first row of any later candle."""
    random, places = market
    in_order = [Seen(row, None) for place in places for row in forming(random, nth(timeframe, place))]
    seen = disturbed(random, in_order, by=random.choice((0, 3, 100)))
    assert [values(candle) for candle in followed(seen, timeframe)] == proved(seen)


def proved(seen: list[Seen]) -> list[tuple[object, ...]]:
    """Of each candle newer than the first one seen: the most of it that came before its successor did."""
    opens, expected = [one.row.open_ms for one in seen], []
    for open_ms in sorted({open_ms for open_ms in opens if open_ms > opens[0]}):
        end = next((place for place, other in enumerate(opens) if other > open_ms), None)
        before = [one.row for one in seen[:end] if one.row.open_ms == open_ms]
        if end is not None and before:
            expected.append(values(max(before, key=lambda row: row.volume)))
    return expected


@TIMEFRAMES
@FEW
@given(market=markets())
def test_a_flag_ends_a_candle_also_when_its_successor_has_overtaken_it(
    timeframe: Timeframe, market: tuple[Random, list[int]]
) -> None:
    """The reference: each flagged candle that is newer than all that was told before."""
    random, places = market
    in_order = []
    for place in places:
        rows = forming(random, nth(timeframe, place))
        in_order += [*(Seen(row, False) for row in rows), Seen(rows[-1], True)]
    seen = disturbed(random, in_order, by=random.choice((0, 3, 100)))
    expected, newest_ms = [], seen[0].row.open_ms
    for one in seen:
        if one.closed and one.row.open_ms > newest_ms:
            expected.append(values(one.row))
            newest_ms = one.row.open_ms
    told = followed(seen, timeframe)
    assert [values(candle) for candle in told] == expected
    assert {candle.source for candle in told} <= {Source.STREAM}


@TIMEFRAMES
@FEW
@given(market=markets(), by=st.sampled_from([0, 2, 100]))
def test_trades_in_any_order_make_the_candles_that_a_look_at_all_of_them_makes(
    timeframe: Timeframe, market: tuple[Random, list[int]], by: int
) -> None:
    random, places = market
    times = sorted(moment(random, timeframe, place) for place in places for _ in range(random.randint(1, 4)))
    trades = late(random, [trade(random, at_ms) for at_ms in times], by)
    builder = CandleBuilder(OF, timeframe)
    told = [candle for one in trades if (candle := builder.see(one))]
    assert [values(candle) for candle in told] == built(trades, timeframe)
    assert {candle.source for candle in told} <= {Source.TRADES}


def moment(random: Random, timeframe: Timeframe, place: int) -> int:
    """As venues tell it: in whole milliseconds or with fractions, also a hair before the next candle."""
    begin_ms, end_ms = nth(timeframe, place), nth(timeframe, place + 1)
    return time_ms(random.choice((begin_ms, random.randrange(begin_ms, end_ms), end_ms - 0.01)))


def trade(random: Random, at_ms: int) -> TradeSeen:
    price, quantity = Decimal(random.randint(90, 210)), Decimal(random.randint(1, 9))
    return TradeSeen(time_ms=at_ms, instrument=OF, price=price, quantity=quantity, side=Side.BUY)


def built(trades: list[TradeSeen], timeframe: Timeframe) -> list[tuple[object, ...]]:
    """Of each interval after the first one seen: what came of it before anything later did, in the order of time."""
    opens, expected = [timeframe.floor(one.time_ms) for one in trades], []
    for open_ms in sorted({open_ms for open_ms in opens if open_ms > opens[0]}):
        end = next((place for place, other in enumerate(opens) if other > open_ms), None)
        inside = [one for one, other in zip(trades[:end], opens[:end], strict=True) if other == open_ms]
        if end is not None and inside:
            ordered = sorted(inside, key=lambda one: one.time_ms)
            prices = [one.price for one in ordered]
            volume = sum((one.quantity for one in inside), Decimal(0))
            expected.append((open_ms, prices[0], max(prices), min(prices), prices[-1], volume))
    return expected
