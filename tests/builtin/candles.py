"""Candles for tests of the store, and how Hypothesis makes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import hypothesis.strategies as st

from twinstar.domain import Candle, InstrumentId, Source, Timeframe

BTC = InstrumentId("BTC/USDT:USDT", "binanceusdm")
ETH = InstrumentId("ETH/USDT:USDT", "binanceusdm")
FIRST_MS = 1_700_000_040_000


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


def batches() -> st.SearchStrategy[list[list[Candle]]]:
    """Of two series, in any order, with repeats and corrections, of any size a price may have."""
    price = st.decimals("0", "99999999999", allow_nan=False).map(lambda d: d.quantize(Decimal("1e-12")))
    one = st.builds(
        candle,
        st.integers(0, 30),
        instrument=st.sampled_from([BTC, ETH]),
        close=price,
        volume=price,
        source=st.sampled_from(Source),
    )
    return st.lists(st.lists(one, max_size=12), min_size=1, max_size=6)
