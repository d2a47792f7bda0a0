"""Reading a series beside whoever writes it: no lock is taken, and nothing is put aside."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa

from twinstar.builtin.store import month, tail
from twinstar.builtin.store.columns import to_candles, to_table
from twinstar.builtin.store.damage import refuse
from twinstar.builtin.store.paths import month_path, months, span
from twinstar.builtin.store.seal import Damaged
from twinstar.builtin.store.table import between, by_month, joined, merge
from twinstar.builtin.store.words import Word
from twinstar.domain import Candle, InstrumentId, Timeframe

_THREADS = 2  # more only get into each other's way
Each: TypeAlias = Callable[[Callable[[int], pa.Table | None], Iterable[int]], Iterable[pa.Table | None]]
Read: TypeAlias = Callable[[int, int, int], pa.Table | None]  # a month's candles that open in [from, until)


def read_table(
    directory: Path,
    instrument: InstrumentId,
    timeframe: Timeframe,
    from_ms: int | None = None,
    until_ms: int | None = None,
) -> pa.Table:
    """What opens in ``[from_ms, until_ms)``, in order. Raise `StateError` for a file that is damaged."""
    series, (begin_ms, end_ms) = (instrument, timeframe), span(from_ms, until_ms)
    # The tail first: what is merged into a month while we read is then read twice, and not missed.
    words = tail.read(directory, refuse).get(series)
    stored = months(directory, series, begin_ms, end_ms)

    def read(month_ms: int, from_ms: int, until_ms: int) -> pa.Table | None:
        path = month_path(directory, series, month_ms)
        try:
            return month.read(path, series, from_ms, until_ms)
        except FileNotFoundError:
            return None  # put aside by the writer since we looked
        except Damaged as e:
            refuse(path, e)

    with ThreadPoolExecutor(_THREADS, "candles") as pool:
        each: Each = pool.map if len(stored) > _THREADS else map
        return joined(list(tables(stored, read, words or {}, begin_ms, end_ms, each=each)))


def read_candles(
    directory: Path,
    instrument: InstrumentId,
    timeframe: Timeframe,
    from_ms: int | None = None,
    until_ms: int | None = None,
) -> Sequence[Candle]:
    """The same as candles."""
    table = read_table(directory, instrument, timeframe, from_ms, until_ms)
    return to_candles(table, (instrument, timeframe))


def tables(
    stored: Collection[int],
    read: Read,
    words: Mapping[int, Word],
    from_ms: int,
    until_ms: int,
    *,
    each: Each = map,
) -> Iterator[pa.Table]:
    """What opens in ``[from_ms, until_ms)``: each of the months, with the words on it."""
    news = dict(by_month(between(to_table(words.values()), from_ms, until_ms))) if words else {}
    wanted = {month_ms for month_ms in stored if Timeframe.MONTH.floor(from_ms) <= month_ms < until_ms}

    def merged(month_ms: int) -> pa.Table | None:
        old = read(month_ms, from_ms, until_ms) if month_ms in wanted else None
        return merge(old, news.get(month_ms))

    yield from (table for table in each(merged, sorted(wanted | news.keys())) if table is not None)
