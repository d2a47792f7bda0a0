"""A damaged month is never read as if it were whole: it is put aside, and the other months stay."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
import pytest
from builtin.candles import BTC, ETH, FIRST_MS, MONTH, candle, month_file
from loguru import logger

from twinstar.builtin.store import month
from twinstar.builtin.store.parquet import ParquetStore
from twinstar.builtin.store.reading import read_table
from twinstar.builtin.store.seal import Damaged
from twinstar.builtin.store.survey import summary
from twinstar.domain import Timeframe
from twinstar.errors import StateError
from twinstar.ports import Stored

M1 = Timeframe.M1
ROWS = [candle(n, f"{1000 + n * 37 % 200}.{n % 10}") for n in range(500)]
LATER = [candle(n) for n in range(MONTH, MONTH + 10)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    async def fill() -> None:
        store = ParquetStore(tmp_path)
        await store.append(ROWS + LATER)
        await store.close()

    asyncio.run(fill())
    return month_file(tmp_path)


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    told: list[str] = []
    sink = logger.add(told.append, level="WARNING", format="{extra} {message}")
    yield told
    logger.remove(sink)


def damage(file: Path, at: int, by: int = 0xFF) -> None:
    content = bytearray(file.read_bytes())
    content[at] ^= by
    file.write_bytes(content)


def read(file: Path) -> int:
    return month.read(file, (BTC, M1), 0, 2**48).num_rows


def test_a_changed_byte_anywhere_is_noticed(file: Path) -> None:
    original, random = file.read_bytes(), Random(3)
    ends = [*range(16), *range(len(original) - 16, len(original))]
    for at in [*ends, *random.sample(range(len(original)), 400)]:
        damage(file, at, random.randrange(1, 256))
        with pytest.raises(Damaged):
            read(file)
        file.write_bytes(original)
    assert read(file) == 500


def test_a_file_cut_short_anywhere_is_noticed(file: Path, tmp_path: Path) -> None:
    original = file.read_bytes()
    for length in [*range(40), *range(40, len(original), 97), len(original) - 1]:
        file.write_bytes(original[:length])
        with pytest.raises(Damaged):
            read(file)
        assert summary(tmp_path)[BTC, M1].rows == len(LATER)


def test_the_summary_notices_damage_of_the_footer_and_of_the_seal(
    file: Path, tmp_path: Path, warnings: list[str]
) -> None:
    original, before = file.read_bytes(), summary(tmp_path)
    footer = len(original) - int.from_bytes(original[-8:-4], "little") - 8
    for at in Random(3).sample(range(footer - 100, len(original)), 100):
        damage(file, at)
        assert summary(tmp_path)[BTC, M1].rows == len(LATER)
        file.write_bytes(original)
    assert len(warnings) == 100
    assert summary(tmp_path) == before


async def test_what_is_damaged_is_put_aside_with_a_warning_and_filled_anew(
    file: Path, tmp_path: Path, warnings: list[str]
) -> None:
    damage(file, 1_000)
    store = ParquetStore(tmp_path)
    assert list(await store.read(BTC, M1)) == LATER
    assert store.summary() == {(BTC, M1): Stored(len(LATER), LATER[0].open_ms, LATER[-1].open_ms)}
    await store.append(ROWS[:10])
    assert list(await store.read(BTC, M1)) == ROWS[:10] + LATER
    await store.close()
    (aside,) = file.parent.glob("*.corrupt-*")
    assert aside.name.startswith("_2023-11.parquet.corrupt-")
    assert aside.name in warnings[0]
    assert str(file) in warnings[0]
    assert pq.ParquetFile(aside).metadata.num_rows == 500  # kept whole, for whoever wants to look


async def test_a_seal_that_is_damaged_is_noticed_when_the_store_is_opened(file: Path, tmp_path: Path) -> None:
    damage(file, -1)
    store = ParquetStore(tmp_path)
    assert store.summary()[BTC, M1].rows == len(LATER)
    await store.close()
    assert [path.name for path in file.parent.glob("2*")] == ["2023-12.parquet"]


async def test_candles_are_taken_again_that_only_a_damaged_month_has(file: Path, tmp_path: Path) -> None:
    damage(file, 1_000)
    store = ParquetStore(tmp_path)
    await store.append(ROWS[490:])
    assert store.summary()[BTC, M1] == Stored(10 + len(LATER), ROWS[490].open_ms, LATER[-1].open_ms)
    await store.close()
    assert read_table(tmp_path, BTC, M1)["corrected"].to_pylist() == [False] * 20


async def test_damage_that_is_found_while_merging_costs_the_month_and_not_the_news(file: Path, tmp_path: Path) -> None:
    store = ParquetStore(tmp_path)
    await store.append([candle(500)])
    damage(file, 1_000)
    await store.close()
    assert read_table(tmp_path, BTC, M1)["open_ms"].to_pylist() == [c.open_ms for c in [candle(500), *LATER]]


def test_who_reads_beside_the_writer_is_told_and_moves_nothing(file: Path, tmp_path: Path) -> None:
    damage(file, 1_000)
    with pytest.raises(StateError, match=r"2023-11.parquet: damaged \(its seal does not fit\)"):
        read_table(tmp_path, BTC, M1)
    assert read_table(tmp_path, BTC, M1, LATER[0].open_ms).num_rows == len(LATER)
    assert file.exists()


def test_a_file_at_anothers_place_is_not_taken_for_it(file: Path, tmp_path: Path) -> None:
    other = month_file(tmp_path, instrument=ETH)
    other.parent.mkdir(parents=True)
    file.rename(other)
    with pytest.raises(StateError, match=r"it holds .*BTC"):
        read_table(tmp_path, ETH, M1)
    assert list(summary(tmp_path)) == [(BTC, M1)]
    assert summary(tmp_path)[BTC, M1].first_open_ms == LATER[0].open_ms > FIRST_MS


def test_what_a_killed_writer_left_half_done_is_cleared_away(file: Path, tmp_path: Path) -> None:
    half = file.with_name(".2023-11.parquet.tmp")
    half.write_bytes(file.read_bytes()[:1_000])
    asyncio.run(ParquetStore(tmp_path).close())
    assert sorted(path.name for path in file.parent.iterdir()) == ["2023-11.parquet", "2023-12.parquet"]


def test_other_readers_find_the_checksums_of_parquet_itself(file: Path) -> None:
    assert pq.ParquetFile(file, page_checksum_verification=True).read(use_threads=False).num_rows == 500
    closes = pq.read_metadata(file).row_group(0).column(4)
    damage(file, closes.data_page_offset + closes.total_compressed_size // 2)
    with pytest.raises(OSError, match=r"checksum|CRC"):
        pq.ParquetFile(file, page_checksum_verification=True).read(use_threads=False)
