"""``twinstar check``: would a start go well?"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import click
import msgspec
from rich.table import Table
from rich.text import Text

from twinstar.app import Finding, check
from twinstar.cli import Look
from twinstar.cli.loading import console, loaded
from twinstar.runtime import logs
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.logs import clean
from twinstar.runtime.redaction import redactor

CREDENTIALS: Final = 4


def run(look: Look, *, config: Path, state_dir: Path | None, as_json: bool) -> int:
    settings, plugins = loaded(config, state_dir)
    logs.set_up(settings.config.log, verbosity=look.verbosity)
    found = asyncio.run(check(settings, plugins=plugins, clock=SystemClock()))
    findings = [Finding(what="configuration", ok=True, text=str(settings.path)), *found]
    if as_json:
        click.echo(redactor(msgspec.json.format(msgspec.json.encode(findings)).decode()))
    else:
        table = Table("", "what", "found", box=None, header_style="bold", padding=(0, 2, 0, 0))
        for finding in findings:
            mark = Text("ok", style="green") if finding.ok else Text("NO", style="bold red")
            table.add_row(mark, Text(finding.what), Text(clean(finding.text)))
        console(look).print(table)
    wrong = [finding for finding in findings if not finding.ok]
    return CREDENTIALS if any(finding.credentials for finding in wrong) else int(bool(wrong))
