"""Candles as columns: exact decimals, just as wide as the series needs them.

A decimal of up to 18 digits is an integer on disk, and integers that change little pack to a few bits: 9 bytes a candle
of a real series, where floats took 18 to 27 and were not exact.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from itertools import accumulate
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from twinstar.domain import Candle, InstrumentId, Source, Timeframe

PRICES = ("open", "high", "low", "close", "volume")

_DIGITS = 38  # before and behind the point together: all that Arrow, and most tools, can read
_EXACT = Context(prec=MAX_PREC, Emin=MIN_EMIN, Emax=MAX_EMAX)


def to_table(candles: Iterable[Candle]) -> pa.Table:
    """In order; of two candles of one interval the later one. Raise `ValueError` for a value that no column can hold.

    Made from buffers, for `pa.array` imports pandas: a second in which the event loop gets next to nothing, and 60 MB.
    """
    newest = {candle.open_ms: candle for candle in candles}
    rows = [newest[open_ms] for open_ms in sorted(newest)]
    open_ms = _column(pa.int64(), len(rows), array("q", [row.open_ms for row in rows]).tobytes())
    prices = [_decimals([getattr(row, name) for row in rows]) for name in PRICES]
    source = _strings([row.source.value for row in rows])
    return pa.Table.from_arrays([open_ms, *prices, source], names=["open_ms", *PRICES, "source"])


def merge(stored: pa.Table, news: pa.Table) -> pa.Table:
    """In order, each interval once, the news where both have it."""
    untouched = pc.sum(pc.less(stored["open_ms"], news["open_ms"][0]).cast(pa.int64())).as_py()
    rest = stored.slice(untouched)  # most often nothing, and sorting is what takes time
    kept = rest.filter(pc.invert(pc.is_in(rest["open_ms"], news["open_ms"])))
    return _joined(stored.slice(0, untouched), _joined(kept, news).sort_by("open_ms"))


def to_candles(table: pa.Table, instrument: InstrumentId, timeframe: Timeframe) -> list[Candle]:
    columns = [table[name].to_pylist() for name in ("open_ms", *PRICES, "source")]
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


def _joined(first: pa.Table, second: pa.Table) -> pa.Table:
    """Columns of decimals become as wide as both need."""
    joined = pa.concat_tables([first, second], promote_options="permissive")
    for name in PRICES:
        _refuse_too_wide(joined.schema.field(name).type.precision)
    return joined


def _decimals(values: Sequence[Decimal]) -> pa.Array[Any]:
    shortest = [_shortest(value) for value in values]
    scale = max(map(_decimal_places, shortest))
    steps = [int(value.scaleb(scale, _EXACT)) for value in shortest]
    precision = max(len(str(max(map(abs, steps)))), scale)
    _refuse_too_wide(precision)
    raw = b"".join(step.to_bytes(16, "little", signed=True) for step in steps)
    return _column(pa.decimal128(precision, scale), len(steps), raw)


def _shortest(value: Decimal) -> Decimal:
    """Without the zeros at its end, which would only widen the column."""
    if not value.is_finite():
        raise ValueError(f"{value} is no price and no volume")
    short = value.normalize(_EXACT)
    _refuse_too_wide(max(short.adjusted() + 1, _decimal_places(short)))
    return short


def _decimal_places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _strings(words: Sequence[str]) -> pa.Array[Any]:
    raw = [word.encode() for word in words]
    offsets = array("i", [0, *accumulate(map(len, raw))]).tobytes()
    return _column(pa.string(), len(raw), offsets, b"".join(raw))


def _column(of: pa.DataType, length: int, *buffers: bytes) -> pa.Array[Any]:
    return pa.Array.from_buffers(of, length, [None, *map(pa.py_buffer, buffers)])


def _refuse_too_wide(digits: int) -> None:
    if digits > _DIGITS:
        raise ValueError(f"{digits} digits are needed to keep the series exact, and a column has {_DIGITS}")
