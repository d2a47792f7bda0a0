"""``twinstar candles gaps``: what is not stored, and why."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from twinstar.cli import Look
from twinstar.cli.candles.common import series_in, stock_of, table_of, when
from twinstar.cli.loading import console
from twinstar.domain import CandlesMissing
from twinstar.engine.spans import Span, count


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
    found = [
        gap
        for series in series_in(stock, venues=venues, instruments=instruments)
        for gap in stock.gaps(series, stock.opens_ms(series))
    ]
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode([_answer(gap) for gap in found])))
        return 0
    table = table_of("instrument", "timeframe", "from", "before", "candles", "reason")
    for gap in found:
        intervals = f"{_intervals(gap):,}"
        table.add_row(
            str(gap.instrument), gap.timeframe.value, when(gap.from_ms), when(gap.until_ms), intervals, gap.reason
        )
    console(look).print(table if found else "no gaps are known")
    return 0


def _answer(gap: CandlesMissing) -> dict[str, object]:
    return {
        "instrument": str(gap.instrument),
        "timeframe": gap.timeframe.value,
        "from_ms": gap.from_ms,
        "until_ms": gap.until_ms,
        "candles": _intervals(gap),
        "reason": gap.reason,
    }


def _intervals(gap: CandlesMissing) -> int:
    return count(Span(gap.from_ms, gap.until_ms), gap.timeframe)
