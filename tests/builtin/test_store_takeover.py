"""Stores of TwinStar 0.1, one file a series, are taken over when they are opened."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builtin.candles import BTC, MONTH, candle, month_file

from twinstar.builtin.store.columns import to_table
from twinstar.builtin.store.parquet import ParquetStore
from twinstar.builtin.store.reading import read_candles
from twinstar.builtin.store.words import word
from twinstar.domain import Candle, Source, Timeframe

M1 = Timeframe.M1
ROWS = [candle(n, f"{1000 + n % 7}.{n % 10}", source=Source.REST) for n in (*range(30), *range(MONTH, MONTH + 30))]


def old_file(directory: Path, rows: list[Candle]) -> Path:
    """As 0.1 has written it, its seal included."""
    table = to_table(map(word, rows)).drop_columns(["corrected"])
    told = {"venue": BTC.venue, "symbol": BTC.symbol, "timeframe": "1m"}
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(told), sink, store_decimal_as_integer=True)
    content = bytes(sink.getvalue())
    at = len(content) - int.from_bytes(content[-8:-4], "little") - 8
    seal = b"TWINSEAL" + b"".join(blake2b(part, digest_size=8).digest() for part in (content[:at], content[at:]))
    path = month_file(directory).with_name("candles.parquet")
    path.parent.mkdir(parents=True)
    path.write_bytes(content[:at] + seal + content[at:])
    return path


async def test_an_old_file_becomes_a_file_for_each_month_and_nothing_is_lost(tmp_path: Path) -> None:
    old = old_file(tmp_path, ROWS)
    store = ParquetStore(tmp_path)
    assert list(await store.read(BTC, M1)) == ROWS
    await store.append([candle(0, "7")])
    await store.close()
    assert sorted(path.name for path in old.parent.iterdir()) == ["2023-11.parquet", "2023-12.parquet"]
    assert read_candles(tmp_path, BTC, M1) == [candle(0, "7"), *ROWS[1:]]


async def test_a_crash_while_it_is_taken_over_only_means_that_it_is_done_again(tmp_path: Path) -> None:
    old = old_file(tmp_path, ROWS)
    content = old.read_bytes()
    await ParquetStore(tmp_path).close()
    month_file(tmp_path, MONTH).unlink()
    old.write_bytes(content)
    store = ParquetStore(tmp_path)
    assert list(await store.read(BTC, M1)) == ROWS
    await store.close()
    assert not old.exists()


@pytest.mark.parametrize("at", [0, 500, -200, -30, -1])
async def test_a_damaged_old_file_is_put_aside(tmp_path: Path, at: int) -> None:
    old = old_file(tmp_path, ROWS)
    content = bytearray(old.read_bytes())
    content[at] ^= 0x55
    old.write_bytes(content)
    store = ParquetStore(tmp_path)
    assert list(await store.read(BTC, M1)) == []
    await store.close()
    (aside,) = old.parent.iterdir()
    assert aside.name.startswith("_candles.parquet.corrupt-")
    assert aside.read_bytes() == content
