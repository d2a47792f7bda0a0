"""``twinstar check``: would a start go well?"""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
import msgspec
from rich.table import Table
from rich.text import Text

from twinstar.app import check
from twinstar.cli import Look
from twinstar.cli.loading import console, loaded
from twinstar.runtime import logs
from twinstar.runtime.clock import SystemClock


def run(look: Look, *, config: Path, state_dir: Path | None, as_json: bool) -> int:
    settings, plugins = loaded(config, state_dir)
    logs.set_up(settings.config.log, verbosity=look.verbosity)
    findings = asyncio.run(check(settings, plugins=plugins, clock=SystemClock()))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(findings)))
    else:
        table = Table("", "what", "found", box=None, header_style="bold", padding=(0, 2, 0, 0))
        for finding in findings:
            mark = Text("ok", style="green") if finding.ok else Text("NO", style="bold red")
            table.add_row(mark, Text(finding.what), Text(finding.text))
        console(look).print(table)
    return 0 if all(finding.ok for finding in findings) else 1
