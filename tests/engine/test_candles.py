"""When a candle is over, and what is in it."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstar.domain import Candle, InstrumentId, Side, Source, Timeframe, TradeSeen
from twinstar.engine.candles import CandleBuilder, CandleFollower, CandleRow, candle_of

OF = InstrumentId("BTC/KRW", "upbit")
MINUTE = 60_000
T0 = 1_700_000_040_000  # the begin of a minute


def row(minute: int, close: int = 100) -> CandleRow:
    price = Decimal(close)
    return CandleRow(open_ms=T0 + minute * MINUTE, open=price, high=price, low=price, close=price, volume=Decimal(1))


def trade(at_ms: int, price: int = 100, quantity: str = "1") -> TradeSeen:
    return TradeSeen(time_ms=T0 + at_ms, instrument=OF, price=Decimal(price), quantity=Decimal(quantity), side=Side.BUY)


def minutes(candles: list[Candle | None]) -> list[int]:
    return [(candle.open_ms - T0) // MINUTE for candle in candles if candle]


def follow(*seen: tuple[int, bool | None]) -> list[int]:
    follower = CandleFollower(OF, Timeframe.M1)
    return minutes([follower.see(row(minute), closed=closed) for minute, closed in seen])


def test_the_candle_we_came_in_the_middle_of_is_left_to_the_history() -> None:
    assert follow((0, False), (0, True), (1, False), (1, True)) == [1]


def test_a_venue_that_flags_the_end_is_believed_once() -> None:
    assert follow((0, False), (1, False), (1, True), (1, True), (2, True)) == [1, 2]


def test_without_a_flag_only_a_successor_ends_a_candle() -> None:
    assert follow((0, None), (1, None), (1, None), (2, None), (3, None)) == [1, 2]


def test_a_candle_that_was_flagged_is_not_told_again_by_its_successor() -> None:
    assert follow((0, None), (1, None), (1, True), (2, None), (3, None)) == [1, 2]


def test_a_candle_whose_end_was_missed_is_left_to_the_history() -> None:
    assert follow((0, False), (1, False), (2, False), (2, True)) == [2]


def test_a_candle_of_which_a_frame_could_not_be_read_is_left_to_the_history_and_the_next_is_told() -> None:
    follower = CandleFollower(OF, Timeframe.M1)
    told = [follower.see(row(minute), closed=None) for minute in (0, 1)]
    follower.missed()  # it may have been the last of minute 1
    told += [follower.see(row(minute), closed=None) for minute in (2, 3)]
    assert minutes(told) == [2]


def follow_with_a_miss(*seen: tuple[CandleRow, bool | None] | None) -> list[int]:
    """None is a frame that could not be read."""
    follower, told = CandleFollower(OF, Timeframe.M1), []
    for each in seen:
        if each is None:
            follower.missed()
        else:
            told.append(follower.see(each[0], closed=each[1]))
    return minutes(told)


@pytest.mark.parametrize("volume", ["0.5", "1", "2"])
def test_what_is_heard_after_a_frame_that_could_not_be_read_may_be_late_and_makes_up_for_nothing(volume: str) -> None:
    heard = msgspec.structs.replace(row(1), volume=Decimal(volume))
    after = (heard, None), (row(2), None), (row(3), None)
    assert follow_with_a_miss((row(0), None), (row(1), None), None, *after) == [2]


def test_a_flag_is_believed_whatever_was_missed_before_it() -> None:
    assert follow_with_a_miss((row(0), False), (row(1), False), None, (row(1), True)) == [1]


def test_what_comes_late_changes_nothing() -> None:
    assert follow((0, None), (1, None), (2, None), (1, None), (0, None), (3, None)) == [1, 2]


def test_a_candle_has_its_last_values() -> None:
    follower = CandleFollower(OF, Timeframe.M1)
    for price in (100, 101, 102):
        follower.see(row(0 if price == 100 else 1, price), closed=None)
    closed = follower.see(row(2), closed=None)
    assert closed is not None
    assert closed.close == 102


@pytest.mark.parametrize(("flags", "source"), [((False, True), Source.STREAM), ((None, None), Source.UNFLAGGED)])
def test_a_candle_says_whether_the_venue_told_its_end(flags: tuple[bool | None, bool | None], source: Source) -> None:
    follower, (before, last) = CandleFollower(OF, Timeframe.M1), flags
    told = [follower.see(row(minute), closed=last if minute else before) for minute in (0, 1, 2)]
    assert {candle.source for candle in told if candle} == {source}


def test_trades_make_the_candle_that_they_fell_in() -> None:
    builder = CandleBuilder(OF, Timeframe.M1)
    seen = [(0, 90), (MINUTE, 100), (MINUTE + 1, 105), (MINUTE + 2, 95), (2 * MINUTE - 1, 99)]
    assert [builder.see(trade(at, price, "0.25")) for at, price in seen] == [None] * 5
    closed = builder.see(trade(3 * MINUTE))
    assert closed == Candle(
        instrument=OF,
        timeframe=Timeframe.M1,
        open_ms=T0 + MINUTE,
        open=Decimal(100),
        high=Decimal(105),
        low=Decimal(95),
        close=Decimal(99),
        volume=Decimal(1),
        source=Source.TRADES,
    )


def test_a_trade_of_a_candle_that_is_over_is_not_counted() -> None:
    builder = CandleBuilder(OF, Timeframe.M1)
    for at in (0, MINUTE, 2 * MINUTE, MINUTE + 1):
        builder.see(trade(at))
    closed = builder.see(trade(3 * MINUTE))
    assert closed is not None
    assert (closed.open_ms, closed.volume) == (T0 + 2 * MINUTE, Decimal(1))


@given(st.lists(st.integers(0, 20 * MINUTE), max_size=60).map(sorted))
def test_all_that_is_built_is_in_order_each_once_and_whole(times: list[int]) -> None:
    builder = CandleBuilder(OF, Timeframe.M1)
    built = [candle for at in times if (candle := builder.see(trade(at)))]
    expected = sorted({at // MINUTE for at in times})[1:-1]
    assert minutes([*built]) == expected
    for candle in built:
        inside = [at for at in times if at // MINUTE == (candle.open_ms - T0) // MINUTE]
        assert candle.volume == len(inside)


@given(st.lists(st.integers(0, 10 * MINUTE), min_size=1, max_size=40).map(sorted), st.data())
def test_whichever_trades_are_missed_what_is_built_is_whole(times: list[int], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(times) - 1))
    last = data.draw(st.integers(first, len(times) - 1))
    builder, built = CandleBuilder(OF, Timeframe.M1), []
    for number, at in enumerate(times):
        if first <= number <= last:
            builder.missed()
        elif candle := builder.see(trade(at)):
            built.append(candle)
    for candle in built:
        inside = [at for at in times if at // MINUTE == (candle.open_ms - T0) // MINUTE]
        assert candle.volume == len(inside)
    missed, all_minutes = {at // MINUTE for at in times[first : last + 1]}, sorted({at // MINUTE for at in times})
    assert not missed & {*minutes([*built])}
    after = [minute for minute in all_minutes if minute > max(missed)]
    assert {*after[1:-1]} <= {*minutes([*built])}  # the history has no more to do than it must


def test_a_late_trade_after_a_miss_does_not_pass_for_the_next_one() -> None:
    builder = CandleBuilder(OF, Timeframe.M1)
    for at in (0, MINUTE, 2 * MINUTE):
        builder.see(trade(at))
    builder.missed()  # it may have been the first of minute 3
    built = [builder.see(trade(at)) for at in (MINUTE + 1, 3 * MINUTE + 1, 4 * MINUTE, 5 * MINUTE)]
    assert minutes(built) == [4]


@pytest.mark.parametrize(
    "change",
    [{"high": "99"}, {"low": "101"}, {"low": "0"}, {"volume": "-1"}, {"open_ms": T0 + 1}, {"close": "-100"}],
)
def test_a_row_that_contradicts_itself_is_no_candle(change: dict[str, object]) -> None:
    values = {"open_ms": T0, **dict.fromkeys(("open", "high", "low", "close", "volume"), "100"), **change}
    wrong = CandleRow(**{name: Decimal(value) if isinstance(value, str) else value for name, value in values.items()})
    with pytest.raises(ValueError, match=str(values["open_ms"])):
        candle_of(wrong, OF, Timeframe.M1, Source.REST)
