"""Candles for tests of the store, and how Hypothesis makes them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis.strategies as st

from twinstar.builtin.store.paths import month_path
from twinstar.domain import Candle, InstrumentId, Source, Timeframe

BTC = InstrumentId("BTC/USDT:USDT", "binanceusdm")
ETH = InstrumentId("ETH/USDT:USDT", "binanceusdm")
FIRST_MS = 1_700_000_040_000  # in November 2023
MONTH = 30 * 24 * 60  # minutes: from anywhere in November, this is in December


def candle(minute: int, close: str = "100.5", **fields: Any) -> Candle:
    price = Decimal(close)
    values = {"open": price, "high": price, "low": price, "close": price, "volume": Decimal("0.125")}
    return Candle(
        **{
            "instrument": BTC,
            "timeframe": Timeframe.M1,
            "open_ms": FIRST_MS + 60_000 * minute,
            **values,
            **fields,
        }
    )


def month_file(directory: Path, minute: int = 0, instrument: InstrumentId = BTC) -> Path:
    """Where the candle of that minute lies, once it is merged."""
    month_ms = Timeframe.MONTH.floor(FIRST_MS + 60_000 * minute)
    return month_path(directory, (instrument, Timeframe.M1), month_ms)


def batches() -> st.SearchStrategy[list[list[Candle]]]:
    """Of two series and two months, in any order, with repeats and corrections, of any size a price may have."""
    price = st.decimals("0", "99999999999", allow_nan=False).map(lambda d: d.quantize(Decimal("1e-12")))
    one = st.builds(
        candle,
        st.integers(0, 15) | st.integers(MONTH, MONTH + 15),
        instrument=st.sampled_from([BTC, ETH]),
        close=price,
        volume=price,
        source=st.sampled_from(Source),
    )
    return st.lists(st.lists(one, max_size=12), min_size=1, max_size=6)
