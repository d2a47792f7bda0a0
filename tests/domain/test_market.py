"""Intervals begin where the world says they do, and sizes are what a venue would take."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstar.domain import Instrument, InstrumentId, Timeframe

TIMES = st.integers(0, 4_000_000_000_000)


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000)


@pytest.mark.parametrize(
    ("timeframe", "time", "opens"),
    [
        ("1m", "2024-02-29T12:34:56", "2024-02-29T12:34:00"),
        ("4h", "2024-02-29T12:34:56", "2024-02-29T12:00:00"),
        ("1d", "2024-02-29T23:59:59", "2024-02-29T00:00:00"),
        ("1w", "2024-03-03T23:59:59", "2024-02-26T00:00:00"),  # a Sunday; its week began on Monday
        ("1w", "2024-03-04T00:00:00", "2024-03-04T00:00:00"),
        ("1M", "2024-03-31T23:59:59", "2024-03-01T00:00:00"),
    ],
)
def test_where_a_candle_opens(timeframe, time, opens):
    assert Timeframe(timeframe).floor(ms(time)) == ms(opens)


@given(st.sampled_from(Timeframe), TIMES)
def test_intervals_cover_time_without_overlap(timeframe, time_ms):
    open_ms = timeframe.floor(time_ms)
    assert open_ms <= time_ms < timeframe.after(open_ms)
    assert timeframe.floor(timeframe.after(open_ms)) == timeframe.after(open_ms)


@given(st.sampled_from(Timeframe), TIMES, st.integers(0, 40))
def test_back_undoes_after(timeframe, time_ms, count):
    open_ms = later_ms = timeframe.floor(time_ms)
    for _ in range(count):
        later_ms = timeframe.after(later_ms)
    assert timeframe.back(later_ms, count) == open_ms
    assert timeframe.back(open_ms, -count) == later_ms


def test_an_instrument_is_written_as_symbol_at_venue():
    assert InstrumentId.parse("BTC/USDT:USDT@perp") == InstrumentId("BTC/USDT:USDT", "perp")
    for text in ("BTC/USDT", "@perp", "BTC@"):
        with pytest.raises(ValueError, match="symbol@venue"):
            InstrumentId.parse(text)


def test_sizes_are_rounded_down_and_dust_is_nothing():
    instrument = Instrument(
        id=InstrumentId("BTC/KRW", "upbit"),
        base="BTC",
        quote="KRW",
        price_step=D(1_000),
        quantity_step=D("0.001"),
        min_quantity=D("0.002"),
    )
    assert instrument.round_quantity(D("0.0129999")) == D("0.012")
    assert instrument.round_quantity(D("0.0019")) == 0
    assert instrument.round_price(D(135123499)) == D(135_123_000)
    assert instrument.round_price(D(1)) == D(1_000)
