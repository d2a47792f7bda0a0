"""What storing candles costs: ours against the usual pandas merge (read, concat, drop duplicates, sort, write).

python benchmarks/store.py [--rows 65000] [--rounds 7] [--directory DIR]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter

import pandas as pd
from _figures import show

from twinstar.builtin.store.parquet import ParquetStore
from twinstar.builtin.store.paths import series_path
from twinstar.domain import Candle, InstrumentId, Timeframe

BTC = InstrumentId("BTC/USDT:USDT", "binanceusdm")
NAMES = ("open", "high", "low", "close", "volume")


def walk(count: int) -> list[Candle]:
    """Minutes that move as a perpetual's do: tenths of a dollar, thousandths of a coin."""
    random, tick, candles = Random(1), 423_000, []
    for minute in range(count):
        opened, tick = tick, tick + round(random.gauss(0, 150))
        high, low = max(opened, tick) + random.randrange(100), min(opened, tick) - random.randrange(100)
        prices = {name: Decimal(n) / 10 for name, n in zip(NAMES[:4], (opened, high, low, tick), strict=True)}
        volume = Decimal(round(random.lognormvariate(4, 1) * 1_000)) / 1_000
        candles.append(Candle(instrument=BTC, timeframe=Timeframe.M1, open_ms=minute * 60_000, volume=volume, **prices))
    return candles


class Naive:
    """Durable as ours is, for a fair comparison: written beside, fsync, renamed."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "naive.parquet"

    def append(self, candles: Sequence[Candle]) -> None:
        frame = pd.DataFrame(
            {"open_ms": [c.open_ms for c in candles]}
            | {name: [float(getattr(c, name)) for c in candles] for name in NAMES}
        )
        if self.path.exists():
            frame = pd.concat([pd.read_parquet(self.path), frame])
        temporary = self.path.with_suffix(".tmp")
        frame.drop_duplicates("open_ms", keep="last").sort_values("open_ms").to_parquet(temporary)
        fd = os.open(temporary, os.O_RDWR)
        os.fsync(fd)
        os.close(fd)
        temporary.replace(self.path)


def ms(append: Callable[[], None]) -> float:
    os.sync()  # what others wrote is not to be paid by this fsync
    began = perf_counter()
    append()
    return (perf_counter() - began) * 1_000


async def ours_ms(store: ParquetStore, candles: Sequence[Candle]) -> float:
    os.sync()
    began = perf_counter()
    await store.append(candles)
    return (perf_counter() - began) * 1_000


async def compare(directory: Path, rows: int, rounds: int) -> None:
    candles, store, naive = walk(rows + 200 * rounds), ParquetStore(directory), Naive(directory)
    await store.append(candles[:rows])
    naive.append(candles[:rows])
    one, hundred, end = [], [], rows
    for _ in range(rounds):  # in turns
        batch, end = candles[end : end + 1], end + 1
        one.append((await ours_ms(store, batch), ms(lambda batch=batch: naive.append(batch))))
        batch, end = candles[end - 50 : end + 50], end + 50
        hundred.append((await ours_ms(store, batch), ms(lambda batch=batch: naive.append(batch))))
    for name, taken in (("store.append1_vs_naive", one), ("store.append100_vs_naive", hundred)):
        show(name, ours=median(t[0] for t in taken), other=median(t[1] for t in taken), unit="ms", rows=rows)
    began = perf_counter()
    assert list(await store.read(BTC, Timeframe.M1)) == candles[:end], "what is stored is not what was told"
    show("store.read", ours=perf_counter() - began, unit="s", rows=end)
    size = series_path(directory, BTC, Timeframe.M1).stat().st_size
    show("store.disk_vs_naive", ours=size / end, other=naive.path.stat().st_size / end, unit="bytes a candle")
    await store.close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=65_000)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--directory", default=None, help="on the disk that is to be measured")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.directory) as name:
        asyncio.run(compare(Path(name), chosen.rows, chosen.rounds))


if __name__ == "__main__":
    main()
