"""Candles to columns and back, exactly: open_ms, open, high, low, close, volume, source and corrected.

Made from buffers, for `pa.array` imports pandas: a second in which the event loop gets next to nothing, and 60 MB.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Any

import pyarrow as pa

from twinstar.builtin.store.digits import EXACT, NARROWEST, Digits, gauge_of
from twinstar.builtin.store.words import Series, Word, prices
from twinstar.domain import Candle, Source

PRICES = ("open", "high", "low", "close", "volume")
NAMES = ("open_ms", *PRICES, "source", "corrected")


def to_table(words: Iterable[Word]) -> pa.Table:
    """In order. Each interval may be there once."""
    rows, gauge = sorted(words, key=lambda row: row.open_ms), gauge_of(NARROWEST)
    for row in rows:
        gauge = gauge.widened(prices(row))
    columns = [
        times([row.open_ms for row in rows]),
        *(_decimals(values, digits) for values, digits in zip(_across(rows), gauge.form, strict=True)),
        _strings([row.source.value for row in rows]),
        _column(pa.uint8(), len(rows), bytes(row.corrected for row in rows)).cast(pa.bool_()),
    ]
    return pa.Table.from_arrays(columns, names=list(NAMES))


def to_words(table: pa.Table, series: Series) -> list[Word]:
    (instrument, timeframe), columns = series, [table[name].to_pylist() for name in NAMES]
    return [
        Word(
            instrument.symbol,
            instrument.venue,
            timeframe,
            open_ms,
            open_,
            high,
            low,
            close,
            volume,
            Source(source),
            corrected,
        )
        for open_ms, open_, high, low, close, volume, source, corrected in zip(*columns, strict=True)
    ]


def to_candles(table: pa.Table, series: Series) -> list[Candle]:
    (instrument, timeframe), columns = series, [table[name].to_pylist() for name in NAMES[:-1]]
    return [
        Candle(
            instrument=instrument,
            timeframe=timeframe,
            open_ms=open_ms,
            open=open_,
            high=high,
            low=low,
            close=close,
            volume=volume,
            source=Source(source),
        )
        for open_ms, open_, high, low, close, volume, source in zip(*columns, strict=True)
    ]


def times(open_ms: Sequence[int]) -> pa.Array[Any]:
    return _column(pa.int64(), len(open_ms), array("q", open_ms).tobytes())


def _across(rows: Sequence[Word]) -> list[list[Decimal]]:
    return [[getattr(row, name) for row in rows] for name in PRICES]


def _decimals(values: Sequence[Decimal], digits: Digits) -> pa.Array[Any]:
    steps = [int(value.scaleb(digits.behind, EXACT)) for value in values]
    raw = b"".join(step.to_bytes(16, "little", signed=True) for step in steps)
    return _column(pa.decimal128(digits.precision, digits.behind), len(steps), raw)


def _strings(words: Sequence[str]) -> pa.Array[Any]:
    raw = [word.encode() for word in words]
    offsets = array("i", [0, *accumulate(map(len, raw))]).tobytes()
    return _column(pa.string(), len(raw), offsets, b"".join(raw))


def _column(of: pa.DataType, length: int, *buffers: bytes) -> pa.Array[Any]:
    return pa.Array.from_buffers(of, length, [None, *map(pa.py_buffer, buffers)])
