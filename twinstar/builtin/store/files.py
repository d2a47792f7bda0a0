"""A series on disk: written whole and verified before it counts, verified again at every reading."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from loguru import logger

from twinstar.builtin import disk
from twinstar.builtin.store import seal
from twinstar.builtin.store.paths import FILE_NAME
from twinstar.builtin.store.table import PRICES
from twinstar.domain import InstrumentId, Timeframe
from twinstar.errors import StateError
from twinstar.ports import Stored

Series = tuple[InstrumentId, Timeframe]

_PACKED_DIGITS = 18  # what fits into 64 bits
_OPTIONS: dict[str, Any] = {
    "compression": "zstd",
    "use_dictionary": ["source"],
    "store_decimal_as_integer": True,
    "write_page_checksum": True,  # for other readers; for our own there is the seal
}


def write(path: Path, table: pa.Table, series: Series) -> None:
    """Replace the file or leave it as it was: no crash leaves anything between. Raise `OSError` when the disk fails."""
    extent = Stored(table.num_rows, table["open_ms"][0].as_py(), table["open_ms"][-1].as_py())
    content = seal.sealed(_to_parquet(table, series))
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = disk.write_temporary(path, content, mode=0o644)
    if _footer(temporary) != (series, extent):
        raise StateError(f"{temporary}: came back from the disk as something else than was written; is it failing?")
    disk.publish(temporary, path)


def read(path: Path, series: Series) -> pa.Table:
    """Raise `Damaged`, or `FileNotFoundError` when nothing is stored."""
    content = path.read_bytes()
    seal.check(content)
    file = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True)
    if _series(file.metadata) != series:
        raise seal.Damaged(f"it holds {_series(file.metadata)}")
    return _with_source(file.read(use_threads=False), pa.string()).replace_schema_metadata()


def summary(directory: Path) -> Mapping[Series, Stored]:
    """What there is, from the footers alone; a file that is damaged is told of and left out."""
    found = {}
    for path in sorted(directory.glob(f"*/*/*/{FILE_NAME}")):
        try:
            series, found_there = _footer(path)
        except (seal.Damaged, FileNotFoundError) as e:
            logger.warning("{}: {}; it counts as empty until it is filled anew", path, e)
        else:
            found[series] = found_there
    return found


def _to_parquet(table: pa.Table, series: Series) -> bytes:
    (instrument, timeframe), sink = series, pa.BufferOutputStream()
    packed = [name for name in PRICES if table.schema.field(name).type.precision <= _PACKED_DIGITS]
    told = {"venue": instrument.venue, "symbol": instrument.symbol, "timeframe": timeframe.value}
    pq.write_table(
        _with_source(table, pa.dictionary(pa.int32(), pa.string())).replace_schema_metadata(told),
        sink,
        column_encoding=dict.fromkeys(["open_ms", *packed], "DELTA_BINARY_PACKED"),
        **_OPTIONS,
    )
    return bytes(sink.getvalue())


def _footer(path: Path) -> tuple[Series, Stored]:
    status = path.stat()
    return _read_footer(path, status.st_ino, status.st_mtime_ns)


@lru_cache(maxsize=4_096)
def _read_footer(path: Path, inode: int, mtime_ns: int) -> tuple[Series, Stored]:
    """Once for each version of a file: a service is asked for its status every second."""
    seal.check_footer(path)
    metadata = pq.read_metadata(path)
    first, last = (_opens(metadata, group) for group in (0, metadata.num_row_groups - 1))
    return _series(metadata), Stored(metadata.num_rows, first.min, last.max)


def _opens(metadata: pq.FileMetaData, group: int) -> Any:
    """The statistics of `open_ms`; every file of ours has them."""
    return metadata.row_group(group).column(0).statistics


def _series(metadata: pq.FileMetaData) -> Series:
    told = metadata.metadata or {}
    return InstrumentId(told[b"symbol"].decode(), told[b"venue"].decode()), Timeframe(told[b"timeframe"].decode())


def _with_source(table: pa.Table, to: pa.DataType) -> pa.Table:
    """A few words repeated: plain in memory, where tables are joined, and a dictionary on disk."""
    at = table.schema.get_field_index("source")
    return table.set_column(at, "source", table["source"].cast(to))
