"""Minutes that move as a perpetual's do, in tenths of a dollar and thousandths of a coin, in every shape wanted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from twinstar.builtin.store.columns import NAMES, PRICES
from twinstar.builtin.store.digits import Digits
from twinstar.domain import Candle, InstrumentId, Timeframe

START_MS = 1_577_836_800_000  # 2020-01-01
MINUTE_MS = 60_000
FORM = (*(Digits(6, 1),) * 4, Digits(6, 3))


class Walk:
    """``steps``: of each of the prices and of the volume, as integers; ``FORM`` says where their point is."""

    def __init__(self, count: int, seed: int = 1) -> None:
        random = np.random.default_rng(seed)
        close = np.abs(423_000 + np.rint(random.normal(0, 15, count)).astype(np.int64).cumsum()) + 1_000
        opened = np.concatenate([[423_000], close[:-1]])
        high = np.maximum(opened, close) + random.integers(0, 100, count)
        low = np.minimum(opened, close) - random.integers(0, 100, count)
        volume = np.rint(random.lognormal(4, 1, count) * 1_000).astype(np.int64)
        self.steps = dict(zip(PRICES, (opened, high, low, close, volume), strict=True))
        self.open_ms = START_MS + MINUTE_MS * np.arange(count, dtype=np.int64)

    def candles(self, begin: int, end: int, instrument: InstrumentId) -> list[Candle]:
        rows = [[int(step) for step in self.steps[name][begin:end]] for name in PRICES]
        decimals = [
            [Decimal(step).scaleb(-digits.behind) for step in steps] for steps, digits in zip(rows, FORM, strict=True)
        ]
        return [
            Candle(
                instrument=instrument,
                timeframe=Timeframe.M1,
                open_ms=int(self.open_ms[row]),
                **dict(zip(PRICES, values, strict=True)),
            )
            for row, values in zip(range(begin, end), zip(*decimals, strict=True), strict=True)
        ]

    def table(self, begin: int, end: int) -> pa.Table:
        """As the store has them, every digit kept."""
        columns = [
            pa.array(self.open_ms[begin:end]),
            *(_decimals(self.steps[name][begin:end], digits) for name, digits in zip(PRICES, FORM, strict=True)),
            pa.array(["stream"] * (end - begin)),
            pa.array(np.zeros(end - begin, bool)),
        ]
        return pa.Table.from_arrays(columns, names=list(NAMES))

    def frame(self, begin: int, end: int) -> pd.DataFrame:
        """As pandas would have them: prices in floats, and like ours with where they came from."""
        prices = {
            name: self.steps[name][begin:end] / 10.0**digits.behind for name, digits in zip(PRICES, FORM, strict=True)
        }
        return pd.DataFrame({"open_ms": self.open_ms[begin:end]} | prices | {"source": "stream"})


def _decimals(steps: Any, digits: Digits) -> pa.Array[Any]:
    halves = np.stack([steps, steps >> 63], axis=1)
    return pa.Array.from_buffers(
        pa.decimal128(digits.precision, digits.behind), len(steps), [None, pa.py_buffer(np.ascontiguousarray(halves))]
    )
