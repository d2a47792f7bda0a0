"""Whatever numbers a venue has, the candles that come out of the columns are the ones that went in."""

from __future__ import annotations

from collections import deque
from decimal import Decimal as D

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from twinstar.domain import Candle, InstrumentId, Source, Timeframe
from twinstar.engine.ring import SPARE, Ring

BTC = InstrumentId("BTC/USDT", "v")
MINUTE = 60_000


def candle(minute: int, *values: D, source: Source = Source.STREAM) -> Candle:
    first, high, low, close, volume = values or (D("1.5"), D(2), D("1.25"), D("1.75"), D("0.001"))
    return Candle(
        instrument=BTC,
        timeframe=Timeframe.M1,
        open_ms=minute * MINUTE,
        open=first,
        high=high,
        low=low,
        close=close,
        volume=volume,
        source=source,
    )


def ring(*candles: Candle, capacity: int = 10) -> Ring:
    made = Ring(BTC, Timeframe.M1, capacity)
    for each in candles:
        made.append(each)
    return made


NUMBERS = st.one_of(
    st.decimals(min_value=0, max_value=10**6, places=2),
    st.decimals(min_value=0, max_value=1, places=8),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=0),
    st.sampled_from([D(0), D("0E-8"), D("1E+3"), D(2**63 - 1), D(2**63), D("9" * 40), D("1E-40")]),
)
CANDLES = st.tuples(st.tuples(*[NUMBERS] * 5), st.sampled_from(Source), st.booleans())


@given(st.lists(CANDLES, max_size=40), st.integers(1, 12))
def test_a_ring_is_a_deque_of_candles(steps, capacity):
    """Appended, or put in the place of one that is there."""
    ours, theirs = Ring(BTC, Timeframe.M1, capacity), deque[Candle](maxlen=capacity)
    for minute, (values, source, corrects) in enumerate(steps):
        if corrects and theirs:
            place = minute % len(theirs)
            corrected = msgspec.structs.replace(candle(0, *values, source=source), open_ms=theirs[place].open_ms)
            theirs[place] = corrected
            assert ours.replace(corrected)
        else:
            theirs.append(candle(minute, *values, source=source))
            ours.append(theirs[-1])
        assert ours.last(capacity) == tuple(theirs)
        assert ours.last_open_ms == (theirs[-1].open_ms if theirs else None)


def test_digits_are_kept_as_the_venue_writes_them():
    written = candle(1, D("60000.10"), D("60100.00"), D("59000.50"), D("60000.00"), D("12.300"))
    (kept,) = ring(written).last(1)
    assert [str(kept.open), str(kept.high), str(kept.volume)] == ["60000.10", "60100.00", "12.300"]


def test_one_number_that_does_not_fit_changes_none_of_the_others():
    huge = candle(2, D(1), D(1), D(1), D(1), D("123456789012345678901234567890.123"))
    kept = ring(candle(1), huge, candle(3)).last(3)
    assert kept == (candle(1), huge, candle(3))


def test_the_oldest_are_let_go():
    kept = ring(*(candle(minute) for minute in range(10 + 3 * SPARE)))
    assert len(kept) == 10
    assert [each.open_ms // MINUTE for each in kept.last(99)] == list(range(3 * SPARE, 10 + 3 * SPARE))
    assert len(kept._opens) < 10 + SPARE


def test_there_are_no_more_than_there_are():
    assert ring().last(3) == ()
    assert ring().last_open_ms is None
    assert ring(candle(1), candle(2)).last(0) == ()
    assert not ring(candle(1)).replace(candle(9))
