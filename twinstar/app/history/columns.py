"""A series as columns: as it is stored, or made of a shorter one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from twinstar.app.history.asked import Series
from twinstar.app.history.stock import Stock
from twinstar.domain import Candle, Timeframe
from twinstar.engine.candles import adds_up, resample
from twinstar.engine.spans import Span, pages
from twinstar.errors import TwinStarError

if TYPE_CHECKING:
    import pyarrow as pa

PRICES = ("open", "high", "low", "close", "volume")

_AT_A_TIME_MS = 30 * Timeframe.D1.after(0)  # of a long series of short candles, what fits into memory many times


def columns(stock: Stock, series: Series, from_ms: int | None = None, until_ms: int | None = None) -> Any:
    """The candles that open in ``[from_ms, until_ms)``: open_ms, open, high, low, close, volume, source; exact.

    Of a timeframe that is not stored, they are made of the longest stored one that adds up to it. Raise
    `TwinStarError` when there is none.
    """
    stored = stock.summary()
    if series in stored:
        return stock.table(series, from_ms, until_ms)
    instrument, timeframe = series
    bases = [base for other, base in stored if other == instrument and adds_up(base, timeframe)]
    if not bases:
        raise TwinStarError(_nothing_of(series, list(stored), stock))
    base = instrument, max(bases, key=lambda base: base.after(0))
    extent = stored[base]
    begin_ms, end_ms = timeframe.floor(extent.first_open_ms), timeframe.after(timeframe.floor(extent.last_open_ms))
    wanted = Span(
        max(begin_ms, begin_ms if from_ms is None else _first_open(timeframe, from_ms)),
        min(end_ms, end_ms if until_ms is None else _first_open(timeframe, until_ms)),
    )
    return _table([candle for part in _resampled(stock, base, timeframe, wanted) for candle in part])


def _resampled(stock: Stock, base: Series, timeframe: Timeframe, wanted: Span) -> Iterator[Sequence[Candle]]:
    missing = stock.gaps(base, stock.opens_ms(base))
    size = max(_AT_A_TIME_MS // timeframe.after(0), 1)
    for part in reversed([*pages(wanted, timeframe, size)]):
        yield resample(stock.candles(base, part.from_ms, part.until_ms), timeframe, missing)


def _first_open(timeframe: Timeframe, since_ms: int) -> int:
    open_ms = timeframe.floor(since_ms)
    return open_ms if open_ms == since_ms else timeframe.after(open_ms)


def _table(candles: Sequence[Candle]) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 - 40 MB that a running service seldom needs

    return pa.table(
        {
            "open_ms": pa.array([candle.open_ms for candle in candles], pa.int64()),
            **{name: _exact([getattr(candle, name) for candle in candles]) for name in PRICES},
            "source": pa.array([candle.source.value for candle in candles], pa.string()),
        }
    )


def _exact(values: Sequence[Any]) -> Any:
    """Just as wide as these values need."""
    import pyarrow as pa  # noqa: PLC0415 - see above

    return pa.array(values) if values else pa.array([], pa.decimal128(1, 0))


def _nothing_of(series: Series, stored: Sequence[Series], stock: Stock) -> str:
    instrument, timeframe = series
    of_it = ", ".join(other.value for one, other in stored if one == instrument)
    others = ", ".join(sorted({str(one) for one, _ in stored}))
    there = f"of it there is {of_it}" if of_it else f"there is {others}" if others else "nothing else is there either"
    return (
        f"no candles of {instrument} {timeframe.value} in {stock.settings.state_dir} ({there});"
        " `twinstar candles backfill` fetches them"
    )
