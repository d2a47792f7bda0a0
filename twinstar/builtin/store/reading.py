"""Reading a series beside whoever writes it: no lock is taken, and nothing is put aside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from twinstar.builtin.store import files
from twinstar.builtin.store.paths import series_path
from twinstar.builtin.store.seal import Damaged
from twinstar.builtin.store.table import PRICES, to_candles
from twinstar.domain import Candle, InstrumentId, Timeframe
from twinstar.errors import StateError

_COLUMNS: list[tuple[str, pa.DataType]] = [
    ("open_ms", pa.int64()),
    *((name, pa.decimal128(1, 0)) for name in PRICES),
    ("source", pa.string()),
]
_EMPTY = pa.Table.from_batches([], pa.schema(_COLUMNS))  # `empty_table` would import pandas


def read_table(
    directory: Path, instrument: InstrumentId, timeframe: Timeframe, from_ms: int | None, until_ms: int | None
) -> pa.Table:
    """Raise `StateError` for a file that is damaged."""
    path = series_path(directory, instrument, timeframe)
    try:
        table = files.read(path, (instrument, timeframe))
    except FileNotFoundError:
        return _EMPTY
    except Damaged as e:
        raise StateError(f"{path}: damaged ({e})") from e
    begin = 0 if from_ms is None else _rows_before(table, from_ms)
    end = table.num_rows if until_ms is None else _rows_before(table, until_ms)
    return table.slice(begin, max(end - begin, 0))


def read_candles(
    directory: Path, instrument: InstrumentId, timeframe: Timeframe, from_ms: int | None, until_ms: int | None
) -> Sequence[Candle]:
    return to_candles(read_table(directory, instrument, timeframe, from_ms, until_ms), instrument, timeframe)


def _rows_before(table: pa.Table, open_ms: int) -> int:
    return int(pc.sum(pc.less(table["open_ms"], pa.scalar(open_ms)).cast(pa.int64())).as_py() or 0)
