"""Is what is stored what it should be? Every series is read whole, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import pairwise
from typing import Any

from msgspec import Struct

from twinstar.app.history.asked import Series
from twinstar.app.history.stock import Stock
from twinstar.domain import InstrumentId, Timeframe
from twinstar.engine.spans import Span, holes, merged, pages, without
from twinstar.errors import StateError


class Wrong(Enum):
    DAMAGED = "damaged"  # a file cannot be trusted
    ORDER = "order"
    DUPLICATE = "duplicate"
    ALIGNMENT = "alignment"  # not the open of a candle of this timeframe
    VALUES = "values"  # high below low, a negative volume …
    MISSING = "missing"  # and nobody knows why
    LOST = "lost"  # it was stored once


class Fault(Struct, frozen=True, kw_only=True):
    wrong: Wrong
    from_ms: int | None
    until_ms: int | None
    text: str

    @property
    def spans(self) -> tuple[Span, ...]:
        """What has to be fetched again."""
        if self.from_ms is None or self.until_ms is None:
            return ()
        return (Span(self.from_ms, self.until_ms),)


class Verified(Struct, frozen=True, kw_only=True):
    """A series, and all that is wrong with it."""

    instrument: InstrumentId
    timeframe: Timeframe
    candles: int
    known_gaps: int
    faults: tuple[Fault, ...]

    @property
    def series(self) -> Series:
        return self.instrument, self.timeframe


def verify(stock: Stock, series: Series) -> Verified:
    instrument, timeframe = series
    table, faults = _readable(stock, series)
    damaged = [span for fault in faults for span in fault.spans]
    opens_ms: list[int] = [] if table is None else table["open_ms"].to_pylist()
    faults += [] if table is None else faults_in(table, timeframe)
    ordered = sorted(set(opens_ms))
    gaps = stock.gaps(series, ordered)
    lost = [one.span for one in stock.asked.of(series) if not one.is_whole(ordered)]
    faults += _absent(ordered, timeframe, [*damaged, *(Span(gap.from_ms, gap.until_ms) for gap in gaps)], lost)
    return Verified(
        instrument=instrument,
        timeframe=timeframe,
        candles=len(opens_ms),
        known_gaps=len(gaps),
        faults=tuple(faults),
    )


def _readable(stock: Stock, series: Series) -> tuple[Any, list[Fault]]:
    """The series, or where not all of it can be read, what can be."""
    import pyarrow as pa  # noqa: PLC0415 - 40 MB that a running service seldom needs

    try:
        return stock.table(series), []
    except StateError as e:
        stored = stock.summary().get(series)
        if stored is None:
            return None, [Fault(wrong=Wrong.DAMAGED, from_ms=None, until_ms=None, text=str(e))]
    timeframe, tables, faults = series[1], [], []
    extent = Span(Timeframe.MONTH.floor(stored.first_open_ms), Timeframe.MONTH.after(stored.last_open_ms))
    for month in reversed([*pages(extent, Timeframe.MONTH, 1)]):
        try:
            tables.append(stock.table(series, month.from_ms, month.until_ms))
        except StateError as e:
            span = Span(timeframe.floor(month.from_ms), month.until_ms)
            faults.append(_fault(Wrong.DAMAGED, span, str(e)))
    return (pa.concat_tables(tables, promote_options="permissive") if tables else None), faults


def faults_in(table: Any, timeframe: Timeframe) -> list[Fault]:
    """What is wrong with candles whatever else there should be."""
    opens_ms: list[int] = table["open_ms"].to_pylist()
    return [*_misplaced(opens_ms, timeframe), *_unlikely(table, opens_ms, timeframe)]


def _misplaced(opens_ms: Sequence[int], timeframe: Timeframe) -> Iterator[Fault]:
    for before, after in pairwise(opens_ms):
        if after == before:
            yield _fault(Wrong.DUPLICATE, Span(after, timeframe.after(after)), "this interval is there twice")
        elif after < before:
            yield _fault(Wrong.ORDER, Span(after, timeframe.after(after)), f"it stands behind the candle of {before}")
    for open_ms in opens_ms:
        if timeframe.floor(open_ms) != open_ms:
            span = Span(open_ms, timeframe.after(open_ms))
            yield _fault(Wrong.ALIGNMENT, span, f"no candle of {timeframe.value} opens then")


def _unlikely(table: Any, opens_ms: Sequence[int], timeframe: Timeframe) -> Iterator[Fault]:
    """Candles that no market can have made, in runs."""
    import pyarrow as pa  # noqa: PLC0415 - see above
    import pyarrow.compute as pc  # noqa: PLC0415 - see above

    first, high, low, last, volume = (table[name] for name in ("open", "high", "low", "close", "volume"))
    rules = [
        pc.greater(low, pa.scalar(0)),
        pc.greater_equal(volume, pa.scalar(0)),
        *(pc.less_equal(low, price) for price in (first, last)),
        *(pc.less_equal(price, high) for price in (first, last)),
    ]
    fine = rules[0]
    for rule in rules[1:]:
        fine = pc.and_(fine, rule)
    wrong = [opens_ms[row] for row in pc.indices_nonzero(pc.invert(fine)).to_pylist()]
    for span in merged(Span(open_ms, timeframe.after(open_ms)) for open_ms in wrong):
        yield _fault(Wrong.VALUES, span, "a candle contradicts itself")


def _absent(
    opens_ms: Sequence[int], timeframe: Timeframe, known: Sequence[Span], lost: Sequence[Span]
) -> Iterator[Fault]:
    """Between the first and the last candle; and what was there once, wherever that was."""
    stored = [Span(opens_ms[0], timeframe.after(opens_ms[-1]))] if opens_ms else []
    for span in merged([*stored, *lost]):
        for hole in without(holes(opens_ms, timeframe, span), known):
            gone = any(hole.from_ms in one for one in lost)
            yield _fault(
                Wrong.LOST if gone else Wrong.MISSING,
                hole,
                "something of this was stored once" if gone else "not stored, and nobody knows why",
            )


def _fault(wrong: Wrong, span: Span, text: str) -> Fault:
    return Fault(wrong=wrong, from_ms=span.from_ms, until_ms=span.until_ms, text=text)
