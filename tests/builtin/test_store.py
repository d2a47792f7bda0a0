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
from builtin.candles import BTC, ETH, FIRST_MS, MONTH, candle, month_file
from loguru import logger

from twinstar.builtin import store as plugin
from twinstar.builtin.store import parquet
from twinstar.builtin.store.parquet import ParquetStore
from twinstar.builtin.store.reading import read_table
from twinstar.builtin.store.survey import summary
from twinstar.domain import Source, Timeframe
from twinstar.errors import StateError
from twinstar.plugin import Registry
from twinstar.ports import Stored

M1 = Timeframe.M1


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ParquetStore]:
    made = ParquetStore(tmp_path)
    yield made
    await made.close()


def names_below(directory: Path) -> list[str]:
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())


def tail_bytes(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.glob("_tail/*"))


async def test_what_is_appended_lies_in_one_tail_and_at_close_in_a_file_for_each_month(
    store: ParquetStore, tmp_path: Path
) -> None:
    await store.append([candle(0), candle(1), candle(MONTH), candle(0, instrument=ETH)])
    assert names_below(tmp_path) == ["_lock", "_tail/00000001.tail"]
    await store.append([candle(2)])
    assert names_below(tmp_path) == ["_lock", "_tail/00000001.tail"]
    await store.close()
    btc, eth = (f"venue=binanceusdm/symbol={name}%2FUSDT%3AUSDT/timeframe=1m" for name in ("BTC", "ETH"))
    assert names_below(tmp_path) == [
        "_lock",
        f"{btc}/2023-11.parquet",
        f"{btc}/2023-12.parquet",
        f"{eth}/2023-11.parquet",
    ]
    assert pq.read_metadata(month_file(tmp_path)).num_rows == 3


@pytest.mark.parametrize(
    "value",
    ["0.1", "1E+3", "0", "0.00000001", "123456789012345678901234567890", "0.000000000000000000000000001234", "100.50"],
)
async def test_values_come_back_exactly_whatever_their_size(tmp_path: Path, value: str) -> None:
    for _ in range(2):  # from the tail, then from the months
        store = ParquetStore(tmp_path)
        await store.append([candle(0), candle(1, volume=Decimal(value)), candle(2), candle(MONTH)])
        assert [row.volume for row in await store.read(BTC, M1)] == [
            Decimal(text) for text in ("0.125", value, "0.125", "0.125")
        ]
        await store.close()


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "1E+39", "1E-39", "1E+999999999"])
async def test_what_no_column_can_hold_is_refused_and_nothing_is_written(store: ParquetStore, value: str) -> None:
    with pytest.raises(ValueError, match=r"no price|digits"):
        await store.append([candle(0), candle(1, instrument=ETH, volume=Decimal(value))])
    assert not store.summary()


async def test_what_is_refused_among_corrections_changes_nothing(store: ParquetStore, tmp_path: Path) -> None:
    rows = [candle(n) for n in range(5)]
    await store.append(rows)
    before = tail_bytes(tmp_path), store.summary()
    for bad in (Decimal("NaN"), Decimal("sNaN"), Decimal("1E+39")):
        with pytest.raises((ValueError, ArithmeticError)):
            await store.append([candle(9), candle(1, "7"), candle(-1), candle(2, volume=bad), candle(3, "8")])
        assert list(await store.read(BTC, M1)) == rows
        assert (tail_bytes(tmp_path), store.summary()) == before
    await store.append([candle(1, "7")])
    assert (await store.read(BTC, M1))[1].close == Decimal(7)


async def test_a_series_that_needs_more_digits_than_a_column_has_keeps_what_it_had(store: ParquetStore) -> None:
    await store.append([candle(0, volume=Decimal("1E+30"))])
    with pytest.raises(ValueError, match="51 digits"):
        await store.append([candle(1, volume=Decimal("1E-20"))])
    assert list(await store.read(BTC, M1)) == [candle(0, volume=Decimal("1E+30"))]


