"""``twinstar candles export``: a series for other programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from twinstar.app.history import columns
from twinstar.cli import Look
from twinstar.cli.candles import FORMATS
from twinstar.cli.candles.common import series_named, stock_of
from twinstar.errors import ConfigError


def run(
    look: Look,
    *,
    config: Path,
    state_dir: Path | None,
    instrument: str,
    timeframe: str | None,
    since_ms: int | None,
    until_ms: int | None,
    kind: str | None,
    output: Path | None,
) -> int:
    stock = stock_of(config, state_dir)
    kind = kind or (output.suffix.removeprefix(".") if output else "csv")
    if kind not in FORMATS:
        raise ConfigError(f"{output}: what format is that? Say --format {', '.join(FORMATS)}")
    table = columns(stock, series_named(stock.settings, instrument, timeframe), since_ms, until_ms)
    if output is None:
        _write(table, kind, sys.stdout.buffer)
    else:
        with output.open("wb") as file:
            _write(table, kind, file)
    return 0


def _write(table: Any, kind: str, file: Any) -> None:
    if kind == "csv":
        pyarrow.csv.write_csv(table, file)
    elif kind == "parquet":
        pyarrow.parquet.write_table(table, file, compression="zstd")
    else:
        with pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
