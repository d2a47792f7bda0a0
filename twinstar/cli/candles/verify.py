"""``twinstar candles verify``: is what is stored right?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import msgspec
from rich.table import Table
from rich.text import Text

from twinstar.app.history import Verified, verify
from twinstar.cli import Look
from twinstar.cli.candles.common import series_in, stock_of, table_of, when
from twinstar.cli.loading import console
from twinstar.runtime.logs import clean

_FAULTS_SHOWN = 20  # of one series


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
    found = [verify(stock, series) for series in series_in(stock, venues=venues, instruments=instruments)]
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode([answer(one) for one in found])))
    else:
        console(look).print(verified_table(found))
    return int(any(one.faults for one in found))


def answer(verified: Verified) -> dict[str, object]:
    return {
        "instrument": str(verified.instrument),
        "timeframe": verified.timeframe.value,
        "candles": verified.candles,
        "known_gaps": verified.known_gaps,
        "faults": verified.faults,
    }


def verified_table(found: Sequence[Verified]) -> Table:
    table = table_of("", "instrument", "timeframe", "candles", "known gaps", "found")
    for one in found:
        mark = Text("NO", style="bold red") if one.faults else Text("ok", style="green")
        words = Text(_words(one), style="red" if one.faults else "")
        table.add_row(mark, str(one.instrument), one.timeframe.value, f"{one.candles:,}", f"{one.known_gaps:,}", words)
    return table


def _words(verified: Verified) -> str:
    lines = [
        clean(f"{fault.wrong.value}: {_place(fault.from_ms, fault.until_ms)}{fault.text}")
        for fault in verified.faults[:_FAULTS_SHOWN]
    ]
    left = len(verified.faults) - _FAULTS_SHOWN
    return "\n".join([*lines, f"and {left:,} more (--json has all)"] if left > 0 else lines)


def _place(from_ms: int | None, until_ms: int | None) -> str:
    return "" if from_ms is None else f"{when(from_ms)} to {when(until_ms)}, "