@pytest.mark.parametrize("open_ms", [-60_000, 253_402_300_800_000])
async def test_a_time_that_no_file_could_be_named_by_is_refused(store: ParquetStore, open_ms: int) -> None:
    with pytest.raises(ValueError, match=f"{open_ms} is no time"):
        await store.append([candle(0, open_ms=open_ms)])


async def test_one_that_is_refused_takes_nobody_with_it(store: ParquetStore) -> None:
    bad, good = store.append([candle(0, volume=Decimal("NaN"))]), store.append([candle(1)])
    refused, stored = await asyncio.gather(bad, good, return_exceptions=True)
    assert isinstance(refused, ValueError)
    assert stored is None
    assert list(await store.read(BTC, M1)) == [candle(1)]


async def test_appends_that_wait_together_share_a_commit(store: ParquetStore, tmp_path: Path) -> None:
    await asyncio.gather(*(store.append([candle(minute)]) for minute in range(500)))
    assert (tmp_path / "_tail" / "00000001.tail").read_bytes().count(b"TWINTAI1") < 50
    assert len(await store.read(BTC, M1)) == 500


async def test_a_correction_replaces_the_row_and_is_told_with_its_source(store: ParquetStore, tmp_path: Path) -> None:
    await store.append([candle(n, source=Source.TRADES) for n in range(5)])
    await store.append([candle(2, "101", source=Source.REST), candle(3, source=Source.REST)])
    for _ in range(2):  # in the tail, then in the month
        table = read_table(tmp_path, BTC, M1)
        assert [str(close) for close in table["close"].to_pylist()] == ["100.5", "100.5", "101.0", "100.5", "100.5"]
        assert table["source"].to_pylist() == ["trades", "trades", "rest", "rest", "trades"]
        assert table["corrected"].to_pylist() == [False, False, True, False, False]
        await store.close()


async def test_a_correction_is_remembered_when_a_later_word_agrees(tmp_path: Path) -> None:
    for told in (candle(0, source=Source.TRADES), candle(0, "7", source=Source.REST), candle(0, "7")):
        store = ParquetStore(tmp_path)
        await store.append([told])
        await store.close()
    row = read_table(tmp_path, BTC, M1).to_pylist()[0]
    assert (row["close"], row["source"], row["corrected"]) == (Decimal(7), "stream", True)


async def test_a_late_backfill_goes_in_front_and_no_row_is_lost(store: ParquetStore) -> None:
    await store.append([candle(n) for n in range(1_000, 1_100)])
    await store.append([candle(n) for n in range(500)])
    assert store.summary() == {(BTC, M1): Stored(600, FIRST_MS, FIRST_MS + 60_000 * 1_099)}


async def test_candles_that_are_there_already_cost_no_write(store: ParquetStore, tmp_path: Path) -> None:
    await store.append([candle(n) for n in range(100)])
    before = tail_bytes(tmp_path)
    await store.append([candle(n) for n in range(50, 100)])
    assert tail_bytes(tmp_path) == before
    await store.close()
    again, inode = ParquetStore(tmp_path), month_file(tmp_path).stat().st_ino
    await again.append([candle(n) for n in range(100)])
    assert tail_bytes(tmp_path) == 0
    await again.close()
    assert month_file(tmp_path).stat().st_ino == inode


async def test_a_range_has_its_beginning_and_not_its_end(tmp_path: Path) -> None:
    minutes = [*range(20), *range(MONTH, MONTH + 20)]
    store = ParquetStore(tmp_path)
    await store.append([candle(n) for n in minutes if n % 3])
    await store.close()
    store = ParquetStore(tmp_path)
    await store.append([candle(n) for n in minutes if n % 3 == 0])
    for begin, end in (
        (0, 5),
        (3, 4),
        (7, 7),
        (19, MONTH),
        (19, MONTH + 1),
        (5, MONTH + 9),
        (-50, 0),
        (MONTH + 20, 2 * MONTH),
    ):
        asked = FIRST_MS + 60_000 * begin, FIRST_MS + 60_000 * end
        expected = [candle(n) for n in minutes if begin <= n < end]
        assert list(await store.read(BTC, M1, *asked)) == expected
        assert read_table(tmp_path, BTC, M1, *asked)["open_ms"].to_pylist() == [row.open_ms for row in expected]
    await store.close()


