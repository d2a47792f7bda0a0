"""``twinstar candles show``: the last candles of a series."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from twinstar.app.history import columns
from twinstar.cli import Look
from twinstar.cli.candles.common import series_named, stock_of, table_of, when
from twinstar.cli.loading import console
from twinstar.cli.rows import amount


def run(
    look: Look,
    *,
    config: Path,
    state_dir: Path | None,
    instrument: str,
    timeframe: str | None,
    last: int,
    as_json: bool,
) -> int:
    stock = stock_of(config, state_dir)
    rows: list[dict[str, Any]] = columns(stock, series_named(stock.settings, instrument, timeframe)).to_pylist()[-last:]
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(rows)))
        return 0
    table = table_of("time (UTC)", "open", "high", "low", "close", "volume", "source")
    for row in rows:
        prices = [amount(row[name]) for name in ("open", "high", "low", "close", "volume")]
        table.add_row(when(row["open_ms"]), *prices, row["source"])
    console(look).print(table)
    return 0
