"""``twinstar journal show``: the last entries."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.table import Table
from rich.text import Text

from twinstar.app.journal import details
from twinstar.cli import Look
from twinstar.cli.journal.common import chosen, when
from twinstar.cli.loading import console
from twinstar.runtime.logs import clean
from twinstar.runtime.redaction import redactor


def run(look: Look, *, config: Path, state_dir: Path | None, last: int, as_json: bool, **which: Any) -> int:
    found = list(deque(chosen(config, state_dir, **which), maxlen=last))
    if as_json:
        click.echo(redactor(msgspec.json.format(msgspec.json.encode(found)).decode()))
        return 0
    if not found:
        click.echo("no entry fits", err=True)
        return 0
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("row", "time (UTC)", "what", "instrument", "order"):
        table.add_column(name, no_wrap=True)
    table.add_column(overflow="fold")
    for line in found:
        columns = (str(line.seq), when(line.time_ms), line.kind, line.instrument, line.order_id, details(line.record))
        table.add_row(*(Text(clean(column)) for column in columns))
    console(look).print(table)
    return 0