async def test_a_series_never_stored_is_empty(store: ParquetStore, tmp_path: Path) -> None:
    await store.append([])
    assert list(await store.read(BTC, M1)) == []
    assert read_table(tmp_path, BTC, M1).num_rows == 0
    assert store.summary() == summary(tmp_path) == {}


async def test_a_second_writer_is_refused_while_readers_are_not(store: ParquetStore, tmp_path: Path) -> None:
    registry = Registry()
    plugin.twinstar_register(registry)
    found = registry.store_type("parquet")
    await store.append([candle(0)])
    with pytest.raises(StateError, match=f"in use by process {os.getpid()}"):
        found.make(tmp_path)
    assert found.summary(tmp_path) == {(BTC, M1): Stored(1, FIRST_MS, FIRST_MS)}
    assert found.read(tmp_path, BTC, M1, None, None) == [candle(0)]
    assert found.table(tmp_path, BTC, M1, None, None).num_rows == 1
    await store.close()
    await store.close()
    await found.make(tmp_path).close()


async def test_who_reads_beside_the_writer_misses_nothing_while_it_merges(
    store: ParquetStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "MERGE_AFTER_ROWS", 60)
    for minute in range(0, 600, 20):
        rows = [candle(n, instrument=of) for n in range(minute, minute + 20) for of in (BTC, ETH)]
        await store.append(rows)
        for instrument in (BTC, ETH):
            assert read_table(tmp_path, instrument, M1).num_rows == minute + 20
            assert summary(tmp_path)[instrument, M1].rows == minute + 20
    assert month_file(tmp_path).exists()


async def test_what_has_lain_in_the_tail_for_a_while_is_merged(
    store: ParquetStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "MERGE_AFTER_S", 0.01)
    for minute in (0, 1):
        await store.append([candle(minute), candle(minute, instrument=ETH)])
        async with asyncio.timeout(10):
            while tail_bytes(tmp_path):  # noqa: ASYNC110 - nobody is told of a merge
                await asyncio.sleep(0.01)
        assert pq.read_metadata(month_file(tmp_path)).num_rows == minute + 1


async def test_a_merge_that_failed_is_told_with_the_next_append_which_is_stored_all_the_same(
    store: ParquetStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "MERGE_AFTER_ROWS", 2)
    in_the_way = tmp_path / "venue=binanceusdm"
    in_the_way.touch()
    await store.append([candle(0), candle(1)])
    for _ in range(2):  # behind the merge, and behind what it left to be done
        await store.read(BTC, M1)
    with pytest.raises(NotADirectoryError):
        await store.append([candle(2)])
    in_the_way.unlink()
    await store.append([candle(3)])
    await store.append([candle(4)])
    assert read_table(tmp_path, BTC, M1).num_rows == store.summary()[BTC, M1].rows == 5
    await store.close()
    assert pq.read_metadata(month_file(tmp_path)).num_rows == 5


