"""``twinstar candles ls``: what is stored."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec
from msgspec import Struct

from twinstar.cli import Look
from twinstar.cli.candles.common import series_in, stock_of, table_of, when
from twinstar.cli.loading import console
from twinstar.engine.spans import Span, count


class Listed(Struct, frozen=True, kw_only=True):
    instrument: str
    timeframe: str
    candles: int
    absent: int  # between the first and the last; why, `gaps` and `verify` say
    first_open_ms: int | None
    last_open_ms: int | None


def run(
    look: Look,
    *,
    config: Path,
    state_dir: Path | None,
    venues: tuple[str, ...],
    instruments: tuple[str, ...],
    as_json: bool,
) -> int:
    stock = stock_of(config, state_dir)
    summary, rows = stock.summary(), []
    for instrument, timeframe in series_in(stock, venues=venues, instruments=instruments):
        stored = summary.get((instrument, timeframe))
        extent = Span(stored.first_open_ms, timeframe.after(stored.last_open_ms)) if stored else Span(0, 0)
        rows.append(
            Listed(
                instrument=str(instrument),
                timeframe=timeframe.value,
                candles=stored.rows if stored else 0,
                absent=count(extent, timeframe) - stored.rows if stored else 0,
                first_open_ms=stored.first_open_ms if stored else None,
                last_open_ms=stored.last_open_ms if stored else None,
            )
        )
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(rows)))
        return 0
    table = table_of("instrument", "timeframe", "candles", "absent", "first", "last")
    for row in rows:
        table.add_row(
            row.instrument,
            row.timeframe,
            f"{row.candles:,}",
            f"{row.absent:,}" if row.absent else "-",
            when(row.first_open_ms),
            when(row.last_open_ms),
        )
    console(look).print(table)
    return 0
