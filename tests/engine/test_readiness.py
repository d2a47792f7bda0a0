"""No decision while cold, nor over a hole; an interval that the venue itself has nothing for is no hole."""

from __future__ import annotations

from engine.desk import PERP
from msgspec.structs import replace
from runtime.test_candles import MINUTE, candle

from twinstar.domain import CandleClosed, CandlesMissing, Timeframe
from twinstar.engine import State, waits_for


def state_with(minutes: list[int], *, empty: list[tuple[int, int]] = []) -> State:  # noqa: B006 - read only
    state = State()
    for minute in minutes:
        state.apply(CandleClosed(time_ms=0, candle=replace(candle(minute), instrument=PERP)))
    for begin, end in empty:
        state.apply(
            CandlesMissing(
                time_ms=0,
                instrument=PERP,
                timeframe=Timeframe.M1,
                from_ms=begin * MINUTE,
                until_ms=end * MINUTE,
                reason="the venue has none",
            )
        )
    return state


def test_a_strategy_waits_until_it_is_warm():
    assert waits_for(state_with([1, 2]), PERP, 3) == "warming up: 2 of 3 candles"
    assert waits_for(state_with([1, 2, 3]), PERP, 3) is None


def test_a_strategy_does_not_decide_over_a_hole():
    assert waits_for(state_with([1, 2, 5, 6]), PERP, 4) == "a gap of 2 candles among the last 4"
    assert waits_for(state_with([1, 2, 5, 6]), PERP, 2) is None


def test_what_the_venue_itself_does_not_have_is_no_hole():
    assert waits_for(state_with([1, 2, 5, 6], empty=[(3, 5)]), PERP, 4) is None
    assert waits_for(state_with([1, 2, 5, 6], empty=[(3, 4), (4, 5)]), PERP, 4) is None
    assert waits_for(state_with([1, 2, 5, 6], empty=[(3, 4)]), PERP, 4) is not None
