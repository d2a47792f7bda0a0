"""Those the store is compared with. Each is durable when `append` returns, as ours is."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from twinstar.builtin.store.worker import Worker
from twinstar.domain import Candle, InstrumentId

BTC = InstrumentId("BTC/USDT:USDT", "binanceusdm")
PRICES = ("open", "high", "low", "close", "volume")


class Naive:
    """One Parquet file a series, and for each append: read, concat, drop duplicates, sort, write."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self, frame: pd.DataFrame) -> None:
        frame.to_parquet(self.path)

    async def append(self, candles: Sequence[Candle]) -> None:
        frame = pd.concat([pd.read_parquet(self.path), _frame(candles)])
        frame = frame.drop_duplicates("open_ms", keep="last").sort_values("open_ms", ignore_index=True)
        temporary = self.path.with_suffix(".tmp")
        frame.to_parquet(temporary)
        _replace(temporary, self.path)

    def rows(self) -> int:
        return len(pd.read_parquet(self.path, columns=["open_ms"]))


class Feather:
    """As freqtrade does it: load and clean what is there, concat, clean again, write all of it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self, frame: pd.DataFrame) -> None:
        frame.to_feather(self.path, compression="lz4")

    async def append(self, candles: Sequence[Candle]) -> None:
        stored = _cleaned(pd.read_feather(self.path))
        temporary = self.path.with_suffix(".tmp")
        _cleaned(pd.concat([stored, _frame(candles)])).to_feather(temporary, compression="lz4")
        _replace(temporary, self.path)

    def rows(self) -> int:
        return len(pd.read_feather(self.path, columns=["open_ms"]))


class Sqlite:
    """All series in one table by its key, WAL with a sync at each commit, in floats.

    Called as a service must call it, from a thread, since its event loop cannot wait for a disk: the way there and back
    costs it as much as us. ``on_the_loop``: called at once.
    """

    def __init__(self, path: Path, *, on_the_loop: bool = False) -> None:
        self._worker = None if on_the_loop else Worker("sqlite")
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute(
            "CREATE TABLE candles (series INTEGER, open_ms INTEGER, open REAL, high REAL, low REAL, close REAL, "
            "volume REAL, source TEXT, PRIMARY KEY (series, open_ms)) WITHOUT ROWID"
        )
        self._series: dict[InstrumentId, int] = {}

    def load(self, frame: pd.DataFrame, instrument: InstrumentId = BTC) -> None:
        series = self._series.setdefault(instrument, len(self._series))
        for begin in range(0, len(frame), 100_000):
            part = frame.iloc[begin : begin + 100_000]
            columns = [part[name].tolist() for name in part.columns]
            self._write((series, *row) for row in zip(*columns, strict=True))

    async def append(self, candles: Sequence[Candle]) -> None:
        if self._worker is None:
            self._append(candles)
        else:
            await self._worker.run(lambda: self._append(candles))

    def _append(self, candles: Sequence[Candle]) -> None:
        self._write(
            (
                self._series[c.instrument],
                c.open_ms,
                float(c.open),
                float(c.high),
                float(c.low),
                float(c.close),
                float(c.volume),
                c.source.value,
            )
            for c in candles
        )

    def rows(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM candles").fetchone()[0])

    def _write(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR REPLACE INTO candles VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._db.execute("COMMIT")


class DuckDB:
    """One table by its key. Not one of our packages: compared with where it is installed."""

    def __init__(self, path: Path) -> None:
        self._db = import_module("duckdb").connect(str(path))
        self._db.execute(
            "CREATE TABLE candles (open_ms BIGINT PRIMARY KEY, open DOUBLE, high DOUBLE, low DOUBLE, close DOUBLE, "
            "volume DOUBLE, source VARCHAR)"
        )

    def load(self, frame: pd.DataFrame) -> None:
        self._db.register("rows", frame)
        self._db.execute("INSERT INTO candles SELECT * FROM rows")

    async def append(self, candles: Sequence[Candle]) -> None:
        rows = [[c.open_ms, *(float(getattr(c, name)) for name in PRICES), c.source.value] for c in candles]
        self._db.begin()
        self._db.executemany("INSERT OR REPLACE INTO candles VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        self._db.commit()

    def rows(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM candles").fetchone()[0])


def _frame(candles: Sequence[Candle]) -> pd.DataFrame:
    prices = {name: [float(getattr(c, name)) for c in candles] for name in PRICES}
    opens, sources = [c.open_ms for c in candles], [c.source.value for c in candles]
    return pd.DataFrame({"open_ms": opens} | prices | {"source": sources})


def _cleaned(frame: pd.DataFrame) -> pd.DataFrame:
    aggregated = dict(zip(PRICES, ("first", "max", "min", "last", "max"), strict=True)) | {"source": "last"}
    return frame.groupby("open_ms", as_index=False, sort=True).agg(aggregated)


def _replace(temporary: Path, path: Path) -> None:
    fd = os.open(temporary, os.O_RDWR)
    os.fsync(fd)
    os.close(fd)
    temporary.replace(path)