async def test_a_store_that_cannot_merge_at_its_end_says_so_and_the_next_one_does(
    store: ParquetStore, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "venue=binanceusdm"
    in_the_way.touch()
    await store.append([candle(0)])
    told: list[str] = []
    sink = logger.add(told.append, level="WARNING", format="{message}")
    await store.close()
    logger.remove(sink)
    assert "nothing is lost" in told[0]
    in_the_way.unlink()
    await ParquetStore(tmp_path).close()
    assert pq.read_metadata(month_file(tmp_path)).num_rows == 1


def test_where_nothing_was_stored_the_summary_is_empty(tmp_path: Path) -> None:
    registry = Registry()
    plugin.twinstar_register(registry)
    assert registry.store_type("parquet").summary(tmp_path / "none") == {}


async def test_a_closed_store_takes_no_more(store: ParquetStore) -> None:
    await store.close()
    with pytest.raises(StateError, match="closed"):
        await store.append([candle(0)])
    with pytest.raises(StateError, match="closed"):
        await store.read(BTC, M1)


async def test_pandas_opens_a_month_and_its_values_are_exact(store: ParquetStore, tmp_path: Path) -> None:
    await store.append([candle(n, f"0.{n + 1}") for n in range(3)])
    await store.close()
    frame = pd.read_parquet(month_file(tmp_path))
    assert list(frame.columns) == ["open_ms", "open", "high", "low", "close", "volume", "source", "corrected"]
    assert list(frame["close"]) == [Decimal("0.1"), Decimal("0.2"), Decimal("0.3")]
    assert list(frame["source"]) == ["stream"] * 3
    assert list(frame["corrected"]) == [False] * 3


async def test_pandas_opens_a_series_though_its_months_needed_different_columns(tmp_path: Path) -> None:
    prices = ["100.5", "70000.25", "0.123456789", "123456789.5", "0.1234567890123456"]
    for month, price in enumerate(prices):
        store = ParquetStore(tmp_path)
        await store.append([candle(month * MONTH, price)])
        await store.close()
    frame = pd.read_parquet(month_file(tmp_path).parent)
    assert list(frame["close"]) == [Decimal(price) for price in prices]
    assert len(list(month_file(tmp_path).parent.iterdir())) == len(prices)


async def test_pandas_opens_all_series_at_once_as_floats(store: ParquetStore, tmp_path: Path) -> None:
    await store.append(
        [candle(0, "0.12345678"), candle(0, "70000.5", instrument=ETH), candle(MONTH, "1", instrument=ETH)]
    )
    await store.close()
    names = ("open", "high", "low", "close", "volume")
    floats = pa.schema(
        [("open_ms", pa.int64()), *((n, pa.float64()) for n in names), ("venue", pa.string()), ("symbol", pa.string())]
    )
    frame = pd.read_parquet(tmp_path, schema=floats)
    assert sorted(zip(frame["symbol"], frame["close"], strict=True)) == [
        ("BTC/USDT:USDT", 0.12345678),
        ("ETH/USDT:USDT", 1.0),
        ("ETH/USDT:USDT", 70000.5),
    ]


async def test_a_candle_of_a_real_series_takes_few_bytes(store: ParquetStore, tmp_path: Path) -> None:
    walk = [candle(n, f"{42_000 + n % 97}.{n % 10}", volume=Decimal(n * 7919 % 300_000) / 1000) for n in range(10_000)]
    await store.append(walk)
    await store.close()
    assert month_file(tmp_path).stat().st_size < 10 * len(walk)
    assert pq.read_metadata(month_file(tmp_path)).row_group(0).column(1).physical_type in ("INT32", "INT64")


def test_storing_candles_does_not_import_pandas(tmp_path: Path, guarded_environment: dict[str, str]) -> None:
    program = """
import asyncio, sys
from pathlib import Path
from twinstar.builtin.store import _make, _summary
assert not {"pyarrow", "pandas", "numpy"} & set(sys.modules), "importing the plugin must stay cheap"
from builtin.candles import BTC, candle
async def run():
    store = _make(Path(sys.argv[1]))
    await store.append([candle(0), candle(2)])
    await store.close()
    store = _make(Path(sys.argv[1]))
    await store.append([candle(1, "7"), candle(2, "8")])
    assert len(await store.read(BTC, candle(0).timeframe)) == 3
    await store.close()
if sys.argv[2] == "store":
    asyncio.run(run())
else:
    assert len(_summary(Path(sys.argv[1]))) == 1
    assert "pyarrow" not in sys.modules, "a summary must stay cheap"
assert "pandas" not in sys.modules
"""
    for what in ("store", "look"):
        command = [sys.executable, "-W", "error", "-c", program, tmp_path, what]
        subprocess.run(command, check=True, env=guarded_environment)
