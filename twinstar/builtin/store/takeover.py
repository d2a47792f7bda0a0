"""Stores of TwinStar 0.1: one file for each series, taken over once, month by month."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from loguru import logger

from twinstar.builtin import disk
from twinstar.builtin.store.columns import NAMES
from twinstar.builtin.store.damage import put_aside
from twinstar.builtin.store.digits import widest
from twinstar.builtin.store.paths import OLD_FILE
from twinstar.builtin.store.seal import Damaged
from twinstar.builtin.store.shelf import Shelf
from twinstar.builtin.store.table import form_of
from twinstar.builtin.store.words import Series
from twinstar.domain import InstrumentId, Timeframe

_MAGIC = b"TWINSEAL"
_LENGTH = len(_MAGIC) + 16
_END = 8  # the footer's length and Parquet's magic


def take_over(directory: Path, shelf_of: Callable[[Series], Shelf]) -> None:
    """The old file goes when all its months are on disk; a crash before that, and it is done again."""
    for path in sorted(directory.glob(f"*/*/*/{OLD_FILE}")):
        try:
            series, table = _read(path)
        except Damaged as e:
            put_aside(path, e)
            continue
        shelf = shelf_of(series)
        shelf.put(table, widest(shelf.form, form_of(table)))
        path.unlink()
        disk.sync_directory(path.parent)
        logger.info("{}: {} candles now lie in a file for each month", path, table.num_rows)


def _read(path: Path) -> tuple[Series, pa.Table]:
    content = path.read_bytes()
    _check(content)
    file = pq.ParquetFile(pa.BufferReader(content))
    told, table = file.metadata.metadata or {}, file.read(use_threads=False).replace_schema_metadata()
    series = InstrumentId(told[b"symbol"].decode(), told[b"venue"].decode()), Timeframe(told[b"timeframe"].decode())
    source, corrected = table["source"].cast(pa.string()), pa.repeat(pa.scalar(False), table.num_rows)
    columns: list[Any] = [*(table[name] for name in NAMES[:-2]), source, corrected]
    return series, pa.table(columns, names=list(NAMES))


def _check(content: bytes) -> None:
    """The seal of 0.1 covers all, and has nothing in it but the digests of the pages and of the footer."""
    at = len(content) - int.from_bytes(content[-_END:-4], "little") - _END
    pages, seal, footer = content[: at - _LENGTH], content[at - _LENGTH : at], content[at:]
    if seal != _MAGIC + _digest(pages) + _digest(footer):
        raise Damaged("its seal does not fit")


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=8).digest()
