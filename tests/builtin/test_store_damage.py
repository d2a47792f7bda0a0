"""A damaged file is never read as if it were whole: it is put aside, and its series starts empty."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
import pytest
from builtin.candles import BTC, ETH, candle
from loguru import logger

from twinstar.builtin.store import files
from twinstar.builtin.store.parquet import ParquetStore
from twinstar.builtin.store.paths import series_path
from twinstar.builtin.store.seal import Damaged
from twinstar.domain import Timeframe

M1 = Timeframe.M1
ROWS = [candle(n, f"{1000 + n * 37 % 200}.{n % 10}") for n in range(500)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    async def fill() -> None:
        store = ParquetStore(tmp_path)
        await store.append(ROWS)
        await store.close()

    asyncio.run(fill())
    return series_path(tmp_path, BTC, M1)


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


def test_a_changed_byte_anywhere_is_noticed(file: Path) -> None:
    original, random = file.read_bytes(), Random(3)
    ends = [*range(16), *range(len(original) - 16, len(original))]
    for at in [*ends, *random.sample(range(len(original)), 400)]:
        damage(file, at, random.randrange(1, 256))
        with pytest.raises(Damaged):
            files.read(file, (BTC, M1))
        file.write_bytes(original)
    assert files.read(file, (BTC, M1)).num_rows == 500


def test_a_file_cut_short_anywhere_is_noticed(file: Path, tmp_path: Path) -> None:
    original = file.read_bytes()
    for length in [*range(40), *range(40, len(original), 97), len(original) - 1]:
        file.write_bytes(original[:length])
        with pytest.raises(Damaged):
            files.read(file, (BTC, M1))
        assert files.summary(tmp_path) == {}


def test_the_summary_notices_damage_of_the_footer_it_reads(file: Path, tmp_path: Path, warnings: list[str]) -> None:
    original, before = file.read_bytes(), files.summary(tmp_path)
    footer = len(original) - int.from_bytes(original[-8:-4], "little") - 8
    for at in Random(3).sample(range(footer, len(original)), 100):
        damage(file, at)
        assert files.summary(tmp_path) == {}
        file.write_bytes(original)
    assert len(warnings) == 100
    assert files.summary(tmp_path) == before


async def test_what_is_damaged_is_put_aside_with_a_warning_and_filled_anew(
    file: Path, tmp_path: Path, warnings: list[str]
) -> None:
    damage(file, 1_000)
    store = ParquetStore(tmp_path)
    assert list(await store.read(BTC, M1)) == []
    await store.append(ROWS[:10])
    assert list(await store.read(BTC, M1)) == ROWS[:10]
    await store.close()
    (aside,) = file.parent.glob("*.corrupt-*")
    assert aside.name in warnings[0]
    assert str(BTC) in warnings[0]
    assert pq.ParquetFile(aside).metadata.num_rows == 500  # kept whole, for whoever wants to look


async def test_an_append_to_a_damaged_file_starts_the_series_anew(file: Path, tmp_path: Path) -> None:
    damage(file, 1_000)
    store = ParquetStore(tmp_path)
    await store.append(ROWS[490:])
    assert list(await store.read(BTC, M1)) == ROWS[490:]
    await store.close()


def test_a_file_at_anothers_place_is_not_taken_for_it(file: Path, tmp_path: Path) -> None:
    other = series_path(tmp_path, ETH, M1)
    other.parent.mkdir(parents=True)
    file.rename(other)
    with pytest.raises(Damaged, match=r"it holds .*BTC"):
        files.read(other, (ETH, M1))


def test_what_a_killed_writer_left_half_done_is_cleared_away(file: Path, tmp_path: Path) -> None:
    half = file.with_name(".candles.parquet.tmp")
    half.write_bytes(file.read_bytes()[:1_000])
    asyncio.run(ParquetStore(tmp_path).close())
    assert sorted(path.name for path in file.parent.iterdir()) == ["candles.parquet"]


def test_other_readers_find_the_checksums_of_parquet_itself(file: Path) -> None:
    assert pq.ParquetFile(file, page_checksum_verification=True).read(use_threads=False).num_rows == 500
    closes = pq.read_metadata(file).row_group(0).column(4)
    damage(file, closes.data_page_offset + closes.total_compressed_size // 2)
    with pytest.raises(OSError, match=r"checksum|CRC"):
        pq.ParquetFile(file, page_checksum_verification=True).read(use_threads=False)
