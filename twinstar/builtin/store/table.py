"""Tables of candles: merged, cut and brought to one form. Their rows are in order and each interval is there once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from twinstar.builtin.store.columns import PRICES, times, to_table
from twinstar.builtin.store.digits import NARROWEST, Digits, Form, columns, gauge_of, widest
from twinstar.domain import Timeframe


def merge(stored: pa.Table | None, news: pa.Table | None) -> pa.Table | None:
    """The news where both have a candle. None is a table without rows."""
    if stored is None or news is None:
        return news if stored is None else stored
    stored, news = same_form([stored, news])
    untouched = rows_before(stored, news["open_ms"][0].as_py())
    rest = stored.slice(untouched)  # most often nothing, and sorting is what takes time
    kept = rest.filter(pc.invert(pc.is_in(rest["open_ms"], news["open_ms"])))
    return pa.concat_tables([stored.slice(0, untouched), pa.concat_tables([kept, news]).sort_by("open_ms")])


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """One after the other."""
    return pa.concat_tables(same_form(tables)) if tables else to_table([])


def between(table: pa.Table, from_ms: int, until_ms: int) -> pa.Table:
    opens = table["open_ms"]
    if not len(opens) or (opens[0].as_py() >= from_ms and opens[-1].as_py() < until_ms):
        return table  # most often; the search below takes 40 times as long
    begin = rows_before(table, from_ms)
    return table.slice(begin, rows_before(table, until_ms) - begin)


def only(table: pa.Table, open_ms: Sequence[int]) -> pa.Table:
    return table.filter(pc.is_in(table["open_ms"], times(open_ms)))


def by_month(table: pa.Table) -> Iterator[tuple[int, pa.Table]]:
    """The rows of each month that has any, under the time at which it begins."""
    while table.num_rows:
        month_ms = Timeframe.MONTH.floor(table["open_ms"][0].as_py())
        count = rows_before(table, Timeframe.MONTH.after(month_ms))
        yield month_ms, table.slice(0, count)
        table = table.slice(count)


def same_form(tables: Sequence[pa.Table]) -> list[pa.Table]:
    """Columns of decimals become as wide as all need."""
    if all(table.schema.equals(tables[0].schema) for table in tables):
        return list(tables)
    form = reduce(widest, map(form_of, tables))
    return [in_form(table, form) for table in tables]


def form_of(table: pa.Table) -> Form:
    """As wide as its values need, with as many places as its columns have."""
    gauge = gauge_of(NARROWEST)
    if table.num_rows:
        extremes: list[Any] = [pc.min_max(table[name]).as_py() for name in PRICES]
        for least_or_most in zip(*(extreme.values() for extreme in extremes), strict=True):
            gauge = gauge.widened(least_or_most)
    places = [table.schema.field(name).type.scale for name in PRICES]
    return tuple(Digits(digits.before, behind) for digits, behind in zip(gauge.form, places, strict=True))


def in_form(table: pa.Table, form: Form) -> pa.Table:
    types = {field.name: field.type for field in table.schema}
    types |= {name: pa.decimal128(*digits) for name, digits in zip(PRICES, columns(form), strict=True)}
    return table.cast(pa.schema(list(types.items())))


def rows_before(table: pa.Table, until_ms: int) -> int:
    opens: Any = table["open_ms"]
    return bisect_left(range(len(opens)), until_ms, key=lambda row: opens[row].as_py())
