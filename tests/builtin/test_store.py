"""The candle store as the service uses it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builtin.candles import BTC, ETH, FIRST_MS, batches, candle
from hypothesis import given, settings

from twinstar.builtin import store as plugin
from twinstar.builtin.store.parquet import ParquetStore
from twinstar.domain import Candle, Source, Timeframe
from twinstar.errors import StateError
from twinstar.plugin import Registry
from twinstar.ports import Stored

M1 = Timeframe.M1


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ParquetStore]:
    made = ParquetStore(tmp_path)
    yield made
    await made.close()


def file_of(directory: Path) -> Path:
    return directory / "venue=binanceusdm" / "symbol=BTC%2FUSDT%3AUSDT" / "timeframe=1m" / "candles.parquet"


def names_below(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.rglob("*") if path.is_file())


@given(batches())
@settings(max_examples=25, deadline=None, database=None)
def test_whatever_order_candles_come_in_a_series_is_sorted_and_the_newest_word_wins(tmp_path_factory, told) -> None:
    directory = tmp_path_factory.mktemp("candles")

    async def run() -> None:
        store, expected = ParquetStore(directory), dict[tuple[object, int], Candle]()
        for batch in told:
            await store.append(batch)
            expected |= {(candle.instrument, candle.open_ms): candle for candle in batch}
            for instrument in (BTC, ETH):
                rows = [expected[key] for key in sorted(expected, key=lambda key: key[1]) if key[0] == instrument]
                assert list(await store.read(instrument, M1)) == rows
                if rows:
                    stored = store.summary()[instrument, M1]
                    assert stored == Stored(len(rows), rows[0].open_ms, rows[-1].open_ms)
        await store.close()

    asyncio.run(run())


async def test_an_instrument_and_timeframe_has_one_canonical_file(store: ParquetStore, tmp_path: Path) -> None:
    await store.append([candle(0), candle(1)])
    await store.append([candle(2)])
    assert names_below(tmp_path) == ["_lock", "candles.parquet"]
    assert store.summary()[BTC, M1].rows == pq.read_metadata(file_of(tmp_path)).num_rows == 3


@pytest.mark.parametrize(
    "value",
    ["0.1", "1E+3", "0", "0.00000001", "123456789012345678901234567890", "0.000000000000000000000000001234", "100.50"],
)
async def test_values_come_back_exactly_whatever_their_size(store: ParquetStore, value: str) -> None:
    await store.append([candle(0), candle(1, volume=Decimal(value)), candle(2)])
    assert [row.volume for row in await store.read(BTC, M1)] == [Decimal("0.125"), Decimal(value), Decimal("0.125")]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1E+39", "1E-39", "1E+999999999"])
async def test_what_no_column_can_hold_is_refused_and_nothing_is_written(store: ParquetStore, value: str) -> None:
    with pytest.raises(ValueError, match=r"no price|digits"):
        await store.append([candle(0), candle(1, instrument=ETH, volume=Decimal(value))])
    assert not store.summary()


async def test_a_series_that_needs_more_digits_than_a_column_has_keeps_what_it_had(store: ParquetStore) -> None:
    await store.append([candle(0, volume=Decimal("1E+30"))])
    with pytest.raises(ValueError, match="51 digits"):
        await store.append([candle(1, volume=Decimal("1E-20"))])
    assert list(await store.read(BTC, M1)) == [candle(0, volume=Decimal("1E+30"))]


async def test_a_correction_replaces_the_row_with_its_source(store: ParquetStore) -> None:
    await store.append([candle(n, source=Source.TRADES) for n in range(5)])
    await store.append([candle(2, "101", source=Source.REST)])
    rows = await store.read(BTC, M1)
    assert [row.close for row in rows] == [Decimal(text) for text in ("100.5", "100.5", "101", "100.5", "100.5")]
    assert [row.source for row in rows][1:4] == [Source.TRADES, Source.REST, Source.TRADES]


async def test_a_late_backfill_goes_in_front_and_no_row_is_lost(store: ParquetStore) -> None:
    await store.append([candle(n) for n in range(1_000, 1_100)])
    await store.append([candle(n) for n in range(500)])
    assert store.summary() == {(BTC, M1): Stored(600, FIRST_MS, FIRST_MS + 60_000 * 1_099)}


async def test_candles_that_are_there_already_cost_no_write(store: ParquetStore, tmp_path: Path) -> None:
    await store.append([candle(n) for n in range(100)])
    before = file_of(tmp_path).stat().st_ino
    await store.append([candle(n) for n in range(50, 100)])
    assert file_of(tmp_path).stat().st_ino == before
    await store.append([candle(99, "7")])
    assert file_of(tmp_path).stat().st_ino != before


async def test_a_series_never_stored_is_empty(store: ParquetStore) -> None:
    await store.append([])
    assert list(await store.read(BTC, M1)) == []
    assert store.summary() == {}


async def test_a_second_writer_is_refused_while_readers_are_not(store: ParquetStore, tmp_path: Path) -> None:
    registry = Registry()
    plugin.twinstar_register(registry)
    found = registry.store_type("parquet")
    await store.append([candle(0)])
    with pytest.raises(StateError, match=f"in use by process {os.getpid()}"):
        found.make(tmp_path)
    assert found.summary(tmp_path) == {(BTC, M1): Stored(1, FIRST_MS, FIRST_MS)}
    await store.close()
    await store.close()
    await found.make(tmp_path).close()


def test_where_nothing_was_stored_the_summary_is_empty(tmp_path: Path) -> None:
    registry = Registry()
    plugin.twinstar_register(registry)
    assert registry.store_type("parquet").summary(tmp_path / "none") == {}


async def test_pandas_opens_the_file_and_its_values_are_exact(store: ParquetStore, tmp_path: Path) -> None:
    await store.append([candle(n, f"0.{n + 1}") for n in range(3)])
    frame = pd.read_parquet(file_of(tmp_path))
    assert list(frame.columns) == ["open_ms", "open", "high", "low", "close", "volume", "source"]
    assert list(frame["close"]) == [Decimal("0.1"), Decimal("0.2"), Decimal("0.3")]
    assert list(frame["source"]) == ["stream"] * 3


async def test_pandas_opens_all_series_at_once_as_floats(store: ParquetStore, tmp_path: Path) -> None:
    await store.append([candle(0, "0.12345678"), candle(0, "70000.5", instrument=ETH)])
    names = ("open", "high", "low", "close", "volume")
    floats = pa.schema(
        [("open_ms", pa.int64()), *((n, pa.float64()) for n in names), ("venue", pa.string()), ("symbol", pa.string())]
    )
    frame = pd.read_parquet(tmp_path, schema=floats).set_index("symbol")
    assert frame["close"].to_dict() == {"BTC/USDT:USDT": 0.12345678, "ETH/USDT:USDT": 70000.5}


async def test_a_candle_of_a_real_series_takes_few_bytes(store: ParquetStore, tmp_path: Path) -> None:
    walk = [candle(n, f"{42_000 + n % 97}.{n % 10}", volume=Decimal(n * 7919 % 300_000) / 1000) for n in range(10_000)]
    await store.append(walk)
    assert file_of(tmp_path).stat().st_size < 10 * len(walk)
    assert pq.read_metadata(file_of(tmp_path)).row_group(0).column(1).physical_type in ("INT32", "INT64")


def test_storing_candles_does_not_import_pandas(tmp_path: Path, guarded_environment: dict[str, str]) -> None:
    program = """
import asyncio, sys
from pathlib import Path
from twinstar.builtin.store import _make
assert not {"pyarrow", "pandas", "numpy"} & set(sys.modules), "importing the plugin must stay cheap"
from builtin.candles import BTC, candle
async def run():
    store = _make(Path(sys.argv[1]))
    await store.append([candle(0), candle(2)])
    await store.append([candle(1), candle(3)])
    assert len(await store.read(BTC, candle(0).timeframe)) == 4
    assert store.summary()
    await store.close()
asyncio.run(run())
assert "pandas" not in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program, tmp_path], check=True, env=guarded_environment)
