"""A month of a series on disk: written whole and verified before it counts, verified again at every reading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from twinstar.builtin import disk
from twinstar.builtin.store.columns import NAMES, PRICES
from twinstar.builtin.store.digits import Form, is_packed
from twinstar.builtin.store.seal import Damaged, Label, check, read_label, sealed
from twinstar.builtin.store.table import between, in_form
from twinstar.builtin.store.words import Series
from twinstar.errors import StateError

_ROWS_A_GROUP = 16_384  # so that the last candles are read without the rest of their month
_OPTIONS: dict[str, Any] = {
    "row_group_size": _ROWS_A_GROUP,
    "use_dictionary": ["source"],
    "store_decimal_as_integer": True,
    "write_page_checksum": True,  # for other readers; for our own there is the seal
}


def write(path: Path, table: pa.Table, series: Series, form: Form) -> Label:
    """Replace the file or leave it as it was: no crash leaves anything between. Raise `OSError` when the disk fails."""
    (instrument, timeframe), opens = series, table["open_ms"]
    extent = table.num_rows, opens[0].as_py(), opens[-1].as_py()
    label = Label(instrument.symbol, instrument.venue, timeframe, *extent, form)
    disk.make_directory(path.parent)
    temporary = disk.write_temporary(path, sealed(_to_parquet(in_form(table, form), label), label), mode=0o644)
    if read_label(temporary) != label:
        raise StateError(f"{temporary}: came back from the disk as something else than was written; is it failing?")
    disk.publish(temporary, path)
    return label


def read(path: Path, series: Series, from_ms: int, until_ms: int) -> pa.Table:
    """What opens in ``[from_ms, until_ms)``. Raise `Damaged`, or `FileNotFoundError` when nothing is stored."""
    content = path.read_bytes()
    label = check(content)
    if label.series != series:
        raise Damaged(f"it holds {label.series}")
    file = pq.ParquetFile(pa.BufferReader(content))
    groups = [n for n in range(file.num_row_groups) if _overlaps(file.metadata.row_group(n), from_ms, until_ms)]
    table = file.read_row_groups(groups, use_threads=False).replace_schema_metadata()
    return _with_source(between(table, from_ms, until_ms), pa.string())


def _to_parquet(table: pa.Table, label: Label) -> bytes:
    sink = pa.BufferOutputStream()
    packed = {name for name, digits in zip(PRICES, label.form, strict=True) if is_packed(digits)}
    told = {"venue": label.venue, "symbol": label.symbol, "timeframe": label.timeframe.value}
    pq.write_table(
        _with_source(table, pa.dictionary(pa.int32(), pa.string())).replace_schema_metadata(told),
        sink,
        # What is packed has nothing left to compress, and is read twice as fast without.
        compression={name: "none" if name in packed else "zstd" for name in NAMES},
        column_encoding={**dict.fromkeys(["open_ms", *packed], "DELTA_BINARY_PACKED"), "corrected": "RLE"},
        **_OPTIONS,
    )
    return bytes(sink.getvalue())


def _overlaps(group: pq.RowGroupMetaData, from_ms: int, until_ms: int) -> bool:
    opens: Any = group.column(0).statistics  # every file of ours has them
    return bool(opens.min < until_ms and opens.max >= from_ms)


def _with_source(table: pa.Table, to: pa.DataType) -> pa.Table:
    """A few words repeated: plain in memory, where tables are joined, and a dictionary on disk."""
    at = table.schema.get_field_index("source")
    return table.set_column(at, "source", table["source"].cast(to))
