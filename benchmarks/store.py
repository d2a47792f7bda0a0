"""What storing candles costs: ours against the pandas merge (read, concat, drop duplicates, sort, write) and its peers.

python benchmarks/store.py [--small 35000] [--large 3500000] [--directory DIR]

Everybody is durable (fsync) and is asked in turns; a figure is the median. `os.sync()` comes before each write that is
timed, for what others wrote is not to be paid by this fsync. What is stored at the end is compared with what was told.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from _candles import FORM, Walk
from _figures import show
from _peers import BTC, DuckDB, Feather, Naive, Sqlite

from twinstar.app.frames import as_floats
from twinstar.builtin.store import month
from twinstar.builtin.store.parquet import ParquetStore
from twinstar.builtin.store.paths import month_path
from twinstar.builtin.store.reading import read_table
from twinstar.builtin.store.survey import summary
from twinstar.builtin.store.table import by_month
from twinstar.domain import Candle, InstrumentId, Timeframe

ROUNDS = 15
SLOW_ROUNDS = 5  # of what takes seconds
MANY, MEASURED = 500, 10  # instruments; the naive way is measured on so many of them, and multiplied
TAIL = 1_000
PRICES = ["open", "high", "low", "close", "volume"]

Append = Callable[[Sequence[Candle]], Awaitable[None]]
Made = Callable[[str, int], Sequence[Candle]]  # for a side, in a round
Taken = Mapping[str, list[float]]  # ms, by who took them


async def main(directory: Path, small: int, large: int) -> None:
    walk = Walk(large + 10_000)
    await a_small_series(_made(directory / "small"), walk, small)
    await many_series_at_once(_made(directory / "many"), walk, small)
    await a_large_series(_made(directory / "large"), walk, small, large)


async def a_small_series(directory: Path, walk: Walk, rows: int) -> None:
    store = await _opened(directory, walk, rows)
    peers = _peers(directory, walk.frame(0, rows))
    sides = {"ours": store.append} | {name: peer.append for name, peer in peers.items()}

    end = rows + ROUNDS
    one = await in_turns(sides, lambda _, turn: walk.candles(rows + turn, rows + turn + 1, BTC), ROUNDS)
    hundred = await in_turns(
        sides, lambda _, turn: walk.candles(end + 50 * (turn - 1), end + 50 * (turn + 1), BTC), ROUNDS
    )
    end += 50 * ROUNDS

    compare("store.append1_35k_vs_naive", one, "naive", "feather", "duckdb", rows=rows)
    compare("store.append1_35k_vs_sqlite", one, "sqlite", "sqlite_on_the_loop", rows=rows)
    compare("store.append100_35k_vs_naive", hundred, "naive", "sqlite", "feather", "duckdb", rows=rows)
    assert all(peer.rows() == end for peer in peers.values())
    await _close(store, directory, walk, end)


def _peers(directory: Path, frame: pd.DataFrame) -> dict[str, Any]:
    peers: dict[str, Any] = {
        "naive": Naive(directory / "naive.file"),
        "feather": Feather(directory / "peer.feather"),
        "sqlite": Sqlite(directory / "peer.sqlite"),
        "sqlite_on_the_loop": Sqlite(directory / "peer2.sqlite", on_the_loop=True),
    }
    if find_spec("duckdb"):
        peers["duckdb"] = DuckDB(directory / "peer.duckdb")
    for peer in peers.values():
        peer.load(frame)
    return peers


async def many_series_at_once(directory: Path, walk: Walk, rows: int) -> None:
    """A minute ends, and with it a candle of each instrument."""
    instruments, before = [InstrumentId(f"C{n}/USDT:USDT", "binanceusdm") for n in range(MANY)], 2_000
    store, sqlite = ParquetStore(directory), Sqlite(directory / "peer.sqlite")
    await store.append([c for instrument in instruments for c in walk.candles(0, before, instrument)])
    await store.close()
    store = ParquetStore(directory)
    naives = [Naive(directory / f"naive{n}.file") for n in range(MEASURED)]
    for naive in naives:
        naive.load(walk.frame(0, rows))
    for instrument in instruments:
        sqlite.load(walk.frame(0, before), instrument)

    async def naively(candles: Sequence[Candle]) -> None:
        for naive, candle in zip(naives, candles, strict=False):
            await naive.append([candle])

    def minute(_: str, turn: int) -> list[Candle]:
        return [walk.candles(before + turn, before + turn + 1, of)[0] for of in instruments]

    sides = {"ours": store.append, "sqlite": sqlite.append, "naive": naively}
    taken = dict(await in_turns(sides, minute, ROUNDS))
    taken["naive"] = [ms * MANY / MEASURED for ms in taken["naive"]]
    compare("store.burst500_vs_naive", taken, "naive", rows=before, naive_rows=rows, naive_files_measured=MEASURED)
    compare("store.burst500_vs_sqlite", taken, "sqlite", rows=before)
    await store.close()
    assert {there.rows for there in summary(directory).values()} == {before + ROUNDS}
    assert sqlite.rows() == MANY * (before + ROUNDS)
    for instrument in instruments[::50]:
        assert read_table(directory, instrument, Timeframe.M1).equals(walk.table(0, before + ROUNDS))


async def a_large_series(directory: Path, walk: Walk, small: int, large: int) -> None:
    of_small = await _opened(_made(directory / "small"), walk, small)
    for month_ms, table in by_month(walk.table(0, large)):
        month.write(month_path(directory, (BTC, Timeframe.M1), month_ms), table, (BTC, Timeframe.M1), FORM)
    store, naive = ParquetStore(directory), Naive(directory / "naive.file")
    naive.load(walk.frame(0, large))

    reading(directory, walk, naive, large)
    begins = {"small": small, "ours": large}
    both = {"small": of_small.append, "ours": store.append}
    grown = await in_turns(
        both, lambda name, turn: walk.candles(begins[name] + turn, begins[name] + turn + 1, BTC), 2 * ROUNDS
    )
    show("store.append1_growth", ours=median(grown["ours"]), other=median(grown["small"]), unit="ms", rows=large)

    sides = {"ours": store.append, "naive": naive.append}
    begin = large + 2 * ROUNDS
    slow = await in_turns(sides, lambda _, turn: walk.candles(begin + turn, begin + turn + 1, BTC), SLOW_ROUNDS)
    compare("store.append1_3500k_vs_naive", slow, "naive", rows=large)
    assert naive.rows() == large + SLOW_ROUNDS
    await of_small.close()
    await _close(store, directory, walk, begin + SLOW_ROUNDS)


def reading(directory: Path, walk: Walk, naive: Naive, rows: int) -> None:
    plain, zstd = directory / "plain.file", directory / "zstd.file"
    pq.write_table(walk.table(0, rows), plain)
    pq.write_table(walk.table(0, rows), zstd, compression="zstd")
    from_ms = int(walk.open_ms[rows - TAIL])
    assert as_floats(read_table(directory, BTC, Timeframe.M1)).to_pandas()[PRICES].equals(walk.frame(0, rows)[PRICES])
    assert read_table(directory, BTC, Timeframe.M1, from_ms).num_rows == TAIL
    taken = looked_in_turns(
        {
            "ours": lambda: read_table(directory, BTC, Timeframe.M1),
            "plain": lambda: pq.read_table(plain),
            "our_floats": lambda: as_floats(read_table(directory, BTC, Timeframe.M1)).to_pandas(),
            "plain_floats": lambda: pd.read_parquet(naive.path),
            "our_tail": lambda: as_floats(read_table(directory, BTC, Timeframe.M1, from_ms)).to_pandas(),
            "naive_tail": lambda: pd.read_parquet(naive.path).tail(TAIL),
        }
    )
    compare("store.read_full_3500k_vs_parquet", taken, "plain", "our_floats", "plain_floats", rows=rows)
    tail = {"ours": taken["our_tail"], "naive": taken["naive_tail"]}
    compare("store.read_tail_3500k_vs_naive", tail, "naive", rows=rows)
    size = sum(path.stat().st_size for path in directory.rglob("*.parquet"))
    show("store.disk_vs_zstd", ours=size / rows, other=zstd.stat().st_size / rows, unit="bytes a candle", rows=rows)


async def in_turns(sides: Mapping[str, Append], made: Made, rounds: int) -> Taken:
    """What is appended is made for each side right before, as it would come from a venue.

    Another side begins each time, for who follows a quiet one has it easy.
    """
    taken: dict[str, list[float]] = {name: [] for name in sides}
    names = list(sides)
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            os.sync()
            batch = made(name, turn)
            began = perf_counter()
            await sides[name](batch)
            taken[name].append((perf_counter() - began) * 1_000)
    return taken


def looked_in_turns(sides: Mapping[str, Callable[[], object]]) -> Taken:
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS // 2):
        for name, look in sides.items():
            began = perf_counter()
            look()
            taken[name].append((perf_counter() - began) * 1_000)
    return taken


def compare(name: str, taken: Taken, other: str, *beside: str, rows: int, **more: Any) -> None:
    """With the medians of some more, where they were measured; what is not installed is not."""
    more |= {f"{one}_ms": round(median(taken[one]), 3) if one in taken else "not installed" for one in beside}
    show(name, ours=median(taken["ours"]), other=median(taken[other]), unit="ms", rows=rows, **more)


async def _opened(directory: Path, walk: Walk, rows: int) -> ParquetStore:
    """With so many candles, merged."""
    store = ParquetStore(directory)
    await store.append(walk.candles(0, rows, BTC))
    await store.close()
    return ParquetStore(directory)


async def _close(store: ParquetStore, directory: Path, walk: Walk, rows: int) -> None:
    await store.close()
    assert read_table(directory, BTC, Timeframe.M1).equals(walk.table(0, rows)), "what is stored is not what was told"


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True)
    return directory


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--small", type=int, default=35_000, help="rows")
    options.add_argument("--large", type=int, default=3_500_000, help="rows")
    options.add_argument("--directory", default=None, help="on the disk that is to be measured")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.directory) as name:
        asyncio.run(main(Path(name), chosen.small, chosen.large))
